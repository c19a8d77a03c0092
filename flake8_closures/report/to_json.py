"""What does a program get of a finding? An array of objects, lines and columns 1-based and in characters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flake8_closures.model import Edit, Finding, Remedy, Rule
from flake8_closures.report import FileReport
from flake8_closures.report.position import Ruler


def entries(file: FileReport) -> list[dict[str, Any]]:
    """Return the findings as the objects that `--format json` documents."""
    ruler = Ruler(file.lines)
    return [
        _item(file.path, finding)
        | {"remedy": remedy and _remedy(remedy) | {"edits": [_edit(edit, ruler) for edit in edits]}}
        for finding, remedy, edits in file.with_repairs()
    ]


def _item(path: str, finding: Finding) -> dict[str, Any]:
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
    }


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {"action": remedy.action, "title": remedy.title, "safety": remedy.safety.value}


def _edit(edit: Edit, ruler: Ruler) -> dict[str, Any]:
    start, end = ruler.at(edit.start), ruler.at(edit.end)
    return {
        "line": start.line,
        "column": start.column + 1,
        "end_line": end.line,
        "end_column": end.column + 1,
        "text": edit.text,
    }


def render(entries: Iterable[dict[str, Any]], rules: Mapping[str, Rule]) -> str:
    """Return the array as text, one finding a line, in pure ASCII so that every terminal and pipe can carry it."""
    lines = ",\n ".join(json.dumps(each) for each in entries)
    return f"[{lines}]\n"
