"""Which variables does a function bind for itself in vain, because an outer one was meant?

Nothing fails there, so it takes evidence: who else changes the outer variable, what it begins with, how it is bound
here.
"""

from __future__ import annotations

import ast
import builtins
import enum
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.guards import position
from flake8_closures.facts.unbound import is_part, is_plain, outer_variable
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
    own: list[tuple[Variable, Variable | None]] = []
    rivals: Counter[tuple[str, Variable | None]] = Counter()
    for scope in scopes:
        if scope.kind is ScopeKind.FUNCTION:
            for name, variable in scope.variables.items():
                outer = outer_variable(scope, name)
                if outer is not None or name in undefined:
                    rivals[name, outer] += 1
                    own.append((variable, outer))
    for variable, outer in own:
        if variable not in failing and _is_candidate(variable):
            alone = rivals[variable.name, outer] == 1
            lost = _lost(variable, outer, alone, undefined.get(variable.name, ()))
            if lost:
                yield lost


def _lost(variable: Variable, outer: Variable | None, alone: bool, readers: Sequence[Scope]) -> Lost | None:
    """Judge one variable. `alone`: no other function has one of its own beside the same outer one."""
    scope = variable.scope
    unread = not variable.references
    bindings = sorted(variable.bindings, key=lambda binding: position(binding.node))
    if not bindings or any(binding.kind in _NEVER for binding in bindings):
        return None
    if any(word in scope.reads and scope.owners[word] is None for word in _OBSERVERS):
        return None
    evidence: Evidence | None
    if outer is None:
        simple = all(binding.kind in _SIMPLE for binding in bindings)
        elsewhere = any(not _is_inside(block, scope) for block in readers)
        evidence = Evidence.MISSING if alone and simple and elsewhere else None
    elif outer.scope.kind is ScopeKind.TYPE_PARAMETERS:
        evidence = None
    elif unread and _writers(outer) and is_plain(outer):
        evidence = None if any(_is_decorated(binding) for binding in bindings) else Evidence.SHARED
    elif _shares_the_rest(scope, outer, bindings):
        evidence = Evidence.SHARED
    elif not _is_read_later(outer, scope):
        waits = alone and _waits(outer, scope) and all(binding.kind in _SIMPLE for binding in bindings)
        evidence = Evidence.PLACE_HOLDER if waits else None
    elif unread:
        evidence = _in_vain(outer, bindings)
    else:
        evidence = _in_private(scope, outer, bindings, alone)
    return Lost(variable, outer, bindings[0], evidence, unread) if evidence else None


def _is_candidate(variable: Variable) -> bool:
    """Return whether a variable is no parameter, and its name nothing that Python or its tools give a meaning to."""
    writes = variable.scope.writes.get(variable.name, [])
    name = variable.name
    return not (writes and writes[0].kind in _NEVER) and name != "_" and not (name[:2] == "__" == name[-2:])


def _undefined(scopes: Sequence[Scope]) -> dict[str, list[Scope]]:
    """Return the functions that read each name that neither the file nor Python binds; none where a star import may.

    Names of one letter are left out: they are undefined on purpose, in samples of code that never runs.
    """
    if "*" in scopes[0].writes:
        return {}
    found: dict[str, list[Scope]] = {}
    for scope in scopes:
        for name, owner in scope.owners.items():
            if owner is None and len(name) > 1 and name in scope.reads and not hasattr(builtins, name) and scope.parent:
                found.setdefault(name, []).append(scope)
    return found


def _is_inside(block: Scope | None, function: Scope) -> bool:
    while block is not None and block is not function:
        block = block.parent
    return block is function


def _writers(outer: Variable) -> list[Scope]:
    """Return the functions that declare a variable of another block and bind it."""
    return [block for block in outer.mentions if block is not outer.scope and outer.name in block.writes]


def _is_decorated(binding: Binding) -> bool:
    return bool(getattr(binding.node, "decorator_list", ()))


def _in_vain(outer: Variable, bindings: Sequence[Binding]) -> Evidence | None:
    """Return what tells that a function means an outer variable by one that it never reads."""
    if _is_declared_only(outer):
        return Evidence.MISSING
    if not is_plain(outer):
        return None
    if any(_is_decorated(binding) for binding in bindings):
        return None
    if _holds_a_place(outer):
        return Evidence.PLACE_HOLDER
    # The names of a script's own lines recur in its functions: there a function has to read what is shared.
    shared = outer.scope.kind is not ScopeKind.MODULE or any(
        block.is_function and outer.name in block.reads for block in outer.mentions
    )
    if shared and all(binding.kind in _SIMPLE and _is_kept_for_nothing(binding) for binding in bindings):
        return Evidence.VARIABLE
    return None


def _shares_the_rest(function: Scope, outer: Variable, bindings: Sequence[Binding]) -> bool:
    """Return whether a function binds a variable in one assignment with others that it declares in the same block."""
    declared = {**function.globals, **function.nonlocals}
    partners = {
        part.id
        for binding in bindings
        if binding.kind is BindingKind.ASSIGN and isinstance(binding.statement, ast.Assign)
        for target in binding.statement.targets
        for part in ast.walk(target)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.id in declared
    }
    owners = [function.owners.get(name) for name in partners]
    return is_plain(outer) and any(owner is not None and owner.scope is outer.scope for owner in owners)


def _waits(outer: Variable, function: Scope) -> bool:
    """Return whether a variable of the module is `None`, or a flag, that the file does not mention again.

    It has to be private, or the function one that declares other variables of the module.
    """
    value = outer.bindings[0].value
    return (
        (outer.name[0] == "_" or bool(function.globals))
        and (outer.scope.kind is ScopeKind.MODULE and len(outer.bindings) == 1)
        and not outer.references
        and isinstance(value, ast.Constant)
        and _is_blank(value.value, outer)
    )


def _is_declared_only(outer: Variable) -> bool:
    """Return whether a variable of a function is annotated and never bound: others must be meant to do that."""
    annotated = all(binding.kind is BindingKind.ANNOTATION for binding in outer.bindings)
    return annotated and outer.scope.kind is ScopeKind.FUNCTION


def _in_private(function: Scope, outer: Variable, bindings: Sequence[Binding], alone: bool) -> Evidence | None:
    """Return what tells that a function means an outer variable by one that it also reads.

    The outer one is `None` for ever, or a flag that never changes, or declared and never bound. Or other functions
    share the outer one, and the one here only ever is a constant, or the name is declared in a function inside.
    """
    if not all(binding.kind in _SIMPLE or binding.kind is BindingKind.AUGMENTED for binding in bindings):
        return None
    if _is_declared_only(outer):
        return Evidence.MISSING
    outside = outer.bindings
    value = outside[0].value
    if isinstance(value, ast.Constant) and _is_blank(value.value, outer) and len(outside) == 1 and alone:
        return Evidence.PLACE_HOLDER
    writers = _writers(outer)
    inside = [block for block in writers if _is_inside(block, function)]
    if inside:
        return Evidence.SHARED if len(inside) < len(writers) else None
    constant = len(bindings) == 1 and isinstance(bindings[0].value, ast.Constant)
    return Evidence.SHARED if writers and constant else None


def _is_blank(value: object, outer: Variable) -> bool:
    """Return whether a constant says that the real value comes later."""
    return value is None or isinstance(value, bool) or (value in ("", 0) and outer.scope.kind is ScopeKind.MODULE)


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
