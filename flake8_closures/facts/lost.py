"""Which variables does a function bind for itself in vain, because an outer one was meant?"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flake8_closures.facts.guards import end, position
from flake8_closures.facts.hiding import hiding, outer_variable
from flake8_closures.facts.intent import Case, Evidence, evidence, is_special, writers
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable

_OBSERVERS = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""What looks at the variables of its caller, if it is called with no more arguments than this."""
_NEVER = {BindingKind.PARAMETER, BindingKind.EXCEPT, BindingKind.ANNOTATION, BindingKind.TYPE_ALIAS}
Parents = Callable[[], Mapping[ast.AST, ast.AST]]


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
    scopes: Sequence[Scope], failing: Container[Variable], parents: Parents, silenced: Callable[[ast.AST], bool]
) -> Iterator[Lost]:
    """Yield one fact for each variable of a function that is bound in vain.

    `failing` are the variables that are left out: their function does not get as far. `silenced` tells where a name
    that nobody binds is known to its author.
    """
    undefined = _Undefined(scopes, parents, silenced)
    unowned = undefined.readers.keys()
    own: list[tuple[Variable, Variable | None]] = []
    rivals: Counter[tuple[str, Variable | None]] = Counter()
    idle: Counter[str] = Counter()
    for scope in scopes:
        if scope.kind is ScopeKind.FUNCTION:
            names = scope.variables.keys() if scope.globals else hiding(scope) | scope.variables.keys() & unowned
            for name, variable in scope.variables.items() if names else ():
                if name not in names:
                    continue
                outer = outer_variable(scope, name)
                if outer is not None or scope.globals or name in undefined.readers:
                    rivals[name, outer] += 1
                    idle[name] += outer is None and not variable.references
                    own.append((variable, outer))
    # A function inside lacks `nonlocal`, or has it: then the variable is the one that is meant.
    meant = {outer for variable, outer in own if variable in failing}
    for variable, outer in own:
        bindings = sorted(variable.bindings, key=lambda binding: position(binding.node))
        if variable in failing or variable in meant or writers(variable) or not _is_candidate(variable, bindings):
            continue
        idles = outer is None and not variable.references and idle[variable.name] == 1
        alone = idles or rivals[variable.name, outer] == 1
        declared = _declared(variable.scope, outer)
        readers = undefined.read(variable, bindings, declared, alone) if outer is None else ()
        shared = outer is not None and variable.references and writers(outer)
        handed_to = _handed_to(variable, parents) if shared else frozenset()
        case = Case(variable, outer, bindings, declared, alone, readers, handed_to)
        found = evidence(case)
        if found and not _is_observed(variable.scope, bindings[0], parents):
            yield Lost(variable, outer, bindings[0], found, case.unread)


def _is_candidate(variable: Variable, bindings: Sequence[Binding]) -> bool:
    """Return whether a variable is no parameter, and its name nothing that Python or its tools give a meaning to,
    unless the function declares another such name.
    """
    scope, name = variable.scope, variable.name
    writes = scope.writes.get(name, [])
    if (writes and writes[0].kind in _NEVER) or name == "_":
        return False
    if is_special(name) and not any(map(is_special, scope.globals)):
        return False
    kinds = {binding.kind for binding in bindings}
    return bool(kinds - {BindingKind.DELETE}) and not kinds & _NEVER


def _declared(function: Scope, outer: Variable | None) -> frozenset[Variable]:
    """Return the variables that a function declares, with the keyword that the outer one would take, and binds."""
    of_module = outer is None or outer.scope.kind is ScopeKind.MODULE
    names = function.globals if of_module else function.nonlocals
    owners = {function.owners.get(name) for name in names if name in function.writes}
    return frozenset(owner for owner in owners if owner is not None)


def _handed_to(variable: Variable, parents: Parents) -> frozenset[str]:
    calls = [parents().get(node) for node in variable.scope.reads.get(variable.name, ())]
    callees = [call.func for call in calls if isinstance(call, ast.Call)]
    return frozenset(getattr(callee, "attr", "") or getattr(callee, "id", "") for callee in callees)


def _is_observed(function: Scope, binding: Binding, parents: Parents) -> bool:
    """Return whether a function looks at its own variables, once it has bound one, by `locals()` and the like."""
    for word, arguments in _OBSERVERS.items():
        if word not in function.reads or function.owners[word] is not None:
            continue
        for node in function.reads[word]:
            call = parents().get(node)
            if isinstance(call, ast.Call) and call.func is node and len(call.args) > arguments:
                continue
            again = any(position(loop) < position(node) < end(loop) for loop in function.loops)
            if again or position(node) > position(binding.node):
                return True
    return False


class _Undefined:
    """The names that are read and that neither the file nor Python binds.

    Names of one letter are left out: they are undefined on purpose, in samples of code that never runs.
    """

    def __init__(self, scopes: Sequence[Scope], parents: Parents, silenced: Callable[[ast.AST], bool]) -> None:
        self.parents = parents
        self.silenced = silenced
        self.star = "*" in scopes[0].writes
        self.readers: dict[str, list[Scope]] = {}
        for scope in scopes:
            for name, owner in scope.owners.items():
                if owner is None and len(name) > 1 and name in scope.reads and not hasattr(builtins, name):
                    self.readers.setdefault(name, []).append(scope)

    def read(
        self, variable: Variable, bindings: Sequence[Binding], declared: frozenset[Variable], alone: bool
    ) -> list[Scope]:
        """Return the functions that need a name of the module which nobody binds, and which a function binds for
        itself.

        A star import may bind it: then they have to share what the function declares, or else use it as no function,
        which is what star imports mostly bring, and nobody else has one of its own. Where its value is made of another
        such name, somebody else fills the module.
        """
        name = variable.name
        readers = [block for block in self.readers.get(name, ()) if block.parent and self._is_in_need(block, name)]
        if self.star:
            lacking = [block for block in readers if alone and not self._is_called(block, name)]
            return lacking or [block for block in readers if declared & {*block.owners.values()}]
        values = [binding.value for binding in bindings if binding.value is not None] if readers else []
        words = {part.id for value in values for part in ast.walk(value) if isinstance(part, ast.Name)}
        return [] if any(word != name and word in self.readers for word in words) else readers

    def _is_called(self, block: Scope, name: str) -> bool:
        return any(getattr(self.parents().get(node), "func", None) is node for node in block.reads[name])

    def _is_in_need(self, block: Scope, name: str) -> bool:
        nodes = [node for node in block.reads[name] if not isinstance(self.parents().get(node), ast.Expr)]
        return bool(nodes) and not any(self.silenced(node) for node in nodes)
