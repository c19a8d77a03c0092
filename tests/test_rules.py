"""Do the rules find what the carets of every fixture say, and do the repairs give the fixed text, to the character?"""

from __future__ import annotations

import sys

import harness
import pytest
from harness import Fixture, Mark

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.model import Finding, Span

FIXTURES = [fixture for fixture in harness.fixtures() if fixture.needs <= sys.version_info[:2]]
REPORTED = ("bad", "false_alarm")
each_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)


def config_of(fixture: Fixture) -> Config:
    """All codes that are on by default, and the code of the fixture's own folder, which may be an opt-in one."""
    own = () if fixture.folder == harness.TUTORIAL else (fixture.folder,)
    return Config(extend_select=own, unsafe_fixes=True)


def found_in(fixture: Fixture, text: str) -> list[Mark]:
    return harness.seen(flake8_closures.check(text, fixture.name, config_of(fixture)), text)


def repaired(fixture: Fixture, text: str) -> str:
    return harness.strip(flake8_closures.fix(text, fixture.name, config_of(fixture)).text)


def redraw(fixture: Fixture) -> None:
    """Write the carets anew. Messages may name lines, which the caret comments move: so draw until nothing moves."""
    bare = harness.strip(fixture.text)
    shown = found_in(fixture, bare)
    text = harness.draw(bare, shown)
    final = [mark._replace(line=old.line) for old, mark in zip(shown, found_in(fixture, text), strict=True)]
    fixture.path.write_text(harness.draw(bare, final), encoding="utf-8")
    mended = repaired(fixture, bare)
    if mended != bare:
        fixture.fixed.write_text(mended, encoding="utf-8")


@each_fixture
def test_carets_mark_the_findings(fixture: Fixture, update_carets: bool) -> None:
    if update_carets and fixture.kind in REPORTED:
        redraw(fixture)
        fixture = Fixture(fixture.path)
    claimed, found = harness.marks(fixture.text), found_in(fixture, fixture.text)
    if fixture.kind in REPORTED:
        assert found, f"nothing is found in {fixture.name}" + (
            ": the false alarm is cured, rename it to good_*" if fixture.kind == "false_alarm" else ""
        )
        assert found == claimed
    elif fixture.kind == "missed":
        assert not claimed, "a missed_* fixture has no carets"
        assert not found, f"{fixture.name} is found at last: rename it to bad_* and run pytest --update-carets"
    else:
        assert (claimed, found) == ([], [])


@each_fixture
def test_repair_gives_the_fixed_text(fixture: Fixture) -> None:
    after = repaired(fixture, fixture.text)
    if fixture.fixed.exists():
        assert fixture.kind in REPORTED
        assert after == fixture.fixed.read_text(encoding="utf-8")
    else:
        assert after == harness.strip(fixture.text)
        assert fixture.kind != "bad" or "No repair: " in fixture.text, "say in one sentence why nothing is repaired"


@pytest.mark.parametrize("fixture", [f for f in FIXTURES if f.fixed.exists()], ids=lambda fixture: fixture.name)
def test_the_fixed_text_is_clean(fixture: Fixture) -> None:
    text = fixture.fixed.read_text(encoding="utf-8")
    assert "No repair: " not in fixture.text
    assert harness.marks(text) == []
    assert found_in(fixture, text) == []
    assert repaired(fixture, text) == text


# The harness is a measure, so it is measured too.

CODE = "def f():\n    x = a + b\ny\n"
MARKS = [
    Mark(2, 4, 5, "CLO101", "early"),
    Mark(2, 8, 9, "CLO101", "late"),
    Mark(2, 8, 13, "CLO201", "with a # and ^"),
    Mark(3, 0, None, "CLO101", "'y' in column 0"),
]


def test_carets_are_read_as_they_are_drawn() -> None:
    drawn = harness.draw(CODE, MARKS)
    assert "#   ^ CLO101 early\n    #   ^ CLO101 late\n    #   ^^^^^ CLO201" in drawn
    assert harness.strip(drawn) == CODE
    code_lines = {2: 2, 3: 6}
    assert harness.marks(drawn) == [mark._replace(line=code_lines[mark.line]) for mark in MARKS]


def test_a_finding_over_several_lines_is_drawn_on_the_first() -> None:
    finding = Finding("CLO101", Span(2, 8, 3, 1), "a", "'a' is late")
    assert harness.seen([finding], CODE) == [Mark(2, 8, 13, "CLO101", "'a' is late")]


def test_a_caret_comment_without_code_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1"):
        harness.marks("#  ^ CLO101 what\n")


def test_other_comments_are_no_carets() -> None:
    for line in ("# ^ look up", "x = 1  # ^^^ CLO101 text", "#^ CLO1 text", "# @x CLO101 text", "# @1 text"):
        assert not harness.is_mark(line)


def test_the_python_a_fixture_needs() -> None:
    assert harness.needs("# python: 3.12+\ntype X = int\n") == (3, 12)
    assert harness.needs("x = 1\n# python: 3.12+\n") == (3, 10)
