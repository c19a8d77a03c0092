"""Which stores put a value where the one before is dropped by that?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Value, brief, is_store
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import containers

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


def is_of_newest(trace: Trace, read: ast.AST, absorbed: Event) -> bool:
    """Return whether a read of a container takes out what an event puts in, as long as that comes last: `xs[-1]` behind
    `xs.append(f)`, `table[key]` behind `table[key] = f`.
    """
    item = trace.world.parents.get(read)
    if not isinstance(item, ast.Subscript) or item.value is not read or not isinstance(item.ctx, ast.Load):
        return False
    put = absorbed[1]
    if isinstance(put, ast.Subscript):
        key = trace.world.names.variable(item.slice)
        same = key is not None and trace.world.names.variable(put.slice) is key
        return same and trace.world.names.variable(put.value) is trace.world.names.variable(read)
    appends = isinstance(put, ast.Call) and isinstance(put.func, ast.Attribute) and put.func.attr == "append"
    return appends and ast.unparse(item.slice) == "-1" and only_grows(trace, read)


def only_grows(trace: Trace, holder: ast.AST) -> bool:
    """Return whether nothing is taken out of the container that a name stands for, as far as the name tells."""
    variable = trace.world.names.variable(holder)
    for reference in variable.references if variable else ():
        around = trace.world.parents.get(reference.node)
        if isinstance(around, ast.Attribute) and around.attr in containers.CHANGES - containers.FILLS:
            return False
        if isinstance(around, ast.Subscript) and isinstance(around.ctx, ast.Del):
            return False
    return variable is not None


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
