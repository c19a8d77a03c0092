"""How do edits change a text, and where is a place after them?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from flake8_closures.model import Edit, Span
from flake8_closures.source import Source, split_lines


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with every edit made. They must not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def together(text: str, steps: Sequence[Sequence[Edit]]) -> tuple[Edit, ...]:
    """Return the edits that do at once what groups of edits do one after the other."""
    origins = [*range(len(text) + 1)]  # of each character where it stood, -1 for a new one; at the end that of the end
    for edits in steps:
        for edit in sorted(edits, reverse=True):
            origins[edit.start : edit.end] = [-1] * len(edit.text)
        text = apply(text, edits)
    result, start, begin = list[Edit](), 0, 0
    for at, origin in enumerate(origins):
        if origin >= 0:
            if (start, begin) != (origin, at):
                result.append(Edit(start, origin, text[begin:at]))
            start, begin = origin + 1, at + 1
    return tuple(result)


def difference(before: str, after: str) -> list[Edit]:
    """Return the edits that make one text of another: one for each run of lines that differ, without what is the same
    at its ends.
    """
    import difflib

    old, new = split_lines(before), split_lines(after)
    starts = [0, *itertools.accumulate(map(len, old))]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        smallest(starts[begin], before[starts[begin] : starts[end]], "".join(new[new_begin:new_end]))
        for tag, begin, end, new_begin, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def smallest(start: int, old: str, new: str) -> Edit:
    """Return the edit for a text at an offset, without the parts at both ends that stay the same."""
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    return Edit(start + head, start + len(old) - tail, new[head : len(new) - tail])


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def moved(line: int, column: int, old: Source, new: Source, edits: Sequence[Edit]) -> tuple[int, int]:
    """Return the line and the column of a place in the text after the edits."""
    offset = old.offset(line, column)
    return new.place(offset + sum(len(edit.text) - (edit.end - edit.start) for edit in edits if edit.end <= offset))


def undoing(edits: Sequence[Edit], text: str) -> list[Edit]:
    """Return the edits that turn the new text back into the old one."""
    back: list[Edit] = []
    shift = 0
    for edit in sorted(edits):
        start = edit.start + shift
        back.append(Edit(start, start + len(edit.text), text[edit.start : edit.end]))
        shift += len(edit.text) - (edit.end - edit.start)
    return back


def as_it_was(span: Span, back: Sequence[tuple[Source, Source, Sequence[Edit]]]) -> Span:
    """Return a span in the text before all rounds, of which each is given with the edits that undo it."""
    for after, before, edits in reversed(back):
        start = moved(span.line, span.column, after, before, edits)
        span = Span(*start, *moved(span.end_line, span.end_column, after, before, edits))
    return span
