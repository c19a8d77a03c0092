"""Does a call certainly run a function of the file: the one it names, or one that it reaches on every path?

A certain call names one function and no other. Paths that an exception cuts short are ignored.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_closures.facts.callees import Callees, is_spread
from flake8_closures.facts.flow import Do, Graphs
from flake8_closures.facts.functions import parameter, runs_later
from flake8_closures.facts.names import Names
from flake8_closures.model import BindingKind, Scope
from flake8_closures.tree import decorators_of

_TAKEN = (BindingKind.LOOP_TARGET, BindingKind.COMPREHENSION_TARGET)


class Certain:
    """Answers for one file; the calls on every path through a function are computed once."""

    def __init__(self, names: Names, callees: Callees, graph: Graphs) -> None:
        self._names, self._callees, self._graph = names, callees, graph
        self._calls: dict[Scope, list[ast.Call]] = {}

    def runs(self, caller: ast.AST, wanted: Scope) -> bool:
        """Return whether a call, or a decorator that is only a name, certainly runs a function."""
        function, bound = self._meant(caller.func if isinstance(caller, ast.Call) else caller)
        if function is None:
            return False
        if self._reaches(function, wanted, set()):
            return True
        named = (parameter(function, place, bound) for place in self._places(caller, wanted))
        return any(name is not None and self._calls_argument(function, name) for name in named)

    def takes_each(self, callee: ast.AST) -> bool:
        """Return whether a callee is the item that a loop takes out of a container in each iteration."""
        variable = self._names.variable(callee)
        return variable is not None and all(binding.kind in _TAKEN for binding in variable.bindings)

    def _meant(self, callee: ast.AST) -> tuple[Scope | None, bool]:
        """Return the one function that a call runs, and whether it gets an object. `self` may belong to a subclass."""
        receiver = getattr(callee, "value", None)
        if isinstance(receiver, ast.Name) and self._callees.class_of_self(receiver):
            return None, False
        made = self._callees.constructor(callee)
        found = [made[1]] if made and not decorators_of(made[0].node) else self._callees.functions(callee)
        function = found[0] if len(found) == 1 else None
        if function is None or runs_later(function) or decorators_of(function.node):
            return None, False
        return function, made is not None or isinstance(callee, ast.Attribute)

    def _reaches(self, function: Scope, wanted: Scope, passed: set[Scope]) -> bool:
        """Return whether a function is the wanted one, or calls one that reaches it."""
        if function is wanted:
            return True
        passed.add(function)
        callees = (self._meant(call.func)[0] for call in self._sure_calls(function))
        return any(callee and callee not in passed and self._reaches(callee, wanted, passed) for callee in callees)

    def _sure_calls(self, function: Scope) -> list[ast.Call]:
        """Return the calls that are on every path through a function."""
        if function not in self._calls:
            flow = self._graph(function.node)
            calls = [call for call in flow.calls() if flow.is_certain([(Do.CALL, call)])]
            self._calls[function] = calls
        return self._calls[function]

    def _places(self, caller: ast.AST, given: Scope) -> Iterator[int | str]:
        """Yield the arguments of a call, or of a decorator, that are a function and nothing else."""
        if not isinstance(caller, ast.Call):
            yield 0
        elif not is_spread(caller):
            arguments = [*enumerate(caller.args), *((each.arg, each.value) for each in caller.keywords)]
            for place, argument in arguments:
                if place is not None and self._callees.functions(argument) == [given]:
                    yield place

    def _calls_argument(self, function: Scope, name: str) -> bool:
        """Return whether a function calls the argument for a parameter on every path."""
        variable = function.variables[name]
        if not variable.is_parameter:
            return False
        called = [call.func for call in self._sure_calls(function)]
        return any(isinstance(callee, ast.Name) and callee.id == name for callee in called)
