"""Which variables of other blocks does a function declare and bind, and which functions do that to a variable?"""

from __future__ import annotations

from collections.abc import Iterable

from flake8_closures.facts.blocks import is_part
from flake8_closures.model import Scope, ScopeKind, Variable

_DECLARING = (ScopeKind.FUNCTION, ScopeKind.CLASS)
"""A comprehension is none of these, although its walrus may bind a variable of the function around it."""


def writers(outer: Variable) -> list[Scope]:
    """Return the functions that declare a variable of another block and bind it."""
    declaring = (block for block in outer.mentions if outer.name in block.writes and block.kind in _DECLARING)
    return [block for block in declaring if not is_part(block, outer.scope)]


def bound_elsewhere(function: Scope, declared: Iterable[str]) -> set[Variable]:
    """Return the variables of other blocks that a function binds by the names that it declares."""
    owners = {function.owners.get(name) for name in declared if name in function.writes}
    return {owner for owner in owners if owner is not None}
