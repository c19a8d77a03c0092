"""How does an editor mark what was found? With the code, the page of the rule, and the places that explain it."""

from __future__ import annotations

from lsprotocol import types

from flake8_closures.codes import page_of
from flake8_closures.lsp.analysis import Analysis
from flake8_closures.lsp.buffers import to_range
from flake8_closures.model import Finding
from flake8_closures.report import Severity, severity
from flake8_closures.report.position import Ruler

NAME = "flake8-closures"
SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def diagnostics(analysis: Analysis, ruler: Ruler, *, with_notes: bool = True) -> list[types.Diagnostic]:
    """Return the findings as an editor takes them; without notes for one that cannot show them beside each other."""
    return [diagnostic(finding, analysis.buffer.uri, ruler, with_notes=with_notes) for finding in analysis.findings]


def diagnostic(finding: Finding, uri: str, ruler: Ruler, *, with_notes: bool = True) -> types.Diagnostic:
    """Return one finding as an editor takes it."""
    notes = [
        types.DiagnosticRelatedInformation(types.Location(uri, to_range(note.span, ruler)), note.text)
        for note in finding.notes
    ]
    return types.Diagnostic(
        range=to_range(finding.span, ruler),
        message=finding.message,
        severity=SEVERITIES[severity(finding)],
        code=finding.code,
        code_description=types.CodeDescription(page_of(finding.code)),
        source=NAME,
        related_information=notes if notes and with_notes else None,
    )
