"""How does a signal keep a receiver that nobody else keeps? It is told to, when they are connected: `weak=False`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import CodeType

import libcst as cst

from flake8_closures.fixes.promise import Change, Promise

NODES = (ast.Call,)
"""What is rewritten: the call that connects."""


def objection(node: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST]) -> str:
    """Return why a call cannot be told to hold the receiver strongly, or an empty string."""
    if not isinstance(node, ast.Call):
        return "this is not the call that connects"
    if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords):
        return "the call may be told by what a star spreads"
    return "the call is told already" if any(each.arg == "weak" for each in node.keywords) else ""


def rewrite(call: cst.CSTNode, change: Change) -> cst.CSTNode | str:
    """Return the call with one argument more."""
    assert isinstance(call, cst.Call)
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    told = cst.Arg(cst.Name("False"), cst.Name("weak"), equal)
    *before, last = call.args
    # What stands behind the last argument, in its line or in one of its own, stands behind the new one now.
    end = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else last.whitespace_after_arg
    told = told.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    between: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if before and isinstance(before[-1].comma, cst.Comma):
        between = before[-1].comma.whitespace_after
    elif isinstance(end, cst.ParenthesizedWhitespace):
        between = call.whitespace_before_args
    if isinstance(between, cst.ParenthesizedWhitespace):
        # The same new line, without the comments that stand there already.
        between = cst.ParenthesizedWhitespace(indent=between.indent, last_line=between.last_line)
    comma = cst.Comma(whitespace_after=between)
    last = last.with_changes(comma=comma, whitespace_after_arg=cst.SimpleWhitespace(""))
    return call.with_changes(args=[*before, last, told])


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, ast.Call)
    node.keywords.append(ast.keyword(arg="weak", value=ast.Constant(value=False)))
    return node


def _touched(before: CodeType, after: CodeType) -> bool:
    """The call has the keyword now, which CPython keeps as the last of a tuple of names; no name is read anew."""
    told = [const for const in after.co_consts if isinstance(const, tuple) and const[-1:] == ("weak",)]
    was, now = ((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars) for code in (before, after))
    return bool(told) and False in after.co_consts and was == now


promise = Promise(_expect, touched=_touched)
