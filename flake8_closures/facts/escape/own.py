"""What do the file's own functions do with their arguments, or with the functions made inside them?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.callees import is_super
from flake8_closures.facts.escape import decorators, slots
from flake8_closures.facts.escape.endings import endings, returns, withdrawals
from flake8_closures.facts.escape.objects import is_field, of_object, on_self
from flake8_closures.facts.escape.unknown import weigh
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, Way, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.functions import COMPUTED, Later, decorator_names, is_static, parameter, runs_later, spread
from flake8_closures.facts.knowledge import wording
from flake8_closures.model import Scope, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

RESULTS = {Later.GENERATOR: Carry.LAZY, Later.COROUTINE: Carry.COROUTINE}
"""How the result of a call carries the function, if the call does not run it."""
_DOING = (ast.Call, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)
"""The kinds of code that can take something back."""
_MAKING = frozenset(("__init__", "__new__", "__post_init__"))
"""The methods that run once, when an object is made."""


def local_uses(trace: Trace, call: ast.Call, place: int | str, carry: Carry) -> list[Use] | None:
    """Return what the functions of this file that a call can run do with an argument; None for other callees."""
    callees = trace.context.callees
    if sent := _sent_to(trace, call):
        return [use for function in sent for use in _received(trace, function)]
    made = callees.constructor(call.func)
    functions = callees.functions(call.func) if made is None else [made[1]] if made[1] else []
    if not functions or place == "**":
        return None
    found: list[Use] = []
    for function in functions:
        bound = made is not None or (isinstance(call.func, ast.Attribute) and not is_static(function))
        behind = decorators.behind(trace, function)
        unread = function.variables.get(parameter(function, place, bound) or "")
        is_for_others = unread is not None and not unread.references
        found += [replace(use, likelihood=evidence.FOR_DECORATOR) if is_for_others else use for use in behind.uses]
        for runs in behind.functions:
            name = parameter(runs, place, bound)
            if name is None:
                return None
            found += [use for use in _summary(runs, name, carry, trace) if not _is_wrapped(trace, use, behind.wrapped)]
    return found


def _sent_to(trace: Trace, call: ast.Call) -> list[Scope]:
    """Return the generator functions of the file that get the argument of a `send` call."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "send":
        return []
    variable = trace.context.names.variable(call.func.value)
    made = [binding.value for binding in variable.bindings] if variable else []
    calls = [each for each in made if isinstance(each, ast.Call)]
    found = [function for each in calls for function in trace.context.callees.functions(each.func)]
    return found if len(calls) == len(made) and all(function.is_generator for function in found) else []


def _received(trace: Trace, function: Scope) -> Iterator[Use]:
    """Yield what a generator does with a sent value, before it yields again or later."""
    flow = trace.context.graph(function.node)
    yields = [event for event in flow.events() if event[0] is Do.SUSPEND and isinstance(event[1], ast.Yield)]
    for event in yields:
        for use in trace.elsewhere(function, Value(event[1], Carry.ITSELF)):
            if not use.lasting and flow.path(event, [use.event], yields) is not None:
                yield use
            else:
                yield replace(use, fate=Fate.STORED, refills=frozenset(), until=frozenset(), way=Way.PUT_AWAY)


def _summary(function: Scope, name: str, carry: Carry, trace: Trace) -> list[Use]:
    """Return what a call of a function does with an argument: at once, or when its result is drawn from or awaited."""
    found = trace.parameter_uses(function, name, Carry.HOLDER if name in spread(function) else carry)
    uses = [_when_it_ends(trace, function, use) for use in found]
    later = runs_later(function)
    if not later:
        return uses
    uses = [use if use.lasting else replace(use, fate=Fate.CONSUMED, later=later) for use in uses]
    return uses or [Use(Fate.CONSUMED, trace.graph.exit, function.node, "", later=later)]


def _when_it_ends(trace: Trace, function: Scope, use: Use) -> Use:
    """Return what a use means to callers, who see only what the function still keeps, or waits for, at its end."""
    if not use.lasting:
        return use
    flow = trace.context.graph(function.node)
    ends = (use.refills | use.until) - {use.event}
    if ends and flow.path(use.event, [flow.exit], ends) is None:
        return replace(use, fate=Fate.CALLED)
    returned = returns(trace, use.node)
    return replace(use, handed_back=bool(returned) and flow.path(use.event, [flow.exit], ends | returned) is None)


def _is_wrapped(trace: Trace, use: Use, wrapped: Set[Variable]) -> bool:
    """Return whether a use is a call of the wrapped function by its wrapper."""
    return isinstance(use.node, ast.Call) and trace.context.names.variable(use.node.func) in wrapped


def at_call(trace: Trace, use: Use, call: ast.Call, value: Value) -> None:
    """Note at a call what the callee does with its parameter."""
    event: Event = (Do.CALL, call)
    callee = brief(call.func)
    if use.later:
        trace.follow(value.at(call, RESULTS[use.later]))
    elif not use.lasting:
        trace.note(Use(Fate.CALLED, event, call, f"called by {callee}()", likelihood=use.likelihood), value)
    elif use.fate is Fate.RETURNED:
        trace.follow(value.at(call, Carry.HOLDER if isinstance(use.node, ast.Yield) else use.carry, use.likelihood))
    elif use.fate is Fate.UNKNOWN:
        likelihood = use.likelihood
        if likelihood > evidence.SAID_NOW:
            # What it hands on to is not seen, so its own name is evidence too. What it makes is not followed from here.
            keeps, carried = weigh(trace, call, None, value, None)
            likelihood = max(likelihood, carried if wording.makes(callee) else keeps)
        text = f"handed on by {callee}()"
        until = _until(trace, use, call, value)
        trace.note(Use(Fate.UNKNOWN, event, call, text, until=until, likelihood=likelihood, way=Way.HANDED_ON), value)
    elif on_self(trace, use) and trace.context.callees.constructor(call.func) is not None:
        is_field(trace, use)
        made_with(trace, call, value.at(call, Carry.HOLDER, use.likelihood))
    elif on_self(trace, use) and isinstance(call.func, ast.Attribute):
        is_field(trace, use)
        if is_super(call.func.value):
            trace.note(Use(use.fate, event, call, f"kept by {callee}()", likelihood=use.likelihood), value)
        elif isinstance(call.func.value, ast.Call):
            trace.follow(value.at(call.func.value, Carry.HOLDER, use.likelihood))
        else:
            until = _until(trace, use, call, value)
            kept = Use(Fate.STORED, event, call, f"kept by {callee}()", refills=until, until=until)
            trace.absorbed(call.func.value, kept, value.at(call, None, use.likelihood))
    else:
        # What one call has put into a slot, the next one drops.
        refills = frozenset([event] if use.event in use.refills and slots.is_same_at(trace, call, use, value) else ())
        until = _until(trace, use, call, value)
        kept = Use(use.fate, event, call, f"kept by {callee}()", (), refills, until, use.likelihood, way=Way.PUT_AWAY)
        trace.note(kept, value)


def _until(trace: Trace, use: Use, call: ast.Call, value: Value) -> frozenset[Event]:
    """Return what ends the keeping that a call began.

    That is what withdraws the value, and what waits for the object that the call returns, if its function leaves that
    to the caller.
    """
    return withdrawals(trace, call, value.node) | (endings(trace, call) if use.handed_back else frozenset())


def made_with(trace: Trace, call: ast.Call, value: Value) -> None:
    """Follow a value into an object that a class of the file makes: where the class stores it, then as the result."""
    made = trace.context.callees.constructor(call.func)
    if made:
        trace.owners[made[0]] = None
    if made and made[1]:
        for use in of_object(trace, made[1]):
            at_call(trace, use, call, value)
    trace.follow(value)


def is_done_when_made(trace: Trace) -> bool:
    """Return whether the closure is a method that runs only when an object is made, and makes no functions itself."""
    return trace.scope is not None and trace.scope.name in _MAKING and not trace.context.made_in.get(trace.scope)


def receiver(trace: Trace, call: ast.Call, value: Value) -> bool:
    """Follow an object that holds a value into the method, or the `__call__`, that a call runs.

    Return whether that method is in the file.
    """
    callees = trace.context.callees
    if isinstance(call.func, ast.Attribute):
        methods = callees.functions(call.func)
    else:
        owner = callees.class_of(call.func)
        method = callees.method(owner, "__call__") if owner else None
        methods = [method] if method else []
    for method in methods:
        for use in of_object(trace, method):
            at_call(trace, use, call, value)
    return bool(methods)


def entered(trace: Trace, manager: ast.AST, statement: ast.AST, value: Value) -> None:
    """Note what the `__enter__` of an object of the file keeps, if its `__exit__` has no code to take it back."""
    callees = trace.context.callees
    owner = callees.class_of(manager)
    enter, leave = (callees.method(owner, name) if owner else None for name in ("__enter__", "__exit__"))
    if enter is None or leave is None or any(isinstance(node, _DOING) for node in ast.walk(leave.node)):
        return
    for use in of_object(trace, enter):
        if use.fate is not Fate.RETURNED:
            event: Event = (Do.LEAVE_WITH, statement)
            text = "kept by the `with` statement"
            trace.note(Use(use.fate, event, statement, text, likelihood=use.likelihood), value)


def computed(trace: Trace, attribute: ast.Attribute, event: Event, value: Value) -> None:
    """Follow an object that holds a value into the property that an attribute of it may be, by its name."""
    callees = trace.context.callees
    for method in filter(None, (callees.method(owner, attribute.attr) for owner in trace.owners)):
        name = parameter(method, 0, False)
        if name is None or not decorator_names(method.node) & COMPUTED:
            continue
        for use in trace.parameter_uses(method, name, Carry.HOLDER, trace.members):
            if use.fate is Fate.RETURNED:
                trace.follow(value.at(attribute, use.carry, use.likelihood))
            elif not use.lasting:
                text = f"called by .{attribute.attr}"
                trace.note(Use(Fate.CALLED, event, attribute, text, likelihood=use.likelihood), value)


def handed_out(trace: Trace, scope: Scope, result: ast.AST, value: Value) -> list[Value]:
    """Return the results of a function that carry functions made inside it, as values to follow."""
    carries: dict[Carry, float] = {}
    for closure in trace.context.made_in.get(scope, ()):
        for use in trace.uses(closure):
            if use.fate is Fate.RETURNED or (use.lasting and use.event[0] is Do.SUSPEND):
                carry = Carry.LAZY if use.carry is Carry.LAZY else Carry.HOLDER
                carries[carry] = max(use.likelihood, carries.get(carry, 0.0))
    return [value.at(result, carry, likelihood) for carry, likelihood in carries.items()]


def left_in_object(trace: Trace, method: Scope) -> Iterator[str]:
    """Yield the attributes of `self` in which a method stores functions that it makes."""
    for closure in trace.context.made_in.get(method, ()):
        for use in trace.uses(closure):
            if use.lasting and on_self(trace, use) and (name := trace.context.callees.field(use.node)):
                yield name


def keeps_inside(trace: Trace, scope: Scope, call: ast.Call, value: Value) -> list[Use]:
    """Return the uses of functions made inside a function that outlive a call of it."""
    return [
        Use(
            use.fate,
            (Do.CALL, call),
            call,
            use.text,
            value.route,
            likelihood=use.likelihood * value.likelihood,
            way=use.way,
        )
        for closure in trace.context.made_in.get(scope, ())
        for use in trace.uses(closure)
        if use.fate in (Fate.STORED, Fate.DEFERRED, Fate.UNKNOWN)
    ]


def lazily_given(trace: Trace, call: ast.Call) -> list[tuple[Scope, Use]]:
    """Return how the functions of the file that a call runs draw from its generator expressions."""
    found: list[tuple[Scope, Use]] = []
    for function in trace.context.callees.functions(call.func):
        for place, argument in enumerate(call.args):
            name = parameter(function, place, isinstance(call.func, ast.Attribute) and not is_static(function))
            if isinstance(argument, ast.GeneratorExp) and name is not None:
                found += [(function, use) for use in trace.parameter_uses(function, name, Carry.LAZY)]
    return found
