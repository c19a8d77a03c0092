"""How is each callable of the standard library called when it is measured? One example for every line of the tables."""

from __future__ import annotations

import argparse
import array
import asyncio
import atexit
import bdb
import codecs
import collections
import concurrent.futures
import configparser
import contextlib
import contextvars
import cProfile
import csv
import functools
import graphlib
import io
import itertools
import logging
import math
import multiprocessing
import multiprocessing.pool
import optparse
import os
import pathlib
import pickle
import queue
import re
import sched
import selectors
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import trace
import types
import unittest
import unittest.mock
import urllib.request
import weakref
import xml.sax.handler
import xmlrpc.server
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flake8_closures.facts.knowledge import Effect


@dataclass(frozen=True)
class Items:
    """An iterable: where it is measured an iterator that gives these, elsewhere a list of them."""

    values: tuple[Any, ...]
    sequence: bool = False


@dataclass(frozen=True)
class Function:
    """A function that does more than to return 0."""

    function: Callable[..., Any]


class Coroutine:
    """A coroutine."""


def nothing() -> None:
    """Do nothing."""


@dataclass
class Given:
    """The arguments of one call.

    The keyword `**` stands for a keyword that is not told, `star` is its name. `receiver` is the object of a method.
    `call` calls the function, `wrap` puts the probe into what has to carry it, `clean` undoes what the call did, `settle`
    seconds go by before the looking, and `running` wants an event loop to be running.
    """

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    receiver: Any = None
    call: Callable[..., Any] | None = None
    wrap: Callable[[Any], Any] = lambda it: it
    clean: Callable[[], Any] = nothing
    settle: float = 0.0
    running: bool = False
    star: str = "extra"
    names: Mapping[str, str] = field(default_factory=dict)


def given(*arguments: Any, **keywords: Any) -> Given:
    """Return the arguments of one call; keywords that begin with `_` are the fields of `Given`."""
    fields = {name[1:]: keywords.pop(name) for name in list(keywords) if name.startswith("_")}
    return Given(arguments, keywords, **fields)


def some(*values: Any) -> Items:
    return Items(values)


def sequence(*values: Any) -> Items:
    return Items(values, sequence=True)


class Weak:
    """What can be referenced weakly."""


class Sink(xml.sax.handler.ContentHandler):
    """A handler of XML that does nothing."""


def folder(*names: str) -> str:
    """Return a new folder with empty files of these names in it; the system clears it away."""
    path = tempfile.mkdtemp(prefix="closures-")
    for name in names:
        pathlib.Path(path, name).write_text("x = 1\n", encoding="utf-8")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def in_loop(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run what an asynchronous function returns in a loop of its own."""
    return asyncio.new_event_loop().run_until_complete(function(*arguments))


def drop(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
    """Call and keep no result."""
    function(*arguments, **keywords)


class Handle:
    """A file descriptor that event loops can watch."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()

    def fileno(self) -> int:
        return self.ours.fileno()


def server(kind: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call that makes a server and closes its socket."""

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        made = function(*arguments)
        made.server_close()
        return made

    return call


def pool(receiver: Any) -> dict[str, Any]:
    return {"_receiver": receiver, "_clean": receiver.terminate}


def executor() -> dict[str, Any]:
    """Return an executor whose only thread is busy, so that what is submitted has to wait."""
    made, gate = concurrent.futures.ThreadPoolExecutor(1), threading.Event()
    made.submit(gate.wait, 10)

    def clean() -> None:
        gate.set()
        made.shutdown()

    return {"_receiver": made, "_clean": clean}


def busy_pool() -> dict[str, Any]:
    made, gate = multiprocessing.pool.ThreadPool(1), threading.Event()
    made.apply_async(gate.wait, (10,))

    def clean() -> None:
        gate.set()
        made.terminate()

    return {"_receiver": made, "_clean": clean}


def loop() -> dict[str, Any]:
    made = asyncio.new_event_loop()
    return {"_receiver": made, "_clean": made.close}


def case() -> unittest.TestCase:
    return unittest.TestCase("assertTrue")


def raises(*_: Any, **__: Any) -> None:
    raise ValueError("text")


def warns(*_: Any, **__: Any) -> None:
    import warnings

    warnings.warn("text", UserWarning, stacklevel=1)


def tar() -> Any:
    made = tarfile.TarFile(fileobj=io.BytesIO(), mode="w")
    return made


def tar_to_read() -> Any:
    data = io.BytesIO()
    with tarfile.TarFile(fileobj=data, mode="w") as made:
        made.addfile(tarfile.TarInfo("a"))
    data.seek(0)
    return tarfile.TarFile(fileobj=data)


def archive() -> Any:
    made = zipfile.ZipFile(io.BytesIO(), "w")
    made.writestr("a", "text")
    return made


def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("create table t (a)")
    return made


class Transfer:
    """Stands in for the connection of `ftplib.FTP`: one line comes, whatever is asked."""

    def __init__(self) -> None:
        self.data = b"a\r\n"

    def __call__(self, *_: Any) -> Any:
        ours, theirs = socket.socketpair()
        theirs.sendall(self.data)
        theirs.close()
        return ours


def ftp() -> Any:
    import ftplib

    made = ftplib.FTP()
    made.transfercmd = Transfer()  # type: ignore[method-assign]
    made.sendcmd = lambda *_: ""  # type: ignore[method-assign]
    made.voidcmd = lambda *_: ""  # type: ignore[method-assign]
    made.voidresp = lambda *_: ""  # type: ignore[method-assign]
    return made


def future() -> Any:
    return concurrent.futures.Future()


def record(*arguments: Any) -> Any:
    return logging.LogRecord(*arguments)


def quiet_logger() -> Any:
    made = logging.Logger("quiet")
    made.addHandler(logging.NullHandler())
    return made


CALLABLES: Mapping[str, Callable[[], Given]] = {
    "builtins.sorted": lambda: given(some(2, 1)),
    "builtins.list builtins.tuple builtins.set builtins.frozenset": lambda: given(some(1, 2)),
    "builtins.dict": lambda: given(some(("a", 1))),
    "builtins.any": lambda: given(some(0, 0)),
    "builtins.all builtins.sum builtins.bytes builtins.bytearray": lambda: given(some(1, 2)),
    "builtins.max builtins.min": lambda: given(some(1)),
    "builtins.next": lambda: given(some(1, 2)),
    "builtins.map": lambda: given(len, some("a")),
    "builtins.zip": lambda: given(some(1), some(2)),
    "builtins.filter": lambda: given(None, some(1)),
    "builtins.iter": lambda: given(some(1), 5),
    "builtins.enumerate": lambda: given(some(1)),
    "builtins.reversed": lambda: given(sequence(1, 2)),
    "builtins.isinstance builtins.issubclass": lambda: given(int, int),
    "builtins.hasattr builtins.delattr": lambda: given(Weak, "__name__"),
    "builtins.len": lambda: given(sequence(1)),
    "builtins.repr builtins.ascii builtins.str builtins.bool builtins.hash builtins.id builtins.callable": lambda: given(
        len
    ),
    "builtins.dir builtins.vars builtins.format builtins.print": lambda: given(len),
    "builtins.type": lambda: given("T", (), {}),
    "builtins.getattr": lambda: given(1, "missing", len),
    "builtins.setattr": lambda: given(Weak(), "name", len),
    "builtins.property": lambda: given(len, len, len),
    "builtins.staticmethod builtins.classmethod": lambda: given(len),
}
