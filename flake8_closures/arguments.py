"""What was typed on the command line of closure-fix, and which options does that leave in force?"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import NoReturn

from flake8_closures import __version__, settings
from flake8_closures.config import FAILURE, FAMILY, OPTIONS, Config
from flake8_closures.rules import all_rules
from flake8_closures.settings import Settings, UsageError

PROGRAM = "closure-fix"
CODE_LISTS = {
    "select": "report only codes that begin with one of these",
    "ignore": "do not report codes that begin with one of these",
    "extend_select": "report these too; an opt-in code has to be named in full, or as CLO9",
    "extend_ignore": "do not report these either",
    "fixable": "repair only these",
    "unfixable": "do not repair these",
}
FORMATS = ("text", "json", "sarif", "github", "gitlab", "rdjson", "junit")
WANTED = ("select", "extend_select", "fixable")
EPILOG = """Exit code: 0 clean, or all repaired; 1 findings or a diff remain; 2 wrong usage, or a file that could not be
read, decoded, parsed, analysed or written. Options are also read from the [flake8] section that flake8 reads, and from
[tool.flake8-closures] in pyproject.toml."""


class _Parser(argparse.ArgumentParser):
    """argparse, but an error is one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {PROGRAM} --help)")


def command_line() -> argparse.ArgumentParser:
    """Return the parser of the command line; the documentation is made from it."""
    parser = _Parser(
        prog=PROGRAM,
        allow_abbrev=False,
        description="Report the closures that will misbehave, and repair them.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="files, directories, or - for standard input")
    add("--version", action="version", version=f"{PROGRAM} {__version__}")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--diff", action="store_true", help="print a patch of the repairs, and the findings to stderr")
    modes.add_argument("--apply", action="store_true", help="repair the files, and report what remains")
    modes.add_argument("--interactive", action="store_true", help="show each repair, and ask whether to make it")
    modes.add_argument("--explain", metavar="CODE", help="print the page of a rule")
    modes.add_argument("--lsp", action="store_true", help="be the language server of an editor (extra: lsp)")
    for name, text in CODE_LISTS.items():
        add(f"--{name.replace('_', '-')}", metavar="CODES", action="append", help=text)
    add("--unsafe-fixes", action="store_true", default=None, help="make the repairs that may change more than the bug")
    for option in OPTIONS:
        if option.metavar is None:
            add(option.flag, dest=option.field, action="store_true", default=None, help=option.help)
        else:
            add(option.flag, dest=option.field, metavar=option.metavar, help=option.help)
    add("--disable-noqa", dest="respect_noqa", action="store_false", default=None, help="report in spite of # noqa")
    add("--exclude", metavar="PATTERNS", help="leave out these files and directories of a directory")
    add("--extend-exclude", metavar="PATTERNS", help="leave out these too")
    add("--force-exclude", action="store_true", help="leave them out even where they are named as PATH")
    add("--stdin-filename", metavar="PATH", default="stdin", help="what standard input is called")
    add("--format", choices=FORMATS, default="text", help="of the report (default: text)")
    add("--output", metavar="FILE", help="write the report to a file")
    add("--statistics", action="store_true", help="print how often each code was found")
    add("--quiet", "-q", action="store_true", help="print one line a finding, and no summary")
    add("--exit-zero", action="store_true", help="exit with 0 even if there are findings")
    add("--config", metavar="FILE", help="read the [flake8] section of this file instead of looking for one")
    add("--isolated", action="store_true", help="read no file with options")
    add("--stdio", action="store_true", help=argparse.SUPPRESS)  # what clients written with VS Code's library add
    add("--jobs", "-j", metavar="N", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def read(arguments: Sequence[str]) -> tuple[argparse.Namespace, Config, Settings]:
    """Return what was typed, the options in force, and the settings for paths.

    Raises UsageError, and SystemExit after --help and --version.
    """
    typed = command_line().parse_args(arguments)
    if typed.lsp:  # the options are those of each file that is opened
        return typed, Config(), Settings()
    if not typed.paths and not typed.explain:
        raise UsageError(f"no path given (see {PROGRAM} --help)")
    if typed.interactive and ("-" in typed.paths or typed.format != "text"):
        raise UsageError("--interactive reads the answers from standard input, and its report is text")
    told = settings.load(typed.config, isolated=typed.isolated)
    if typed.exclude is not None:
        told.exclude = settings.patterns(typed.exclude)
    told.exclude += settings.patterns(typed.extend_exclude or "")
    return typed, _config(typed, told), told


def _config(typed: argparse.Namespace, told: Settings) -> Config:
    """Return the options of the command line over those of pyproject.toml over those of the [flake8] section."""
    given = {each.name: getattr(typed, each.name) for each in fields(Config)}
    given |= {name: ",".join(given[name]) for name in CODE_LISTS if given[name] is not None}
    ours = told.ours | {name: value for name, value in given.items() if value is not None}
    try:
        own = Config.from_values(ours)
        for name in CODE_LISTS:
            for code in getattr(own, name):
                _check_code(name, code)
        return Config.from_values(told.flake8 | ours)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _check_code(name: str, code: str) -> None:
    """Raise ValueError for a code that no rule has. To ignore the codes of other plugins does no harm."""
    option = name.replace("_", "-")
    if not re.fullmatch(r"[A-Z]{1,3}\d{0,3}", code, re.ASCII):
        raise ValueError(f"{option}: {code!r} is not a code or the beginning of one")
    wanted = name in WANTED or code.startswith(FAMILY)
    if wanted and not any(known.startswith(code) for known in (FAILURE, *all_rules())):
        raise ValueError(f"{option}: no rule has a code that begins with {code!r}")
