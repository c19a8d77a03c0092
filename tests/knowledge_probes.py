"""How is each callable of the standard library called when it is measured? One example for every line of the tables."""

from __future__ import annotations

import argparse
import array
import asyncio
import atexit
import bdb
import collections
import concurrent.futures
import configparser
import contextlib
import contextvars
import copyreg
import cProfile
import csv
import dataclasses
import difflib
import fileinput
import ftplib
import functools
import graphlib
import hashlib
import io
import itertools
import json
import logging
import logging.handlers
import multiprocessing
import multiprocessing.pool
import optparse
import os
import pathlib
import pickle
import plistlib
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
import warnings
import weakref
import wsgiref.simple_server
import xml.etree.ElementTree
import xml.sax.handler
import xmlrpc.server
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

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

    The keyword `**` stands for one that the line does not tell, `star` is its name. `receiver` is the object of a
    method. `call` calls the function, `wrap` puts the probe into what has to carry it, `clean` undoes what was done,
    """

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    receiver: Any = None
    call: Callable[..., Any] | None = None
    wrap: Callable[[Any], Any] = lambda it: it
    clean: Callable[[], Any] = nothing
    star: str = "extra"


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

    def method(self) -> None:
        """Be bound."""


class Small(Weak):
    """Comes before everything, whether an instance or a class is compared."""


class Endless:
    """An asynchronous iterator."""

    def __aiter__(self) -> Endless:
        return self

    async def __anext__(self) -> int:
        return 0


class Anything(list[Any]):
    """Contains whatever is looked for."""

    def __init__(self) -> None:
        super().__init__([EQUAL])


class Equal:
    """Equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


EQUAL, KEPT = Equal(), Weak()


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: Any = 0


class Ordered:
    """A class with an order."""

    def __lt__(self, other: object) -> bool:
        return True


class Sink(xml.sax.handler.ContentHandler):
    """A handler of XML that does nothing."""


def ignore(*_: Any, **__: Any) -> int:
    return 0


def read(descriptor: int) -> bytes:
    return os.read(descriptor, 1024)


class Gate:
    """Holds the threads that come to it, and the event loop that sent them, until it is opened."""

    def __init__(self) -> None:
        self.event, self.loop = threading.Event(), asyncio.new_event_loop()

    def wait(self, *_: Any, **__: Any) -> None:
        self.event.wait(10)

    def open(self) -> None:
        self.event.set()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


def warn(*_: Any, **__: Any) -> None:
    warnings.warn("text", UserWarning, stacklevel=1)


def fail(*_: Any, **__: Any) -> None:
    raise ValueError("text")


def folder(*names: str) -> str:
    """Return a new folder with small files of these names in it; it is cleared away in the end."""
    path = tempfile.mkdtemp(prefix="closures-")
    for name in names:
        pathlib.Path(path, name).parent.mkdir(exist_ok=True)
        pathlib.Path(path, name).write_text("x = 1\n", encoding="utf-8")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def file() -> str:
    return os.path.join(folder("a"), "a")


# Ways to call.


def drop(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
    """Keep no result."""
    function(*arguments, **keywords)


def drawn_by_pool(function: Callable[..., Any], *arguments: Any) -> None:
    """Keep no result, and wait until the pool has drawn the items: it draws what comes after them."""
    function(*arguments)
    is_next = threading.Event()
    function.__self__.imap(str, (is_next.set() for _ in "a"))  # type: ignore[attr-defined]
    assert is_next.wait(60)


def in_loop(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run what an asynchronous function returns in a loop of its own."""
    return LOOP.run_until_complete(function(*arguments))


def closed(function: Callable[..., Any], *arguments: Any) -> Any:
    """Make a server and close its socket."""
    made = function(*arguments)
    made.server_close()
    return made


def terminated(function: Callable[..., Any], *arguments: Any) -> Any:
    """Make a pool and end its workers."""
    made = function(*arguments)
    made.terminate()
    made.join()
    return made


def quietly(function: Callable[..., Any], *arguments: Any) -> None:
    """Log, and nobody hears it."""
    logging.disable(logging.CRITICAL)
    try:
        function(*arguments)
    finally:
        logging.disable(logging.NOTSET)


def unlisted(function: Callable[..., Any], *arguments: Any) -> Any:
    """Make a handler that is not flushed in the end."""
    made = function(*arguments)
    logging._handlers.clear()  # type: ignore[attr-defined]
    return made


def second(function: Callable[..., Any], *arguments: Any) -> Any:
    """Draw the first item, for which nothing is called."""
    made = function(*arguments)
    next(made)
    return made


def once(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments[:1])


def chosen(function: Callable[..., Any], population: Any, number: int) -> Any:
    """Choose as the function wants to be asked."""
    return function(population) if function.__name__ == "choice" else function(population, k=number)


def undebugged(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
    """Debug with nobody at the keyboard: go on at once."""
    said, sys.stdin = sys.stdin, io.StringIO("continue\n")
    try:
        function(*arguments, **keywords)
    finally:
        sys.stdin = said
        sys.settrace(None)


def untraced() -> None:
    for function in (threading.settrace, threading.setprofile):
        cast(Any, function)(None)
    sys.settrace(None)
    sys.setprofile(None)


def ended(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a program to its end."""
    made = function(*arguments)
    if isinstance(made, subprocess.Popen):
        made.wait()
    return made


def dumped(function: Callable[..., Any], it: Any, *arguments: Any, **keywords: Any) -> None:
    """Pickle what carries the thing as a string of its address."""
    function(ByAddress(it), *arguments, **keywords)


class ByAddress:
    """Pickled, it is a number."""

    def __init__(self, it: Any) -> None:
        self.it = it

    def __reduce__(self) -> Any:
        return int, (id(self.it),)


# Receivers.


class Handle:
    """A file descriptor that event loops can watch."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()

    def fileno(self) -> int:
        return self.ours.fileno()


def executor() -> dict[str, Any]:
    """Return an executor whose only thread is busy, so that what is submitted has to wait."""
    made, gate = concurrent.futures.ThreadPoolExecutor(1), threading.Event()
    made.submit(gate.wait, 10)

    def clean() -> None:
        gate.set()
        made.shutdown()

    return {"_receiver": made, "_clean": clean}


def busy_pool() -> dict[str, Any]:
    """Return a pool whose only thread is busy."""
    made, gate = multiprocessing.pool.ThreadPool(1), threading.Event()
    made.apply_async(gate.wait, (10,))

    def clean() -> None:
        gate.set()
        made.terminate()

    return {"_receiver": made, "_clean": clean}


def idle_pool() -> dict[str, Any]:
    made = multiprocessing.pool.ThreadPool(1)
    return {"_receiver": made, "_clean": made.terminate}


def loop() -> dict[str, Any]:
    made = asyncio.new_event_loop()
    return {"_receiver": made, "_clean": made.close}


def group() -> Any:
    made = NEWER_ASYNCIO.TaskGroup()
    made._entered = True
    made._loop = asyncio.get_running_loop()
    made._parent_task = asyncio.current_task()
    return made


def done() -> Any:
    made: Any = concurrent.futures.Future()
    made.set_result(0)
    return made


def waiting() -> dict[str, Any]:
    made = asyncio.new_event_loop()
    return {"_receiver": made.create_future(), "_clean": made.close}


def case() -> Any:
    return unittest.TestCase("assertTrue")


def tar(*, full: bool = False) -> Any:
    data = io.BytesIO()
    made = tarfile.TarFile(fileobj=data, mode="w")
    if full:
        made.addfile(tarfile.TarInfo("a"))
        made.close()
        data.seek(0)
        made = tarfile.TarFile(fileobj=data)
    return made


def archive() -> Any:
    made = zipfile.ZipFile(io.BytesIO(), "w")
    made.writestr("a", "text")
    return made


def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("create table t (a)")
    return made


def ftp() -> Any:
    """Return a connection to a server of which one line comes, whatever is asked."""

    def transfer(*_: Any) -> Any:
        ours, theirs = socket.socketpair()
        theirs.sendall(b"a\r\n")
        theirs.close()
        return ours

    def heard(*_: Any) -> Any:
        made.ends = socket.socketpair()
        return made.ends[0]

    made: Any = ftplib.FTP()
    made.transfercmd = lambda command, *_: (heard if command.startswith("STOR") else transfer)()
    made.sendcmd = made.voidcmd = made.voidresp = lambda *_: ""
    return made


def included() -> Any:
    return xml.etree.ElementTree.fromstring(
        '<a xmlns:xi="http://www.w3.org/2001/XInclude"><b/><xi:include href="b" parse="text"/></a>'
    )


LOOP, NEWER_ASYNCIO = asyncio.new_event_loop(), cast(Any, asyncio)
PLIST = plistlib.dumps({"a": 1})
EXCEPTIONS = (
    "BaseException",
    "Exception",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "IndexError",
    "KeyError",
    "LookupError",
    "NotImplementedError",
    "OSError",
    "RuntimeError",
    "StopIteration",
    "TypeError",
    "ValueError",
)
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
MOCKS = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock")
PROCESSES = ("Popen", "run", "call", "check_call")
STATISTICS = (
    "fmean",
    "geometric_mean",
    "harmonic_mean",
    "mean",
    "median",
    "median_grouped",
    "median_high",
    "median_low",
    "mode",
    "multimode",
    "pstdev",
    "pvariance",
    "quantiles",
    "stdev",
    "variance",
)


# More ways to call.


def formatted(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    return function(*(arguments or (0,)), **({"extra": 0} | keywords))


def removed(function: Callable[..., Any], it: Any) -> None:
    """Remove what is not there."""
    with contextlib.suppress(KeyError):
        function(it)


def served(function: Callable[..., Any], *arguments: Any) -> None:
    """Start a server, and let go of it."""
    function.__self__.run_until_complete(function(*arguments))  # type: ignore[attr-defined]


def in_loop_dropped(function: Callable[..., Any], *arguments: Any) -> None:
    in_loop(function, *arguments)


def finished(function: Callable[..., Any], *arguments: Any) -> Any:
    made = function(*arguments)
    made.wait()
    return made


def unprofiled(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
    """Profile, and forget what was measured."""
    function(*arguments, **keywords)
    function.__self__.clear()  # type: ignore[attr-defined]


def compared(function: Callable[..., Any], first: Any, other: Any) -> None:
    it = first if first is not len else other
    function(it, it)


def instance(function: Callable[..., Any], _: Any, kind: type) -> None:
    function(kind(), kind)


def entered(function: Callable[..., Any], **keywords: Any) -> None:
    with function(**keywords):
        pass


def idle_executor() -> dict[str, Any]:
    made = concurrent.futures.ThreadPoolExecutor(1)
    return {"_receiver": made, "_clean": made.shutdown}


def quiet() -> logging.Logger:
    made = logging.Logger("quiet")
    made.addHandler(logging.NullHandler())
    return made


def held() -> threading.Condition:
    made = threading.Condition()
    made.acquire()
    return made


def modified() -> Given:
    selector, handle = selectors.DefaultSelector(), Handle()
    selector.register(handle, 1)
    return given(handle, 1, len, _receiver=selector, _call=drop)


_FUNCTIONS: Mapping[str, Callable[[], Given]] = {
    "builtins.sorted": lambda: given(some(2, 1)),
    "builtins.list builtins.tuple builtins.set builtins.frozenset": lambda: given(some(1, 2)),
    "builtins.dict": lambda: given(some(("a", 1))),
    "builtins.dict(**)": lambda: given(),
    "builtins.any": lambda: given(some(0, 0)),
    "builtins.all builtins.sum builtins.bytes builtins.bytearray": lambda: given(some(1, 2)),
    "builtins.max builtins.min": lambda: given(some(1)),
    "builtins.max(0+) builtins.min(0+)": lambda: given(1, 1, key=lambda _: 0),
    "builtins.max(default) builtins.min(default)": lambda: given(()),
    "builtins.next": lambda: given(some(1, 2)),
    "builtins.next(1)": lambda: given(iter(()), len),
    "builtins.map": lambda: given(len, some("a")),
    "builtins.map(0+)": lambda: given(len, "a"),
    "builtins.zip": lambda: given(some(1), some(2)),
    "builtins.filter": lambda: given(None, some(1)),
    "builtins.iter": lambda: given(len, 5),
    "builtins.iter(0)": lambda: given(Function(lambda: 1), 5),
    "builtins.iter(1)": lambda: given(lambda: 1, 5),
    "builtins.enumerate": lambda: given(some(1)),
    "builtins.reversed": lambda: given(sequence(1, 2)),
    "builtins.isinstance builtins.issubclass": lambda: given(int, int),
    "builtins.hasattr": lambda: given(len, "__name__"),
    "builtins.len": lambda: given(sequence(1)),
    "builtins.repr builtins.ascii builtins.str builtins.bool builtins.hash builtins.id builtins.callable": lambda: (
        given(len)
    ),
    "builtins.dir builtins.vars builtins.format builtins.print": lambda: given(len),
    "builtins.type(0)": lambda: given(len),
    "builtins.type(1)": lambda: given("T", object, {}, _wrap=lambda it: (it,)),
    "builtins.type(2)": lambda: given("T", (), len, _wrap=lambda it: {"a": it}),
    "builtins.getattr": lambda: given(1, "missing", len),
    "builtins.setattr": lambda: given(Weak(), "name", len),
    "builtins.setattr(0)": lambda: given(len, "name", 1),
    "builtins.property": lambda: given(len, len, len),
    "builtins.staticmethod builtins.classmethod": lambda: given(len),
    "builtins.open": lambda: given(
        os.path.join(folder("a"), "a"), "r", -1, None, None, None, True, Function(os.open), _call=drop
    ),
    **dict.fromkeys([f"builtins.{name}" for name in EXCEPTIONS], lambda: given(len)),
    "builtins.dict.fromkeys": lambda: given(some("a"), len),
    "builtins.object.__setattr__": lambda: given(Weak(), "name", len),
    "abc.abstractmethod": lambda: given(len),
    "array.array": lambda: given("d", some(1)),
    "argparse.ArgumentParser": lambda: given(_star="formatter_class", **{"**": Function(argparse.HelpFormatter)}),
    "argparse.Namespace": lambda: given(),
    "asyncio.run": lambda: given(Coroutine()),
    "asyncio.create_task asyncio.ensure_future asyncio.gather asyncio.shield": lambda: given(Coroutine()),
    "asyncio.wait_for": lambda: given(Coroutine(), 1),
    "asyncio.wait": lambda: given(Coroutine(), _wrap=lambda it: [it]),
    "asyncio.as_completed": lambda: given(some(Coroutine()), _wrap=itertools.chain),
    "asyncio.to_thread": lambda: given(len, 1),
    "asyncio.run_coroutine_threadsafe": lambda: given(Coroutine(), asyncio.get_running_loop()),
    "asyncio.start_server": lambda: given(len, "127.0.0.1", 0, _call=in_loop),
    "asyncio.iscoroutine asyncio.iscoroutinefunction asyncio.isfuture": lambda: given(len),
    "atexit.register": lambda: given(ignore, 1, _call=drop),
    "atexit.unregister": lambda: given(len),
    "bisect.bisect bisect.bisect_left bisect.bisect_right": lambda: given([1], 1),
    "bisect.bisect(1=x) bisect.bisect_left(1=x) bisect.bisect_right(1=x)": lambda: given([], len),
    "bisect.insort bisect.insort_left bisect.insort_right": lambda: given([], len),
    "bisect.insort(key) bisect.insort_left(key) bisect.insort_right(key)": lambda: given([1], 1),
    "codecs.register": lambda: given(Function(lambda _: None), _call=drop),
    "codecs.register_error": lambda: given("closures", len),
    "codecs.iterdecode": lambda: given(some(b"a"), "utf-8"),
    "codecs.iterencode": lambda: given(some("a"), "utf-8"),
    "collections.deque collections.Counter": lambda: given(some(1, 2)),
    "collections.defaultdict": lambda: given(len, some(("a", 1))),
    "collections.OrderedDict collections.UserDict": lambda: given(some(("a", 1))),
    "collections.UserList": lambda: given(some(1)),
    "collections.ChainMap": lambda: given({}),
    "concurrent.futures.ThreadPoolExecutor": lambda: given(1, "", len, ()),
    "concurrent.futures.ThreadPoolExecutor(3=initargs)": lambda: given(1, "", len, (), _wrap=lambda it: (it,)),
    "concurrent.futures.ProcessPoolExecutor": lambda: given(1, None, len, ()),
    "concurrent.futures.ProcessPoolExecutor(3=initargs)": lambda: given(1, None, len, (), _wrap=lambda it: (it,)),
    "concurrent.futures.as_completed": lambda: given(some(done())),
    "concurrent.futures.wait": lambda: given(some(done()), _call=drop),
    "configparser.ConfigParser configparser.RawConfigParser": lambda: given(_wrap=lambda it: {"thing": it}),
    "configparser.ConfigParser(dict_type) configparser.RawConfigParser(dict_type)": lambda: given(
        dict_type=Function(dict)
    ),
    "contextlib.contextmanager contextlib.asynccontextmanager contextlib.closing contextlib.aclosing": lambda: given(
        len
    ),
    "contextlib.nullcontext contextlib.redirect_stderr contextlib.redirect_stdout": lambda: given(len),
    "contextvars.ContextVar": lambda: given("name"),
    "copy.copy copy.deepcopy": lambda: given(len),
    "copyreg.pickle": lambda: given(Weak, len, _clean=lambda: copyreg.dispatch_table.pop(Weak)),
    "cProfile.Profile": lambda: given(len),
    "csv.reader csv.DictReader": lambda: given(some("a", "b")),
    "dataclasses.field": lambda: given(),
    "dataclasses.field(metadata)": lambda: given(_wrap=lambda it: {"thing": it}),
    "dataclasses.replace": lambda: given(Point(1), _star="x"),
    "dataclasses.make_dataclass": lambda: given("C", some("a")),
    "dataclasses.asdict": lambda: given(Point(1), dict_factory=Function(dict)),
    "dataclasses.astuple": lambda: given(Point(1), tuple_factory=Function(tuple)),
    "difflib.SequenceMatcher": lambda: given(None, sequence("a", "b"), sequence("a", "b")),
    "difflib.Differ": lambda: given(len, len),
    "difflib.HtmlDiff": lambda: given(8, None, len, len),
    "difflib.ndiff": lambda: given(
        sequence("a\n"), sequence("b\n"), Function(lambda _: False), Function(lambda _: False)
    ),
    "difflib.ndiff(2=linejunk)": lambda: given(["a\n"], ["a\n"], None),
    "difflib.ndiff(3=charjunk)": lambda: given(["aaaaab\n"], ["aaaaac\n"], None, None),
    "difflib.diff_bytes": lambda: given(difflib.unified_diff, sequence(b"a"), sequence(b"b")),
    "difflib.diff_bytes(0=dfunc)": lambda: given(Function(difflib.unified_diff), [b"a"], [b"b"]),
    "difflib.unified_diff difflib.context_diff": lambda: given(sequence("a"), sequence("b")),
    "difflib.restore": lambda: given(some("- a", "+ b"), 1),
    "difflib.get_close_matches": lambda: given("appel", some("apple")),
    "dis.dis": lambda: given(len),
    "enum.property enum.member enum.nonmember": lambda: given(len),
    "fileinput.input": lambda: given(some(os.path.join(folder("a"), "a")), _clean=lambda: fileinput.close()),
    "fileinput.input(openhook)": lambda: given(
        [os.path.join(folder("a"), "a")], openhook=Function(open), _clean=lambda: fileinput.close()
    ),
    "fileinput.FileInput": lambda: given(some(os.path.join(folder("a"), "a"))),
    "fileinput.FileInput(openhook)": lambda: given([os.path.join(folder("a"), "a")], openhook=Function(open)),
    "fnmatch.filter": lambda: given(some("a"), "*"),
    "functools.reduce": lambda: given(lambda a, b: a, some(1, 2), len),
    "functools.reduce(2)": lambda: given(lambda a, b: a, [1, 2], len),
    "functools.partial functools.partialmethod": lambda: given(len),
    "functools.cmp_to_key functools.lru_cache functools.cache functools.cached_property": lambda: given(len),
    "functools.singledispatch functools.singledispatchmethod": lambda: given(len),
    "functools.wraps": lambda: given(len, _call=lambda wraps, it: wraps(it)(lambda: None)),
    "functools.update_wrapper": lambda: given(len, len),
    "functools.update_wrapper(1=wrapped)": lambda: given(lambda: None, len, _call=drop),
    "functools.total_ordering": lambda: given(Ordered),
    "gc.get_referrers gc.get_referents gc.is_tracked": lambda: given(len, _call=drop),
    "graphlib.TopologicalSorter": lambda: given(len, _wrap=lambda it: {it: ()}),
    "hashlib.file_digest": lambda: given(io.BytesIO(b"a"), Function(hashlib.sha256)),
    "heapq.nsmallest heapq.nlargest": lambda: given(1, some(1)),
    "heapq.merge": lambda: given(some(1), key=None),
    "heapq.merge(key)": lambda: given([1, 2], [1, 2]),
    "heapq.heappush": lambda: given([], len),
    "heapq.heapreplace": lambda: given([1], len),
    "heapq.heappushpop": lambda: given([(0,)], len, _wrap=lambda it: (1, it)),
    "http.server.HTTPServer http.server.ThreadingHTTPServer": lambda: given(("127.0.0.1", 0), len, _call=closed),
    "inspect.getmembers": lambda: given(Weak, Function(lambda _: False)),
    "inspect.getmembers(0=object)": lambda: given(len, callable, _call=drop),
    "inspect.unwrap": lambda: given(len),
    "inspect.unwrap(stop)": lambda: given(functools.wraps(len)(lambda: None)),
    "inspect.signature inspect.getdoc inspect.getsource inspect.getsourcefile inspect.getfile": lambda: given(len),
    "inspect.getmodule inspect.getfullargspec inspect.getclosurevars": lambda: given(len, _call=drop),
    "inspect.isfunction inspect.ismethod inspect.isclass inspect.isgenerator inspect.isgeneratorfunction": lambda: (
        given(len)
    ),
    "inspect.isbuiltin inspect.isroutine inspect.isawaitable inspect.iscoroutine inspect.isasyncgen": lambda: given(
        len
    ),
    "inspect.iscoroutinefunction inspect.isasyncgenfunction inspect.isdatadescriptor": lambda: given(len),
    "itertools.accumulate": lambda: given(some(1, 2), lambda a, b: a),
    "itertools.accumulate(1=func)": lambda: given([1, 2, 3], len, _call=second),
    "itertools.batched": lambda: given(some(1, 2), 2),
    "itertools.cycle itertools.pairwise": lambda: given(some(1, 2)),
    "itertools.islice": lambda: given(some(1, 2), 2),
    "itertools.chain itertools.zip_longest itertools.product": lambda: given(some(1, 2)),
    "itertools.zip_longest(fillvalue)": lambda: given([1], [], _call=lambda zipped, *a, **k: zipped(*a, **k)),
    "itertools.combinations itertools.combinations_with_replacement itertools.permutations": lambda: given(
        some(1, 2), 2
    ),
    "itertools.compress": lambda: given(some(1, 2), some(1, 1)),
    "itertools.dropwhile itertools.takewhile itertools.filterfalse": lambda: given(Function(bool), some(0, 1)),
    "itertools.starmap": lambda: given(len, some(("a",))),
    "itertools.groupby": lambda: given(some(1)),
    "itertools.groupby(1=key)": lambda: given([1], len),
    "itertools.repeat": lambda: given(len),
    "itertools.tee": lambda: given(some(1)),
    "itertools.chain.from_iterable": lambda: given(some([1], [2])),
    "json.dump": lambda: given([], io.StringIO()),
    "json.dump(0=obj)": lambda: given(len, io.StringIO(), default=str, _call=drop),
    "json.dump(default) json.dumps(default)": lambda: given(
        Weak(), io.StringIO(), _call=lambda function, *a, **k: function(*a[: 1 + (function is json.dump)], **k)
    ),
    "json.dumps": lambda: given(len, default=str),
    "json.load": lambda: given(io.StringIO('{"a": [1, 1.5, NaN]}')),
    "json.loads": lambda: given('{"a": [1, 1.5, NaN]}'),
    "json.JSONEncoder": lambda: given(_star="default"),
    "json.JSONDecoder": lambda: given(_star="object_hook"),
    "logging.setLogRecordFactory": lambda: given(
        Function(logging.LogRecord), _clean=lambda: logging.setLogRecordFactory(logging.LogRecord)
    ),
    "logging.setLoggerClass": lambda: given(logging.Logger, _clean=lambda: logging.setLoggerClass(logging.Logger)),
    "logging.debug logging.info logging.warning logging.error logging.exception logging.critical": lambda: given(
        "%s", len, _call=quietly
    ),
    **{f"logging.{n}(0=msg)": (lambda: given(len, _call=quietly)) for n in LEVELS},
    "logging.log": lambda: given(10, "%s", len, _call=quietly),
    "logging.log(1=msg)": lambda: given(10, len, _call=quietly),
    "logging.LogRecord": lambda: given("n", 10, "p", 1, "%s", (), None),
    "logging.LogRecord(5=args)": lambda: given("n", 10, "p", 1, "%s", len, None, _wrap=lambda it: (it,)),
    "logging.handlers.QueueListener": lambda: given(queue.Queue(), len),
    "logging.handlers.MemoryHandler": lambda: given(1, 10, len, _call=unlisted),
    "mailbox.Mailbox": lambda: given("name", len),
    "mailbox.mbox": lambda: given(os.path.join(folder("a"), "b"), len),
    "mailbox.Maildir": lambda: given(os.path.join(folder("a"), "b"), len),
    "math.fsum math.prod": lambda: given(some(1, 2)),
    "math.dist": lambda: given(some(1), some(2)),
    "multiprocessing.Process": lambda: given(None, len, None, (), {}),
    "multiprocessing.Process(3=args)": lambda: given(None, len, None, (), {}, _wrap=lambda it: (it,)),
    "multiprocessing.Process(4=kwargs)": lambda: given(None, len, None, (), {}, _wrap=lambda it: {"a": it}),
    "multiprocessing.pool.ThreadPool": lambda: given(1, Function(nothing), (), _call=terminated),
    "multiprocessing.pool.ThreadPool(2=initargs)": lambda: given(
        1, lambda _: None, (), _wrap=lambda it: (it,), _call=terminated
    ),
    "multiprocessing.Pool multiprocessing.pool.Pool": lambda: given(1, Function(nothing), (), _call=terminated),
    "multiprocessing.Pool(2=initargs) multiprocessing.pool.Pool(2=initargs)": lambda: given(
        1, ignore, (), _wrap=lambda it: (it,), _call=terminated
    ),
    "operator.call": lambda: given(len, "a"),
    "operator.call(0)": lambda: given(len),
    "operator.call(1+) operator.call(**)": lambda: given(lambda *_, **__: 0, len),
    "operator.contains operator.countOf operator.indexOf": lambda: given(some(1, 2), 2),
    "operator.contains(1) operator.countOf(1)": lambda: given([1], len),
    "operator.indexOf(1)": lambda: given(Anything(), len),
    "operator.eq operator.is_ operator.is_not operator.ne": lambda: given(len, len),
    "operator.not_ operator.truth": lambda: given(len),
    "operator.iconcat": lambda: given([], some(1)),
    "operator.setitem": lambda: given([0], 0, len),
    "operator.methodcaller": lambda: given("name", len),
    "optparse.Option": lambda: given("-a", action="callback", callback=lambda *_: None, _star="callback"),
    "optparse.OptionParser": lambda: given(
        _star="formatter", **{"**": optparse.IndentedHelpFormatter}, _wrap=lambda it: it()
    ),
    "os.walk": lambda: given(os.path.join(folder("a"), "missing"), True, len),
    "os.fwalk": lambda: given(os.path.join(folder("a"), "a"), True, len, _call=lambda fwalk, *some: fwalk(*some)),
    "os.register_at_fork": lambda: given(),
    "os.path.commonpath": lambda: given(some("a/b", "a/c")),
    "pdb.runcall": lambda: given(ignore, 1, _call=undebugged),
    "pickle.dump": lambda: given(Weak, io.BytesIO()),
    "pickle.dump(buffer_callback)": lambda: given(pickle.PickleBuffer(b"a"), io.BytesIO(), protocol=5),
    "pickle.dumps": lambda: given(Weak),
    "pickle.dumps(buffer_callback)": lambda: given(pickle.PickleBuffer(b"a"), protocol=5),
    "pickle.dump(0=obj)": lambda: given(len, io.BytesIO(), _call=dumped),
    "pickle.dumps(0=obj)": lambda: given(len, _call=dumped),
    "pickle.Pickler": lambda: given(io.BytesIO(), 5),
    "pkgutil.walk_packages": lambda: given([folder("closures_missing/__init__.py")], "", len, _call=second),
    "plistlib.load": lambda: given(io.BytesIO(PLIST), dict_type=Function(dict)),
    "plistlib.loads": lambda: given(PLIST, dict_type=Function(dict)),
    "pprint.pformat pprint.pprint pprint.pp reprlib.repr": lambda: given(len),
    "pty.spawn": lambda: given(["true"], Function(read), Function(read)),
    "random.choice random.sample random.choices": lambda: given(Weak, 1, _wrap=lambda it: [it], _call=chosen),
    "re.sub re.subn": lambda: given("a", Function(lambda _: ""), "a"),
    "re.Scanner": lambda: given(len, _wrap=lambda it: [("a", it)]),
    "sched.scheduler": lambda: given(len, len),
    "shlex.join": lambda: given(some("a")),
    "shutil.copytree": lambda: given(
        folder("a"), folder() + "/b", False, Function(lambda *_: ()), Function(shutil.copy2)
    ),
    "shutil.rmtree": lambda: given(folder("a") + "/missing", False, len),
    "shutil.rmtree(onexc)": lambda: given(folder("a") + "/missing", False),
    "shutil.move": lambda: given(folder("a") + "/a", folder() + "/b", Function(shutil.copy2)),
    "shutil.register_archive_format": lambda: given(
        "closures", len, _clean=lambda: shutil.unregister_archive_format("closures")
    ),
    "shutil.register_unpack_format": lambda: given(
        "closures", [".closures"], len, _clean=lambda: shutil.unregister_unpack_format("closures")
    ),
    "signal.signal": lambda: given(signal.SIGUSR1, len, _clean=lambda: signal.signal(signal.SIGUSR1, signal.SIG_DFL)),
    "socketserver.TCPServer socketserver.UDPServer socketserver.ThreadingTCPServer": lambda: given(
        ("127.0.0.1", 0), len, _call=closed
    ),
    "sqlite3.connect": lambda: given(":memory:", factory=sqlite3.Connection, _call=drop),
    "sqlite3.register_adapter": lambda: given(Weak, len),
    "sqlite3.register_converter": lambda: given("closures", len),
    **{f"statistics.{name}": (lambda: given(some(1, 2))) for name in STATISTICS},
    **{f"subprocess.{name}": (lambda: given(some("true"), _call=ended)) for name in PROCESSES},
    **{
        f"subprocess.{name}(6=preexec_fn)": (lambda: given(["true"], -1, None, None, None, None, len, _call=ended))
        for name in PROCESSES
    },
    "subprocess.check_output": lambda: given(some("true")),
    "subprocess.list2cmdline": lambda: given(some("a")),
    "sys.settrace": lambda: given(Function(lambda *_: None), _clean=lambda: sys.settrace(None)),
    "sys.setprofile": lambda: given(len, _clean=lambda: sys.setprofile(None)),
    "sys.addaudithook": lambda: given(len),
    "sys.set_asyncgen_hooks": lambda: given(len, len, _clean=lambda: sys.set_asyncgen_hooks(None, None)),
    "sys.getsizeof sys.getrefcount": lambda: given(len),
    "sys.call_tracing": lambda: given(len, ()),
    "sys.call_tracing(1)": lambda: given(lambda _: 0, (), _wrap=lambda it: (it,)),
    "textwrap.indent": lambda: given("a", " ", len),
    "_thread.start_new_thread": lambda: given(Function((gate := Gate()).wait), (), {}, _clean=gate.open),
    "_thread.start_new_thread(1)": lambda: given(
        (gate := Gate()).wait, (), {}, _wrap=lambda it: (it,), _clean=gate.open
    ),
    "_thread.start_new_thread(2)": lambda: given(
        (gate := Gate()).wait, (), {}, _wrap=lambda it: {"a": it}, _clean=gate.open
    ),
    "threading.Thread": lambda: given(None, len, None, (), {}),
    "threading.Thread(3=args)": lambda: given(None, len, None, (), {}, _wrap=lambda it: (it,)),
    "threading.Thread(4=kwargs)": lambda: given(None, len, None, (), {}, _wrap=lambda it: {"a": it}),
    "threading.Timer": lambda: given(1, len, (), {}),
    "threading.Timer(2=args)": lambda: given(1, len, (), {}, _wrap=lambda it: (it,)),
    "threading.Timer(3=kwargs)": lambda: given(1, len, (), {}, _wrap=lambda it: {"a": it}),
    "threading.Barrier": lambda: given(1, len),
    "threading.settrace threading.settrace_all_threads": lambda: given(Function(lambda *_: None), _clean=untraced),
    "threading.setprofile threading.setprofile_all_threads": lambda: given(len, _clean=untraced),
    "timeit.timeit": lambda: given(ignore, nothing, Function(time.perf_counter), 1),
    "timeit.repeat": lambda: given(ignore, nothing, Function(time.perf_counter), 1, 1),
    "timeit.Timer": lambda: given(len, nothing, time.perf_counter),
    "tokenize.tokenize": lambda: given(Function(io.BytesIO(b"a").readline)),
    "tokenize.generate_tokens": lambda: given(Function(io.StringIO("a").readline)),
    "tokenize.detect_encoding": lambda: given(Function(io.BytesIO(b"a").readline)),
    "tokenize.untokenize": lambda: given(some((1, "a"))),
    "types.MethodType": lambda: given(len, 1),
    "types.SimpleNamespace": lambda: given(),
    "types.MappingProxyType": lambda: given({}, _wrap=lambda it: {"a": it}),
    "types.DynamicClassAttribute": lambda: given(len, len, len),
    "types.coroutine types.CellType": lambda: given(len),
    "types.new_class": lambda: given("C", (), {}, len),
    "typing.cast typing.assert_type": lambda: given(len, len),
    "typing.get_type_hints": lambda: given(len),
    "unittest.FunctionTestCase": lambda: given(len, nothing, nothing),
    "unittest.TestSuite": lambda: given(some(None)),
    "unittest.addModuleCleanup": lambda: given(ignore, 1, _clean=unittest.case.doModuleCleanups),
    "unittest.mock.Mock unittest.mock.MagicMock unittest.mock.AsyncMock": lambda: given(_star="side_effect"),
    "unittest.mock.NonCallableMock unittest.mock.PropertyMock": lambda: given(_star="thing"),
    **{f"unittest.mock.{name}(0+)": (lambda: given(Weak)) for name in MOCKS},
    "unittest.mock.patch": lambda: given("os.sep", len),
    "unittest.mock.patch(6=new_callable)": lambda: given("os.sep"),
    "unittest.mock.patch(**)": lambda: given("os.sep", _star="side_effect"),
    "unittest.mock.create_autospec": lambda: given(Weak, _star="side_effect"),
    "unittest.mock.call": lambda: given(len),
    "unittest.mock.patch.object": lambda: given(os, "sep", len),
    "unittest.mock.patch.object(new_callable) unittest.mock.patch.object(**)": lambda: given(
        os, "sep", _star="side_effect"
    ),
    "unittest.mock.patch.dict": lambda: given({}, some(("a", 1))),
    "unittest.mock.patch.multiple": lambda: given(os, _star="sep"),
    "urllib.parse.urlencode": lambda: given({"a": "b"}, False, "", None, None, Function(lambda *_: "")),
    "urllib.request.urlretrieve": lambda: given(
        pathlib.Path(folder("a"), "a").as_uri(), os.path.join(folder(), "b"), len
    ),
    "urllib.request.build_opener": lambda: given(urllib.request.HTTPHandler, _wrap=lambda it: it()),
    "urllib.request.install_opener": lambda: given(len, _clean=lambda: urllib.request.install_opener(None)),
    "warnings.warn": lambda: given(UserWarning, _wrap=lambda it: it("text")),
    "weakref.ref weakref.proxy": lambda: given(KEPT, len),
    "weakref.WeakMethod": lambda: given(KEPT.method, len),
    "weakref.ref(0) weakref.proxy(0)": lambda: given(len),
    "weakref.WeakMethod(0)": lambda: given(len, _wrap=lambda it: types.MethodType(it, KEPT)),
    "weakref.finalize": lambda: given(KEPT, ignore, 1),
    "weakref.WeakSet": lambda: given(some(1)),
    "wsgiref.simple_server.make_server": lambda: given("127.0.0.1", 0, len, _call=closed),
    "wsgiref.validate.validator": lambda: given(len),
    "xml.etree.ElementInclude.include": lambda: given(included(), Function(lambda *_: "text")),
    "xml.sax.parse": lambda: given(io.BytesIO(b"<a/>"), Sink, _wrap=lambda it: it()),
    "xml.sax.parseString": lambda: given(b"<a/>", Sink, _wrap=lambda it: it()),
    "zipapp.create_archive": lambda: given(folder("__main__.py"), folder() + "/b"),
}


_METHODS: Mapping[str, Callable[[], Given]] = {
    "builtins.list.append": lambda: given(len, _receiver=[]),
    "builtins.list.insert builtins.list.__setitem__": lambda: given(0, len, _receiver=[0]),
    "builtins.list.extend builtins.list.__iadd__": lambda: given(some(1), _receiver=[], _call=drop),
    "builtins.list.sort": lambda: given(_receiver=[2, 1]),
    "builtins.list.count": lambda: given(len, _receiver=[]),
    "builtins.list.index builtins.list.remove": lambda: given(len, _receiver=Anything()),
    "builtins.dict.update": lambda: given(some(("a", 1)), _receiver={}),
    "builtins.dict.update(**)": lambda: given(_receiver={}),
    "builtins.dict.setdefault builtins.dict.__setitem__": lambda: given("a", len, _receiver={}, _call=drop),
    "builtins.dict.get builtins.dict.pop": lambda: given("a", len, _receiver={}),
    "builtins.dict.pop(0)": lambda: given(len, 1, _receiver={}),
    "builtins.set.add": lambda: given(len, _receiver=set()),
    "builtins.set.update builtins.set.symmetric_difference_update": lambda: given(some(1), _receiver=set()),
    "builtins.set.difference_update builtins.set.intersection_update": lambda: given(some(1), _receiver={1}),
    "builtins.set.discard": lambda: given(len, _receiver=set()),
    "builtins.set.remove": lambda: given(len, _receiver={EQUAL}, _call=removed),
    "builtins.frozenset.union builtins.frozenset.symmetric_difference": lambda: given(some(1), _receiver=frozenset()),
    "builtins.frozenset.difference builtins.frozenset.intersection": lambda: given(some(1), _receiver=frozenset({1})),
    "builtins.frozenset.isdisjoint": lambda: given(some(1), _receiver=frozenset({2})),
    "builtins.frozenset.issubset builtins.frozenset.issuperset": lambda: given(some(1), _receiver=frozenset({1})),
    "builtins.tuple.count": lambda: given(len, _receiver=()),
    "builtins.tuple.index": lambda: given(len, _receiver=(EQUAL,)),
    "builtins.str.join": lambda: given(some("a"), _receiver=""),
    "builtins.str.format": lambda: given(len, _receiver="{0} {extra}", _call=formatted),
    "builtins.bytes.join": lambda: given(some(b"a"), _receiver=b""),
    "builtins.bytearray.join": lambda: given(some(b"a"), _receiver=bytearray()),
    "builtins.bytearray.extend": lambda: given(some(1), _receiver=bytearray()),
    "array.array.extend": lambda: given(some(1), _receiver=array.array("d")),
    "argparse.ArgumentParser.add_argument": lambda: given("--a", _receiver=argparse.ArgumentParser(), _star="type"),
    "argparse.ArgumentParser.set_defaults": lambda: given(_receiver=argparse.ArgumentParser()),
    "argparse.ArgumentParser.register": lambda: given("type", "a", len, _receiver=argparse.ArgumentParser()),
    **{
        f"asyncio.AbstractEventLoop.{name}": (lambda: given(len, 1, **loop(), _call=drop))
        for name in ("call_soon", "call_soon_threadsafe", "set_exception_handler", "set_task_factory")
    },
    "asyncio.AbstractEventLoop.set_exception_handler asyncio.AbstractEventLoop.set_task_factory": lambda: given(
        len, **loop()
    ),
    "asyncio.AbstractEventLoop.call_later asyncio.AbstractEventLoop.call_at": lambda: given(
        1e9, len, 1, **loop(), _call=drop
    ),
    "asyncio.AbstractEventLoop.run_in_executor": lambda: given(
        None, Function((gate := Gate()).wait), 1, _receiver=gate.loop, _clean=gate.open, _call=drop
    ),
    "asyncio.AbstractEventLoop.run_in_executor(2+)": lambda: given(
        None, (gate := Gate()).wait, 1, _receiver=gate.loop, _clean=gate.open, _call=drop
    ),
    "asyncio.AbstractEventLoop.add_reader asyncio.AbstractEventLoop.add_writer": lambda: given(
        Handle(), len, 1, **loop()
    ),
    "asyncio.AbstractEventLoop.add_signal_handler": lambda: given(signal.SIGUSR1, len, 1, **loop()),
    "asyncio.AbstractEventLoop.create_task": lambda: given(Coroutine(), **loop(), _call=drop),
    "asyncio.AbstractEventLoop.run_until_complete": lambda: given(Coroutine(), **loop()),
    "asyncio.AbstractEventLoop.set_default_executor": lambda: given(
        concurrent.futures.ThreadPoolExecutor, **loop(), _wrap=lambda it: it()
    ),
    "asyncio.AbstractEventLoop.create_server": lambda: given(len, "127.0.0.1", 0, **loop(), _call=served),
    "asyncio.AbstractEventLoop.create_unix_server": lambda: given(
        len, os.path.join(folder(), "a"), **loop(), _call=served
    ),
    "asyncio.Runner.run": lambda: given(Coroutine(), _receiver=NEWER_ASYNCIO.Runner()),
    "asyncio.TaskGroup.create_task": lambda: given(Coroutine(), _receiver=group(), _call=drop),
    "asyncio.Future.add_done_callback asyncio.Future.set_result": lambda: given(len, **waiting()),
    "asyncio.Queue.put_nowait": lambda: given(len, _receiver=asyncio.Queue()),
    "asyncio.Queue.put": lambda: given(len, _receiver=asyncio.Queue(), _call=in_loop),
    "asyncio.Condition.wait_for": lambda: given(len, _receiver=asyncio.Condition()),
    "bdb.Bdb.runcall": lambda: given(ignore, 1, _receiver=bdb.Bdb()),
    "concurrent.futures.Executor.submit": lambda: given(len, 1, **executor(), _call=drop),
    "concurrent.futures.Executor.map": lambda: given(len, some(1), **executor(), _call=drop),
    "concurrent.futures.Executor.map(1+)": lambda: given(len, some(1), **idle_executor()),
    "concurrent.futures.Future.add_done_callback concurrent.futures.Future.set_result": lambda: given(
        len, _receiver=concurrent.futures.Future()
    ),
    "configparser.RawConfigParser.read": lambda: given(some("missing"), _receiver=configparser.RawConfigParser()),
    "configparser.RawConfigParser.read_file": lambda: given(
        some("[a]", "b = 1"), _receiver=configparser.RawConfigParser()
    ),
    "configparser.RawConfigParser.read_dict": lambda: given(
        len, _wrap=lambda it: {"a": {"b": it}}, _receiver=configparser.RawConfigParser()
    ),
    "contextlib.ExitStack.callback": lambda: given(len, 1, _receiver=contextlib.ExitStack(), _call=drop),
    "contextlib.ExitStack.push": lambda: given(len, _receiver=contextlib.ExitStack(), _call=drop),
    "contextlib.ExitStack.enter_context": lambda: given(
        contextlib.ExitStack, _wrap=lambda it: it(), _receiver=contextlib.ExitStack(), _call=drop
    ),
    "contextlib.AsyncExitStack.push_async_callback": lambda: given(
        len, 1, _receiver=contextlib.AsyncExitStack(), _call=drop
    ),
    "contextlib.AsyncExitStack.push_async_exit": lambda: given(len, _receiver=contextlib.AsyncExitStack(), _call=drop),
    "contextlib.AsyncExitStack.enter_async_context": lambda: given(
        contextlib.AsyncExitStack, _wrap=lambda it: it(), _receiver=contextlib.AsyncExitStack(), _call=in_loop_dropped
    ),
    "contextvars.Context.run": lambda: given(ignore, 1, _receiver=contextvars.Context()),
    "contextvars.ContextVar.set": lambda: given(len, _receiver=contextvars.ContextVar("set"), _call=drop),
    "contextvars.ContextVar.get": lambda: given(len, _receiver=contextvars.ContextVar("unset")),
    "collections.deque.append collections.deque.appendleft": lambda: given(len, _receiver=collections.deque()),
    "collections.deque.insert": lambda: given(0, len, _receiver=collections.deque()),
    "collections.deque.extend collections.deque.extendleft": lambda: given(some(1), _receiver=collections.deque()),
    "collections.deque.count": lambda: given(len, _receiver=collections.deque()),
    "collections.deque.index collections.deque.remove": lambda: given(len, _receiver=collections.deque([EQUAL])),
    "collections.Counter.update": lambda: given(some(1), _receiver=collections.Counter()),
    "collections.Counter.subtract": lambda: given(some(1), _receiver=collections.Counter({1: 1})),
    "cProfile.Profile.runcall": lambda: given(ignore, 1, _receiver=cProfile.Profile(), _call=unprofiled),
    "csv.writer.writerow": lambda: given(some(1), _receiver=csv.writer(io.StringIO())),
    "csv.writer.writerows": lambda: given(some([1]), _receiver=csv.writer(io.StringIO())),
    "ftplib.FTP.retrbinary ftplib.FTP.retrlines": lambda: given("RETR a", len, _receiver=ftp()),
    "ftplib.FTP.storbinary": lambda: given("STOR a", io.BytesIO(b"a"), 8, len, _receiver=ftp()),
    "ftplib.FTP.storlines": lambda: given("STOR a", io.BytesIO(b"a"), len, _receiver=ftp()),
    "functools.singledispatch.register": lambda: given(
        Weak, len, _receiver=functools.singledispatch(lambda it: 0), _call=drop
    ),
    "graphlib.TopologicalSorter.add": lambda: given(len, 1, _receiver=graphlib.TopologicalSorter()),
    "io.StringIO.writelines": lambda: given(some("a"), _receiver=io.StringIO()),
    "io.BytesIO.writelines": lambda: given(some(b"a"), _receiver=io.BytesIO()),
    "logging.Logger.addFilter logging.Logger.removeFilter": lambda: given(len, _receiver=quiet()),
    "logging.Logger.addHandler logging.Logger.removeHandler": lambda: given(len, _receiver=quiet()),
    **{f"logging.Logger.{name}": (lambda: given("%s", len, _receiver=quiet())) for name in LEVELS},
    **{f"logging.Logger.{name}(0=msg)": (lambda: given(len, _receiver=quiet())) for name in LEVELS},
    "logging.Logger.log": lambda: given(10, "%s", len, _receiver=quiet()),
    "logging.Logger.log(1=msg)": lambda: given(10, len, _receiver=quiet()),
    "logging.Handler.addFilter logging.Handler.setFormatter": lambda: given(len, _receiver=logging.NullHandler()),
    "multiprocessing.Pool.apply": lambda: given(len, ("a",), {}, **idle_pool()),
    "multiprocessing.Pool.apply(1=args)": lambda: given(ignore, (), {}, _wrap=lambda it: (it,), **idle_pool()),
    "multiprocessing.Pool.apply(2=kwds)": lambda: given(ignore, (), {}, _wrap=lambda it: {"a": it}, **idle_pool()),
    "multiprocessing.Pool.map": lambda: given(len, some("a"), **idle_pool()),
    "multiprocessing.Pool.starmap": lambda: given(len, some(("a",)), **idle_pool()),
    "multiprocessing.Pool.apply_async": lambda: given(ignore, (), {}, ignore, ignore, **busy_pool(), _call=drop),
    "multiprocessing.Pool.apply_async(1=args)": lambda: given(
        ignore, (), {}, _wrap=lambda it: (it,), **busy_pool(), _call=drop
    ),
    "multiprocessing.Pool.apply_async(2=kwds)": lambda: given(
        ignore, (), {}, _wrap=lambda it: {"a": it}, **busy_pool(), _call=drop
    ),
    "multiprocessing.Pool.map_async multiprocessing.Pool.starmap_async": lambda: given(
        ignore, [("a",)], 1, ignore, ignore, **busy_pool(), _call=drop
    ),
    "multiprocessing.Pool.map_async(1=iterable)": lambda: given(len, some("a"), **idle_pool(), _call=finished),
    "multiprocessing.Pool.starmap_async(1=iterable)": lambda: given(len, some(("a",)), **idle_pool(), _call=finished),
    "multiprocessing.Pool.imap multiprocessing.Pool.imap_unordered": lambda: given(
        len, some("a"), **busy_pool(), _call=drawn_by_pool
    ),
    "multiprocessing.get_context.Process": lambda: given(
        None, len, None, (), {}, _receiver=multiprocessing.get_context()
    ),
    "multiprocessing.get_context.Process(3=args)": lambda: given(
        None, len, None, (), {}, _wrap=lambda it: (it,), _receiver=multiprocessing.get_context()
    ),
    "multiprocessing.get_context.Process(4=kwargs)": lambda: given(
        None, len, None, (), {}, _wrap=lambda it: {"a": it}, _receiver=multiprocessing.get_context()
    ),
    "multiprocessing.get_context.Pool": lambda: given(
        1, Function(nothing), (), _receiver=multiprocessing.get_context(), _call=terminated
    ),
    "multiprocessing.get_context.Pool(2=initargs)": lambda: given(
        1, ignore, (), _wrap=lambda it: (it,), _receiver=multiprocessing.get_context(), _call=terminated
    ),
    "optparse.OptionParser.add_option": lambda: given(
        "-a", action="callback", _receiver=optparse.OptionParser(), _star="callback", _call=drop
    ),
    "pathlib.Path.walk": lambda: given(True, len, _receiver=pathlib.Path("missing")),
    "queue.Queue.put queue.Queue.put_nowait": lambda: given(len, _receiver=queue.Queue()),
    "re.Pattern.sub re.Pattern.subn": lambda: given(Function(lambda _: ""), "a", _receiver=re.compile("a")),
    "sched.scheduler.enter sched.scheduler.enterabs": lambda: given(
        1e9, 1, len, (), {}, _receiver=sched.scheduler(), _call=drop
    ),
    "sched.scheduler.enter(3=argument) sched.scheduler.enterabs(3=argument)": lambda: given(
        1e9, 1, len, (), {}, _wrap=lambda it: (it,), _receiver=sched.scheduler(), _call=drop
    ),
    "sched.scheduler.enter(4=kwargs) sched.scheduler.enterabs(4=kwargs)": lambda: given(
        1e9, 1, len, (), {}, _wrap=lambda it: {"a": it}, _receiver=sched.scheduler(), _call=drop
    ),
    "selectors.DefaultSelector.register": lambda: given(
        Handle(), 1, len, _receiver=selectors.DefaultSelector(), _call=drop
    ),
    "selectors.DefaultSelector.modify": lambda: modified(),
    "sqlite3.Connection.create_function": lambda: given("f", 1, len, _receiver=database()),
    "sqlite3.Connection.create_aggregate": lambda: given("f", 1, len, _receiver=database()),
    "sqlite3.Connection.create_collation": lambda: given("f", len, _receiver=database()),
    "sqlite3.Connection.set_authorizer sqlite3.Connection.set_trace_callback": lambda: given(len, _receiver=database()),
    "sqlite3.Connection.set_progress_handler": lambda: given(len, 1, _receiver=database()),
    "sqlite3.Connection.execute": lambda: given(
        "select ?", (), _wrap=lambda it: (id(it),), _receiver=database(), _call=drop
    ),
    "sqlite3.Connection.executemany": lambda: given(
        "insert into t values (?)", some((1,)), _receiver=database(), _call=drop
    ),
    "sqlite3.Connection.backup": lambda: given(sqlite3.connect(":memory:"), _receiver=database()),
    "ssl.SSLContext.set_servername_callback": lambda: given(len, _receiver=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)),
    "tarfile.TarFile.add": lambda: given(file(), filter=Function(lambda info: info), _receiver=tar()),
    "tarfile.TarFile.extractall": lambda: given(folder(), some("a"), _receiver=tar(full=True)),
    "tarfile.TarFile.extractall(filter)": lambda: given(
        folder(), filter=Function(lambda info, _: None), _receiver=tar(full=True)
    ),
    "threading.Condition.wait_for": lambda: given(Function(lambda: True), _receiver=held()),
    "trace.Trace.runfunc": lambda: given(ignore, 1, _receiver=trace.Trace(count=0, trace=0)),
    "unittest.TestCase.assertRaises": lambda: given(ValueError, Function(fail), 1, _receiver=case()),
    "unittest.TestCase.assertRaises(1+)": lambda: given(ValueError, Function(fail), _receiver=case()),
    "unittest.TestCase.assertRaises(**)": lambda: given(ValueError, fail, _receiver=case()),
    "unittest.TestCase.assertWarns(1+)": lambda: given(UserWarning, Function(warn), _receiver=case()),
    "unittest.TestCase.assertWarns(**)": lambda: given(UserWarning, warn, _receiver=case()),
    "unittest.TestCase.assertRaisesRegex(2+)": lambda: given(ValueError, "t", Function(fail), _receiver=case()),
    "unittest.TestCase.assertRaisesRegex(**)": lambda: given(ValueError, "t", fail, _receiver=case()),
    "unittest.TestCase.assertWarnsRegex(2+)": lambda: given(UserWarning, "t", Function(warn), _receiver=case()),
    "unittest.TestCase.assertWarnsRegex(**)": lambda: given(UserWarning, "t", warn, _receiver=case()),
    **{
        f"unittest.TestCase.{name}": (lambda: given(EQUAL, EQUAL, _receiver=case()))
        for name in ("assertEqual", "assertNotEqual", "assertIsNot", "assertNotIn")
    },
    "unittest.TestCase.assertNotEqual unittest.TestCase.assertIsNot": lambda: given(1, 2, _receiver=case()),
    "unittest.TestCase.assertNotIn(0)": lambda: given(len, [], _receiver=case()),
    "unittest.TestCase.assertNotIn": lambda: given(1, len, _wrap=lambda it: [it], _receiver=case()),
    "unittest.TestCase.assertIn": lambda: given(len, Anything(), _receiver=case()),
    "unittest.TestCase.assertIn(1)": lambda: given(EQUAL, len, _wrap=lambda it: [it], _receiver=case()),
    "unittest.TestCase.assertIs": lambda: given(len, len, _receiver=case(), _call=compared),
    "unittest.TestCase.assertIsInstance": lambda: given(len, object, _receiver=case()),
    "unittest.TestCase.assertIsInstance(1)": lambda: given(Weak, Weak, _receiver=case(), _call=instance),
    "unittest.TestCase.assertTrue unittest.TestCase.assertIsNotNone": lambda: given(len, _receiver=case()),
    "unittest.TestCase.assertFalse": lambda: given(len, _wrap=lambda it: not it, _receiver=case()),
    "unittest.TestCase.assertIsNone": lambda: given(len, _wrap=lambda it: None, _receiver=case()),
    "unittest.TestCase.assertCountEqual": lambda: given(some(1), some(1), _receiver=case()),
    "unittest.TestCase.addCleanup": lambda: given(len, 1, _receiver=case()),
    "unittest.TestCase.addClassCleanup": lambda: given(
        len, 1, _receiver=type("Case", (unittest.TestCase,), {"_class_cleanups": []})
    ),
    "unittest.TestCase.addTypeEqualityFunc": lambda: given(Weak, len, _receiver=case()),
    "unittest.TestCase.enterContext": lambda: given(
        contextlib.ExitStack, _wrap=lambda it: it(), _receiver=case(), _call=drop
    ),
    "unittest.TestCase.subTest": lambda: given(_receiver=case(), _call=entered),
    "unittest.TestSuite.addTest": lambda: given(len, _receiver=unittest.TestSuite()),
    "unittest.TestSuite.addTests": lambda: given(some(None), _receiver=unittest.TestSuite()),
    "weakref.WeakSet.add": lambda: given(len, _receiver=weakref.WeakSet()),
    "weakref.WeakSet.update": lambda: given(some(1), _receiver=weakref.WeakSet()),
    "weakref.WeakValueDictionary.setdefault": lambda: given(
        "a", len, _receiver=weakref.WeakValueDictionary(), _call=drop
    ),
    "wsgiref.simple_server.WSGIServer.set_app": lambda: given(
        len, _receiver=closed(wsgiref.simple_server.make_server, "127.0.0.1", 0, len)
    ),
    "xmlrpc.server.SimpleXMLRPCServer.register_function": lambda: given(
        len, _receiver=xmlrpc.server.SimpleXMLRPCDispatcher(), _call=drop
    ),
    "xmlrpc.server.SimpleXMLRPCServer.register_instance": lambda: given(
        len, _receiver=xmlrpc.server.SimpleXMLRPCDispatcher()
    ),
    "zipfile.ZipFile.extractall": lambda: given(folder(), some("a"), _receiver=archive()),
}


def _spread(table: Mapping[str, Callable[[], Given]]) -> dict[str, Callable[[], Given]]:
    return {name: probe for line, probe in table.items() for name in _names(line)}


def _names(line: str) -> list[str]:
    return re.findall(r"[^\s(]+(?:\([^)]*\))?", line)


FUNCTIONS, METHODS = _spread(_FUNCTIONS), _spread(_METHODS)

NEWER: Mapping[str, tuple[int, int]] = {
    "asyncio.Runner": (3, 11),
    "asyncio.TaskGroup": (3, 11),
    "enum.member": (3, 11),
    "enum.nonmember": (3, 11),
    "enum.property": (3, 11),
    "hashlib.file_digest": (3, 11),
    "itertools.batched": (3, 12),
    "operator.call": (3, 11),
    "pathlib.Path.walk": (3, 12),
    "shutil.rmtree(onexc)": (3, 12),
    "threading.setprofile_all_threads": (3, 12),
    "threading.settrace_all_threads": (3, 12),
    "typing.assert_type": (3, 11),
    "unittest.TestCase.enterContext": (3, 11),
}
"""What came after Python 3.10."""

CANNOT_RUN: Mapping[str, str] = {
    "curses": "needs a terminal",
    "readline": "needs a terminal, and is not built everywhere",
    "tkinter": "needs a display",
    "turtle": "needs a display",
}
"""What cannot be measured in a test, and why."""

RUNNING = frozenset(
    {
        "asyncio.Condition.wait_for",
        "asyncio.TaskGroup.create_task",
        "asyncio.as_completed",
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.gather",
        "asyncio.run_coroutine_threadsafe",
        "asyncio.shield",
        "asyncio.to_thread",
        "asyncio.wait",
        "asyncio.wait_for",
    }
)
"""What wants an event loop to be running."""

OWN_PROCESS = frozenset(
    {
        "codecs.register",
        "multiprocessing.Pool",
        "multiprocessing.get_context.Pool",
        "multiprocessing.pool.Pool",
        "os.register_at_fork",
        "pty.spawn",
        "sqlite3.register_adapter",
        "sqlite3.register_converter",
        "sys.addaudithook",
    }
)
"""What cannot be undone, or disturbs the process that it runs in."""

DIFFERS: Mapping[str, set[Effect]] = {
    # The frame of the call is kept for the debugger, and with it what was called.
    **{f"bdb.Bdb.runcall({token})": {Effect.RECEIVER} for token in ("0", "1+", "**")},
    **{f"pdb.runcall({token})": {Effect.KEPT} for token in ("0", "1+", "**")},
    # Since Python 3.13 drawn at once; before, and what runs, as the result is iterated.
    "asyncio.as_completed(0=fs)": {Effect.ABSORBED},
    # One of the items is the result.
    "builtins.max(0)": {Effect.COLLECTED},
    "builtins.min(0)": {Effect.COLLECTED},
    "builtins.next(0)": {Effect.COLLECTED},
    "statistics.median_high(0=data)": {Effect.COLLECTED},
    "statistics.median_low(0=data)": {Effect.COLLECTED},
    "statistics.mode(0=data)": {Effect.COLLECTED},
    # Drawn by a thread of the pool, which is waited for here.
    "multiprocessing.Pool.imap(1=iterable)": {Effect.ABSORBED},
    "multiprocessing.Pool.imap_unordered(1=iterable)": {Effect.ABSORBED},
    # Kept by the result, which never hands it out.
    "collections.defaultdict(0)": {Effect.RESULT},
    # Since Python 3.11 the parts are put together at once, before they are kept apart.
    "io.StringIO.writelines(0)": {Effect.ABSORBED},
    # Until Python 3.12 the first lines are read before the iteration begins.
    "tokenize.tokenize(0=readline)": {Effect.RESULT},
    # Drained, and kept for the record.
    "subprocess.Popen(0=args)": {Effect.RESULT},
    "subprocess.run(0=args)": {Effect.RESULT},
}
"""Where the measure sees another thing than a reader of code has to know, and why."""

SPREAD = frozenset({"subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.run"})
"""What hands its arguments on, so that its signature does not tell their names."""
