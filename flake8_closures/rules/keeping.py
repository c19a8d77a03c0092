"""How is it told that a closure keeps something alive? The wording that CLO301 to CLO304 share."""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.escape import Fate, Use
from flake8_closures.facts.retained import Held
from flake8_closures.model import Confidence, Note

_LIVES = {
    Fate.RETURNED: "{text} {kind}",
    Fate.STORED: "{kind} {text}",
    Fate.DEFERRED: "{kind} {text}",
    Fate.UNKNOWN: "{kind} {text}",
}


def holder(held: Held) -> str:
    """Return what the closure is and why it lives on: `the returned lambda`, `the function kept by f()`."""
    is_carried = held.closure.carrier is not held.closure.node
    kind = "method" if is_carried else held.closure.scope.kind.value
    return "the " + _LIVES[held.use.fate].format(kind=kind, text=held.use.text)


def notes(held: Held, facts: Facts) -> tuple[Note, ...]:
    """Return where the object comes from, and where the closure is handed on."""
    found = [Note(held.weight.span, f"{held.part or held.name!r} gets its value here")] if held.weight.span else []
    return (*found, Note(facts.source.span(held.use.node), f"the closure is {told(held.use)}"))


def confidence(held: Held) -> Confidence:
    """Return how sure it is: certain where size and life are proved from this file alone."""
    if held.use.fate is Fate.UNKNOWN:
        return Confidence.POSSIBLE
    return Confidence.CERTAIN if held.weight.size is not None and held.use.likelihood >= 1.0 else Confidence.LIKELY


def told(use: Use) -> str:
    """Return what becomes of the closure."""
    return use.text or "kept"
