"""Which variables does a function bind and never read, and was an outer one meant?

Nothing fails there, so it takes evidence: who else changes the outer variable, what it begins with, how it is bound
here.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.unbound import is_part, is_plain, outer_variable, position
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable

_OBSERVERS = {"locals", "vars", "eval", "exec", "dir"}
_SIMPLE = {BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.WALRUS}
_NEVER = {BindingKind.PARAMETER, BindingKind.EXCEPT, BindingKind.ANNOTATION, BindingKind.DELETE, BindingKind.TYPE_ALIAS}


class Evidence(enum.Enum):
    """Why the outer variable was probably meant, the strongest first."""

    SHARED = "another function declares and changes it"
    PLACE_HOLDER = "it is bound once, to a constant, for others to change"
    VARIABLE = "it is a variable that is read later"


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """A variable that its function binds and nobody reads, while an outer one of that name is read."""

    variable: Variable
    outer: Variable
    binding: Binding
    evidence: Evidence


def find(scopes: Sequence[Scope]) -> Iterator[Lost]:
    """Yield one fact for each variable of a function that is bound in vain, where an outer one of that name is read."""
    for scope in scopes:
        if scope.kind is ScopeKind.FUNCTION and scope.variables:
            for name in scope.variables:
                if name not in scope.reads:
                    lost = _lost(scope, name)
                    if lost:
                        yield lost


def _lost(scope: Scope, name: str) -> Lost | None:
    writes = scope.writes.get(name, [])
    if (writes and writes[0].kind in _NEVER) or name == "_" or (name.startswith("__") and name.endswith("__")):
        return None
    outer = outer_variable(scope, name)
    if outer is None or outer.scope.kind is ScopeKind.TYPE_PARAMETERS or not is_plain(outer):
        return None
    variable = scope.variables[name]
    bindings = sorted(variable.bindings, key=lambda binding: position(binding.node))
    if variable.references or not bindings or any(binding.kind in _NEVER for binding in bindings):
        return None
    if any(word in scope.reads and scope.owners[word] is None for word in _OBSERVERS):
        return None
    if any(getattr(binding.node, "decorator_list", ()) for binding in bindings):
        return None
    evidence = _evidence(scope, outer, bindings)
    if evidence is None or not _is_read_later(outer, scope):
        return None
    return Lost(variable, outer, bindings[0], evidence)


def _evidence(scope: Scope, outer: Variable, bindings: Sequence[Binding]) -> Evidence | None:
    name = outer.name
    if any(block is not outer.scope and name in block.writes for block in outer.mentions):
        return Evidence.SHARED
    if _holds_a_place(outer):
        return Evidence.PLACE_HOLDER
    if all(binding.kind in _SIMPLE and _is_kept_for_nothing(binding) for binding in bindings):
        return Evidence.VARIABLE
    return None


def _holds_a_place(outer: Variable) -> bool:
    """Return whether a variable is bound once, to a literal or an empty container."""
    if len(outer.bindings) != 1:
        return False
    binding = outer.bindings[0]
    if binding.kind not in (BindingKind.ASSIGN, BindingKind.ANNOTATED):
        return False
    value: ast.expr | None = binding.value or getattr(binding.statement, "value", None)
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in _CONTAINERS and not value.args
    return value is not None and _is_literal(value)


_CONTAINERS = {"dict", "list", "set"}


def _is_literal(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        return all(isinstance(item, ast.Constant) for item in value.elts)
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Dict) and not value.keys)


def _is_kept_for_nothing(binding: Binding) -> bool:
    """Return whether a value is bound to a single name, and not because a generator has to be sent something."""
    return binding.value is not None and not isinstance(binding.value, (ast.Yield, ast.YieldFrom))


def _is_read_later(outer: Variable, function: Scope) -> bool:
    """Return whether an outer variable is read where the function may have changed it: below it, or in other
    functions.
    """
    start = position(function.node)
    for block in outer.mentions:
        nodes = [node for node in block.reads.get(outer.name, ()) if node not in block.unevaluated]
        if nodes and (not is_part(block, outer.scope) or any(position(node) > start for node in nodes)):
            return True
    return False
