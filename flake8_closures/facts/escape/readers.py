"""What becomes of a value that another function reads: one that captures it, or a generator expression over it?"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Carry, Value
from flake8_closures.facts.flow import Do, Event, Stop
from flake8_closures.model import Closure

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

LONGEST = 40
"""How many closures that call each other a trace follows in a row."""


def used_with(trace: Trace, reader: Closure, value: Value, refills: frozenset[Event]) -> None:
    """Note that a value is used when the closure that reads it is used."""
    made: Event = (Do.MAKE, reader.carrier)
    here = value.route[-1].events if value.route else frozenset()
    follows = any(trace.graph.path(event, [made], refills) is not None for event in here)
    is_expression = isinstance(reader.node, ast.GeneratorExp)
    name = "the generator expression" if is_expression else repr(reader.scope.name)
    for use in trace.uses(reader):
        if follows and any(refills & stop.events for stop in use.route):
            continue  # a reader made later gets where it is by taking the place of the value: methods of a class
        route = value.route
        if follows and len(use.route) < LONGEST:
            # A generator expression that nothing holds is dropped by the next one: it has no name to be kept under.
            remade = frozenset([made]) if is_expression else frozenset()
            stops = (Stop(frozenset([made]), remade, again=is_expression), *use.route)
            route += tuple(replace(stop, refills=stop.refills | refills) for stop in stops)
        carry = Carry.HOLDER if use.carry is Carry.ITSELF else use.carry
        trace.note(use.through(name, refills), replace(value, route=route, carry=carry))


def drawn_over(trace: Trace, expression: ast.GeneratorExp, value: Value) -> None:
    """Follow the items of a container into a generator expression over it: used there, or passed on."""
    generator = trace.context.closure_of[expression]
    items = trace.elsewhere(generator.scope, Value(expression, Carry.ITSELF), expression.generators[0].target)
    if any(not use.lasting for use in items):
        used_with(trace, generator, value, frozenset())
    if any(use.lasting for use in items):
        trace.follow(value.at(expression, Carry.HOLDER))
