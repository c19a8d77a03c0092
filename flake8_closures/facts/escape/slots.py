"""Which stores replace the value before, and what takes it out again?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Use, Value, brief
from flake8_closures.facts.flow import Do, Event, Stop
from flake8_closures.facts.knowledge import containers, wording
from flake8_closures.model import BindingKind, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

_SETTERS = frozenset(("setattr", "setitem", "__setattr__", "__setitem__"))
_DELETERS = frozenset(("delattr", "delitem", "__delattr__", "__delitem__"))


def of_target(trace: Trace, target: ast.Attribute | ast.Subscript) -> frozenset[Event]:
    """Return the events that store to, or delete, the same attribute or constant key of the same name."""
    place: ast.AST = target
    while isinstance(place, (ast.Attribute, ast.Subscript)):
        if isinstance(place, ast.Subscript) and not isinstance(place.slice, ast.Constant):
            return _taken_out_by_key(trace, target) if place is target else frozenset()
        place = place.value
    variable = trace.context.names.variable(place)
    if variable is None:
        return frozenset()
    if place is not target.value:
        return frozenset() if carries_on(trace, target) else frozenset([(Do.BIND, target)])
    stores = (trace.context.parents.get(reference.node) for reference in variable.references)
    same = [store for store in stores if store is not None and _is_same_place(store, target) and not _is_load(store)]
    return frozenset(event(store) for store in same if not carries_on(trace, store))


def carries_on(trace: Trace, store: ast.AST) -> bool:
    """Return whether what is stored is made of what was there before: `it.items = filter(f, it.items)`."""
    statement = trace.context.parents.get(store)
    if not isinstance(statement, ast.Assign):
        return isinstance(statement, ast.AugAssign)
    place = ast.unparse(store)
    parts = (part for part in ast.walk(statement.value) if type(part) is type(store))
    return any(ast.unparse(part) == place for part in parts)


def read_back(trace: Trace, store: Use, value: Value) -> None:
    """Follow a value to where the attribute or the constant key, in which a statement stores it, is read again."""
    place = store.node
    variable = trace.context.names.variable(place.value) if isinstance(place, (ast.Attribute, ast.Subscript)) else None
    if variable is None:
        return
    around = {each.node: trace.context.parents.get(each.node) for each in variable.references}
    loads: dict[Event, ast.AST] = {
        (Do.READ, node): load
        for node, load in around.items()
        if load is not None and _is_same_place(load, place) and _is_load(load)
    }
    if loads:
        refills = store.refills | trace.rebinds(variable)
        if any(store.event in stop.events for stop in value.route):
            # What is stored carries on what was there: `it.found = filter(wanted, it.found)`.
            refills -= {store.event}
            value = replace(value, route=tuple(stop for stop in value.route if store.event not in stop.events))
        onward = value.by(Stop(frozenset([store.event]), refills))
        for read in trace.graph.reached(store.event, loads, refills):
            trace.follow(onward.at(loads[read]))


def _is_load(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def event(target: ast.AST) -> Event:
    """Return the event of a store, or of a `del`."""
    return (Do.UNBIND if isinstance(getattr(target, "ctx", None), ast.Del) else Do.BIND), target


def _taken_out_by_key(trace: Trace, target: ast.Subscript) -> frozenset[Event]:
    """Return what takes an item out before its key changes: `table.pop(key)` or `del table[key]` after a store."""
    holder, key = (trace.context.names.variable(node) for node in (target.value, target.slice))
    if holder is None or key is None:
        return frozenset()
    found: set[Event] = set()
    for reference in key.references:
        around = trace.context.parents.get(reference.node)
        if isinstance(around, ast.Subscript) and isinstance(around.ctx, ast.Del):
            taken, owner = event(around), around.value
        elif isinstance(around, ast.Call) and around.args[:1] == [reference.node] and (popped := _popped(around)):
            taken, owner = (Do.CALL, around), popped
        else:
            continue
        if trace.context.names.variable(owner) is holder:
            found.add(taken)
    ends = {trace.graph.exit, *((Do.BIND, binding.node) for binding in key.bindings)}
    return frozenset(found) if trace.graph.path((Do.BIND, target), ends, found) is None else frozenset()


def handed_out(trace: Trace, value: Value, call: ast.Call) -> Value:
    """Return the value that a method call hands out of the container where it is."""
    event: Event = (Do.CALL, call)
    if value.route and event in value.route[-1].refills:
        return value.by(Stop(frozenset([event]), frozenset([event])))
    return looked_up(trace, value, call.args[0]) if call.args else value


def looked_up(trace: Trace, value: Value, key: ast.AST) -> Value:
    """Return the value that is found under a key: the variable of the key is as it was if it was put there by it."""
    variable = trace.context.names.variable(key)
    put = next(iter(value.route[-1].events))[1] if value.route else None
    if (
        variable is None
        or not isinstance(put, ast.Subscript)
        or trace.context.names.variable(put.slice) is not variable
    ):
        return value
    read: Event = (Do.READ, key)
    renews = frozenset((Do.BIND, binding.node) for binding in variable.bindings)
    return value.by(Stop(frozenset([read]), frozenset([read]), again=True, renews=renews))


def _popped(call: ast.Call) -> ast.expr | None:
    """Return the container that a call of `pop` takes an item out of, None for another call."""
    return call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr == "pop" else None


def taken_out(trace: Trace, holder: ast.AST, put: ast.AST) -> frozenset[Event]:
    """Return the calls of `pop` that take out what a statement or call has put into a named container.

    They take it from under the same constant key, or from the end, if nothing else can be added before; from any
    place, if the container was empty.
    """
    variable = trace.context.names.variable(holder)
    key = put.slice if isinstance(put, ast.Subscript) and put.value is holder else None
    if variable is None or isinstance(put, ast.Subscript) != isinstance(key, ast.Constant):
        return frozenset()
    if isinstance(key, ast.Constant):
        keys = [(call, call.args[0]) for call in _calls_on(trace, variable) if _popped(call) and call.args]
        found = [call for call, each in keys if isinstance(each, ast.Constant) and each.value == key.value]
        return frozenset((Do.CALL, call) for call in found)
    if variable not in trace.context.taken:
        trace.context.taken[variable] = _taken_and_others(trace, variable)
    taken, others = trace.context.taken[variable]
    if not taken or not isinstance(put, ast.Call):
        return frozenset()
    is_last = trace.graph.path((Do.CALL, put), [trace.graph.exit, *others], taken) is None
    return taken if is_last else frozenset()


def _taken_and_others(trace: Trace, variable: Variable) -> tuple[frozenset[Event], frozenset[Event]]:
    """Return the events that take the last item, or the only one, out of a container, and its other method calls."""
    calls: dict[Event, ast.Call] = {(Do.CALL, call): call for call in _calls_on(trace, variable)}
    starts_empty = all(_is_empty(binding.value) for binding in variable.bindings)
    taken = {each for each, call in calls.items() if _takes(call, starts_empty)}
    around = (trace.context.parents[reference.node] for reference in variable.references)
    deleted = {(Do.UNBIND, item) for item in around if _is_end(item) and event(item)[0] is Do.UNBIND}
    return frozenset(taken | deleted), frozenset(calls.keys() - taken)


def _calls_on(trace: Trace, variable: Variable) -> Iterator[ast.Call]:
    """Yield the calls of methods of what a variable names."""
    for reference in variable.references:
        method = trace.context.parents[reference.node]
        if isinstance(method, ast.Attribute) and (call := trace.context.parents.call_of(method)):
            yield call


def _takes(call: ast.Call, is_only: bool) -> bool:
    """Return whether a method call takes out the last item of a container, or any item if it `is_only` one."""
    assert isinstance(call.func, ast.Attribute)
    method = call.func.attr
    if method == "pop":
        return is_only or not call.args
    return is_only and not call.args and (method in containers.TAKES or method == "get")


def _is_empty(value: ast.AST | None) -> bool:
    """Return whether an expression makes an empty container: `[]`, `deque()`."""
    return (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Call) and not value.args)


def _is_end(item: ast.AST) -> bool:
    """Return whether a node is the last item of something: `xs[-1]`."""
    return isinstance(item, ast.Subscript) and ast.unparse(item.slice) == "-1"


def is_of_newest(trace: Trace, read: ast.AST, absorbed: Event) -> bool:
    """Return whether a read takes out what an event has just put in: `xs[-1]` after `xs.append(f)`.

    So does `table[key]` after `table[key] = f`, if the key is still the same.
    """
    item = trace.context.parents.get(read)
    if not isinstance(item, ast.Subscript) or item.value is not read or not isinstance(item.ctx, ast.Load):
        return False
    put = absorbed[1]
    if isinstance(put, ast.Subscript):
        key = trace.context.names.variable(item.slice)
        if key is None or trace.context.names.variable(put.slice) is not key:
            return False
        changes = [(Do.BIND, binding.node) for binding in key.bindings]
        is_another = any(trace.graph.path(change, [(Do.READ, read)], [absorbed]) for change in changes)
        return not is_another and trace.context.names.variable(put.value) is trace.context.names.variable(read)
    appends = isinstance(put, ast.Call) and isinstance(put.func, ast.Attribute) and put.func.attr == "append"
    return appends and _is_end(item) and only_grows(trace, read)


def only_grows(trace: Trace, holder: ast.AST) -> bool:
    """Return whether nothing is taken out of a named container, as far as its name shows."""
    variable = trace.context.names.variable(holder)
    for reference in variable.references if variable else ():
        around = trace.context.parents.get(reference.node)
        if isinstance(around, ast.Attribute) and around.attr in containers.CHANGES - containers.FILLS:
            return False
        if isinstance(around, ast.Subscript) and isinstance(around.ctx, ast.Del):
            return False
    return variable is not None


def _is_same_place(node: ast.AST | None, target: ast.AST) -> bool:
    """Return whether two nodes name the same attribute, or the same constant key, of what they belong to."""
    if isinstance(target, ast.Attribute):
        return isinstance(node, ast.Attribute) and node.attr == target.attr
    if not isinstance(node, ast.Subscript) or not isinstance(target, ast.Subscript):
        return False
    key, other = target.slice, node.slice
    return isinstance(key, ast.Constant) and isinstance(other, ast.Constant) and key.value == other.value


def of_call(trace: Trace, call: ast.Call, value: Value) -> frozenset[Event]:
    """Return the calls that set or delete the same fixed name of a fixed object: `setattr(it, "name", value)`."""
    if brief(call.func).rpartition(".")[2] not in _SETTERS:
        return frozenset()
    named = [ast.unparse(argument) for argument in call.args[:2]]
    same = (each for each in trace.graph.calls() if brief(each.func).rpartition(".")[2] in _SETTERS | _DELETERS)
    found = {(Do.CALL, each) for each in same if [ast.unparse(argument) for argument in each.args[:2]] == named}
    return frozenset(found) if _is_fixed(trace, call, value) else frozenset()


def is_same_at(trace: Trace, call: ast.Call, use: Use, value: Value) -> bool:
    """Return whether a function stores what a call gives it in the same slot each time that the call runs.

    That is a slot that none of its parameters names, or a call whose other arguments stay the same.
    """
    names, store = trace.context.names, use.node
    parts = [store.func, *store.args[:2]] if isinstance(store, ast.Call) else [store]
    named = (names.variable(node) for part in parts for node in ast.walk(part) if isinstance(node, ast.Name))
    kinds = {binding.kind for variable in named if variable is not None for binding in variable.bindings}
    return BindingKind.PARAMETER not in kinds or _is_fixed(trace, call, value)


def _is_fixed(trace: Trace, call: ast.Call, value: Value) -> bool:
    """Return whether the other arguments of a call are constants, and variables that are bound once."""
    others = [each for each in (*call.args, *(keyword.value for keyword in call.keywords)) if each is not value.node]
    variables = [trace.context.names.variable(each) for each in others if not isinstance(each, ast.Constant)]
    return all(variable is not None and not trace.rebinds(variable) for variable in variables)


def of_setter(trace: Trace, call: ast.Call, value: Value) -> frozenset[Event]:
    """Return the calls that replace a function in the same place: `sys.settrace(None)`, `sim.set_force(...)`.

    For `signal.signal`, the signal must be the same; for a method, the object.
    """
    replaces = trace.context.knowledge.replaces(trace.context.names.dotted(call.func)) or (
        isinstance(call.func, ast.Attribute) and wording.replaces(call.func.attr)
    )
    if not replaces or value.node not in call.args:
        return frozenset()
    place = call.args.index(value.node)
    written = [ast.unparse(call.func), *_rest(call, place)]
    parts = [call.func, *(argument for argument in call.args if argument is not value.node)]
    named = {trace.context.names.variable(node) for part in parts for node in ast.walk(part)}
    changed = [event for variable in named if variable for event in trace.rebinds(variable)]
    if trace.graph.path((Do.CALL, call), changed) is not None:
        return frozenset()  # what the text names is another place then
    return frozenset(
        (Do.CALL, each) for each in trace.graph.calls() if [ast.unparse(each.func), *_rest(each, place)] == written
    )


def _rest(call: ast.Call, place: int) -> list[str]:
    """Return the arguments of a call without one of them."""
    return [ast.unparse(argument) for number, argument in enumerate(call.args) if number != place]
