"""What does a fixture claim? Its carets, its kind, the Python it needs; and how its carets are written anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from flake8_closures.model import Finding

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
KINDS = ("bad", "good", "missed", "false_alarm")
TUTORIAL = "tutorial"

CARET = re.compile(r"[ ]*#(?P<before>[ ]*)(?P<carets>\^+)[ ]+(?P<code>CLO\d{3})[ ](?P<message>.*)")
COLUMN = re.compile(r"[ ]*#[ ]@(?P<column>\d+)[ ](?P<code>CLO\d{3})[ ](?P<message>.*)")
NEEDS = re.compile(r"# python: 3\.(?P<minor>\d+)\+")


class Mark(NamedTuple):
    """One finding as a caret comment shows it; `end` is None where the comment gives a column number alone."""

    line: int
    column: int
    end: int | None
    code: str
    message: str


@dataclass(frozen=True)
class Fixture:
    """One runnable module of `fixtures/`."""

    path: Path

    @property
    def folder(self) -> str:
        """The code whose fixture it is, or `tutorial`."""
        return self.path.parent.name

    @property
    def kind(self) -> str:
        """One of KINDS, or empty for a file that no test would look at."""
        return next((kind for kind in KINDS if self.path.name.startswith(f"{kind}_")), "")

    @property
    def name(self) -> str:
        """Folder and file, for reading."""
        return f"{self.folder}/{self.path.name}"

    @cached_property
    def text(self) -> str:
        """The file as it stands, carets included."""
        return self.path.read_text(encoding="utf-8")

    @property
    def fixed(self) -> Path:
        """Where the repaired text stands, if the finding can be repaired."""
        return self.path.with_suffix(".fixed.py")

    @property
    def needs(self) -> tuple[int, int]:
        """The oldest Python that can run it."""
        return needs(self.text)


def needs(text: str) -> tuple[int, int]:
    """Return the oldest Python that a fixture's first line names: `# python: 3.12+`."""
    found = NEEDS.match(text)
    return (3, int(found["minor"])) if found else (3, 10)


def fixtures(root: Path = FIXTURES) -> list[Fixture]:
    """Return every fixture, the repaired texts left out."""
    paths = [path for path in sorted(root.glob("*/*.py")) if not path.name.endswith(".fixed.py")]
    return [Fixture(path) for path in paths]


def is_mark(line: str) -> bool:
    """Say whether a line is a caret comment."""
    return bool(CARET.fullmatch(line.rstrip("\r\n")) or COLUMN.fullmatch(line.rstrip("\r\n")))


def strip(text: str) -> str:
    """Return a fixture's text without its caret comments."""
    return "".join(line for line in text.splitlines(keepends=True) if not is_mark(line))


def marks(text: str) -> list[Mark]:
    """Return the findings that a text claims, each at the line of code above its caret comment.

    Raises ValueError for a caret comment that stands above the first line of code.
    """
    found, code_line = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        caret, column = CARET.fullmatch(line), COLUMN.fullmatch(line)
        if not caret and not column:
            code_line = number
        elif not code_line:
            raise ValueError(f"line {number}: a caret comment without code above it")
        elif caret:
            found.append(Mark(code_line, *caret.span("carets"), caret["code"], caret["message"]))
        elif column:
            found.append(Mark(code_line, int(column["column"]), None, column["code"], column["message"]))
    return sorted(found, key=lambda mark: (mark.line, mark.column, mark.code, mark.message))


def seen(findings: Iterable[Finding], text: str) -> list[Mark]:
    """Return findings as their caret comments would show them: the part on the first line, at least one character."""
    lines = text.splitlines()
    shown = []
    for finding in findings:
        span = finding.span
        end = span.end_column if span.end_line == span.line else len(lines[span.line - 1])
        end = None if span.column == 0 else max(end, span.column + 1)  # type: ignore[assignment]
        shown.append(Mark(span.line, span.column, end, finding.code, finding.message))
    return sorted(shown, key=lambda mark: (mark.line, mark.column, mark.code, mark.message))


def draw(text: str, shown: Sequence[Mark]) -> str:
    """Return a text without caret comments with those of the given marks put in, which are numbered without them."""
    drawn = []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        drawn.append(line)
        indent = len(line) - len(line.lstrip(" "))
        for mark in shown:
            if mark.line != number:
                continue
            if mark.end is None:
                drawn.append(f"# @{mark.column} {mark.code} {mark.message}\n")
                continue
            hash_column = indent if indent < mark.column else 0
            comment = f"{' ' * hash_column}#".ljust(mark.column) + "^" * (mark.end - mark.column)
            drawn.append(f"{comment} {mark.code} {mark.message}\n")
    return "".join(drawn)
