"""What do code scanners want to know? The Static Analysis Results Interchange Format, SARIF 2.1.0, as GitHub takes it.

Columns are UTF-16 units, and the document says so: viewers written for .NET and JavaScript take them for that even if
they do not look. A path is relative wherever the file is below the directory that the reader starts from.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flake8_closures import __version__
from flake8_closures.codes import page_of
from flake8_closures.model import Edit, Finding, Remedy, Rule, Span
from flake8_closures.report import HOME, FileReport, severity
from flake8_closures.report.fingerprint import fingerprints
from flake8_closures.report.position import Position, Ruler, Unit

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
PLAIN = frozenset((string.ascii_letters + string.digits + "/-._~").encode())
LONGEST = 1000
"""GitHub cuts descriptions off after 1024 characters."""


def entries(file: FileReport) -> list[dict[str, Any]]:
    """Return the results for the findings, and a notification for each failure, which has no `ruleId`."""
    ruler, uri = Ruler(file.lines, Unit.UTF_16), _uri(file.path)
    marks = fingerprints(file.findings, file.lines)
    results = [
        _result(finding, remedy, edits, mark, uri, ruler)
        for (finding, remedy, edits), mark in zip(file.with_repairs(), marks, strict=True)
    ]
    return results + [_notification(failure, uri, ruler) for failure in file.failures]


def _result(
    finding: Finding, remedy: Remedy | None, edits: Sequence[Edit], mark: str, uri: str, ruler: Ruler
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": severity(finding).value,
        "message": {"text": f"{finding.message}."},
        "locations": [_location(finding.span, uri, ruler)],
        "partialFingerprints": {"primaryLocationLineHash": mark},
        "properties": {"confidence": finding.confidence.value},
    }
    if finding.notes:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": f"{note.text}."}} | _location(note.span, uri, ruler)
            for number, note in enumerate(finding.notes, 1)
        ]
    if remedy and edits:
        result["fixes"] = [_fix(remedy, edits, uri, ruler)]
    return result


def _fix(remedy: Remedy, edits: Sequence[Edit], uri: str, ruler: Ruler) -> dict[str, Any]:
    safety = remedy.safety.value + (f": {remedy.reason}" if remedy.reason else "")
    replacements = [
        {"deletedRegion": _region(ruler.at(edit.start), ruler.at(edit.end)), "insertedContent": {"text": edit.text}}
        for edit in edits
    ]
    return {
        "description": {"text": f"{remedy.title} ({safety})."},
        "artifactChanges": [{"artifactLocation": {"uri": uri}, "replacements": replacements}],
        "properties": {"safety": remedy.safety.value},
    }


def _notification(failure: Finding, uri: str, ruler: Ruler) -> dict[str, Any]:
    return {
        "descriptor": {"id": failure.code},
        "level": "error",
        "message": {"text": f"{failure.message}."},
        "locations": [_location(failure.span, uri, ruler)],
    }


def _location(span: Span, uri: str, ruler: Ruler) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": _region(*ruler.span(span))}}


def _region(start: Position, end: Position) -> dict[str, int]:
    return {
        "startLine": start.line,
        "startColumn": start.column + 1,
        "endLine": end.line,
        "endColumn": end.column + 1,
    }


def _uri(path: str) -> str:
    """Return a path with slashes as a URI: relative, or absolute if the path is."""
    quoted = "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in path.encode("utf-8", "surrogateescape"))
    if path.startswith("/"):
        return f"file://{quoted}"
    return f"file:///{quoted}" if re.match(r"[A-Za-z]:/", path) else quoted


def render(entries: Iterable[dict[str, Any]], rules: Mapping[str, Rule]) -> str:
    """Return the document, in pure ASCII."""
    places = {code: number for number, code in enumerate(rules)}
    results, notifications = [], []
    for entry in entries:
        if "ruleId" in entry:
            results.append(entry | {"ruleIndex": places[entry["ruleId"]]} if entry["ruleId"] in places else entry)
        else:
            notifications.append(entry)
    driver = {
        "name": "closure-fix",
        "organization": "flake8-closures",
        "informationUri": HOME,
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    page = f"{rule.summary}\n\n{rule.explanation}".strip()
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _paragraph(rule.explanation) or rule.summary},
        "help": {"text": page, "markdown": f"{page}\n\n[{rule.code} {rule.name}]({page_of(rule.code)})"},
        "helpUri": page_of(rule.code),
        "defaultConfiguration": {"enabled": rule.default, "level": "error"},
        "properties": {"tags": ["correctness", "closures"]},
    }


def _paragraph(text: str) -> str:
    """Return the first paragraph of an explanation, as one sentence after the other."""
    first = " ".join(text.partition("\n\n")[0].split()).rstrip(":")[:LONGEST]
    return first if first.endswith(".") or not first else f"{first}."
