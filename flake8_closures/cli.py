"""What does `closure-fix` do? It visits the files, prints what was found, and says with its exit code how it went."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import TextIO

from flake8_closures import arguments, discovery, lsp, reporting
from flake8_closures.arguments import PROGRAM
from flake8_closures.config import FAILURE, Config
from flake8_closures.interactive import Dialogue
from flake8_closures.model import page_of
from flake8_closures.report import to_text
from flake8_closures.reporting import say
from flake8_closures.rules import all_rules
from flake8_closures.settings import Settings, UsageError
from flake8_closures.tally import CLEAN, FAILED, FOUND, INTERRUPTED, Tally
from flake8_closures.visit import STDIN, Job, Mode, Visit, visit

FEW_FILES = 32
"""Up to here, starting further processes takes longer than it saves."""
FAILURE_PAGE = f"""{FAILURE} not-analysed

This file could not be analysed.

It cannot be read, decoded or parsed as Python, or flake8-closures itself failed on it. The other files, and the other
plugins of flake8, are not affected. A message with `please report it` is a defect of flake8-closures.
"""


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
        if options.lsp:
            lsp.serve()
            return CLEAN
        if options.explain:
            sys.stdout.write(_page(options.explain))
            return CLEAN
        is_stdout_taken = options.diff or (options.apply and STDIN in options.paths)
        with reporting.report_stream(options.output, is_stdout_taken=is_stdout_taken) as stream:
            teller = reporting.teller(options.format, stream, config, "auto", quiet=options.quiet)
            return _work(options, config, told, teller, stream)
    except UsageError as error:
        say([f"{PROGRAM}: error: {error}"])
        return FAILED


def _page(code: str) -> str:
    rule = all_rules().get(code)
    if code == FAILURE:
        return f"{FAILURE_PAGE}\n{page_of(code)}\n"
    if rule is None:
        raise UsageError(f"--explain: no rule has the code {code!r}; there are {', '.join((FAILURE, *all_rules()))}")
    optional = "" if rule.default else f"Opt-in: reported with --extend-select {code} or --closures-extended.\n\n"
    page = f"{rule.code} {rule.name}\n\n{rule.summary}\n\n{optional}{rule.explanation}".rstrip()
    return f"{page}\n\nWith examples: {page_of(code)}\n"


def _work(options: argparse.Namespace, config: Config, told: Settings, teller: reporting.Teller, stream: TextIO) -> int:
    mode = Mode.DIFF if options.diff else Mode.APPLY if options.apply else Mode.REPORT
    dialogue = Dialogue(sys.stdin, sys.stdout, _page) if options.interactive else None
    mode = Mode.ASK if dialogue else mode
    if mode is Mode.REPORT and options.format in reporting.WITH_EDITS:
        mode = Mode.EDITS
    say(f"{PROGRAM}: warning: {warning}" for warning in told.warnings)
    if not any(config.is_enabled(rule) for rule in all_rules().values()):
        say([f"{PROGRAM}: warning: the options select no rule"])

    files, lost = discovery.files(options, told)
    jobs = [Job(place, path, _for_file(config, path, told), mode) for place, path in files]
    if not jobs and not lost:
        say([f"{PROGRAM}: warning: no Python files found"])

    tally = Tally(config)
    for result in chain(lost, _asked(jobs, dialogue) if dialogue else _visits(jobs, options.jobs)):
        say(reporting.failures(result))
        tally.add(result)
        if result.patch or result.rewritten:
            sys.stdout.buffer.write(result.patch or result.rewritten or b"")
            sys.stdout.flush()
        teller.tell(replace(result, findings=()) if dialogue else result)
    teller.finish()

    if options.statistics:
        names = {rule.code: rule.name for rule in all_rules().values()}
        say(to_text.statistics(tally.codes, names), stream if options.format == "text" else sys.stderr)
    if not options.quiet:
        say([tally.summary(is_applied=mode in (Mode.APPLY, Mode.ASK))])
    left = [tally.findings, tally.is_changed and mode is Mode.DIFF, dialogue and dialogue.over]
    return tally.exit_code(left, exit_zero=options.exit_zero)


def _for_file(config: Config, path: str, told: Settings) -> Config:
    """Return the options for one file: `per-file-ignores` may take some codes away."""
    return replace(config, extend_ignore=config.extend_ignore + discovery.ignored_in(path, told))


def _visits(jobs: Sequence[Job], processes: int) -> Iterator[Visit]:
    """Yield the visits in the order of the jobs; in several processes if there are many."""
    processes = processes or (os.cpu_count() or 1 if len(jobs) > FEW_FILES else 1)
    if processes == 1 or len(jobs) < 2:
        yield from map(visit, jobs)
        return
    pool = ProcessPoolExecutor(processes, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    try:
        yield from pool.map(visit, jobs, chunksize=min(16, len(jobs) // processes + 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _asked(jobs: Sequence[Job], dialogue: Dialogue) -> Iterator[Visit]:
    """Yield the visits one after the other, as long as the user wants to go on."""
    for job in jobs:
        yield visit(job, dialogue.choose)
        if dialogue.over:
            return
