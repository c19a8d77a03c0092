"""How is a late capture reported? The finding that CLO101 to CLO105 share."""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.escape import Carry, Fate, Use
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.likelihood import confidence
from flake8_closures.facts.positions import line_of
from flake8_closures.model import BindingKind, Finding, Note
from flake8_closures.rules import binding

_OF_REBINDING = {
    BindingKind.DELETE: ("line {} deletes it", "is deleted here"),
    BindingKind.EXCEPT: ("the except block of line {} takes its value away", "loses its value when this block ends"),
}
"""Bindings that end a value without a new one, and what happens to the variable."""


def late_finding(code: str, late: LateCapture, facts: Facts, *, offers_repair: bool = True) -> Finding:
    """Return the finding at the first place inside the closure that reads the variable.

    Without `offers_repair` there is none: the late value may be the one that is meant.
    """
    span = facts.source.span
    closure, use, name = late.closure, late.use, late.capture.variable.name
    kind = closure.scope.kind.value
    line = line_of(late.rebinding.node)
    again, fate = _OF_REBINDING.get(late.rebinding.kind, ("line {} binds it again", "is bound again here"))
    late_read = f"{name!r} is read late: {again.format(line)} {_ended(late, kind)}"
    remedies = binding.remedies(late, facts) if offers_repair else ()
    return Finding(
        code=code,
        span=span(late.capture.references[0].node),
        name=name,
        message=late_read + binding.advice(remedies, late, kind),
        confidence=confidence(late.likelihood),
        notes=(
            Note(facts.place_of(late.rebinding), f"{name!r} {fate}"),
            Note(span(use.node), f"the {kind} is {_fate(use)}" if use.text else f"the {kind} is used"),
            *filter(None, [binding.obstacle(late, facts) if offers_repair and not remedies else None]),
        ),
        remedies=remedies,
    )


def _ended(late: LateCapture, kind: str) -> str:
    """Return when the closure is used: at a known place, or at some time after the loop has gone on."""
    used = f"{_fate(late.use)} on line {line_of(late.use.node)}"
    return f"while this {kind} lives on ({used})" if late.use.lasting else f"before this {kind} is {used}"


def _fate(use: Use) -> str:
    """Return what is done with a closure, or with what holds it."""
    held = use.fate is Fate.RETURNED and use.carry is Carry.HOLDER
    return f"{use.text} with what holds it" if held else use.text
