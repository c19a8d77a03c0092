"""Does flake8 get what a plugin owes it, and does it get it cheaply? The plugin under flake8, and the public names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from doors import LATE, WIDE
from flake8.main.cli import main as flake8_main
from test_config import rule

import flake8_closures
from flake8_closures import engine
from flake8_closures.config import Config
from flake8_closures.flake8_plugin import Plugin
from flake8_closures.model import Finding, Span
from flake8_closures.source import Source


@pytest.fixture(autouse=True)
def empty_directory(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is alone: no option of the project applies, and flake8 leaves none behind."""
    monkeypatch.setattr(Plugin, "config", Plugin.config)


@pytest.fixture
def flake8(capfd: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Run flake8 in this process; return the lines it prints."""

    def flake8(*arguments: str) -> list[str]:
        flake8_main(["--jobs=1", *arguments])
        return capfd.readouterr().out.splitlines()

    return flake8


# flake8.


def test_flake8_reports_columns_in_characters(flake8: Callable[..., list[str]]) -> None:
    Path("wide.py").write_text(WIDE, encoding="utf-8")
    (line,) = flake8("--select=CLO", "wide.py")
    column = WIDE.splitlines()[2].index("number") + 1
    assert line.startswith(f"wide.py:3:{column}: CLO101 ")


def test_flake8_reads_noqa_and_per_file_ignores(flake8: Callable[..., list[str]]) -> None:
    Path("late.py").write_text(LATE.replace("number)\n", "number)  # noqa: CLO101\n"))
    assert flake8("--select=CLO", "late.py") == []
    assert len(flake8("--select=CLO", "--disable-noqa", "late.py")) == 1
    assert flake8("--select=CLO", "--disable-noqa", "--per-file-ignores=late.py:CLO1", "late.py") == []


def test_flake8_reads_crlf_bom_and_latin_1(flake8: Callable[..., list[str]]) -> None:
    Path("crlf.py").write_bytes(WIDE.replace("\n", "\r\n").encode())
    Path("bom.py").write_bytes(b"\xef\xbb\xbf" + WIDE.encode())
    Path("latin.py").write_bytes(("# coding: latin-1\n" + WIDE.replace("😀漢", "")).encode("latin-1"))
    places = [line.partition(": ")[0] for line in flake8("--select=CLO", "crlf.py", "bom.py", "latin.py")]
    column = WIDE.splitlines()[2].index("number") + 1
    assert sorted(places) == [f"bom.py:3:{column}", f"crlf.py:3:{column}", f"latin.py:4:{column - 2}"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), False),
        (("--ignore=E501",), False),
        (("--select=C,E,F,W,B",), False),
        (("--select=CLO1",), False),
        (("--select=CLO104",), True),
        (("--extend-select=CLO104",), True),
        (("--extend-select=CLO104", "--ignore=E501"), True),
        (("--closures-extended",), True),
        (("--closures-extended", "--ignore=CLO1"), False),
    ],
)
def test_flake8_does_not_switch_on_what_is_opt_in(
    flake8: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], expected: bool
) -> None:
    def check(source: Source, options: Config) -> list[Finding]:
        enabled = options.is_enabled(rule("CLO104", default=False))
        return [Finding("CLO104", Span(1, 0, 1, 1), "x", "opt-in")] if enabled else []

    monkeypatch.setattr(engine, "check", check)
    Path("x.py").write_text("x = 1\n")
    assert flake8(*arguments, "x.py") == (["x.py:1:1: CLO104 opt-in"] if expected else [])


def test_flake8_gives_our_options_from_its_file(flake8: Callable[..., list[str]]) -> None:
    Path("x.py").touch()
    Path("setup.cfg").write_text(
        "[flake8]\nclosures-extended = true\nclosures-bind-style = factory\nclosures-sync-callees = a.b,\n    c\n"
        "closures-deferred-callees = d\nclosures-retain-bytes = 2 MB\nclosures-ship-bytes = 3\nextend-select = CLO9\n"
    )
    assert flake8("x.py") == []
    assert Plugin.config == Config(
        extend_select=("CLO9",), disable_noqa=True, extended=True, bind_style="factory", sync_callees=("a.b", "c"),
        deferred_callees=("d",), retain_bytes=2_000_000, ship_bytes=3,
    )  # fmt: skip
    assert flake8("x.py", "--closures-ship-bytes=4") == []
    assert Plugin.config.ship_bytes == 4


def test_flake8_tells_a_bad_option_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert flake8_main(["--closures-bind-style=loud", "."]) == 1
    told = capfd.readouterr()
    assert "flake8-closures: closures-bind-style: 'loud' is none of keyword, default, partial, factory" in told.out
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize("error", [RecursionError("deep"), SyntaxError("ours"), ValueError("at a:1:2: b\nc")])
def test_a_crash_of_ours_is_one_line_of_flake8(
    flake8: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def check(*_: object) -> list[Finding]:
        raise error

    monkeypatch.setattr(engine, "check", check)
    Path("x.py").write_text("import os\n")
    ours, theirs = flake8("x.py")
    assert ours.startswith(
        f"x.py:1:1: CLO000 this file could not be analysed, please report it: {type(error).__name__}: "
    )
    assert not re.search(r":\d+:\d+: ", ours.removeprefix("x.py:1:1: "))
    assert theirs.startswith("x.py:1:1: F401 ")


def test_flake8_parses_once_and_never_imports_libcst() -> None:
    Path("late.py").write_text(LATE)
    text = (
        "import ast, sys\nfrom flake8.main.cli import main\n"
        "parsed, real = [], ast.parse\nast.parse = lambda *a, **k: parsed.append(a) or real(*a, **k)\n"
        "main(['--jobs=1', '--select=CLO', 'late.py'])\n"
        "print(len(parsed), 'libcst' in sys.modules, 'flake8_closures.engine' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    finding, last = done.stdout.splitlines()
    assert finding.startswith("late.py:3:25: CLO101 ")
    assert last == "1 False True"


def test_flake8_does_not_wait_for_us_to_start() -> None:
    assert modules_after("import flake8_closures.flake8_plugin") == {
        "flake8_closures",
        "flake8_closures.codes",
        "flake8_closures.config",
        "flake8_closures.flake8_plugin",
    }


def test_what_is_loaded_is_not_searched_for_garbage() -> None:
    code = """
import ast, gc, flake8_closures.flake8_plugin
def objects(text):
    list(flake8_closures.flake8_plugin.Plugin(ast.parse(text), [text], "x.py").run())
    return len(gc.get_objects()), gc.get_freeze_count()
before = len(gc.get_objects())
(searched, spared), (_, again) = objects("f = lambda: 1\\n"), objects("g = lambda: 2\\n")
print(searched < before < spared, again <= spared)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"


def test_the_plugin_leaves_the_tree_as_it_was() -> None:
    tree = ast.parse(LATE)
    before = ast.dump(tree, include_attributes=True)
    assert len(list(Plugin(tree, LATE.splitlines(keepends=True), "late.py").run())) == 1
    assert ast.dump(tree, include_attributes=True) == before


# The public names.


def test_the_public_names() -> None:
    (finding,) = flake8_closures.check(LATE)
    assert isinstance(finding, flake8_closures.Finding)
    assert finding.span == Span(3, 24, 3, 30)
    outcome = flake8_closures.fix(LATE.encode(), config=Config(unsafe_fixes=True))
    assert outcome.applied == (finding,)
    assert flake8_closures.check(outcome.text) == []
    assert flake8_closures.check("# coding: latin-1\nx = 'é'\n" + LATE)[0].span.line == 5
    with pytest.raises(AttributeError):
        _ = flake8_closures.nonsense  # type: ignore[attr-defined]


def test_the_public_names_cost_nothing() -> None:
    assert modules_after("import flake8_closures") == {"flake8_closures"}


def modules_after(text: str) -> set[str]:
    text += "; import sys; print(*(name for name in sys.modules if name.startswith(('flake8_closures', 'libcst'))))"
    return set(subprocess.run([sys.executable, "-c", text], capture_output=True, text=True).stdout.split())
