"""Which calls of functions of the file take a closure back from where it was put, so that nobody keeps it?"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from flake8_closures.facts.escape import leftovers
from flake8_closures.facts.escape.leftovers import Place, place_of
from flake8_closures.facts.escape.use import TraceContext, Use
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.functions import runs_later, self_of
from flake8_closures.facts.knowledge import containers
from flake8_closures.model import Scope, Variable

_NOWHERE = ""
"""Stands for what a function does with a closure that nothing takes back."""
_SETTERS = frozenset(("builtins.setattr", "builtins.delattr"))
_DEEPEST = 3
"""How many functions in a row are followed, each called by the one before."""


class Part(enum.IntEnum):
    """How much is taken out of a place, the most certain first."""

    ALL = 0
    LAST = 1
    NAMED = 2
    """What the arguments name."""
    OTHER = 3


class _Put(NamedTuple):
    """Where something is put: the text of the object, its places, the keys and arguments, and the functions that put
    it.
    """

    owner: str
    places: set[Place]
    words: set[str]
    functions: list[Scope]


def takers(use: Use, maker: Scope, context: TraceContext) -> frozenset[Event]:
    """Return the calls that certainly take out what a use has put somewhere, and keep nothing of it.

    They are calls of functions of the file, in the function that makes the closure.
    """
    put = _put(use.node, context) if use.lasting else None
    if put is None or not put.places:
        return frozenset()
    calls = [call for call in context.graph(maker.node).calls() if call is not use.node]
    of_module = all(isinstance(place, Variable) for place in put.places)
    found: set[Event] = set()
    for call in calls:
        if not of_module and _receiver(call) not in (put.owner, ""):
            continue
        for function in _functions(call, context):
            taken = _taken(function, context)
            if all(place in taken and _fits(taken[place], place, put, call, calls, context) for place in put.places):
                found.add((Do.CALL, call))
    return frozenset(found)


def _fits(
    part: Part, place: Place, put: _Put, call: ast.Call, calls: Iterable[ast.Call], context: TraceContext
) -> bool:
    """Return whether what a call takes out of a place is what was put there."""
    if part is Part.LAST:
        return not any(place in _put(other, context).places for other in calls)
    if part is Part.NAMED:
        same = any(function in put.functions for function in _functions(call, context))
        return not same and {ast.unparse(argument) for argument in call.args} <= put.words
    return part is Part.ALL


def _put(node: ast.AST, context: TraceContext) -> _Put:
    """Return where a target, or a call, puts something."""
    words: set[str] = set()
    if isinstance(node, ast.Call):
        functions = _functions(node, context)
        words = {ast.unparse(argument) for argument in node.args}
        if functions:
            places = {place for function in functions for place in _filled_by(function, context)}
            return _Put(_receiver(node), places, words, functions)
        if _method(node) not in containers.FILLS:
            return _Put("", set(), words, [])
        node = _object(node)
    elif isinstance(node, ast.AugAssign):
        node = node.target
    while isinstance(node, ast.Subscript):
        words.add(ast.unparse(node.slice))
        node = node.value
    if isinstance(node, ast.Attribute):
        return _Put(ast.unparse(node.value), {node.attr}, words, [])
    variable = leftovers.of_module(node, context)
    return _Put("", {variable} if variable else set(), words, [])


def _filled_by(function: Scope, context: TraceContext) -> Iterator[Place]:
    """Yield where a function puts its arguments."""
    for do, node in context.graph(function.node).events():
        place: Place | None = None
        given: ast.AST | None = None
        if do is Do.CALL and isinstance(node, ast.Call):
            given = node.args[-1] if node.args else None
            if context.names.dotted(node.func) == "builtins.setattr":
                yield _set_by(node)
            elif _method(node) in containers.FILLS:
                place = place_of(_object(node), function, context)
        elif do is Do.BIND:
            given = getattr(context.parents.get(node), "value", None)
            place = place_of(node, function, context)
        for part in given.elts if isinstance(given, ast.Tuple) else [given]:
            variable = context.names.variable(part) if place and part else None
            if place and variable and variable.scope is function and variable is not self_of(function):
                yield place
                if not _is_only_asked(variable, part, context):
                    yield _NOWHERE


def _is_only_asked(variable: Variable, given: ast.AST | None, context: TraceContext) -> bool:
    """Return whether a parameter, apart from where it is put, is only called or asked whether it is there."""
    others = [each.node for each in variable.references if each.node is not given]
    return all(leftovers.is_used_up(read, context) or leftovers.is_tested(read, context) for read in others)


def _taken(function: Scope, context: TraceContext, depth: int = _DEEPEST) -> dict[Place, Part]:
    """Return the places that a function takes something out of, on every path, and how much."""
    flow = context.graph(function.node)
    found: dict[Place, dict[Event, Part]] = {}
    for event in flow.events():
        for place, part in _taken_by(event, function, context, depth):
            found.setdefault(place, {})[event] = part
    taken: dict[Place, Part] = {}
    for place, events in found.items():
        guards, loops = _guards(place, events, function, context)
        surely = flow.is_certain(events.keys() | guards)
        if surely and leftovers.are_none(place, function, context, depth):
            taken[place] = Part.ALL if loops else max(events.values())
    return taken


def _taken_by(event: Event, function: Scope, context: TraceContext, depth: int) -> Iterator[tuple[Place, Part]]:
    """Yield the places that one event in a function takes something out of, and how much."""
    do, node = event
    if do is Do.CALL and isinstance(node, ast.Call):
        if _method(node) in containers.TAKES | containers.DROPS:
            place = place_of(_object(node), function, context)
            if place:
                yield place, _part(node)
        elif context.names.dotted(node.func) in _SETTERS:
            yield _set_by(node), Part.NAMED
        own = self_of(function)
        if depth and _receiver(node) in ("", own.name if own else ""):
            for other in _functions(node, context):
                inner = _taken(other, context, depth - 1)
                yield from ((place, part) for place, part in inner.items() if part < Part.NAMED)
    elif do in (Do.BIND, Do.UNBIND):
        place = place_of(node, function, context)
        if place and not isinstance(node, ast.Subscript):
            yield place, Part.ALL
        elif place and isinstance(node, ast.Subscript) and do is Do.UNBIND:
            yield place, _of_index(node.slice, {":": Part.ALL, "-1": Part.LAST})


def _part(call: ast.Call) -> Part:
    """Return how much a method call takes out of a container."""
    if _method(call) in containers.EMPTIES:
        return Part.ALL
    is_last = _method(call) in ("pop", "popitem")
    if not call.args:
        return Part.LAST if is_last else Part.OTHER
    return _of_index(call.args[0], {"-1": Part.LAST} if is_last else {})


def _of_index(node: ast.expr, known: Mapping[str, Part]) -> Part:
    """Return how much an index, a key or an item takes out."""
    return Part.NAMED if isinstance(node, ast.Name) else known.get(ast.unparse(node), Part.OTHER)


def _set_by(call: ast.Call) -> Place:
    """Return the place that a call of `setattr` or `delattr` names, as text."""
    return f"setattr({', '.join(map(ast.unparse, call.args[:2]))})"


def _guards(place: Place, events: Iterable[Event], function: Scope, context: TraceContext) -> tuple[set[Event], bool]:
    """Return the conditions that skip the taking where a place is empty, and whether one of them is a loop.

    A condition is given by its read of the place. A loop takes everything out.
    """
    found: set[Event] = set()
    loops = False
    for _, node in events:
        at: ast.AST | None = node
        while at is not None and at is not function.node:
            if isinstance(at, ast.If | ast.While):
                read = leftovers.asked(at.test)
                ends = isinstance(at, ast.While) and any(isinstance(e, ast.Break | ast.Return) for e in ast.walk(at))
                if place_of(read, function, context) == place and not ends:
                    found.add((Do.READ, read.value if isinstance(read, ast.Attribute) else read))
                    loops = loops or isinstance(at, ast.While)
            at = context.parents.get(at)
    return found, loops


def _functions(call: ast.Call, context: TraceContext) -> list[Scope]:
    """Return the functions of the file that a call runs at once."""
    found = context.callees.functions(call.func)
    is_awaited = isinstance(context.parents.get(call), ast.Await)
    return found if is_awaited or not any(map(runs_later, found)) else []


def _method(call: ast.Call) -> str:
    """Return the name of the method that is called; empty for other calls."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _object(call: ast.Call) -> ast.expr:
    """Return the receiver of a method call; the callee of another call."""
    return call.func.value if isinstance(call.func, ast.Attribute) else call.func


def _receiver(call: ast.Call) -> str:
    """Return the text of the receiver of a method call; empty for other calls."""
    return ast.unparse(_object(call)) if isinstance(call.func, ast.Attribute) else ""
