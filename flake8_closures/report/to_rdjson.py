"""What does reviewdog want to know? Its Diagnostic Format: columns in bytes of UTF-8, repairs as suggestions.

It refuses a document that has anything more, so the other places of a finding are only told by its message.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flake8_closures.codes import page_of
from flake8_closures.model import Edit, Finding, Remedy, Rule, Safety
from flake8_closures.report import HOME, FileReport, Severity, severity
from flake8_closures.report.position import Position, Ruler, Unit

SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


def entries(file: FileReport) -> list[dict[str, Any]]:
    """Return a diagnostic for each failure and each finding.

    Only a safe repair is a suggestion: the format has no place to say what else one may change, and it is taken over
    by a click.
    """
    ruler = Ruler(file.lines, Unit.UTF_8)
    diagnostics = [_diagnostic(file.path, failure, ruler, "ERROR") for failure in file.failures]
    for finding, remedy, edits in file.with_repairs():
        diagnostic = _diagnostic(file.path, finding, ruler, SEVERITIES[severity(finding)])
        diagnostics.append(diagnostic | _suggestions(remedy, edits, ruler, "".join(file.lines)))
    return diagnostics


def _diagnostic(path: str, finding: Finding, ruler: Ruler, level: str) -> dict[str, Any]:
    return {
        "message": finding.message,
        "location": {"path": path, "range": _range(*ruler.span(finding.span))},
        "severity": level,
        "code": {"value": finding.code, "url": page_of(finding.code)},
    }


def _suggestions(remedy: Remedy | None, edits: Sequence[Edit], ruler: Ruler, text: str) -> dict[str, Any]:
    if not remedy or remedy.safety is not Safety.SAFE or not edits:
        return {}
    # Suggestions are alternatives to one another: several edits are one, from the first to the last.
    start, end = edits[0].start, edits[-1].end
    new, at = "", start
    for edit in edits:
        new, at = new + text[at : edit.start] + edit.text, edit.end
    return {"suggestions": [{"range": _range(ruler.at(start), ruler.at(end)), "text": new}]}


def _range(start: Position, end: Position) -> dict[str, Any]:
    return {
        "start": {"line": start.line, "column": start.column + 1},
        "end": {"line": end.line, "column": end.column + 1},
    }


def render(entries: Iterable[dict[str, Any]], rules: Mapping[str, Rule]) -> str:
    """Return the result, in pure ASCII."""
    source = {"name": "closure-fix", "url": HOME}
    return json.dumps({"source": source, "diagnostics": list(entries)}, indent=1) + "\n"
