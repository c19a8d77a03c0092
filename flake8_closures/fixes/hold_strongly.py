"""How does a signal keep a receiver that nobody else keeps? By an argument of the connection: `weak=False`."""

from __future__ import annotations

import ast
from types import CodeType

import libcst as cst

from flake8_closures.fixes.parameters import BLANK, NOTHING, Space
from flake8_closures.fixes.promise import Change, Promise
from flake8_closures.tree import Parents

NODES = (ast.Call,)
"""What is rewritten: the call that connects."""


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a call cannot get the argument that holds the receiver strongly, or an empty string."""
    if not isinstance(node, ast.Call):
        return "this is not the call that connects"
    if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords):
        return "the call may be told by what a star spreads"
    return "the call is told already" if any(each.arg == "weak" for each in node.keywords) else ""


def rewrite(call: cst.CSTNode, change: Change) -> cst.CSTNode | str:
    """Return the call with one argument more."""
    assert isinstance(call, cst.Call)
    *before, last = call.args
    is_closed = isinstance(last.comma, cst.Comma)
    end = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else last.whitespace_after_arg
    between: Space = BLANK
    if before and isinstance(before[-1].comma, cst.Comma):
        between = before[-1].comma.whitespace_after
    elif isinstance(end, cst.ParenthesizedWhitespace):
        between = call.whitespace_before_args
    if isinstance(between, cst.ParenthesizedWhitespace):
        # A new line like the others. Comments beside and below the last argument stay there.
        indent, last_line = between.indent, between.last_line
        between = cst.ParenthesizedWhitespace(indent=indent, last_line=last_line)
        if isinstance(end, cst.ParenthesizedWhitespace):
            between = end.with_changes(indent=indent, last_line=last_line)
            end = end.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    weak = cst.Arg(
        cst.Name("False"),
        cst.Name("weak"),
        cst.AssignEqual(NOTHING, NOTHING),
        cst.Comma(whitespace_after=end) if is_closed else cst.MaybeSentinel.DEFAULT,
        whitespace_after_arg=NOTHING if is_closed else end,
    )
    last = last.with_changes(comma=cst.Comma(whitespace_after=between), whitespace_after_arg=NOTHING)
    return call.with_changes(args=[*before, last, weak])


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, ast.Call)
    node.keywords.append(ast.keyword(arg="weak", value=ast.Constant(value=False)))
    return node


def _touched(before: CodeType, after: CodeType) -> bool:
    """The call now has the keyword, which CPython keeps as the last of a tuple of names; no other name is read."""
    keywords = [const for const in after.co_consts if isinstance(const, tuple) and const[-1:] == ("weak",)]
    was, now = ((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars) for code in (before, after))
    return bool(keywords) and False in after.co_consts and was == now


promise = Promise(_expect, touched=_touched)
