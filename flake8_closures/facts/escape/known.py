"""What does a callee in the tables do with an argument?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.escape import emptying, own, slots
from flake8_closures.facts.escape.endings import endings, receiver_end, signals, with_end, withdrawals
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import ENDINGS, Effect, Known, containers
from flake8_closures.facts.likelihood import KNOWN, OF_TABLES
from flake8_closures.facts.names import last_name

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def look_up(trace: Trace, call: ast.Call, place: int | str, carry: Carry) -> Known | None:
    """Return what the tables know of a callee by its full name, the class of its receiver, or its method name."""
    function = carry is Carry.ITSELF
    tables = trace.context.knowledge
    dotted = trace.context.names.dotted(call.func)
    if dotted and (found := tables.callee(dotted, place, function=function)):
        return found
    if not isinstance(call.func, ast.Attribute):
        return None
    receiver = trace.context.names.class_of(call.func.value)
    if receiver and (found := tables.class_method(receiver, call.func.attr, place, function=function)):
        return found
    return tables.method(call.func.attr, place, function=function)


def carry_out(trace: Trace, found: Known, call: ast.Call, value: Value) -> None:
    """Note what a known callee does with its argument."""
    is_drawn = value.carry in (Carry.LAZY, Carry.COROUTINE)
    if found.effect in (Effect.NOW, Effect.DRAINED):
        _run_now(trace, found, call, value)
    elif found.effect in (Effect.COLLECTED, Effect.ABSORBED) and is_drawn:
        _drawn_now(trace, found, call, value)
    elif found.effect is Effect.COLLECTED:
        if value.carry is not Carry.MAPPING:
            trace.follow(value.at(call, Carry.HOLDER))
    elif found.effect is Effect.MISSING:
        trace.follow(value.at(call, Carry.MAPPING if value.carry is Carry.ITSELF else Carry.HOLDER))
    elif found.effect is Effect.ITERATED:
        trace.follow(value.at(call, Carry.LAZY))
    elif found.effect is Effect.RESULT:
        _in_result(trace, found, call, value)
    else:
        _kept(trace, found, call, value)


def _run_now(trace: Trace, found: Known, call: ast.Call, value: Value) -> None:
    """Note that a callee runs its argument, or draws from it, before it returns."""
    event: Event = (Do.CALL, call)
    if found.effect is Effect.NOW:
        is_inspected = trace.context.knowledge.only_inspects(trace.context.names.dotted(call.func))
        if is_inspected or value.carry is Carry.MAPPING:
            return
    sure = evidence.CONTENTS_CALLED if value.carry is Carry.HOLDER else 1.0
    trace.note(Use(Fate.CALLED, event, call, f"{trace.run_as} by {brief(call.func)}()", likelihood=sure), value)
    if trace.scope and value.carry is Carry.ITSELF:
        trace.products += own.handed_out(trace, trace.scope, call, value)
    if OF_TABLES[found.confidence] < KNOWN:
        text = f"handed to {brief(call.func)}()"
        trace.note(Use(Fate.UNKNOWN, event, call, text, likelihood=evidence.SAID_NOW), value)


def _drawn_now(trace: Trace, found: Known, call: ast.Call, value: Value) -> None:
    """Note that a callee draws an iterator to its end; what it collects may carry functions made on the way."""
    trace.note(Use(Fate.CONSUMED, (Do.CALL, call), call, f"drawn by {brief(call.func)}()"), value)
    made = trace.scope if trace.scope and not trace.scope.is_generator else None
    if found.effect is Effect.COLLECTED and made and own.handed_out(trace, made, call, value):
        trace.products.append(value.at(call, Carry.HOLDER))


def _in_result(trace: Trace, found: Known, call: ast.Call, value: Value) -> None:
    """Note that the result carries the argument, and may call it later by itself."""
    is_dropped = isinstance(trace.context.parents.get(call), ast.Expr)
    if not is_dropped and trace.context.knowledge.calls_back(trace.context.names.dotted(call.func)):
        trace.note(Use(Fate.DEFERRED, (Do.CALL, call), call, f"kept by {brief(call.func)}()"), value)
    trace.follow(value.at(call, Carry.HOLDER, OF_TABLES[found.confidence]))


def _kept(trace: Trace, found: Known, call: ast.Call, value: Value) -> None:
    """Note that a callee keeps its argument, in its receiver or somewhere else."""
    event: Event = (Do.CALL, call)
    text = f"kept by {brief(call.func)}()"
    holder = call.func.value if isinstance(call.func, ast.Attribute) else None
    if found.keeper is not None and found.keeper < len(call.args):
        holder = call.args[found.keeper]
    surely = value.at(call, None, OF_TABLES[found.confidence])
    taken_back = withdrawals(trace, call, value.node)
    until = endings(trace, call) | receiver_end(trace, call.func) | taken_back | _ends(trace, found, call, holder)
    if holder is not None and found.effect in (Effect.RECEIVER, Effect.ABSORBED):
        refills = slots.of_call(trace, call, value) | taken_back
        trace.absorbed(holder, Use(Fate.STORED, event, call, text, refills=refills, until=until), surely)
    else:
        trace.note(
            Use(Fate.DEFERRED, event, call, text, refills=slots.of_setter(trace, call, value), until=until), surely
        )


def _ends(trace: Trace, found: Known, call: ast.Call, holder: ast.AST | None) -> frozenset[Event]:
    """Return the events that end the keeping in one of the ways that the table lists."""
    ends: frozenset[Event] = frozenset()
    if holder is not None and "with" in found.until:
        ends |= with_end(trace, holder)
    if holder is not None and "result" in found.until:
        ends |= endings(trace, holder)
    if holder is not None and last_name(call.func) in containers.QUEUES:
        ends |= emptying.joins(trace, holder)
    if "iterated" in found.until:
        ends |= _drawn(trace, call)
    if "loop" in found.until:
        loops = (each for each in trace.graph.calls() if isinstance(each.func, ast.Attribute))
        ends |= {(Do.CALL, each) for each in loops if last_name(each.func) in ENDINGS["loop"]}
    if found.until:
        ends |= signals(trace)
    return ends


def _drawn(trace: Trace, call: ast.Call) -> frozenset[Event]:
    """Return the events that draw the result of a call to its end."""
    drawers = (use for use in trace.elsewhere(trace.maker, Value(call, Carry.LAZY)) if not use.lasting)
    return frozenset(
        (Do.LOOP, use.node) if isinstance(use.node, (ast.For, ast.AsyncFor)) else use.event for use in drawers
    )
