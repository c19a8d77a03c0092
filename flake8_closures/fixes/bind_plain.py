"""How does a closure keep the value of a variable in the style of most books? As a plain default: `lambda i=i: i`."""

from __future__ import annotations

import ast
from types import CodeType

import libcst as cst

from flake8_closures.fixes.annotations import annotation
from flake8_closures.fixes.bind_default import expected, fresh, moved, owner
from flake8_closures.fixes.bind_default import objection as objection_to
from flake8_closures.fixes.parameters import appended, parameter
from flake8_closures.fixes.promise import Change, Function, Promise
from flake8_closures.source import Parents


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a variable cannot be bound as a positional parameter, or an empty string."""
    if isinstance(node, Function) and node.args.vararg:
        return f"an argument meant for *{node.args.vararg.arg} would become {name!r}"
    return objection_to(node, name, parents)


def rewrite(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with one positional parameter more for each name."""
    added = [parameter(name, annotation(change.node, name, change.parents)) for name in change.names]
    return appended(function, added, keyword_only=False)


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, Function)
    node.args.args += expected(change)
    node.args.defaults += [ast.Name(id=name, ctx=ast.Load()) for name in change.names]
    return node


def kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    """Return whether a name became a positional parameter of the function."""
    was, now = (name in code.co_varnames[: code.co_argcount] for code in (before, after))
    return now and not was and name not in after.co_freevars


promise = Promise(_expect, moved, owner, kept, positional_parameters=1, fresh=fresh)
