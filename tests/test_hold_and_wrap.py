"""Are `weak=False` and `@functools.wraps` written where they belong, and refused where they would do harm?"""

from __future__ import annotations

import ast

import pytest

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.fixes import hold_strongly, proof, wrap_function
from flake8_closures.fixes.promise import Change
from flake8_closures.tree import Parents

SIGNAL = "from blinker import signal\nsaved = signal('saved')\n"
CALLS = {
    "one argument": ("saved.connect(lambda s: 1)", "saved.connect(lambda s: 1, weak=False)"),
    "with a comment": (
        "saved.connect(lambda s: 1)  # note",
        "saved.connect(lambda s: 1, weak=False)  # note",
    ),
    "a comma at the end": ("saved.connect(lambda s: 1,)", "saved.connect(lambda s: 1, weak=False,)"),
    "a keyword before": (
        "saved.connect(receiver=lambda s: 1, sender = None)",
        "saved.connect(receiver=lambda s: 1, sender = None, weak=False)",
    ),
    "an argument a line": (
        "saved.connect(\n    lambda s: 1,\n    sender=None,\n)",
        "saved.connect(\n    lambda s: 1,\n    sender=None,\n    weak=False,\n)",
    ),
    "an argument a line, no comma at the end": (
        "saved.connect(\n    lambda s: 1\n)",
        "saved.connect(\n    lambda s: 1,\n    weak=False\n)",
    ),
    "comments in the lines": (
        "saved.connect(  # first\n    lambda s: 1,  # second\n)",
        "saved.connect(  # first\n    lambda s: 1,  # second\n    weak=False,\n)",
    ),
    "comments in the lines, no comma at the end": (
        "saved.connect(\n    lambda s: 1  # second\n    # third\n)",
        "saved.connect(\n    lambda s: 1,  # second\n    # third\n    weak=False\n)",
    ),
    "arguments below each other": (
        "saved.connect(lambda s: 1,\n              # more\n              sender=None)",
        "saved.connect(lambda s: 1,\n              # more\n              sender=None,\n              weak=False)",
    ),
    "a call that is called": (
        "signal('x').connect(lambda s: 1)",
        "signal('x').connect(lambda s: 1, weak=False)",
    ),
    "two in a line": (
        "saved.connect(lambda s: 1); saved.connect(lambda s: 2)",
        "saved.connect(lambda s: 1, weak=False); saved.connect(lambda s: 2, weak=False)",
    ),
    "behind wide characters": (
        "print('äöü'); saved.connect(lambda s: 'é')",
        "print('äöü'); saved.connect(lambda s: 'é', weak=False)",
    ),
}


def fixed(text: str, codes: str) -> str:
    config = Config.from_values({"select": codes, "unsafe_fixes": True})
    return flake8_closures.fix(text, "t.py", config).text


@pytest.mark.parametrize("name", CALLS)
def test_weak_false_is_added(name: str) -> None:
    before, after = CALLS[name]
    assert fixed(f"{SIGNAL}{before}\n", "CLO330") == f"{SIGNAL}{after}\n"
    inside = "def f():\n    " + before.replace("\n", "\n    ") + "\n"
    assert fixed(SIGNAL + inside, "CLO330") == SIGNAL + "def f():\n    " + after.replace("\n", "\n    ") + "\n"


def test_weak_false_keeps_the_line_ends() -> None:
    text = f"{SIGNAL}saved.connect(\n    lambda s: 1,\n)\n".replace("\n", "\r\n")
    assert fixed(text, "CLO330") == text.replace("1,\r\n", "1,\r\n    weak=False,\r\n")


def test_it_is_unsafe() -> None:
    text = f"{SIGNAL}saved.connect(lambda s: 1)\n"
    assert flake8_closures.fix(text, "t.py", Config()).text == text


def test_a_bare_decorator_has_no_place_for_it() -> None:
    text = f"{SIGNAL}def f():\n    @saved.connect\n    def g(s): pass\n"
    (finding,) = flake8_closures.check(text, "t.py", Config())
    assert finding.remedies == ()


WRAPPER = "def log(func):\n    def inner(*args):\n        return func(*args)\n    return inner\n"
WRAPPED = WRAPPER.replace("    def inner", "    @{}(func)\n    def inner")
FULL, SHORT = WRAPPED.format("functools.wraps"), WRAPPED.format("wraps")
IMPORTS = {
    # what stands above the decorator, and what stands there afterwards
    "functools": ("import functools\n\n\n", "import functools\n\n\n"),
    "nothing": ("", "import functools\n\n\n"),
    "a docstring": ('"""Doc."""\n\n\n', '"""Doc."""\n\nimport functools\n\n\n'),
    "others, by the alphabet": ("import ast\nimport os\n\n\n", "import ast\nimport functools\nimport os\n\n\n"),
    "others, all before": ("import ast\nimport re\n\n\n", "import ast\nimport functools\nimport re\n\n\n"),
    "only those that come before": ("import abc\nimport ast\n\n\n", "import abc\nimport ast\nimport functools\n\n\n"),
    "names from others": ("from os import path\n\n\n", "import functools\nfrom os import path\n\n\n"),
    "the future": (
        "from __future__ import annotations\n\nimport os\n\n\n",
        "from __future__ import annotations\n\nimport functools\nimport os\n\n\n",
    ),
    "a comment at the top": ("# licence\n\nimport os\n\n\n", "# licence\n\nimport functools\nimport os\n\n\n"),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_wraps_is_added_and_functools_imported(name: str) -> None:
    above, after = IMPORTS[name]
    assert fixed(above + WRAPPER, "CLO902") == after + FULL


def test_wraps_is_spelled_as_the_module_does() -> None:
    assert fixed("from functools import wraps\n" + WRAPPER, "CLO902") == "from functools import wraps\n" + SHORT


def test_several_wrappers_share_the_import() -> None:
    twice = WRAPPER + "\n\n" + WRAPPER.replace("log", "log_again")
    after = fixed(twice, "CLO902")
    assert after.count("import functools\n") == 1
    assert after.count("@functools.wraps(func)") == 2


REFUSED = {
    "the name is a variable": "functools = 1\n" + WRAPPER,
    "the name is a parameter": "def g(functools): return functools\n" + WRAPPER,
    "the name may come with a star": "from os import *\n" + WRAPPER,
    "imported under another name, and taken": "import functools as f\nfunctools = f\n" + WRAPPER,
    "no line of its own for the import": "import ast; import os\n" + WRAPPER,
}


@pytest.mark.parametrize("name", REFUSED)
def test_wraps_is_refused(name: str) -> None:
    assert fixed(REFUSED[name], "CLO902") == REFUSED[name]


TOLD = {
    "told already": "saved.connect(g, weak=flag)",
    "told by a star, perhaps": "saved.connect(g, **options)",
    "given by a star": "saved.connect(*receivers)",
}


@pytest.mark.parametrize("name", TOLD)
def test_a_call_that_may_be_told_is_refused(name: str) -> None:
    parents = Parents(ast.parse(TOLD[name]))
    (call,) = (node for node in ast.walk(parents.module) if isinstance(node, ast.Call))
    assert "told" in hold_strongly.objection(call, "saved", parents)


# The proof.

CONNECT = SIGNAL + "def f(g):\n    saved.connect(g)\n    return saved\n"
CHANGED = CONNECT.replace("(g)\n    return", "(g, weak=False)\n    return")
WRONG_CALLS = {
    "another value": CHANGED.replace("False", "True"),
    "another keyword": CHANGED.replace("weak", "strong"),
    "an argument by position": CHANGED.replace("weak=False", "False"),
    "another call too": CHANGED.replace("signal('saved')", "signal('saved', weak=False)"),
    "another line": CHANGED.replace("return saved", "return g"),
    "nothing": CONNECT,
    "broken": CHANGED.replace("False)", "False"),
}


def _proved(before: str, after: str, kind: type[ast.AST], number: int, action: object, name: str) -> str:
    parents = Parents(ast.parse(before))
    node = [node for node in ast.walk(parents.module) if isinstance(node, kind)][number]
    return proof.prove(before, after, [Change(node, (name,), action.promise, parents)])  # type: ignore[attr-defined]


def test_the_promised_call_is_proved() -> None:
    assert _proved(CONNECT, CHANGED, ast.Call, 1, hold_strongly, "saved") == ""


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_another_call_is_not(name: str) -> None:
    assert _proved(CONNECT, WRONG_CALLS[name], ast.Call, 1, hold_strongly, "saved")


WRONG_WRAPPERS = {
    "another function": FULL.replace("wraps(func)", "wraps(log)"),
    "another decorator": FULL.replace("functools.wraps", "functools.cache"),
    "another line": FULL.replace("return inner", "return func"),
    "nothing": WRAPPER,
}


def test_the_promised_wrapper_is_proved() -> None:
    before, after = "import functools\n" + WRAPPER, "import functools\n" + FULL
    assert _proved(before, after, ast.FunctionDef, 1, wrap_function, "func") == ""
    assert _proved(WRAPPER, after, ast.FunctionDef, 1, wrap_function, "func") == ""


@pytest.mark.parametrize("name", WRONG_WRAPPERS)
def test_another_wrapper_is_not(name: str) -> None:
    before, after = "import functools\n" + WRAPPER, "import functools\n" + WRONG_WRAPPERS[name]
    assert _proved(before, after, ast.FunctionDef, 1, wrap_function, "func")


def test_the_import_has_to_come_along_and_alone() -> None:
    for after in (FULL, "import functools\nimport os\n" + FULL, "import functools as f\n" + FULL):
        assert _proved(WRAPPER, after, ast.FunctionDef, 1, wrap_function, "func")
