"""Which variables does a function bind for itself by mistake, because an outer one was meant?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.declared import bound_elsewhere, writers
from flake8_closures.facts.flow import Do, Event, Graphs
from flake8_closures.facts.hiding import Hidden, outer_variable
from flake8_closures.facts.lost import lookups
from flake8_closures.facts.lost.case import Case, Evidence
from flake8_closures.facts.lost.intent import evidence
from flake8_closures.facts.observers import OBSERVERS
from flake8_closures.facts.positions import position, stands_in
from flake8_closures.facts.spelling import is_special
from flake8_closures.facts.undefined import Undefined
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents, decorators_of

_NEVER = {BindingKind.PARAMETER, BindingKind.EXCEPT, BindingKind.ANNOTATION, BindingKind.TYPE_ALIAS}


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


def find(
    hidden: Hidden,
    failing: Container[Variable],
    undefined: Undefined,
    graph: Graphs,
    parents: Parents,
) -> Iterator[Lost]:
    """Yield one fact for each variable of a function that is bound by mistake.

    `hidden` are the outer names that functions hide. `failing` are the variables left out, because their function fails
    before. `undefined` are the names that nobody binds.
    """
    looked_up = {*lookups.looked_up(hidden, parents)}
    own = [*_own(hidden, looked_up, undefined)]
    # A function inside lacks `nonlocal`, or has it: then the variable is the one that is meant.
    meant = {outer for variable, outer in own if variable in failing}
    candidates = [
        (variable, outer, bindings)
        for variable, outer in own
        if variable not in failing and variable not in meant and not writers(variable)
        for bindings in [sorted(variable.bindings, key=lambda binding: position(binding.node))]
        if _is_candidate(variable, outer, bindings, looked_up)
    ]
    if not candidates:
        return
    rivals = _Rivals(own)
    for variable, outer, bindings in candidates:
        declared, alone = _declared(variable.scope, outer), rivals.none(variable, outer)
        readers = undefined.read(variable, bindings, declared) if outer is None else ()
        unrivalled = rivals.none_but_parameters(variable, outer)
        case = Case(variable, outer, bindings, declared, alone, unrivalled, variable in looked_up, readers, parents)
        found = evidence(case)
        if found is None or _is_observed(variable.scope, bindings[0], parents):
            continue
        weak = found in (Evidence.VARIABLE, Evidence.USELESS)
        if not (weak and outer and outer.references and _is_overtaken(variable.scope, outer, graph)):
            yield Lost(variable, outer, bindings[0], found, case.unread)


def _own(
    hidden: Hidden, looked_up: Container[Variable], undefined: Undefined
) -> Iterator[tuple[Variable, Variable | None]]:
    """Yield the variables of functions that may stand for another one by mistake, each with the outer one."""
    unowned = undefined.readers.keys()
    for scope, hides in hidden.items():
        if scope.kind is not ScopeKind.FUNCTION:
            continue
        names = scope.variables.keys() if scope.globals else hides | scope.variables.keys() & unowned
        for name, variable in scope.variables.items():
            if name in names or variable in looked_up:
                outer = outer_variable(scope, name)
                if outer is not None or scope.globals or name in unowned or variable in looked_up:
                    yield variable, outer


class _Rivals:
    """Counts the functions that have variables of their own which hide the same outer one."""

    def __init__(self, own: Sequence[tuple[Variable, Variable | None]]) -> None:
        self._all = Counter((variable.name, outer) for variable, outer in own)
        self._given = Counter((variable.name, outer) for variable, outer in own if _is_parameter(variable))
        self._idle = Counter(variable.name for variable, outer in own if outer is None and not variable.references)

    def none(self, variable: Variable, outer: Variable | None) -> bool:
        """Return whether no other function has one; where there is no outer one, an equally useless one counts."""
        if outer is None and not variable.references and self._idle[variable.name] == 1:
            return True
        return self._all[variable.name, outer] == 1

    def none_but_parameters(self, variable: Variable, outer: Variable | None) -> bool:
        """Return whether other functions have it as a parameter at most."""
        key = variable.name, outer
        return self._all[key] - self._given[key] == 1


def _is_parameter(variable: Variable) -> bool:
    return any(binding.kind is BindingKind.PARAMETER for binding in variable.bindings)


def _is_candidate(
    variable: Variable, outer: Variable | None, bindings: Sequence[Binding], looked_up: Container[Variable]
) -> bool:
    """Return whether a variable may stand for an outer one by mistake.

    It is no parameter, no unused loop target like `_x`, and no special name, unless the function looks it up, it is
    announced by an annotation, or the function declares another special name.
    """
    scope, name = variable.scope, variable.name
    writes = scope.writes.get(name, [])
    if (writes and writes[0].kind in _NEVER) or name == "_":
        return False
    announced = outer is not None and outer.bindings[0].kind is BindingKind.ANNOTATION
    if is_special(name) and not announced and variable not in looked_up and not any(map(is_special, scope.globals)):
        return False
    kinds = {binding.kind for binding in bindings}
    if kinds == {BindingKind.LOOP_TARGET} and name[0] == "_" and not variable.references:
        return False
    return bool(kinds - {BindingKind.DELETE}) and not kinds & _NEVER


def _declared(function: Scope, outer: Variable | None) -> frozenset[Variable]:
    """Return the variables that a function declares with the keyword that the outer one would need, and binds."""
    of_module = outer is None or outer.scope.kind is ScopeKind.MODULE
    return frozenset(bound_elsewhere(function, function.globals if of_module else function.nonlocals))


def _is_overtaken(function: Scope, outer: Variable, graph: Graphs) -> bool:
    """Return whether an outer variable is bound again before it is read, wherever the function may have changed it."""
    home = outer.scope
    if any(unit(reference.scope) is not home for reference in outer.references):
        return False
    flow = graph(home.node)
    reads = [(Do.READ, reference.node) for reference in outer.references]
    binds = [(Do.BIND, binding.node) for binding in outer.bindings]
    return not any(flow.path(start, reads, binds) for start in _starts(function, home))


def _starts(function: Scope, home: Scope) -> list[Event]:
    """Return the events after which a function may run: the reads of its name, otherwise where it is made."""
    name = function.parent.owners.get(function.name) if function.parent else None
    is_plain = name is not None and name.scope is home and not decorators_of(function.node)
    if name and is_plain and all(unit(reference.scope) is home for reference in name.references):
        return [(Do.READ, reference.node) for reference in name.references]
    made = function
    while made.parent is not None and unit(made.parent) is not home:
        made = made.parent
    return [(Do.MAKE, made.node)]


def _is_observed(function: Scope, binding: Binding, parents: Parents) -> bool:
    """Return whether a function looks at all of its variables, by `locals()` and the like, after it has bound one."""
    for word, arguments in OBSERVERS.items():
        if word not in function.reads or function.owners[word] is not None:
            continue
        for node in function.reads[word]:
            call = parents.call_of(node)
            if call is not None and len(call.args) > arguments:
                continue
            again = any(stands_in(node, loop) for loop in function.loops)
            if again or position(node) > position(binding.node):
                return True
    return False
