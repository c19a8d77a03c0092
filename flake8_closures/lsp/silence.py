"""What has to be written so that a code is no longer reported on a line? A `# noqa`, as flake8 reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8.defaults import NOQA_INLINE_REGEXP

from flake8_closures.model import Edit
from flake8_closures.source import LINE, Source, SourceError, parse

FURTHEST = 100
"""How many lines a string or a continued line may go on for the comment behind it to be looked for."""


def silence(source: Source, line: int, code: str) -> Edit | None:
    """Return the edit that silences a code on a line, None if there is none.

    flake8 takes a string of several lines, and lines continued by a backslash, for one; its comment stands at the end.
    Tried out: the program stays what it is, and the code is silent.
    """
    before = ast.dump(source.tree)
    for edit in _attempts(source, line, code):
        text = source.text[: edit.start] + edit.text + source.text[edit.end :]
        try:
            after = Source(source.path, LINE.findall(text), parse(text))
        except SourceError:
            continue
        if after.silenced(line, code) and ast.dump(after.tree) == before:
            return edit
    return None


def _attempts(source: Source, line: int, code: str) -> Iterator[Edit]:
    for number in range(line, min(line + FURTHEST, len(source.lines) + 1)):
        text = source.lines[number - 1].rstrip("\r\n")
        found = NOQA_INLINE_REGEXP.search(text)
        if found and found["codes"]:
            codes = found["codes"].rstrip(", \t")
            place = source.offset(number, found.start("codes") + len(codes))
            separator = ", " if ", " in codes else ","
            yield Edit(place, place, f"{separator}{code}")
        end = len(text.rstrip())
        yield Edit(source.offset(number, end), source.offset(number, len(text)), f"  # noqa: {code}")
