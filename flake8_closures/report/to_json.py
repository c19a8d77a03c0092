"""What does a program want to know of a finding? An array of objects, lines and columns 1-based and in characters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flake8_closures.model import Edit, Finding, Remedy

Place = tuple[int, int]


def item(
    path: str, finding: Finding, repair: tuple[Remedy, Sequence[Edit]] | None, place: Callable[[int], Place]
) -> dict[str, Any]:
    """Return a finding as the object that `--format json` documents.

    `repair` is the remedy with its edits, None if there is none; `place` makes a 1-based line and column of an offset.
    """
    span = finding.span
    return {
        "path": path,
        "line": span.line,
        "column": span.column + 1,
        "end_line": span.end_line,
        "end_column": span.end_column + 1,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "confidence": finding.confidence.value,
        "notes": [{"line": n.span.line, "column": n.span.column + 1, "text": n.text} for n in finding.notes],
        "remedy": None if repair is None else _remedy(*repair, place),
    }


def _remedy(remedy: Remedy, edits: Sequence[Edit], place: Callable[[int], Place]) -> dict[str, Any]:
    return {
        "action": remedy.action,
        "title": remedy.title,
        "safety": remedy.safety.value,
        "edits": [_edit(edit, place) for edit in edits],
    }


def _edit(edit: Edit, place: Callable[[int], Place]) -> dict[str, Any]:
    (line, column), (end_line, end_column) = place(edit.start), place(edit.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": edit.text}


def render(items: Iterable[dict[str, Any]]) -> str:
    """Return the array as text, one finding a line, in pure ASCII so that every terminal and pipe can carry it."""
    lines = ",\n ".join(json.dumps(each) for each in items)
    return f"[{lines}]\n"
