"""What is known of a variable that a function binds for itself, and of the outer one of that name?"""

from __future__ import annotations

import ast
import enum
from collections.abc import Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import is_part
from flake8_closures.facts.positions import position
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable
from flake8_closures.source import Parents

_SIMPLE = {BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.WALRUS}
_DECLARING = (ScopeKind.FUNCTION, ScopeKind.CLASS)
"""A comprehension whose walrus binds a variable of the function around it declares nothing."""
_OWN = {*_SIMPLE, BindingKind.AUGMENTED, BindingKind.DELETE}


class Evidence(enum.Enum):
    """Why the outer variable was probably meant, the strongest first."""

    LOOKED_UP = "the function looks it up in `globals()`"
    MISSING = "it is read elsewhere, and nobody else binds it"
    SHARED = "another function declares and changes it"
    DECLARED_BESIDE = "the function declares others like it"
    PLACE_HOLDER = "it is bound once, to a constant, for others to change"
    VARIABLE = "it is a variable that is read later"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A variable of a function, the outer one of that name (None: nobody's), and what is known of the two.

    `declared` are the variables of others that the function declares and binds. `alone`: no other function has a
    variable of its own beside the same outer one, or one that is as useless where there is no outer one. `unrivalled`:
    at most they are given one. `readers` are the functions that read the name where nobody binds it. `looked_up`: the
    function looks the name up in `globals()`.
    """

    variable: Variable
    outer: Variable | None
    bindings: Sequence[Binding]
    declared: frozenset[Variable]
    alone: bool
    unrivalled: bool
    looked_up: bool
    readers: Sequence[Scope]
    parents: Parents

    @property
    def function(self) -> Scope:
        """The function that binds the name."""
        return self.variable.scope

    @property
    def unread(self) -> bool:
        """Whether the function does not even read its own variable."""
        return not self.variable.references

    @property
    def returned(self) -> bool:
        """Whether the function returns its own variable: then it has a use."""
        return any(isinstance(self.parents.get(each.node), ast.Return) for each in self.variable.references)

    @property
    def simple(self) -> bool:
        """Whether every binding is an assignment."""
        return all(binding.kind in _SIMPLE for binding in self.bindings)

    @property
    def changes(self) -> bool:
        """Whether every binding is there to change the variable."""
        return all(binding.kind in _OWN for binding in self.bindings)

    @property
    def kept(self) -> bool:
        """Whether every binding gives one name one value, and none is there for what a generator is sent."""
        return self.simple and all(binding.value is not None and not is_sent(binding) for binding in self.bindings)


def writers(outer: Variable) -> list[Scope]:
    """Return the functions that declare a variable of another block and bind it."""
    declaring = (block for block in outer.mentions if outer.name in block.writes and block.kind in _DECLARING)
    return [block for block in declaring if not is_part(block, outer.scope)]


def is_sent(binding: Binding) -> bool:
    return isinstance(binding.value, (ast.Yield, ast.YieldFrom))


def is_of_module(outer: Variable) -> bool:
    return outer.scope.kind is ScopeKind.MODULE


def is_read_later(outer: Variable, function: Scope) -> bool:
    """Return whether an outer variable is read where the function may have changed it: below it, or in other
    functions.
    """
    start = position(function.node)
    for block in outer.mentions:
        nodes = [node for node in block.reads.get(outer.name, ()) if node not in block.unevaluated]
        if nodes and (not is_part(block, outer.scope) or any(position(node) > start for node in nodes)):
            return True
    return False
