"""Does a run give the same whoever visits the files, and whatever is known of them already?"""

from __future__ import annotations

import errno
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from doors import LATE, ClosureFix, program
from flake8.utils import matches_filename

from flake8_closures import engine
from flake8_closures.cli import cache, discovery, running, visit
from flake8_closures.cli.cache import Cache
from flake8_closures.cli.job import Job, Mode, Visit
from flake8_closures.cli.timing import OutOfTime, within
from flake8_closures.config import Config
from flake8_closures.model import Finding

CLEAN = "made = [number for number in range(3)]\n"

needs_fork = pytest.mark.skipif(sys.platform != "linux" or sys.version_info >= (3, 14), reason="replaces by forking")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the cache, outside of what is looked at."""
    path = tmp_path.parent / f"{tmp_path.name}-cache"
    monkeypatch.setenv(cache.VARIABLE, str(path))
    return path


def fill(directory: Path, count: int = 6) -> None:
    for number in range(count):
        text = LATE if number % 3 == 1 else CLEAN
        (directory / f"m{number}.py").write_text(f"# {number}\n{text}", encoding="utf-8")


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at a file fail."""

    def refuse(*arguments: object) -> None:
        raise AssertionError("looked at again")

    monkeypatch.setattr(engine, "check", refuse)


def only(folder: Path) -> Path:
    (found,) = folder.glob("*.findings")
    return found


# The cache.


def test_what_is_known_is_not_looked_at_again(
    alone: Path, folder: Path, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(alone)
    first = closure_fix(".")
    assert first[0] == 1 and sum(": CLO101 " in line for line in first[1]) == 2
    with monkeypatch.context() as patched:
        forbid(patched)
        assert closure_fix(".") == first
        assert closure_fix("--no-cache", ".")[0] == 2
        assert closure_fix("--cache-dir", str(alone / "other"), ".")[0] == 2
        (alone / "m0.py").write_text("x = 1\n")
        assert closure_fix(".")[0] == 2
    (alone / "m1.py").write_text(CLEAN)
    status, told, _ = closure_fix(".")
    assert status == 1 and sum(": CLO101 " in line for line in told) == 1


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="names an open pipe")
def test_a_pipe_is_read_once(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    (alone / "late.py").write_text(LATE)
    assert closure_fix("late.py")[0] == 1  # there is something in the cache
    out, into = os.pipe()
    os.write(into, LATE.encode())
    os.close(into)
    status, told, _ = closure_fix(f"/dev/fd/{out}")
    os.close(out)
    assert status == 1 and told[0].startswith(f"/dev/fd/{out}:3:")


def test_where_all_is_known_next_to_nothing_is_imported(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 60)
    status, told, _ = closure_fix(".")
    others = {"concurrent", "flake8", "importlib.metadata", "json", "logging", "pathlib", "subprocess", "tempfile"}
    again, imported = run_and_look(".")
    assert again == (status, told) and not (ANALYSIS | others) & imported


def test_options_and_formats_need_no_analysis(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 1)
    (alone / ".flake8").write_text("[flake8]\nselect = E,CLO\nextend-select = CLO104\nextend-ignore = E203\n")
    for options in ((".", "--fixable=CLO2"), (".", "--format=gitlab")):
        status, told, _ = closure_fix(*options)
        again, imported = run_and_look(*options)
        assert again == (status, told) and not ANALYSIS & imported


ANALYSIS = {"flake8_closures.engine", "flake8_closures.cli.visit", "flake8_closures.facts", "flake8_closures.fixes"}


def run_and_look(*options: str) -> tuple[tuple[int, list[str]], set[str]]:
    """Run closure-fix as a program; return its exit code, the lines it printed, and which modules were imported."""
    program = (
        f"import sys; from flake8_closures import cli; status = cli.main({options!r}); "
        "print('imported:', *sys.modules); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    *told, imported = done.stdout.splitlines()
    return (done.returncode, told), {*imported.split()}


def test_the_folder_is_ignored_by_git(alone: Path, closure_fix: ClosureFix) -> None:
    fill(alone)
    closure_fix("--cache-dir", "kept", ".")
    assert "*" in (alone / "kept" / ".gitignore").read_text().splitlines()
    assert only(alone / "kept").exists()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="has another place for caches")
def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given, base in ((str(tmp_path / "caches"), "caches"), ("here", ".cache"), ("", ".cache")):
        monkeypatch.setenv("XDG_CACHE_HOME", given)
        assert Path(cache.folder()) == tmp_path / base / "flake8-closures"


def test_no_cache_leaves_no_trace(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    fill(alone)
    closure_fix("--no-cache", ".")
    assert not folder.exists()


def test_other_modes_repair_what_is_known(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 3)
    closure_fix(".")
    status, patch, _ = closure_fix("--diff", ".")
    assert status == 1 and any(line.startswith("+") and "number=number" in line for line in patch)
    assert closure_fix("--apply", ".")[0] == 0
    assert "number=number" in (alone / "m1.py").read_text()
    assert closure_fix(".")[0] == 0


def test_everything_that_counts_is_in_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        cache.key(data, path, config)
        for data in (b"x", b"y", b"xa ")
        for path in ("a.py", "b.py")
        for config in (Config(), Config(extended=True), Config(ignore=("CLO1",)))
    }
    assert len(keys) == 18
    (tmp_path / "libcst").mkdir()
    (tmp_path / "libcst" / "__init__.py").touch()
    (tmp_path / "libcst-0.0.dist-info").mkdir()
    changes: list[Callable[[pytest.MonkeyPatch], None]] = [
        lambda patched: patched.setattr(cache, "__version__", "0.0.0"),
        lambda patched: patched.setattr(sys, "version", "3.99"),
        lambda patched: patched.syspath_prepend(tmp_path),
    ]
    makers = [cache._maker.__wrapped__()]
    for change in changes:
        with monkeypatch.context() as patched:
            change(patched)
            makers.append(cache._maker.__wrapped__())
    assert len(set(makers)) == 4 and cache._maker.__wrapped__() == makers[0]


def damage(data: bytes) -> Iterator[bytes]:
    yield b""
    yield data[: len(data) // 2]
    yield data[:-1]
    for place in range(0, len(data), 7):
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_damaged_cache_is_none(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 2)
    first = closure_fix(".")
    good = only(folder).read_bytes()
    for number, bad in enumerate(damage(good)):
        only(folder).write_bytes(bad)
        if number < 3:
            assert closure_fix(".") == first
            assert only(folder).read_bytes() == good
        else:
            assert Cache(folder).is_empty


@pytest.mark.skipif(os.name != "posix", reason="makes a named pipe")
def test_a_pipe_is_no_cache(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 2)
    first = closure_fix(".")
    path = only(folder)
    path.unlink()
    os.mkfifo(path)
    assert closure_fix(".") == first and only(folder).is_fifo()


def test_a_cache_cannot_run_code(folder: Path) -> None:
    class Bad:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(folder / "made"),)

    kept = Cache(folder)
    kept.put(b"k", ())
    kept.save()
    for entries in ({b"k": (kept.today, pickle.dumps(Bad()))}, Bad()):
        body = pickle.dumps(entries)
        only(folder).write_bytes(cache.blake2b(body, digest_size=cache.DIGEST).digest() + body)
        assert Cache(folder).get(b"k") is None
    assert not (folder / "made").exists()


def test_entries_that_nobody_asks_for_are_dropped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Cache(folder)
    kept.put(b"old", ())
    kept.put(b"asked for", ())
    kept.save()
    (folder / "other.findings").touch()
    now = time.time()
    for days in (10, 35):
        monkeypatch.setattr(time, "time", lambda days=days: now + days * cache.DAY)
        kept = Cache(folder)
        assert kept.get(b"asked for") == ()
        kept.put(b"new", ())
        kept.save()
    assert set(Cache(folder)._entries) == {b"asked for", b"new"}
    assert not (folder / "other.findings").exists()


def test_runs_at_the_same_time_do_not_disturb_each_other(alone: Path, folder: Path, closure_fix: ClosureFix) -> None:
    for number in range(4):
        (alone / f"part{number}").mkdir()
        fill(alone / f"part{number}", 9)
    command = [sys.executable, "-m", "flake8_closures", "--isolated", "--quiet"]
    root = str(Path(__file__).resolve().parent.parent)
    around = {**os.environ, "PYTHONPATH": root}
    started = [
        subprocess.Popen([*command, f"part{number % 4}"], env=around, stdout=subprocess.PIPE) for number in range(8)
    ]
    told = [process.communicate()[0] for process in started]
    assert told[:4] == told[4:] and all(text.count(b"CLO101") == 3 for text in told)
    kept = list(folder.glob("*.findings"))
    assert kept and all(cache._read(path) for path in kept)
    assert {path.suffix for path in folder.iterdir() if path.name != ".gitignore"} == {".findings"}


def test_a_folder_that_cannot_be(alone: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 3)
    (alone / "file").touch()
    plain = closure_fix("--no-cache", ".")
    assert closure_fix("--cache-dir", str(alone / "file" / "inside"), ".") == plain


# Who visits.


def jobs(directory: Path, mode: Mode = Mode.REPORT) -> list[Job]:
    return [Job(str(path), path.name, Config(), mode) for path in sorted(directory.glob("*.py"))]


@pytest.mark.parametrize("make", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same(make: Callable[[int], Executor], tmp_path: Path) -> None:
    fill(tmp_path, 20)
    (tmp_path / "wrong.py").write_text("def (:\n")
    serial = [visit.visit(job) for job in jobs(tmp_path, Mode.EDITS)]
    with make(2) as executor:
        assert list(running.through(executor, jobs(tmp_path, Mode.EDITS), 3)) == serial
    assert list(running.visits(jobs(tmp_path, Mode.EDITS), processes=2)) == serial


def test_a_system_without_semaphores_has_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closure_fix: ClosureFix
) -> None:
    fill(tmp_path)
    expected = closure_fix("--no-cache", "--jobs=2", ".")
    tried = []

    def refuse(*arguments: object, **named: object) -> None:
        tried.append(arguments)
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", refuse)
    assert closure_fix("--no-cache", "--jobs=2", ".") == expected and expected[0] == 1
    assert tried == [(2,)]


@pytest.mark.skipif(os.name != "posix", reason="limits the open files")
def test_where_not_all_processes_can_be_started_there_is_one(tmp_path: Path) -> None:
    """A pool that is left half started would be waited for at the end of the program."""
    import resource

    fill(tmp_path)
    for limit in range(10, 16):
        process = program(
            *("--no-cache", "--quiet", "--jobs=2", "."),
            cwd=tmp_path,
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
        )
        told, said = process.communicate(timeout=120)
        assert (process.returncode, said) == (1, b"") and b" CLO101 " in told


@pytest.mark.parametrize("room", range(running.THREADS))
def test_where_there_is_no_room_for_threads_there_is_one_process(
    room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool that lacks one of its threads never answers."""
    fill(tmp_path)
    expected = [visit.visit(job) for job in jobs(tmp_path)]
    real, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        started.append(thread)
        if len(started) > room:
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    assert list(running.visits(jobs(tmp_path), processes=2)) == expected
    assert len(started) == room + 1 and not any(thread.is_alive() for thread in started)
    assert running._visit_apart(jobs(tmp_path)[1]) == expected[1]


@pytest.mark.skipif(os.name != "posix", reason="makes a named pipe")
def test_where_the_first_process_is_killed_the_others_end(tmp_path: Path) -> None:
    fill(tmp_path)
    os.mkfifo(tmp_path / "pipe.py")
    process = program("--no-cache", "--quiet", "--jobs=2", "pipe.py", ".", cwd=tmp_path)
    with open(tmp_path / "pipe.py", "wb"):  # waits until a process has opened it to read
        process.kill()
        process.communicate(timeout=60)  # as long as somebody has the streams open


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_dies_takes_no_other_file_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, 12)
    (tmp_path / "m5.py").write_text("# deadly\n")
    here, real = os.getpid(), visit.visit

    def deadly(job: Job) -> Visit:
        if job.path == "m5.py" and os.getpid() != here:
            os.kill(os.getpid(), 9)
        return real(job)

    monkeypatch.setattr(visit, "visit", deadly)
    results = list(running.visits(jobs(tmp_path), processes=2))
    assert [result.path for result in results] == [job.path for job in jobs(tmp_path)]
    for result in results:
        died = [failure.message for failure in result.failures]
        assert died == (["the process that analysed it died (BrokenProcessPool)"] if result.path == "m5.py" else [])
        assert len(result.findings) == (int(result.path[1:-3]) % 3 == 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no alarms")
def test_a_file_that_takes_too_long_is_given_up(
    alone: Path, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(alone, 2)
    (alone / "slow.py").write_text(LATE)
    real = engine.check

    def slow(source: engine.Source, config: Config) -> list[Finding]:
        while source.path.endswith("slow.py"):
            pass
        return real(source, config)

    monkeypatch.setattr(engine, "check", slow)
    status, told, said = closure_fix("--time-limit", "2", "--quiet", ".")
    assert status == 2 and len(told) == 1 and "m1.py" in told[0]
    assert said == ["./slow.py:1:1: CLO000 took longer than 2 seconds, given up (--time-limit)"]


@pytest.mark.skipif(sys.platform == "win32", reason="no alarms")
def test_waiting_for_the_processor_takes_no_time() -> None:
    def work() -> None:
        while True:
            pass

    within(0.1, lambda: time.sleep(0.3))
    with pytest.raises(OutOfTime):
        within(0.1, work)


@pytest.mark.parametrize("typed", ["--jobs=-1", "--time-limit=-1", "--time-limit=nan", "--jobs=x"])
def test_numbers_that_are_none(typed: str, closure_fix: ClosureFix) -> None:
    status, told, said = closure_fix(typed, ".")
    assert (status, told, len(said)) == (2, [], 1)


def test_paths_are_matched_as_flake8_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [".", "..", "a.py", "./a.py", "b/a.py", "/x/a.py", "b/[a].py", "build", "b", "A.PY", "c.d/e", "a\nb.py", ""]
    lists = [[], ["a.py"], ["*.py"], ["b"], [str(tmp_path / "b/*")], ["[ab]"], ["bu?ld", "b"], ["[!a]*"], [".."], ["*"]]
    for patterns in lists:
        for path in paths:
            theirs = matches_filename(path, patterns, log_message="%(path)s %(whether)s", logger=logging.getLogger())
            assert discovery._matches(path, patterns) == theirs, (path, patterns)
