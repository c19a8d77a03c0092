"""Do repaired programs do the right thing under the frameworks that look at signatures?

Each program is run as it is, repaired in every style, and run again: wrong before, right after. A style that a
framework cannot do with is never what comes out. Install them with `pip install -e '.[test,frameworks]'`; with
`FRAMEWORKS=required` in the environment, as in `.ci/run`, a missing one is a failure.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from libraries import need, run

import flake8_closures
from flake8_closures.config import BIND_STYLES, Config

pytestmark = pytest.mark.frameworks
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

QT = """
from PySide6.QtCore import QCoreApplication, QObject, Signal
application = QCoreApplication.instance() or QCoreApplication([])
class Button(QObject):
    clicked = Signal(bool)
result = []
buttons = []
for number in (10, 20):
    button = Button()
    button.clicked.connect({})
    buttons.append(button)
for button in buttons:
    button.clicked.emit(False)
"""
PROGRAMS: dict[str, tuple[str, str, Any, Any]] = {
    # name: library, program, `result` before, `result` after
    "a Qt slot without parameters": ("PySide6", QT.format("lambda: result.append(number)"), [20, 20], [10, 20]),
    "a Qt slot that takes the state": (
        "PySide6",
        QT.format("lambda state: result.append((state, number))"),
        [(False, 20), (False, 20)],
        [(False, 10), (False, 20)],
    ),
    "a Qt slot that takes any": (
        "PySide6",
        QT.format("lambda *state: result.append(number)"),
        [20, 20],
        [10, 20],
    ),
    "a Qt slot that is a def": (
        "PySide6",
        QT.replace(
            "    button.clicked.connect({})\n",
            "    def slot():\n        result.append(number)\n    button.clicked.connect(slot)\n",
        ),
        [20, 20],
        [10, 20],
    ),
    "curve_fit": (
        "scipy",
        """
from scipy.optimize import curve_fit
models, result = [], []
for shift in (0.0, 1.0):
    models.append(lambda x, a: a * x + shift)
for model in models:
    fitted, _ = curve_fit(model, [1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    result.append((len(fitted), round(float(model(1.0, 1.0)), 3)))
""",
        [(1, 2.0), (1, 2.0)],
        [(1, 1.0), (1, 2.0)],
    ),
    "a FastAPI route": (
        "fastapi",
        """
from fastapi import FastAPI
from fastapi.testclient import TestClient
app = FastAPI()
for name in ("a", "b"):
    app.get("/" + name)(lambda: name)
client = TestClient(app)
result = [client.get("/a").json(), client.get("/a?name=EVIL").json(), client.get("/b?i=EVIL").json()]
""",
        ["b", "b", "b"],
        ["a", "a", "b"],
    ),
    "a decorated FastAPI route": (
        "fastapi",
        """
from fastapi import FastAPI
from fastapi.testclient import TestClient
app = FastAPI()
for name in ("a", "b"):
    @app.get("/" + name)
    async def view(number: int = 0):
        return [name, number]
client = TestClient(app)
result = [client.get("/a?number=3").json(), client.get("/a?name=EVIL").json(), client.get("/b").json()]
""",
        [["b", 3], ["b", 0], ["b", 0]],
        [["a", 3], ["a", 0], ["b", 0]],
    ),
    "a Flask view": (
        "flask",
        """
from flask import Flask
app = Flask("app")
for name in ("a", "b"):
    app.add_url_rule("/" + name, name, lambda: name)
client = app.test_client()
result = [client.get("/a").text, client.get("/a?name=EVIL").text, client.get("/b").text]
""",
        ["b", "b", "b"],
        ["a", "a", "b"],
    ),
    "a Typer command": (
        "typer",
        """
import typer
from typer.testing import CliRunner
app = typer.Typer()
for name in ("first", "second"):
    @app.command(name)
    def run(count: int = 1):
        print(name, count)
runner = CliRunner()
result = [runner.invoke(app, ["first", "--count", "2"]).stdout, runner.invoke(app, ["first", "--name", "E"]).exit_code]
""",
        ["second 2\n", 2],
        ["first 2\n", 2],
    ),
    "traitlets that count the arguments": (
        "traitlets",
        """
import warnings
import traitlets
warnings.simplefilter("ignore")
class Box(traitlets.HasTraits):
    size = traitlets.Int()
result, boxes = [], []
for number in (1, 2):
    box = Box()
    box.on_trait_change(lambda: result.append(number), "size")
    boxes.append(box)
for box in boxes:
    box.size = 5
""",
        [2, 2],
        [1, 2],
    ),
    "traitlets that observe": (
        "traitlets",
        """
import traitlets
class Box(traitlets.HasTraits):
    size = traitlets.Int()
result, boxes = [], []
for number in (1, 2):
    box = Box()
    box.observe(lambda change: result.append((change.new, number)), "size")
    boxes.append(box)
for box in boxes:
    box.size = 5
""",
        [(5, 2), (5, 2)],
        [(5, 1), (5, 2)],
    ),
    "a property of hypothesis": (
        "hypothesis",
        """
from hypothesis import given, settings, strategies as st
tests, seen = [], []
for number in (1, 2):
    @settings(max_examples=3, database=None)
    @given(st.just(7))
    def test(value):
        seen.append((value, number))
    tests.append(test)
for test in tests:
    test()
result = sorted(set(seen))
""",
        [(7, 2)],
        [(7, 1), (7, 2)],
    ),
    "a function that numba compiles": (
        "numba",
        """
import numba
functions = []
for number in (1, 2):
    functions.append(numba.njit(lambda x: x + number))
result = [function(10) for function in functions]
""",
        [12, 12],
        [11, 12],
    ),
    "a click command": (
        "click",
        """
import click
from click.testing import CliRunner
group = click.Group()
for name in ("first", "second"):
    @group.command(name)
    @click.option("--count", default=1)
    def run(count):
        click.echo(f"{name} {count}")
run = CliRunner().invoke
result = [run(group, ["first", "--count", "2"]).output, run(group, ["first", "--name", "E"]).exit_code]
""",
        ["second 2\n", 2],
        ["first 2\n", 2],
    ),
    "a tkinter variable": (
        "tkinter",
        """
import tkinter
interpreter = tkinter.Tcl()
result, variables = [], []
for number in (1, 2):
    variable = tkinter.StringVar(interpreter)
    variable.trace_add("write", lambda *names: result.append(number))
    variables.append(variable)
for variable in variables:
    variable.set("x")
""",
        [2, 2],
        [1, 2],
    ),
}


NEEDED = {"fastapi": ("fastapi", "httpx")}
"""What a program needs, where that is more than its library."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_wrong_before(name: str) -> None:
    library, text, before, _ = PROGRAMS[name]
    need(*NEEDED.get(library, (library,)))
    assert run(text) == before


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("style", BIND_STYLES)
def test_right_after(name: str, style: str) -> None:
    library, text, _, after = PROGRAMS[name]
    fixed = flake8_closures.fix(text, "program.py", Config(unsafe_fixes=True, bind_style=style, extended=True)).text
    assert fixed != text, "no repair is offered"
    need(*NEEDED.get(library, (library,)))
    assert run(fixed) == after


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_safe_is_right(name: str) -> None:
    library, text, before, after = PROGRAMS[name]
    fixed = flake8_closures.fix(text, "program.py", Config()).text
    need(*NEEDED.get(library, (library,)))
    assert run(fixed) == (before if fixed == text else after)
