"""Which variables does a function bind for itself in vain, because an outer one was meant?

Nothing fails there, so it takes evidence: who else changes the outer variable, what it begins with, how it is bound
here.
"""

from __future__ import annotations

import ast
import builtins
import enum
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.unbound import is_part, is_plain, outer_variable, position
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable

_OBSERVERS = {"locals", "vars", "eval", "exec", "dir"}
_SIMPLE = {BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.WALRUS}
_NEVER = {BindingKind.PARAMETER, BindingKind.EXCEPT, BindingKind.ANNOTATION, BindingKind.DELETE, BindingKind.TYPE_ALIAS}


class Evidence(enum.Enum):
    """Why the outer variable was probably meant, the strongest first."""

    MISSING = "it is read elsewhere, and nobody else binds it"
    SHARED = "another function declares and changes it"
    PLACE_HOLDER = "it is bound once, to a constant, for others to change"
    VARIABLE = "it is a variable that is read later"


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """A variable that its function binds for itself, while an outer one of that name is read.

    `outer` is None where others read a variable of the module that nobody binds. `unread`: the function does not even
    read its own.
    """

    variable: Variable
    outer: Variable | None
    binding: Binding
    evidence: Evidence
    unread: bool


def find(scopes: Sequence[Scope], failing: Container[Variable]) -> Iterator[Lost]:
    """Yield one fact for each variable of a function that is bound in vain.

    `failing` are the variables that are left out: their function does not get as far.
    """
    undefined = _undefined(scopes)
    for scope in scopes:
        if scope.kind is not ScopeKind.FUNCTION:
            continue
        for name, variable in scope.variables.items():
            outer = outer_variable(scope, name)
            if (outer is None and name not in undefined) or variable in failing or not _is_candidate(variable):
                continue
            bindings = sorted(variable.bindings, key=lambda binding: position(binding.node))
            if not bindings or any(binding.kind in _NEVER for binding in bindings):
                continue
            if any(word in scope.reads and scope.owners[word] is None for word in _OBSERVERS):
                continue
            unread = not variable.references
            if outer is None:
                readers = [block for block in undefined[name] if not _is_inside(block, scope)]
                evidence = Evidence.MISSING if readers and _rivals(scopes, name, None) == 1 else None
            elif outer.scope.kind is ScopeKind.TYPE_PARAMETERS:
                continue
            elif unread:
                evidence = _in_vain(outer, bindings) if is_plain(outer) and _is_read_later(outer, scope) else None
            else:
                evidence = _in_private(scopes, scope, outer, bindings) if _is_read_later(outer, scope) else None
            if evidence and (outer or all(binding.kind in _SIMPLE for binding in bindings)):
                yield Lost(variable, outer, bindings[0], evidence, unread)


def _is_candidate(variable: Variable) -> bool:
    """Return whether a variable is no parameter, and its name nothing that Python or its tools give a meaning of its own."""
    writes = variable.scope.writes.get(variable.name, [])
    name = variable.name
    return not (writes and writes[0].kind in _NEVER) and name != "_" and not name.startswith("__")


def _undefined(scopes: Sequence[Scope]) -> dict[str, list[Scope]]:
    """Return the functions that read each name that neither the file nor Python binds; nothing where a star import may."""
    if any(binding.name == "*" for binding in scopes[0].writes.get("*", ())):
        return {}
    found: dict[str, list[Scope]] = {}
    for scope in scopes:
        for name, owner in scope.owners.items():
            if owner is None and name in scope.reads and not hasattr(builtins, name) and scope.parent is not None:
                found.setdefault(name, []).append(scope)
    return found


def _is_inside(block: Scope | None, function: Scope) -> bool:
    while block is not None and block is not function:
        block = block.parent
    return block is function


def _rivals(scopes: Sequence[Scope], name: str, outer: Variable | None) -> int:
    """Return how many functions have a variable of their own instead of the outer one."""
    return sum(
        scope.kind is ScopeKind.FUNCTION and name in scope.variables and outer_variable(scope, name) is outer
        for scope in scopes
    )


def _in_vain(outer: Variable, bindings: Sequence[Binding]) -> Evidence | None:
    """Return what tells that a function means an outer variable by one that it never reads."""
    if any(getattr(binding.node, "decorator_list", ()) for binding in bindings):
        return None
    if any(block is not outer.scope and outer.name in block.writes for block in outer.mentions):
        return Evidence.SHARED
    if _holds_a_place(outer):
        return Evidence.PLACE_HOLDER
    if all(binding.kind in _SIMPLE and _is_kept_for_nothing(binding) for binding in bindings):
        return Evidence.VARIABLE
    return None


def _in_private(
    scopes: Sequence[Scope], function: Scope, outer: Variable, bindings: Sequence[Binding]
) -> Evidence | None:
    """Return what tells that a function means an outer variable by one that it also reads.

    That the outer one is `None` for ever, or a flag that never changes, or declared and never bound; or that a function
    inside this one, and another function elsewhere, share the outer one.
    """
    if not all(binding.kind in _SIMPLE or binding.kind is BindingKind.AUGMENTED for binding in bindings):
        return None
    outside = outer.bindings
    if all(binding.kind is BindingKind.ANNOTATION for binding in outside):
        return Evidence.MISSING if outer.scope.kind is not ScopeKind.MODULE else None
    value = outside[0].value
    stays = len(outside) == 1 and isinstance(value, ast.Constant) and value.value in (None, False, True)
    if stays and _rivals(scopes, outer.name, outer) == 1:
        return Evidence.PLACE_HOLDER
    writers = [block for block in outer.mentions if block is not outer.scope and outer.name in block.writes]
    inside = [block for block in writers if _is_inside(block, function)]
    return Evidence.SHARED if inside and (len(inside) < len(writers) or outer.scope.writes.get(outer.name)) else None


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
