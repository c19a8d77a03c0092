"""Does a Dask cluster find what one process finds, byte for byte, even if it loses a worker?

python -m pytest tests/test_cluster.py -m cluster -n0      needs the extra `dask`; two workers on this computer
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doors import LATE, ClosureFix

from flake8_closures.cli import running, visit
from flake8_closures.cli.job import Job, Mode
from flake8_closures.config import Config

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def cluster() -> Iterator[Any]:
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as started:
        yield started


def fill(directory: Path, count: int) -> None:
    for number in range(count):
        (directory / f"m{number:04}.py").write_text(f"# {number}\n{LATE if number % 3 else 'x = 1'}\n")
    (directory / "wrong.py").write_text("def (:\n")
    (directory / "bytes.py").write_bytes(b"x = '\xff'\n")


def test_the_same_as_in_one_process(cluster: Any, alone: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 250)
    for form in ("json", "text"):
        serial = closure_fix("--no-cache", "--jobs=1", f"--format={form}", ".")
        assert closure_fix("--no-cache", "--dask", cluster.scheduler_address, f"--format={form}", ".") == serial
    assert serial[0] == 2 and sum(": CLO101 " in line for line in serial[1]) == 166


def test_what_was_found_far_away_is_repaired_here(cluster: Any, alone: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 4)
    (alone / "wrong.py").unlink()
    (alone / "bytes.py").unlink()
    assert closure_fix("--dask", cluster.scheduler_address, "--apply", ".")[0] == 0
    assert "number=number" in (alone / "m0001.py").read_text()


def test_the_workers_need_not_see_the_files(cluster: Any, tmp_path: Path) -> None:
    path = tmp_path / "here.py"
    path.write_text(LATE)
    sent = running._to_be_sent(Job(str(path), "here.py", Config(), Mode.APPLY))
    path.unlink()
    with distributed.Client(cluster) as client, client.get_executor() as executor:
        (result,) = running.through(executor, [sent], 1)
    assert [finding.code for finding in result.findings] == ["CLO101"] and not result.applied


def test_a_worker_that_is_killed_loses_nothing(cluster: Any, tmp_path: Path) -> None:
    fill(tmp_path, 600)
    jobs = [Job(str(path), path.name, Config()) for path in sorted(tmp_path.glob("*.py"))]
    serial = [visit.visit(job) for job in jobs]
    killed = threading.Event()
    with distributed.Client(cluster) as client, client.get_executor() as executor:
        before = set(client.run(os.getpid).values())
        seen = running.through(executor, jobs, 5)
        results = [next(seen)]

        def kill() -> None:
            os.kill(min(before), signal.SIGKILL)
            killed.set()

        threading.Thread(target=kill).start()
        results += seen
        assert killed.wait(10)
        deadline = time.monotonic() + 60
        while min(before) in (after := set(client.run(os.getpid).values())) or not after:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert results == serial


def test_no_cluster_there(alone: Path, closure_fix: ClosureFix) -> None:
    fill(alone, 1)
    status, told, said = closure_fix("--no-cache", "--dask", "tcp://127.0.0.1:9", ".")
    assert (status, told) == (2, []) and said[-1].startswith("closure-fix: error: --dask: no scheduler at ")


def test_nothing_of_it_is_imported_without_the_option() -> None:
    code = "import sys, flake8_closures.cli; print([n for n in ('distributed', 'multiprocessing') if n in sys.modules])"
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=around, check=True)
    assert done.stdout == "[]\n"
