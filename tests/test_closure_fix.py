"""Does closure-fix report, repair and find files as it says? Seen from outside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from doors import LATE, WIDE, ClosureFix, listed, program, write

import flake8_closures
from flake8_closures import cli, engine
from flake8_closures.cli import CLEAN, FAILED, FOUND
from flake8_closures.codes import page_of
from flake8_closures.config import Config
from flake8_closures.model import Finding, Outcome, Remedy, Safety, Span
from flake8_closures.source import Source

pytestmark = pytest.mark.usefixtures("alone")

PROGRAM = (sys.executable, "-m", "flake8_closures")


# Reports.


def test_the_text_report(closure_fix: ClosureFix) -> None:
    Path("late.py").write_text(WIDE.replace("    ", "\t"), encoding="utf-8")
    status, out, err = closure_fix("late.py")
    head, loop, dashes, code, carets, use, repair, page = out
    assert status == FOUND
    assert head.startswith("late.py:3:35: CLO101 ")
    assert (loop, dashes) == ("  2 | for number in range(3):", "    |     ------ 'number' is bound again here")
    assert code == '  3 | \té = "ééé😀漢"; made.append(lambda: number)'
    assert carets == "    | \t" + " " * 35 + "^^^^^^", "the wide characters take two columns"
    assert use.endswith("----------------------- the lambda is kept by made.append()")
    assert repair.startswith("    = repair (--apply")
    assert page == f"    = page: {page_of('CLO101')}"
    assert len(err) == 1 and err[0].startswith("1 finding, 1 can be repaired with --apply")
    assert closure_fix("--quiet", "late.py") == (FOUND, [head], [])


def test_the_json_report(closure_fix: ClosureFix) -> None:
    Path("wide.py").write_text(WIDE, encoding="utf-8")
    status, out, _ = closure_fix("--format", "json", "wide.py")
    (item,) = json.loads("\n".join(out))
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
    assert closure_fix("--format", "json", "--select", "CLO2", "wide.py")[:2] == (CLEAN, ["[]"])


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


def test_statistics_output_and_exit_zero(closure_fix: ClosureFix) -> None:
    Path("late.py").write_text(LATE + LATE.replace("made", "more"))
    status, out, err = closure_fix("--statistics", "--exit-zero", "late.py")
    assert status == CLEAN
    assert out[-1].split()[:2] == ["2", "CLO101"]
    assert closure_fix("--statistics", "--output", "report.txt", "late.py") == (FOUND, [], err)
    assert Path("report.txt").read_text().splitlines() == out
    assert closure_fix("--format=json", "--output=report.json", "late.py") == (FOUND, [], err)
    assert len(json.loads(Path("report.json").read_text())) == 2
    status, out, err = closure_fix("--format=json", "--statistics", "late.py")
    assert len(json.loads("".join(out))) == 2 and err[0].split()[:2] == ["2", "CLO101"]


def test_every_rule_has_a_page(closure_fix: ClosureFix) -> None:
    for code in ("CLO000", *cli.all_rules()):
        status, out, _ = closure_fix("--explain", code)
        assert status == CLEAN and out[0].startswith(f"{code} ") and len(out) >= 3
        assert out[-1] == page_of(code)
        opt_in = code != "CLO000" and not cli.all_rules()[code].default
        assert any(f"--extend-select {code}" in line for line in out) == opt_in


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
    closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch, safeties: list[Safety | None], summary: str, after: str
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
    assert closure_fix("x.py")[2] == [summary]
    assert closure_fix("--apply", "x.py")[2] == [after]


def test_a_refusal_names_the_line_of_the_file_as_it_is(closure_fix: ClosureFix) -> None:
    counter = "def o():\n    n = 0\n    def f():\n        n += 1\n    return f, n\n"
    Path("a.py").write_text(f"{counter}fs = []\nfor i in range(3):\n    fs.append(lambda  # why\n              : i)\n")
    refusal = "a.py: line {} not repaired (bind 'i' when the function is made): a comment would be lost"
    summary = "2 findings, 1 can be repaired with --apply"
    assert closure_fix("--diff", "a.py")[2][-2:] == [refusal.format(8), summary]
    _, out, err = closure_fix("--dry-run", "a.py")
    assert refusal.format(8) in out and err == [summary]
    _, out, err = closure_fix("--apply", "a.py")
    assert refusal.format(9) in out and err == ["1 repaired, 1 finding left"]


def test_the_summary_counts_what_was_not_analysed(closure_fix: ClosureFix) -> None:
    write("late.py")
    Path("broken.py").write_text("def f(:\n")
    assert closure_fix("broken.py")[2][-1] == "0 findings, 1 file not analysed"
    assert closure_fix("broken.py", "missing.py")[2][-1] == "0 findings, 2 files not analysed"
    assert closure_fix("--apply", "--unsafe-fixes", ".")[2][-1] == "1 repaired, 0 findings left, 1 file not analysed"


# Repairs.


def test_apply_and_again(closure_fix: ClosureFix) -> None:
    Path("late.py").write_text(LATE)
    assert closure_fix("--apply", "--unsafe-fixes", "late.py") == (CLEAN, [], ["1 repaired, 0 findings left"])
    assert Path("late.py").read_text() == engine_fixed(LATE) != LATE
    status = Path("late.py").stat()
    assert closure_fix("--apply", "--unsafe-fixes", "late.py") == (CLEAN, [], ["0 repaired, 0 findings left"])
    assert Path("late.py").stat().st_mtime_ns == status.st_mtime_ns, "what needs no repair is not written"


def test_nothing_is_repaired_that_is_not_fixable(closure_fix: ClosureFix) -> None:
    Path("late.py").write_text(LATE)
    for option in ("--unfixable=CLO1", "--fixable=CLO2"):
        assert closure_fix("--apply", "--unsafe-fixes", option, "late.py")[0] == FOUND
        status, out, _ = closure_fix("--diff", "--unsafe-fixes", option, "late.py")
        assert (status, out) == (FOUND, [])
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


def test_a_patch_is_relative_to_the_current_directory(closure_fix: ClosureFix, tmp_path: Path) -> None:
    Path("late.py").write_text(LATE)
    for name in (str(tmp_path / "late.py"), "./late.py"):
        before, after, hunk, *_ = closure_fix("--diff", "--unsafe-fixes", name)[1]
        assert (before, after) == ("--- a/late.py", "+++ b/late.py") and hunk.startswith("@@ ")


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


# Which files.


def test_options_may_stand_between_paths(closure_fix: ClosureFix) -> None:
    write("a.py", "b.py", "-q.py")
    status, told, _ = closure_fix("a.py", "--quiet", "b.py", "--no-cache", "--", "-q.py", "--diff")
    assert status == FAILED
    assert [line.partition(":")[0] for line in told] == ["a.py", "b.py", "-q.py"]


def test_directories_are_walked_in_order(closure_fix: ClosureFix) -> None:
    write("b.py", "a/z.py", "a/b/c.pyi", "a/notes.txt", ".venv/x.py", "a/__pycache__/x.py", ".tox/x.py", "x.egg/x.py")
    assert listed(closure_fix, ".") == ["./a/b/c.pyi", "./a/z.py", "./b.py"]
    assert listed(closure_fix, "b.py", "a", "a/z.py", "./b.py") == ["b.py", "a/b/c.pyi", "a/z.py"]
    assert listed(closure_fix, "a/notes.txt", ".venv") == ["a/notes.txt", ".venv/x.py"], "what is named is read"


def test_excluded_files(closure_fix: ClosureFix) -> None:
    write("a.py", "sub/b.py", "sub/c_pb2.py", "old/d.py")
    Path("setup.cfg").write_text("[flake8]\nexclude = old, ./sub/b.py\nextend-exclude = *_pb2.py\n")
    assert listed(closure_fix, ".") == ["./a.py"]
    named = ("a.py", "sub/b.py", "sub/c_pb2.py", "old/d.py")
    assert listed(closure_fix, *named) == list(named)
    assert listed(closure_fix, "--force-exclude", *named) == ["a.py"]
    assert listed(closure_fix, "--force-exclude", "old", "--exclude", "sub") == ["old/d.py"]
    assert listed(closure_fix, ".", "--exclude", "sub") == ["./a.py", "./old/d.py"]
    assert listed(closure_fix, ".", "--exclude", "sub", "--exclude=old,x") == ["./a.py"]
    assert listed(closure_fix, ".", "--extend-exclude", "a.py") == []
    assert listed(closure_fix, ".", "--exclude", "sub", "--extend-exclude", "a.py", "--extend-exclude", "d.py") == []


def test_force_exclude_passes_standard_input_through() -> None:
    process = program("-", "--apply", "--force-exclude", "--stdin-filename=.tox/x.py", stdin=subprocess.PIPE)
    assert process.communicate(LATE.encode())[0] == LATE.encode()
    assert process.returncode == CLEAN


def test_per_file_ignores_and_noqa(closure_fix: ClosureFix) -> None:
    write("a.py", "tests/b.py")
    Path("c.py").write_text(LATE.replace("number)\n", "number)  # noqa: CLO101\n"))
    Path("tox.ini").write_text("[flake8]\nper-file-ignores =\n    tests/*: CLO1\n    a.py: E501, CLO2\n")
    assert listed(closure_fix, ".") == ["./a.py"]
    assert listed(closure_fix, ".", "--disable-noqa") == ["./a.py", "./c.py"]
    typed = ("--per-file-ignores", "a.py:CLO1", "--per-file-ignores=tests/c.py:CLO1,tests/*:CLO2")
    assert listed(closure_fix, ".", *typed) == ["./tests/b.py"], "what is typed stands in the place of the file's"


@pytest.mark.skipif(os.name != "posix", reason="a folder in use cannot be removed")
def test_a_folder_that_has_been_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closure_fix: ClosureFix
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert closure_fix(".") == (FAILED, [], ["closure-fix: error: the current folder has been removed"])


# As a program.


def test_several_processes_say_the_same() -> None:
    write(*(f"{number}.py" for number in range(5)))
    Path("2.py").write_text("def f(:\n")
    one, two = (program(f"--jobs={number}", ".") for number in ("auto", 2))
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


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is full")
@pytest.mark.parametrize("mode", [(), ("--diff",), ("--format=json",), ("--explain=CLO101",)])
def test_a_report_that_cannot_be_written_is_an_error(mode: tuple[str, ...]) -> None:
    write("a.py")
    with open("/dev/full", "wb") as full:
        process = subprocess.run([*PROGRAM, *mode, "a.py"], stdout=full, stderr=subprocess.PIPE, check=False)
        assert process.returncode == FAILED
        assert process.stderr.splitlines()[-1] == b"closure-fix: error: [Errno 28] No space left on device"
        process = subprocess.run([*PROGRAM, *mode, "a.py"], stdout=full, stderr=full, check=False)
        assert process.returncode == FAILED


@pytest.mark.skipif(os.name != "posix", reason="asks a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_nobody_has_to_listen(closed: str) -> None:
    write("a.py")
    done = subprocess.run(f"{shlex.join(PROGRAM)} --diff a.py {closed}", shell=True, capture_output=True, check=False)
    assert done.returncode == FOUND and b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="asks a POSIX shell")
def test_nobody_has_to_speak() -> None:
    assert subprocess.run(f"{shlex.join(PROGRAM)} - <&-", shell=True, check=False).returncode == CLEAN


@pytest.mark.skipif(os.name != "posix", reason="limits the open files")
def test_a_stream_is_dropped_where_no_file_can_be_opened() -> None:
    text = (
        "import resource; from flake8_closures.cli import streams; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "streams.drop(1); print('lost', flush=True); streams.drop(2); open(0).close()"
    )
    done = subprocess.run([sys.executable, "-c", text], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_running_out_of_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(typed: Sequence[str]) -> int:
        raise MemoryError

    monkeypatch.setattr(cli, "main", fail)
    monkeypatch.setattr(cli.running, "relax", lambda: None)
    with pytest.raises(SystemExit) as end:
        cli.run()
    assert end.value.code == FAILED
    assert capsys.readouterr().err == "closure-fix: error: not enough memory\n"


def test_a_defect_of_ours_is_no_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "main", lambda typed: 1 / 0)
    monkeypatch.setattr(cli.running, "relax", lambda: None)
    with pytest.raises(SystemExit) as end:
        cli.run()
    assert end.value.code == FAILED
    assert capsys.readouterr().err.endswith("ZeroDivisionError: division by zero\n")


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
