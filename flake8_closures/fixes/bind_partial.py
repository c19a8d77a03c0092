"""How does a closure keep the value of a variable without a default? `functools.partial` hands it in first."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import CodeType

import libcst as cst

from flake8_closures.fixes.bind_default import moved, owner
from flake8_closures.fixes.bind_default import objection as objection_to
from flake8_closures.fixes.parameters import Function, parameter, prepended
from flake8_closures.fixes.promise import Change, Promise

SPELLINGS = {"functools": "functools.partial", "functools.partial": "partial"}
"""By what the module imports under its own last name."""


def objection(node: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST]) -> str:
    """Return why a variable cannot be handed in by `functools.partial`, or an empty string."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if node.decorator_list:
            return "its decorator would get the function without the value"
        if isinstance(parents.get(node), ast.ClassDef):
            return "a partial is no method"
    return objection_to(node, name, parents) or ("" if _spelling(node, parents) else "functools is not imported")


def _spelling(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> str:
    """Return how the module calls `functools.partial` everywhere; empty if it does not import it at its top."""
    while node in parents:
        node = parents[node]
    imported: dict[str, int] = {}
    for statement in getattr(node, "body", ()):
        for alias in statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ():
            full = f"{statement.module}.{alias.name}" if isinstance(statement, ast.ImportFrom) else alias.name
            if full in SPELLINGS and not alias.asname:
                imported[full] = imported.get(full, 0) + 1
    for full, count in imported.items():
        name = full.rpartition(".")[2]
        if sum(name in _bound(inner) for inner in ast.walk(node)) == count:
            return SPELLINGS[full]
    return ""


def _bound(node: ast.AST) -> list[str | None]:
    """Return the names that a node binds, whatever it is."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.alias):
        return [node.asname or node.name.partition(".")[0]]
    return (
        [getattr(node, field, None) for field in ("name", "arg", "rest")] if not isinstance(node, ast.keyword) else []
    )


def rewrite(
    function: cst.Lambda | cst.FunctionDef, change: Change
) -> cst.Call | cst.FlattenSentinel[cst.BaseStatement] | str:
    """Return the function with the names as its first parameters, and what hands their values in."""
    spelled = _spelling(change.node, change.parents)
    new = prepended(function, [parameter(name, default=False) for name in change.names])
    values = [cst.Arg(cst.Name(name)) for name in change.names]
    callee = cst.parse_expression(spelled)
    if isinstance(new, cst.Lambda):
        return cst.Call(callee, [cst.Arg(new), *values])
    handing = cst.Assign(
        [cst.AssignTarget(cst.Name(new.name.value))], cst.Call(callee, [cst.Arg(cst.Name(new.name.value)), *values])
    )
    return cst.FlattenSentinel([new, cst.SimpleStatementLine([handing])])


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST | list[ast.AST]:
    assert isinstance(node, Function)
    fresh = [ast.arg(arg=name, annotation=None, type_comment=None) for name in change.names]
    arguments = node.args
    if arguments.posonlyargs:
        arguments.posonlyargs = [*fresh, *arguments.posonlyargs]
    else:
        arguments.args = [*fresh, *arguments.args]
    callee = ast.parse(_spelling(change.node, change.parents), mode="eval").body
    values: list[ast.expr] = [ast.Name(id=name, ctx=ast.Load()) for name in change.names]
    if isinstance(node, ast.Lambda):
        return ast.Call(func=callee, args=[node, *values], keywords=[])
    call = ast.Call(func=callee, args=[ast.Name(id=node.name, ctx=ast.Load()), *values], keywords=[])
    return [node, ast.Assign(targets=[ast.Name(id=node.name, ctx=ast.Store())], value=call, type_comment=None)]


def _kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    was, now = (name in code.co_varnames[: code.co_argcount] for code in (before, after))
    return now and not was and name not in after.co_freevars


def _fresh(change: Change) -> set[str]:
    return {*_spelling(change.node, change.parents).split("."), getattr(change.node, "name", "")}


promise = Promise(_expect, moved, owner, _kept, positional_parameters=1, fresh=_fresh)
