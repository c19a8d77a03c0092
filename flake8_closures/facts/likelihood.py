"""How likely must a use of a closure be, to be believed? Shares of one, and what they are enough for."""

from __future__ import annotations

from collections.abc import Mapping

from flake8_closures.model import Confidence

CERTAIN = 1.0
"""It is seen in the file."""
KNOWN = 0.9
"""A table of known callables says so."""
SURE = 0.8
"""Enough to build on: a finding is likely, and what rests on it is kept."""
PROBABLE = 0.5
"""Enough for a finding of CLO101 to CLO104; what is below is left to CLO105."""
FAINTEST = 0.02
"""Below this nothing is followed any further."""

OF_TABLES: Mapping[Confidence, float] = {
    Confidence.CERTAIN: CERTAIN,
    Confidence.LIKELY: KNOWN,
    Confidence.POSSIBLE: 0.6,
}
"""By how sure a table is of its line."""


def confidence(share: float) -> Confidence:
    """Return how sure a finding is that rests on a use of that likelihood."""
    if share >= CERTAIN:
        return Confidence.CERTAIN
    return Confidence.LIKELY if share >= SURE else Confidence.POSSIBLE
