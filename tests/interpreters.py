"""Which Pythons can be asked? The running one, and every other supported one found on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Version = tuple[int, int]

OLDEST: Version = (3, 10)
NEWEST_MINOR = 13
DEMONSTRATE = Path(__file__).with_name("demonstrate.py")
SECONDS = 120


@cache
def find() -> dict[Version, str]:
    """Return the executable of each Python found, oldest first; the running one stands for its own version.

    Looked for on PATH and in the versions folder of pyenv. A missing version is no error.
    """
    found = {sys.version_info[:2]: sys.executable}
    for minor in range(OLDEST[1], NEWEST_MINOR + 1):
        if (3, minor) in found:
            continue
        for candidate in _candidates(minor):
            if _answers(candidate, (3, minor)):
                found[3, minor] = candidate
                break
    return dict(sorted(found.items()))


def _candidates(minor: int) -> Iterator[str]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for home in sorted(root.glob(f"versions/3.{minor}.*")):
        if re.fullmatch(r"3\.\d+\.\d+", home.name):
            yield str(home / "bin" / "python")
    on_path = shutil.which(f"python3.{minor}")
    if on_path:
        yield on_path


def _answers(executable: str, version: Version) -> bool:
    """Say whether an executable runs and is that Python; a pyenv shim may be there and refuse."""
    command = [executable, "-I", "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in version]


def demonstrate(version: Version, programs: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Run the demo of each program (a name and a text) under one Python; return what each of them gave.

    An answer holds `result` (its repr), `raised` (the name of the exception's class, or None), `error` (its message),
    whether the result `is_wrong` and `is_right`, and `states`: which of wrong, right and raises the demo announces.
    """
    command = [find()[version], "-I", str(DEMONSTRATE)]
    request = json.dumps(programs)
    answer = subprocess.run(command, input=request, capture_output=True, text=True, timeout=SECONDS, check=False)
    if answer.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{answer.stderr}")
    answers: dict[str, dict[str, Any]] = json.loads(answer.stdout)
    return answers
