"""Do the pre-commit hooks do what they say, in a repository that uses them?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doors import LATE, git

import flake8_closures
from flake8_closures.config import Config

PROJECT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow
pytest.importorskip("pre_commit", reason="pre-commit is not installed (extra dev)")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a git repository with the project as it is now."""
    folder = tmp_path_factory.mktemp("hooks") / "project"
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(PROJECT / name, folder)
    shutil.copytree(PROJECT / "flake8_closures", folder / "flake8_closures")
    git("init", "-q", ".", folder=folder)
    git("add", "-A", folder=folder)
    git("commit", "-q", "-m", "now", folder=folder)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where pre-commit keeps its environments, so that both hooks share one."""
    return tmp_path_factory.mktemp("home")


def run(hook: str, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--color=never"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(home)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if "CalledProcessError" in done.stdout and not os.environ.get("CI"):
        pytest.skip(f"pre-commit cannot install the hook: {done.stdout[-300:]}")
    return done


def test_lint_reports_and_fix_repairs(hooks: Path, home: Path, tmp_path: Path) -> None:
    git("init", "-q", ".", folder=tmp_path)
    late, excluded = tmp_path / "late.pyi", tmp_path / "old" / "late.py"
    excluded.parent.mkdir()
    for path in (late, excluded):
        path.write_text(LATE)
    (tmp_path / "setup.cfg").write_text("[flake8]\nexclude = old\n")
    revision = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=hooks, text=True).strip()
    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n"
        "  - id: closure-lint\n  - id: closure-fix\n    args: [--unsafe-fixes]\n"
    )
    git("add", "-A", folder=tmp_path)

    reported = run("closure-lint", home, tmp_path)
    assert reported.returncode == 1
    assert "late.pyi:3:25: CLO101 " in reported.stdout and "old" not in reported.stdout
    assert late.read_text() == LATE

    repaired = run("closure-fix", home, tmp_path)
    assert repaired.returncode == 1, "pre-commit fails when a hook changes a file"
    assert "files were modified by this hook" in repaired.stdout
    assert late.read_text() == flake8_closures.fix(LATE, config=Config(unsafe_fixes=True)).text != LATE
    assert excluded.read_text() == LATE

    for hook in ("closure-lint", "closure-fix"):
        assert run(hook, home, tmp_path).returncode == 0


def test_the_hook_of_flake8_takes_the_plugin(hooks: Path, home: Path, tmp_path: Path) -> None:
    """A local hook stands for the one of flake8's repository: pre-commit installs what is added to either the same."""
    git("init", "-q", ".", folder=tmp_path)
    (tmp_path / "late.py").write_text(LATE)
    (tmp_path / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - id: flake8\n    name: flake8\n    entry: flake8\n    language: python\n"
        f"    types: [python]\n    additional_dependencies: [flake8, 'git+file://{hooks}']\n"
    )
    git("add", "-A", folder=tmp_path)
    reported = run("flake8", home, tmp_path)
    assert reported.returncode == 1 and "late.py:3:25: CLO101 " in reported.stdout
