"""Does the audit list what a function holds, with the bytes that are really there?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_closures import cli
from flake8_closures.cli import audit
from flake8_closures.cli.audit import Holding
from flake8_closures.settings import UsageError

MODULE = """
import functools

TABLE = bytes(3_000_000)


def make():
    data = [0] * 250_000
    small = 5

    def helper():
        return len(data)

    def report(scale=2, *, chunk=bytes(1_000_000)):
        total = scale * small
        return total + helper() + len(TABLE)

    return report


report = make()
loose = functools.partial(report, b"x" * 500_000)


class Job:
    def __init__(self):
        self.frames = bytes(2_000_000)

    def run(self):
        return self.frames


run = Job().run
view = (lambda whole: lambda: whole)(memoryview(bytes(4_000_000))[:2])
NUMBER = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "audited.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "audited"
    sys.modules.pop("audited", None)


def found(target: str) -> dict[tuple[str, str], Holding]:
    return {(held.how, held.name): held for held in audit.holdings(audit.find(target))}


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(MODULE.splitlines(), 1) if text in line)


def test_cells_defaults_and_globals_are_listed_with_their_bytes(module: str) -> None:
    held = found(f"{module}:report")
    assert {*held} == {
        ("cell", "small"),
        ("cell", "helper"),
        ("cell", "data"),
        ("default", "scale"),
        ("default", "chunk"),
        ("global", "TABLE"),
    }
    assert held["cell", "data"].count == pytest.approx(2_000_000, rel=0.01)
    assert held["cell", "helper"].count == pytest.approx(2_000_000, rel=0.01)
    assert held["default", "chunk"].count == pytest.approx(1_000_000, rel=0.01)
    assert held["global", "TABLE"].count == pytest.approx(3_000_000, rel=0.01)
    assert (held["cell", "helper"].depth, held["cell", "data"].depth) == (0, 1)


def test_the_lines_are_those_of_the_first_reads(module: str) -> None:
    held = found(f"{module}:report")
    assert held["cell", "small"].line == line_of("total = scale * small")
    assert held["cell", "data"].line == line_of("return len(data)")
    assert held["global", "TABLE"].line == line_of("return total + helper()")
    assert held["default", "chunk"].line == line_of("def report")


def test_partials_methods_and_views_are_looked_into(module: str) -> None:
    assert found(f"{module}:loose")["argument", "0"].count == pytest.approx(500_000, rel=0.01)
    assert found(f"{module}:run")["self", "self"].count == pytest.approx(2_000_000, rel=0.01)
    assert found(f"{module}:view")["cell", "whole"].count == pytest.approx(4_000_000, rel=0.01)
    assert found(f"{module}:Job.run") == {}


def test_a_function_that_holds_itself_is_looked_into_once() -> None:
    def make() -> object:
        data = [0] * 1000

        def walk() -> object:
            return data, walk

        return walk

    assert [held.name for held in audit.holdings(make())] == ["data", "walk"]


def test_the_door(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--isolated", "--closures-retain-bytes", "2MB", "--audit", f"{module}:report"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{module}:report (") and lines[0].endswith(" holds:")
    marked = [line.split()[1] for line in lines if line.endswith("<- 2.0 MB or more")]
    assert marked == ["helper", "data", "TABLE"]


@pytest.mark.parametrize(
    "target",
    ["audited", "audited:", ":make", "audited:nothing", "nowhere_at_all:make", "audited:NUMBER", "ends:x", "fails:x"],
)
def test_what_cannot_be_audited_is_told_in_one_line(
    module: str, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ends.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "fails.py").write_text("raise ValueError('one\\ntwo')\n")
    assert cli.main(["--isolated", "--audit", target]) == 2
    told = capsys.readouterr().err
    assert told.startswith("closure-fix: error: --audit: ") and told.count("\n") == 1
    with pytest.raises(UsageError):
        audit.find(target)
