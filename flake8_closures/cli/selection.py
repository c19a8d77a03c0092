"""Which findings of a file are to be reported? Those that no baseline has, and of these those on the changed lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flake8_closures.model import Finding
from flake8_closures.report.fingerprint import fingerprints


@dataclass(frozen=True, slots=True)
class Selection:
    """What narrows the findings of one file."""

    changed: frozenset[int] | None = None
    """The 1-based lines that have changed; None if it does not matter."""
    known: frozenset[str] = frozenset()
    """The fingerprints that the baseline has for this file."""

    def of(self, findings: Sequence[Finding], lines: Sequence[str]) -> tuple[list[Finding], frozenset[str]]:
        """Return the findings to be reported, and the known fingerprints among all of them."""
        if not self.known:
            return [finding for finding in findings if self._is_changed(finding)], frozenset()
        marks = dict(zip(findings, fingerprints(findings, lines), strict=True))
        shown = [finding for finding, mark in marks.items() if mark not in self.known and self._is_changed(finding)]
        return shown, self.known.intersection(marks.values())

    def _is_changed(self, finding: Finding) -> bool:
        """Return whether a change may have brought it about: at its own place, or at one that its notes name."""
        if self.changed is None:
            return True
        spans = [finding.span, *(note.span for note in finding.notes)]
        return any(not self.changed.isdisjoint(range(span.line, span.end_line + 1)) for span in spans)
