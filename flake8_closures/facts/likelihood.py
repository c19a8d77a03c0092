"""How likely must a use of a closure be to be believed? Shares of one, and what they are enough for."""

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
"""Enough for a finding of CLO101 to CLO104; less is left to CLO105."""
FAINTEST = 0.02
"""What is less likely than this is not followed any further."""

OF_TABLES: Mapping[Confidence, float] = {
    Confidence.CERTAIN: CERTAIN,
    Confidence.LIKELY: KNOWN,
    Confidence.POSSIBLE: 0.6,
}
"""The likelihood of a use that a table knows, by the confidence of its entry."""


def confidence(share: float) -> Confidence:
    """Return the confidence of a finding that rests on a use of that likelihood."""
    if share >= CERTAIN:
        return Confidence.CERTAIN
    return Confidence.LIKELY if share >= SURE else Confidence.POSSIBLE
