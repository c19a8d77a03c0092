"""Which files does a repository not count as its own? Those that its .gitignore files name and git does not track.

Git is asked, since it alone knows what it tracks. Where there is no git, as in many a container, the extra `gitignore`
(pathspec) reads the same files. Outside of a repository a .gitignore means nothing, to git as to us.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from flake8_closures.cli import git
from flake8_closures.settings import UsageError

if TYPE_CHECKING:
    import pathspec

NAME = ".gitignore"
EXCLUDED = os.path.join(".git", "info", "exclude")


def without_ignored(paths: Iterable[str], warnings: list[str]) -> list[str]:
    """Return the paths that are not ignored, in their order; a warning is added if that cannot be known.

    A repository of its own is never ignored, wherever it is.
    """
    paths = list(paths)
    repositories: dict[str, list[str]] = {}
    for path in paths:
        folder = repository(os.path.dirname(os.path.abspath(path)))
        if folder and not os.path.lexists(os.path.join(path, ".git")):
            repositories.setdefault(folder, []).append(path)
    ignored: set[str] = set()
    for folder, inside in repositories.items():
        try:
            ignored.update(git.ignored(folder, inside))
        except UsageError as error:
            if importlib.util.find_spec("pathspec"):
                ignored.update(path for path in inside if _matches(os.path.abspath(path), folder))
            elif any(_files(os.path.abspath(path), folder) for path in inside):
                instead = "pip install 'flake8-closures[gitignore]' does without git"
                warning = f"{folder}: .gitignore is not read: {error}; {instead}"
                warnings += [warning] if warning not in warnings else []
    return [path for path in paths if path not in ignored]


@cache
def repository(folder: str) -> str:
    """Return the top of the repository that a folder belongs to, empty for none."""
    if os.path.lexists(os.path.join(folder, ".git")):
        return folder
    above = os.path.dirname(folder)
    return repository(above) if above != folder else ""


def _matches(path: str, top: str) -> bool:
    """Return whether the files say that a path is ignored. In an ignored directory everything is."""
    part = top
    for name in os.path.relpath(path, top).split(os.sep):
        part = os.path.join(part, name)
        verdict = False
        for file in _files(part, top):
            folder = top if file.endswith(EXCLUDED) else os.path.dirname(file)
            inside = os.path.relpath(part, folder).replace(os.sep, "/") + ("/" if os.path.isdir(part) else "")
            included = _patterns(file).check_file(inside).include
            verdict = verdict if included is None else included
        if verdict:
            return True
    return False


def _files(path: str, top: str) -> list[str]:
    """Return the files that may say something of a path, the decisive one last."""
    return [file for file in _candidates(path, top) if os.path.isfile(file)]


def _candidates(path: str, top: str) -> Iterator[str]:
    yield os.path.join(top, EXCLUDED)
    yield os.path.join(top, NAME)
    part = top
    for name in os.path.relpath(os.path.dirname(path), top).split(os.sep):
        if name != os.curdir:
            part = os.path.join(part, name)
            yield os.path.join(part, NAME)


@cache
def _patterns(file: str) -> pathspec.GitIgnoreSpec:
    import pathspec

    with open(file, encoding="utf-8", errors="surrogateescape") as lines:
        return pathspec.GitIgnoreSpec.from_lines(lines)
