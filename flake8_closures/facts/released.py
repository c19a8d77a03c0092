"""Do other functions of the file take a closure back, before the one that makes it ends, from where it was put?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_closures.facts.callees import self_of
from flake8_closures.facts.escape import Use
from flake8_closures.facts.flow import Do, Event, Graph
from flake8_closures.facts.knowledge import containers
from flake8_closures.model import Scope, ScopeKind, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.retained import Knows

Place = Variable | str
"""Where a function keeps things: a variable of the module, or an attribute of the object that it is a method of."""
_ANY = "setattr()"
"""The place of which a function is told object and name."""
_SETTERS = frozenset(("builtins.setattr", "builtins.delattr"))
_GUARDS = (ast.If, ast.While, ast.For, ast.AsyncFor)
_DEEPEST = 3
"""How many functions are looked into, one from the other."""


def before_end(use: Use, maker: Scope, knows: Knows) -> bool:
    """Return whether calls of functions of the file take out, on every way to the end of the function that makes a
    closure, what a use has put somewhere.
    """
    if not use.lasting:
        return False
    owner, places, by = _filled(use.node, knows)
    if not places:
        return False
    flow = knows.graph(maker.node)
    of_module = all(isinstance(place, Variable) for place in places)
    takers = [
        (Do.CALL, call)
        for call in _calls(flow)
        if call is not use.node and (of_module or _receiver(call) in (owner, ""))
        for function in _functions(call, knows)
        if (function, _ANY) not in by and places <= _emptied(function, knows)
    ]
    return bool(takers) and flow.path(use.event, [flow.exit], takers) is None


def _filled(node: ast.AST, knows: Knows) -> tuple[str, set[Place], set[tuple[Scope, Place]]]:
    """Return where a target, or a call, puts something: the object that it is a part of, the places of it, and what is
    put where by which function of the file.
    """
    if isinstance(node, ast.Call):
        functions = _functions(node, knows)
        by = {(function, place) for function in functions for place in _filled_by(function, knows)}
        if functions:
            return _receiver(node), {place for _, place in by}, by
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in containers.FILLS:
            return "", set(), set()
        node = node.func.value
    elif isinstance(node, ast.AugAssign):
        node = node.target
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return ast.unparse(node.value), {node.attr}, set()
    variable = _of_module(node, knows)
    return "", {variable} if variable else set(), set()


def _filled_by(function: Scope, knows: Knows) -> Iterator[Place]:
    """Yield where a function puts what it is given."""
    for do, node in _events(knows.graph(function.node)):
        if do is Do.CALL and isinstance(node, ast.Call):
            given = node.args[-1:]
            holder = node.func.value if _method(node) in containers.FILLS else None  # type: ignore[attr-defined]
            place = _ANY if knows.names.dotted(node.func) == "builtins.setattr" else _place(holder, function, knows)
        elif do is Do.BIND:
            statement = knows.parents.get(node)
            given = [statement.value] if isinstance(statement, ast.Assign) else []
            place = _place(node, function, knows)
        else:
            continue
        if place and (place is _ANY or any(_is_parameter(each, function, knows) for each in given)):
            yield place


def _is_parameter(node: ast.AST, function: Scope, knows: Knows) -> bool:
    variable = knows.names.variable(node)
    return variable is not None and variable.scope is function and variable is not self_of(function)


def _emptied(function: Scope, knows: Knows, depth: int = _DEEPEST) -> set[Place]:
    """Return the places that a function empties, or binds anew, whatever way it takes."""
    flow = knows.graph(function.node)
    found: dict[Place, set[Event]] = {}
    for event in _events(flow):
        for place in _emptied_by(event, function, knows, depth):
            found.setdefault(place, set()).add(event)
    return {
        place
        for place, events in found.items()
        if flow.path(None, [flow.exit], events | _guards(place, events, function, knows)) is None
    }


def _emptied_by(event: Event, function: Scope, knows: Knows, depth: int) -> Iterator[Place]:
    """Yield the places that one event in a function empties."""
    do, node = event
    statement = knows.parents.get(node)
    if do is Do.CALL and isinstance(node, ast.Call):
        moved = isinstance(statement, ast.Assign) and any(isinstance(each, ast.Attribute) for each in statement.targets)
        if _method(node) in containers.TAKES | containers.DROPS and not moved:
            holder = node.func.value  # type: ignore[attr-defined]
            if place := _place(holder, function, knows):
                yield place
        elif knows.names.dotted(node.func) in _SETTERS:
            yield _ANY
        own = self_of(function)
        if depth and _receiver(node) in ("", own.name if own else ""):
            for other in _functions(node, knows):
                yield from _emptied(other, knows, depth - 1)
    elif do is Do.UNBIND or (do is Do.BIND and not isinstance(node, ast.Subscript)):
        place = _place(node, function, knows)
        value = getattr(statement, "value", None)
        reads = ast.walk(value) if isinstance(value, ast.AST) and do is Do.BIND else ()
        if place and not any(_place(read, function, knows) == place for read in reads):
            yield place


def _guards(place: Place, events: set[Event], function: Scope, knows: Knows) -> set[Event]:
    """Return the reads of a place in the heads of the statements that only empty it if there is something in it."""
    found: set[Event] = set()
    for _, node in events:
        at: ast.AST | None = node
        while at is not None and at is not function.node:
            if isinstance(at, _GUARDS):
                head = at.iter if isinstance(at, (ast.For, ast.AsyncFor)) else at.test
                for part in ast.walk(head):
                    if _place(part, function, knows) == place:
                        found.add((Do.READ, part.value if isinstance(part, ast.Attribute) else part))
            at = knows.parents.get(at)
    return found


def _place(node: ast.AST | None, function: Scope, knows: Knows) -> Place | None:
    """Return the place that an expression in a function names, with the containers that it holds."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        own = self_of(function)
        return node.attr if own is not None and knows.names.variable(node.value) is own else None
    return _of_module(node, knows) if node is not None else None


def _of_module(node: ast.AST, knows: Knows) -> Variable | None:
    variable = knows.names.variable(node)
    return variable if variable is not None and variable.scope.kind is ScopeKind.MODULE else None


def _functions(call: ast.Call, knows: Knows) -> list[Scope]:
    """Return the functions of the file that a call runs at once."""
    found = knows.callees.functions(call.func)
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
