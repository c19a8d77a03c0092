"""What do the noqa comments of a file say, and which comment would silence a code? Comments as flake8 reads them."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator

from flake8.defaults import NOQA_INLINE_REGEXP

from flake8_closures.model import Edit, Span
from flake8_closures.source import Source, SourceError

CODE = re.compile(r"[A-Z]+[0-9]*", re.IGNORECASE)
FURTHEST = 100
"""How many lines of a string or continued statement are searched for the comment at its end."""


def named(source: Source) -> Iterator[tuple[str, Span, range]]:
    """Yield each code that a noqa comment names, where it stands, and the lines on which it counts.

    To flake8, a string of several lines is one line, and so are lines continued by a backslash. flake8 also counts what
    looks like a comment inside a string, but nobody wrote that to silence something: it is left out.
    """
    if "noqa" not in source.text.lower():
        return
    start = 0
    comment: tokenize.TokenInfo | None = None
    for token in source.tokens():
        start = start or token.start[0]
        if token.type == tokenize.COMMENT:
            comment = token
        elif token.type in (tokenize.NL, tokenize.NEWLINE):
            found = comment and NOQA_INLINE_REGEXP.search(comment.string)
            if comment and found and found["codes"]:
                line, column = comment.start
                for code in CODE.finditer(comment.string, *found.span("codes")):
                    span = Span(line, column + code.start(), line, column + code.end())
                    yield code[0].upper(), span, range(start, token.end[0] + 1)
            start, comment = 0, None


def silence(source: Source, line: int, code: str) -> Edit | None:
    """Return the edit that silences a code on a line, None if there is none.

    The comment for a string of several lines, or for continued lines, stands at the end of the last one. Each edit is
    tried out: the syntax tree must stay the same, and the code must be silent.
    """
    before = ast.dump(source.tree)
    for edit in _attempts(source, line, code):
        text = source.text[: edit.start] + edit.text + source.text[edit.end :]
        try:
            after = source.with_text(text)
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
