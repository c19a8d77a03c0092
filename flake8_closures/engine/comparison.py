"""Which findings of two texts are the same, and which came up in between? A finding is known by its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from flake8_closures.fixes.edits import moved
from flake8_closures.model import Edit, Finding
from flake8_closures.source import Source

Place = tuple[str, str, int, int]
"""Code, name, line and column of a finding."""


def place(finding: Finding) -> Place:
    """Return what tells a finding from the others of its text."""
    return finding.code, finding.name, finding.span.line, finding.span.column


def places_after(findings: Iterable[Finding], old: Source, new: Source, edits: Sequence[Edit]) -> set[Place]:
    """Return the places that findings of a text have after the edits that lead to another one."""
    return {
        (finding.code, finding.name, *moved(finding.span.line, finding.span.column, old, new, edits))
        for finding in findings
    }


def surplus(
    found: Iterable[Finding], before: Iterable[Finding], repaired: Iterable[Finding] = ()
) -> list[tuple[str, str]]:
    """Return each (code, name) that has more findings in `found` than in `before` without `repaired`."""
    now, allowed, gone = (Counter((each.code, each.name) for each in group) for group in (found, before, repaired))
    allowed.subtract(gone)
    return [key for key, count in now.items() if count > allowed[key]]


def fresh(
    found: Iterable[Finding], before: Iterable[Finding], repaired: Iterable[Finding], known: Collection[Place]
) -> list[Finding]:
    """Return the findings that repairs brought up: more of their kind than before, and at a place that had none.

    `known` are the places that the findings of before have now.
    """
    extra = surplus(found, before, repaired)
    return [each for each in found if (each.code, each.name) in extra and place(each) not in known]
