"""Does the head of a function still fit on its line, and how is it laid out where it does not?"""

from __future__ import annotations

import libcst as cst

from flake8_closures.fixes.parameters import BLANK, NOTHING, Space
from flake8_closures.fixes.promise import Change

Part = cst.Param | cst.ParamSlash | cst.ParamStar


def fitted(
    function: cst.Lambda | cst.FunctionDef, old: cst.Lambda | cst.FunctionDef, change: Change
) -> cst.Lambda | cst.FunctionDef:
    """Return a function whose parameters stand below its head if that became too long, as black lays them out: all on
    one line, or, where that is too long again, each on its own.
    """
    if not isinstance(function, cst.FunctionDef) or not isinstance(function.body, cst.IndentedBlock):
        return function
    head, column = _head(function), getattr(change.node, "col_offset", 0)
    if "\n" in _head(old) or "\n" in head or column + len(head) <= change.width:
        return function
    inner = column + len(change.indent) + len(cst.Module([]).code_for_node(function.params))
    fits = inner <= change.width
    below = _line(change.indent)
    return function.with_changes(
        whitespace_before_params=below, params=_laid_out(function.params, BLANK if fits else below, comma=not fits)
    )


def _head(function: cst.Lambda | cst.FunctionDef) -> str:
    """Return the text from `def` to the colon."""
    bare = function.with_changes(body=cst.SimpleStatementSuite([cst.Pass()], leading_whitespace=NOTHING))
    if isinstance(bare, cst.FunctionDef):
        bare = bare.with_changes(leading_lines=(), lines_after_decorators=(), decorators=())
    return cst.Module([]).code_for_node(bare).strip().removesuffix("pass")


def _line(indent: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))


def _laid_out(parameters: cst.Parameters, between: Space, *, comma: bool) -> cst.Parameters:
    """Return parameters with something between each and the next, and the closing parenthesis on a line of its own."""
    fields = ("posonly_params", "posonly_ind", "params", "star_arg", "kwonly_params", "star_kwarg")
    parts = {name: getattr(parameters, name) for name in fields}
    last = [part for value in parts.values() for part in _parts(value)][-1]

    def placed(part: Part) -> Part:
        if part is not last:
            return part.with_changes(comma=cst.Comma(whitespace_after=between))
        if comma:
            return part.with_changes(comma=cst.Comma(whitespace_after=_line("")))
        field = "whitespace_after_param" if isinstance(part, cst.Param) else "whitespace_after"
        return part.with_changes(**{field: _line("")}, comma=cst.MaybeSentinel.DEFAULT)

    return parameters.with_changes(
        **{
            name: [placed(part) for part in _parts(value)] if isinstance(value, list | tuple) else placed(value)
            for name, value in parts.items()
            if _parts(value)
        }
    )


def _parts(value: object) -> list[Part]:
    """Return the parameters and signs in one field of a list of parameters."""
    return [part for part in (value if isinstance(value, list | tuple) else [value]) if isinstance(part, Part)]
