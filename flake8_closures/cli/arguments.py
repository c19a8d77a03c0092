"""What was typed on the command line of closure-fix, and which options does that leave in force?"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import chain
from typing import NoReturn

from flake8_closures import __version__, settings
from flake8_closures.cli import terminal
from flake8_closures.cli.completion import SHELLS
from flake8_closures.cli.discovery import SUFFIXES
from flake8_closures.cli.job import STDIN
from flake8_closures.codes import UNUSED
from flake8_closures.config import OPTIONS, Config
from flake8_closures.settings import Settings, UsageError

PROGRAM = "closure-fix"
CODES = {
    "select": "report only codes that begin with one of these",
    "ignore": "do not report codes that begin with one of these",
    "extend_select": "report these too; an opt-in code has to be named in full, or as CLO9",
    "extend_ignore": "do not report these either",
    "fixable": "repair only these",
    "unfixable": "do not repair these",
}
FORMATS = ("text", "json", "sarif", "github", "gitlab", "rdjson", "junit")
ELSEWHERE = {
    "--fix": "--apply",
    "--check": "--dry-run",
    "--output-format": "--format",
    "--ignore-noqa": "--disable-noqa",
}
"""Options of ruff and black, and what they are called here."""
EPILOG = """Exit code: 0 clean, or all repaired; 1 findings or a diff remain; 2 wrong usage, or a file that could not be
read, decoded, parsed, analysed or written. Options are also read from the [flake8] section that flake8 reads, and from
[tool.flake8-closures] in pyproject.toml."""


class _Parser(argparse.ArgumentParser):
    """argparse, but an error is one line."""

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        name = unknown[1] if unknown else ""
        hint = settings.meant(ELSEWHERE.get(name, name), self._option_string_actions)
        raise UsageError(f"{message}{hint} (see {PROGRAM} --help)")


def command_line() -> argparse.ArgumentParser:
    """Return the parser of the command line; the documentation is made from it."""
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [OPTION]... PATH...",
        allow_abbrev=False,
        description="Report the closures that will misbehave, and repair them.",
        epilog=EPILOG,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, directories, or - for standard input")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    _add_modes(parser.add_argument_group("what is done", "Without one of these: report, and change nothing."))
    _add_selection(parser.add_argument_group("which findings"))
    _add_repairs(parser.add_argument_group("which repairs"))
    _add_files(parser.add_argument_group("which files"))
    _add_report(parser.add_argument_group("the report"))
    _add_sources(parser.add_argument_group("where options come from"))
    _add_work(parser.add_argument_group("how the work is done"))
    parser.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)  # what VS Code's clients add to --lsp
    return parser


def _add_modes(group: argparse._ArgumentGroup) -> None:
    add = group.add_mutually_exclusive_group().add_argument
    add("--diff", action="store_true", help="print a patch of the repairs, and the findings to stderr")
    add("--apply", action="store_true", help="repair the files, and report what remains")
    add("--dry-run", action="store_true", help="say what --apply would repair")
    add("--interactive", action="store_true", help="show each repair, and ask whether to make it")
    add("--add-noqa", action="store_true", help="silence each finding by a comment in its line")
    add("--write-baseline", metavar="FILE", help="write all findings into a file, to be left out with --baseline")
    add("--explain", metavar="CODE", help="print the page of a rule")
    add("--audit", metavar="MODULE:FUNCTION", help="import a function, and list what its closure holds, with sizes")
    add("--show-files", action="store_true", help="print which files would be looked at")
    add("--show-settings", action="store_true", help="print which options are in force, and where they come from")
    add("--completion", choices=SHELLS, help="print the script by which a shell completes the options")
    add("--lsp", action="store_true", help="be the language server of an editor (extra: lsp)")


def _add_selection(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    for name in ("select", "ignore", "extend_select", "extend_ignore"):
        _add_codes(group, name)
    for option in OPTIONS:
        if option.metavar is None:
            add(option.flag, dest=option.field, action="store_true", default=None, help=option.help)
        else:
            add(option.flag, dest=option.field, metavar=option.metavar, help=option.help)
    add(
        "--per-file-ignores",
        metavar="PATTERN:CODES",
        action="append",
        help="do not report these codes in the files that a pattern names, as in tests/*:CLO1",
    )
    add("--disable-noqa", action="store_true", default=None, help="report in spite of # noqa")
    add(
        "--unused-noqa", action="store_true", default=None, help=f"report as {UNUSED} where # noqa names a code in vain"
    )
    add("--since", metavar="REF", help="report only findings that concern lines changed since a commit")
    add("--baseline", metavar="FILE", help="leave out the findings in a file that --write-baseline wrote")


def _add_repairs(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    for name in ("fixable", "unfixable"):
        _add_codes(group, name)
    add("--unsafe-fixes", action="store_true", default=None, help="make the repairs that may change more than the bug")
    add("--fix-only", action="store_true", help="repair, and say nothing of what remains (means --apply)")
    add("--show-fixes", action="store_true", help="print what was repaired in which file")
    add("--exit-non-zero-on-fix", action="store_true", help="exit with 1 if something was repaired")


def _add_files(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--exclude",
        metavar="PATTERNS",
        action="append",
        help="leave out these files and directories, instead of .git, .venv and the like",
    )
    add("--extend-exclude", metavar="PATTERNS", action="append", help="leave out these as well")
    add("--no-respect-gitignore", action="store_true", help="do not leave out what git ignores")
    add("--force-exclude", action="store_true", help="leave them out even where they are named as PATH")
    add(
        "--stdin-filename",
        "--stdin-display-name",
        metavar="PATH",
        help="what standard input is called (default: stdin)",
    )


def _add_report(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--format", choices=FORMATS, default="text", help="how findings are reported (default: text)")
    add("--output", metavar="FILE", help="write the report to a file")
    add("--color", choices=terminal.WHEN, default="auto", help="auto: on a terminal, unless NO_COLOR is set")
    add("--statistics", action="store_true", help="print how often each code was found")
    add("--quiet", "-q", action="store_true", help="print one line a finding, and no summary")
    add("--exit-zero", action="store_true", help="exit with 0 even if there are findings")


def _add_sources(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--config",
        metavar="FILE",
        help="read the options from this file alone: its [flake8] section, or the table of a .toml",
    )
    group.add_argument("--isolated", action="store_true", help="read no file with options")


def _add_work(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--jobs",
        "-j",
        metavar="N",
        type=_count,
        default=0,
        help="use so many processes (default: auto, one a processor)",
    )
    add("--dask", metavar="ADDRESS", help="let the workers of a Dask cluster judge the files (extra: dask)")
    add("--cache-dir", metavar="DIR", help="keep findings here for the next run (default: the user's cache folder)")
    add("--no-cache", action="store_true", help="look at every file, and keep nothing for the next run")
    add(
        "--time-limit",
        metavar="SECONDS",
        type=_seconds,
        default=60.0,
        help="give up a file that takes more processor time; 0 for never (default: 60)",
    )


def _count(typed: str) -> int:
    if typed == "auto":
        return 0
    if not typed.isdecimal():
        raise argparse.ArgumentTypeError(f"{typed!r} is not a number of processes")
    return int(typed)


def _seconds(typed: str) -> float:
    try:
        number = float(typed)
    except ValueError:
        number = -1
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{typed!r} is not a number of seconds")
    return number


def _add_codes(group: argparse._ArgumentGroup, name: str) -> None:
    group.add_argument(f"--{name.replace('_', '-')}", metavar="CODES", action="append", help=CODES[name])


def read(arguments: Sequence[str]) -> tuple[argparse.Namespace, Config, Settings]:
    """Return what was typed, the options in force, and the settings for paths.

    Raises UsageError, and SystemExit after --help and --version.
    """
    typed = _parsed(list(arguments))
    try:
        os.getcwd()
    except FileNotFoundError:
        raise UsageError("the current folder has been removed") from None
    if typed.lsp:  # the options are those of each file that is opened
        return typed, Config(), Settings()
    _check(typed)
    typed.apply = typed.apply or _repairs_alone(typed)
    configured = settings.load(typed.config, isolated=typed.isolated)
    if typed.exclude is not None:
        configured.exclude = settings.patterns(",".join(typed.exclude))
    configured.exclude += settings.patterns(",".join(typed.extend_exclude or ()))
    if typed.per_file_ignores is not None:
        try:
            configured.per_file_ignores = settings.ignores("\n".join(typed.per_file_ignores))
        except ValueError as error:
            raise UsageError(f"--per-file-ignores: {error}") from None
    configured.baseline = typed.baseline or configured.baseline
    return typed, settings.in_force(configured, _given(typed)), configured


def _parsed(arguments: list[str]) -> argparse.Namespace:
    """Return what was typed. Options may stand between paths, which argparse knows of; not beside `--`, though."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    typed = command_line().parse_intermixed_args(arguments[:end])
    typed.paths += arguments[end + 1 :]
    return typed


def _check(typed: argparse.Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    complaint = next(chain(_about_paths(typed), _about_targets(typed), _about_modes(typed)), None)
    if complaint:
        raise UsageError(complaint)


def _about_paths(typed: argparse.Namespace) -> Iterator[str]:
    needs_no_path = typed.completion or typed.show_settings or (typed.explain, typed.audit) != (None, None)
    if not (typed.paths or needs_no_path):
        yield f"no path given: `{PROGRAM} .` looks at this folder (see {PROGRAM} --help)"
    if "" in typed.paths:
        yield "a path is empty"


def _about_targets(typed: argparse.Namespace) -> Iterator[str]:
    for option, target in (("--output", typed.output), ("--write-baseline", typed.write_baseline)):
        if target == STDIN:
            yield f"{option} takes a file, and '-' is none"
        if target and target.endswith(SUFFIXES):
            yield f"{option}: {target!r} would replace a Python file"


def _about_modes(typed: argparse.Namespace) -> Iterator[str]:
    is_piped = STDIN in typed.paths
    if typed.interactive and (is_piped or typed.format != "text"):
        yield "--interactive reads the answers from standard input, and its report is text"
    if is_piped and typed.since:
        yield "--since looks at files, and not at standard input"
    if is_piped and typed.add_noqa:
        yield "--add-noqa writes files, and not standard output"
    if typed.write_baseline and typed.since:
        yield "--write-baseline takes all findings, --since only some"
    if _repairs_alone(typed) and (typed.add_noqa or typed.write_baseline):
        yield "--fix-only means --apply"


def _repairs_alone(typed: argparse.Namespace) -> bool:
    """Return whether --fix-only stands without a word on what becomes of the repairs: then they are made."""
    return bool(typed.fix_only) and not (typed.diff or typed.dry_run or typed.interactive)


def _given(typed: argparse.Namespace) -> dict[str, object]:
    """Return the options of Config that were typed, by its fields."""
    given = {each.name: getattr(typed, each.name) for each in fields(Config)}
    given |= {name: ",".join(given[name]) for name in CODES if given[name] is not None}
    return {name: value for name, value in given.items() if value is not None}
