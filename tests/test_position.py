"""Does every reader of a report get the column that it counts? Against CPython's own encoders, on random text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_closures.model import Span
from flake8_closures.report.position import Position, Ruler, Unit, width
from flake8_closures.source import split_lines

EMOJI = 'é = "😀漢"; f = 1\n'
UNITS = pytest.mark.parametrize("unit", Unit)
# Characters at which other programs break lines are no line ends of Python or of an editor.
texts = st.text(alphabet=st.sampled_from("ab é漢😀\t\f\v\x85\u2028\r\n"), max_size=30)


def encoded(text: str, unit: Unit) -> int:
    if unit is Unit.CHARACTERS:
        return len(text)
    return len(text.encode("utf-8")) if unit is Unit.UTF_8 else len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(("unit", "column"), [(Unit.CHARACTERS, 10), (Unit.UTF_16, 11), (Unit.UTF_8, 16)])
def test_a_column_behind_an_emoji(unit: Unit, column: int) -> None:
    ruler = Ruler([EMOJI], unit)
    assert ruler.position(1, 10) == ruler.at(10) == Position(1, column)
    assert ruler.span(Span(1, 0, 1, 10)) == (Position(1, 0), Position(1, column))
    assert ruler.offset(Position(1, column)) == EMOJI.index("f")


@UNITS
@settings(deadline=None)
@given(text=texts)
def test_widths_are_those_of_the_encoders(unit: Unit, text: str) -> None:
    assert width(text, unit) == encoded(text, unit)


@settings(deadline=None)
@given(text=texts)
def test_lines_end_where_the_compiler_ends_them(text: str) -> None:
    assert split_lines(text) == re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


@UNITS
@settings(deadline=None)
@given(text=texts, data=st.data())
def test_an_offset_comes_back(unit: Unit, text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    lines = split_lines(text)
    ruler = Ruler(lines, unit)
    place = ruler.at(offset)
    before = split_lines(text[:offset] + "|")[:-1] if text[offset - 1 : offset + 1] != "\r\n" else None
    if before is None:  # between the two halves of a line end no reader puts anything
        return
    assert place == Position(len(before) + 1, encoded(text[len("".join(before)) : offset], unit))
    assert ruler.offset(place) == offset


@UNITS
def test_places_outside_are_moved_inside(unit: Unit) -> None:
    ruler = Ruler(["é😀\r\n", "b"], unit)
    assert ruler.offset(Position(1, 99)) == 2
    assert ruler.offset(Position(2, 99)) == ruler.offset(Position(7, 0)) == 5
    assert ruler.offset(Position(1, -1)) == 0
    assert Ruler([], unit).offset(Position(1, 0)) == 0
    assert Ruler([], unit).at(0) == Position(1, 0)
    assert Ruler(["a\n"], unit).at(2) == Position(2, 0)


@pytest.mark.parametrize(("unit", "inside"), [(Unit.UTF_16, 1), (Unit.UTF_8, 3)])
def test_the_middle_of_a_character_is_before_it(unit: Unit, inside: int) -> None:
    assert Ruler(["😀x\n"], unit).offset(Position(1, inside)) == 0
