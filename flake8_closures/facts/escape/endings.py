"""When has something finished that a call started? At the joins, awaits and `with` ends that wait for it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import descendants
from flake8_closures.facts.escape import leftovers
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import ENDINGS, containers, wording
from flake8_closures.facts.names import last_name
from flake8_closures.model import BindingKind

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

_WAITING = frozenset().union(*ENDINGS.values())
_WAITING_FOR_ALL = frozenset("wait gather joinall".split())
"""First words of callables that wait for everything they are given: `wait_for`, `gatherResults`."""
_KEEPING = (ast.List, ast.Tuple, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.Starred, ast.IfExp)
_ANSWERS = {"acquire": ("release",), "get": ("put", "put_nowait"), "recv": ("send",)}
"""Methods that wait until another method of the object is called elsewhere, and which; `wait` waits for any."""
_AT_ITS_END = frozenset(("done", "is_done", "finished", "is_finished", "isFinished", "ready"))
"""Methods that return whether there is nothing left to wait for."""
_STILL_AT_IT = frozenset(("is_alive", "is_running", "isRunning"))
"""Methods that return whether there is still something to wait for."""
_PASSING_ON = frozenset("as_completed list tuple enumerate zip reversed".split())


def endings(trace: Trace, value: ast.AST) -> frozenset[Event]:
    """Return the events that wait for an object: `.join()`, `.result()`, `await`, the end of its `with`, a waiting
    call.

    `value` is the expression of the object: the call that returned it, or its name. It is looked for under its names,
    in the containers that hold it, and in loops over those.
    """
    places = [*_places(trace, value)]
    found = {event for place in places for event in _waits(trace, place, value)}
    waiting = {node for _, node in found}
    asking = {read for place in places if (read := _asks_whether_to_wait(trace, place, waiting))}
    return frozenset(found | asking | _ends_of_loops(trace, places, waiting))


def _ends_of_loops(trace: Trace, places: Iterable[ast.AST], ending: Set[ast.AST]) -> set[Event]:
    """Return the ends of the loops over some objects that withdraw, or wait for, each: there is at least one."""
    loops = {loop for place in places if (loop := _loop_over(trace, place))}
    return {(Do.LOOP, loop) for loop in loops if not ending.isdisjoint(_parts(trace, loop))}


def returns(trace: Trace, keeping: ast.AST) -> frozenset[Event]:
    """Return the events that return what a call started, a future or a thread: its caller has to wait for it."""
    if not isinstance(keeping, ast.Call):
        return frozenset()
    callee = keeping.func
    value = callee.value if isinstance(callee, ast.Attribute) and callee.attr == "start" else keeping
    around = (trace.context.parents.get(place) for place in _places(trace, value))
    return frozenset((Do.RETURN, each) for each in around if isinstance(each, ast.Return))


def _places(trace: Trace, value: ast.AST) -> Iterator[ast.AST]:
    """Yield every expression that may stand for an object, or for a container that holds it."""
    pending = [value, *([*_reads(trace, value), *_drawn_from(trace, value)] if isinstance(value, ast.Name) else ())]
    seen = set(pending)
    while pending:
        place = pending.pop()
        yield place
        new = [node for node in _leads_to(trace, place, value) if node not in seen]
        seen.update(new)
        pending.extend(new)


def _leads_to(trace: Trace, place: ast.AST, value: ast.AST) -> Iterable[ast.AST]:
    """Return where the object at a place is found next. `value` is the expression that it started from."""
    around = trace.context.parents.get(place)
    if isinstance(around, _KEEPING):
        return [around]
    if isinstance(around, (ast.Assign, ast.NamedExpr)):
        return _reads(trace, around.targets[0] if isinstance(around, ast.Assign) else around.target)
    if loop := _loop_over(trace, place):
        return _reads(trace, loop.target)
    if isinstance(around, ast.Call) and (place is not value or isinstance(value, ast.Call)):
        if last_name(around.func) in containers.ADDS and isinstance(around.func, ast.Attribute):
            return _reads(trace, around.func.value)
        return [around] if _waits_for_all(around) or last_name(around.func) in _PASSING_ON else []
    return []


def _waits(trace: Trace, place: ast.AST, value: ast.AST) -> Iterator[Event]:
    """Yield the event that waits for the object at a place."""
    around = trace.context.parents.get(place)
    if isinstance(around, (ast.Await, ast.YieldFrom)):
        yield Do.SUSPEND, around
    elif isinstance(around, ast.withitem):
        yield Do.LEAVE_WITH, trace.context.parents[around]
    elif isinstance(around, ast.Attribute) and (loop := _polls(trace, around)):
        yield Do.EXHAUST, loop
    elif isinstance(around, ast.Attribute):
        # `assertRaises(Error, result.get)` waits as `result.get()` does.
        call = trace.context.parents.get(around)
        if isinstance(call, ast.Call) and around.attr in _WAITING:
            yield Do.CALL, call
    elif isinstance(around, ast.Call) and place is not value and _waits_for_all(around):
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


def _loop_over(trace: Trace, place: ast.AST) -> ast.For | ast.AsyncFor | ast.comprehension | None:
    """Return the loop, or the clause of a comprehension, that iterates over a place."""
    around = trace.context.parents.get(place)
    if isinstance(around, (ast.For, ast.AsyncFor, ast.comprehension)) and place is around.iter:
        return around
    return None


def _waits_for_all(call: ast.Call) -> bool:
    name = last_name(call.func)
    return name == "run_until_complete" or not _WAITING_FOR_ALL.isdisjoint(wording.words(name)[:1])


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


def _drawn_from(trace: Trace, name: ast.Name) -> list[ast.AST]:
    """Return every read of the containers whose items a loop binds to a name."""
    variable = trace.context.names.variable(name)
    loops = [trace.context.parents.get(binding.node) for binding in variable.bindings] if variable else []
    iterated = [loop.iter for loop in loops if isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension))]
    return [read for container in iterated if isinstance(container, ast.Name) for read in _reads(trace, container)]


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
    variable = trace.context.names.variable(function)
    places = [*_places(trace, given)]
    named = [*places, *(reference.node for reference in (variable.references if variable else ()))]
    owner = brief(given.func).rpartition(".")[0]
    calls = [
        call
        for place in named
        if isinstance(call := parents.get(place), ast.Call)
        and isinstance(call.func, ast.Attribute)
        and trace.context.knowledge.withdraws(call.func.attr)
        and brief(call.func.value) == owner
    ]
    ends = {(Do.CALL, call) for call in calls} | _ends_of_loops(trace, places, set(calls))
    return frozenset(ends) | _undone(trace, given)


def _undone(trace: Trace, given: ast.Call) -> frozenset[Event]:
    """Return the calls of what a call returned, if the name of either says that they withdraw what was given."""
    statement = trace.context.parents.get(given)
    returned = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(returned, ast.Name):
        return frozenset()
    if not wording.registers(brief(given.func)) and not trace.context.knowledge.withdraws(returned.id):
        return frozenset()
    calls = [(read, trace.context.parents.get(read)) for read in _reads(trace, returned)]
    return frozenset((Do.CALL, call) for read, call in calls if isinstance(call, ast.Call) and call.func is read)


def receiver_end(trace: Trace, function: ast.AST) -> frozenset[Event]:
    """Return the end of the `with` statement that binds the receiver of a method, or the object that holds it.

    What `with Window() as window: window.closed.connect(f)` starts ends with the window.
    """
    root = function
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    return with_end(trace, root) if root is not function and isinstance(root, ast.Name) else frozenset()


def _reads(trace: Trace, target: ast.AST) -> list[ast.AST]:
    """Return every read of the variables that a target binds."""
    variables = {trace.context.names.variable(part) for part in ast.walk(target) if isinstance(part, ast.Name)}
    return [reference.node for variable in variables if variable for reference in variable.references]
