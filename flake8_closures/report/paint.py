"""With which colours is text printed? None, or those that every terminal has."""

from __future__ import annotations

from collections.abc import Callable

STYLES = {"bold": "1", "error": "1;31", "note": "1;34", "repair": "32", "removed": "31", "faint": "2"}
Paint = Callable[[str, str], str]
"""Takes the name of a style and a text."""


def plain(style: str, text: str) -> str:
    """Return a text as it is."""
    return text


def ansi(style: str, text: str) -> str:
    """Return a text between the escape sequences of a style."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if text else text
