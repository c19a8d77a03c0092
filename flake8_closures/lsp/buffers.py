"""What does the editor have open? The text of each buffer as it stands there, saved or not.

pygls keeps buffers too, but splits them into lines with `str.splitlines`, at form feeds and U+2028 as well: from there
on every change of the editor would go to another place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lsprotocol import types

from flake8_closures.model import Edit, Span
from flake8_closures.report.position import Position, Ruler, Unit
from flake8_closures.source import split_lines


@dataclass(frozen=True, slots=True)
class Buffer:
    """One version of an open document. `path` is empty for one that has no file."""

    uri: str
    path: str
    version: int
    text: str


def changed(
    buffer: Buffer, version: int, changes: Iterable[types.TextDocumentContentChangeEvent], unit: Unit
) -> Buffer:
    """Return the next version of a buffer: the changes are made one after the other, each to the text before it."""
    text = buffer.text
    for change in changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            ruler = Ruler(split_lines(text), unit)
            start, end = (ruler.offset(to_position(place)) for place in (change.range.start, change.range.end))
            text = text[:start] + change.text + text[end:]
        else:
            text = change.text
    return replace(buffer, version=version, text=text)


# Places: the protocol counts lines from 0, we from 1.


def to_position(place: types.Position) -> Position:
    """Return a place of the protocol as ours, its column still in the unit of the editor."""
    return Position(place.line + 1, place.character)


def to_range(span: Span, ruler: Ruler) -> types.Range:
    """Return a span as the protocol has it."""
    return types.Range(*(types.Position(place.line - 1, place.column) for place in ruler.span(span)))


def to_text_edit(edit: Edit, ruler: Ruler) -> types.TextEdit:
    """Return an edit as the protocol has it."""
    places = (ruler.at(offset) for offset in (edit.start, edit.end))
    return types.TextEdit(types.Range(*(types.Position(place.line - 1, place.column) for place in places)), edit.text)
