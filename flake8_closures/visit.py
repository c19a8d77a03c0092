"""What happens to one file of the command line? It is read, judged, and if asked repaired; nothing is printed."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from flake8_closures import engine, report, source, writing
from flake8_closures.config import FAILURE, Config
from flake8_closures.model import Edit, Finding, Refusal, Remedy
from flake8_closures.source import Source, SourceError

STDIN = "-"


class Mode(enum.Enum):
    """What closure-fix was asked to do."""

    REPORT = "report"
    EDITS = "report with the edits of each repair"
    DIFF = "diff"
    APPLY = "apply"
    ASK = "apply what is chosen"


@dataclass
class Visit:
    """What became of a file. `findings` are those to be told: all of them, or after --apply those that remain."""

    path: str
    findings: Sequence[Finding] = ()
    lines: Sequence[str] = ()
    repairs: Sequence[tuple[Remedy, Sequence[Edit]] | None] = ()
    """For each finding its best remedy with the edits, or None. Only in Mode.EDITS."""
    applied: int = 0
    refused: Sequence[Refusal] = ()
    patch: bytes = b""
    rewritten: bytes | None = None
    """The new content of standard input, in Mode.APPLY."""
    errors: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def fail(self, message: str, line: int = 0, column: int = 0) -> None:
        """Add a failure, as the line that is printed for it."""
        self.errors.append(f"{self.path}:{line or 1}:{column or 1}: {FAILURE} {report.one_line(message)}")


Choose = Callable[[Source, Sequence[Finding], Config], Collection[Finding]]


def visit(place: str, path: str, config: Config, mode: Mode, choose: Choose | None = None) -> Visit:
    """Do to one file what the mode says. Raises nothing but MemoryError: what fails is told in `errors`.

    `place` is where the file is, `-` for standard input; `path` what it is called. `choose` returns the findings that
    are to be repaired, in Mode.ASK.
    """
    result = Visit(path)
    try:
        data = _read(place)
        code = source.read(data, path)
    except SourceError as error:
        result.fail(error.message, error.line, error.column)
        return result
    except (OSError, ValueError) as error:
        result.fail(f"cannot be read: {_reason(error)}")
        return result
    try:
        result.findings, result.lines = engine.check(code, config), code.lines
        if mode is Mode.EDITS:
            result.repairs = engine.repairs(code, result.findings, config)
        elif mode is not Mode.REPORT:
            _repair(place, data, code, config, mode, result, choose)
    except MemoryError:
        raise
    except Exception as error:
        result.fail(report.failure(error))
    return result


def _repair(
    place: str, data: bytes, code: Source, config: Config, mode: Mode, result: Visit, choose: Choose | None
) -> None:
    to_stdout = mode is Mode.APPLY and place == STDIN
    if to_stdout:
        result.rewritten = data
    if not any(engine.best_remedy(finding, config) for finding in result.findings):
        return
    if writing.GENERATED in code.text:
        result.notices.append(f"{result.path}: left alone, since it is marked {writing.GENERATED}")
        return
    if choose:
        chosen = choose(code, result.findings, config)
        outcome = engine.fix(code, replace(config, unsafe_fixes=True), chosen)
    else:
        outcome = engine.fix(code, config)
    result.refused = outcome.refused
    if outcome.text == code.text:
        return
    try:
        after = writing.encode(outcome.text, code)
        if mode is Mode.DIFF:
            result.patch = writing.patch(result.path, data, after)
            return
        if to_stdout:
            result.rewritten = after
        else:
            writing.replace(place, data, after)
    except (OSError, UnicodeEncodeError) as error:
        result.fail(f"cannot be written: {_reason(error)}")
        return
    result.applied = len(outcome.applied)
    result.findings, result.lines = outcome.remaining, source.LINE.findall(outcome.text)


def _read(place: str) -> bytes:
    if place == STDIN:
        return sys.stdin.buffer.read()
    with open(place, "rb") as file:
        return file.read()


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
