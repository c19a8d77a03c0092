"""Which variables hide one of a block around them?"""

from __future__ import annotations

from flake8_closures.model import Scope, ScopeKind, Variable


def hiding(scope: Scope) -> set[str]:
    """Return the names of the variables of a block that blocks around it have as well."""
    names = scope.variables.keys()
    found: set[str] = set()
    block = scope.parent
    while block is not None and names:
        found |= names & block.variables.keys()
        block = block.parent
    return found


def outer_variable(scope: Scope, name: str) -> Variable | None:
    """Return the variable that a name would mean in a block if the block did not bind it."""
    block = scope.parent
    while block is not None and block.parent is not None:
        if block.kind is not ScopeKind.CLASS:
            if name in block.owners:
                return block.owners[name]
            if name in block.variables:
                return block.variables[name]
        block = block.parent
    return block.variables.get(name) if block else None
