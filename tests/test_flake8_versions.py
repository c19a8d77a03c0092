"""Do the oldest and the newest flake8 that we promise load the plugin, and treat it alike?"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
WIDE = 'import os\nmade = []\nfor number in range(3):\n    é = "ééé😀"; made.append(lambda: number)\n'
DRIVER = """
import sys
from flake8.main.cli import main
from flake8_closures import engine
from flake8_closures.model import Finding, Rule, Span

def check(source, config):
    if "crash" in source.path:
        raise SyntaxError("ours")
    rule = Rule("CLO104", "", "", "", None, default=False)
    return [Finding("CLO104", Span(1, 0, 1, 1), "x", "opt-in")] if config.is_enabled(rule) else []

engine.check = check
main(["--isolated", "--jobs=1", *sys.argv[1:]])
"""
ARGUMENTS = {
    "": False,
    "--ignore=E501": False,
    "--select=C,E,F,W,B": False,
    "--select=CLO1": False,
    "--extend-select=CLO104": True,
    "--extend-select=CLO104 --ignore=E501": True,
    "--closures-extended": True,
    "--closures-extended --extend-ignore=CLO1": False,
}

pytestmark = pytest.mark.slow


def install(python: str, *requirements: str) -> None:
    """Install into a virtual environment. Without a package index the test is skipped, but not in CI."""
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"pip install {requirements}: {done.stderr[-300:]}")


@pytest.fixture(scope="module", params=["flake8==6.0.0", "flake8==7.0.0", "flake8==7.4.0", "flake8"])
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the interpreter of a virtual environment with one flake8 and the plugin, and without libcst."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    found = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    install(found, request.param)
    install(found, "--no-deps", str(PROJECT))
    return found


def flake8(python: str, *arguments: str) -> list[str]:
    done = subprocess.run([python, *arguments], capture_output=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_plugin_works(python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wide.py").write_text(WIDE, encoding="utf-8")
    assert "flake8-closures: " in " ".join(flake8(python, "-m", "flake8", "--version"))
    (line,) = flake8(python, "-m", "flake8", "--isolated", "--select=CLO", "wide.py")
    assert line.startswith(f"wide.py:4:{WIDE.splitlines()[3].index('number') + 1}: CLO101 ")
    assert len(flake8(python, "-m", "flake8", "--isolated", "--select=CLO", "--jobs=2", "wide.py", ".")) == 2


def test_opt_in_codes_stay_off_and_a_crash_is_one_line(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("driver.py").write_text(DRIVER)
    Path("x.py").touch()
    for arguments, expected in ARGUMENTS.items():
        lines = flake8(python, "driver.py", *arguments.split(), "x.py")
        assert lines == (["x.py:1:1: CLO104 opt-in"] if expected else []), arguments
    Path("crash.py").write_text("import os\n")
    ours, theirs = flake8(python, "driver.py", "crash.py")
    assert ours.startswith("crash.py:1:1: CLO000 ") and theirs.startswith("crash.py:1:1: F401 ")
