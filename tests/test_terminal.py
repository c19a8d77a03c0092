"""Is a terminal used well? Colours, the bar of a long run, pages, and what Tab completes."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doors import LATE, ClosureFix, program

from flake8_closures import cli
from flake8_closures.cli import CLEAN, FOUND, arguments, completion, terminal
from flake8_closures.cli.progress import PATIENCE, WIPE, Progress
from flake8_closures.codes import page_of
from flake8_closures.model import Finding, Note, Span
from flake8_closures.report import to_text
from flake8_closures.report.paint import ansi, plain


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


# Colours.


@pytest.mark.parametrize(
    ("when", "stream", "environment", "is_coloured"),
    [
        ("auto", Screen(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", Screen(), {"NO_COLOR": "1"}, False),
        ("auto", Screen(), {"NO_COLOR": ""}, True),
        ("auto", Screen(), {"TERM": "dumb"}, False),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1"}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": ""}, False),
        ("auto", Screen(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Screen(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_when_there_are_colours(when: str, stream: io.StringIO, environment: dict[str, str], is_coloured: bool) -> None:
    assert terminal.paint(when, stream, environment) is (ansi if is_coloured else plain)


def test_colours_change_nothing_but_colours(closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.py").write_text(LATE)
    for options in ((), ("-q",), ("--format=json",), ("--explain", "CLO101")):
        paths = () if "--explain" in options else ("a.py",)
        bare, coloured = (closure_fix(*options, f"--color={when}", *paths) for when in ("never", "always"))
        assert "\x1b" not in "".join(bare[1])
        assert ("\x1b" in "".join(coloured[1])) == ("--format=json" not in options)
        assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured[1]] == bare[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in closure_fix("a.py")[1][0]
    assert closure_fix("--output", "report", "--color=auto", "a.py")[0] == FOUND


# What is shown of a finding.


def test_places_are_shown_in_their_order(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(
        "def outer():\n    n = 0\n    # one\n    # two\n\n    def inner():\n        n += 1\n    return inner\n"
    )
    lines = closure_fix("a.py")[1]
    assert lines[1:9] == [
        "  2 |     n = 0",
        "    |     - the 'n' of 'outer' is bound here",
        "    ...",
        "  7 |         n += 1",
        "    |         ^ this makes 'n' local to 'inner'",
        "    = repair (--apply): declare 'n' nonlocal in 'inner'",
        f"    = page: {page_of('CLO201')}",
    ]


def test_of_a_long_line_the_part_around_each_place_is_shown(closure_fix: ClosureFix) -> None:
    many = repr("b" * 300)
    Path("a.py").write_text(f"for n in z: x = {many}; made.append(lambda: n); y = {many}\n")
    lines = closure_fix("a.py")[1][1:7]
    assert max(map(len, lines)) == len("  1 | ......") + 160
    for code, marks, place in zip(lines[::2], lines[1::2], ("n", "n", "made.append(lambda: n)"), strict=True):
        begin = re.search(r"[-^]", marks)
        assert begin and code[begin.start() :].startswith(place), "the marks are below the place"
        assert re.fullmatch(r"\^+|-+ .*", marks[begin.start() :])


@pytest.mark.parametrize("column", [0, 1, 39, 40, 41, 159, 160, 161, 199, 200, 201, 398, 399])
def test_every_place_of_a_long_line_can_be_seen(column: int) -> None:
    code = "".join(chr(ord("a") + number % 26) for number in range(400))
    first, second = Span(1, 0, 1, 1), Span(1, column, 1, column + 1)
    found = Finding("CLO101", first, "a", "a message", notes=(Note(second, "here"),))
    lines = list(to_text.finding("a.py", found, [code]))[1:]
    (mark,) = (number for number, line in enumerate(lines) if "here" in line)
    shown = next(line for line in reversed(lines[:mark]) if line.startswith("  1 |"))
    assert shown[re.search("[-^]", lines[mark]).start()] == code[column]  # type: ignore[union-attr]


def test_a_page_is_named_once(closure_fix: ClosureFix) -> None:
    for name in ("a.py", "b.py"):
        Path(name).write_text(LATE)
    assert sum(page_of("CLO101") in line for line in closure_fix("a.py", "b.py")[1]) == 1


def test_a_page_ends_with_its_address(closure_fix: ClosureFix) -> None:
    for code in ("CLO000", "CLO001", "CLO104", *cli.all_rules()):
        status, lines, _ = closure_fix("--explain", code)
        assert status == CLEAN and lines[0].startswith(f"{code} ") and lines[-1] == page_of(code)
    assert closure_fix("--explain", "clo101") == closure_fix("--explain", "CLO101")


# Progress.


def bar(stream: io.StringIO) -> tuple[Progress, Callable[[float], None]]:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return Progress(10, stream, lambda: now[0]), sleep


def test_a_bar_comes_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "31")
    screen = Screen()
    progress, sleep = bar(screen)
    progress.step()
    progress.wipe()
    assert screen.getvalue() == "", "a short run shows nothing"
    sleep(PATIENCE)
    progress.step()
    progress.step()
    assert screen.getvalue() == f"{WIPE}[###..............] 2/10 files", "nor does one that is just drawn"
    sleep(PATIENCE)
    progress.step()
    assert screen.getvalue().endswith(f"{WIPE}[######...........] 4/10 files")
    progress.wipe()
    progress.wipe()
    assert screen.getvalue().endswith(f"files{WIPE}") and screen.getvalue().count(WIPE) == 3


@pytest.mark.parametrize("columns", [1, 5, 14, 200])
def test_a_bar_fits_into_the_line(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen()
    progress, sleep = bar(screen)
    sleep(PATIENCE)
    progress.step()
    assert len(screen.getvalue().removeprefix(WIPE)) < max(columns, 2)


def test_no_bar_without_a_terminal() -> None:
    progress, sleep = bar(io.StringIO())
    sleep(1000)
    progress.step()
    assert progress.stream.getvalue() == ""  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo terminal")
def test_on_a_terminal_the_bar_leaves_no_trace(alone: Path) -> None:
    import pty

    for number in range(3):
        Path(f"{number}.py").write_text(LATE)
    script = (
        "import time\nfrom flake8_closures import cli\nfrom flake8_closures.cli import progress, visit\n"
        "progress.PATIENCE = 0\n"
        "import sys; sys.exit(cli.main(['-q', '--jobs=1', '--color=never', '.']))"
    )
    master, slave = pty.openpty()
    environment = {**os.environ, "COLUMNS": "40", "TERM": "xterm"}
    process = subprocess.Popen([sys.executable, "-c", script], stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    told = b"".join(read_all(master))
    assert process.wait() == FOUND
    assert told.count(WIPE.encode()) >= 2 and b"1/3 files" in told
    left = [line.rpartition(WIPE.encode())[2] for line in told.split(b"\r\n")]
    assert [line.partition(b": ")[0] for line in left] == [b"./0.py:3:25", b"./1.py:3:25", b"./2.py:3:25", b""]


def read_all(handle: int) -> Iterator[bytes]:
    with open(handle, "rb", buffering=0) as file:
        while True:
            try:
                data = file.read(4096)
            except OSError:  # how Linux says that the other end is closed
                return
            if not data:
                return
            yield data


# Completion.


def flags() -> set[str]:
    parser = arguments.command_line()
    return {flag for action in parser._actions if action.help != "==SUPPRESS==" for flag in action.option_strings}


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_every_option_is_in_the_script(closure_fix: ClosureFix, shell: str) -> None:
    status, lines, _ = closure_fix("--completion", shell)
    text = "\n".join(lines)
    assert status == CLEAN and len(flags()) > 40
    for flag in flags():
        name = f"-l {flag[2:]} " if flag.startswith("--") else f"-s {flag[1:]} "
        assert (name if shell == "fish" else flag) in text


def completed(*words: str) -> set[str]:
    """Return what bash offers for the last word."""
    script = completion.script(arguments.command_line(), "bash")
    script += f"COMP_WORDS=({' '.join(words)!s})\nCOMP_CWORD={len(words) - 1}\n_closure_fix 2>/dev/null\n"
    script += 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(alone: Path) -> None:
    for name in ("setup.cfg", "setup.py", "other"):
        Path(name).touch()
    assert completed("closure-fix", "--sho") == {"--show-files", "--show-fixes", "--show-settings"}
    assert completed("closure-fix", "--format", "g") == {"github", "gitlab"}
    assert completed("closure-fix", "--output", "set") == completed("closure-fix", "set") == {"setup.cfg", "setup.py"}
    assert completed("closure-fix", "--select", "set") == set(), "codes are no files"


def test_zsh_is_told_what_is_no_end_of_a_description() -> None:
    text = completion.script(arguments.command_line(), "zsh")
    assert "--config[read the options from this file alone\\: its \\[flake8\\] section" in text
    assert "(extra\\: lsp)" in text


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
def test_fish_completes(alone: Path) -> None:
    Path("script").write_text(completion.script(arguments.command_line(), "fish"))

    def completed(line: str) -> set[str]:
        done = subprocess.run(["fish", "-c", f"source script; complete -C '{line}'"], capture_output=True, text=True)
        return {each.partition("\t")[0] for each in done.stdout.splitlines()}

    assert completed("closure-fix --sho") == {"--show-files", "--show-fixes", "--show-settings"}
    assert completed("closure-fix --format g") == {"github", "gitlab"}
    assert "script" in completed("closure-fix --output scr")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_understands_the_script(shell: str, alone: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    Path("script").write_text(completion.script(arguments.command_line(), shell))
    assert subprocess.run([shell, "-n", "script"], capture_output=True).stderr == b""


def test_zsh_is_told_a_value_and_where_it_comes_from() -> None:
    script = completion.script(arguments.command_line(), "zsh")
    specifications = re.findall(r"^    '\*(--[\w-]+)\[(?:\\.|[^]\\])*\](.*)' \\$", script, re.M)
    assert len(specifications) > 40
    for flag, rest in specifications:
        assert len(re.split(r"(?<!\\):", rest)) == (3 if rest else 1), flag


# Ends that nobody planned.


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_while_it_is_loaded_shows_no_traceback(alone: Path) -> None:
    (alone / "argparse.py").write_text("import time\nopen('reached', 'w').close()\ntime.sleep(60)\n")
    process = program(".", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    while not (alone / "reached").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == -signal.SIGINT


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_again_does_not_wait_for_the_processes(alone: Path) -> None:
    os.mkfifo("pipe.py")
    Path("late.py").write_text(LATE)
    process = program(
        *("--no-cache", "--jobs=2", "pipe.py", "late.py"),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with open("pipe.py", "wb"):  # waits until a process has opened it to read
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            process.send_signal(signal.SIGINT)
            time.sleep(0.1)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == -signal.SIGINT


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_leaves_nothing_half_done(alone: Path) -> None:
    for number in range(100):
        Path(f"{number}.py").write_text(LATE * 20)
    command = [sys.executable, "-m", "flake8_closures", "--apply", "--jobs=2", "--output=report", "."]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job ignores it
    )
    for _ in range(600):
        if any(path.read_text() != LATE * 20 for path in alone.glob("*.py")):
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (cli.INTERRUPTED, b"", b"")
    assert len({path.read_text() for path in alone.glob("*.py")}) == 2, "as before or repaired, not between"
    assert {path.suffix for path in alone.iterdir()} == {".py"}, "neither a report nor a scratch file is left"
