"""Which calls of functions of the file take a closure back from where it was put?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flake8_closures.facts.callees import self_of
from flake8_closures.facts.escape.use import Use, World
from flake8_closures.facts.flow import Do, Event, Graph
from flake8_closures.facts.knowledge import containers
from flake8_closures.model import Scope, ScopeKind, Variable

Place = Variable | str
"""Where a function keeps things: a variable of the module, or an attribute of the object that it is a method of."""
_ANY = "setattr()"
"""The place of which a function is told object and name."""
_SETTERS = frozenset(("builtins.setattr", "builtins.delattr"))
_GUARDS = (ast.If, ast.While, ast.For, ast.AsyncFor)
_DEEPEST = 3
"""How many functions are looked into, one from the other."""


def takers(use: Use, maker: Scope, world: World) -> frozenset[Event]:
    """Return the calls, in the function that makes a closure, of functions of the file that surely take out what a use
    has put somewhere.
    """
    put = _put(use.node, world) if use.lasting else None
    if put is None or not put.places:
        return frozenset()
    calls = [call for call in _calls(world.graph(maker.node)) if call is not use.node]
    of_module = all(isinstance(place, Variable) for place in put.places)
    found: set[Event] = set()
    for call in calls:
        if not of_module and _receiver(call) not in (put.owner, ""):
            continue
        for function in _functions(call, world):
            if (function, _ANY) in put.by:
                continue
            taken = _taken(function, world)
            single = {place for place in put.places if not taken.get(place)}
            if put.places <= taken.keys() and not (single and any(_puts(each, single, world) for each in calls)):
                found.add((Do.CALL, call))
    return frozenset(found)


class _Put(NamedTuple):
    """Where something is put: the object as it is written, the places of it, and by which functions of the file."""

    owner: str
    places: set[Place]
    by: set[tuple[Scope, Place]]


def _puts(call: ast.Call, places: set[Place], world: World) -> bool:
    """Return whether a call puts something else where one item is taken out."""
    return not places.isdisjoint(_put(call, world).places - {_ANY})


def _put(node: ast.AST, world: World) -> _Put:
    """Return where a target, or a call, puts something."""
    if isinstance(node, ast.Call):
        functions = _functions(node, world)
        if functions:
            by = {(function, place) for function in functions for place in _filled_by(function, world)}
            return _Put(_receiver(node), {place for _, place in by}, by)
        if _method(node) not in containers.FILLS:
            return _Put("", set(), set())
        node = node.func.value  # type: ignore[attr-defined]
    elif isinstance(node, ast.AugAssign):
        node = node.target
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return _Put(ast.unparse(node.value), {node.attr}, set())
    variable = _of_module(node, world)
    return _Put("", {variable} if variable else set(), set())


def _filled_by(function: Scope, world: World) -> Iterator[Place]:
    """Yield where a function puts what it is given."""
    for do, node in _events(world.graph(function.node)):
        if do is Do.CALL and isinstance(node, ast.Call):
            given = node.args[-1:]
            holder = node.func.value if _method(node) in containers.FILLS else None  # type: ignore[attr-defined]
            place = _ANY if world.names.dotted(node.func) == "builtins.setattr" else _place(holder, function, world)
        elif do is Do.BIND:
            statement = world.parents.get(node)
            given = [statement.value] if isinstance(statement, ast.Assign) else []
            place = _place(node, function, world)
        else:
            continue
        if place and (place is _ANY or any(_is_parameter(each, function, world) for each in given)):
            yield place


def _is_parameter(node: ast.AST, function: Scope, world: World) -> bool:
    variable = world.names.variable(node)
    return variable is not None and variable.scope is function and variable is not self_of(function)


def _taken(function: Scope, world: World, depth: int = _DEEPEST) -> dict[Place, bool]:
    """Return the places that a function takes something out of, whatever way it goes, and whether it is all of it."""
    flow = world.graph(function.node)
    found: dict[Place, dict[Event, bool]] = {}
    for event in _events(flow):
        for place, is_all in _taken_by(event, function, world, depth):
            found.setdefault(place, {})[event] = is_all
    taken: dict[Place, bool] = {}
    for place, events in found.items():
        guards, loops = _guards(place, events, function, world)
        if flow.path(None, [flow.exit], events.keys() | guards) is None:
            taken[place] = loops or all(events.values())
    return taken


def _taken_by(event: Event, function: Scope, world: World, depth: int) -> Iterator[tuple[Place, bool]]:
    """Yield the places that one event in a function takes something out of, and whether it is all of it."""
    do, node = event
    statement = world.parents.get(node)
    if do is Do.CALL and isinstance(node, ast.Call):
        moved = isinstance(statement, ast.Assign) and any(isinstance(each, ast.Attribute) for each in statement.targets)
        if _method(node) in containers.TAKES | containers.DROPS and not moved:
            holder = node.func.value  # type: ignore[attr-defined]
            if place := _place(holder, function, world):
                yield place, _method(node) in containers.EMPTIES
        elif world.names.dotted(node.func) in _SETTERS:
            yield _ANY, True
        own = self_of(function)
        if depth and _receiver(node) in ("", own.name if own else ""):
            for other in _functions(node, world):
                yield from _taken(other, world, depth - 1).items()
    elif do is Do.UNBIND or (do is Do.BIND and not isinstance(node, ast.Subscript)):
        place = _place(node, function, world)
        value = getattr(statement, "value", None)
        reads = ast.walk(value) if isinstance(value, ast.AST) and do is Do.BIND else ()
        if place and not any(_place(read, function, world) == place for read in reads):
            yield place, not isinstance(node, ast.Subscript)


def _guards(place: Place, events: Iterable[Event], function: Scope, world: World) -> tuple[set[Event], bool]:
    """Return the reads of a place in the heads of the statements that only take from it if there is something in it,
    and whether one of these is a loop, which takes all.
    """
    found: set[Event] = set()
    loops = False
    for _, node in events:
        at: ast.AST | None = node
        while at is not None and at is not function.node:
            if isinstance(at, _GUARDS):
                head = at.iter if isinstance(at, (ast.For, ast.AsyncFor)) else at.test
                reads = [part for part in ast.walk(head) if _place(part, function, world) == place]
                found |= {(Do.READ, part.value if isinstance(part, ast.Attribute) else part) for part in reads}
                loops = loops or (bool(reads) and not isinstance(at, ast.If))
            at = world.parents.get(at)
    return found, loops


def _place(node: ast.AST | None, function: Scope, world: World) -> Place | None:
    """Return the place that an expression in a function names, with the containers that it holds."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        own = self_of(function)
        return node.attr if own is not None and world.names.variable(node.value) is own else None
    return _of_module(node, world) if node is not None else None


def _of_module(node: ast.AST, world: World) -> Variable | None:
    variable = world.names.variable(node)
    return variable if variable is not None and variable.scope.kind is ScopeKind.MODULE else None


def _functions(call: ast.Call, world: World) -> list[Scope]:
    """Return the functions of the file that a call runs at once."""
    found = world.callees.functions(call.func)
    return [] if any(function.is_generator for function in found) else found


def _events(flow: Graph) -> Iterator[Event]:
    return (event for block in flow.blocks for event in block.events)


def _calls(flow: Graph) -> Iterator[ast.Call]:
    return (node for do, node in _events(flow) if do is Do.CALL and isinstance(node, ast.Call))


def _method(call: ast.Call) -> str:
    """Return the name of the method that a call is one of, empty for others."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _receiver(call: ast.Call) -> str:
    """Return the object whose method a call is one of as it is written, empty for other calls."""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
