"""Which options are in force? One frozen Config, the same whether they came from flake8, a file or the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from flake8_closures.codes import FAMILY, OPINIONS

if TYPE_CHECKING:
    from flake8_closures.model import Rule

BIND_STYLES = {
    "keyword": "bind_default",
    "default": "bind_plain",
    "partial": "bind_partial",
    "factory": "bind_factory",
}
"""How a late variable may be bound, and the action that does it."""

SIZE = re.compile(r"(?P<number>\d[\d_]*(?:\.\d+)?)\s*(?P<unit>|B|[kKMGT]i?B)", re.ASCII)
POWERS = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, slots=True)
class Option:
    """An option of ours that flake8 and closure-fix share: `--closures-NAME`, and `closures-NAME` in a file."""

    name: str
    help: str
    metavar: str | None = None
    """None for a switch."""

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return f"--closures-{self.name}"

    @property
    def key(self) -> str:
        """The name of the option in an argparse namespace."""
        return f"closures_{self.field}"

    @property
    def field(self) -> str:
        """The field of Config that holds it."""
        return self.name.replace("-", "_")


OPTIONS = (
    Option("extended", "report the opt-in codes as well"),
    Option("bind-style", f"how a late variable is bound: {', '.join(BIND_STYLES)} (default: keyword)", "STYLE"),
    Option("sync-callees", "dotted names of callables that are done with a function when they return", "NAMES"),
    Option("deferred-callees", "dotted names of callables that keep a function and call it later", "NAMES"),
    Option(
        "retain-bytes",
        "report what a closure keeps alive from this size on: bytes, 10MB, 10MiB (default: 10MB)",
        "SIZE",
    ),
    Option(
        "ship-bytes",
        "report what a closure sends to another process from this size on: bytes, 1MB, 1MiB (default: 1MB)",
        "SIZE",
    ),
    Option("bulk-loaders", "dotted names of callables that load much data, .name for methods", "NAMES"),
    Option("weak-signals", "dotted names of signals that hold their receivers weakly, package.* for many", "NAMES"),
    Option("class-variables", "shared variables of closures up to which no class is suggested (default: 3)", "NUMBER"),
    Option("class-functions", "functions handed out up to which no class is suggested (default: 2)", "NUMBER"),
    Option("ship-decorators", "dotted names of decorators that send a function to other processes", "NAMES"),
)


METAVARS = {option.field: option.metavar for option in OPTIONS}


def key_of(field: str) -> str:
    """Return the name that a field of Config has in a file, and behind two dashes on the command line."""
    name = field.replace("_", "-")
    return f"closures-{name}" if field in METAVARS else name


class BadValue(ValueError):
    """The value of an option that cannot be understood: the field of Config it was meant for, and what is wrong."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{key_of(field)}: {problem}")
        self.field, self.problem = field, problem


@dataclass(frozen=True, slots=True)
class Config:
    """Every option. Codes are prefixes, as in flake8: `CLO1` stands for all codes that begin with it.

    `retain_bytes` and `ship_bytes` are bytes. `select` empty means that nobody has narrowed the selection.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    fixable: tuple[str, ...] = ()
    unfixable: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    disable_noqa: bool = False
    unused_noqa: bool = False
    extended: bool = False
    bind_style: str = "keyword"
    sync_callees: tuple[str, ...] = ()
    deferred_callees: tuple[str, ...] = ()
    retain_bytes: int = 10_000_000
    ship_bytes: int = 1_000_000
    bulk_loaders: tuple[str, ...] = ()
    weak_signals: tuple[str, ...] = ()
    ship_decorators: tuple[str, ...] = ()
    class_variables: int = 3
    class_functions: int = 2

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Config:
        """Make a Config of values as they were read: strings, lists, numbers and booleans by the name of the field.

        None stands for an option that was not given. Raises BadValue.
        """
        read: dict[str, Any] = {}
        for field in fields(cls):
            value = values.get(field.name)
            if value is None:
                continue
            try:
                read[field.name] = _convert(field.name, field.default, value)
            except ValueError as error:
                raise BadValue(field.name, str(error)) from None
        return cls(**read)

    def is_enabled(self, rule: Rule) -> bool:
        """Return whether a rule is to be run.

        An opt-in rule runs only if it is named: by its full code, or, for the opinions, by a prefix from `CLO9` on.
        `CLO1` or `C` do not name CLO104, so that narrowing the selection never switches on what was off.
        The rest is decided exactly as flake8 decides it: the longer prefix wins, and ignoring wins a tie.
        """
        if not rule.default and not self.is_named(rule.code):
            return False
        chosen = _longest(self.select + self.extend_select, rule.code)
        ignored = _longest(self.ignore + self.extend_ignore, rule.code)
        if not ignored:
            return bool(chosen) or not self.select
        return bool(chosen) and _longest((self.select or (FAMILY,)) + self.extend_select, rule.code) > ignored

    @property
    def is_narrowed(self) -> bool:
        """Whether the options may leave no rule: they ignore codes of ours, or select those of others alone."""
        return any(map(_is_ours, self.ignore + self.extend_ignore)) or not any(map(_is_ours, self.select or (FAMILY,)))

    def is_named(self, code: str) -> bool:
        """Return whether the user has enabled what is opt-in under a code."""
        return self.extended or any(
            code == entry or (entry.startswith(OPINIONS) and code.startswith(entry))
            for entry in self.select + self.extend_select
        )

    def is_fixable(self, code: str) -> bool:
        """Return whether findings of a code may be repaired: `unfixable` against `fixable`, the longer prefix wins."""
        allowed = _longest(self.fixable, code)
        return (bool(allowed) or not self.fixable) and not (_longest(self.unfixable, code) or -1) >= allowed


def _is_ours(prefix: str) -> bool:
    return prefix.startswith(FAMILY) or FAMILY.startswith(prefix)


def _longest(prefixes: Sequence[str], code: str) -> int:
    """Return the length of the longest prefix of a code, 0 if there is none."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


def _convert(name: str, default: object, value: object) -> object:
    if isinstance(default, bool):
        return parse_switch(value)
    if isinstance(default, int):
        return parse_number(value) if METAVARS[name] == "NUMBER" else parse_bytes(value)
    if isinstance(default, tuple):
        return parse_list(value)
    if name == "bind_style" and value not in [*BIND_STYLES]:  # a list cannot be looked up
        raise ValueError(f"{value!r} is none of {', '.join(BIND_STYLES)}")
    return value


def parse_list(value: object) -> tuple[str, ...]:
    """Return the entries of a list, or of a string that separates them by commas or white space."""
    if isinstance(value, str):
        return tuple(re.split(r"[,\s]+", value.strip(", \t\r\n"))) if value.strip(", \t\r\n") else ()
    if isinstance(value, Sequence) and all(isinstance(entry, str) for entry in value):
        return tuple(entry.strip() for entry in value)
    raise ValueError(f"{value!r} is not a list of names")


def parse_switch(value: object) -> bool:
    """Return the truth of a boolean, or of the words that configparser takes for one."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in ("1", "yes", "true", "on"):
        return True
    if word in ("0", "no", "false", "off"):
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def parse_number(value: object) -> int:
    """Return a whole number from 0 on."""
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{value!r} is not a whole number from 0 on")
    return int(text)


def parse_bytes(value: object) -> int:
    """Return a size in bytes: a number, or text as `1MB`, `10 MB` (powers of 1000), `64KiB` (powers of 1024)."""
    found = SIZE.fullmatch(str(value).strip())
    if not found or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a size such as 1000000, 1MB or 10 MB")
    unit = found["unit"]
    scale = (1024 if "i" in unit else 1000) ** POWERS.get(unit[:1], 0)
    return int(float(found["number"]) * scale)
