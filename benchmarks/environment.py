"""Where do the peers and the packages come from? Fetched from PyPI once, kept in a cache folder.

The folder is `$CLOSURE_BENCH_CACHE`, or `~/.cache/closure-bench`.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = Path(os.environ.get("CLOSURE_BENCH_CACHE", "~/.cache/closure-bench")).expanduser()
PLATFORMS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux1_x86_64", "any")
PYTHON = "3.11"
"""The Python whose wheels are fetched; they are read, never run."""

sys.path.insert(0, str(ROOT))


def pins(name: str) -> list[str]:
    """Return the requirements of `benchmarks/NAME.txt`."""
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def install(name: str) -> Path:
    """Return the Python of an environment with the versions that `benchmarks/NAME.txt` pins, built when they change.

    Raises SystemExit where they cannot be installed.
    """
    version = "{}.{}".format(*sys.version_info)
    digest = hashlib.sha256("\n".join(pins(name)).encode()).hexdigest()[:12]
    folder = CACHE / "environments" / f"{name}-{version}-{digest}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / ".complete"
    if not done.exists():
        print(f"installing {' '.join(pins(name))} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins(name)])
        done.touch()
    return python


def fetch(requirement: str) -> Path:
    """Return the folder with the .py files of one published wheel, `NAME==VERSION`, downloaded once.

    The name of an existing folder stands for itself. Raises SystemExit for what cannot be fetched.
    """
    if Path(requirement).is_dir():
        return Path(requirement).resolve()
    if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", requirement):
        raise SystemExit(f"{requirement!r} is neither a folder nor of the form NAME==VERSION")
    folder = CACHE / requirement.lower()
    if (folder / ".complete").exists():
        return folder
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--python-version", PYTHON, "-d", scratch]
        for platform in PLATFORMS:
            command += ["--platform", platform]
        _run([*command, requirement])
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(".py") and ".data/" not in name:
                    archive.extract(name, folder)
    (folder / ".complete").touch()
    return folder


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
