"""Do Ray, Dask and JAX complain when they run what we report, and are they quiet when it is rewritten?

Each program is a script of its own, run by a Python of its own. `before` makes the library warn, or refuse; `after`
hands the data over in the library's own way: then library and rule are both quiet, and the answer is the same.
Install them with `pip install -e '.[test,heavy]'` and ask for these tests by `-m heavy`.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import flake8_closures

pytestmark = pytest.mark.heavy
SECONDS = 300
QUIET = {"RAY_AUTH_MODE": "disabled", "RAY_DEDUP_LOGS": "0", "JAX_PLATFORMS": "cpu"}


@dataclass(frozen=True)
class Program:
    """A script before and after. `warning` is what the library says of the one before, `code` and `name` what we do."""

    library: str
    warning: str
    code: str
    name: str
    before: str
    after: str


RAY = """
import ray

ray.init(num_cpus=1, include_dashboard=False, object_store_memory=300_000_000)
"""
RAY_BEFORE = """
table = bytes({size})


@ray.remote
def look_up(index):
    return table[index]


print("answer", ray.get(look_up.remote(0)))
ray.shutdown()
"""
RAY_AFTER = """
table = ray.put(bytes({size}))


@ray.remote
def look_up(table, index):
    return table[index]


print("answer", ray.get(look_up.remote(table, 0)))
ray.shutdown()
"""
DASK = """
import dask
from dask.distributed import Client


def job(client):
    table = {table}

    @dask.delayed
    def look_up({parameter}index):
        return table[index]

    return look_up({argument}0)


if __name__ == "__main__":
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        print("answer", client.compute(job(client)).result())
"""
JAX = """
import jax
import jax.numpy as jnp

jax.config.update("jax_captured_constants_warn_bytes", 16_000_000)
table = jnp.ones((4000, 2000))


@jax.jit
def look_up({parameter}index):
    return table[index]


print("answer", look_up({argument}0)[0])
"""
LARGE, TOO_LARGE = "12_000_000", "101_000_000"
PROGRAMS = {
    "ray warns": Program(
        "ray",
        "is very large",
        "CLO342",
        "table",
        RAY + RAY_BEFORE.format(size=LARGE),
        RAY + RAY_AFTER.format(size=LARGE),
    ),
    "ray refuses": Program(
        "ray",
        "is too large",
        "CLO342",
        "table",
        RAY + RAY_BEFORE.format(size=TOO_LARGE),
        RAY + RAY_AFTER.format(size=TOO_LARGE),
    ),
    "dask warns": Program(
        "distributed",
        "Sending large graph of size",
        "CLO342",
        "table",
        DASK.format(table="bytes(12_000_000)", parameter="", argument=""),
        DASK.format(table="client.scatter(bytes(12_000_000))", parameter="table, ", argument="table, "),
    ),
    "jax warns": Program(
        "jax",
        "A large amount of constants were captured during lowering",
        "CLO343",
        "table",
        JAX.format(parameter="", argument=""),
        JAX.format(parameter="table, ", argument="table, "),
    ),
}
each_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


def run(program: Program, text: str, folder: Path) -> str:
    """Return all that a script says. Skips the test without its library."""
    if importlib.util.find_spec(program.library) is None:
        pytest.skip(f"{program.library} is not installed")
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-W", "always", str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, env=os.environ | QUIET, cwd=folder
    )
    return done.stdout + done.stderr


def reported(text: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.name) for finding in flake8_closures.check(text, "program.py")]


@each_program
def test_library_and_rule_complain_before(program: Program, tmp_path: Path) -> None:
    assert reported(program.before) == [(program.code, program.name)]
    assert program.warning in run(program, program.before, tmp_path)


@each_program
def test_library_and_rule_are_quiet_after(program: Program, tmp_path: Path) -> None:
    assert reported(program.after) == []
    said = run(program, program.after, tmp_path)
    assert "answer" in said, said
    assert program.warning not in said
