"""Can an old code base begin with what it has? Known findings stay silent, wherever they move; new ones are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doors import LATE, ClosureFix

from flake8_closures.cli import CLEAN, FAILED, FOUND


def package(*, moved: str = "") -> None:
    """Write a package with 20 findings in 10 files, everything behind some more text."""
    Path("pkg").mkdir(exist_ok=True)
    for number in range(10):
        Path(f"pkg/m{number}.py").write_text(moved + LATE + LATE.replace("made = []\n", ""))


def test_adopting_moving_and_something_new(closure_fix: ClosureFix) -> None:
    package()
    assert len(closure_fix("-q", "pkg")[1]) == 20
    assert closure_fix("--write-baseline", "base.json", "pkg") == (CLEAN, [], ["20 findings written to base.json"])
    assert closure_fix("--baseline", "base.json", "pkg") == (CLEAN, [], ["0 findings, 20 more in the baseline"])

    package(moved="x = 1\n" * 50)
    assert closure_fix("--baseline", "base.json", "pkg") == (CLEAN, [], ["0 findings, 20 more in the baseline"])

    path = Path("pkg/m3.py")
    path.write_text(path.read_text() + LATE.replace("made = []\n", ""))  # the same text as two that are known
    status, lines, _ = closure_fix("-q", "--baseline", "base.json", "pkg")
    assert status == FOUND and [line.partition(": ")[0] for line in lines] == ["pkg/m3.py:57:25"]

    path.write_text("gs = []\nfor j in range(3):\n    gs.append(lambda: j)\n" + LATE + LATE.replace("made = []\n", ""))
    status, lines, _ = closure_fix("-q", "--baseline", "base.json", "pkg")
    assert status == FOUND and [line.partition(": ")[0] for line in lines] == ["pkg/m3.py:3:23"]


def test_what_is_stale_is_told(closure_fix: ClosureFix) -> None:
    package()
    closure_fix("--write-baseline", "base.json", "pkg")
    Path("pkg/m1.py").write_text("x = 1\n")
    Path("pkg/m2.py").unlink()
    status, _, told = closure_fix("--baseline", "base.json", "pkg")
    gone = "no longer found, but in the baseline: CLO101 about 'number', CLO101 about 'number'"
    assert status == CLEAN
    assert told == [f"pkg/m2.py: {gone}", f"pkg/m1.py: {gone}", "0 findings, 16 more in the baseline"]

    _, _, told = closure_fix("--baseline", "base.json", "pkg/m5.py")
    assert told == [f"pkg/m2.py: {gone}", "0 findings, 2 more in the baseline"], "nobody looked into the others"
    _, _, told = closure_fix("--baseline", "base.json", "--select", "CLO2", "pkg/m1.py")
    assert told == [f"pkg/m2.py: {gone}", "0 findings"], "nobody looked for CLO101"
    Path("pkg/m1.py").write_text("def f(:\n")
    assert gone not in "".join(closure_fix("--baseline", "base.json", "pkg/m1.py")[2][2:]), "nobody could look"


def test_what_is_known_is_not_repaired(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(LATE)
    closure_fix("--write-baseline", "base.json", "a.py")
    new = "gs = []\nfor j in range(3):\n    gs.append(lambda: j)\n"
    Path("a.py").write_text(new + LATE)
    status, _, told = closure_fix("--apply", "--baseline", "base.json", "a.py")
    assert (status, told) == (CLEAN, ["1 repaired, 0 findings left, 1 more in the baseline"])
    assert Path("a.py").read_text() == new.replace("lambda: j", "lambda *, j=j: j") + LATE
    assert closure_fix("--diff", "--baseline", "base.json", "a.py")[:2] == (CLEAN, [])


def test_what_is_known_stays_known_when_a_repair_moves_it(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(LATE)
    closure_fix("--write-baseline", "base.json", "a.py")
    new = "def outer():\n    n = 0\n    def inner():\n        n += 1\n    return inner\n"
    Path("a.py").write_text(new + LATE)
    status, _, told = closure_fix("--apply", "--baseline", "base.json", "a.py")
    assert (status, told) == (CLEAN, ["1 repaired, 0 findings left, 1 more in the baseline"])
    assert Path("a.py").read_text() == new.replace("        n +=", "        nonlocal n\n        n +=") + LATE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.cfg", "[flake8]\nclosures-baseline = base.json\n"),
        ("tox.ini", "[flake8]\nclosures-baseline=./base.json\n"),
    ],
)
def test_it_can_be_an_option_in_a_file(
    closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    package()
    closure_fix("--write-baseline", "base.json", "pkg")
    Path(name).write_text(text)
    assert closure_fix("pkg") == (CLEAN, [], ["0 findings, 20 more in the baseline"])
    monkeypatch.chdir("pkg")
    assert closure_fix(".")[0] == CLEAN, "neither the file nor what it names depend on the current directory"
    assert closure_fix("--isolated", ".")[0] == FOUND
    monkeypatch.chdir("..")
    assert closure_fix("--write-baseline", "base.json", "pkg")[2] == ["20 findings written to base.json"]


def test_pyproject_names_it_without_a_prefix(closure_fix: ClosureFix) -> None:
    package()
    closure_fix("--write-baseline", "base.json", "pkg")
    Path("pyproject.toml").write_text('[tool.flake8-closures]\nbaseline = "base.json"\n')
    assert closure_fix("pkg")[0] == CLEAN


def test_the_file_can_be_read_and_compared(closure_fix: ClosureFix) -> None:
    package()
    closure_fix("--write-baseline", "base.json", "pkg")
    text = Path("base.json").read_text()
    assert list(json.loads(text)["findings"]) == sorted(f"pkg/m{number}.py" for number in range(10))
    assert sum("CLO101" in line for line in text.splitlines()) == 20, "one finding a line"
    package(moved="x = 1\n")
    closure_fix("--write-baseline", "base.json", "pkg")
    assert Path("base.json").read_text() == text, "nothing in it changes when code moves"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 1}', '{"version": 1, "findings": {"a": [{}]}}', '{"version": 2, "findings": {}}'],
)
def test_a_bad_baseline_is_one_line(closure_fix: ClosureFix, text: str) -> None:
    Path("base.json").write_text(text)
    Path("a.py").write_text(LATE)
    status, out, (line,) = closure_fix("--baseline", "base.json", "a.py")
    assert (status, out) == (FAILED, []) and line.startswith("closure-fix: error: base.json: is ")


def test_a_missing_baseline_is_no_empty_one(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(LATE)
    assert closure_fix("--baseline", "none.json", "a.py") == (
        FAILED, [], ["closure-fix: error: none.json: cannot be read: No such file or directory"]
    )  # fmt: skip


def test_a_file_that_cannot_be_read_is_told(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text("def f(:\n")
    status, _, told = closure_fix("--write-baseline", "base.json", "a.py")
    assert status == FAILED and told[-1] == "0 findings written to base.json, 1 file not analysed"
