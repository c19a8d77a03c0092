"""How does a closure keep the value of a variable? As the default of a keyword-only parameter: `lambda *, i=i: i`."""

from __future__ import annotations

import ast
from types import CodeType

import libcst as cst

from flake8_closures.fixes.annotations import annotation
from flake8_closures.fixes.parameters import appended, objection_to, parameter
from flake8_closures.fixes.promise import Block, Change, Function, Promise
from flake8_closures.source import Parents


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a variable cannot be bound as a keyword-only parameter, or an empty string."""
    if isinstance(node, Function) and node.args.kwarg:
        return f"**{node.args.kwarg.arg} could hand in another {name!r}"
    return objection_to(node, name, parents)


def rewrite(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with one keyword-only parameter more for each name."""
    added = [parameter(name, annotation(change.node, name, change.parents)) for name in change.names]
    return appended(function, added, keyword_only=True)


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, Function)
    node.args.kwonlyargs += expected(change)
    node.args.kw_defaults += [ast.Name(id=name, ctx=ast.Load()) for name in change.names]
    return node


def expected(change: Change) -> list[ast.arg]:
    """Return the parameters that bind the names of a change."""
    return [
        ast.arg(arg=name, annotation=annotation(change.node, name, change.parents), type_comment=None)
        for name in change.names
    ]


def fresh(change: Change) -> set[str]:
    """Return the names that the annotations bring along."""
    return {inner.id for each in expected(change) for inner in ast.walk(each) if isinstance(inner, ast.Name)}


def moved(before: Block, after: Block, name: str) -> bool:
    """Return whether a name became a parameter of a block."""
    old, new = before.symbols.get(name), after.symbols.get(name)
    return new is not None and new.is_parameter() and not (old and old.is_parameter())


def owner(block: Block, name: str) -> Block:
    """Return the block whose variable the name is afterwards."""
    return block


def _kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    def taken(code: CodeType) -> bool:
        first = code.co_argcount
        return name in code.co_varnames[first : first + code.co_kwonlyargcount]

    return taken(after) and not taken(before) and name not in after.co_freevars


promise = Promise(_expect, moved, owner, _kept, keyword_parameters=1, fresh=fresh)
