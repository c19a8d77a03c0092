"""How do tests go through the doors? A program with one finding, and closure-fix started as its users start it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LATE = "made = []\nfor number in range(3):\n    made.append(lambda: number)\n"
WIDE = 'made = []\nfor number in range(3):\n    é = "ééé😀漢"; made.append(lambda: number)\n'

ClosureFix = Callable[..., tuple[int, list[str], list[str]]]
"""The fixture `closure_fix`: takes arguments, gives the exit code and the lines of both streams."""


def program(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    """Start closure-fix as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flake8_closures", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )


def git(*arguments: str, folder: Path = Path()) -> None:
    """Run git as somebody who may commit."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def write(*names: str) -> None:
    """Write files with one finding each."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(LATE)


def listed(closure_fix: ClosureFix, *arguments: str) -> list[str]:
    """Return the files in which closure-fix finds something, one for each finding."""
    return [line.partition(":")[0] for line in closure_fix("-q", *arguments)[1]]
