"""What does `closure-fix` do? It visits the files, prints what was found, and says with its exit code how it went."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import accumulate
from typing import Any, TextIO

from flake8_closures import arguments, discovery
from flake8_closures.arguments import PROGRAM
from flake8_closures.config import FAILURE, Config
from flake8_closures.engine import best_remedy
from flake8_closures.interactive import Dialogue
from flake8_closures.model import Finding, Safety
from flake8_closures.report import to_json, to_text
from flake8_closures.rules import all_rules
from flake8_closures.settings import Settings, UsageError
from flake8_closures.visit import STDIN, Mode, Visit, visit

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
FEW_FILES = 32
"""Up to here, starting further processes takes longer than it saves."""
FAILURE_PAGE = f"""{FAILURE} not-analysed

This file could not be analysed.

It cannot be read, decoded or parsed as Python, or flake8-closures itself failed on it. The other files, and the other
plugins of flake8, are not affected. A message with `please report it` is a defect of flake8-closures.
"""
Job = tuple[str, str, Config, Mode]


def run() -> None:
    """Run closure-fix as a program: exit quietly when the reader of a pipe goes away, or on Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = FOUND
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in (1, 2):
            os.dup2(nowhere, number)
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def main(typed: Sequence[str]) -> int:
    """Run closure-fix with the arguments of a command line and return its exit code."""
    try:
        options, config, told = arguments.read(typed)
        if options.explain:
            sys.stdout.write(_page(options.explain))
            return CLEAN
        with _report_stream(options) as stream:
            return _work(options, config, told, stream)
    except UsageError as error:
        _say(f"{PROGRAM}: error: {error}")
        return FAILED


def _page(code: str) -> str:
    rule = all_rules().get(code)
    if code == FAILURE:
        return FAILURE_PAGE
    if rule is None:
        raise UsageError(f"--explain: no rule has the code {code!r}; there are {', '.join((FAILURE, *all_rules()))}")
    optional = "" if rule.default else f"Opt-in: reported with --extend-select {code} or --closures-extended.\n\n"
    return f"{rule.code} {rule.name}\n\n{rule.summary}\n\n{optional}{rule.explanation}".rstrip() + "\n"


@contextlib.contextmanager
def _report_stream(options: argparse.Namespace) -> Iterator[TextIO]:
    """Where the report goes. A patch or a repaired standard input has standard output for itself."""
    if options.output:
        try:
            file = open(options.output, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"{options.output}: cannot be written: {error.strerror}") from None
        with file:
            yield file
    elif options.diff or (options.apply and STDIN in options.paths):
        yield sys.stderr
    else:
        yield sys.stdout


def _work(options: argparse.Namespace, config: Config, told: Settings, stream: TextIO) -> int:
    mode = Mode.DIFF if options.diff else Mode.APPLY if options.apply else Mode.REPORT
    dialogue = Dialogue(sys.stdin, sys.stdout, _page) if options.interactive else None
    mode = Mode.ASK if dialogue else mode
    is_json = options.format == "json"
    if mode is Mode.REPORT and is_json:
        mode = Mode.EDITS
    for warning in told.warnings:
        _say(f"{PROGRAM}: warning: {warning}")
    if not any(config.is_enabled(rule) for rule in all_rules().values()):
        _say(f"{PROGRAM}: warning: the options select no rule")

    failures: list[str] = []
    jobs = [
        (place, path, replace(config, extend_ignore=config.extend_ignore + discovery.ignored_in(path, told)), mode)
        for place, path in _places(options, told, failures)
    ]
    for line in failures:
        _say(line)
    if not jobs and not failures:
        _say(f"{PROGRAM}: warning: no Python files found")

    findings: list[Finding] = []
    items: list[dict[str, Any]] = []
    applied, has_patch = 0, False
    for result in _asked(jobs, dialogue) if dialogue else _visits(jobs, options.jobs):
        for line in (*result.errors, *result.notices):
            _say(line)
        failures += result.errors
        findings += result.findings
        applied += result.applied
        has_patch = has_patch or bool(result.patch)
        if result.patch or result.rewritten:
            sys.stdout.buffer.write(result.patch or result.rewritten or b"")
            sys.stdout.flush()
        if is_json:
            items += _items(result)
        elif dialogue:
            _print((to_text.refusal(result.path, refusal) for refusal in result.refused), stream)
        else:
            _print(_lines(result, config, options.quiet), stream)

    if is_json:
        stream.write(to_json.render(items))
    if options.statistics:
        names = {rule.code: rule.name for rule in all_rules().values()}
        _print(to_text.statistics(findings, names), sys.stderr if is_json else stream)
    if not options.quiet:
        _say(_summary(findings, applied, config, is_apply=mode in (Mode.APPLY, Mode.ASK)))
    if failures:
        return FAILED
    if dialogue and dialogue.over and not options.exit_zero:
        return FOUND
    return FOUND if (findings or has_patch) and not options.exit_zero else CLEAN


def _places(options: argparse.Namespace, told: Settings, failures: list[str]) -> list[tuple[str, str]]:
    """Return each file once, as where it is and what it is called; what cannot be found goes to `failures`."""

    def complain(error: OSError) -> None:
        failures.append(f"{error.filename}:1:1: {FAILURE} cannot be read: {error.strerror}")

    found: dict[str, tuple[str, str]] = {}
    for path in options.paths:
        name = options.stdin_filename if path == STDIN else path
        if options.force_exclude and discovery.is_excluded(name, told):
            if path == STDIN and options.apply:
                sys.stdout.buffer.write(sys.stdin.buffer.read())
        elif path == STDIN:
            found.setdefault(STDIN, (STDIN, name))
        elif os.path.isdir(path):
            for file in discovery.python_files(path, told, complain):
                found.setdefault(os.path.abspath(file), (file, file))
        elif os.path.lexists(path):
            found.setdefault(os.path.abspath(path), (path, path))
        else:
            failures.append(f"{path}:1:1: {FAILURE} cannot be read: No such file or directory")
    return list(found.values())


def _visits(jobs: Sequence[Job], processes: int) -> Iterator[Visit]:
    """Yield the visits in the order of the jobs; in several processes if there are many."""
    processes = processes or (os.cpu_count() or 1 if len(jobs) > FEW_FILES else 1)
    if processes == 1 or len(jobs) < 2:
        yield from map(_visit, jobs)
        return
    pool = ProcessPoolExecutor(processes, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    try:
        yield from pool.map(_visit, jobs, chunksize=min(16, len(jobs) // processes + 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _asked(jobs: Sequence[Job], dialogue: Dialogue) -> Iterator[Visit]:
    """Yield the visits one after the other, as long as the user wants to go on."""
    for job in jobs:
        yield visit(*job, dialogue.choose)
        if dialogue.over:
            return


def _visit(job: Job) -> Visit:
    return visit(*job)


def _lines(result: Visit, config: Config, quiet: bool) -> Iterator[str]:
    for finding in result.findings:
        if quiet:
            yield to_text.headline(result.path, finding)
        else:
            yield from to_text.finding(result.path, finding, result.lines, best_remedy(finding, config))
    if not quiet:
        for refusal in result.refused:
            yield to_text.refusal(result.path, refusal)


def _items(result: Visit) -> Iterator[dict[str, Any]]:
    starts = list(accumulate(map(len, result.lines), initial=0))

    def place(offset: int) -> tuple[int, int]:
        line = min(bisect_right(starts, offset), max(1, len(result.lines)))
        return line, offset - starts[line - 1] + 1

    for number, finding in enumerate(result.findings):
        repair = result.repairs[number] if result.repairs else None
        yield to_json.item(result.path, finding, repair, place)


def _summary(findings: Iterable[Finding], applied: int, config: Config, *, is_apply: bool) -> str:
    remedies = [best_remedy(finding, config) for finding in findings]
    safe = sum(remedy is not None and remedy.safety is Safety.SAFE for remedy in remedies)
    unsafe = sum(remedy is not None and remedy.safety is Safety.UNSAFE for remedy in remedies)
    if is_apply:
        return to_text.applied(applied, len(remedies), 0 if config.unsafe_fixes else unsafe)
    return to_text.summary(len(remedies), safe, unsafe)


def _print(lines: Iterable[str], stream: TextIO) -> None:
    stream.writelines(f"{line}\n" for line in lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
