"""What is to be done with one file of the command line, and what became of it?"""

from __future__ import annotations

import enum
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flake8_closures.cli.selection import Selection
from flake8_closures.cli.writing import GENERATED
from flake8_closures.codes import FAILURE
from flake8_closures.config import Config
from flake8_closures.model import Edit, Finding, Refusal, Remedy, Span
from flake8_closures.report import one_line
from flake8_closures.source import decode, split_lines

STDIN = "-"


class Mode(enum.Enum):
    """What closure-fix is to do."""

    REPORT = "report"
    EDITS = "report with the edits of each repair"
    DIFF = "diff"
    DRY = "only say what would be applied"
    APPLY = "apply"
    ASK = "apply what is chosen"
    SILENCE = "silence by comments"


@dataclass
class Visit:
    """What became of a file. `findings` are those to be reported: all of them, or after --apply those that remain."""

    path: str
    findings: Sequence[Finding] = ()
    known: frozenset[str] = frozenset()
    """The fingerprints in the baseline that were met here."""
    lines: Sequence[str] = ()
    repairs: Sequence[tuple[Remedy, Sequence[Edit]] | None] = ()
    """For each finding its best remedy with the edits, or None. Only in Mode.EDITS."""
    applied: Sequence[Finding] = ()
    """The findings that were repaired or silenced, or in Mode.DIFF and Mode.DRY would be repaired."""
    refused: Sequence[Refusal] = ()
    patch: bytes = b""
    rewritten: bytes | None = None
    """What becomes of standard input in Mode.APPLY: where nothing can be repaired, it goes through as it came."""
    failures: list[Finding] = field(default_factory=list)
    """Why the file was not read, not analysed or not written, each as a CLO000."""
    notices: list[str] = field(default_factory=list)
    found: tuple[Finding, ...] | None = None
    """What the rules found in the file as it was, with nothing left out; None where they did not get through."""
    key: bytes = b""
    """What that may be kept under in a cache."""

    def take(self, found: Sequence[Finding], lines: Sequence[str], selection: Selection) -> None:
        """Note what is to be reported of what was found. What is generated is never repaired, so no remedy is shown."""
        self.findings, self.known = selection.of(found, lines)
        self.lines = lines if self.findings else ()
        if any(GENERATED in line for line in self.lines):
            self.findings = [replace(finding, remedies=()) for finding in self.findings]

    def fail(self, message: str, line: int = 0, column: int = 0) -> None:
        """Add a failure, at a 1-based line and column."""
        line, column = line or 1, (column or 1) - 1
        self.failures.append(Finding(FAILURE, Span(line, column, line, column), "", one_line(message)))


@dataclass(frozen=True, slots=True)
class Job:
    """One file that is to be visited. `place` is where it is, `-` for standard input; `path` what it is called."""

    place: str
    path: str
    config: Config
    mode: Mode = Mode.REPORT
    selection: Selection = field(default_factory=Selection)
    time_limit: float = 0.0
    """Seconds after which a file is given up; 0 for never. Counts where there are signals, in the main thread."""
    data: bytes | None = None
    """The content, for who cannot read the file."""
    base: str = "."
    """The folder that a patch names the file from."""


def recalled(job: Job, data: bytes, found: Sequence[Finding]) -> Visit | None:
    """Return what a visit of a file with this content would give, from what the rules once found in it.

    None where that does not suffice, because something is to be repaired.
    """
    if (found and job.mode is not Mode.REPORT) or job.place == STDIN:
        return None
    result = Visit(job.path)
    if found:
        result.take(found, split_lines(decode(data)[0]), job.selection)
    return result


def read(place: str) -> bytes:
    """Return the bytes of a file or of standard input. Raises OSError and ValueError."""
    if place == STDIN:
        return sys.stdin.buffer.read()
    with open(place, "rb", buffering=0) as file:
        return file.read()
