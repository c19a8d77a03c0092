"""Does CPython agree about whose each name is? On fixtures, package and standard library."""

from __future__ import annotations

import subprocess
from pathlib import Path

import interpreters
import oracle
import pytest

from flake8_closures.model import Scope

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = [
    pytest.param(executable, id=".".join(map(str, version))) for version, executable in interpreters.find().items()
]


def ask(executable: str, *arguments: str) -> str:
    command = [executable, str(ROOT / "tests" / "oracle.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("executable", PYTHONS)
def test_every_fixture_and_our_own_code(executable: str) -> None:
    counts = ask(executable, str(ROOT / "fixtures"), str(ROOT / "flake8_closures"), str(ROOT / "tests"))
    assert "disagreements" not in counts


@pytest.mark.parametrize("executable", PYTHONS)
def test_a_sample_of_the_standard_library(executable: str) -> None:
    assert "disagreements" not in ask(executable, "--stdlib", "--every", "40")


@pytest.mark.slow
@pytest.mark.parametrize("executable", PYTHONS)
def test_the_whole_standard_library(executable: str) -> None:
    assert "disagreements" not in ask(executable, "--stdlib")


TELLING = """
count = 0

def outer(x):
    total = 0
    def inner():
        nonlocal total
        total += x
        return count
    return inner
"""


@pytest.mark.parametrize("name", ["total", "x", "count"])
def test_a_wrong_owner_is_noticed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle can fail: take one name from its owner, and it disagrees."""
    path = tmp_path / "telling.py"
    path.write_text(TELLING)

    def disagreements() -> list[str]:
        comparison = oracle.Comparison()
        comparison.file(path, path.name)
        return comparison.disagreements

    assert not disagreements()
    build = oracle.scopes.build

    def broken(tree: object) -> list[Scope]:
        scopes = build(tree)
        inner = scopes[-1]
        inner.owners[name] = scopes[1].variables["inner"] if name != "count" else scopes[1].variables["x"]
        return scopes

    monkeypatch.setattr(oracle.scopes, "build", broken)
    assert any(f": {name}:" in line for line in disagreements())
