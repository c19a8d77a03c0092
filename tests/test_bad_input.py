"""What happens with input that is not what it should be? One clear line, the right exit code, and no file changed."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from doors import LATE, program

from flake8_closures import cli, engine
from flake8_closures.cli import CLEAN, FAILED, FOUND, visit, writing
from flake8_closures.report import failure

FAILURE_LINE = re.compile(r"\S+:\d+:\d+: CLO000 \S.*")

Run = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run closure-fix in an empty directory; return the exit code, standard output and the lines of standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, list[str]]:
        status = cli.main(["--isolated", "--quiet", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err.splitlines()

    return run


BROKEN = {
    "syntax error": (b"def f(:\n    pass\n", "1:7: CLO000 syntax error: "),
    "NUL byte": (b"x = 1\ny = '\0'\n", "2:1: CLO000 source contains a NUL byte"),
    "unknown encoding": (b"# coding: nonsense\nx = 1\n", "1:1: CLO000 cannot decode: "),
    "undecodable byte": (b"x = '\xff'\n", "1:1: CLO000 cannot decode: "),
    "BOM against cookie": (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "1:1: CLO000 cannot decode: "),
    "UTF-16": ("x = 1\n".encode("utf-16"), "1:1: CLO000 cannot decode: "),
    "too deep": (b"x = " + b"(" * 5000 + b")" * 5000 + b"\n", "CLO000 "),
}


@pytest.mark.parametrize("mode", [(), ("--diff",), ("--apply",), ("--format", "json")], ids=lambda mode: " ".join(mode))
@pytest.mark.parametrize(("data", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_python(run: Run, data: bytes, message: str, mode: tuple[str, ...]) -> None:
    Path("bad.py").write_bytes(data)
    Path("good.py").write_text("x = 1\n")
    status, out, err = run(*mode, "bad.py", "good.py")
    assert status == FAILED
    assert out == ("[]\n" if "json" in mode else "")
    assert len(err) == 1 and err[0].startswith("bad.py:") and message in err[0] and FAILURE_LINE.fullmatch(err[0])
    assert Path("bad.py").read_bytes() == data


def test_a_broken_file_does_not_keep_the_others_from_being_repaired(run: Run) -> None:
    Path("a_bad.py").write_text("def f(:\n")
    Path("late.py").write_text(LATE)
    status, _, err = run("--apply", "--unsafe-fixes", ".")
    assert status == FAILED
    assert len(err) == 1
    assert Path("late.py").read_text() != LATE


WORD = "word = 'é'\n"
EXACT = {
    "LF": LATE.encode(),
    "CRLF": LATE.replace("\n", "\r\n").encode(),
    "lone CR": LATE.replace("\n", "\r").encode(),
    "CRLF, then LF": LATE.replace("\n", "\r\n", 1).encode(),
    "CR, CRLF and LF": LATE.replace("\n", "\r", 1).replace("):\n", "):\r\n").encode(),
    "an empty line of CR before each LF": LATE.replace("\n", "\r\r\n").encode(),
    "BOM": b"\xef\xbb\xbf" + LATE.encode(),
    "BOM and cookie": b"\xef\xbb\xbf# coding: utf-8\n" + LATE.encode(),
    "latin-1 cookie": b"# coding: latin-1\n" + (WORD + LATE).encode("latin-1"),
    "Shift JIS cookie, with the bytes of \\ and | in letters": (
        b"# coding: shift_jis\n" + ("x = 'ソ表ポ'\n" + LATE).encode("shift_jis")
    ),
    "UTF-7 cookie": b"# coding: utf-7\nword = '+AOk'\n" + LATE.encode(),
    "UTF-8 beyond the basic plane": ("x = '\U0001f600'; " + LATE).encode(),
    "line ends that are none": ("x = '\x85\u2028\x1c'\n" + LATE).encode(),
    "leading form feed": b"\f" + LATE.encode(),
    "form feed between": b"x = 1\n\f\n" + LATE.encode(),
    "form feed in the indentation": LATE.replace("    made", "\f    made").encode(),
    "no final line end": LATE.rstrip("\n").encode(),
    "blanks at the end": LATE.encode() + b"    ",
    "a comment at the end": LATE.encode() + b"    # end",
    "tabs": LATE.replace("    ", "\t").encode(),
    "a line that goes on": LATE.replace("lambda: ", "lambda: \\\n  ").encode(),
}
REFUSED = {
    "an encoding with two spellings of a letter": b"# coding: utf-7\n+AHg- = 1\n" + LATE.replace("=", "+AD0-").encode(),
    "UTF-16": ("\ufeff" + LATE).encode("utf-16-le"),
    "a cookie of UTF-16": b"# coding: utf-16\n" + LATE.encode(),
    "a cookie of no text encoding": b"# coding: rot13\n" + LATE.encode(),
    "a cookie against the BOM": b"\xef\xbb\xbf# coding: latin-1\n" + LATE.encode(),
    "a vertical tab": LATE.replace("[]", "[]\v").encode(),
    "the end-of-file mark of CP/M": LATE.encode() + b"\x1a",
}


def laid(data: bytes, way: str) -> tuple[Path, Path]:
    """Write a file in a way; return what is named to closure-fix, and what has to have the bytes afterwards."""
    path, other = Path("late.py"), Path("kept", "other.py")
    other.parent.mkdir()
    if way == "symlink":
        other.write_bytes(data)
        path.symlink_to(other)
    else:
        path.write_bytes(data)
    if way == "hard link":
        other.hardlink_to(path)
    path.chmod(0o754)
    return path, path if way == "plain" else other


@pytest.mark.parametrize("way", ["plain", "symlink", "hard link"])
@pytest.mark.parametrize("name", EXACT)
def test_every_byte_outside_the_repair_stays(run: Run, name: str, way: str) -> None:
    data = EXACT[name]
    path, other = laid(data, way)
    assert run("--apply", str(path)) == (CLEAN, "", [])
    after = other.read_bytes()
    assert after.count(b" *, number=number") == 1
    assert after.replace(b" *, number=number", b"") == data
    assert path.samefile(other) and path.is_symlink() is (way == "symlink")
    assert other.stat().st_nlink == 1 + (way == "hard link")
    assert stat.S_IMODE(other.stat().st_mode) == 0o754
    assert len(list(Path().iterdir())) == 2, "nothing is left behind"


@pytest.mark.parametrize("way", ["plain", "symlink", "hard link"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_come_back_as_it_was_is_refused(run: Run, name: str, way: str) -> None:
    path, other = laid(REFUSED[name], way)
    status, _, err = run("--apply", str(path))
    assert status == FAILED
    assert len(err) == 1 and FAILURE_LINE.fullmatch(err[0])
    assert other.read_bytes() == REFUSED[name]
    assert path.is_symlink() is (way == "symlink")


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
@pytest.mark.parametrize("way", ["plain", "symlink", "hard link"])
def test_where_there_is_no_room_the_file_stays_as_it_was(run: Run, way: str) -> None:
    import resource

    path, other = laid(LATE.encode(), way)
    process = program(
        *("--isolated", "--quiet", "--no-cache", "--apply", str(path)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (len(LATE), len(LATE))),
    )
    assert b"late.py:1:1: CLO000 cannot be written: " in process.communicate(timeout=60)[1]
    assert process.returncode == FAILED
    assert other.read_text() == path.read_text() == LATE
    assert len(list(Path().iterdir())) == 2, "nothing is left behind"


def test_an_empty_file(run: Run) -> None:
    Path("empty.py").touch()
    assert run("--apply", "empty.py") == (CLEAN, "", [])


def test_a_directory_without_python(run: Run) -> None:
    Path("notes.txt").write_text("x = = 1")
    assert run(".") == (CLEAN, "", ["closure-fix: warning: no Python files found"])


@pytest.mark.skipif(os.name != "posix", reason="has no such names")
def test_a_name_that_a_terminal_would_obey(run: Run) -> None:
    Path("a\n\x1b[31mb.py").write_text(LATE)
    status, out, err = run(".")
    assert (status, err) == (FOUND, []) and out.startswith(r"./a\n\x1b[31mb.py:3:25: CLO101 ") and out.count("\n") == 1
    status, out, err = run("--apply", "--show-fixes", ".")
    assert (status, out, err) == (CLEAN, "./a\\n\\x1b[31mb.py: repaired 1 x CLO101\n", [])
    assert run("a\tb.py") == (FAILED, "", [r"a\tb.py:1:1: CLO000 cannot be read: No such file or directory"])


def test_a_missing_path(run: Run) -> None:
    Path("late.py").write_text(LATE)
    status, out, err = run("missing.py", "late.py")
    assert (status, err) == (FAILED, ["missing.py:1:1: CLO000 cannot be read: No such file or directory"])
    assert out.startswith("late.py:3:25: CLO101 ")


def test_a_path_through_a_file(run: Run) -> None:
    Path("late.py").write_text(LATE)
    assert run("late.py/other.py") == (FAILED, "", ["late.py/other.py:1:1: CLO000 cannot be read: Not a directory"])


def test_a_directory_called_as_a_module(run: Run) -> None:
    Path("folder.py").mkdir()
    Path("folder.py", "late.py").write_text(LATE)
    assert run("folder.py")[0] == FOUND


@pytest.mark.skipif(os.name != "posix", reason="makes a named pipe")
def test_what_is_no_file_is_left_out_of_a_directory(run: Run) -> None:
    """A pipe would be waited for; a link to nothing is how Emacs locks a file that is being changed."""
    Path("late.py").write_text(LATE)
    Path(".#late.py").symlink_to("somebody@example.org.1234:5678")
    Path("loop.py").symlink_to("loop.py")
    os.mkfifo("pipe.py")
    status, out, err = run(".")
    assert status == FOUND and out.startswith("./late.py:3:25: CLO101 ")
    told = [("./.#late.py", "leads nowhere"), ("./loop.py", "leads nowhere"), ("./pipe.py", "is no file")]
    assert err == [f"closure-fix: warning: {path}: left out, since it {oddity}" for path, oddity in told]
    message = "CLO000 cannot be read: No such file or directory"
    assert run(".#late.py") == (FAILED, "", [f".#late.py:1:1: {message}"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("",), "a path is empty"),
        (("--output", "a.py", "."), "--output: 'a.py' would replace a Python file"),
        (
            ("--write-baseline", "a.pyi", "."),
            "--write-baseline: 'a.pyi' would replace a Python file",
        ),
        (("--select", "CLO999", "."), "--select: no rule has a code that begins with 'CLO999'"),
        (("--select", "XYZ", "."), "--select: no rule has a code that begins with 'XYZ'"),
        (("--extend-select", "E501", "."), "--extend-select: no rule has a code that begins with 'E501'"),
        (("--fixable", "CLO1,nonsense", "."), "--fixable: 'nonsense' is not a code or the beginning of one"),
        (("--unfixable", "ALL", "."), "--unfixable: no rule has a code that begins with 'ALL'"),
        (("--ignore", "CLO999", "."), "--ignore: no rule has a code that begins with 'CLO999'"),
        (
            ("--closures-bind-style", "loud", "."),
            "--closures-bind-style: 'loud' is none of keyword, default, partial, factory",
        ),
        (
            ("--closures-retain-bytes", "much", "."),
            "--closures-retain-bytes: 'much' is not a size such as 1000000, 1MB or 10 MB",
        ),
        (("--closures-retain-bytes", "-1", "."), "--closures-retain-bytes: '-1' is not a size such as 1000000"),
        (("--closures-class-variables=3MB", "."), "--closures-class-variables: '3MB' is not a whole number from 0 on"),
        (("--jobs", "-3", "."), "argument --jobs/-j: '-3' is not a number of processes"),
        (("--time-limit", "soon", "."), "argument --time-limit: 'soon' is not a number of seconds"),
        (("--format", "xml", "."), "argument --format: invalid choice: 'xml'"),
        (("--nonsense", "."), "unrecognized arguments: --nonsense"),
        (("--diff", "--apply", "."), "argument --apply: not allowed with argument --diff"),
        (("--explain", "CLO999"), "--explain: no rule has the code 'CLO999'"),
        (("--explain", ""), "--explain: no rule has the code ''; there are CLO000"),
        (("--audit", ""), "--audit: '' is not PACKAGE.MODULE:FUNCTION"),
        (("--output", "missing/report", "."), "missing/report: cannot be written: No such file or directory"),
        (("--config", "missing.cfg", "."), "The specified config file does not exist: missing.cfg"),
        ((), "no path given: `closure-fix .` looks at this folder"),
        (("--aply", "."), "unrecognized arguments: --aply, did you mean --apply?"),
        (("--fix", "."), "unrecognized arguments: --fix, did you mean --apply?"),
        (("--ignore-noqa", "."), "unrecognized arguments: --ignore-noqa, did you mean --disable-noqa?"),
        (("--output", "-", "."), "--output takes a file, and '-' is none"),
        (("--write-baseline", "-", "."), "--write-baseline takes a file, and '-' is none"),
        (("--per-file-ignores", "late.py", "."), "--per-file-ignores: expected files: codes, not 'late.py'"),
    ],
)
def test_wrong_usage_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("late.py").write_text(LATE)
    assert cli.main(arguments) == FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"closure-fix: error: {message}") and told.err.count("\n") == 1
    assert Path("late.py").read_text() == LATE


def test_a_notebook_is_not_taken_for_python(run: Run) -> None:
    Path("a.ipynb").write_text('{"cells": []}')
    for arguments in (["a.ipynb"], ["--apply", "a.ipynb"]):
        status, _, err = run(*arguments)
        assert status == FAILED
        assert err[0] == "a.ipynb:1:1: CLO000 is a notebook: `nbqa flake8_closures` hands over its cells"


def test_ignoring_the_codes_of_other_plugins_is_fine(run: Run) -> None:
    Path("late.py").write_text(LATE)
    assert run("--ignore", "E501", "late.py")[0] == FOUND


@pytest.mark.parametrize("error", [RecursionError("deep"), SyntaxError("ours"), KeyError("a:1:2: b\nc")])
def test_a_crash_of_ours_is_one_line_and_the_others_go_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real = engine.check

    def check(source: object, config: object) -> object:
        if source.path == "crash.py":  # type: ignore[attr-defined]
            raise error
        return real(source, config)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "check", check)
    Path("crash.py").write_text(LATE)
    Path("late.py").write_text(LATE)
    status, out, err = run("crash.py", "late.py")
    assert status == FAILED
    assert len(err) == 1 and err[0].startswith("crash.py:1:1: CLO000 ") and type(error).__name__ in err[0]
    assert not re.search(r":\d+:\d+: ", err[0].removeprefix("crash.py:1:1: "))
    assert out.startswith("late.py:")


def test_running_out_of_memory_is_no_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr(engine, "check", check)
    Path("late.py").write_text(LATE)
    with pytest.raises(MemoryError):
        run("late.py")


def test_a_file_that_changed_meanwhile_is_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine.fix

    def fix(source: object, config: object, **options: object) -> object:
        Path("late.py").write_text("# somebody else was here\n")
        return real(source, config, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "fix", fix)
    Path("late.py").write_text(LATE)
    status, out, err = run("--apply", "--unsafe-fixes", "late.py")
    assert status == FAILED
    assert err == ["late.py:1:1: CLO000 cannot be written: changed on disk meanwhile"]
    assert Path("late.py").read_text() == "# somebody else was here\n"
    assert out.startswith("late.py:3:"), "what is not repaired is still told"


def test_a_read_only_file_is_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.os, "access", lambda *_: False)  # the tests may run as root, who may write anything
    Path("late.py").write_text(LATE)
    status, _, err = run("--apply", "--unsafe-fixes", "late.py")
    assert (status, err) == (FAILED, ["late.py:1:1: CLO000 cannot be written: is read-only"])
    assert Path("late.py").read_text() == LATE


def test_a_write_that_fails_leaves_the_file_and_no_scratch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", fail)
    Path("late.py").write_text(LATE)
    status, _, err = run("--apply", "--unsafe-fixes", "late.py")
    assert (status, err) == (FAILED, ["late.py:1:1: CLO000 cannot be written: No space left on device"])
    assert {path.name: path.read_text() for path in Path().iterdir()} == {"late.py": LATE}


def test_links_and_mode_are_kept(run: Run) -> None:
    for name in ("plain.py", "target.py", "twin.py"):
        Path(name).write_text(LATE)
        Path(name).chmod(0o754)
    Path("link.py").symlink_to("target.py")
    Path("other.py").hardlink_to("twin.py")
    assert run("--apply", "--unsafe-fixes", "plain.py", "link.py", "twin.py")[0] == CLEAN
    assert Path("link.py").is_symlink()
    assert Path("twin.py").samefile("other.py")
    for name in ("plain.py", "target.py", "other.py"):
        assert Path(name).read_text() != LATE
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o754


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_with_several_names_is_repaired_once(run: Run, jobs: str) -> None:
    Path("late.py").write_text(LATE)
    Path("again.py").symlink_to("late.py")
    Path("folder").symlink_to(".")
    Path("twin.py").hardlink_to("late.py")
    _, out, _ = run(".", "folder/late.py", str(Path("late.py").resolve()))
    assert [line.partition(":")[0] for line in out.splitlines()] == ["./late.py"], "the first that is no link"
    assert run("--apply", "--jobs", jobs, ".", "folder/late.py") == (CLEAN, "", [])
    assert {Path(name).read_text() for name in ("late.py", "again.py", "twin.py")} != {LATE}
    assert Path("again.py").is_symlink() and Path("twin.py").samefile("late.py")


def test_a_generated_file_is_reported_and_left_alone(run: Run) -> None:
    text = f"# {writing.GENERATED} by a tool\n{LATE}"
    Path("late.py").write_text(text)
    for mode in ("--apply", "--diff", "--add-noqa"):
        status, _, err = run(mode, "--unsafe-fixes", "late.py")
        assert status == FOUND
        assert err[0] == f"late.py: left alone, since it is marked {writing.GENERATED}"
        assert Path("late.py").read_text() == text


def test_no_repair_is_promised_for_a_generated_file(run: Run) -> None:
    Path("late.py").write_text(f"# {writing.GENERATED} by a tool\n{LATE}")
    for _ in ("found", "recalled"):
        assert "repair" not in run("late.py")[1]
    ((found,),) = [json.loads(run("--format", "json", "late.py")[1])]
    assert found["remedy"] is None


def test_the_standard_input_may_be_broken_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "read", lambda _: b"def f(:\n")
    status, out, err = run("--apply", "-")
    assert (status, out) == (FAILED, "def f(:\n")  # or an editor that takes the result has lost its buffer
    assert err == ["stdin:1:7: CLO000 syntax error: invalid syntax"]


def test_a_notebook_goes_through_as_it_came(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "read", lambda _: b'{"cells": []}')
    status, out, err = run("--apply", "--stdin-filename", "a.ipynb", "-")
    assert (status, out, len(err)) == (FAILED, '{"cells": []}', 1)


def test_a_buffer_without_a_name_is_called_stdin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "read", lambda _: LATE.encode())
    status, out, _ = run("--stdin-filename", "", "-")
    assert status == FOUND and out.startswith("stdin:3:")


def test_what_failed_is_told_on_one_line_that_can_be_read() -> None:
    told = failure(ValueError("one\n" + "a.py:1:2: CLO101 two " * 100))
    assert told.startswith("this file could not be analysed, please report it: ValueError: one a.py 1 2: CLO101 two")
    assert len(told) == 300 and "\n" not in told
