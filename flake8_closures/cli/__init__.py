"""What does `closure-fix` do? It visits the files, prints what was found, and reports the result by its exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from flake8_closures import lsp, settings
from flake8_closures.cli import (
    arguments,
    baseline,
    cache,
    completion,
    discovery,
    git,
    reporting,
    running,
    streams,
    terminal,
    writing,
)
from flake8_closures.cli.arguments import PROGRAM
from flake8_closures.cli.baseline import Baseline
from flake8_closures.cli.cache import Cache
from flake8_closures.cli.job import STDIN, Job, Mode, Visit
from flake8_closures.cli.pages import page
from flake8_closures.cli.progress import Progress
from flake8_closures.cli.reporting import say
from flake8_closures.cli.selection import Selection
from flake8_closures.cli.tally import CLEAN, FAILED, FOUND, INTERRUPTED, Tally
from flake8_closures.config import Config
from flake8_closures.report import to_text
from flake8_closures.rules import all_rules
from flake8_closures.settings import Settings, UsageError

if TYPE_CHECKING:
    from flake8_closures.cli.interactive import Dialogue


def run() -> None:
    """Run closure-fix as a program: whatever ends it, the exit code is one of the documented ones."""
    streams.prepare()
    running.relax()
    try:
        status = main(sys.argv[1:])
        streams.flush()
    except BrokenPipeError:
        status = FOUND
        streams.drop(1, 2)
    except OSError as error:
        status = FAILED
        streams.drop(1)
        try:
            say([f"{PROGRAM}: error: {error}"])
        except OSError:
            streams.drop(2)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except MemoryError:
        status = FAILED
        say([f"{PROGRAM}: error: not enough memory"])
    except Exception:  # a defect of ours, and nothing that was found
        status = FAILED
        sys.excepthook(*sys.exc_info())
    running.relax()  # or the interpreter, before it ends, goes through all that is left
    sys.exit(status)


def main(typed: Sequence[str]) -> int:
    """Run closure-fix with the arguments of a command line and return its exit code."""
    try:
        options, config, configured = arguments.read(typed)
        if options.lsp:
            lsp.serve()
        elif options.explain is not None:
            sys.stdout.write(page(options.explain, terminal.paint(options.color, sys.stdout)))
        elif options.audit is not None:
            from flake8_closures.cli import audit  # imports the facts, which a run may do without

            say(audit.report(options.audit, config.retain_bytes), sys.stdout)
        elif options.completion:
            sys.stdout.write(completion.script(arguments.command_line(), options.completion))
        elif options.show_settings:
            say(settings.shown(configured, config), sys.stdout)
        else:
            is_stdout_taken = options.diff or (options.apply and STDIN in options.paths)
            with reporting.report_stream(options.output, is_stdout_taken=is_stdout_taken) as stream:
                return _work(options, config, configured, stream)
        return CLEAN
    except UsageError as error:
        say([f"{PROGRAM}: error: {error}"])
        return FAILED


def _work(options: argparse.Namespace, config: Config, configured: Settings, stream: TextIO) -> int:
    """Visit the files of the command line, report on them, and return the exit code."""
    known = (
        baseline.read(configured.baseline)
        if configured.baseline and not options.write_baseline
        else Baseline(os.getcwd())
    )
    files, lost = discovery.files(options, configured)
    if not files and not lost:
        configured.warnings.append("no Python files found")
    jobs = list(_jobs(options, config, configured, known, files))
    say(f"{PROGRAM}: warning: {warning}" for warning in configured.warnings)
    if options.show_files:
        say((job.path for job in jobs), stream)
        return FAILED if lost else CLEAN

    tally, stale = Tally(config), list(known.of_lost_files())
    dialogue = _dialogue(options.color) if options.interactive else None
    visits = _interactively(jobs, dialogue) if dialogue else _visits(jobs, options)
    teller = reporting.teller(options.format, stream, config, options.color, quiet=options.quiet)
    written = Baseline(os.path.dirname(os.path.realpath(options.write_baseline or "")))
    for result, job in zip(_reported(chain(lost, visits), len(jobs), teller, options), chain(lost, jobs), strict=False):
        tally.add(result)
        if isinstance(job, Job):
            stale += known.stale_in(result, job.config)
        if options.write_baseline:
            written.add(result)
    if options.write_baseline:
        baseline.write(options.write_baseline, written)
        tally.written = options.write_baseline
    else:
        teller.finish()
    _conclude(options, tally, stale, stream)
    return tally.exit_code(options, is_over=dialogue is not None and dialogue.over)


def _reported(
    visits: Iterable[Visit], total: int, teller: reporting.Teller, options: argparse.Namespace
) -> Iterator[Visit]:
    """Yield the visits, and report each as it comes in; in between, a bar shows the progress."""
    is_wanted = not options.interactive and os.environ.get("TERM") != "dumb"
    bar = Progress(total, sys.stderr, is_wanted=is_wanted)
    for result in visits:
        if reporting.is_anything(result):
            bar.wipe()
        say(reporting.failures(result))
        if (result.patch and options.diff) or result.rewritten:
            sys.stdout.buffer.write(result.rewritten or result.patch)
            sys.stdout.flush()
        if options.fix_only:
            teller.tell(replace(result, findings=(), repairs=(), refused=()))
        elif options.interactive:  # the findings have been seen
            teller.tell(replace(result, findings=(), repairs=()))
        elif not options.write_baseline:
            teller.tell(result)
        yield result
        bar.step()
    bar.wipe()


def _jobs(
    options: argparse.Namespace, config: Config, configured: Settings, known: Baseline, files: Sequence[tuple[str, str]]
) -> Iterator[Job]:
    """Yield what is to be done. `per-file-ignores` may take some codes away, and --since whole files."""
    mode = _mode(options)
    changes = git.changed_lines(options.since) if options.since is not None else None
    base = writing.patch_base(path for _, path in files) if mode is Mode.DIFF else "."
    if base != ".":
        configured.warnings.append(f"files outside of this folder: the patch is to be applied in {base}")
    for place, path in files:
        if changes is not None and os.path.realpath(place) not in changes:
            continue
        changed = changes[os.path.realpath(place)] if changes is not None else None
        ignored = discovery.ignored_in(path, configured)
        own = replace(config, extend_ignore=config.extend_ignore + ignored) if ignored else config
        yield Job(place, path, own, mode, Selection(changed, known.known(path)), options.time_limit, base=base)


def _mode(options: argparse.Namespace) -> Mode:
    chosen = {
        Mode.DIFF: options.diff,
        Mode.APPLY: options.apply,
        Mode.DRY: options.dry_run,
        Mode.ASK: options.interactive,
        Mode.SILENCE: options.add_noqa,
        Mode.EDITS: options.format in reporting.WITH_EDITS and not options.write_baseline,
    }
    return next((mode for mode, is_chosen in chosen.items() if is_chosen), Mode.REPORT)


def _conclude(options: argparse.Namespace, tally: Tally, stale: Sequence[str], stream: TextIO) -> None:
    """Report the result of the whole run."""
    aside = stream if options.format == "text" else sys.stderr
    if options.show_fixes or options.dry_run:
        say(tally.shown_fixes(options), aside)
    if options.statistics:
        names = {rule.code: rule.name for rule in all_rules().values()}
        say(to_text.statistics(tally.codes, names), aside)
    if not options.quiet:
        say([*stale, tally.summary(options)])


def _visits(jobs: Sequence[Job], options: argparse.Namespace) -> Iterator[Visit]:
    kept = None if options.no_cache else Cache(options.cache_dir or cache.folder())
    return running.visits(jobs, processes=options.jobs, cache=kept, cluster=options.dask)


def _dialogue(when: str) -> Dialogue:
    from flake8_closures.cli.interactive import Dialogue

    return Dialogue(sys.stdin, sys.stdout, page, terminal.paint(when, sys.stdout))


def _interactively(jobs: Sequence[Job], dialogue: Dialogue) -> Iterator[Visit]:
    """Yield the visits one after the other, as long as the user wants to go on."""
    from flake8_closures.cli.visit import visit

    for job in jobs:
        yield visit(job, dialogue.choose)
        if dialogue.over:
            return
