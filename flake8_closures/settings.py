"""Which options are given to closure-fix, and where? In flake8's section, in pyproject.toml, on the command line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flake8_closures import rules
from flake8_closures.codes import FAMILY, OF_NO_RULE
from flake8_closures.config import BadValue, Config, key_of, parse_list

if TYPE_CHECKING:
    import logging

TABLE = "flake8-closures"
MISNAMED = ("closure-fix", "closure_fix", "closures", "flake8_closures")
"""What the table may be called by mistake."""
OTHERS = "flake8"
"""The table of Flake8-pyproject, which is for flake8 alone."""
EXCLUDE = (
    *(".bzr", ".direnv", ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox"),
    *(".venv", "*.egg", "CVS", "__pycache__", "node_modules", "venv"),
)
KEYS = {key_of(each.name): each.name for each in fields(Config)}
"""The fields of Config by the name that they have in a file."""
CANDIDATES = ("setup.cfg", "tox.ini", ".flake8")
"""Where flake8 looks for its section."""
PYPROJECT = "pyproject.toml"
CODE_LISTS = ("select", "ignore", "extend_select", "extend_ignore", "fixable", "unfixable")
WANTED = ("select", "extend_select", "fixable", "unfixable")
IGNORED = ("ignore", "extend_ignore")
"""Where flake8, too, takes nothing but codes: no comment behind them, for example."""
UNKNOWN = "no rule has a code that begins with {!r}"
CODE = re.compile(r"[A-Z]{1,3}\d{0,3}", re.ASCII)
PLACES = ("exclude", "extend-exclude", "per-file-ignores", "baseline")


class UsageError(Exception):
    """An option that cannot be understood; its text is one line."""


@dataclass
class Settings:
    """What the files say: values for Config, from flake8's section and from our own table, and patterns for paths."""

    flake8: dict[str, object] = field(default_factory=dict)
    ours: dict[str, object] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    """For each of these values, and for the patterns, the key that gave it, with its file."""
    exclude: list[str] = field(default_factory=list)
    per_file_ignores: list[tuple[str, list[str]]] = field(default_factory=list)
    baseline: str = ""
    """The file with the findings that are known, empty for none."""
    files: list[str] = field(default_factory=list)
    """The files that the options come from."""
    warnings: list[str] = field(default_factory=list)


def load(config: str | None = None, *, isolated: bool = False, directory: str = ".") -> Settings:
    """Return the options that apply in a directory. Those of pyproject.toml go before those of flake8.

    `config` names a file to be read instead of both; with `isolated` none is read. Raises UsageError.
    """
    settings = Settings()
    places: dict[str, tuple[object, str]] = {"exclude": (EXCLUDE, ".")}
    try:
        for section in () if isolated else _sections(config, directory, settings.warnings):
            settings.files.append(section.file)
            values = _sort(section, places, settings.origins)
            (settings.ours if section.is_ours else settings.flake8).update(values)
    except (OSError, ValueError) as error:
        raise UsageError(" ".join(str(error).split())) from None
    if config and not isolated and not settings.files:
        missing = f"tool.{TABLE}" if _is_toml(config) else "flake8"
        settings.warnings.append(f"{config}: there is no [{missing}] in it, so it changes nothing")
    _place(settings, places)
    return settings


def _place(settings: Settings, places: Mapping[str, tuple[object, str]]) -> None:
    """Set what is about paths, from each value and the folder that it starts from. Raises UsageError."""
    for key, place in places.items():
        try:
            if key == "baseline":
                settings.baseline = os.path.join(place[1], str(place[0]))
            elif key == "per-file-ignores":
                settings.per_file_ignores = ignores(*place)
            else:
                settings.exclude += patterns(*place)
        except ValueError as error:
            raise UsageError(f"{settings.origins[key]}: {error}") from None


def in_force(settings: Settings, typed: Mapping[str, object] = MappingProxyType({})) -> Config:
    """Return the options: those that were typed over those of pyproject.toml over those of the [flake8] section.

    `typed` has values by the names of the fields of Config. Raises UsageError.
    """
    ours = {**settings.ours, **typed}
    try:
        own = Config.from_values(ours)
        for name in CODE_LISTS:
            for code in getattr(own, name):
                _check_code(name, code)
        config = Config.from_values(settings.flake8 | ours)
        for name in IGNORED:
            for code in getattr(config, name):
                _check_form(name, code)
        for name in CODE_LISTS:  # of flake8's section, which need not be about this version
            strange = [code for code in getattr(config, name) if code.startswith(FAMILY) and not _is_known(code)]
            settings.warnings += [f"{settings.origins[name]}: {UNKNOWN.format(code)}" for code in strange]
    except BadValue as error:
        raise UsageError(f"{_origin(error.field, settings, typed)}: {error.problem}") from None
    if config.is_narrowed and not any(map(config.is_enabled, rules.all_rules().values())):
        causes = [_origin(name, settings, typed) for name in ("select", *IGNORED) if getattr(config, name)]
        settings.warnings.append(f"no rule is selected, see {' and '.join(causes)}")
    return config


def _origin(name: str, settings: Settings, typed: Mapping[str, object]) -> str:
    """Return where the value of a field of Config comes from."""
    return f"--{key_of(name)}" if name in typed else settings.origins[name]


def _check_code(name: str, code: str) -> None:
    """Raise BadValue for a code that no rule has. To ignore the codes of other plugins does no harm."""
    _check_form(name, code)
    if (name in WANTED or code.startswith(FAMILY)) and not _is_known(code):
        raise BadValue(name, UNKNOWN.format(code))


def _is_known(code: str) -> bool:
    return any(known.startswith(code) for known in (*OF_NO_RULE, *rules.codes()))


def _check_form(name: str, code: str) -> None:
    if not CODE.fullmatch(code):
        raise BadValue(name, f"{code!r} is not a code or the beginning of one")


def meant(name: str, known: Iterable[str]) -> str:
    """Return the end of a complaint about an unknown name: which one was meant, if it is close to one."""
    import difflib

    near = difflib.get_close_matches(name, known, 1, 0.75)
    return f", did you mean {near[0]}?" if near else ""


def ignores(value: object, directory: str = ".") -> list[tuple[str, list[str]]]:
    """Return patterns, those with a slash relative to a directory, each with the codes not reported in its files.

    They come as a table, or as flake8 writes them: `pattern: codes`. Raises ValueError.
    """
    if isinstance(value, Mapping):
        return [(_normal(files, directory), [*parse_list(codes)]) for files, codes in value.items()]
    from flake8.exceptions import ExecutionError
    from flake8.utils import parse_files_to_codes_mapping

    try:
        mapping = parse_files_to_codes_mapping(value)
    except (ExecutionError, TypeError):
        raise ValueError(f"expected files: codes, not {value!r}") from None
    return [(_normal(files, directory), codes) for files, codes in mapping]


def patterns(value: object = "", directory: str = ".") -> list[str]:
    """Return a list of patterns, those with a slash relative to a directory."""
    return [_normal(entry, directory) for entry in parse_list(value)]


def _normal(pattern: str, directory: str) -> str:
    """Return a pattern as `flake8.utils.normalize_path` does it, whose import takes as long as many a run."""
    separators = os.sep + (os.altsep or "")
    if pattern == "." or any(separator in pattern for separator in separators):
        pattern = os.path.abspath(os.path.join(directory, pattern))
    return pattern.rstrip(separators)


def shown(settings: Settings, config: Config) -> Iterator[str]:
    """Yield the options in force as the table of a pyproject.toml that would bring them about."""
    import json

    yield f"# from {', '.join(settings.files) or 'no file'}, and the command line"
    yield f"[tool.{TABLE}]"
    for key, name in KEYS.items():
        value = getattr(config, name)
        yield f"{key.removeprefix('closures-')} = {json.dumps(value)}"
    yield f"exclude = {json.dumps(settings.exclude)}"
    files = [f"{pattern}:{','.join(codes)}" for pattern, codes in settings.per_file_ignores]
    yield f"per-file-ignores = {json.dumps(' '.join(files))}"
    if settings.baseline:
        yield f"baseline = {json.dumps(os.path.abspath(settings.baseline))}"


def _sort(section: _Section, places: dict[str, tuple[object, str]], origins: dict[str, str]) -> dict[str, object]:
    """Return the values for Config of one section; put those for paths into `places`, and the keys into `origins`.

    In a section of our own every name must be known, in flake8's those that begin with our prefix.
    """
    values: dict[str, object] = {}
    where = f"{section.file}: [{section.name}]"
    for key, value in section.options.items():
        name = key.replace("_", "-")
        if section.is_ours and f"closures-{name}" in KEYS:
            name = f"closures-{name}"
        elif name == "closures-baseline":
            name = "baseline"
        elif name == "baseline" and not section.is_ours:
            continue
        if name in KEYS:
            values[KEYS[name]] = value
            origins[KEYS[name]] = f"{where} {key}"
        elif name in PLACES:
            places[name] = value, section.folder
            origins[name] = f"{where} {key}"
        elif section.is_ours or name.startswith("closures-"):
            raise ValueError(f"{where}: unknown option {key}{meant(name, (*KEYS, *PLACES))}")
    return values


@dataclass(frozen=True)
class _Section:
    """The options of one file as they stand there, and the folder from which paths in them start."""

    options: Mapping[str, object]
    file: str
    folder: str
    name: str
    is_ours: bool


def _sections(config: str | None, directory: str, warnings: list[str]) -> Iterator[_Section]:
    """Yield the section of flake8, then our own table, where there are such. Raises OSError and ValueError."""
    if not _is_toml(config) and (config or any(_above(directory, name) for name in CANDIDATES)):
        yield from _flake8_section(config, directory, warnings)
    own = _above(directory, PYPROJECT) if config is None else config if _is_toml(config) else ""
    if own:
        yield from _table(own, warnings)


def _flake8_section(config: str | None, directory: str, warnings: list[str]) -> Iterator[_Section]:
    """Yield the section that flake8 would read, if there is one. Raises ValueError for a file that it does not take.

    What flake8 notes in its log alone, a file that it passes over, is added to the warnings.
    """
    import configparser

    from flake8.exceptions import ExecutionError
    from flake8.options.config import LOG, _find_config_file, load_config

    def note(record: logging.LogRecord) -> bool:
        warnings.append(" ".join(record.getMessage().split()))
        return True

    LOG.addFilter(note)
    try:
        # flake8 itself looks in the current directory alone; an editor has files of several projects open.
        found = config or _find_config_file(os.path.abspath(directory))
        parser, base = load_config(found, [], isolated=found is None)
    except configparser.ParsingError as error:
        line = getattr(error, "lineno", None) or error.errors[0][0]
        raise ValueError(f"{error.source}:{line}: this is neither a [section] nor an option with its value") from None
    except (ExecutionError, configparser.Error) as error:
        raise ValueError(str(error)) from None
    finally:
        LOG.removeFilter(note)
    if "flake8" in parser:
        yield _Section(parser["flake8"], str(found), base, "flake8", is_ours=False)


def _above(directory: str, name: str) -> str:
    """Return the nearest file of a name, in a directory or above it; empty for none."""
    folder = os.path.abspath(directory)
    while not os.path.isfile(path := os.path.join(folder, name)):
        if folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)
    return path


def _is_toml(config: str | None) -> bool:
    return config is not None and config.endswith(".toml")


def _table(path: str, warnings: list[str]) -> Iterator[_Section]:
    """Yield our table of a pyproject.toml, if there is one; warn of one with a wrong name. Raises ValueError."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        tools = parse_toml(text).get("tool") if any(name in text for name in (TABLE, OTHERS, *MISNAMED)) else None
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    tools = tools if isinstance(tools, dict) else {}
    for name, values in tools.items():
        if name in MISNAMED or (name == OTHERS and re.search("CLO|closures-", str(values))):
            warnings.append(f"{path}: [tool.{name}] is not read: the table is called [tool.{TABLE}]")
    table = tools.get(TABLE)
    if isinstance(table, dict):
        yield _Section(table, path, os.path.dirname(path), f"tool.{TABLE}", is_ours=True)
    elif table is not None:
        raise ValueError(f"{path}: [tool] {TABLE}: expected a table of options, not {table!r}")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises ValueError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)
