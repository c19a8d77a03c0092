"""Which stores put a value where the one before is dropped by that?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Value, brief, is_store
from flake8_closures.facts.flow import Do, Event

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

_SETTERS = frozenset(("setattr", "setitem", "__setattr__", "__setitem__"))


def of_target(trace: Trace, target: ast.Attribute | ast.Subscript) -> frozenset[Event]:
    """Return the stores to the same attribute, or under the same constant key, of what a name stands for."""
    place: ast.AST = target
    while isinstance(place, (ast.Attribute, ast.Subscript)):
        if isinstance(place, ast.Subscript) and not isinstance(place.slice, ast.Constant):
            return _taken_out(trace, target) if place is target else frozenset()
        place = place.value
    variable = trace.world.names.variable(place)
    if variable is None:
        return frozenset()
    if place is not target.value:
        return frozenset([(Do.BIND, target)])
    stores = (trace.world.parents.get(reference.node) for reference in variable.references)
    return frozenset((Do.BIND, store) for store in stores if store is not None and _is_same(store, target))


def _taken_out(trace: Trace, target: ast.Subscript) -> frozenset[Event]:
    """Return what takes an item out again before its key is another one: `table[key] = f` and `table.pop(key)()`."""
    holder, key = (trace.world.names.variable(node) for node in (target.value, target.slice))
    if holder is None or key is None:
        return frozenset()
    found: set[Event] = set()
    for reference in key.references:
        call = trace.world.parents.get(reference.node)
        method = call.func if isinstance(call, ast.Call) and call.args[:1] == [reference.node] else None
        pops = isinstance(method, ast.Attribute) and method.attr == "pop"
        if call and pops and trace.world.names.variable(method.value) is holder:  # type: ignore[union-attr]
            found.add((Do.CALL, call))
    ends = {trace.graph.exit, *((Do.BIND, binding.node) for binding in key.bindings)}
    return frozenset(found) if trace.graph.path((Do.BIND, target), ends, found) is None else frozenset()


def _is_same(store: ast.AST, target: ast.Attribute | ast.Subscript) -> bool:
    """Return whether a node is a store to the attribute, or under the constant key, of a target."""
    if isinstance(target, ast.Attribute):
        return is_store(store, target.attr)
    key: ast.Constant = target.slice  # type: ignore[assignment]
    slot = isinstance(store, ast.Subscript) and isinstance(store.ctx, ast.Store)
    return slot and isinstance(store.slice, ast.Constant) and store.slice.value == key.value  # type: ignore[attr-defined]


def of_call(trace: Trace, call: ast.Call, value: Value) -> frozenset[Event]:
    """Return the call itself if it puts a value under a fixed name of a fixed object: `setattr(it, "name", value)`."""
    if brief(call.func).rpartition(".")[2] not in _SETTERS:
        return frozenset()
    others = [each for each in (*call.args, *(keyword.value for keyword in call.keywords)) if each is not value.node]
    variables = [trace.world.names.variable(each) for each in others if not isinstance(each, ast.Constant)]
    fixed = all(variable is not None and not trace.rebinds(variable) for variable in variables)
    return frozenset([(Do.CALL, call)]) if fixed else frozenset()
