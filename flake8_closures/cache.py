"""Which files need no look, because the same text was judged before? Findings by content, for all runs of a user.

An entry is found under a digest of everything that its findings depend on: the bytes and the name of the file, the
options, this version of the project, of Python and of libcst. So no entry is ever out of date, and a folder can be
handed from one machine to another. Files without a finding have an entry too; they are most.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import os
import pickle
import sys
import time
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flake8_closures import __version__, model, writing
from flake8_closures.config import Config
from flake8_closures.model import Finding

VARIABLE = "CLOSURE_FIX_CACHE_DIR"
"""The environment variable that names the folder, where no option does."""
KEPT = 30
"""Days after which an entry that nobody has asked for is dropped."""
REFRESHED = 7
"""Days after which an entry that is asked for is noted to be in use."""
DIGEST = 16
"""Bytes of a digest."""
NOTE = "# These files can be removed at any time.\n*\n"
DAY = 24 * 60 * 60

Entry = tuple[int, bytes]
"""The day of the last use, and the pickled findings; no bytes for none."""


class Cache:
    """The findings of earlier runs, read once. Where something is wrong with the file there are none."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{_maker().hex()}.findings"
        self.today = int(time.time() // DAY)
        self._entries = _read(self.path)
        self._new: dict[bytes, Entry] = {}

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
        """Write what is new, beside what other runs have written meanwhile. Nothing is told where that cannot be."""
        if not self._new:
            return
        kept = {key: entry for key, entry in _read(self.path).items() if entry[0] + KEPT > self.today}
        body = pickle.dumps(kept | self._new, protocol=4)
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            ignored = self.path.parent / ".gitignore"
            if not ignored.exists():
                writing.write(str(ignored), NOTE.encode())
            writing.write(str(self.path), blake2b(body, digest_size=DIGEST).digest() + body)
            self._drop_old()
        self._new = {}

    def _drop_old(self) -> None:
        """Remove the files of versions that are no longer used."""
        for path in self.path.parent.glob("*.findings"):
            if path != self.path and path.stat().st_mtime < (self.today - KEPT) * DAY:
                path.unlink()


def key(data: bytes, path: str, config: Config) -> bytes:
    """Return what the findings of a file are kept under. `path` is its name in the report, which rules may look at."""
    digest = blake2b(_options(config), digest_size=DIGEST)
    digest.update(f"{len(path)} {path} ".encode(errors="surrogateescape"))
    digest.update(data)
    return digest.digest()


def folder() -> Path:
    """Return where the cache is unless an option says otherwise: where the system has those of its users."""
    told = os.environ.get(VARIABLE)
    if told:
        return Path(told)
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home)
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "flake8-closures"


@cache
def _options(config: Config) -> bytes:
    return repr(config).encode()


@cache
def _maker() -> bytes:
    """Return a digest of what judges the files. A project that is worked on has no version: then its files count."""
    digest = blake2b(f"{__version__} {sys.version} {importlib.metadata.version('libcst')}".encode(), digest_size=DIGEST)
    package = Path(__file__).parent
    if not any(package.parent.glob("flake8_closures-*.dist-info")):
        for path in sorted(package.rglob("*.py")):
            status = path.stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns} ".encode(errors="surrogateescape"))
    return digest.digest()


def _read(path: Path) -> dict[bytes, Entry]:
    """Return the entries of a file; none where it is missing, or not as it was written."""
    try:
        data = path.read_bytes()
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
