"""Which files need no analysis, because the same text was analysed before? Findings by content, for all runs.

An entry is found under a digest of everything that its findings depend on: the bytes and the name of the file, the
options, this version of the project, of Python and of libcst. So no entry is ever out of date, and a folder can be
copied from one machine to another. Files without a finding have an entry too; they are most.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sys
import time
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from importlib.machinery import PathFinder
from typing import Any

from flake8_closures import __version__, model
from flake8_closures.cli import writing
from flake8_closures.config import Config
from flake8_closures.model import Finding

VARIABLE = "CLOSURE_FIX_CACHE_DIR"
"""The environment variable that names the folder, where no option does."""
KEPT = 30
"""Days after which an unused entry is dropped."""
REFRESHED = 7
"""Days after which the use of an entry is noted again."""
DIGEST = 16
"""Bytes of a digest."""
NOTE = "# These files can be removed at any time.\n*\n"
SUFFIX = ".findings"
DAY = 24 * 60 * 60

Entry = tuple[int, bytes]
"""The day of the last use, and the pickled findings; no bytes for none."""


class Cache:
    """The findings of earlier runs, read once. Where something is wrong with the file there are none."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.path = os.path.join(folder, f"{_maker().hex()}{SUFFIX}")
        self.today = int(time.time() // DAY)
        self._entries = _read(self.path)
        self._new: dict[bytes, Entry] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no earlier run has left anything, so that no lookup is needed."""
        return not self._entries

    def get(self, key: bytes) -> tuple[Finding, ...] | None:
        """Return the findings under a key, None where there is no entry."""
        day, pickled = self._entries.get(key, (0, None))
        if pickled is None:
            return None
        try:
            found: tuple[Finding, ...] = _loaded(pickled) if pickled else ()
        except Exception:
            return None
        if day + REFRESHED <= self.today:
            self._new[key] = self.today, pickled
        return found

    def put(self, key: bytes, findings: Sequence[Finding]) -> None:
        """Note the findings under a key, for `save` to write."""
        self._new[key] = self.today, pickle.dumps(tuple(findings), protocol=4) if findings else b""

    def save(self) -> None:
        """Write what is new, beside what other runs have written meanwhile. Silent where that is not possible."""
        if not self._new or (os.path.exists(self.path) and not os.path.isfile(self.path)):
            return
        kept = {key: entry for key, entry in _read(self.path).items() if entry[0] + KEPT > self.today}
        body = pickle.dumps(kept | self._new, protocol=4)
        with contextlib.suppress(OSError):
            os.makedirs(self.folder, exist_ok=True)
            ignored = os.path.join(self.folder, ".gitignore")
            if not os.path.exists(ignored):
                writing.write(ignored, NOTE.encode())
            writing.write(self.path, blake2b(body, digest_size=DIGEST).digest() + body)
            self._drop_old()
        self._new = {}

    def _drop_old(self) -> None:
        """Remove the files of versions that are no longer used."""
        with os.scandir(self.folder) as files:
            for file in files:
                is_other = file.name.endswith(SUFFIX) and file.path != self.path
                if is_other and file.stat().st_mtime < (self.today - KEPT) * DAY:
                    os.unlink(file)


def key(data: bytes, path: str, config: Config) -> bytes:
    """Return what the findings of a file are kept under. `path` is its name in the report, which rules may look at."""
    digest = blake2b(_options(config), digest_size=DIGEST)
    digest.update(f"{len(path)} {path} ".encode(errors="surrogateescape"))
    digest.update(data)
    return digest.digest()


def folder() -> str:
    """Return where the cache is unless an option says otherwise: where the system has those of its users."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return chosen
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or home
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.join(home, ".cache")  # as its specification wants it
    return os.path.join(base, "flake8-closures")


@cache
def _options(config: Config) -> bytes:
    return repr(config).encode()


@cache
def _maker() -> bytes:
    """Return a digest of what judges the files. A project that is worked on has no version: then its files count."""
    package = os.path.dirname(os.path.abspath(model.__file__))
    libcst = PathFinder.find_spec("libcst")
    beside = os.path.dirname(os.path.dirname(libcst.origin)) if libcst and libcst.origin else ""
    digest = blake2b(f"{__version__} {sys.version} {_installed('libcst', beside)}".encode(), digest_size=DIGEST)
    if not _installed("flake8_closures", os.path.dirname(package)):
        digest.update(repr(sorted(_sources(package))).encode(errors="surrogateescape"))
    return digest.digest()


def _installed(name: str, folder: str) -> list[str]:
    """Return what names the version of a package where it was installed, which is quicker than its metadata."""
    if not folder:
        return []
    return [each for each in os.listdir(folder) if each.startswith(f"{name}-") and each.endswith(".dist-info")]


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    """Yield each module below a folder, with its size and when it was written."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _sources(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns


def _read(path: str) -> dict[bytes, Entry]:
    """Return the entries of a file; none where it is missing, or not as it was written."""
    if not os.path.isfile(path):  # for what a pipe gives one would wait
        return {}
    try:
        with open(path, "rb") as file:
            data = file.read()
        digest, body = data[:DIGEST], data[DIGEST:]
        if blake2b(body, digest_size=DIGEST).digest() != digest:
            return {}
        entries: dict[bytes, Entry] = _loaded(body)
    except Exception:
        return {}
    return entries


class _Unpickler(pickle.Unpickler):
    """Makes findings and nothing else: whoever can write into the folder must not be able to run code."""

    def find_class(self, module: str, name: str) -> Any:
        found = getattr(model, name, None)
        if module != model.__name__ or not isinstance(found, type) or found.__module__ != module:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a finding")
        return found


def _loaded(data: bytes) -> Any:
    return _Unpickler(io.BytesIO(data)).load()
