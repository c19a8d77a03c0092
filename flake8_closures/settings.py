"""Which files hold the options of closure-fix? The [flake8] section that flake8 would read, and pyproject.toml."""

from __future__ import annotations

import importlib
import os
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from flake8_closures.config import BadValue, Config, key_of, parse_list

TABLE = "flake8-closures"
EXCLUDE = (
    *(".bzr", ".direnv", ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox"),
    *(".venv", "*.egg", "CVS", "__pycache__", "node_modules", "venv"),
)
KEYS = {key_of(each.name): each.name for each in fields(Config)}
"""The fields of Config by the name that they have in a file."""
CANDIDATES = ("setup.cfg", "tox.ini", ".flake8")
"""Where flake8 looks for its section."""
PYPROJECT = "pyproject.toml"
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
    if not isolated:
        try:
            section, base, found = _flake8_section(config, directory) if not _is_toml(config) else ({}, ".", "")
            settings.files += [found] if found else []
            settings.flake8 = _sort(section, base, places, f"{found}: [flake8]", settings.origins, is_ours=False)
            own = config if _is_toml(config) else _above(directory, PYPROJECT) if config is None else ""
            table, base = _table(settings, own) if own else ({}, ".")
            settings.ours = _sort(table, base, places, f"{own}: [tool.{TABLE}]", settings.origins, is_ours=True)
            if config and not settings.files:
                missing = f"tool.{TABLE}" if own else "flake8"
                settings.warnings.append(f"{config}: there is no [{missing}] in it, so it changes nothing")
        except (OSError, ValueError) as error:
            raise UsageError(" ".join(str(error).split())) from None
    if "baseline" in places:
        name, base = places["baseline"]
        settings.baseline = os.path.join(base, str(name))
    for key in ("exclude", "extend-exclude"):
        try:
            settings.exclude += patterns(*places.get(key, ()))
        except ValueError as error:
            raise UsageError(f"{settings.origins[key]}: {error}") from None
    if "per-file-ignores" in places:
        try:
            settings.per_file_ignores = _ignores(*places["per-file-ignores"])
        except ValueError as error:
            raise UsageError(f"{settings.origins['per-file-ignores']}: {error}") from None
    return settings


def complaint(error: BadValue, settings: Settings, typed: Container[str] = ()) -> str:
    """Return what is wrong with a value under the name that the user gave it: a typed option, or a key and its file."""
    option = f"--{key_of(error.field)}" if error.field in typed else settings.origins[error.field]
    return f"{option}: {error.problem}"


def meant(name: str, known: Iterable[str]) -> str:
    """Return the end of a complaint about an unknown name: which one was meant, if it is close to one."""
    import difflib

    near = difflib.get_close_matches(name, known, 1, 0.75)
    return f", did you mean {near[0]}?" if near else ""


def _ignores(value: object, directory: str) -> list[tuple[str, list[str]]]:
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


def _sort(
    section: Mapping[str, object],
    directory: str,
    places: dict[str, tuple[object, str]],
    where: str,
    origins: dict[str, str],
    *,
    is_ours: bool,
) -> dict[str, object]:
    """Return the values for Config of one section; put those for paths into `places`, and the keys into `origins`.

    In a section of our own every name must be known, in flake8's those that begin with our prefix.
    """
    values: dict[str, object] = {}
    for key, value in section.items():
        name = key.replace("_", "-")
        if is_ours and f"closures-{name}" in KEYS:
            name = f"closures-{name}"
        if name in KEYS:
            values[KEYS[name]] = value
            origins[KEYS[name]] = f"{where} {key}"
        elif name in PLACES and (is_ours or name != "baseline"):
            places[name] = value, directory
            origins[name] = f"{where} {key}"
        elif name == "closures-baseline":
            places["baseline"] = value, directory
        elif is_ours or name.startswith("closures-"):
            raise ValueError(f"{where}: unknown option {key}{meant(name, (*KEYS, *PLACES))}")
    return values


def _flake8_section(config: str | None, directory: str) -> tuple[Mapping[str, object], str, str]:
    """Return the section that flake8 would read, where paths in it start, and its file; nothing where there is none.

    Raises ValueError for a file that flake8 would not take.
    """
    if config is None and not any(_above(directory, name) for name in CANDIDATES):
        return {}, ".", ""
    import configparser

    from flake8.exceptions import ExecutionError
    from flake8.options.config import _find_config_file, load_config

    try:
        # flake8 itself looks in the current directory alone; an editor has files of several projects open.
        found = config or _find_config_file(os.path.abspath(directory))
        parser, base = load_config(found, [], isolated=found is None)
    except configparser.ParsingError as error:
        line = getattr(error, "lineno", None) or error.errors[0][0]
        raise ValueError(f"{error.source}:{line}: this is neither a [section] nor an option with its value") from None
    except (ExecutionError, configparser.Error) as error:
        raise ValueError(str(error)) from None
    return (parser["flake8"], base, str(found)) if "flake8" in parser else ({}, ".", "")


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


def _table(settings: Settings, path: str) -> tuple[Mapping[str, object], str]:
    """Return our table of a pyproject.toml, and the folder of that."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if TABLE not in text:
        return {}, "."
    toml = _toml()
    if toml is None and f"tool.{TABLE}" not in text:  # a dependency, most likely
        return {}, "."
    if toml is None:
        settings.warnings.append(f"{path}: [tool.{TABLE}] is not read: on Python 3.10 this needs `pip install tomli`")
        return {}, "."
    try:
        document = toml.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    table = document.get("tool", {}).get(TABLE)
    if table is None:
        return {}, "."
    if not isinstance(table, dict):
        raise ValueError(f"{path}: [tool] {TABLE}: expected a table of options, not {table!r}")
    settings.files.append(path)
    return table, os.path.dirname(path)


def _toml() -> Any:
    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None
