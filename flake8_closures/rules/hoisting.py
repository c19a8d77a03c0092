"""How can a closure let go of a large object? The remedies that CLO301 and CLO302 share."""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.retained import Held
from flake8_closures.model import Remedy, Safety


def remedies(held: Held, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedy that works out what a closure needs before it is made; none where that is not right."""
    hoist = facts.hoist(held)
    if hoist is None:
        return ()
    span = facts.source.span(hoist.statement)
    safety = Safety.UNSAFE if hoist.reason else Safety.SAFE
    title = f"work out `{hoist.text}` before"
    return (Remedy(hoist.action, span, held.name, title, safety, hoist.reason),)
