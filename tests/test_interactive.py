"""Can one go through the repairs of a project at a terminal, and stop at any point?"""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from doors import LATE

from flake8_closures import cli
from flake8_closures.cli import CLEAN, FAILED, FOUND
from flake8_closures.cli.interactive import PROMPT

TWO = LATE + "for letter in 'ab':\n    made.append(lambda: letter)\n"
UNSAFE = "for name in names:\n    keep(lambda: name)\n    hooks.connect(name, lambda: name)\n"
NUMBER, LETTER = (
    ("lambda: number", "lambda *, number=number: number"),
    ("lambda: letter", "lambda *, letter=letter: letter"),
)

Run = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run closure-fix --interactive with answers; return the exit code, the screen and the lines of standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(answers: str, *paths: str) -> tuple[int, str, list[str]]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        status = cli.main(["--interactive", "--isolated", *paths])
        sys.stdout.flush()
        told = capfd.readouterr()
        return status, told.out, told.err.splitlines()

    return run


def test_what_is_asked_shows_the_code_and_the_change(run: Run) -> None:
    Path("a.py").write_text(LATE)
    status, screen, told = run("y\n", "a.py")
    lines = screen.splitlines()
    assert lines[1] == "(1 of 1 in a.py)"
    assert lines[2].startswith("a.py:3:25: CLO101 'number' is read late")
    assert lines[5:7] == ["  3 |     made.append(lambda: number)", "    |                         ^^^^^^"]
    assert "  -    made.append(lambda: number)" in lines
    assert "  +    made.append(lambda *, number=number: number)" in lines
    assert lines[-1] == PROMPT
    assert (status, told) == (CLEAN, ["1 repaired, 0 findings left"])
    assert Path("a.py").read_text() == LATE.replace(*NUMBER)
    assert "\x1b" not in screen


@pytest.mark.parametrize(
    ("answers", "repaired", "asked", "status"),
    [
        ("y\ny\ny\n", "123", 3, CLEAN),
        ("yes\nNO\n y \n", "13", 3, FOUND),
        ("n\nn\nn\n", "", 3, FOUND),
        ("a\n", "123", 1, CLEAN),
        ("n\na\n", "23", 2, FOUND),
        ("s\ny\n", "3", 2, FOUND),
        ("y\ns\ny\n", "13", 3, FOUND),
        ("q\n", "", 1, FOUND),
        ("y\nq\n", "1", 2, FOUND),
        ("y\ny\nq\n", "12", 3, FOUND),
        ("y\n", "1", 2, FOUND),
        ("", "", 1, FOUND),
        ("huh\n?\n\ny\ny\ny\n", "123", 6, CLEAN),
        ("e\ne\na\n", "123", 3, CLEAN),
    ],
)
def test_answers(run: Run, answers: str, repaired: str, asked: int, status: int) -> None:
    """`repaired` has the numbers of the findings that are: two are in the first file, the third in the other."""
    Path("a.py").write_text(TWO)
    Path("b.py").write_text(LATE)
    code, screen, _ = run(answers, "a.py", "b.py")
    wanted = TWO
    for number, change in (("1", NUMBER), ("2", LETTER)):
        wanted = wanted.replace(*change) if number in repaired else wanted
    assert Path("a.py").read_text() == wanted
    assert Path("b.py").read_text() == (LATE.replace(*NUMBER) if "3" in repaired else LATE)
    assert screen.count(PROMPT) == asked
    assert code == status


def test_the_rule_is_explained(run: Run) -> None:
    Path("a.py").write_text(LATE)
    _, screen, _ = run("e\nn\n", "a.py")
    assert "CLO101 loop-variable-read-late\n" in screen
    assert screen.count(PROMPT) == 2


def test_unsafe_repairs_are_offered_with_their_reason(run: Run) -> None:
    Path("a.py").write_text(UNSAFE)
    _, screen, _ = run("y\n", "a.py")
    assert "(unsafe: " in screen
    assert "lambda *, name=name: name" in Path("a.py").read_text()


def test_files_without_repairs_are_not_asked_about(run: Run) -> None:
    Path("a.py").write_text("x = 1\n")
    Path("b.py").write_text("# @" + "generated\n" + LATE)
    status, screen, told = run("", "a.py", "b.py")
    assert (status, screen) == (FOUND, "")
    assert told[-1] == "0 repaired, 1 finding left"


CHAIN = (
    "def made(names):\n    kept = []\n    for name in names:\n        def inner(): return name\n"
    "        kept.append(lambda: inner())\n    return kept\n"
)


def test_the_change_is_coloured_where_the_screen_can_show_it(run: Run) -> None:
    Path("a.py").write_text(LATE)
    _, screen, told = run("n\n", "--color=always", "a.py")
    assert "\x1b[32m+    made.append(lambda *, number=number: number)\x1b[0m\n" in screen
    assert "\x1b[31m-    made.append(lambda: number)\x1b[0m\n" in screen
    assert told == ["0 repaired, 1 finding left"]


def test_a_closure_that_calls_another_one_is_offered_with_it(run: Run) -> None:
    Path("a.py").write_text(CHAIN)
    status, screen, told = run("y\n", "a.py")
    assert "(1 of 1 in a.py)" in screen
    assert [line[3:].strip() for line in screen.splitlines() if line.startswith("  +")] == [
        "def inner(*, name=name): return name",
        "kept.append(lambda *, inner=inner: inner())",
    ]
    assert (status, told) == (CLEAN, ["2 repaired, 0 findings left"])
    Path("b.py").write_text(CHAIN)
    assert (run("n\n", "b.py")[0], Path("b.py").read_text()) == (FOUND, CHAIN)


@pytest.mark.parametrize("wrong", [("-",), ("--format", "json", "a.py"), ("--apply", "a.py"), ("--diff", "a.py")])
def test_what_does_not_go_together(run: Run, wrong: tuple[str, ...]) -> None:
    Path("a.py").write_text(LATE)
    status, _, told = run("y\n", *wrong)
    assert (status, len(told)) == (FAILED, 1)
    assert Path("a.py").read_text() == LATE


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")
def test_at_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(TWO)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "flake8_closures", "--isolated", "--interactive", "a.py"]
    environment = {**os.environ, "TERM": "dumb"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path, env=environment)
    os.close(theirs)
    screen = ""
    try:
        for answer in ("e", "n", "y"):
            screen += _until(ours, PROMPT)
            if answer == "y":
                time.sleep(1.2)  # longer than a run may take before it shows how far it is
            os.write(ours, f"{answer}\n".encode())
        screen += _until(ours, "left")
        assert process.wait(60) == FOUND
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "CLO101 loop-variable-read-late" in screen
    assert "\x1b" not in screen, "a bar would be drawn over what is read"
    assert (tmp_path / "a.py").read_text() == TWO.replace(*LETTER)


BOTH = "made = []\nfor number in range(3):\n    for letter in 'ab':\n        made.append(lambda: (number, letter))\n"


@pytest.mark.parametrize(
    ("answers", "bound"),
    [
        ("y\ny\n", "lambda *, number=number, letter=letter: "),
        ("y\nn\n", "lambda *, number=number: "),
        ("n\ny\n", "lambda *, letter=letter: "),
        ("y\nq\n", "lambda *, number=number: "),
        ("a\n", "lambda *, number=number, letter=letter: "),
    ],
)
def test_two_repairs_of_one_lambda(run: Run, answers: str, bound: str) -> None:
    Path("a.py").write_text(BOTH)
    _, screen, _ = run(answers, "a.py")
    assert "(1 of 2 in a.py)" in screen
    assert Path("a.py").read_text() == BOTH.replace("lambda: ", bound)


def _until(terminal: int, wanted: str) -> str:
    """Read from a terminal until it shows a text."""
    seen, deadline = "", time.monotonic() + 60
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], 1)
        if ready:
            seen += os.read(terminal, 65536).decode()
        assert time.monotonic() < deadline, seen
    return seen
