"""What is handed to someone who keeps it too long, too weakly, or sends it away? The cases that need no run to judge.

The fixtures run; here stand the libraries that need not be installed, the options, and what must stay silent.
"""

from __future__ import annotations

import pytest

import flake8_closures
from flake8_closures.config import Config


def codes(text: str, **options: object) -> list[str]:
    """Return the codes that are reported, with the line."""
    compile(text, "t.py", "exec")
    config = Config.from_values({"select": "CLO3,CLO9", "extended": True, **options})
    return [f"{found.code}:{found.span.line}" for found in flake8_closures.check(text, "t.py", config)]


def reports(code: str, text: str, **options: object) -> bool:
    """Return whether a program has a finding of a code; it must have no other, and not more than one."""
    found = [each[:6] for each in codes(text, **options)]
    assert found in ([], [code])
    return bool(found)


# Signals.

RECEIVER = "def set_up():\n    def receiver(sender, **kw): pass\n    {connect}\n"
CONNECTIONS = {
    # what imports it, the connection, whether the receiver dies
    "a signal of Django": ("from django.db.models.signals import post_save as s", "s.connect(receiver)", True),
    "by the module of signals": ("from django.db.models import signals", "signals.pre_save.connect(receiver)", True),
    "by the package": (
        "import django.db.models.signals",
        "django.db.models.signals.pre_save.connect(receiver=receiver)",
        True,
    ),
    "a signal of the program": ("import django\nfrom shop.signals import paid", "paid.connect(receiver)", True),
    "a relative import": ("import django\nfrom .signals import paid", "paid.connect(receiver)", True),
    "a signal of Flask": ("from flask import request_started", "request_started.connect(receiver)", True),
    "a signal of a namespace": (
        "from blinker import Namespace\nspace = Namespace()\npaid = space.signal('paid')",
        "paid.connect(receiver)",
        True,
    ),
    "a signal made by name": ("import blinker", "blinker.signal('paid').connect(receiver)", True),
    "PyDispatcher": ("from pydispatch import dispatcher", "dispatcher.connect(receiver, signal='paid')", True),
    "Scrapy": ("from scrapy import signals", "crawler.signals.connect(receiver, signal=signals.item_scraped)", True),
    "told by position": ("from blinker import Signal\ns = Signal()", "s.connect(receiver, None, False)", False),
    "told by a star": ("from blinker import Signal\ns = Signal()", "s.connect(receiver, **options)", False),
    "told by retry": (
        "from celery.signals import task_success",
        "task_success.connect(receiver, retry=True)",
        False,
    ),
    "connected by a sender, which is strong": (
        "from blinker import Signal\ns = Signal()",
        "s.connect_via(None)(receiver)",
        False,
    ),
    "subscribed to PyPubSub": ("from pubsub import pub", "pub.subscribe(receiver, 'paid')", True),
    "subscribed by keyword": ("from pubsub import pub", "pub.subscribe(topicName='paid', listener=receiver)", True),
    "unsubscribed from PyPubSub": ("from pubsub import pub", "pub.unsubscribe(receiver, 'paid')", False),
    "a signal of Qt": ("from PySide6.QtCore import Signal\ns = Signal()", "s.connect(receiver)", False),
    "a module of signals without a framework": ("from shop.signals import paid", "paid.connect(receiver)", False),
    "disconnected again": (
        "from blinker import Signal\ns = Signal()",
        "s.connect(receiver)\n    run()\n    s.disconnect(receiver)",
        False,
    ),
    "kept in a list of the module": (
        "from blinker import Signal\ns = Signal()\nkept = []",
        "s.connect(receiver)\n    kept.append(receiver)",
        False,
    ),
    "declared global": (
        "from blinker import Signal\ns = Signal()",
        "global other\n    def other(sender): pass\n    s.connect(other)",
        False,
    ),
    "handed back by blinker": (
        "from blinker import Signal\ns = Signal()",
        "return s.connect(lambda sender: None)",
        False,
    ),
}


@pytest.mark.parametrize("name", CONNECTIONS)
def test_receivers(name: str) -> None:
    imports, connect, dies = CONNECTIONS[name]
    text = f"{imports}\n{RECEIVER.format(connect=connect)}"
    assert reports("CLO330", text) is dies


@pytest.mark.parametrize(("given", "dies"), [("", True), ("(weak=True)", False), ("(sender=1)", True)])
def test_receivers_below_a_decorator(given: str, dies: bool) -> None:
    text = f"import blinker\ns = blinker.Signal()\ndef set_up():\n    @s.connect{given}\n    def receiver(): pass\n"
    assert reports("CLO330", text) is dies


def test_signals_of_the_user() -> None:
    text = f"from shop.bus import paid\n{RECEIVER.format(connect='paid.connect(receiver)')}"
    assert codes(text) == []
    for option in ("shop.bus.paid", "shop.bus.*", "paid"):
        assert codes(text, weak_signals=option) == ["CLO330:4"]


# Processes.

PICKLED = {
    "map of a pool": ("from multiprocessing import Pool", "with Pool() as p: p.map({}, xs)", True),
    "a pool by another name": ("import multiprocessing as mp", "mp.Pool().apply_async({})", True),
    "a pool that is an attribute": (
        "from multiprocessing import Pool\nclass A:\n    def __init__(self): self.p = Pool()\n",
        "class B(A):\n        def __init__(self): self.p = Pool()\n        def m(self): self.p.imap({}, [])",
        True,
    ),
    "an executor of the loop": (
        "from concurrent.futures import ProcessPoolExecutor as E",
        "pool = E()\n    loop.run_in_executor(pool, {})",
        True,
    ),
    "set for the whole program": (
        "import multiprocessing as mp\nmp.set_start_method('spawn')",
        "mp.Process(target={}).start()",
        True,
    ),
    "unsaid": ("import multiprocessing as mp", "mp.Process(target={}).start()", False),
    "set to either": (
        "import multiprocessing as mp\nmp.set_start_method('spawn')\nmp.set_start_method('fork')",
        "mp.Process(target={}).start()",
        False,
    ),
    "either kind of executor": (
        "from concurrent.futures import *\nfrom concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor",
        "E = ThreadPoolExecutor if xs else ProcessPoolExecutor\n    with E() as e: e.submit({})",
        False,
    ),
    "a variable of two kinds": (
        "from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor",
        "e = ProcessPoolExecutor()\n    if xs: e = ThreadPoolExecutor()\n    e.submit({})",
        False,
    ),
    "a context that spawns, and its pool": (
        "import multiprocessing as mp",
        "mp.get_context('spawn').Pool(2, {})",
        True,
    ),
    "a context that forks, and its pool": ("import multiprocessing as mp", "mp.get_context('fork').Pool(2, {})", False),
    "map of a context's pool": ("import multiprocessing as mp", "mp.get_context('fork').Pool().map({}, xs)", True),
    "a process of a context": ("import multiprocessing as mp", "mp.get_context('spawn').Process(target={})", True),
    "a context by name": (
        "import multiprocessing as mp\nspawn = mp.get_context('spawn')",
        "spawn.Process(target={})",
        True,
    ),
    "in a list": ("from multiprocessing import Pool", "a = [{}]\n    Pool().apply(len, a)", True),
    "in a list that is starred": ("from multiprocessing import Pool", "Pool().apply(len, (*[{}],))", True),
    "in a list that is only looked at": (
        "from multiprocessing import Pool",
        "a = [{}]\n    print(a)\n    Pool().apply(len, a)",
        True,
    ),
    "in a list that somebody may fill": (
        "from multiprocessing import Pool",
        "a = [{}]\n    fill(a)\n    Pool().apply(len, a)",
        False,
    ),
    "in a list whose item is replaced": (
        "from multiprocessing import Pool",
        "a = [{}]\n    a[0] = len\n    Pool().apply(len, a)",
        False,
    ),
    "in a list that is emptied": (
        "from multiprocessing import Pool",
        "a = [{}]\n    a.clear()\n    Pool().apply(len, a)",
        False,
    ),
    "dill can": ("from pathos.multiprocessing import ProcessPool", "ProcessPool().map({}, xs)", False),
    "cloudpickle can": ("from loky import ProcessPoolExecutor", "ProcessPoolExecutor().submit({})", False),
    "threads behind the same names": ("from multiprocessing.dummy import Pool", "Pool().map({}, xs)", False),
}


@pytest.mark.parametrize("name", PICKLED)
def test_functions_that_are_pickled(name: str) -> None:
    imports, call, fails = PICKLED[name]
    text = f"{imports}\ndef main(xs):\n    {call.format('lambda *a: xs')}\n"
    assert reports("CLO340", text) is fails


# Finalizers.

FINALIZED = {
    "a bound method": ("weakref.finalize(self, self.close)", True),
    "a default": ("weakref.finalize(self, lambda self=self: self.x)", True),
    "a bound method with a name": ("stop = self.close\n        weakref.finalize(self, stop)", True),
    "in a tuple": ("weakref.finalize(self, print, (1, self))", True),
    "in a list": ("weakref.finalize(self, print, [self.close])", True),
    "in a dict": ("weakref.finalize(self, print, {'job': self})", True),
    "behind a star": ("weakref.finalize(self, print, *[self])", True),
    "in a partial": ("weakref.finalize(self, functools.partial(print, end=self.close))", True),
    "none of these": ("weakref.finalize(self, print, {1, 2})", False),
    "a name for something else": ("stop = 3\n        weakref.finalize(self, print, stop)", False),
    "a method of what it owns": ("weakref.finalize(self, self.file.close)", False),
}


@pytest.mark.parametrize("name", FINALIZED)
def test_finalizers(name: str) -> None:
    call, owns = FINALIZED[name]
    text = (
        f"import functools, weakref\nclass Job:\n    def __init__(self):\n        {call}\n    def close(self): pass\n"
    )
    assert reports("CLO311", text) is owns


# What is sent along.

TABLE = "TABLE = bytes(16_000_000)\n"
SHIPPED = {
    "ray": ("import ray", "@ray.remote(num_cpus=2)\ndef f(): return TABLE", True),
    "an actor": ("import ray", "@ray.remote\nclass A:\n    def f(self): return TABLE", True),
    "dask": ("from dask import delayed", "@delayed\ndef f(): return TABLE", True),
    "spark": (
        "from pyspark.sql.functions import udf",
        "@udf('int')\ndef f(row): return TABLE[row]",
        True,
    ),
    "a helper that goes along": (
        "import ray",
        "def o():\n    def helper(): return TABLE\n    @ray.remote\n    def f(): return helper()\n    return f",
        True,
    ),
    "a client": (
        "from dask.distributed import Client",
        "client = Client()\ndef o(): return client.submit(lambda: TABLE)",
        True,
    ),
    "an rdd": (
        "from pyspark import SparkContext",
        "sc = SparkContext()\ndef o(rows): return sc.parallelize(rows).map(lambda row: TABLE[row])",
        True,
    ),
    "a helper of the module, found by its name": (
        "import ray",
        "def helper(): return TABLE\n@ray.remote\ndef f(): return helper()",
        False,
    ),
    "jobs in processes": (
        "from joblib import Parallel, delayed",
        "def o(xs): return Parallel(n_jobs=2)(delayed(lambda x: TABLE[x])(x) for x in xs)",
        True,
    ),
    "jobs in threads": (
        "from joblib import Parallel, delayed",
        "def o(xs): return Parallel(n_jobs=2, prefer='threads')(delayed(lambda x: TABLE[x])(x) for x in xs)",
        False,
    ),
    "jobs one by one": (
        "from joblib import Parallel, delayed",
        "def o(xs): return Parallel()(delayed(lambda x: TABLE[x])(x) for x in xs)",
        False,
    ),
    "one job at a time": (
        "from joblib import Parallel, delayed",
        "def o(xs): return Parallel(1, backend='loky')(delayed(lambda x: TABLE[x])(x) for x in xs)",
        False,
    ),
    "a broadcast": (
        "from pyspark import SparkContext",
        "sc = SparkContext()\nT = sc.broadcast(TABLE)\ndef o(rows): return sc.parallelize(rows).map(lambda r: T)",
        False,
    ),
    "the map of another library": (
        "import ray, pandas",
        "def o(frame): return frame.map(lambda row: TABLE[row])",
        False,
    ),
    "small": ("import ray", "SMALL = bytes(1000)\n@ray.remote\ndef f(): return SMALL", False),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_data_that_goes_along(name: str) -> None:
    imports, text, is_large = SHIPPED[name]
    assert reports("CLO342", f"{imports}\n{TABLE}{text}\n") is is_large


def test_decorators_of_the_user_and_the_limit() -> None:
    text = f"from farm import job\n{TABLE}@job\ndef f(): return TABLE\n"
    assert codes(text) == []
    assert codes(text, ship_decorators="farm.job") == ["CLO342:4"]
    assert codes(text, ship_decorators="farm.job", ship_bytes="20MB") == []


def test_a_small_traced_array_is_told_when_asked_for() -> None:
    text = "import jax, jax.numpy as jnp\nt = jnp.zeros(1_000_000)\n@jax.jit\ndef f(x): return t + x\n"
    assert codes(text) == ["CLO343:4"]
    assert codes(text, extended=False) == []
    assert codes(text.replace("1_000_000", "10_000_000"), extended=False) == ["CLO343:4"]


def test_what_only_asks_for_the_shape_is_silent() -> None:
    text = "import jax, jax.numpy as jnp\nt = jnp.zeros(9_000_000)\n@jax.jit\ndef f(x): return t.shape[0] + x\n"
    assert codes(text) == []


# The `with` block.

BLOCKS = {
    "a file": ("", "with open(p) as f:\n        return (line for line in f)", True),
    "a path": ("", "with p.open() as f:\n        return map(str.strip, f)", True),
    "an archive": (
        "import zipfile",
        "with zipfile.ZipFile(p) as z:\n        return [lambda n=n: z.read(n) for n in z.namelist()]",
        True,
    ),
    "a cursor": ("", "with connection.cursor() as c:\n        c.execute('')\n        return (row for row in c)", True),
    "a pool": (
        "from multiprocessing import Pool",
        "with Pool() as pool:\n        return pool.imap(len, p)",
        True,
    ),
    "a client": (
        "import httpx",
        "with httpx.Client() as client:\n        return (client.get(url) for url in p)",
        True,
    ),
    "a function of the block": (
        "",
        "with open(p) as f:\n        def read():\n            return f.read()\n    return read",
        True,
    ),
    "yielded from": ("", "with open(p) as f:\n        def read():\n            yield from f\n    return read", True),
    "starred": ("", "with open(p) as f:\n        return lambda: [*f]", True),
    "a loop over it": ("", "with open(p) as f:\n        return lambda: [x for y in p for x in f]", True),
    "given to an unknown function": ("", "with open(p) as f:\n        return lambda: parse(f)", True),
    "given to a builtin that draws": ("", "with open(p) as f:\n        return lambda: sorted(f)", True),
    "given to a builtin that does not": ("", "with open(p) as f:\n        return lambda: print(f)", False),
    "an item": ("import shelve", "with shelve.open(p) as f:\n        return lambda: f[p]", True),
    "in a condition alone": ("", "with open(p) as f:\n        return lambda: [x for x in p if f]", False),
    "only compared": ("", "with open(p) as f:\n        return lambda: f is p", False),
    "drawn item by item inside": ("", "with open(p) as f:\n        for line in (x for x in f): print(line)", False),
    "handed to who draws it": ("", "with open(p) as f:\n        return ''.join(x for x in f)", False),
    "a session, which goes on": (
        "import requests",
        "with requests.Session() as s:\n        return lambda url: s.get(url)",
        False,
    ),
    "a lock": ("", "with lock as f:\n        return lambda: f.read()", False),
    "the file itself": ("", "with open(p) as f:\n        return f", False),
    "opened anew by the closure": ("", "with open(p) as f:\n        return lambda: open(f.name).read()", False),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    imports, body, is_late = BLOCKS[name]
    assert reports("CLO320", f"{imports}\ndef o(p):\n    {body}\n") is is_late


# Design.


def test_the_thresholds_of_a_class() -> None:
    text = (
        "def make():\n    n = 0\n"
        "    def one():\n        nonlocal n\n        n += 1\n"
        "    def two(): return n\n    def three(): return -n\n    return one, two, three\n"
    )
    assert codes(text) == ["CLO901:1"]
    assert codes(text, class_functions="3") == []
    assert codes(text, class_functions="3", class_variables="0") == ["CLO901:1"]


# Lambdas that only forward.

FORWARDED = {
    "a parameter": ("emitter.connect(lambda: self.go())", True),
    "what is taken is handed on": ("emitter.connect(lambda a, *b: self.go(a, *b))", True),
    "by a keyword": ("emitter.bind(on_press=lambda *a: self.go(*a))", True),
    "an attribute of a parameter": ("emitter.events.moved.connect(lambda e: self.go(e))", True),
    "an emitter of the module": ("EMITTER.subscribe(lambda e: self.go())", True),
    "part of self": ("self.button.connect(lambda: self.go())", False),
    "made here": ("button = Button()\n        button.connect(lambda: self.go())", False),
    "an argument of its own": ("emitter.connect(lambda: self.go(1))", False),
    "in another order": ("emitter.connect(lambda a, b: self.go(b, a))", False),
    "a default": ("emitter.connect(lambda a=1: self.go(a))", False),
    "called at once": ("emitter.run(lambda: self.go())", False),
    "given to a function": ("connect(lambda: self.go())", False),
    "the method itself": ("emitter.connect(self.go)", False),
}


@pytest.mark.parametrize("name", FORWARDED)
def test_forwarding_lambdas(name: str) -> None:
    connect, forwards = FORWARDED[name]
    text = f"EMITTER = object()\nclass View:\n    def __init__(self, emitter):\n        {connect}\n"
    assert reports("CLO314", text, select="CLO314") is forwards
    assert codes(f"import tkinter\n{text}", select="CLO314") == []
