"""Is every repair refused that is known to go wrong? One test a trap, from the rule to the new text."""

from __future__ import annotations

import sys

import pytest

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.model import Safety


def fixed(text: str, *, unsafe: bool = True, style: str = "keyword") -> str:
    """Return the text after --apply, with every code switched on."""
    compile(text, "t.py", "exec")
    return flake8_closures.fix(text, "t.py", Config(unsafe_fixes=unsafe, extended=True, bind_style=style)).text


def findings(text: str) -> list[str]:
    return [f"{found.code} {found.name}" for found in flake8_closures.check(text, "t.py", Config())]


STYLES = ("keyword", "default", "partial", "factory")

# Late binding. What no style may touch, whatever the user allows.

NEVER = {
    "the closure is a generator expression": (
        "def o(rows):\n    for n in rows:\n        keep.append(r + n for r in rows)\n"
    ),
    "the value comes later in the iteration": (
        "def o():\n    fs = []\n    for _ in range(2):\n        fs.append(lambda: late)\n"
        "        late = make()\n    return fs\n"
    ),
    "the iteration binds it again and the closure wants that": (
        "def o():\n    fs = []\n    for w in 'ab':\n        t = '?'\n        fs.append(lambda: t)\n"
        "        t = w.upper()\n"
        "    return fs\n"
    ),
    "a sibling that is defined later": (
        "def o():\n    fs = []\n    for n in range(2):\n        def one(): return two()\n        def two(): return 1\n"
        "        fs.append(one)\n    return fs\n"
    ),
    "a function that does not exist yet": "fs = []\nfor i in range(2):\n    i = fs.append(lambda: i)\n",
    "a method, and the class has an attribute of that name": (
        "def o():\n    made = []\n    for n in 'ab':\n        class A:\n            n = 'ATTR'\n"
        "            def m(self): return n\n        made.append(A)\n    return made\n"
    ),
    "a method that writes the variable": (
        "def o():\n    made = []\n    for n in range(2):\n        class A:\n            def m(self):\n"
        "                nonlocal n\n                n += 1\n        made.append(A)\n    return made\n"
    ),
    "a function that declares the variable global": (
        "fs = []\nfor n in range(2):\n    def f():\n        global n\n        n += 1\n        return n\n"
        "    fs.append(f)\n"
    ),
    "the deleted variable": (
        "def o():\n    fs = []\n    for n in range(2):\n        fs.append(lambda: n)\n        del n\n    return fs\n"
    ),
    "a private name of a class": (
        "class A:\n    def m(self):\n        fs = []\n        for __n in range(2):\n"
        "            fs.append(lambda: __n)\n"
        "        return fs\n"
    ),
}


@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("style", STYLES)
def test_never_bound(name: str, style: str) -> None:
    assert fixed(NEVER[name], style=style) == NEVER[name]


# Why a method is not bound: the finding shows the place.

METHOD = "def o():\n    made = []\n    for n in 'ab':\n        class A:\n{}        made.append(A)\n    return made\n"
OBSTACLES = [
    (
        "            n = 1\n            def m(self): return n\n",
        (5, "a default of the method would be this 'n' of the class"),
    ),
    ("            def m(self, **k): return n\n", (5, "a caller's keyword could take the place of a parameter 'n'")),
    (
        "            def m(self):\n                nonlocal n\n                n += 1\n",
        (7, "the method assigns it, and a parameter would forget that after each call"),
    ),
]


@pytest.mark.parametrize(("body", "told"), OBSTACLES)
def test_why_a_method_is_not_bound(body: str, told: tuple[int, str]) -> None:
    (finding,) = flake8_closures.check(METHOD.format(body))
    line, text = told
    assert [(note.span.line, note.text) for note in finding.notes[2:]] == [(line, f"not repaired: {text}")]
    assert finding.remedies == ()


def test_a_method_that_can_be_bound_has_no_obstacle() -> None:
    (finding,) = flake8_closures.check(METHOD.format("            def m(self): return n\n"))
    assert finding.remedies and len(finding.notes) == 2


# What the first choice would break, and what is chosen instead. `{}` is the closure.

CONNECT = (
    "from PySide6.QtWidgets import QPushButton\ndef o(names):\n    for n in names:\n        b = QPushButton(n)\n{}"
)
INSTEAD: dict[str, tuple[str, dict[str, str]]] = {
    "a Qt slot is handed as many arguments as it has places": (
        CONNECT.format("        b.clicked.connect(lambda: show(n))\n"),
        dict.fromkeys(("keyword", "default", "partial"), "lambda *, n=n: show(n)")
        | {"factory": "(lambda n: lambda: show(n))(n)"},
    ),
    "whichever Qt it is": (
        CONNECT.replace("PySide6", "PyQt6").format("        b.clicked.connect(lambda: show(n))\n"),
        dict.fromkeys(("keyword", "default", "partial"), "lambda *, n=n: show(n)"),
    ),
    "so is what traitlets call": (
        "import traitlets\nfor n in names:\n    box.on_trait_change(lambda: show(n))\n",
        dict.fromkeys(("keyword", "default", "partial"), "lambda *, n=n: show(n)"),
    ),
    "curve_fit counts the parameters": (
        "from scipy.optimize import curve_fit\nfs = []\nfor n in r:\n    g = lambda x, a: a * x + n\n    fs.append(g)\n"
        "for g in fs:\n    curve_fit(g, x, y)\n",
        dict.fromkeys(("keyword", "default", "partial"), "lambda x, a, *, n=n: a * x + n"),
    ),
    "every parameter of a FastAPI route can be set from outside": (
        "from fastapi import FastAPI\napp = FastAPI()\nfor n in names:\n    app.get('/' + n)(lambda: n)\n",
        dict.fromkeys(STYLES, "(lambda n: lambda: n)(n)"),
    ),
    "and of a decorated one": (
        "from fastapi import FastAPI\napp = FastAPI()\nfor n in names:\n    @app.get('/' + n)\n    def view(q: int):\n"
        "        return n\n",
        dict.fromkeys(STYLES, "def make_view(n):\n        @app.get('/' + n)\n        def view(q: int):"),
    ),
    "every parameter of a Typer command is an option": (
        "import typer\napp = typer.Typer()\nfor n in names:\n    @app.command(n)\n    def run():\n        print(n)\n",
        dict.fromkeys(STYLES, "def make_run(n):"),
    ),
    "but click does not look": (
        "import click\ng = click.Group()\nfor n in names:\n    @g.command(n)\n    def run():\n        click.echo(n)\n",
        {"keyword": "def run(*, n=n):", "default": "def run(n=n):", "partial": "def run(*, n=n):"},
    ),
    "nor does Flask": (
        "from flask import Flask\napp = Flask('a')\nfor n in r:\n    app.add_url_rule('/' + n, n, lambda: n)\n",
        {"keyword": "n, lambda *, n=n: n)", "default": "n, lambda n=n: n)"},
    ),
    "and pytest takes no parameter with a default for a fixture": (
        "import pytest\nmade = []\nfor n in r:\n    @pytest.fixture\n    def f(tmp_path):\n        return n\n"
        "    made.append(f)\n",
        {"keyword": "def f(tmp_path, *, n=n):", "default": "def f(tmp_path, n=n):"},
    ),
    "every parameter is fitted by lmfit": (
        "import lmfit\nms = []\nfor n in r:\n    ms.append(lmfit.Model(lambda x, a: a * x + n))\n",
        dict.fromkeys(STYLES, "Model((lambda n: lambda x, a: a * x + n)(n))"),
    ),
    "and gets a slider of ipywidgets": (
        "from ipywidgets import interactive\nms = []\nfor n in r:\n    ms.append(interactive(lambda x: x + n, x=3))\n",
        dict.fromkeys(STYLES, "interactive((lambda n: lambda x: x + n)(n), x=3)"),
    ),
    "pydantic calls a default_factory as it is": (
        "from pydantic import Field\nfs = []\nfor n in r:\n    fs.append(Field(default_factory=lambda: n))\n",
        {"keyword": "default_factory=lambda *, n=n: n", "default": "default_factory=lambda n=n: n"},
    ),
    "and of a discord command an argument": (
        "from discord.ext import commands\nbot = commands.Bot()\nfor n in names:\n    @bot.command(n)\n"
        "    async def run(context):\n        await context.send(n)\n",
        dict.fromkeys(STYLES, "def make_run(n):\n        @bot.command(n)\n        async def run(context):"),
    ),
    "hypothesis fills parameters from the right": (
        "from hypothesis import given\ntests = []\nfor n in r:\n    @given(integers())\n    def test(x):\n"
        "        assert x + n\n    tests.append(test)\n",
        dict.fromkeys(STYLES, "def make_test(n):"),
    ),
    "numba knows no keyword-only parameters": (
        "import numba\nfs = []\nfor n in r:\n    fs.append(numba.njit(lambda x: x + n))\n",
        dict.fromkeys(("keyword", "default", "partial"), "njit(lambda x, n=n: x + n)")
        | {"factory": "njit((lambda n: lambda x: x + n)(n))"},
    ),
    "a decorator that nobody knows may look at the parameters": (
        "from app import task\nfs = []\nfor n in r:\n    @task\n    def f():\n        return n\n    fs.append(f)\n",
        dict.fromkeys(STYLES, "def make_f(n):\n        @task\n        def f():"),
    ),
    "a decorator of the file counts the parameters": (
        "import inspect\ndef task(f):\n    return f if len(inspect.signature(f).parameters) == 1 else None\n"
        "fs = []\nfor n in r:\n    @task\n    def f(x):\n        return n\n    fs.append(f)\n",
        dict.fromkeys(STYLES, "def make_f(n):\n        @task\n        def f(x):"),
    ),
    "the file counts the parameters of what it has kept": (
        "fs = []\nfor n in r:\n    fs.append(lambda x: x + n)\nprint(fs[0].__code__.co_argcount)\n",
        dict.fromkeys(STYLES, "fs.append((lambda n: lambda x: x + n)(n))"),
    ),
    "the file hands in an argument for each name": (
        "from inspect import getfullargspec as ask\nclass A:\n    def add(self, f):\n        self.f = f, ask(f)\n"
        "    def fill(self):\n        for n in r:\n            self.add(lambda x: x + n)\n",
        dict.fromkeys(STYLES, "self.add((lambda n: lambda x: x + n)(n))"),
    ),
    "an argument more goes to *args, not to the variable": (
        "fs = []\nfor n in r:\n    fs.append(lambda *a: a + (n,))\n",
        dict.fromkeys(("keyword", "default"), "lambda *a, n=n: a + (n,)"),
    ),
    "**kwargs may hand in the name": (
        "fs = []\nfor n in r:\n    fs.append(lambda **k: (k, n))\n",
        dict.fromkeys(STYLES, "(lambda n: lambda **k: (k, n))(n)"),
    ),
    "the closure writes the variable": (
        "def o():\n    fs = []\n    for n in range(2):\n        def f():\n            nonlocal n\n            n += 1\n"
        "            return n\n        fs.append(f)\n    return fs\n",
        dict.fromkeys(STYLES, "f = make_f(n)"),
    ),
    "a function that calls itself": (
        "def o():\n    fs = []\n    for n in range(2):\n        def f(k): return f(k - 1) if k else n\n"
        "        fs.append(f)\n    return fs\n",
        dict.fromkeys(STYLES, "f = make_f("),
    ),
    "of nested functions the outermost is bound": (
        "def o():\n    fs = []\n    for n in range(2):\n        def f():\n            def g(): return n\n"
        "            return g\n        fs.append(f)\n    return fs\n",
        {"keyword": "def f(*, n=n):", "default": "def f(n=n):", "factory": "def make_f(n):\n            def f():"},
    ),
    "all late variables of a closure are bound in one edit": (
        (
            "def o():\n    fs = []\n    for n in range(2):\n        m = n * n\n"
            "        fs.append(lambda: n + m)\n    return fs\n"
        ),
        {"keyword": "lambda *, n=n, m=m: n + m", "default": "lambda n=n, m=m: n + m"},
    ),
    "a counter that goes on": (
        "def o():\n    fs, n = [], 0\n    while n < 3:\n        fs.append(lambda: n)\n        n += 1\n    return fs\n",
        {"keyword": "lambda *, n=n: n"},
    ),
    "for a partial functools is imported": (
        "fs = []\nfor n in r:\n    fs.append(lambda: n)\n",
        {"partial": "import functools\n\nfs = []\nfor n in r:\n    fs.append(functools.partial(lambda n: n, n))\n"},
    ),
    "unless its name is taken": (
        "def functools(): pass\nfs = []\nfor n in r:\n    fs.append(lambda: n)\n",
        {"partial": "fs.append(lambda *, n=n: n)"},
    ),
    "several partials import it once": (
        "fs = []\nfor n in r:\n    fs.append(lambda: n)\n    fs.append(lambda x: n)\n",
        {"partial": "partial(lambda n: n, n))\n    fs.append(functools.partial(lambda n, x: n, n))"},
    ),
    "a decorated function is no partial": (
        "import functools\nfs = []\nfor n in r:\n    @functools.cache\n    def f(): return n\n    fs.append(f)\n",
        {"partial": "def f(*, n=n):", "factory": "def make_f(n):"},
    ),
    "nor is what setattr makes a method of": (
        "class A: pass\nfor n in r:\n    setattr(A, n, lambda this: n)\n",
        {
            "keyword": "lambda this, *, n=n: n",
            "partial": "lambda this, *, n=n: n",
            "factory": "(lambda n: lambda this: n)",
        },
    ),
    "or an attribute of a class": (
        "made = []\nfor n in r:\n    class A: pass\n    A.m = lambda self: n\n    made.append(A)\n",
        {
            "keyword": "lambda self, *, n=n: n",
            "partial": "lambda self, *, n=n: n",
            "factory": "(lambda n: lambda self: n)",
        },
    ),
    "or type()": (
        "made = []\nfor n in r:\n    def m(self): return n\n    made.append(type('A', (), {'m': m}))\n",
        {"keyword": "def m(self, *, n=n)", "partial": "def m(self, *, n=n)", "factory": "def make_m(n):"},
    ),
    "a generator function takes the value when it is made": (
        "def o():\n    fs = []\n    for n in r:\n        def f(): yield n\n        fs.append(f)\n    return fs\n",
        {"keyword": "def f(*, n=n):", "default": "def f(n=n):", "factory": "def make_f(n):\n            def f():"},
    ),
    "so does a coroutine": (
        "def o():\n    fs = []\n    for n in r:\n        async def f(): return n\n        fs += [f]\n    return fs\n",
        {"keyword": "async def f(*, n=n):", "default": "async def f(n=n):", "factory": "async def f(): return n"},
    ),
    "and an element of a comprehension": (
        "fs = [lambda: n for n in r]\n",
        {
            "keyword": "[lambda *, n=n: n for",
            "default": "[lambda n=n: n for",
            "factory": "[(lambda n: lambda: n)(n) for",
        },
    ),
    "the exception of a handler": (
        "def o():\n    fs = []\n    for n in r:\n        try: n()\n        except E as e: fs.append(lambda: e)\n"
        "    return fs\n",
        {"keyword": "lambda *, e=e: e", "default": "lambda e=e: e", "factory": "(lambda e: lambda: e)(e)"},
    ),
    "a method is no partial": (
        "import functools\nmade = []\nfor n in r:\n    class A:\n        def m(self): return n\n    made.append(A)\n",
        dict.fromkeys(("keyword", "partial", "factory", "default"), "def m(self, *, n=n):"),
    ),
}


@pytest.mark.parametrize("line", ["Row.__new__.__defaults__ = (0,)", "print(f.__code__.co_filename)"])
def test_other_parts_of_a_function_tell_no_parameters(line: str) -> None:
    before = f"{line}\nfs = []\nfor n in r:\n    fs.append(lambda x: x + n)\n"
    assert fixed(before) == before.replace("lambda x", "lambda x, *, n=n")


@pytest.mark.parametrize(
    ("name", "style"), [(name, style) for name, (_, wanted) in INSTEAD.items() for style in wanted]
)
def test_bound_otherwise(name: str, style: str) -> None:
    before, wanted = INSTEAD[name]
    after = fixed(before, style=style)
    assert wanted[style] in after
    assert fixed(after, style=style) == after


SAFE = {
    "a list": ("fs = []\nfor n in r:\n    fs.append(lambda: n)\n", True),
    "a thread": (
        (
            "import threading\nts = []\nfor n in r:\n    t = threading.Thread(target=lambda: n)\n"
            "    t.start()\n    ts.append(t)\n"
        ),
        True,
    ),
    "tkinter": ("import tkinter\nfor n in r:\n    tkinter.Button(root, command=lambda: show(n)).pack()\n", True),
    "a Qt signal": (CONNECT.format("        b.clicked.connect(lambda: show(n))\n"), True),
    "an event loop": (
        "import asyncio\nloop = asyncio.new_event_loop()\nfor n in r:\n    loop.call_soon(lambda: show(n))\n",
        True,
    ),
    "an executor of nobody knows where": (
        "import concurrent.futures\nfs = []\nfor n in r:\n    fs.append(self.executor.submit(lambda: n))\n",
        True,
    ),
    "a list that FastAPI may get next": ("import fastapi\nfs = []\nfor n in r:\n    fs.append(lambda: n)\n", False),
    "a signal of nobody knows whom": ("for n in r:\n    thing.connect(lambda: show(n))\n", False),
    "a decorator that nobody knows": ("fs = []\nfor n in r:\n    @d\n    def f(): return n\n    fs.append(f)\n", False),
    "a decorator of the file that looks at the parameters": (
        INSTEAD["a decorator of the file counts the parameters"][0].replace("for n in r:", "def o():\n  for n in r:"),
        True,
    ),
    "a decorator of the standard library": (
        "import functools\nfs = []\nfor n in r:\n    @functools.cache\n    def f(): return n\n    fs.append(f)\n",
        True,
    ),
    "a method": ("made = []\nfor n in r:\n    class A:\n        def m(self): return n\n    made.append(A)\n", False),
    "a counter that goes on": (
        "def o():\n    fs, n = [], 0\n    while n < 3:\n        fs.append(lambda: n)\n        n += 1\n    return fs\n",
        False,
    ),
    "state that another function changes": (
        "def o():\n    fs, n = [], 0\n    def step():\n        nonlocal n\n        n += 1\n    for n in range(2):\n"
        "        fs.append(lambda: n)\n    return fs, step\n",
        False,
    ),
    "what the closure itself changes": (INSTEAD["the closure writes the variable"][0], False),
}


@pytest.mark.parametrize("name", SAFE)
def test_what_is_safe(name: str) -> None:
    before, safe = SAFE[name]
    assert (fixed(before, unsafe=False) != before) is safe
    assert fixed(before) != before
    remedies = [found.remedies[0] for found in flake8_closures.check(before, "t.py", Config()) if found.remedies]
    assert remedies
    for remedy in remedies:
        assert bool(remedy.reason) is (remedy.safety is not Safety.SAFE)


@pytest.mark.parametrize("name", [*NEVER, *INSTEAD])
def test_no_message_advises_what_is_not_done(name: str) -> None:
    text = NEVER[name] if name in NEVER else INSTEAD[name][0]
    late = [each for each in flake8_closures.check(text, "t.py", Config(extended=True)) if each.code < "CLO2"]
    assert late or name in NEVER
    for found in late:
        assert ("bind it with" in found.message) is any(
            remedy.action in ("bind_default", "bind_plain") for remedy in found.remedies[:1]
        )


# Declarations. What is no Python, or never right.

FRAME = "def o():\n    x = 0\n    def f({}):\n        {}\n        x += 1\n    return f, x\n"
NO_DECLARATION = {
    "a parameter": FRAME.format("x", "pass"),
    "an annotated name": (
        "def o():\n    x = 0\n    def f():\n        x: int = x + 1\n        return x\n    return f, x\n"
    ),
    "a bare annotation": FRAME.format("", "x: int"),
    "a lambda": "def o():\n    x = 0\n    return (lambda: (x := x + 1)), x\n",
    "the module itself": "def f(): pass\nprint(x)\nx = 1\n",
    "a name of a builtin alone": "def f():\n    max += 1\n    return max\n",
    "a variable of a comprehension alone": (
        "def o():\n    [x for x in 'a']\n    def f():\n        x += 1\n    return f\n"
    ),
    "an attribute of a class alone": "class A:\n    x = 0\n    def f(self):\n        x += 1\n",
    "an except target": (
        "def o():\n    x = 0\n    def f():\n        print(x)\n        try: pass\n"
        "        except E as x: pass\n    return f, x\n"
    ),
    "a private name": (
        "def o():\n    __x = 0\n    class A:\n        def f(self):\n            __x += 1\n    return A, __x\n"
    ),
    "a class body": "def o():\n    x = 0\n    class A:\n        x += 1\n    return A, x\n",
    "a local accumulator": (
        "def o():\n    x = 0\n    def f():\n        x = 0\n        x += 1\n        return x\n    return f, x\n"
    ),
}


@pytest.mark.parametrize("name", NO_DECLARATION)
def test_never_declared(name: str) -> None:
    before = NO_DECLARATION[name]
    assert fixed(before) == before


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
@pytest.mark.parametrize("head", ["def o[x]():\n    def f():", "def o(x):\n    def f[x]():"])
def test_type_parameters_are_never_declared(head: str) -> None:
    before = f"{head}\n        x += 1\n    return f\n"
    assert fixed(before) == before


NOT_SAFE = {
    "bound by a loop": (
        "def o():\n    x = 0\n    def f():\n        print(x)\n        for x in 'ab': pass\n    return f, x\n"
    ),
    "bound by a with": (
        "def o():\n    x = 0\n    def f():\n        print(x)\n        with c() as x: pass\n    return f, x\n"
    ),
    "imported": "def o():\n    x = 0\n    def f():\n        print(x)\n        import x\n    return f, x\n",
    "defined": "def o():\n    x = 0\n    def f():\n        print(x)\n        def x(): pass\n    return f, x\n",
    "a class": "def o():\n    x = 0\n    def f():\n        print(x)\n        class x: pass\n    return f, x\n",
    **{
        f"looked at with {call}": (
            f"def o():\n    x = 0\n    def f():\n        x += 1\n        return {call}\n    return f, x\n"
        )
        for call in ("locals()", "eval('x')", "exec('x')", "vars()", "dir()")
    },
    "bound by an except clause elsewhere": (
        "def o():\n    x = 0\n    def f():\n        x += 1\n        try: pass\n"
        "        except E as x: pass\n    return f, x\n"
    ),
    "given a value before the loop": (
        "def o(rows):\n    x = 0\n    def f():\n        for row in rows:\n            if row: print(x)\n"
        "            x = row\n    return f, x\n"
    ),
    "state of the module on one way": (
        "_cache = None\ndef f(c):\n    if c: _cache = c\n    return _cache\ndef g(): return _cache\n"
    ),
    "a generator that may run twice at a time": (
        "def o(run):\n    done = False\n    def f():\n        yield\n        done = True\n    run(f)\n    return done\n"
    ),
    "a coroutine that may run twice at a time": (
        "def o(run):\n    done = False\n    async def f():\n        done = True\n    run(f)\n    return done\n"
    ),
    "bound first on another way": (
        "def o(c):\n    x = 0\n    def f():\n        if c: x = 1\n        x += 1\n        return x\n    return f, x\n"
    ),
    "a constant of the module": "X_SIZE = 1\ndef f():\n    X_SIZE += 1\n    return X_SIZE\nprint(X_SIZE)\n",
    "an imported name": "import x\ndef f():\n    x += 1\n    return x\n",
    "a lost update": "def o(on):\n    done = False\n    def f():\n        done = True\n    on(f)\n    return done\n",
}


@pytest.mark.parametrize("name", NOT_SAFE)
def test_not_declared_unasked(name: str) -> None:
    before = NOT_SAFE[name]
    assert fixed(before, unsafe=False) == before


@pytest.mark.parametrize("error", ["UnboundLocalError", "NameError"])
def test_an_expected_failure_is_left_alone(error: str) -> None:
    before = (
        f"def o():\n    x = 0\n    def f():\n        try:\n            x += 1\n        except {error}:\n"
        "            return 0\n    return f, x\n"
    )
    assert fixed(before, unsafe=False) == before


def test_every_name_of_an_assignment_is_declared_at_once() -> None:
    before = "def o():\n    a = b = 0\n    def f():\n        a, b = b, a\n    return f, a, b\n"
    assert fixed(before) == before.replace("        a, b =", "        nonlocal b, a\n        a, b =")


def test_an_enclosing_global_makes_it_global() -> None:
    before = "x = 0\ndef o():\n    global x\n    x = 1\n    def f():\n        x += 1\n    return f, x\n"
    assert "        global x\n        x += 1" in fixed(before)


@pytest.mark.parametrize(
    "binding", ["x = 0\n", "if __name__ == '__main__':\n    x = 0\n", "def setup():\n    global x\n    x = 0\n"]
)
def test_the_module_may_bind_it_later_and_anywhere(binding: str) -> None:
    assert "    global x\n    x += 1" in fixed("def f():\n    x += 1\n" + binding)


@pytest.mark.parametrize("where", ["if c:\n            nonlocal x", "with c:\n            nonlocal x"])
def test_a_declaration_in_a_nested_block_is_one(where: str) -> None:
    before = f"def o(c):\n    x = 0\n    def f():\n        {where}\n        x += 1\n    return f, x\n"
    assert fixed(before) == before


def test_a_declaration_of_a_function_inside_is_not_extended() -> None:
    before = (
        "def o():\n    x = y = 0\n    def f():\n        def g():\n            nonlocal y\n            y = 1\n"
        "        x += 1\n        return g\n    return f, x, y\n"
    )
    after = before.replace("    def f():\n", "    def f():\n        nonlocal x\n", 1)
    assert fixed(before) == after


def test_every_function_that_lacks_the_declaration_is_named() -> None:
    before = "def o():\n    x = 0\n    def f():\n        x += 1\n    def g():\n        x -= 1\n    return f, g, x\n"
    notes = [[note.text for note in found.notes] for found in flake8_closures.check(before, "t.py", Config())]
    assert any("'g' lacks the same declaration" in text for text in notes[0])
    assert any("'f' lacks the same declaration" in text for text in notes[1])
    assert fixed(before).count("nonlocal x") == 2


@pytest.mark.parametrize(
    ("before", "text", "column"),
    [
        (
            "def o():\n    async def c(): pass\n    def f():\n        print(c)\n        c = 1\n    return f, c\n",
            "the 'c' of 'o' is bound here",
            len("    async def "),
        ),
        (
            "def o(xs, fs):\n    for x in xs:\n        y = x\n        fs.append(lambda: y)\n        del y\n",
            "'y' is deleted here",
            len("        del "),
        ),
    ],
)
def test_a_note_stands_at_the_name(before: str, text: str, column: int) -> None:
    notes = [note for found in flake8_closures.check(before, "t.py", Config()) for note in found.notes]
    assert [note.span.column for note in notes if note.text == text] == [column], notes


ADVICE = {
    "an annotated name": ("x: int = x + 1", "add `nonlocal x` and drop the annotation"),
    "a lambda": ("return lambda: (x := x + 1)", "add `nonlocal x`, for which the lambda has to become a def"),
    "an except target": (
        "print(x)\n        try: x = 1\n        except E as x: pass",
        "add `nonlocal x` and rename the variable of the except clause",
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_nothing_is_advised_that_is_no_python(name: str) -> None:
    statement, advice = ADVICE[name]
    (found,) = flake8_closures.check(
        f"def o():\n    x = 0\n    def f():\n        {statement}\n    return f, x\n", "t.py", Config()
    )
    assert found.message.endswith(advice) and not found.remedies


DECLARED = {
    "the nearest variable is meant": "x = 0\ndef o():\n    x = 1\n    def f():\n        {}x += 1\n    return f, x\n",
    "an enclosing nonlocal makes it nonlocal": (
        "x = 0\ndef o():\n    x = 0\n    def p():\n        nonlocal x\n        x += 1\n        def f():\n"
        "            {}x += 1\n        return f\n    return p, x\n"
    ),
    "an attribute of the class between is none": (
        "def o():\n    x = 0\n    class A:\n        x = 5\n        def f(self):\n            {}x += 1\n"
        "    return A, x\n"
    ),
    "every function that binds it": (
        "def o():\n    x = 0\n    def f():\n        {}x += 1\n    def g():\n        {}x -= 1\n    return f, g, x\n"
    ),
    "a default with its name is still the outer one": (
        "def o():\n    x = 3\n    def f(k=x):\n        {}x += k\n        return x\n    return f()\n"
    ),
    "an imported future stays first": (
        "from __future__ import annotations\nx = 0\ndef f():\n    {}x += 1\nf()\nprint(x)\n"
    ),
}


@pytest.mark.parametrize("name", DECLARED)
def test_declared_where_it_belongs(name: str) -> None:
    frame = DECLARED[name]
    before = frame.replace("{}", "")
    lines = []
    for line in frame.splitlines(keepends=True):
        if "{}" in line:
            indent = line[: len(line) - len(line.lstrip())]
            keyword = "nonlocal" if "def o" in frame else "global"
            lines.append(f"{indent}{keyword} x\n")
        lines.append(line.replace("{}", ""))
    after = "".join(lines)
    assert fixed(before, unsafe=False) == after


def test_a_default_with_the_name_of_the_variable_is_taken_outside() -> None:
    space: dict[str, object] = {}
    exec(fixed(DECLARED["a default with its name is still the outer one"].replace("{}", "")) + "result = o()", space)
    assert space["result"] == 6


WRONG_KEYWORD = (
    "def o(on):\n    done = False\n    def f():\n        {}\n        done = True\n    on(f)\n    return done\n"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("global done", "nonlocal done"),
        ("global done  # why", "nonlocal done  # why"),
        ("'doc'; global done; print()", "'doc'; nonlocal done; print()"),
        ("if on:\n            global done", "if on:\n            nonlocal done"),
    ],
)
def test_the_wrong_keyword_is_changed_when_asked_for(before: str, after: str) -> None:
    text = WRONG_KEYWORD.format(before)
    assert fixed(text) == WRONG_KEYWORD.format(after)
    assert fixed(text, unsafe=False) == text


@pytest.mark.parametrize(
    "more",
    ["done = None\n", "def g():\n    return done\n", "from m import *\n", "def g():\n    global done\n    done = 1\n"],
)
def test_a_name_that_the_module_has_keeps_its_keyword(more: str) -> None:
    assert "nonlocal" not in fixed(WRONG_KEYWORD.format("global done") + more)


def test_the_wrong_keyword_of_a_private_name_is_left_alone() -> None:
    before = (
        "def o():\n    __x = 0\n    class A:\n        def f(self):\n            global __x\n            __x = 1\n"
        "    return A, __x\n"
    )
    assert fixed(before) == before
