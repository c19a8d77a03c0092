"""Did a container get elsewhere before a value was put into it? Then the value is there too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.escape import births, emptying, slots
from flake8_closures.facts.escape.use import Carry, Use, Value
from flake8_closures.facts.flow import Do, Event, Stop
from flake8_closures.model import Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def is_alias(trace: Trace, variable: Variable, birth: Event | None, read: ast.AST, absorbed: Event) -> bool:
    """Return whether a read of a container, before a value is put into it, can get the container elsewhere."""
    parent = trace.context.parents.get(read)
    looks = isinstance(parent, (ast.Attribute, ast.Subscript, ast.For, ast.AsyncFor, ast.comprehension, ast.Starred))
    if looks or trace.context.parents.call_of(read) is not None:
        return False
    reading: Event = (Do.READ, read)
    others = emptying.bindings(trace, variable)
    flow = trace.graph
    return flow.path(birth, [reading], others) is not None and flow.path(reading, [absorbed], others) is not None


def follow(trace: Trace, variable: Variable, read: ast.AST, absorbed: Event, value: Value) -> None:
    """Follow a value into a container that got elsewhere, by a read, before the value was put into it."""
    for use in trace.elsewhere(trace.maker, Value(read, Carry.HOLDER)):
        if use.lasting:
            ends = emptied(trace, read, absorbed)
            trace.note(replace(use, event=absorbed, refills=use.refills | ends), value)
            continue
        for by in _rests(value, absorbed, use.route):
            trace.note(use, by)


def emptied(
    trace: Trace, holder: ast.AST, absorbed: Event, refills: frozenset[Event] = frozenset()
) -> frozenset[Event]:
    """Return the events after which an object that others have too no longer has what an event has put into it, where
    `refills` put something else, as long as the expression of the object names the same one.

    What empties it counts if it does so before the next value is put in.
    """
    variable = trace.context.names.variable(births.root(holder))
    if variable is None:
        return frozenset()
    ends = refills | slots.taken_out(trace, holder, absorbed[1])
    empties = emptying.empties(trace, holder)
    if empties and trace.graph.path(absorbed, [absorbed], empties) is None:
        ends |= empties
    is_another = trace.graph.path(absorbed, emptying.bindings(trace, variable), ends) is not None
    return frozenset() if is_another else ends


def follow_again(trace: Trace, holder: ast.AST, store: Use, value: Value) -> None:
    """Follow a value to where the container that it was put into is read again, before it is emptied."""
    names = emptying.names_of(trace, holder)
    loads: dict[Event, ast.AST] = {
        (Do.READ, births.root(name)): name for name in names if isinstance(getattr(name, "ctx", None), ast.Load)
    }
    onward = value.by(Stop(frozenset([store.event]), store.refills))
    for read in trace.graph.reached(store.event, loads, store.refills):
        trace.follow(onward.at(loads[read], Carry.HOLDER))


def _rests(value: Value, absorbed: Event, route: Sequence[Stop]) -> Iterator[Value]:
    """Yield the value on the rest of the container's route, from each stop where the container may be by then."""
    for place, stop in enumerate(route):
        here = value.by(Stop(frozenset([absorbed]), stop.refills))
        yield replace(here, route=(*here.route, *route[place + 1 :]))
