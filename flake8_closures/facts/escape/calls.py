"""What does a call do with an argument? Asks the file's own functions first, then the tables, then the evidence."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.callees import Later, parameter, runs_later, spread
from flake8_closures.facts.escape import decorators, slots
from flake8_closures.facts.escape.endings import endings, receiver_end, signals, with_end, withdrawals
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, Way, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import Effect, Known, containers, wording
from flake8_closures.facts.likelihood import KNOWN, OF_TABLES
from flake8_closures.facts.tests import in_test
from flake8_closures.model import Confidence, Scope, ScopeKind, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

RESULTS = {Later.GENERATOR: Carry.LAZY, Later.COROUTINE: Carry.COROUTINE}
"""How what a call returns that does not run the function carries it."""


def argument(trace: Trace, call: ast.Call, place: int | str, value: Value) -> None:
    """Follow a value into a call. `place` is its position or keyword."""
    if not trace.graph.happens((Do.CALL, call)):
        return
    local = _local_uses(trace, call, place, value.carry)
    if local is not None:
        for use in local:
            _as_told_here(trace, use, call, value)
        return
    found = known(trace, call, place, value.carry)
    if found is None or (found.confidence is Confidence.POSSIBLE and found.effect is Effect.KEPT):
        _unseen(trace, call, place, value, found)
    else:
        _as_known(trace, found, call, value)


# The file's own functions.


def _local_uses(trace: Trace, call: ast.Call, place: int | str, carry: Carry) -> list[Use] | None:
    """Return what the functions of this file that a call can run do with an argument; None where it is another's."""
    callees = trace.world.callees
    made = callees.constructor(call.func)
    functions = callees.functions(call.func) if made is None else [made[1]] if made[1] else []
    if not functions or place == "**":
        return None
    found: list[Use] = []
    for function in functions:
        bound = made is not None or (isinstance(call.func, ast.Attribute) and not _is_static(function))
        behind = decorators.behind(trace, function)
        found += behind.uses
        for runs in behind.functions:
            name = parameter(runs, place, bound)
            if name is None:
                return None
            found += [use for use in _summary(runs, name, carry, trace) if not _is_wrapped(trace, use, behind.wrapped)]
    return found


def _summary(function: Scope, name: str, carry: Carry, trace: Trace) -> list[Use]:
    """Return what a call of a function does with an argument: at once, or when what it returns is drawn or awaited."""
    from flake8_closures.facts.escape.trace import parameter_uses

    uses = parameter_uses(function, name, Carry.HOLDER if name in spread(function) else carry, trace.world)
    later = runs_later(function)
    if not later:
        return [*uses]
    found = [use if use.lasting else replace(use, fate=Fate.CONSUMED, later=later) for use in uses]
    return found or [Use(Fate.CONSUMED, trace.graph.exit, function.node, "", later=later)]


def _is_wrapped(trace: Trace, use: Use, wrapped: Set[Variable]) -> bool:
    """Return whether a use is a call of the function below the decorator that made the wrapper."""
    return isinstance(use.node, ast.Call) and trace.world.names.variable(use.node.func) in wrapped


def _as_told_here(trace: Trace, use: Use, call: ast.Call, value: Value) -> None:
    """Carry out at a call what the callee does with its parameter."""
    event: Event = (Do.CALL, call)
    callee = brief(call.func)
    if use.later:
        trace.follow(value.at(call, RESULTS[use.later]))
    elif not use.lasting:
        trace.use(Fate.CALLED, event, call, f"called by {callee}()", value, likelihood=use.likelihood)
    elif use.fate is Fate.RETURNED:
        trace.follow(value.at(call, Carry.HOLDER if isinstance(use.node, ast.Yield) else use.carry, use.likelihood))
    elif use.fate is Fate.UNKNOWN:
        likelihood = use.likelihood
        if likelihood > evidence.SAID_NOW:
            # What it hands on to is not seen, so its own name is evidence too.
            likelihood = max(likelihood, _weigh(trace, call, None, value, None)[0])
        trace.use(
            Fate.UNKNOWN, event, call, f"handed on by {callee}()", value, likelihood=likelihood, way=Way.HANDED_ON
        )
    elif on_self(trace, use) and trace.world.callees.constructor(call.func) is not None:
        is_field(trace, use)
        made_with(trace, call, value.at(call, Carry.HOLDER, use.likelihood))
    elif on_self(trace, use) and isinstance(call.func, ast.Attribute):
        is_field(trace, use)
        if isinstance(call.func.value, ast.Call):
            trace.follow(value.at(call.func.value, Carry.HOLDER, use.likelihood))
        else:
            trace.absorbed(call.func.value, event, call, f"kept by {callee}()", value.at(call, None, use.likelihood))
    else:
        # What one call has put into a slot, the next one drops.
        refills = [event] if use.event in use.refills else ()
        text, sure = f"kept by {callee}()", use.likelihood
        trace.use(use.fate, event, call, text, value, refills=refills, likelihood=sure, way=Way.PUT_AWAY)


def on_self(trace: Trace, use: Use) -> bool:
    """Return whether a method keeps what it is given in its own object."""
    return use.way is not Way.PUT_AWAY and trace.world.callees.is_on_self(use.node)


def is_field(trace: Trace, use: Use) -> None:
    """Note the attribute of an object by which it gives back what a method of it has kept there."""
    name = trace.world.callees.field(use.node)
    if name:
        trace.members.setdefault(name, use.carry if isinstance(use.node, ast.Attribute) else Carry.HOLDER)


def made_with(trace: Trace, call: ast.Call, value: Value) -> None:
    """Follow a value into an object that a class of the file makes: to where the class puts it, then as the result."""
    made = trace.world.callees.constructor(call.func)
    if made and made[1]:
        for use in of_object(trace, made[1]):
            _as_told_here(trace, use, call, value)
    trace.follow(value)


def of_object(trace: Trace, method: Scope) -> Iterator[Use]:
    """Yield what a method does with its object that outlives the call, and is more than to keep it in the object."""
    from flake8_closures.facts.escape.trace import parameter_uses

    name = parameter(method, 0, False)
    if name is None or _is_static(method):
        return
    for use in parameter_uses(method, name, Carry.HOLDER, trace.world, trace.members):
        if use.lasting and not on_self(trace, use):
            yield use


def receiver(trace: Trace, call: ast.Call, value: Value) -> None:
    """Follow an object that holds a value into the method of it, or into its `__call__`, that a call runs."""
    callees = trace.world.callees
    if isinstance(call.func, ast.Attribute):
        methods = callees.functions(call.func)
    else:
        owner = callees.class_of(call.func)
        method = callees.method(owner, "__call__") if owner else None
        methods = [method] if method else []
    for method in methods:
        for use in of_object(trace, method):
            _as_told_here(trace, use, call, value)


def handed_out(trace: Trace, scope: Scope, result: ast.AST, value: Value) -> list[Value]:
    """Return the result of a function as a value that carries the functions made inside it; empty if it does not."""
    from flake8_closures.facts.escape.trace import uses

    carries = {
        Carry.LAZY if use.carry is Carry.LAZY else Carry.HOLDER
        for closure in trace.world.made_in.get(scope, ())
        for use in uses(closure, trace.world)
        if use.fate is Fate.RETURNED or (use.lasting and use.event[0] is Do.SUSPEND)
    }
    return [value.at(result, carry) for carry in carries]


def keeps_inside(trace: Trace, scope: Scope, call: ast.Call, value: Value) -> list[Use]:
    """Return what a call of a function sets going for the functions made inside it: they outlive the call."""
    from flake8_closures.facts.escape.trace import uses

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
        for closure in trace.world.made_in.get(scope, ())
        for use in uses(closure, trace.world)
        if use.fate in (Fate.STORED, Fate.DEFERRED, Fate.UNKNOWN)
    ]


def lazily_given(trace: Trace, call: ast.Call) -> list[tuple[Scope, Use]]:
    """Return how the functions of the file that a call runs draw from the generator expressions it gives them."""
    from flake8_closures.facts.escape.trace import parameter_uses

    found: list[tuple[Scope, Use]] = []
    for function in trace.world.callees.functions(call.func):
        for place, argument in enumerate(call.args):
            name = parameter(function, place, isinstance(call.func, ast.Attribute) and not _is_static(function))
            if isinstance(argument, ast.GeneratorExp) and name is not None:
                found += [(function, use) for use in parameter_uses(function, name, Carry.LAZY, trace.world)]
    return found


def only_adds(trace: Trace, call: ast.Call) -> bool:
    """Return whether a method call, of an object whose class is in the file, does nothing with what that one holds."""
    method = next(iter(trace.world.callees.functions(call.func)), None)
    if method is None or not isinstance(method.node, ast.FunctionDef):
        return False
    variable = method.variables.get(parameter(method, 0, False) or "")
    parents = trace.world.parents
    for reference in variable.references if variable else ():
        attribute = parents[reference.node]
        around = parents[attribute]
        if not isinstance(attribute, ast.Attribute):
            return False
        adds = (
            isinstance(around, ast.Attribute)
            and around.attr in containers.ADDS
            and isinstance(parents[around], ast.Call)
        )
        stores = isinstance(around, ast.Subscript) and isinstance(around.ctx, ast.Store)
        if not (adds or stores or isinstance(attribute.ctx, ast.Store)):
            return False
    return variable is not None


def _is_static(function: Scope) -> bool:
    decorators = getattr(function.node, "decorator_list", [])
    return any(isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in decorators)


# The tables.


def known(trace: Trace, call: ast.Call, place: int | str, carry: Carry) -> Known | None:
    """Return what is known of a callee by its full name, by the class of its receiver, or by its method name."""
    function = carry is Carry.ITSELF
    tables = trace.world.knowledge
    dotted = trace.world.names.dotted(call.func)
    if dotted and (found := tables.callee(dotted, place, function=function)):
        return found
    if not isinstance(call.func, ast.Attribute):
        return None
    receiver = trace.world.names.class_of(call.func.value)
    if receiver and (found := tables.class_method(receiver, call.func.attr, place, function=function)):
        return found
    return tables.method(call.func.attr, place, function=function)


def _as_known(trace: Trace, found: Known, call: ast.Call, value: Value) -> None:
    """Carry out what a known callee does with its argument."""
    event: Event = (Do.CALL, call)
    callee, sure = brief(call.func), OF_TABLES[found.confidence]
    if found.effect is Effect.NOW:
        looked_at = trace.world.knowledge.looks(trace.world.names.dotted(call.func))
        if looked_at or value.carry in (Carry.HOLDER, Carry.MAPPING):
            return
    if found.effect in (Effect.NOW, Effect.DRAINED):
        trace.use(Fate.CALLED, event, call, f"{_run(trace)} by {callee}()", value)
        if trace.scope and value.carry is Carry.ITSELF:
            trace.products += handed_out(trace, trace.scope, call, value)
        if sure < KNOWN:
            trace.use(Fate.UNKNOWN, event, call, f"handed to {callee}()", value, likelihood=evidence.SAID_NOW)
    elif found.effect in (Effect.COLLECTED, Effect.ABSORBED) and value.carry in (Carry.LAZY, Carry.COROUTINE):
        trace.use(Fate.CONSUMED, event, call, f"drawn by {callee}()", value)
        made = trace.scope if trace.scope and not trace.scope.is_generator else None
        if found.effect is Effect.COLLECTED and made and handed_out(trace, made, call, value):
            trace.products.append(value.at(call, Carry.HOLDER))
    elif found.effect is Effect.COLLECTED:
        if value.carry is not Carry.MAPPING:
            trace.follow(value.at(call, Carry.HOLDER))
    elif found.effect is Effect.MISSING:
        trace.follow(value.at(call, Carry.MAPPING if value.carry is Carry.ITSELF else Carry.HOLDER))
    elif found.effect is Effect.ITERATED:
        trace.follow(value.at(call, Carry.LAZY))
    elif found.effect is Effect.RESULT:
        is_dropped = isinstance(trace.world.parents.get(call), ast.Expr)
        if not is_dropped and trace.world.knowledge.calls_back(trace.world.names.dotted(call.func)):
            trace.use(Fate.DEFERRED, event, call, f"kept by {callee}()", value)
        trace.follow(value.at(call, Carry.HOLDER, sure))
    else:
        taken_back = withdrawals(trace, call, value.node)
        until = endings(trace, call) | receiver_end(trace, call.func) | taken_back
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        if found.keeper is not None and found.keeper < len(call.args):
            holder = call.args[found.keeper]
        if holder is not None and "with" in found.until:
            until |= with_end(trace, holder)
        if holder is not None and "result" in found.until:
            until |= endings(trace, holder)
        if "iterated" in found.until:
            until |= _drawn(trace, call)
        if found.until:
            until |= signals(trace)
        surely = value.at(call, None, sure)
        if holder is not None and found.effect in (Effect.RECEIVER, Effect.ABSORBED):
            refills = slots.of_call(trace, call, value) | taken_back
            trace.absorbed(holder, event, call, f"kept by {callee}()", surely, refills=refills, until=until)
        else:
            trace.use(Fate.DEFERRED, event, call, f"kept by {callee}()", surely, until=until)


def _drawn(trace: Trace, call: ast.Call) -> frozenset[Event]:
    """Return the events that draw the result of a call to its end."""
    drawers = (use for use in trace.elsewhere(trace.maker, Value(call, Carry.LAZY)) if not use.lasting)
    return frozenset(
        (Do.LOOP, use.node) if isinstance(use.node, (ast.For, ast.AsyncFor)) else use.event for use in drawers
    )


# The evidence.


def _unseen(trace: Trace, call: ast.Call, place: int | str, value: Value, by_method: Known | None) -> None:
    """Weigh what speaks for a callee that nobody can see to keep its argument."""
    callee = brief(call.func)
    kept, carried = _weigh(trace, call, place, value, by_method)
    event: Event = (Do.CALL, call)
    text = f"handed to {callee}()"
    if trace.world.callees.constructs_base(call):
        trace.use(Fate.STORED, event, call, text, value, likelihood=evidence.NAMED[evidence.Sign.CLASS][1])
    until = (
        endings(trace, call) | receiver_end(trace, call.func) | signals(trace) | withdrawals(trace, call, value.node)
    )
    if wording.registers(callee):
        until -= {(Do.SUSPEND, trace.world.parents[call])}
    trace.use(Fate.UNKNOWN, event, call, text, value, until=until, likelihood=kept)
    if value.carry in (Carry.ITSELF, Carry.HOLDER):
        # Now or later: who is given functions calls them.
        sure = 1.0 if value.carry is Carry.ITSELF else evidence.CONTENTS_CALLED
        trace.use(Fate.CALLED, event, call, f"{_run(trace)} by {callee}()", value, likelihood=sure)
    trace.follow(value.at(call, Carry.HOLDER, carried))


def _weigh(
    trace: Trace, call: ast.Call, place: int | str | None, value: Value, by_method: Known | None
) -> tuple[float, float]:
    """Return how likely the callee keeps its argument, and how likely its result carries it."""
    signs = evidence.signs(
        brief(call.func),
        result=trace.world.parents.get(call),
        lazy=value.carry is Carry.LAZY,
        by_keyword=trace.world.knowledge.keyword(place) if isinstance(place, str) else None,
        by_method=by_method,
        in_test=in_test(trace.maker),
    )
    return evidence.weigh(signs)


def _run(trace: Trace) -> str:
    """Return what is done with the closure that is traced when it is run, in a word."""
    return "drawn" if trace.scope is not None and trace.scope.kind is ScopeKind.GENERATOR else "called"
