"""What may an unknown callee do with an argument? Weighs the evidence."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.escape import births, slots
from flake8_closures.facts.escape.endings import endings, receiver_end, signals, withdrawals
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import Known, wording
from flake8_closures.facts.testing import in_test

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def carry_out(trace: Trace, call: ast.Call, place: int | str, value: Value, by_method: Known | None) -> None:
    """Note what an unknown callee may do with its argument: keep it, call it, or return what carries it."""
    callee = brief(call.func)
    kept, carried = weigh(trace, call, place, value, by_method)
    event: Event = (Do.CALL, call)
    text = f"handed to {callee}()"
    if trace.context.callees.constructs_base(call):
        trace.note(Use(Fate.STORED, event, call, text, likelihood=evidence.NAMED[evidence.Sign.CLASS][1]), value)
    until = (
        endings(trace, call) | receiver_end(trace, call.func) | signals(trace) | withdrawals(trace, call, value.node)
    )
    if wording.registers(callee):
        until -= {(Do.SUSPEND, trace.context.parents[call])}
    refills = slots.of_setter(trace, call, value)
    if births.passing(trace, births.root(call.func), event):
        kept *= evidence.PASSING_OBJECT
    trace.note(Use(Fate.UNKNOWN, event, call, text, refills=refills, until=until, likelihood=kept), value)
    if value.carry in (Carry.ITSELF, Carry.HOLDER):
        # Now or later: who is given functions calls them.
        sure = 1.0 if value.carry is Carry.ITSELF else evidence.CONTENTS_CALLED
        trace.note(Use(Fate.CALLED, event, call, f"{trace.run_as} by {callee}()", likelihood=sure), value)
    if value.carry is Carry.HOLDER and wording.constructs(callee):
        carried = evidence.OBJECT_IN_OBJECT
    trace.follow(value.at(call, Carry.HOLDER, carried))


def weigh(
    trace: Trace, call: ast.Call, place: int | str | None, value: Value, by_method: Known | None
) -> tuple[float, float]:
    """Return how likely the callee keeps its argument, and how likely its result carries it."""
    by_keyword = trace.context.knowledge.keyword(place) if isinstance(place, str) else None
    signs = evidence.signs(
        brief(call.func),
        result=_outcome(trace, call),
        lazy=value.carry is Carry.LAZY,
        said=(by_method, by_keyword),
        in_test=in_test(trace.maker) and not wording.subscribes(brief(call.func)),
    )
    return evidence.weigh(signs)


def _outcome(trace: Trace, call: ast.Call) -> ast.AST | None:
    """Return the node around a call, or around the last of the methods that set up the object it makes."""
    parents = trace.context.parents
    around = parents.get(call)
    if wording.constructs(brief(call.func)):
        while isinstance(around, ast.Attribute) and not wording.runs(around.attr) and parents.call_of(around):
            around = parents.get(parents[around])
    return around
