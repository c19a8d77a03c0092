"""What does a build server want to know? JUnit's XML: a suite for each file, a failed test for each finding.

A file without findings is a suite with one test that passed, since servers take a report without tests for a mistake.
There are no attributes but those that the schema of Jenkins' xUnit plugin allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from flake8_closures.model import Finding, Rule
from flake8_closures.report import FileReport
from flake8_closures.report.to_text import headline

FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot represent."""


def entries(file: FileReport) -> list[ElementTree.Element]:
    """Return the suite of one file."""
    tests = max(1, len(file.failures) + len(file.findings))
    suite = _element("testsuite", name=file.path, tests=tests, failures=len(file.findings), errors=len(file.failures))
    for kind, problems in (("error", file.failures), ("failure", file.findings)):
        for finding in problems:
            _test(suite, kind, file.path, finding)
    if not len(suite):
        suite.append(_element("testcase", name="no findings", classname=file.path))
    return [suite]


def _test(suite: ElementTree.Element, kind: str, path: str, finding: Finding) -> None:
    place = f"{finding.code} line {finding.span.line} column {finding.span.column + 1}"
    test = _element("testcase", name=place, classname=path)
    outcome = _element(kind, type=finding.code, message=finding.message)
    lines = [headline(path, finding), *(f"line {note.span.line}: {note.text}" for note in finding.notes)]
    outcome.text = _allowed("\n".join(lines))
    test.append(outcome)
    suite.append(test)


def _element(tag: str, **attributes: object) -> ElementTree.Element:
    return ElementTree.Element(tag, {name: _allowed(str(value)) for name, value in attributes.items()})


def _allowed(text: str) -> str:
    return FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def render(entries: Iterable[ElementTree.Element], rules: Mapping[str, Rule]) -> str:
    """Return the document, in pure ASCII."""
    suites = list(entries)
    sums = {name: sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors")}
    top = _element("testsuites", name="closure-fix", **sums)
    top.extend(suites)
    ElementTree.indent(top)
    text: str = ElementTree.tostring(top, "us-ascii").decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
