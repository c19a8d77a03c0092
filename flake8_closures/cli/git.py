"""What does git know of the files? Which lines have changed since a commit, and which files does it ignore?"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from flake8_closures.settings import UsageError

if TYPE_CHECKING:
    import subprocess

HUNK = re.compile(rb"@@ -\d+(?:,(?P<gone>\d+))? \+(?P<line>\d+)(?:,(?P<come>\d+))? @@")
QUOTED = re.compile(rb"\\(?:(?P<octal>[0-7]{3})|(?P<letter>.))")
LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
Changes = Mapping[str, frozenset[int] | None]


def changed_lines(reference: str) -> Changes:
    """Return the lines of each file that have changed since a commit, None standing for all lines of a new file.

    Files are named by their real paths, lines numbered from 1. It is compared what is on disk with the commit at which
    the current branch left the one of `reference`. Where lines were deleted, those on either side count as changed.
    Raises UsageError without git, a repository or such a commit.
    """
    top = os.fsdecode(_output("rev-parse", "--show-toplevel").rstrip(b"\n"))
    commit = _run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}").stdout.split()
    if not commit:
        is_shallow = _output("rev-parse", "--is-shallow-repository").strip() == b"true"
        hint = " in this shallow clone, fetch more of the history" if is_shallow else ""
        raise UsageError(f"--since: git knows no commit {reference!r}{hint}")
    base = _run("merge-base", os.fsdecode(commit[0]), "HEAD").stdout.split() or commit
    diff = _output(
        *("-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative"),
        *("--find-renames", "--diff-filter=d", "--src-prefix=a/", "--dst-prefix=b/"),
        *("--submodule=diff", "--ignore-submodules=none"),
        *(os.fsdecode(base[0]), "--"),
    )
    changes: dict[str, frozenset[int] | None] = {
        os.path.realpath(os.path.join(top, path)): lines for path, lines in read_diff(diff).items()
    }
    for name in _output("-C", top, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0"):
        if name:
            changes[os.path.realpath(os.path.join(top, os.fsdecode(name)))] = None
    return changes


def read_diff(diff: bytes) -> dict[str, frozenset[int]]:
    """Return the changed lines by path of a diff of git without context lines."""
    found: dict[str, set[int]] = {}
    current: set[int] = set()
    skipped = 0
    for line in diff.split(b"\n"):
        hunk = HUNK.match(line)
        if skipped:
            skipped -= not line.startswith(b"\\")
        elif hunk:
            first, come = int(hunk["line"]), int(hunk["come"] or 1)
            current.update(range(first, first + come) if come else (first, first + 1))
            skipped = int(hunk["gone"] or 1) + come
        elif line.startswith(b"+++ "):
            current = found.setdefault(_path(line[4:]), set())
    return {path: frozenset(lines) for path, lines in found.items()}


def _path(name: bytes) -> str:
    """Return a path as git writes it in a diff: behind `b/`, with a tab behind it if there are blanks, or quoted."""
    name = name.removesuffix(b"\t")
    if name.startswith(b'"'):
        name = QUOTED.sub(_unquoted, name[1:-1])
    return os.fsdecode(name.removeprefix(b"b/"))


def _unquoted(found: re.Match[bytes]) -> bytes:
    return bytes([int(found["octal"], 8)]) if found["octal"] else LETTERS.get(found["letter"], found["letter"])


def ignored(folder: str, paths: Iterable[str]) -> Collection[str]:
    """Return which of the paths below a folder of a repository git ignores.

    What git tracks it does not ignore, whatever its files say. Raises UsageError without git, or where it refuses.
    """
    relative = {os.path.relpath(path, folder): path for path in paths}
    done = _run("-C", folder, "check-ignore", "-z", "--stdin", stdin=b"\0".join(map(os.fsencode, relative)))
    if done.returncode not in (0, 1):
        raise _refused(done)
    return {relative[os.fsdecode(name)] for name in done.stdout.split(b"\0") if name}


def _output(*arguments: str) -> bytes:
    done = _run(*arguments)
    if done.returncode:
        raise _refused(done)
    return done.stdout


def _refused(done: subprocess.CompletedProcess[bytes]) -> UsageError:
    lines = done.stderr.decode(errors="replace").split("\n")
    return UsageError(f"git: {lines[0].removeprefix('fatal: ')}")


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    import subprocess  # outside of a repository it is not needed

    # `git diff` passes on to the git of a submodule what stands in the environment, and none of its options.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_DIFF_OPTS": "--unified=0", "LC_ALL": "C"}
    try:
        return subprocess.run(["git", *arguments], input=stdin, capture_output=True, env=environment, check=False)
    except OSError as error:
        raise UsageError(f"git: cannot be run: {error.strerror}") from None
