"""Where do the standard streams lead? To nowhere, if nobody opened them or their reader has gone."""

from __future__ import annotations

import contextlib
import os
import sys

MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}


def prepare() -> None:
    """Make all three usable: a closed one leads nowhere, and none fails at a character that it cannot encode."""
    for name, mode in MODES.items():
        stream = getattr(sys, name) or open(os.devnull, mode)  # noqa: SIM115  it stays open as long as the program runs
        setattr(sys, name, stream)
        if mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write everything that was printed. Raises OSError if that fails."""
    sys.stdout.flush()
    sys.stderr.flush()


def drop(*numbers: int) -> None:
    """Discard what was printed but not written to these streams (1, 2), and everything that follows."""
    for number in numbers:
        with contextlib.suppress(OSError):
            os.close(number)  # first, since there may be no room for one more open file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
