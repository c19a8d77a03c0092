"""How is a late capture told? The finding that CLO101 to CLO105 share."""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.likelihood import confidence
from flake8_closures.model import BindingKind, Finding, Note
from flake8_closures.rules import binding


def late_finding(code: str, late: LateCapture, facts: Facts, *, mend: bool = True) -> Finding:
    """Return the finding at the first place inside the closure that reads the variable.

    Without `mend` no repair is offered: the late value may be the one that is meant.
    """
    span = facts.source.span
    closure, use, name = late.closure, late.use, late.capture.variable.name
    kind = closure.scope.kind.value
    line = getattr(late.rebinding.node, "lineno", 0)
    is_deleted = late.rebinding.kind is BindingKind.DELETE
    again = f"line {line} {'deletes it' if is_deleted else 'binds it again'}"
    remedies = binding.remedies(late, facts) if mend else ()
    return Finding(
        code=code,
        span=span(late.capture.references[0].node),
        name=name,
        message=f"{name!r} is read late: {again} {_ended(late, kind)}" + binding.advice(remedies, late, kind),
        confidence=confidence(late.likelihood),
        notes=(
            Note(span(late.rebinding.node), f"{name!r} is {'deleted' if is_deleted else 'bound again'} here"),
            Note(span(use.node), f"the {kind} is {use.text}" if use.text else f"the {kind} is used"),
            *filter(None, [binding.obstacle(late, facts) if mend and not remedies else None]),
        ),
        remedies=remedies,
    )


def _ended(late: LateCapture, kind: str) -> str:
    """Say when the closure is used: at a place that is seen, or at some time after the loop has gone on."""
    used = f"{late.use.text} on line {getattr(late.use.node, 'lineno', 0)}"
    return f"while this {kind} lives on ({used})" if late.use.lasting else f"before this {kind} is {used}"
