"""Does a repaired line still fit, and what is its layout if it does not? As black does it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from flake8_closures.fixes.parameters import BLANK, NOTHING, Space
from flake8_closures.fixes.promise import Change

Part = cst.Param | cst.ParamSlash | cst.ParamStar


def fitted(
    function: cst.Lambda | cst.FunctionDef, old: cst.Lambda | cst.FunctionDef, change: Change
) -> cst.Lambda | cst.FunctionDef:
    """Return a function whose parameters are below its head if that became too long.

    They are all on one line, or, if that is too long again, each on its own.
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
    """Return parameters with a separator between them, and the closing parenthesis on a line of its own."""
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


# Calls.


def spread(module: cst.Module, new: cst.CSTNode, change: Change) -> cst.Module:
    """Return a module in which the arguments of a call are below it, if the lambda among them made the line too long.

    They are all on one line, or, if that is too long again, each on its own. `new` replaces the lambda. Only a call
    that ends its line is laid out again, and none with a comment behind it, which may be about the line.
    """
    path = _path(module, new)
    place = max((number for number, node in enumerate(path) if isinstance(node, cst.SimpleStatementLine)), default=0)
    line = path[place] if path else module
    call = next((node for node in path[place:-1] if isinstance(node, cst.Call)), None)
    if call is None or not isinstance(line, cst.SimpleStatementLine):
        return module
    code, column = module.code_for_node(line.with_changes(leading_lines=())).strip(), _column(change)
    is_whole = "\n" not in code and code.endswith(module.code_for_node(call))
    if not is_whole or len(line.body) > 1 or column + len(code) <= change.width:
        return module
    arguments = sum(len(module.code_for_node(argument)) for argument in call.args)
    fits = column + len(change.indent) + arguments <= change.width
    return cst.ensure_type(module.deep_replace(call, _below(call, change.indent, fits=fits)), cst.Module)


def _path(node: cst.CSTNode, inner: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """Return the nodes that lead from one node to another inside it, both included; none if it is not there."""
    if node is inner:
        return [node]
    found = next((path for child in node.children if (path := _path(child, inner))), None)
    return [node, *found] if found else []


def _column(change: Change) -> int:
    """Return the column of the statement that makes the function of a change."""
    node = change.node
    while not isinstance(node, ast.stmt):
        node = change.parents[node]
    return node.col_offset


def _below(call: cst.Call, indent: str, *, fits: bool) -> cst.Call:
    """Return a call with its arguments below it: on one line if that `fits`, otherwise each on its own."""
    *others, last = call.args
    below, end = _line(indent), _line("")
    placed = [each.with_changes(comma=cst.Comma(whitespace_after=BLANK if fits else below)) for each in others]
    if fits or not others:
        placed.append(last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=end))
    else:
        placed.append(last.with_changes(comma=cst.Comma(whitespace_after=end), whitespace_after_arg=NOTHING))
    return call.with_changes(args=placed, whitespace_before_args=below)
