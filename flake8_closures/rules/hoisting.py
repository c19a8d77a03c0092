"""May a sliver be worked out before the closure is made, and how safe is that?"""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.retained import Held
from flake8_closures.model import Remedy


def remedies(held: Held, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedies for a closure that uses a sliver of an object."""
    return ()


def copies(held: Held, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedies for a closure that captures a view."""
    return ()
