"""What can the reader's terminal show? Colours, if it is one and nobody objects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from flake8_closures.report.paint import Paint, ansi, plain

WHEN = ("auto", "always", "never")


def paint(when: str, stream: TextIO, environment: Mapping[str, str] | None = None) -> Paint:
    """Return how to colour what goes to a stream. `when` is one of WHEN.

    For `auto` the variables NO_COLOR (no-color.org) and FORCE_COLOR (force-color.org) decide, where they are set and
    not empty; then whether the stream is a terminal that is not a dumb one.
    """
    environment = os.environ if environment is None else environment
    if when == "auto":
        if environment.get("NO_COLOR"):
            when = "never"
        elif environment.get("FORCE_COLOR") or (stream.isatty() and environment.get("TERM") != "dumb"):
            when = "always"
    return ansi if when == "always" else plain
