"""What becomes of the files when a run does not get to its end? Each is the old text or the new one, nothing else."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import LATE

import flake8_closures
from flake8_closures import cli
from flake8_closures.cli import CLEAN, FAILED, writing

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "flake8_closures", "--isolated", "--quiet", "--jobs", "1", "--apply"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts")


def old_and_new(number: int) -> tuple[str, str]:
    old = f"# {number}\n" + LATE + "x = 1\n" * (number % 7) * 100
    return old, flake8_closures.fix(old).text


def fill(directory: Path, count: int) -> dict[Path, tuple[str, str]]:
    files = {}
    for number in range(count):
        path = directory / f"m{number:03}.py"
        files[path] = old_and_new(number)
        path.write_text(files[path][0])
    return files


def start(directory: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*COMMAND, str(directory)], env=environment, stdout=quiet, stderr=quiet)


def kill_at_random(directory: Path, files: dict[Path, tuple[str, str]], times: int) -> None:
    assert start(directory).wait() == CLEAN  # compiles the modules: that is not to be waited for again
    for path, (old, _) in files.items():
        path.write_text(old)
    begin = time.monotonic()
    assert start(directory).wait() == CLEAN
    whole = time.monotonic() - begin
    choose = random.Random(times)
    halves = 0
    for _ in range(times):
        for path, (old, _) in files.items():
            path.write_text(old)
        process = start(directory)
        time.sleep(choose.uniform(0.3 * whole, whole))
        process.kill()
        process.wait()
        texts = {path: path.read_text() for path in files}
        assert all(texts[path] in files[path] for path in files)
        done = sum(texts[path] == new for path, (_, new) in files.items())
        halves += 0 < done < len(files)
    assert halves, "no run was killed while it was writing"
    assert start(directory).wait() == CLEAN
    assert {path: path.read_text() for path in files} == {path: new for path, (_, new) in files.items()}
    assert sorted(directory.iterdir()) == sorted(files)


def test_killed_a_few_times(tmp_path: Path) -> None:
    kill_at_random(tmp_path, fill(tmp_path, 40), 5)


@pytest.mark.slow
def test_killed_a_hundred_times(tmp_path: Path) -> None:
    kill_at_random(tmp_path, fill(tmp_path, 200), 100)


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    files = fill(tmp_path, 1)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    stale = tmp_path / f"{writing._scratch()}{dead.pid}-abc"
    alive = tmp_path / f"{writing._scratch()}{os.getpid()}-abc"
    elsewhere = tmp_path / f".closure-fix-00000000-{dead.pid}-abc"
    for path in (stale, alive, elsewhere):
        path.write_text("half")
    assert start(tmp_path).wait() == CLEAN
    assert sorted(tmp_path.iterdir()) == sorted([*files, alive, elsewhere])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def run(*paths: Path) -> tuple[int, list[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*COMMAND, *map(str, paths)]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    return done.returncode, done.stderr.splitlines()


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    full, free = small_disk / "full.py", tmp_path / "free.py"
    old = LATE + "x = 1\n" * 5000
    full.write_text(old)
    (small_disk / "ballast").write_bytes(b"x" * 24_000)
    free.write_text(LATE)
    status, told = run(full, free)
    assert (status, len(told)) == (FAILED, 1)
    assert told[0].startswith(f"{full}:1:1: CLO000 cannot be written: No space left")
    assert full.read_text() == old
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "full.py"]
    assert free.read_text() == flake8_closures.fix(LATE).text


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that every user can see."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    for path in directory.rglob("*"):
        path.chmod(0o755)
    shutil.rmtree(directory)


def as_nobody(arguments: list[str]) -> tuple[int, str]:
    """Run closure-fix in a process of a user who owns nothing; return the exit code and standard error."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        status = 99
        try:
            os.dup2(writer, 2)
            if os.geteuid() == 0:
                os.setgroups([])
                os.setuid(65534)
            sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
            status = cli.main(arguments)
            sys.stderr.flush()
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader) as stream:
        told = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("protected", ["file", "directory"])
def test_what_may_not_be_written(public: Path, protected: str) -> None:
    """Root may write everything: then another user is asked."""
    kept, done, first = public / "kept", public / "done", public / "first"
    for directory in (kept, done, first):
        directory.mkdir()
        (directory / "a.py").write_text(LATE)
        directory.chmod(0o777)
        (directory / "a.py").chmod(0o666)
    (kept / "a.py").chmod(0o444 if protected == "file" else 0o666)
    kept.chmod(0o777 if protected == "file" else 0o555)
    assert cli.main([*COMMAND[3:], str(first)]) == 0  # all is imported: another user may not read the project
    status, told = as_nobody([*COMMAND[3:], str(kept), str(done)])
    assert status == FAILED
    (line,) = told.splitlines()
    assert line.startswith(f"{kept / 'a.py'}:1:1: CLO000 cannot be written: ")
    assert (kept / "a.py").read_text() == LATE
    assert (done / "a.py").read_text() == flake8_closures.fix(LATE).text
    assert [path.name for path in kept.iterdir()] == ["a.py"]
