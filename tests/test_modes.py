"""Does closure-fix do what it was asked to do, and nothing else? Repair, try, silence, list, and write its report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from doors import LATE, ClosureFix

import flake8_closures
from flake8_closures import settings
from flake8_closures.cli import CLEAN, FAILED, FOUND
from flake8_closures.config import Config

LOST = "def outer():\n    x = 1\n    def inner():\n        x = 2\n    inner()\n    return x\n"
"""Its repair is unsafe."""
FIXED = LATE.replace("lambda: number", "lambda *, number=number: number")


@pytest.fixture(autouse=True)
def two_files(alone: Path) -> None:
    Path("a.py").write_text(LATE)
    Path("b.py").write_text(LATE + LOST)


def texts() -> tuple[str, str]:
    return Path("a.py").read_text(), Path("b.py").read_text()


# Repairs.


@pytest.mark.parametrize(
    ("style", "bound"),
    [
        ("keyword", "lambda *, number=number: number"),
        ("default", "lambda number=number: number"),
        ("partial", "functools.partial(lambda number: number, number)"),
        ("factory", "(lambda number: lambda: number)(number)"),
    ],
)
def test_the_way_to_bind_is_chosen(closure_fix: ClosureFix, style: str, bound: str) -> None:
    assert closure_fix("--apply", "--unsafe-fixes", f"--closures-bind-style={style}", "a.py")[0] == CLEAN
    head = "import functools\n\n" if style == "partial" else ""
    assert texts()[0] == head + LATE.replace("lambda: number", bound)


def test_a_dry_run_says_what_apply_would_do(closure_fix: ClosureFix) -> None:
    status, lines, told = closure_fix("--dry-run", "-q", "a.py", "b.py")
    assert (status, lines[-2:]) == (FOUND, ["a.py: would repair 1 x CLO101", "b.py: would repair 1 x CLO101"])
    assert sum(": CLO" in line for line in lines) == 3 and told == []
    assert texts() == (LATE, LATE + LOST)
    assert closure_fix("--dry-run", "--unsafe-fixes", "b.py")[1][-1] == "b.py: would repair 1 x CLO101, 1 x CLO203"
    status, lines, _ = closure_fix("--dry-run", "--fix-only", "a.py", "b.py")
    assert (status, lines) == (FOUND, ["a.py: would repair 1 x CLO101", "b.py: would repair 1 x CLO101"])
    Path("a.py").write_text("x = 1\n")
    assert closure_fix("--dry-run", "a.py") == (CLEAN, [], ["0 findings"])


def test_fix_only_says_nothing_of_what_remains(closure_fix: ClosureFix) -> None:
    assert closure_fix("--fix-only", "-q", "a.py", "b.py") == (CLEAN, [], [])
    assert texts() == (FIXED, FIXED + LOST)
    assert closure_fix("-q", "b.py")[0] == FOUND


def test_fix_only_with_a_patch(closure_fix: ClosureFix) -> None:
    status, lines, told = closure_fix("--diff", "--fix-only", "-q", "a.py", "b.py")
    assert status == FOUND and lines[0] == "--- a/a.py" and told == []
    status, lines, told = closure_fix("--diff", "--fix-only", "-q", "--fixable=CLO2", "b.py")
    assert (status, lines, told) == (CLEAN, [], [])


@pytest.mark.parametrize("form", ["text", "json"])
def test_show_fixes(closure_fix: ClosureFix, form: str) -> None:
    status, lines, told = closure_fix("--apply", "-q", "--show-fixes", f"--format={form}", "a.py", "b.py")
    shown = ["a.py: repaired 1 x CLO101", "b.py: repaired 1 x CLO101"]
    assert status == FOUND and (lines[-2:] if form == "text" else told) == shown


def test_the_exit_code_can_tell_that_something_was_repaired(closure_fix: ClosureFix) -> None:
    assert closure_fix("--apply", "--exit-non-zero-on-fix", "a.py")[0] == FOUND
    assert closure_fix("--apply", "--exit-non-zero-on-fix", "a.py")[0] == CLEAN
    Path("a.py").write_text(LATE)
    assert closure_fix("--apply", "a.py")[0] == CLEAN


# Comments.


def test_findings_are_silenced(closure_fix: ClosureFix) -> None:
    Path("c.py").write_text(
        "fs = []\r\nfor i in range(3):\r\n"
        "    fs.append(lambda: i)  # noqa: E501\r\n"
        "    fs.append(lambda: -i)  # noqa: E501, W291\r\n"
        "    fs.append(lambda: (i, '''\r\n'''))\r\n"
        "    fs.append(lambda: i \\\r\n      + 1)\r\n",
        newline="",
    )
    status, lines, told = closure_fix("--add-noqa", "--show-fixes", "a.py", "b.py", "c.py")
    assert (status, told) == (CLEAN, ["7 silenced, 0 findings left"])
    assert lines == ["a.py: silenced 1 x CLO101", "b.py: silenced 1 x CLO101, 1 x CLO203", "c.py: silenced 4 x CLO101"]
    assert Path("a.py").read_text() == LATE.replace(": number)", ": number)  # noqa: CLO101")
    assert Path("c.py").read_bytes().decode() == (
        "fs = []\r\nfor i in range(3):\r\n"
        "    fs.append(lambda: i)  # noqa: E501,CLO101\r\n"
        "    fs.append(lambda: -i)  # noqa: E501, W291, CLO101\r\n"
        "    fs.append(lambda: (i, '''\r\n'''))  # noqa: CLO101\r\n"
        "    fs.append(lambda: i \\\r\n      + 1)  # noqa: CLO101\r\n"
    )
    command = [sys.executable, "-m", "flake8", "--select=CLO", "."]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "", "flake8 reads them the same"
    before = [path.stat().st_mtime_ns for path in Path.cwd().glob("*.py")]
    assert closure_fix("--add-noqa", ".") == (CLEAN, [], ["0 silenced, 0 findings left"])
    assert [path.stat().st_mtime_ns for path in Path.cwd().glob("*.py")] == before


def test_a_code_is_named_once_in_a_line(closure_fix: ClosureFix) -> None:
    text = "fs = []\nfor i, j in enumerate('ab'):\n    fs.append(lambda: (i, j))\n"
    Path("a.py").write_text(text)
    assert closure_fix("--add-noqa", "a.py") == (CLEAN, [], ["2 silenced, 0 findings left"])
    assert Path("a.py").read_text() == text.replace("j))", "j))  # noqa: CLO101")


def test_what_cannot_be_silenced_is_told(closure_fix: ClosureFix) -> None:
    text = LATE.replace("lambda: number", "lambda: (number, '''\n" + "x\n" * 200 + "''')")
    Path("a.py").write_text(text)
    status, _, told = closure_fix("--add-noqa", "-q", "a.py")
    assert (status, told) == (FOUND, ["a.py:3: no comment can silence CLO101 here"])
    assert Path("a.py").read_text() == text


def test_unused_comments_are_told(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(
        LATE.replace(": number)", ": number)  # noqa: CLO101")
        + "x = 1  # noqa: E501, CLO101,CLO2\n"
        + 'y = "# noqa: CLO101"\nz = 2  # noqa\n'
        + "w = 3  # noqa: CLO999\n"
    )
    status, lines, _ = closure_fix("--unused-noqa", "-q", "a.py")
    assert status == FOUND
    assert lines == [
        f"a.py:{place}: CLO001 noqa of {code!r} silences nothing here: remove it"
        for place, code in (("4:22", "CLO101"), ("4:29", "CLO2"), ("7:16", "CLO999"))
    ]
    assert closure_fix("-q", "a.py") == (CLEAN, [], [])
    assert closure_fix("--unused-noqa", "-q", "--disable-noqa", "a.py")[1][0].startswith("a.py:3:25: CLO101")
    lines = closure_fix("--unused-noqa", "-q", "--select=CLO2", "a.py")[1]
    assert [line.split()[0] for line in lines] == ["a.py:4:29:", "a.py:7:16:"], "nobody looked for CLO101"
    Path("setup.cfg").write_text("[flake8]\nper-file-ignores = a.py: CLO1\n")
    assert len(closure_fix("--unused-noqa", "-q", "a.py")[1]) == 2
    assert closure_fix("--unused-noqa", "-q", "--ignore=CLO0", "a.py") == (CLEAN, [], [])
    status, _, told = closure_fix("--unused-noqa", "--apply", "-q", "a.py")
    assert (status, told) == (FOUND, [])


def test_unused_comments_on_lines_that_belong_together(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(
        "fs = []\nfor i in range(3):\n    fs.append(lambda: (i, '''\n'''))  # noqa: CLO101\n"
        "    x = (1,  # noqa: CLO101\n  i)\n"
    )
    assert [line.split()[0] for line in closure_fix("--unused-noqa", "-q", "a.py")[1]] == ["a.py:5:22:"]


# Lists.


def test_the_files_are_shown(closure_fix: ClosureFix) -> None:
    Path("setup.cfg").write_text("[flake8]\nexclude = b.py\n")
    assert closure_fix("--show-files", ".") == (CLEAN, ["./a.py"], [])
    assert closure_fix("--show-files", "b.py") == (CLEAN, ["b.py"], [])
    assert closure_fix("--show-files", "--force-exclude", "a.py", "b.py") == (CLEAN, ["a.py"], [])
    assert closure_fix("--show-files", "missing.py")[0] == FAILED


def test_the_settings_are_shown_as_they_could_be_written(closure_fix: ClosureFix) -> None:
    Path("setup.cfg").write_text(
        "[flake8]\nignore = E501, CLO2\nclosures-ship-bytes = 5\nclosures-baseline = base.json\n"
        "exclude = old,*_pb2.py\nper-file-ignores =\n    a.py: CLO1\n    b/*: CLO3,E1\n"
    )
    Path("pyproject.toml").write_text('[tool.flake8-closures]\nbind-style = "factory"\n')
    status, lines, _ = closure_fix("--show-settings", "--unsafe-fixes", "--extend-exclude=more")
    assert status == CLEAN
    head, *rest = lines
    assert all(str(Path(name).absolute()) in head for name in ("setup.cfg", "pyproject.toml"))
    before = settings.load()
    table = settings.parse_toml("\n".join(rest))["tool"]["flake8-closures"]
    assert (table["ignore"], table["ship-bytes"], table["unsafe-fixes"]) == (["E501", "CLO2"], 5, True)
    Path("setup.cfg").unlink()
    Path("pyproject.toml").write_text("\n".join(rest))
    after = settings.load()
    assert Config.from_values(after.ours) == Config.from_values(before.flake8 | before.ours | {"unsafe_fixes": True})
    assert after.exclude == [*before.exclude, "more"]
    assert after.per_file_ignores == before.per_file_ignores
    assert os.path.abspath(after.baseline) == os.path.abspath("base.json")


# The report.


def test_a_report_is_written_whole_or_not_at_all(closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("report").write_text("before\n")
    Path("report").chmod(0o640)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(flake8_closures.engine, "check", stop)
        with pytest.raises(KeyboardInterrupt):
            closure_fix("--output", "report", "a.py")
    assert Path("report").read_text() == "before\n"
    assert closure_fix("--output", "report", "-q", "a.py") == (FOUND, [], [])
    assert Path("report").read_text().startswith("a.py:3:25: CLO101")
    assert Path("report").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["a.py", "b.py", "report"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_new_report_has_the_usual_permissions(closure_fix: ClosureFix) -> None:
    before = os.umask(0o027)
    try:
        closure_fix("--output", "report", "a.py")
    finally:
        os.umask(before)
    assert Path("report").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="needs a named pipe")
def test_a_pipe_is_written_to_and_not_replaced(closure_fix: ClosureFix) -> None:
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert closure_fix("--output", "pipe", "-q", "a.py") == (FOUND, [], [])
    assert Path("pipe").is_fifo() and os.read(reader, 1000).startswith(b"a.py:3:25: CLO101")
    os.close(reader)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--add-noqa", "-"), "--add-noqa writes files"),
        (("--write-baseline=x", "--since=HEAD", "."), "--write-baseline takes all findings"),
        (("--fix-only", "--add-noqa", "."), "--fix-only means --apply"),
        (("--diff", "--apply", "."), "not allowed with"),
        (("--color=loud", "."), "--color: invalid choice"),
    ],
)
def test_what_does_not_go_together(closure_fix: ClosureFix, arguments: tuple[str, ...], message: str) -> None:
    status, lines, (line,) = closure_fix(*arguments)
    assert (status, lines) == (FAILED, []) and line.startswith("closure-fix: error: ") and message in line
