"""How is it reported that a closure keeps an object alive, and how could it let go? Shared by CLO301 to CLO304."""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.escape import Fate
from flake8_closures.facts.likelihood import CERTAIN
from flake8_closures.facts.retained import Held
from flake8_closures.model import Confidence, Note, Remedy, Safety


def holder(held: Held) -> str:
    """Return what the closure is and why it lives on: `the returned lambda`, `the function kept by f()`."""
    is_carried = held.closure.carrier is not held.closure.node
    kind = "method" if is_carried else held.closure.scope.kind.value
    is_returned = held.use.fate is Fate.RETURNED
    return f"the {held.use.text} {kind}" if is_returned else f"the {kind} {held.use.text}"


def notes(held: Held, facts: Facts) -> tuple[Note, ...]:
    """Return where the object comes from, and where the closure is kept."""
    found = [Note(held.weight.span, f"{held.part or held.name!r} gets its value here")] if held.weight.span else []
    if held.called is not None:
        found.append(Note(facts.source.span(held.called), "called in each round"))
    return (*found, Note(facts.source.span(held.use.node), f"the closure is {held.use.text or 'kept'}"))


def confidence(held: Held) -> Confidence:
    """Return the confidence: certain if this file alone proves the size and the lifetime."""
    if held.use.fate is Fate.UNKNOWN:
        return Confidence.POSSIBLE
    return Confidence.CERTAIN if held.weight.size is not None and held.use.likelihood >= CERTAIN else Confidence.LIKELY


def remedies(held: Held, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedy that computes what a closure needs before it is made; none where that would be wrong."""
    hoist = facts.hoist(held)
    if hoist is None:
        return ()
    span = facts.source.span(hoist.statement)
    safety = Safety.UNSAFE if hoist.reason else Safety.SAFE
    title = f"compute `{hoist.text}` before the closure"
    return (Remedy(hoist.action, span, held.name, title, safety, hoist.reason),)
