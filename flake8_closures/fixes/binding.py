"""How does a parameter take the value of a variable? What the repairs share that bind one."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import CodeType

import libcst as cst

from flake8_closures.fixes.annotations import annotation
from flake8_closures.fixes.parameters import objection_to, parameter
from flake8_closures.fixes.promise import Block, Change, Function
from flake8_closures.tree import Parents


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a variable cannot be bound as a parameter that no caller may fill, or an empty string."""
    if isinstance(node, Function) and node.args.kwarg:
        return f"**{node.args.kwarg.arg} could hand in another {name!r}"
    return objection_to(node, name, parents)


def added(change: Change, names: Sequence[str], *, default: bool = True) -> list[cst.Param]:
    """Return the parameters for some names of a change, with the variable as the `default` or without one."""
    return [parameter(name, annotation(name, change), default=default) for name in names]


def set_off(statement: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    """Return a line with the blank line before it that PEP 8 wants below a function."""
    return cst.SimpleStatementLine([statement], leading_lines=[cst.EmptyLine(indent=False)])


# What must be true afterwards.


def expected(change: Change, names: Sequence[str]) -> list[ast.arg]:
    """Return the same parameters on the syntax tree."""
    return [ast.arg(arg=name, annotation=annotation(name, change), type_comment=None) for name in names]


def values(names: Sequence[str]) -> list[ast.expr]:
    """Return the variables that the parameters take their values from, on the syntax tree."""
    return [ast.Name(id=name, ctx=ast.Load()) for name in names]


def fresh(change: Change) -> set[str]:
    """Return the names that the annotations bring along."""
    parameters = expected(change, change.names)
    return {inner.id for each in parameters for inner in ast.walk(each) if isinstance(inner, ast.Name)}


def moved(before: Block, after: Block, name: str) -> bool:
    """Return whether a name became a parameter of a block."""
    old, new = before.symbols.get(name), after.symbols.get(name)
    return new is not None and new.is_parameter() and not (old and old.is_parameter())


def owner(block: Block, name: str) -> Block:
    """Return the block whose variable the name is afterwards."""
    return block


def became_positional(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    """Return whether a name became a positional parameter of the function."""
    was, now = (name in code.co_varnames[: code.co_argcount] for code in (before, after))
    return now and not was and name not in after.co_freevars


def became_keyword_only(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    """Return whether a name became a keyword-only parameter of the function."""
    was, now = (name in _keyword_only(code) for code in (before, after))
    return now and not was and name not in after.co_freevars


def _keyword_only(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
