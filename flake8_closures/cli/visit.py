"""What happens to one file of the command line? It is read, checked, and perhaps repaired; nothing is printed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from flake8_closures import engine, noqa, report, source
from flake8_closures.cli import cache, writing
from flake8_closures.cli.job import STDIN, Job, Mode, Visit, read
from flake8_closures.cli.timing import OutOfTime, within
from flake8_closures.config import Config
from flake8_closures.fixes.edits import apply
from flake8_closures.model import Finding, Outcome
from flake8_closures.remedies import best_remedy
from flake8_closures.source import Source, SourceError

Choose = Callable[[Source, Sequence[Finding], Config], Collection[Finding]]


def visit(job: Job, choose: Choose | None = None) -> Visit:
    """Do to one file what the mode says. Raises nothing but MemoryError: what fails is noted in `failures`.

    `choose` returns the findings that are to be repaired, in Mode.ASK.
    """
    result = Visit(job.path)
    try:
        data = read(job.place) if job.data is None else job.data
        if job.mode is Mode.APPLY and job.place == STDIN:
            result.rewritten = data
        if job.path.endswith(".ipynb"):
            raise SourceError("is a notebook: `nbqa flake8_closures` hands over its cells")
        code = source.read(data, job.path)
    except SourceError as error:
        result.fail(error.message, error.line, error.column)
        return result
    except (OSError, ValueError) as error:
        result.fail(f"cannot be read: {_reason(error)}")
        return result
    try:
        _judge(job, data, code, result, choose)
    except MemoryError:
        raise
    except OutOfTime:
        result.fail(f"took longer than {job.time_limit:g} seconds, given up (--time-limit)")
    except Exception as error:
        result.fail(report.failure(error))
    return result


def _judge(job: Job, data: bytes, code: Source, result: Visit, choose: Choose | None) -> None:
    """Note what is found in a file, and do about it what the mode says. Raises OutOfTime, and what a rule raises."""
    found = within(job.time_limit, lambda: engine.check(code, job.config))
    result.found, result.key = tuple(found), cache.key(data, job.path, job.config)
    result.take(found, code.lines, job.selection)
    if job.mode is Mode.EDITS:
        result.repairs = within(job.time_limit, lambda: engine.repairs(code, result.findings, job.config))
    elif job.mode is not Mode.REPORT and result.findings and writing.GENERATED in code.text:
        result.notices.append(f"{result.path}: left alone, since it is marked {writing.GENERATED}")
    elif job.mode is Mode.SILENCE:
        _silence(job, data, code, result)
    elif job.mode is not Mode.REPORT:
        _repair(job, data, code, result, choose)


def _repair(job: Job, data: bytes, code: Source, result: Visit, choose: Choose | None) -> None:
    """Repair what is found and may be repaired, and put the new text where it belongs."""
    if not any(best_remedy(finding, job.config) for finding in result.findings):
        return
    outcome = _outcome(job, code, result, choose)
    result.refused = [replace(each, remedy=replace(each.remedy, span=each.was)) for each in outcome.refused]
    if outcome.text == code.text:
        return
    try:
        if writing.encode(code.text, code) != data:
            result.fail(f"cannot be repaired: {code.encoding} has other bytes for the same text")
            return
        after = writing.encode(outcome.text, code)
        if job.mode in (Mode.DIFF, Mode.DRY):
            result.applied = outcome.applied
            result.patch = writing.patch(result.path, data, after, job.base)
            return
        if result.rewritten is not None:
            result.rewritten = after
        else:
            writing.replace(job.place, data, after)
    except (OSError, UnicodeEncodeError) as error:
        result.fail(f"cannot be written: {_reason(error)}")
        return
    result.applied, result.refused = outcome.applied, outcome.refused
    result.findings, result.lines = outcome.remaining, source.split_lines(outcome.text)


def _outcome(job: Job, code: Source, result: Visit, choose: Choose | None) -> Outcome:
    """Return what comes of repairing the findings that are reported; those that are left out stay as they are."""
    hidden = set(result.found or ()).difference(result.findings)
    config, chosen = job.config, None
    if choose:  # no time limit while the user thinks
        config, chosen = replace(config, unsafe_fixes=True), choose(code, result.findings, config)
    return within(job.time_limit, lambda: engine.fix(code, config, findings=chosen, hidden=hidden))


def _silence(job: Job, data: bytes, code: Source, result: Visit) -> None:
    """Put a noqa comment to each finding, from the last to the first so that their places stay right."""
    done: list[Finding] = []
    before = code.text
    for finding in reversed(result.findings):
        line = finding.span.line
        edit = None if code.silenced(line, finding.code) else noqa.silence(code, line, finding.code)
        if edit:
            text = apply(code.text, [edit])
            code = code.with_text(text)
        if code.silenced(line, finding.code):
            done.insert(0, finding)
        else:
            result.notices.append(f"{result.path}:{line}: no comment can silence {finding.code} here")
    if code.text == before:
        return
    try:
        writing.replace(job.place, data, writing.encode(code.text, code))
    except (OSError, UnicodeEncodeError) as error:
        result.fail(f"cannot be written: {_reason(error)}")
        return
    result.applied, result.lines = done, code.lines
    result.findings = [finding for finding in result.findings if finding not in done]


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
