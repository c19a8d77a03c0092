"""Did a container get elsewhere before a value was put into it? Then the value is there too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Carry, Value
from flake8_closures.facts.flow import Do, Event, Stop

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def is_alias(trace: Trace, birth: Event | None, read: ast.AST, absorbed: Event, refills: frozenset[Event]) -> bool:
    """Return whether a read of a container, before a value is put into it, can get the container elsewhere."""
    parent = trace.context.parents.get(read)
    looks = isinstance(parent, (ast.Attribute, ast.Subscript, ast.For, ast.AsyncFor, ast.comprehension, ast.Starred))
    if looks or trace.context.parents.call_of(read) is not None:
        return False
    reading: Event = (Do.READ, read)
    flow = trace.graph
    return flow.path(birth, [reading], refills) is not None and flow.path(reading, [absorbed], refills) is not None


def follow(trace: Trace, read: ast.AST, absorbed: Event, value: Value) -> None:
    """Follow a value into a container that got elsewhere, by a read, before the value was put into it."""
    for use in trace.elsewhere(trace.maker, Value(read, Carry.HOLDER)):
        event = absorbed if use.lasting else use.event
        for by in [value] if use.lasting else _rests(value, absorbed, use.route):
            trace.note(replace(use, event=event), by)


def _rests(value: Value, absorbed: Event, route: Sequence[Stop]) -> Iterator[Value]:
    """Yield the value on the rest of the container's route, from each stop where the container may be by then."""
    for place, stop in enumerate(route):
        here = value.by(Stop(frozenset([absorbed]), stop.refills))
        yield replace(here, route=(*here.route, *route[place + 1 :]))
