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
    """Return a module in which the arguments of a call are below it, if the line of a repaired lambda became too long.

    They are all on one line, or, if that is too long again, each on its own; where even that of the lambda is, the
    call in it is laid out, too. `new` replaces the lambda. Only a call that ends the line is laid out again, and none
    with a comment behind it, which may be about the line.
    """
    path = _path(module, new)
    place = max((number for number, node in enumerate(path) if isinstance(node, cst.SimpleStatementLine)), default=0)
    line = path[place] if path else module
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        return module
    indent, code = "", _text(module, line)
    if "\n" in code:
        row = next((each for each in path[place:] if isinstance(each, cst.Call) and _is_row(each)), None)
        if row is not None:
            return _parted(module, row, new, change)
        place, indent = _own_line(path, place)
        code = _text(module, path[place])
    column = _column(change) + len(indent)
    if "\n" in code or column + len(code) <= change.width:
        return module
    calls = [each for each in (*path[place:], getattr(new, "body", None)) if isinstance(each, cst.Call) and each.args]
    call = next((each for each in calls if code.rstrip(",").endswith(module.code_for_node(each))), None)
    if call is None:
        return module
    fits = column + len(change.indent) + _length(module, call) <= change.width
    changed = cst.ensure_type(module.deep_replace(call, _below(call, indent, change.indent, fits=fits)), cst.Module)
    return changed if fits else spread(changed, new, change)


def _parted(module: cst.Module, row: cst.Call, new: cst.CSTNode, change: Change) -> cst.Module:
    """Return a module in which the arguments of a call, which are all on the line below it, are each on its own if they
    became too long for that.
    """
    before = cst.ensure_type(row.whitespace_before_args, cst.ParenthesizedWhitespace).last_line.value
    if _column(change) + len(before) + _length(module, row) <= change.width:
        return module
    indent = cst.ensure_type(row.args[-1].whitespace_after_arg, cst.ParenthesizedWhitespace).last_line.value
    placed = _below(row, indent, before.removeprefix(indent), fits=False)
    return spread(cst.ensure_type(module.deep_replace(row, placed), cst.Module), new, change)


def _is_row(call: cst.Call) -> bool:
    """Return whether a call has several arguments, all on one line below it, as black leaves them if they fit."""
    between = [each.comma.whitespace_after for each in call.args if isinstance(each.comma, cst.Comma)]
    around = [call.whitespace_before_args, *(each.whitespace_after_arg for each in call.args[-1:])]
    return (
        len(between) > 0
        and all(isinstance(each, cst.SimpleWhitespace) for each in between)
        and all(isinstance(each, cst.ParenthesizedWhitespace) and _is_bare(each) for each in around)
    )


def _is_bare(space: cst.ParenthesizedWhitespace) -> bool:
    """Return whether there is no comment in the space between two lines."""
    return not space.first_line.comment and not space.empty_lines


def _length(module: cst.Module, call: cst.Call) -> int:
    """Return how long the arguments of a call are on one line."""
    return len("".join(map(module.code_for_node, call.args)).rstrip())


def _text(module: cst.Module, node: cst.CSTNode) -> str:
    """Return the text of a statement, or of an argument with a comma, without what is above it and behind it."""
    if isinstance(node, cst.Arg):
        return module.code_for_node(node.with_changes(whitespace_after_arg=NOTHING, comma=cst.Comma()))
    return module.code_for_node(node.with_changes(leading_lines=())).strip()


def _own_line(path: Sequence[cst.CSTNode], place: int) -> tuple[int, str]:
    """Return which node of a path, from a place on, is an argument on a line of its own, and how far that is indented
    below its statement; the place itself where none is.
    """
    for number in range(place, len(path) - 1):
        call, argument = path[number : number + 2]
        if not isinstance(call, cst.Call) or not isinstance(argument, cst.Arg):
            continue
        before = call.whitespace_before_args
        for other in call.args[: call.args.index(argument)]:
            before = cst.ensure_type(other.comma, cst.Comma).whitespace_after
        after = argument.whitespace_after_arg
        if isinstance(argument.comma, cst.Comma):
            after = argument.comma.whitespace_after
        lines = [each for each in (before, after) if isinstance(each, cst.ParenthesizedWhitespace)]
        if len(lines) == 2 and not lines[1].first_line.comment:
            return number + 1, lines[0].last_line.value
    return place, ""


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


def _below(call: cst.Call, indent: str, step: str, *, fits: bool) -> cst.Call:
    """Return a call with its arguments below it: on one line if that `fits`, otherwise each on its own.

    The line of the call is indented by `indent` below its statement, and the arguments by a `step` more.
    """
    *others, last = call.args
    below, end = _line(indent + step), _line(indent)
    placed = [each.with_changes(comma=cst.Comma(whitespace_after=BLANK if fits else below)) for each in others]
    if fits or not others:
        placed.append(last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=end))
    else:
        placed.append(last.with_changes(comma=cst.Comma(whitespace_after=end), whitespace_after_arg=NOTHING))
    return call.with_changes(args=placed, whitespace_before_args=below)
