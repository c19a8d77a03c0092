"""What is known of a variable that a function binds for itself, and of the outer one with its name?"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import is_part
from flake8_closures.facts.guards import around
from flake8_closures.facts.lost.placeholders import value
from flake8_closures.facts.names import last_name
from flake8_closures.facts.positions import position
from flake8_closures.facts.spelling import is_state
from flake8_closures.facts.unbound import is_plain
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents

_SIMPLE = {BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.WALRUS}
_HANDING_OUT = (ast.Return, ast.Yield)
_OWN = {*_SIMPLE, BindingKind.AUGMENTED, BindingKind.DELETE}


class Evidence(enum.Enum):
    """Why the outer variable was probably meant, the strongest first."""

    LOOKED_UP = "the function looks it up in `globals()`"
    MISSING = "it is read elsewhere, and nobody else binds it"
    SHARED = "another function declares and changes it"
    DECLARED_BESIDE = "the function declares others like it"
    USELESS = "the function does nothing else"
    PLACE_HOLDER = "it is bound once, to a constant, for others to change"
    VARIABLE = "it is a variable that is read later"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A variable of a function, the outer one with its name (None: no block has one), and what is known of both.

    `declared` are the outer variables that the function declares and binds. `alone`: no other function has a variable
    of its own that hides the same outer one; where there is no outer one, an equally useless variable counts.
    `unrivalled`: others have it as a parameter at most. `readers` are the functions that read the name where nobody
    binds it. `looked_up`: the function looks the name up in `globals()`.
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
        """Whether the function never reads its own variable."""
        return not self.variable.references

    @property
    def returned(self) -> bool:
        """Whether the function returns its own variable, which then has a use."""
        return any(isinstance(self.parents.get(each.node), ast.Return) for each in self.variable.references)

    @property
    def passed_on(self) -> bool:
        """Whether the function returns or yields something made of its own variable."""
        chains = [around(each.node, self.function.node, self.parents) for each in self.variable.references]
        return any(isinstance(outer, _HANDING_OUT) for chain in chains for _, outer in chain)

    @property
    def simple(self) -> bool:
        """Whether every binding is an assignment."""
        return all(binding.kind in _SIMPLE for binding in self.bindings)

    @property
    def changes(self) -> bool:
        """Whether every binding changes the variable and has no other purpose."""
        return all(binding.kind in _OWN for binding in self.bindings)

    @property
    def kept(self) -> bool:
        """Whether every binding gives one name one value, and none takes what a generator is sent."""
        return self.simple and all(binding.value is not None and not is_sent(binding) for binding in self.bindings)


def is_sent(binding: Binding) -> bool:
    """Return whether a binding takes what a generator is sent: `x = yield`."""
    return isinstance(binding.value, (ast.Yield, ast.YieldFrom))


def is_of_module(outer: Variable) -> bool:
    """Return whether an outer variable belongs to the module."""
    return outer.scope.kind is ScopeKind.MODULE


def is_read_later(outer: Variable, function: Scope) -> bool:
    """Return whether an outer variable is read where the function may have changed it: below, or in other functions."""
    start = position(function.node)
    for block in outer.mentions:
        nodes = [node for node in block.reads.get(outer.name, ()) if node not in block.unevaluated]
        if nodes and (not is_part(block, outer.scope) or any(position(node) > start for node in nodes)):
            return True
    return False


def begins_below(case: Case, outer: Variable) -> bool:
    """Return whether a variable begins below the function, where the lines of a script use names for themselves."""
    homes = [each for each in outer.bindings if each.scope is outer.scope] or outer.bindings
    return min(position(each.node) for each in homes) > position(case.function.node)


def is_tied(case: Case, outer: Variable) -> bool:
    """Return whether the function declares other variables of the block that has the outer one."""
    return any(other.scope is outer.scope for other in case.declared)


def is_setting(case: Case, outer: Variable) -> bool:
    """Return whether a variable of the module is meant to change, and only this function assigns one of its own."""
    return case.simple and case.unrivalled and is_of_module(outer) and is_plain(outer)


def is_module_state(case: Case, outer: Variable) -> bool:
    """Return whether a variable of the module is spelled like state, and meant to change as the function does.

    A function that spells its own variables in capitals may mean one of these.
    """
    if not is_state(outer.name) or not case.simple or not is_plain(outer) or not is_of_module(outer):
        return False
    own = case.function.variables.keys() - outer.scope.variables.keys()
    return not outer.name.isupper() or not any(is_state(name) and name.isupper() for name in own)


def is_made_alike(case: Case, outer: Variable) -> bool:
    """Return whether a function gets its value from the same callee as the outer variable."""
    return bool(_callees(case.bindings) & _callees(outer.bindings))


def _callees(bindings: Iterable[Binding]) -> set[str]:
    return {ast.dump(each.value.func) for each in bindings if isinstance(each.value, ast.Call)}


def is_result_of(function: Scope, outer: Variable) -> bool:
    """Return whether an outer variable is bound to the result of a function, which then keeps the two apart."""
    parts = [part for each in outer.bindings for part in ast.walk(value(each) or ast.Pass())]
    callees = [
        part.func if isinstance(part, ast.Call) else part for part in parts if not isinstance(part, ast.Attribute)
    ]
    return any(last_name(callee) == function.name for callee in callees)
