"""How are results told? One module a format, each from plain findings to text; nothing here opens a file."""

from __future__ import annotations

import re

LOOKS_LIKE_A_PLACE = re.compile(r":(?=\d+:)")


def one_line(text: str) -> str:
    """Return text as one line in which no editor finds a second `path:line:column: code`."""
    return LOOKS_LIKE_A_PLACE.sub(" ", " ".join(text.split()))


def failure(error: BaseException) -> str:
    """Return the message of CLO000 for an error of our own."""
    return one_line(f"this file could not be analysed, please report it: {type(error).__name__}: {error}")[:300]
