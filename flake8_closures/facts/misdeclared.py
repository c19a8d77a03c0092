"""Which `global` statements name a variable that only an enclosing function has?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import is_inside
from flake8_closures.model import Scope, ScopeKind, Variable


@dataclass(frozen=True, slots=True, eq=False)
class Misdeclared:
    """A `global` statement of a function, and the variable of the function around it that was meant."""

    statement: ast.Global
    function: Scope
    enclosing: Variable


def find(scopes: Sequence[Scope]) -> Iterator[Misdeclared]:
    """Yield every name that a function declares global and binds, and that the module would not have without it."""
    module = scopes[0]
    if "*" in module.writes:
        return
    for scope in scopes:
        for name, statement in scope.globals.items():
            if (
                scope.kind is not ScopeKind.FUNCTION
                or name not in scope.writes
                or not isinstance(statement, ast.Global)
            ):
                continue
            enclosing = _enclosing(scope, name)
            if enclosing is None or not enclosing.references:
                continue
            shared = module.variables.get(name)
            if shared is None or all(is_inside(block, enclosing.scope) for block in shared.mentions):
                yield Misdeclared(statement, scope, enclosing)


def _enclosing(scope: Scope, name: str) -> Variable | None:
    """Return the variable of the nearest enclosing function that has the name."""
    block = scope.parent
    while block is not None and block.kind is not ScopeKind.MODULE:
        if block.kind is ScopeKind.FUNCTION:
            if name in block.globals:
                return None
            if name in block.variables:
                return block.variables[name]
        block = block.parent
    return None
