"""Which variables hide one of an outer block?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from flake8_closures.model import Scope, ScopeKind, Variable

Hidden = Mapping[Scope, Set[str]]
"""For each function and lambda, the names of its variables that outer blocks have too."""
_NOTHING: Set[str] = frozenset()


def find(scopes: Sequence[Scope]) -> Hidden:
    """Return what the functions and lambdas of a file hide."""
    found: dict[Scope, Set[str]] = {}
    for scope in scopes:
        if scope.kind is ScopeKind.FUNCTION or scope.kind is ScopeKind.LAMBDA:
            names, block = scope.variables.keys(), scope.parent
            hidden: Set[str] = _NOTHING
            while block is not None:
                others = block.variables.keys()
                if not names.isdisjoint(others):  # goes through the fewer names: of a module there are many
                    hidden |= names & others
                block = block.parent
            found[scope] = hidden
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
