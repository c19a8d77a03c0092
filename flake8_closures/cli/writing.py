"""How does a repaired file reach the disk? Whole or not at all, with its own encoding, line ends, mode and links."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable

    from flake8_closures.source import Source

GENERATED = "@" + "generated"
"""The mark by which code generators say that their output is not to be edited."""


def encode(text: str, source: Source) -> bytes:
    """Return the bytes of a new text of a file. Raises UnicodeEncodeError where its encoding lacks a character."""
    return source.bom + text.encode(source.encoding)


def replace(path: str, before: bytes, after: bytes) -> None:
    """Put new bytes into a file that still has the old ones. Raises OSError, and leaves the file as it was.

    A link is followed. A file with several hard links is written in place, since a new file would part them. What a run
    that was killed has left behind in the directory is removed.
    """
    path = os.path.realpath(path)
    with open(path, "rb") as file:
        if file.read() != before:
            raise OSError("changed on disk meanwhile")
        status = os.fstat(file.fileno())
    if not os.access(path, os.W_OK):
        raise PermissionError("is read-only")
    if status.st_nlink > 1:
        _overwrite(path, before, after)
    else:
        _put(path, after, status)


def _overwrite(path: str, before: bytes, after: bytes) -> None:
    """Write into a file itself; the old bytes again, for which there is room, where the new ones find none."""
    with open(path, "r+b", buffering=0) as file:
        try:
            _fill(file, after)
        except BaseException:
            _fill(file, before)
            raise


def _fill(file: io.FileIO, data: bytes) -> None:
    file.seek(0)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()
    os.fsync(file.fileno())


def write(path: str, data: bytes) -> None:
    """Write a file of our own, which need not exist yet: whole or not at all. Raises OSError.

    What is no plain file, such as a pipe or a terminal, takes the bytes as they come.
    """
    path = os.path.realpath(path)
    status = os.stat(path) if os.path.exists(path) else None
    if status and not (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
        with open(path, "wb") as file:
            file.write(data)
        return
    _put(path, data, status)


def objection(path: str) -> str:
    """Return why a file cannot be written, as far as that can be known before; empty if it can."""
    path = os.path.realpath(path)
    if os.path.isdir(path):
        return "Is a directory"
    if os.path.exists(path):
        return "" if os.access(path, os.W_OK) else "is read-only"
    if not os.path.isdir(os.path.dirname(path)):
        return "No such file or directory"
    return "" if os.access(os.path.dirname(path), os.W_OK) else "its directory is read-only"


def _put(path: str, data: bytes, status: os.stat_result | None) -> None:
    """Put a file in the place of one with a status, or of none. Raises OSError, and leaves nothing behind."""
    import tempfile  # brings along what a run that writes nothing does without

    directory = os.path.dirname(path)
    _sweep(directory)
    handle, scratch = tempfile.mkstemp(dir=directory, prefix=f"{_scratch()}{os.getpid()}-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if status:
            with contextlib.suppress(OSError, AttributeError):
                os.chown(scratch, status.st_uid, status.st_gid)
        os.chmod(scratch, stat.S_IMODE(status.st_mode) if status else 0o666 & ~_umask())
        os.replace(scratch, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
        raise


def _umask() -> int:
    """Return which permissions new files do not get; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _scratch() -> str:
    """Return how the scratch files of this computer begin; the number of the process follows."""
    import platform
    import zlib

    return f".closure-fix-{zlib.crc32(platform.node().encode()):08x}-"


@cache
def _sweep(directory: str) -> None:
    """Remove the scratch files of processes that are no more; those of other computers may still be at work."""
    with contextlib.suppress(OSError):
        for name in os.listdir(directory):
            process = name.removeprefix(_scratch()).partition("-")[0] if name.startswith(_scratch()) else ""
            if process.isdigit() and not _is_alive(int(process)):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(directory, name))


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":  # there a signal of 0 ends the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def patch(path: str, before: bytes, after: bytes, base: str = ".") -> bytes:
    """Return a unified diff that `git apply` and `patch -p1` take in the folder `base`, line ends as in the file."""
    import difflib

    name = os.path.relpath(path, base)
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), _header(b"a/", name), _header(b"b/", name)
    )
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)


def patch_base(paths: Iterable[str]) -> str:
    """Return the folder that a patch of several files has to name them from, since no name in it may lead upwards.

    That is this one where they all lie in it, else the top of the repository, else the first that holds them all.
    """
    here = os.getcwd()
    common = os.path.commonpath([here, *map(os.path.abspath, paths)])
    if common == here:
        return "."
    top = common
    while not os.path.exists(os.path.join(top, ".git")):
        if top == os.path.dirname(top):
            return common
        top = os.path.dirname(top)
    return top


def _lines(data: bytes) -> list[bytes]:
    """Split as git does, which knows no other line end than a line feed."""
    return re.findall(rb"[^\n]*\n|[^\n]+\Z", data)


def _header(side: bytes, path: str) -> bytes:
    """Return the name of a file in a patch, quoted as git quotes it."""
    name = side + os.fsencode(path.replace(os.sep, "/"))
    if re.search(rb'["\\\x00-\x1f\x7f]', name):
        escaped = re.sub(rb'["\\]', rb"\\\g<0>", name)
        return b'"' + re.sub(rb"[\x00-\x1f\x7f]", lambda found: b"\\%03o" % found[0][0], escaped) + b'"'
    return name + b"\t" if b" " in name else name
