"""How does a wrapper keep the name and the documentation of what it wraps? By `@functools.wraps` above it."""

from __future__ import annotations

import ast
from types import CodeType

import libcst as cst

from flake8_closures.fixes import imports
from flake8_closures.fixes.promise import Change, Def, Function, Promise
from flake8_closures.tree import Parents

_WRAPS = "functools.wraps"


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a wrapper cannot take over the name of a function, or an empty string."""
    if not isinstance(node, Def):
        return "only a def can be decorated"
    if node.decorator_list:
        return "it has a decorator that may do it already"
    if reason := imports.objection(parents.module, _WRAPS):
        return reason
    around = parents.get(node)
    while around is not None and not isinstance(around, Function):
        around = parents.get(around)
    if around is None or name not in _parameters(around.args):
        return f"{name!r} is no parameter of the function around"
    return ""


def _parameters(arguments: ast.arguments) -> set[str]:
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def rewrite(function: cst.CSTNode, change: Change) -> cst.CSTNode | str:
    """Return the wrapper with the decorator above it."""
    assert isinstance(function, cst.FunctionDef)
    call = cst.parse_expression(f"{imports.called(change)}({change.names[0]})")
    return function.with_changes(decorators=[cst.Decorator(call)])


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, Def)
    callee = ast.parse(imports.called(change), mode="eval").body
    node.decorator_list.append(ast.Call(callee, [ast.Name(change.names[0], ast.Load())], []))
    return node


def _fresh(change: Change) -> set[str]:
    return {*imports.called(change).split(".")}


def _touched(before: CodeType, after: CodeType) -> bool:
    """The function around now reads `wraps`, and has the same variables as before."""
    return (
        "wraps" in after.co_names
        and before.co_varnames == after.co_varnames
        and sorted(before.co_cellvars) == sorted(after.co_cellvars)
        and before.co_freevars == after.co_freevars
        and before.co_code != after.co_code
    )


promise = Promise(_expect, fresh=_fresh, touched=_touched, imports=_WRAPS)
