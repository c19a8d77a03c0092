"""How are results reported? One module a format, each from plain findings to text; nothing here opens a file.

Every format but text is a document: `entries` turns one file into parts of it, `render` makes it of all parts.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flake8_closures.codes import OPINIONS
from flake8_closures.model import Confidence, Edit, Finding, Remedy, Rule

LOOKS_LIKE_A_PLACE = re.compile(r":(?=\d+:)")
HOME = "https://github.com/flake8-closures/flake8-closures"
"""What a document names as the place of the tool that wrote it."""


class Severity(enum.Enum):
    """How severe a finding is: an error, a warning, or a note."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What there is to report on one file.

    `path` is what the file is to be called: relative, with slashes, where the format wants it so. `lines` keep their
    line ends. `repairs` has for each finding the remedy and its edits, or None; it is empty where nobody asked for it.
    `failures` are findings too, of the code CLO000.
    """

    path: str
    lines: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    repairs: Sequence[tuple[Remedy, Sequence[Edit]] | None] = ()
    failures: Sequence[Finding] = ()

    def with_repairs(self) -> Iterable[tuple[Finding, Remedy | None, Sequence[Edit]]]:
        """Return each finding with its remedy and the edits."""
        for finding, repair in zip(self.findings, self.repairs or [None] * len(self.findings), strict=True):
            yield finding, *(repair or (None, ()))


class Document(Protocol):
    """What a module of this package offers that writes a document."""

    def entries(self, file: FileReport) -> list[Any]:
        """Return the parts of the document that are about one file."""

    def render(self, entries: Iterable[Any], rules: Mapping[str, Rule]) -> str:
        """Return the document; `rules` are all that there are by their codes, for a format that describes them."""


def severity(finding: Finding) -> Severity:
    """Return how severe a finding is: what is proved is an error, what is an opinion never more than a note."""
    if finding.code.startswith(OPINIONS) or finding.confidence is Confidence.POSSIBLE:
        return Severity.NOTE
    return Severity.ERROR if finding.confidence is Confidence.CERTAIN else Severity.WARNING


def one_line(text: str) -> str:
    """Return text as one line in which no editor finds a second `path:line:column: code`."""
    return LOOKS_LIKE_A_PLACE.sub(" ", " ".join(text.split()))


def failure(error: BaseException) -> str:
    """Return the message of CLO000 for an error of our own."""
    return one_line(f"this file could not be analysed, please report it: {type(error).__name__}: {error}")[:300]
