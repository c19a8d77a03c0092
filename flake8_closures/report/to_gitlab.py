"""What does a GitLab merge request want to know? A Code Quality report, violations with fingerprints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flake8_closures.model import Finding, Rule, Span
from flake8_closures.report import FileReport, Severity, severity
from flake8_closures.report.fingerprint import digest_of, fingerprints

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def entries(file: FileReport) -> list[dict[str, Any]]:
    """Return a violation for each failure and each finding, columns in characters."""
    violations = []
    for found, level in ((file.failures, "critical"), (file.findings, "")):
        for finding, mark in zip(found, fingerprints(found, file.lines), strict=True):
            print_of_place = digest_of(file.path, mark)
            violations.append(_violation(file.path, finding, print_of_place, level or SEVERITIES[severity(finding)]))
    return violations


def _violation(path: str, finding: Finding, fingerprint: str, level: str) -> dict[str, Any]:
    return {
        "check_name": finding.code,
        "description": f"{finding.code} {finding.message}",
        "severity": level,
        "fingerprint": fingerprint,
        "location": {"path": path, "positions": _positions(finding.span)},
    }


def _positions(span: Span) -> dict[str, Any]:
    return {
        "begin": {"line": span.line, "column": span.column + 1},
        "end": {"line": span.end_line, "column": span.end_column + 1},
    }


def render(entries: Iterable[dict[str, Any]], rules: Mapping[str, Rule]) -> str:
    """Return the array, in pure ASCII."""
    return json.dumps(list(entries), indent=1) + "\n"
