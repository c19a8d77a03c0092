"""The switches of the test run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from doors import ClosureFix

from flake8_closures import cli
from flake8_closures.cli import cache


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-carets",
        action="store_true",
        help="write the carets and the repaired texts of fixtures/ as the rules find them now",
    )
    parser.addoption(
        "--update-docs",
        action="store_true",
        help="write the output of the examples in the documentation as it is now",
    )


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what closure-fix remembers of one test from the next one, and from the developer's own runs."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def update_docs(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-docs"))


@pytest.fixture
def update_carets(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-carets"))


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, to which no option and no variable of the developer's comes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def closure_fix(alone: Path, capfd: pytest.CaptureFixture[str]) -> ClosureFix:
    """Run closure-fix in this process; return the exit code and the lines of standard output and standard error."""

    def closure_fix(*arguments: str) -> tuple[int, list[str], list[str]]:
        status = cli.main(arguments)
        sys.stdout.flush()
        told = capfd.readouterr()
        return status, told.out.splitlines(), told.err.splitlines()

    return closure_fix
