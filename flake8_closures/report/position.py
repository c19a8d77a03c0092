"""Where does a character stand, in the unit that a format or an editor counts? Characters, UTF-16 or UTF-8."""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from flake8_closures.memo import cached_property
from flake8_closures.model import Span


class Unit(enum.Enum):
    """What a column counts, by the name that the Language Server Protocol has for it."""

    CHARACTERS = "utf-32"
    UTF_16 = "utf-16"
    """Two for a character beyond U+FFFF: JavaScript, and with it SARIF and most editors."""
    UTF_8 = "utf-8"
    """Bytes."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: 1-based line, 0-based column in the unit of the ruler that made it."""

    line: int
    column: int


@dataclass(frozen=True)
class Ruler:
    """The lines of one text, line ends included, and the unit in which somebody counts its columns."""

    lines: Sequence[str]
    unit: Unit = Unit.CHARACTERS

    def position(self, line: int, column: int) -> Position:
        """Return a place that is known by its 1-based line and its 0-based column in characters."""
        text = self.lines[line - 1] if 1 <= line <= len(self.lines) else ""
        return Position(line, width(text[:column], self.unit))

    def span(self, span: Span) -> tuple[Position, Position]:
        """Return where a stretch of text begins and where it ends, the end exclusive."""
        return self.position(span.line, span.column), self.position(span.end_line, span.end_column)

    def at(self, offset: int) -> Position:
        """Return the place of an offset, in characters from the beginning of the text."""
        line = min(bisect_right(self._starts, offset), self._count)
        return self.position(line, offset - self._starts[line - 1])

    def offset(self, position: Position) -> int:
        """Return the offset, in characters, of a place given in our unit.

        As editors have it, a column behind the end of its line means that end, and a line behind the last one the end
        of the text. In the middle of a character is before it.
        """
        if position.line > len(self.lines):
            return self._starts[-1]
        text = self.lines[position.line - 1].rstrip("\r\n")
        column = 0 if position.column < 0 else _characters(text, position.column, self.unit)
        return self._starts[position.line - 1] + column

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(map(len, self.lines), initial=0))

    @property
    def _count(self) -> int:
        """The number of lines as an editor counts them: behind a last line end there is one more, of no characters."""
        return len(self.lines) + (not self.lines or self.lines[-1].endswith(("\n", "\r")))


def width(text: str, unit: Unit) -> int:
    """Return how many units a text takes. Lone surrogates count as the characters that they are for Python."""
    if unit is Unit.CHARACTERS or text.isascii():
        return len(text)
    return sum(_unit_width(character, unit) for character in text)


def _unit_width(character: str, unit: Unit) -> int:
    code = ord(character)
    if unit is Unit.UTF_16:
        return 1 + (code > 0xFFFF)
    return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)


def _characters(text: str, units: int, unit: Unit) -> int:
    """Return how many whole characters at the beginning of a text fit into a number of units."""
    if unit is Unit.CHARACTERS or text.isascii():
        return min(units, len(text))
    for number, character in enumerate(text):
        units -= _unit_width(character, unit)
        if units < 0:
            return number
    return len(text)
