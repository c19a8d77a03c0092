"""Do the doors let through what they should? The options, the flake8 plugin, and closure-fix from the outside."""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import importlib.util
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from flake8.main.cli import main as flake8_main
from flake8.style_guide import Decision, DecisionEngine

import flake8_closures
from flake8_closures import cli, config, engine, settings
from flake8_closures.cli import CLEAN, FAILED, FOUND
from flake8_closures.codes import page_of
from flake8_closures.config import Config
from flake8_closures.flake8_plugin import Plugin
from flake8_closures.model import Finding, Outcome, Remedy, Rule, Safety, Span
from flake8_closures.source import Source

LATE = "made = []\nfor number in range(3):\n    made.append(lambda: number)\n"
WIDE = 'made = []\nfor number in range(3):\n    é = "ééé😀漢"; made.append(lambda: number)\n'

Run = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is alone: no option of the project applies, and flake8 leaves none behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where flake8 stops looking for its file
    monkeypatch.setattr(Plugin, "config", Plugin.config)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run closure-fix; return the exit code, standard output and the lines of standard error."""

    def run(*arguments: str) -> tuple[int, str, list[str]]:
        status = cli.main(arguments)
        sys.stdout.flush()
        told = capfd.readouterr()
        return status, told.out, told.err.splitlines()

    return run


@pytest.fixture
def flake8(capfd: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Run flake8 in this process; return the lines it prints."""

    def flake8(*arguments: str) -> list[str]:
        flake8_main(["--jobs=1", *arguments])
        return capfd.readouterr().out.splitlines()

    return flake8


def program(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flake8_closures", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )


# Options.


def rule(code: str, *, default: bool = True) -> Rule:
    return Rule(code, "name", "Summary.", "", lambda facts: iter(()), default)


LISTS = [(), ("C",), ("CLO",), ("CLO1",), ("CLO101",), ("E", "W"), ("CL", "CLO2")]


def test_a_default_rule_is_enabled_exactly_when_flake8_reports_it() -> None:
    for select, ignore, more, less in itertools.product(LISTS, repeat=4):
        ours = Config(select=select, ignore=ignore, extend_select=more, extend_ignore=less)
        theirs = DecisionEngine(
            argparse.Namespace(
                select=select or None,
                ignore=ignore or None,
                extend_select=more,
                extend_ignore=less,
                extended_default_select=["C90", "CLO", "E", "F", "W"],
                extended_default_ignore=[],
            )
        )
        for code in ("CLO101", "CLO201"):
            assert ours.is_enabled(rule(code)) == (theirs.decision_for(code) is Decision.Selected), (ours, code)


@pytest.mark.parametrize(
    ("options", "enabled"),
    [
        ({}, ()),
        ({"ignore": "E501"}, ()),
        ({"select": "C,E,F,W,B"}, ()),
        ({"select": "CLO"}, ()),
        ({"select": "CLO1"}, ()),
        ({"select": "CLO10"}, ()),
        ({"select": "CLO104"}, ("CLO104",)),
        ({"extend_select": "CLO104"}, ("CLO104",)),
        ({"extend_select": "CLO104", "ignore": "E501"}, ("CLO104",)),
        ({"extend_select": "CLO104", "extend_ignore": "CLO1"}, ("CLO104",)),
        ({"extend_select": "CLO104", "extend_ignore": "CLO104"}, ()),
        ({"select": "CLO9"}, ("CLO901", "CLO902")),
        ({"extend_select": "CLO9", "ignore": "CLO902"}, ("CLO901",)),
        ({"extend_select": "CLO90"}, ("CLO901", "CLO902")),
        ({"extended": True}, ("CLO104", "CLO901", "CLO902")),
        ({"extended": True, "select": "CLO1"}, ("CLO104",)),
        ({"extended": True, "ignore": "CLO9"}, ("CLO104",)),
    ],
)
def test_an_opt_in_rule_is_enabled_only_when_it_is_named(options: dict[str, object], enabled: Sequence[str]) -> None:
    ours = Config.from_values(options)
    codes = ("CLO104", "CLO901", "CLO902")
    assert [code for code in codes if ours.is_enabled(rule(code, default=False))] == list(enabled)


@pytest.mark.parametrize(
    ("fixable", "unfixable", "expected"),
    [
        ("", "", True),
        ("CLO2", "", False),
        ("CLO1", "", True),
        ("", "CLO1", False),
        ("CLO101", "CLO1", True),
        ("CLO1", "CLO101", False),
        ("CLO1", "CLO1", False),
    ],
)
def test_what_may_be_repaired(fixable: str, unfixable: str, expected: bool) -> None:
    assert Config.from_values({"fixable": fixable, "unfixable": unfixable}).is_fixable("CLO101") is expected


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1MB", 10**6), ("10 MB", 10**7), (5, 5), ("12", 12), ("1_000", 1000), ("1.5kB", 1500), ("2KiB", 2048),
        ("3 GB", 3 * 10**9), ("1TiB", 2**40), ("7 B", 7), (" 1KB ", 1000),
    ],
)  # fmt: skip
def test_sizes(text: object, size: int) -> None:
    assert Config.from_values({"ship_bytes": text}).ship_bytes == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "1 XB", "1e6", "٣", True, "1 iB"])
def test_sizes_that_are_none(text: object) -> None:
    with pytest.raises(ValueError, match=r"^closures-retain-bytes: .* is not a size"):
        Config.from_values({"retain_bytes": text})


@pytest.mark.parametrize("text", ["3MB", "3.7", "-1", "", "٣", True, 3.0])
def test_numbers_are_whole(text: object) -> None:
    assert Config.from_values({"class_variables": " 0 ", "class_functions": 7}) == Config(
        class_variables=0, class_functions=7
    )
    with pytest.raises(ValueError, match=r"^closures-class-functions: .* is not a whole number from 0 on"):
        Config.from_values({"class_functions": text})


def test_values_are_read_whatever_their_type() -> None:
    read = Config.from_values(
        {"select": "CLO1, CLO2\nCLO3", "ignore": ["CLO101"], "extended": "yes", "unsafe_fixes": False, "fixable": " , "}
    )
    assert read == Config(select=("CLO1", "CLO2", "CLO3"), ignore=("CLO101",), extended=True)
    assert Config.from_values(dict.fromkeys(settings.KEYS.values())) == Config()
    for name, value in [("extended", "perhaps"), ("select", 3), ("sync_callees", [1]), ("bind_style", "loud")]:
        with pytest.raises(ValueError, match=f"^{config.key_of(name)}: "):
            Config.from_values({name: value})


def test_every_shared_option_is_a_field() -> None:
    assert {option.field for option in config.OPTIONS} < {field.name for field in dataclasses.fields(Config)}


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
        extend_select=("CLO9",), respect_noqa=False, extended=True, bind_style="factory", sync_callees=("a.b", "c"),
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
        "flake8_closures.config",
        "flake8_closures.flake8_plugin",
    }


def test_the_plugin_leaves_the_tree_as_it_was() -> None:
    tree = ast.parse(LATE)
    before = ast.dump(tree, include_attributes=True)
    assert len(list(Plugin(tree, LATE.splitlines(keepends=True), "late.py").run())) == 1
    assert ast.dump(tree, include_attributes=True) == before


# closure-fix: reports.


def test_the_text_report(run: Run) -> None:
    Path("late.py").write_text(WIDE.replace("    ", "\t"), encoding="utf-8")
    status, out, err = run("late.py")
    head, loop, dashes, code, carets, use, repair, page = out.splitlines()
    assert status == FOUND
    assert head.startswith("late.py:3:35: CLO101 ")
    assert (loop, dashes) == ("  2 | for number in range(3):", "    |     ------ 'number' is bound again here")
    assert code == '  3 | \té = "ééé😀漢"; made.append(lambda: number)'
    assert carets == "    | \t" + " " * 35 + "^^^^^^", "the wide characters take two columns"
    assert use.endswith("----------------------- the lambda is kept by made.append()")
    assert repair.startswith("    = repair (--apply")
    assert page == f"    = page: {page_of('CLO101')}"
    assert len(err) == 1 and err[0].startswith("1 finding, 1 can be repaired with --apply")
    assert run("--quiet", "late.py") == (FOUND, head + "\n", [])


def test_the_json_report(run: Run) -> None:
    Path("wide.py").write_text(WIDE, encoding="utf-8")
    status, out, _ = run("--format", "json", "wide.py")
    (item,) = json.loads(out)
    assert status == FOUND
    assert list(item) == [
        *(
            "path",
            "line",
            "column",
            "end_line",
            "end_column",
            "code",
            "name",
            "message",
            "confidence",
            "notes",
            "remedy",
        )
    ]
    column = WIDE.splitlines()[2].index("number") + 1
    assert (item["path"], item["line"], item["column"]) == ("wide.py", 3, column)
    assert (item["end_line"], item["end_column"], item["code"], item["name"]) == (3, column + 6, "CLO101", "number")
    assert all(list(note) == ["line", "column", "text"] for note in item["notes"])
    assert list(item["remedy"]) == ["action", "title", "safety", "edits"]
    assert applied(WIDE, item["remedy"]["edits"]) == engine_fixed(WIDE)
    assert run("--format", "json", "--select", "CLO2", "wide.py")[:2] == (CLEAN, "[]\n")


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """Apply the edits of the JSON report as an editor would."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda edit: (edit["line"], edit["column"]), reverse=True):
        head = lines[edit["line"] - 1][: edit["column"] - 1]
        tail = lines[edit["end_line"] - 1][edit["end_column"] - 1 :]
        lines[edit["line"] - 1 : edit["end_line"]] = [head + edit["text"] + tail]
    return "".join(lines)


def engine_fixed(text: str) -> str:
    return flake8_closures.fix(text, config=Config(unsafe_fixes=True)).text


def test_statistics_output_and_exit_zero(run: Run) -> None:
    Path("late.py").write_text(LATE + LATE.replace("made", "more"))
    status, out, err = run("--statistics", "--exit-zero", "late.py")
    assert status == CLEAN
    assert out.splitlines()[-1].split()[:2] == ["2", "CLO101"]
    assert run("--statistics", "--output", "report.txt", "late.py") == (FOUND, "", err)
    assert Path("report.txt").read_text() == out
    assert run("--format=json", "--output=report.json", "late.py") == (FOUND, "", err)
    assert len(json.loads(Path("report.json").read_text())) == 2
    status, out, err = run("--format=json", "--statistics", "late.py")
    assert len(json.loads(out)) == 2 and err[0].split()[:2] == ["2", "CLO101"]


def test_every_rule_has_a_page(run: Run) -> None:
    for code in ("CLO000", *cli.all_rules()):
        status, out, _ = run("--explain", code)
        assert status == CLEAN and out.startswith(f"{code} ") and len(out.splitlines()) >= 3
        assert out.endswith(f"{page_of(code)}\n")
        opt_in = code != "CLO000" and not cli.all_rules()[code].default
        assert (f"--extend-select {code}" in out) == opt_in


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for argument, expected in (
        ("--version", f"closure-fix {flake8_closures.__version__}\n"),
        ("--help", "usage: closure-fix"),
    ):
        with pytest.raises(SystemExit, match="0"):
            cli.main([argument])
        assert capsys.readouterr().out.startswith(expected)


@pytest.mark.parametrize(
    ("safeties", "summary", "after"),
    [
        ([Safety.SAFE], "1 finding, 1 can be repaired with --apply", "1 repaired, 0 findings left"),
        ([Safety.UNSAFE], "1 finding, 1 can be repaired with --apply --unsafe-fixes",
         "0 repaired, 1 finding left (1 can be repaired with --unsafe-fixes)"),
        ([Safety.SHOW], "1 finding", "0 repaired, 1 finding left"),
        ([Safety.SAFE, Safety.UNSAFE, None], "3 findings, 1 can be repaired with --apply (1 more with --unsafe-fixes)",
         "1 repaired, 2 findings left (1 can be repaired with --unsafe-fixes)"),
        ([], "0 findings", "0 repaired, 0 findings left"),
    ],
)  # fmt: skip
def test_the_summary(
    run: Run, monkeypatch: pytest.MonkeyPatch, safeties: list[Safety | None], summary: str, after: str
) -> None:
    findings = [
        Finding(
            "CLO101",
            Span(1, n, 1, n + 1),
            "x",
            "m",
            remedies=(Remedy("a", Span(1, 0, 1, 1), "x", "t", s),) if s else (),
        )
        for n, s in enumerate(safeties)
    ]

    def fix(source: Source, options: Config, **_: object) -> Outcome:
        safe = [finding for finding in findings if finding.remedies and finding.remedies[0].safety is Safety.SAFE]
        rest = [finding for finding in findings if finding not in safe]
        return Outcome(source.text + "#" * len(safe), tuple(safe), tuple(rest))

    monkeypatch.setattr(engine, "check", lambda *_: findings)
    monkeypatch.setattr(engine, "fix", fix)
    Path("x.py").write_text("x = 1\n")
    assert run("x.py")[2] == [summary]
    assert run("--apply", "x.py")[2] == [after]


def test_a_refusal_names_the_line_of_the_file_as_it_is(run: Run) -> None:
    counter = "def o():\n    n = 0\n    def f():\n        n += 1\n    return f, n\n"
    Path("a.py").write_text(f"{counter}fs = []\nfor i in range(3):\n    fs.append(lambda  # why\n              : i)\n")
    refusal = "a.py: line {} not repaired (bind 'i' when the function is made): a comment would be lost"
    summary = "2 findings, 1 can be repaired with --apply"
    assert run("--diff", "a.py")[2][-2:] == [refusal.format(8), summary]
    _, out, err = run("--dry-run", "a.py")
    assert refusal.format(8) in out.splitlines() and err == [summary]
    _, out, err = run("--apply", "a.py")
    assert refusal.format(9) in out.splitlines() and err == ["1 repaired, 1 finding left"]


def test_the_summary_counts_what_was_not_analysed(run: Run) -> None:
    write("late.py")
    Path("broken.py").write_text("def f(:\n")
    assert run("broken.py")[2][-1] == "0 findings, 1 file not analysed"
    assert run("broken.py", "missing.py")[2][-1] == "0 findings, 2 files not analysed"
    assert run("--apply", "--unsafe-fixes", ".")[2][-1] == "1 repaired, 0 findings left, 1 file not analysed"


# closure-fix: repairs.


def test_apply_and_again(run: Run) -> None:
    Path("late.py").write_text(LATE)
    assert run("--apply", "--unsafe-fixes", "late.py") == (CLEAN, "", ["1 repaired, 0 findings left"])
    assert Path("late.py").read_text() == engine_fixed(LATE) != LATE
    status = Path("late.py").stat()
    assert run("--apply", "--unsafe-fixes", "late.py") == (CLEAN, "", ["0 repaired, 0 findings left"])
    assert Path("late.py").stat().st_mtime_ns == status.st_mtime_ns, "what needs no repair is not written"


def test_nothing_is_repaired_that_is_not_fixable(run: Run) -> None:
    Path("late.py").write_text(LATE)
    for option in ("--unfixable=CLO1", "--fixable=CLO2"):
        assert run("--apply", "--unsafe-fixes", option, "late.py")[0] == FOUND
        status, out, _ = run("--diff", "--unsafe-fixes", option, "late.py")
        assert (status, out) == (FOUND, "")
    assert Path("late.py").read_text() == LATE


PATCHED = {
    "plain.py": LATE.encode(),
    "in a/folder/with blank.py": LATE.encode(),
    'quo"te\té.py': LATE.encode(),
    "crlf.py": LATE.replace("\n", "\r\n").encode(),
    "no_end.py": LATE.rstrip().encode(),
    "bom.py": b"\xef\xbb\xbf" + LATE.encode(),
    "latin.py": b"# coding: latin-1\nx = '\xe9'\n" + LATE.encode(),
    "form_feed.py": b"x = 1\n\x0c\n" + LATE.encode(),
    "many.py": "".join(LATE.replace("made", f"made_{number}") + "x = 1\n" * 20 for number in range(3)).encode(),
}


def test_git_applies_the_patch(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    for name, data in PATCHED.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
    assert cli.main(["--diff", "--unsafe-fixes", "."]) == FOUND
    patch, report = capfdbinary.readouterr()
    assert report.count(b" CLO101 ") == len(PATCHED) + 2
    assert {name: Path(name).read_bytes() for name in PATCHED} == PATCHED, "--diff writes nothing"
    subprocess.run(["git", "apply", "-"], input=patch, check=True)
    blank = "in a/folder/with blank.py"
    assert f"+++ b/{blank}\t\n".encode() in patch, "without the tab GNU patch takes the name to end at the blank"
    by_git = {name: Path(name).read_bytes() for name in PATCHED}
    for name, data in PATCHED.items():
        Path(name).write_bytes(data)
    assert cli.main(["--apply", "--unsafe-fixes", "."]) == CLEAN
    assert {name: Path(name).read_bytes() for name in PATCHED} == by_git


def test_a_patch_is_relative_to_the_current_directory(run: Run, tmp_path: Path) -> None:
    Path("late.py").write_text(LATE)
    for name in (str(tmp_path / "late.py"), "./late.py"):
        assert run("--diff", "--unsafe-fixes", name)[1].startswith("--- a/late.py\n+++ b/late.py\n@@ ")


@pytest.mark.parametrize("is_repository", [True, False])
def test_a_patch_of_files_elsewhere_is_applied_where_it_says(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, is_repository: bool
) -> None:
    if is_repository:
        subprocess.run(["git", "init", "-q", "."], check=True)
    top, names = Path.cwd(), ["one/late.py", "one/two/late.py", "one/two/three/late.py"]
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(LATE)
    monkeypatch.chdir("one/two/three")
    assert cli.main(["--diff", "--unsafe-fixes", "../../late.py", "late.py", str(top / names[1])]) == FOUND
    patch, told = capfdbinary.readouterr()
    base = top if is_repository else top / "one"
    assert f"the patch is to be applied in {base}\n" in told.decode()
    subprocess.run(["git", "apply", "-"], input=patch, check=True, cwd=base)
    assert [(top / name).read_text().count("*, number=number") for name in names] == [1, 1, 1]


@pytest.mark.parametrize("data", [LATE.encode(), b"# coding: latin-1\r\n'\xe9'\r\n" + LATE.encode(), b"x = 1"])
def test_standard_input(data: bytes) -> None:
    def piped(*arguments: str) -> tuple[int, bytes, bytes]:
        process = program("-", "--unsafe-fixes", "--stdin-filename", "folder/it.py", *arguments, stdin=subprocess.PIPE)
        out, err = process.communicate(data)
        return process.returncode, out, err

    is_late = b"lambda" in data
    status, out, _ = piped()
    assert (status, out.startswith(b"folder/it.py:")) == (FOUND if is_late else CLEAN, is_late)
    status, out, err = piped("--apply")
    assert (status, out != data) == (CLEAN, is_late)
    assert out.startswith(data[:20].partition(b"made")[0]), err
    status, out, _ = piped("--diff")
    assert (status, out.startswith(b"--- a/folder/it.py\n")) == (FOUND if is_late else CLEAN, is_late)


# closure-fix: which files.


def listed(run: Run, *arguments: str) -> list[str]:
    return [line.partition(":")[0] for line in run("-q", *arguments)[1].splitlines()]


def write(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(LATE)


def test_directories_are_walked_in_order(run: Run) -> None:
    write("b.py", "a/z.py", "a/b/c.pyi", "a/notes.txt", ".venv/x.py", "a/__pycache__/x.py", ".tox/x.py", "x.egg/x.py")
    assert listed(run, ".") == ["./a/b/c.pyi", "./a/z.py", "./b.py"]
    assert listed(run, "b.py", "a", "a/z.py", "./b.py") == ["b.py", "a/b/c.pyi", "a/z.py"]
    assert listed(run, "a/notes.txt", ".venv") == ["a/notes.txt", ".venv/x.py"], "what is named is read"


def test_excluded_files(run: Run) -> None:
    write("a.py", "sub/b.py", "sub/c_pb2.py", "old/d.py")
    Path("setup.cfg").write_text("[flake8]\nexclude = old, ./sub/b.py\nextend-exclude = *_pb2.py\n")
    assert listed(run, ".") == ["./a.py"]
    named = ("a.py", "sub/b.py", "sub/c_pb2.py", "old/d.py")
    assert listed(run, *named) == list(named)
    assert listed(run, "--force-exclude", *named) == ["a.py"]
    assert listed(run, "--force-exclude", "old", "--exclude", "sub") == ["old/d.py"]
    assert listed(run, ".", "--exclude", "sub") == ["./a.py", "./old/d.py"]
    assert listed(run, ".", "--extend-exclude", "a.py") == []


def test_force_exclude_passes_standard_input_through() -> None:
    process = program("-", "--apply", "--force-exclude", "--stdin-filename=.tox/x.py", stdin=subprocess.PIPE)
    assert process.communicate(LATE.encode())[0] == LATE.encode()
    assert process.returncode == CLEAN


def test_per_file_ignores_and_noqa(run: Run) -> None:
    write("a.py", "tests/b.py")
    Path("c.py").write_text(LATE.replace("number)\n", "number)  # noqa: CLO101\n"))
    Path("tox.ini").write_text("[flake8]\nper-file-ignores =\n    tests/*: CLO1\n    a.py: E501, CLO2\n")
    assert listed(run, ".") == ["./a.py"]
    assert listed(run, ".", "--disable-noqa") == ["./a.py", "./c.py"]


# closure-fix: options from files.


def test_where_options_come_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("pkg/a.py")
    Path("setup.cfg").write_text("[flake8]\nignore = CLO1\nselect = E,F,C\n")
    monkeypatch.chdir("pkg")
    assert listed(run, ".") == [], "flake8's section is found on the way up, and the codes of others do not matter"
    assert listed(run, ".", "--isolated") == ["./a.py"]
    assert listed(run, ".", "--select", "CLO", "--ignore", "CLO2") == ["./a.py"], "the command line goes before"
    Path("other.cfg").write_text("[flake8]\n")
    assert listed(run, ".", "--config", "other.cfg") == ["./a.py"]


needs_toml = pytest.mark.skipif(
    not (importlib.util.find_spec("tomllib") or importlib.util.find_spec("tomli")), reason="Python 3.10 without tomli"
)


@needs_toml
def test_pyproject(run: Run) -> None:
    write("a.py")
    Path("setup.cfg").write_text("[flake8]\nignore = CLO1\nclosures-ship-bytes = 5\n")
    table = 'ignore = ["CLO2"]\nextend-exclude = []\nbind-style = "default"\nclosures-ship-bytes = "2 MB"\n'
    Path("pyproject.toml").write_text(f"[tool.flake8-closures]\n{table}")
    assert listed(run, ".") == ["./a.py"]
    told = settings.load()
    assert Config.from_values(told.flake8 | told.ours) == Config(
        ignore=("CLO2",), bind_style="default", ship_bytes=2_000_000
    )


@needs_toml
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense = 1", "[tool.flake8-closures]: unknown option nonsense"),
        ('select = ["CLO999"]', "[tool.flake8-closures] select: no rule has a code that begins with 'CLO999'"),
        ("ignore = 3", "[tool.flake8-closures] ignore: 3 is not a list of names"),
        ("exclude = 3", "[tool.flake8-closures] exclude: 3 is not a list of names"),
        ("retain-bytes = 'much'", "[tool.flake8-closures] retain-bytes: 'much' is not a size"),
        ("per-file-ignores = 3", "[tool.flake8-closures] per-file-ignores: expected files: codes, not 3"),
        ("ignore = ", "Invalid value"),
    ],
)
def test_a_bad_pyproject_is_one_line(run: Run, text: str, message: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.flake8-closures]\n{text}\n")
    status, _, (line,) = run(".")
    assert status == FAILED
    assert line.startswith(f"closure-fix: error: {Path('pyproject.toml').resolve()}: {message}")


@needs_toml
def test_the_table_may_be_spelled_otherwise(run: Run) -> None:
    for text in ("[tool]\nflake8-closures.ignore = ['CLO1']\n", "[tool.'flake8-closures']\nignore = ['CLO1']\n"):
        Path("pyproject.toml").write_text(text)
        assert settings.load().ours == {"ignore": ["CLO1"]}
    Path("pyproject.toml").write_text("[tool]\nflake8-closures = 3\n")
    status, _, (line,) = run(".")
    assert status == FAILED and line.endswith("[tool] flake8-closures: expected a table of options, not 3")
    Path("pyproject.toml").write_text("[project]\ndependencies = ['flake8-closures']\n")
    assert settings.load().files == []


def test_a_pyproject_that_is_no_text_is_named(run: Run) -> None:
    Path("pyproject.toml").write_bytes(b"\xff")
    status, _, (line,) = run(".")
    assert status == FAILED and "pyproject.toml: 'utf-8' codec can't decode" in line


def test_without_tomli_there_is_a_warning(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py")
    Path("pyproject.toml").write_text('[tool.flake8-closures]\nignore = ["CLO1"]\n')
    monkeypatch.setattr(settings, "_toml", lambda: None)
    status, _, err = run("-q", "a.py")
    assert status == FOUND and len(err) == 1 and "is not read: on Python 3.10 this needs `pip install tomli`" in err[0]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("closures-bindstyle = default", "[flake8]: unknown option closures-bindstyle"),
        ("closures-bind-style = loud", "[flake8] closures-bind-style: 'loud' is none of"),
        ("per-file-ignores = CLO1", "[flake8] per-file-ignores: expected files: codes, not 'CLO1'"),
        ("disable-noqa = maybe", "[flake8] disable-noqa: 'maybe' is neither true nor false"),
    ],
)
def test_a_bad_section_of_flake8_is_one_line(run: Run, section: str, message: str) -> None:
    Path(".flake8").write_text(f"[flake8]\n{section}\n")
    status, _, (line,) = run(".")
    assert status == FAILED and line.startswith(f"closure-fix: error: {Path('.flake8').resolve()}: {message}")


def test_selecting_nothing_is_told(run: Run) -> None:
    Path(".flake8").write_text("[flake8]\nselect = E,F\n")
    Path("a.py").write_text(LATE)
    assert run("-q", ".") == (CLEAN, "", ["closure-fix: warning: the options select no rule"])


# closure-fix as a program.


def test_several_processes_say_the_same() -> None:
    write(*(f"{number}.py" for number in range(5)))
    Path("2.py").write_text("def f(:\n")
    one, two = (program(f"--jobs={number}", ".") for number in (1, 2))
    told = one.communicate()
    assert told[0].count(b" CLO101 ") == 4 and told[1].count(b" CLO000 ") == 1
    assert two.communicate() == told
    assert one.returncode == two.returncode == FAILED


def test_a_reader_that_goes_away_is_no_error() -> None:
    write("a.py")
    process = program("a.py")
    assert process.stdout and process.stderr
    process.stdout.close()
    told = process.stderr.read()
    assert told == b"" or re.fullmatch(rb"1 finding, .*\n", told)
    assert process.wait(60) == FOUND


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_is_quiet() -> None:
    os.mkfifo("pipe.py")
    # A background job ignores the signal, and so would what it starts.
    process = program("pipe.py", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    with open("pipe.py", "wb"):  # waits until closure-fix has opened it to read
        for _ in range(10):
            process.send_signal(signal.SIGINT)
            # A signal that comes just before the read is only noticed after it, so it may need a second one.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
                break
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (cli.INTERRUPTED, b"", b"")
