"""Which files does a path on the command line stand for? Patterns mean what they mean to flake8."""

from __future__ import annotations

import argparse
import errno
import fnmatch
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable
from functools import cache

from flake8_closures.cli.gitignore import without_ignored
from flake8_closures.cli.job import STDIN, Visit
from flake8_closures.settings import Settings

SUFFIXES = (".py", ".pyi")


class _Found:
    """The files that were found, each once, and what cannot be read."""

    def __init__(self) -> None:
        self.files: dict[object, tuple[str, str]] = {}
        self.lost: list[Visit] = []

    def add(self, path: str, status: os.stat_result) -> None:
        """Add a file; of several names, the first that is no symbolic link counts."""
        identity = (status.st_dev, status.st_ino) if status.st_ino else os.path.abspath(path)
        first, _ = self.files.setdefault(identity, (path, path))
        if first != path and os.path.islink(first):
            self.files[identity] = path, path

    def lose(self, error: OSError, path: str = "") -> None:
        """Add what cannot be read."""
        self.lost.append(Visit(path or error.filename))
        self.lost[-1].fail(f"cannot be read: {error.strerror}")


def files(options: argparse.Namespace, settings: Settings) -> tuple[list[tuple[str, str]], list[Visit]]:
    """Return each file of the command line once, as where it is and what it is called; and what cannot be found.

    What git ignores is left out of a directory, unless git ignores that as a whole: then it was named on purpose. With
    --force-exclude that does not help.
    """
    found, wanted = _Found(), _wanted(options, settings)
    if options.apply and STDIN in options.paths and STDIN not in wanted:
        sys.stdout.buffer.write(sys.stdin.buffer.read())
    for path in wanted:
        if path == STDIN:
            found.files.setdefault(STDIN, (STDIN, _name(path, options)))
        elif os.path.isdir(path):
            inside = python_files(path, settings, found.lose)
            is_ignored = not _not_ignored([path], options, settings)
            for file in inside if is_ignored else _not_ignored(inside, options, settings):
                _add(file, found, settings.warnings, is_named=False)
        else:
            _add(path, found, settings.warnings, is_named=True)
    return list(found.files.values()), found.lost


def _wanted(options: argparse.Namespace, settings: Settings) -> list[str]:
    """Return the paths of the command line; with --force-exclude those that are neither excluded nor ignored by git."""
    paths: list[str] = options.paths
    if not options.force_exclude:
        return paths
    kept = {STDIN, *_not_ignored([path for path in paths if path != STDIN], options, settings)}
    return [path for path in paths if path in kept and not is_excluded(_name(path, options), settings)]


def _name(path: str, options: argparse.Namespace) -> str:
    """Return what a path of the command line is called."""
    return (options.stdin_filename or "stdin") if path == STDIN else path


def _not_ignored(paths: list[str], options: argparse.Namespace, settings: Settings) -> list[str]:
    return paths if options.no_respect_gitignore else without_ignored(paths, settings.warnings)


def _add(path: str, found: _Found, warnings: list[str], *, is_named: bool) -> None:
    """Add a file. What nobody named is left out where it cannot be read like one: for a pipe one would wait, and Emacs
    locks a file by a link to nothing.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        if is_named or error.errno not in (errno.ENOENT, errno.ELOOP):
            found.lose(error, path)
        else:
            warnings.append(f"{path}: left out, since it leads nowhere")
        return
    if is_named or stat.S_ISREG(status.st_mode):
        found.add(path, status)
    else:
        warnings.append(f"{path}: left out, since it is no file")


def python_files(path: str, settings: Settings, complain: Callable[[OSError], None]) -> list[str]:
    """Return the Python files below a directory, sorted, without those that are excluded.

    `complain` is called for a directory that cannot be read; the others are still walked.
    """
    found: list[str] = []
    is_excluded = _matcher(tuple(settings.exclude))
    for root, directories, files in os.walk(path, onerror=complain):
        full = os.path.abspath(root)
        directories[:] = [each for each in directories if not is_excluded(each, os.path.join(full, each))]
        names = [each for each in files if each.endswith(SUFFIXES)]
        found += [os.path.join(root, each) for each in names if not is_excluded(each, os.path.join(full, each))]
    return sorted(found)


def is_excluded(path: str, settings: Settings, root: str = ".") -> bool:
    """Return whether a walk of a directory, the current one, would leave out a path that was named explicitly."""
    part, root = os.path.abspath(path), os.path.abspath(root)
    inside = part.startswith(os.path.join(root, ""))
    while part and part != root:
        if _matches(part, settings.exclude):
            return True
        part = os.path.dirname(part) if inside else ""
    return False


def ignored_in(path: str, settings: Settings) -> tuple[str, ...]:
    """Return the codes that `per-file-ignores` adds for a file: as in flake8, those of the longest fitting pattern."""
    if not settings.per_file_ignores:
        return ()
    fitting = [entry for entry in settings.per_file_ignores if _matches(path, [entry[0]])]
    return tuple(max(fitting, key=lambda entry: len(entry[0]), default=("", []))[1])


def _matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether a path matches as in `flake8.utils.matches_filename`: by its last part, or as a whole."""
    return _matcher(tuple(patterns))(os.path.basename(path), os.path.abspath(path))


@cache
def _matcher(patterns: tuple[str, ...]) -> Callable[[str, str], bool]:
    """Return a function that tells whether the last part of a path, or all of it, matches one of the patterns."""
    words = "|".join(fnmatch.translate(os.path.normcase(each)) for each in patterns)
    matches = re.compile(words or r"(?!)").match  # nothing, if there are none

    def is_matched(name: str, path: str) -> bool:
        name, path = os.path.normcase(name), os.path.normcase(path)
        return bool((name not in (".", "..") and matches(name)) or matches(path))

    return is_matched
