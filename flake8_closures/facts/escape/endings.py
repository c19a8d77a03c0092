"""When has something finished that a call started? At the joins, awaits and `with` ends that wait for it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import descendants
from flake8_closures.facts.escape import emptying, leftovers
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.escape.whereabouts import Spot, loop_over, reads, spots, waits_for_all
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import ENDINGS, containers, wording
from flake8_closures.model import BindingKind

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

_WAITING = frozenset().union(*ENDINGS.values())
_ANSWERS = {"acquire": ("release",), "get": ("put", "put_nowait"), "recv": ("send",)}
"""Methods that wait until another method of the object is called elsewhere, and which; `wait` waits for any."""
_NAMED = (ast.Name, ast.Attribute, ast.Subscript)
_AT_ITS_END = frozenset(("done", "is_done", "finished", "is_finished", "isFinished", "ready"))
"""Methods that return whether there is nothing left to wait for."""
_STILL_AT_IT = frozenset(("is_alive", "is_running", "isRunning"))
"""Methods that return whether there is still something to wait for."""


def endings(trace: Trace, value: ast.AST) -> frozenset[Event]:
    """Return the events that wait for an object: `.join()`, `.result()`, `await`, the end of its `with`, a waiting
    call.

    `value` is the expression of the object: the call that returned it, or its name. It is looked for under its names,
    in the containers that hold it, and in loops over those.
    """
    found_at = [*spots(trace, value)]
    found = {event for spot in found_at for event in _waits(trace, spot, value)}
    waiting = {node for _, node in found}
    asking = {read for spot in found_at if (read := _asks_whether_to_wait(trace, spot.node, waiting))}
    return frozenset((*found, *asking, *_ends_of_loops(trace, found_at, waiting)))


def _ends_of_loops(trace: Trace, found_at: Iterable[Spot], ending: Set[ast.AST]) -> Iterator[Event]:
    """Yield the ends of the loops over some objects that withdraw, or wait for, each: there is at least one."""
    for spot in found_at:
        loop = loop_over(trace, spot.node)
        if loop and not ending.isdisjoint(_parts(trace, loop)):
            yield Do.LOOP, loop
        drained = emptying.drained_by(trace, spot.node)
        if drained and not ending.isdisjoint(_parts(trace, drained)):
            yield Do.EXHAUST, drained


def returns(trace: Trace, keeping: ast.AST) -> frozenset[Event]:
    """Return the events that return what a call started, a future or a thread: its caller has to wait for it."""
    if not isinstance(keeping, ast.Call):
        return frozenset()
    callee = keeping.func
    value = callee.value if isinstance(callee, ast.Attribute) and callee.attr == "start" else keeping
    around = (trace.context.parents.get(spot.node) for spot in spots(trace, value))
    return frozenset((Do.RETURN, each) for each in around if isinstance(each, ast.Return))


def _waits(trace: Trace, spot: Spot, value: ast.AST) -> Iterator[Event]:
    """Yield the event that waits for the object at a spot."""
    around = trace.context.parents.get(spot.node)
    if isinstance(around, (ast.Await, ast.YieldFrom)):
        yield Do.SUSPEND, around
    elif isinstance(around, ast.withitem):
        yield Do.LEAVE_WITH, trace.context.parents[around]
    elif isinstance(around, ast.Attribute) and (loop := _polls(trace, around)):
        yield Do.EXHAUST, loop
    elif isinstance(around, ast.Attribute):
        # `assertRaises(Error, result.get)` waits as `result.get()` does.
        call = trace.context.parents.get(around)
        is_of_container = spot.holds and around.attr in containers.HANDS_OUT | containers.CHANGES
        if isinstance(call, ast.Call) and around.attr in _WAITING and not is_of_container:
            yield Do.CALL, call
    elif isinstance(around, ast.Call) and spot.node is not value and waits_for_all(around):
        yield Do.CALL, around


def _polls(trace: Trace, method: ast.Attribute) -> ast.While | None:
    """Return the loop that runs until an object has finished: `while thread.is_alive():`."""
    test = trace.context.parents.call_of(method)
    loop = trace.context.parents.get(test) if test else None
    asks_for_end = isinstance(loop, ast.UnaryOp) and isinstance(loop.op, ast.Not)
    if asks_for_end and loop is not None:
        loop = trace.context.parents.get(loop)
    words = _AT_ITS_END if asks_for_end else _STILL_AT_IT
    return loop if isinstance(loop, ast.While) and method.attr in words else None


def _asks_whether_to_wait(trace: Trace, place: ast.AST, waiting: Set[ast.AST]) -> Event | None:
    """Return the read of an object in the condition of its waiting: `if thread:`, `if thread.is_alive():`.

    Where the condition does not hold, there is nothing to wait for.
    """
    test, around = place, trace.context.parents.get(place)
    while isinstance(around, (ast.Attribute, ast.Call, ast.Compare, ast.BoolOp)):
        test, around = around, trace.context.parents.get(around)
    variable = trace.context.names.variable(place)
    if variable is None or not isinstance(around, ast.If) or around.test is not test:
        return None
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [around.test]
    if any(trace.context.names.variable(_asked(part)) is not variable for part in parts):
        return None
    waits = any(node in waiting for part in around.body for node in ast.walk(part))
    return (Do.READ, place) if waits else None


def _asked(test: ast.expr) -> ast.expr:
    """Return the object whose existence, or activity, a condition checks."""
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr in _STILL_AT_IT:
        return test.func.value
    return leftovers.asked(test)


def signals(trace: Trace) -> frozenset[Event]:
    """Return the events that wait for a signal of the closure: `started.wait()` where it calls `started.set()`.

    So does `queue.get()` where it calls `queue.put(...)`.
    """
    found: set[Event] = set()
    for scope in descendants(trace.scope) if trace.scope else ():
        for name in scope.reads:
            variable = scope.owners.get(name)
            if variable is None or unit(variable.scope) is not trace.maker:
                continue
            around = {each.node: trace.context.parents.get(each.node) for each in variable.references}
            inside = {each.node for each in variable.references if each.scope is scope}
            methods = {node: each for node, each in around.items() if isinstance(each, ast.Attribute)}
            told = {method.attr for node, method in methods.items() if node in inside}
            found |= {(Do.SUSPEND, each) for each in around.values() if isinstance(each, ast.Await)}
            for method in methods.values():
                call = trace.context.parents.call_of(method)
                if call and (method.attr == "wait" or not told.isdisjoint(_ANSWERS.get(method.attr, ()))):
                    found.add((Do.CALL, call))
    return frozenset(found)


def _parts(trace: Trace, loop: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a loop, or of the comprehension that a clause belongs to."""
    return ast.walk(trace.context.parents[loop] if isinstance(loop, ast.comprehension) else loop)


def with_end(trace: Trace, holder: ast.AST) -> frozenset[Event]:
    """Return the end of the `with` statement that binds a name."""
    variable = trace.context.names.variable(holder)
    bindings = variable.bindings if variable else []
    return frozenset((Do.LEAVE_WITH, binding.statement) for binding in bindings if binding.kind is BindingKind.WITH)


def withdrawals(trace: Trace, given: ast.Call, function: ast.AST) -> frozenset[Event]:
    """Return the calls that withdraw what a call has given: `bus.unsubscribe(f)` for `bus.subscribe(f)`.

    They may name the function, or what the call returned, `hook.reset(token)`, or call that: `undo()`.
    """
    parents = trace.context.parents
    found_at = [*spots(trace, given), *(spots(trace, function) if isinstance(function, _NAMED) else ())]
    owner = brief(given.func).rpartition(".")[0]
    calls = {
        call
        for spot in found_at
        if isinstance(call := parents.get(spot.node), ast.Call)
        and isinstance(call.func, ast.Attribute)
        and trace.context.knowledge.withdraws(call.func.attr)
        and brief(call.func.value) == owner
    }
    ends = frozenset((*((Do.CALL, call) for call in calls), *_ends_of_loops(trace, found_at, calls)))
    return ends | _undone(trace, given)


def _undone(trace: Trace, given: ast.Call) -> frozenset[Event]:
    """Return the calls of what a call returned, if the name of either says that they withdraw what was given."""
    statement = trace.context.parents.get(given)
    returned = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(returned, ast.Name):
        return frozenset()
    if not wording.registers(brief(given.func)) and not trace.context.knowledge.withdraws(returned.id):
        return frozenset()
    calls = [(read, trace.context.parents.get(read)) for read in reads(trace, returned)]
    return frozenset((Do.CALL, call) for read, call in calls if isinstance(call, ast.Call) and call.func is read)


def receiver_end(trace: Trace, function: ast.AST) -> frozenset[Event]:
    """Return the end of the `with` statement that binds the receiver of a method, or the object that holds it.

    What `with Window() as window: window.closed.connect(f)` starts ends with the window.
    """
    root = function
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    return with_end(trace, root) if root is not function and isinstance(root, ast.Name) else frozenset()
