"""Which functions of the file only pass an argument on to something that holds it weakly?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flake8_closures.facts.escape import Use
from flake8_closures.facts.lifetime.connections import Connection
from flake8_closures.facts.semantics import SemanticModel, given_for
from flake8_closures.model import Scope, Variable

Given = Callable[[Scope, str], Sequence[Use]]
"""Gives what a function does with a parameter."""


def find(semantics: SemanticModel, connections: Sequence[Connection], given: Given) -> Iterator[Connection]:
    """Yield the calls of functions of the file that connect an argument and keep it in no other way."""
    places = {each.place for each in connections}
    pending = [each for each in connections if not each.is_explicit]
    seen: set[Variable] = set()
    for each in pending:
        variable = semantics.names.variable(each.receiver)
        if variable is None or variable in seen or not variable.is_parameter:
            continue
        seen.add(variable)
        function = variable.scope
        if any(use.lasting and use.node not in places for use in given(function, variable.name)):
            continue
        for call in semantics.callees.calls_of(function):
            argument = given_for(call, function, variable.name)
            if argument is not None:
                places.add(call)
                by = Connection(
                    call, argument, call.func, False, each.confidence, False, each.is_plain, each.origin or each.place
                )
                pending.append(by)
                yield by
