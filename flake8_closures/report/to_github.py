"""What does a GitHub workflow print to show a finding in the changed code? A workflow command for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flake8_closures.model import Finding, Rule
from flake8_closures.report import FileReport, Severity, severity
from flake8_closures.report.to_text import headline

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
ESCAPED = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
ESCAPED_VALUE = ESCAPED | {ord(":"): "%3A", ord(","): "%2C"}


def entries(file: FileReport) -> list[str]:
    """Return a command for each failure and each finding, columns in characters."""
    return [_command(file.path, each, "error") for each in file.failures] + [
        _command(file.path, each, COMMANDS[severity(each)]) for each in file.findings
    ]


def _command(path: str, finding: Finding, command: str) -> str:
    """The runner takes columns only within one line; the log shows the message alone, so that has the place as well."""
    span = finding.span
    values = {"title": f"closure-fix ({finding.code})", "file": path, "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        values |= {"col": span.column + 1, "endColumn": span.end_column + 1}
    properties = ",".join(f"{name}={str(value).translate(ESCAPED_VALUE)}" for name, value in values.items())
    return f"::{command} {properties}::{headline(path, finding).translate(ESCAPED)}"


def render(entries: Iterable[str], rules: Mapping[str, Rule]) -> str:
    """Return the commands, one a line."""
    return "".join(f"{entry}\n" for entry in entries)
