"""How does what was found reach its reader? As text while the run goes on, or as one document when it is over."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TextIO, cast

from flake8_closures.cli import terminal, writing
from flake8_closures.cli.job import Visit
from flake8_closures.codes import page_of
from flake8_closures.config import Config
from flake8_closures.remedies import best_remedy
from flake8_closures.report import Document, FileReport, to_text
from flake8_closures.rules import all_rules
from flake8_closures.settings import UsageError

WITH_EDITS = ("json", "sarif", "rdjson")
"""The formats that show how to repair a finding."""
WITH_RULES = ("sarif",)
"""The formats that describe the rules. For the others none is imported, which takes longer than many a run."""
ROOTS = {"github": "GITHUB_WORKSPACE", "sarif": "GITHUB_WORKSPACE", "gitlab": "CI_PROJECT_DIR"}
"""The variables that name the directory to which the readers of a format take a path to be relative."""


class Teller(Protocol):
    """Tells what became of each file."""

    def tell(self, result: Visit) -> None:
        """Take the result of the next file."""

    def finish(self) -> None:
        """Report what has not been reported yet."""


def teller(form: str, stream: TextIO, config: Config, when: str, *, quiet: bool) -> Teller:
    """Return what reports in a format; `when` says whether in colour, `quiet` asks for one line a finding."""
    if form == "text":
        return _Text(stream, config, when, quiet=quiet)
    return _Document(form, stream)


class _Text:
    def __init__(self, stream: TextIO, config: Config, when: str, *, quiet: bool) -> None:
        self.stream, self.config, self.quiet = stream, config, quiet
        self.paint = terminal.paint(when, stream)
        self.explained: set[str] = set()

    def tell(self, result: Visit) -> None:
        say(self._lines(result), self.stream)

    def finish(self) -> None:
        pass

    def _lines(self, result: Visit) -> Iterator[str]:
        for finding in result.findings:
            if self.quiet:
                yield to_text.headline(result.path, finding, self.paint)
                continue
            remedy = best_remedy(finding, self.config)
            page = "" if finding.code in self.explained else f"page: {page_of(finding.code)}"
            self.explained.add(finding.code)
            yield from to_text.finding(result.path, finding, result.lines, remedy, self.paint, page)
        if not self.quiet:
            for refusal in result.refused:
                yield to_text.refusal(result.path, refusal)


class _Document:
    def __init__(self, form: str, stream: TextIO) -> None:
        self.form = form
        self.module = cast(Document, importlib.import_module(f"flake8_closures.report.to_{form}"))
        self.stream = stream
        self.root = None if form == "json" else os.environ.get(ROOTS.get(form, "")) or os.getcwd()
        self.entries: list[Any] = []

    def tell(self, result: Visit) -> None:
        path = result.path if self.root is None else relative(result.path, self.root)
        file = FileReport(path, result.lines, result.findings, result.repairs, result.failures)
        self.entries += self.module.entries(file)

    def finish(self) -> None:
        rules = all_rules() if self.form in WITH_RULES else {}
        self.stream.write(self.module.render(self.entries, rules))


def relative(path: str, root: str) -> str:
    """Return a path as seen from a directory, with slashes; one that is not below it is absolute."""
    full, root = os.path.abspath(path), os.path.abspath(root)
    inside = full.startswith(os.path.join(root, ""))
    return (os.path.relpath(full, root) if inside else full).replace(os.sep, "/")


@contextlib.contextmanager
def report_stream(path: str | None, *, is_stdout_taken: bool) -> Iterator[TextIO]:
    """Yield where the report goes. Raises UsageError where it cannot go.

    A file is written when all is told, whole or not at all. A patch, or a repaired standard input, has standard output
    for itself.
    """
    if not path:
        yield sys.stderr if is_stdout_taken else sys.stdout
        return
    if problem := writing.objection(path):
        raise UsageError(f"{path}: cannot be written: {problem}")
    buffer = io.StringIO()
    yield buffer
    try:
        writing.write(path, buffer.getvalue().encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None


def say(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines, to standard error by default."""
    (stream or sys.stderr).writelines(f"{line}\n" for line in lines)


def is_anything(result: Visit) -> bool:
    """Return whether there is something to report on a file."""
    return bool(result.findings or result.failures or result.notices or result.refused or result.patch)


def failures(result: Visit) -> Sequence[str]:
    """Return the lines for what failed in a file, and for what else its reader should know."""
    return [*(to_text.headline(result.path, failure) for failure in result.failures), *result.notices]
