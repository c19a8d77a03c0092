"""Does each style of binding write what a careful person would write, prove it, and refuse what it cannot do?"""

from __future__ import annotations

import sys

import libcst as cst
import pytest
from test_fixes import repaired

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.fixes import bind_default, bind_factory
from flake8_closures.fixes.promise import Change

LOOP = "def e():\n    for i in range(3):\n        fs.append({})\n"

LAMBDAS = {
    "bind_plain": {
        "lambda: i": "lambda i=i: i",
        "lambda x: i": "lambda x, i=i: i",
        "lambda x,: i": "lambda x, i=i,: i",
        "lambda x=1: i": "lambda x=1, i=i: i",
        "lambda x, /: i": "lambda x, /, i=i: i",
        "lambda *, k: i": "lambda i=i, *, k: i",
        "lambda x, *, k=1: i": "lambda x, i=i, *, k=1: i",
        "lambda x, /, *, k=1: i": "lambda x, /, i=i, *, k=1: i",
        "((lambda: i))": "((lambda i=i: i))",
    },
    "bind_partial": {
        "lambda: i": "functools.partial(lambda i: i, i)",
        "lambda x: i": "functools.partial(lambda i, x: i, i)",
        "lambda x, /: i": "functools.partial(lambda i, x, /: i, i)",
        "lambda *a: i": "functools.partial(lambda i, *a: i, i)",
        "lambda*a: i": "functools.partial(lambda i, *a: i, i)",
        "lambda x=1, *, k=2: i": "functools.partial(lambda i, x=1, *, k=2: i, i)",
        "lambda *, k: i": "functools.partial(lambda i, *, k: i, i)",
    },
    "bind_factory": {
        "lambda: i": "(lambda i: lambda: i)(i)",
        "lambda x, /, *a, k=1, **q: i": "(lambda i: lambda x, /, *a, k=1, **q: i)(i)",
        "(lambda:\n            i)": "(lambda i: (lambda:\n            i))(i)",
        "lambda x=(lambda: 1): i": "(lambda i: lambda x=(lambda: 1): i)(i)",
    },
}


@pytest.mark.parametrize(("action", "before"), [(action, each) for action, table in LAMBDAS.items() for each in table])
@pytest.mark.parametrize("frame", [LOOP, "fs = [{} for i in 'ab']\n"])
def test_lambda(action: str, before: str, frame: str) -> None:
    which = -2 if "1):" in before else -1
    head = "import functools\n"
    assert repaired(head + frame.format(before), action, "i", which) == head + frame.format(LAMBDAS[action][before])


def test_several_variables() -> None:
    before = "from functools import partial\nfs = [lambda x: x + i + j for i in 'ab' for j in 'ab']"
    for action, wanted in {
        "bind_plain": "lambda x, j=j, i=i: x + i + j",
        "bind_partial": "partial(lambda j, i, x: x + i + j, j, i)",
        "bind_factory": "(lambda j, i: lambda x: x + i + j)(j, i)",
    }.items():
        assert repaired(before, action, "j i") == before.replace("lambda x: x + i + j", wanted)


PLAIN_DEFS = {
    "()": "(i=i)",
    "(a, b,)": "(a, b, i=i,)",
    "(a, /)": "(a, /, i=i)",
    "(\n        a,\n        b,\n    )": "(\n        a,\n        b,\n        i=i,\n    )",
    "(\n        a,\n        *,\n        k=1,\n    )": "(\n        a,\n        i=i,\n        *,\n        k=1,\n    )",
    "(\n        *,\n        k=1,\n    )": "(\n        i=i,\n        *,\n        k=1,\n    )",
    "(\n        # none\n    )": "(\n        # none\n        i=i,\n    )",
}


@pytest.mark.parametrize("before", PLAIN_DEFS)
@pytest.mark.parametrize("head", ["def", "@decorated\n    async def"])
def test_plain_def(head: str, before: str) -> None:
    frame = "def e(i):\n    {} f{}:\n        return i  # late\n    i += 1\n    return f\n"
    assert repaired(frame.format(head, before), "bind_plain", "i") == frame.format(head, PLAIN_DEFS[before])


PARTIAL_DEFS = {
    "()": "(i)",
    "(a, b,)": "(i, a, b,)",
    "(a, /)": "(i, a, /)",
    "(*, k)": "(i, *, k)",
    "(a,\n          b)": "(i, a,\n          b)",
    "(\n        a,\n        b,\n    )": "(\n        i,\n        a,\n        b,\n    )",
    "(  # none\n        # above\n        *a,  # beside\n    )": (
        "(  # none\n        i,\n        # above\n        *a,  # beside\n    )"
    ),
    "(\n        *,\n        k=1,\n    )": "(\n        i,\n        *,\n        k=1,\n    )",
    "(\n        # none\n    )": "(\n        # none\n        i,\n    )",
}


@pytest.mark.parametrize("before", PARTIAL_DEFS)
def test_partial_def(before: str) -> None:
    frame = "import functools\ndef e(i):\n    def f{}:\n        return i  # late\n{}    i += 1\n    return f\n"
    after = frame.format(PARTIAL_DEFS[before], "\n    f = functools.partial(f, i)\n")
    assert repaired(frame.format(before, ""), "bind_partial", "i") == after


IMPORTED = {
    "{}fs = [CLOSURE]\n": "\n",
    "{}class C:\n    fs = [CLOSURE]\n": "\n\n",
    "#!/usr/bin/env python\n# why\n\n{}fs = [CLOSURE]\n": "\n",
    "'doc'\n\n{}import os\nfs = [CLOSURE]\n": "",
    "from __future__ import annotations\n\n{}import os\nfs = [CLOSURE]\n": "",
    "__version__ = '1'\n\n{}import os\nfs = [CLOSURE]\n": "",
    "import abc\n{}import os, sys\nfs = [CLOSURE]\n": "",
    "import abc\n{}\nfrom x import y\nfs = [CLOSURE]\n": "",
    "# about os\n{}import os\nfs = [CLOSURE]\n": "",
    "{}from x.y import z\nfs = [CLOSURE]\n": "\n",
    "{}from . import z\nfs = [CLOSURE]\n": "\n",
    "{}from os.path import join\nfs = [CLOSURE]\n": "",
}
"""By the place of the new import, the empty lines behind it."""


@pytest.mark.parametrize("frame", IMPORTED)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_partial_imports_functools(frame: str, end: str) -> None:
    before = frame.format("").replace("CLOSURE", "lambda: i for i in r")
    after = frame.format(f"import functools\n{IMPORTED[frame]}").replace(
        "CLOSURE", "functools.partial(lambda i: i, i) for i in r"
    )
    assert repaired(before.replace("\n", end).encode(), "bind_partial", "i") == after.replace("\n", end)


def test_an_import_comes_behind_the_docstring() -> None:
    after = "'doc'\n\nimport functools\n\nfs = [functools.partial(lambda i: i, i) for i in r]\n"
    assert repaired("'doc'\nfs = [lambda: i for i in r]\n", "bind_partial", "i") == after


FACTORIES = {
    "a plain def": (
        "    def f(x):\n        '''doc\n  odd'''\n        return x + i  # late\n",
        "    def make_f(i):\n        def f(x):\n            '''doc\n  odd'''\n            return x + i  # late\n"
        "\n        return f\n\n"
        "    f = make_f(i)\n",
    ),
    "a decorated one": (
        "    # why\n    @app.get(\n        f'/{i}',\n    )\n    # and\n    async def f(x: int, *,\n            y=(1,\n"
        "               2)) -> int:\n        # first\n        return x + i\n        # last\n",
        "    # why\n    def make_f(i):\n        @app.get(\n            f'/{i}',\n        )\n        # and\n"
        "        async def f(x: int, *,\n                y=(1,\n                   2)) -> int:\n            # first\n"
        "            return x + i\n            # last\n\n        return f\n\n"
        "    f = make_f(i)\n",
    ),
    "one line": (
        "    def f(): return i\n",
        "    def make_f(i):\n      def f(): return i\n\n      return f\n\n    f = make_f(i)\n",
    ),
    "it reads itself": (
        "    def f(n): return f(n - 1) if n else i\n",
        "    def make_f(i):\n      def f(n): return f(n - 1) if n else i\n\n      return f\n\n    f = make_f(i)\n",
    ),
    "it writes the variable": (
        "    def f():\n        nonlocal i\n        i += 1\n        return i\n",
        "    def make_f(i):\n        def f():\n            nonlocal i\n            i += 1\n            return i\n"
        "\n        return f\n\n"
        "    f = make_f(i)\n",
    ),
    "a method inside": (
        "    def f():\n        class A:\n            def m(self): return i\n        return A\n",
        "    def make_f(i):\n        def f():\n            class A:\n                def m(self): return i\n"
        "            return A\n\n        return f\n\n"
        "    f = make_f(i)\n",
    ),
    "a generator": (
        "    def f():\n        yield i, lambda: i\n",
        "    def make_f(i):\n        def f():\n            yield i, lambda: i\n\n        return f\n\n"
        "    f = make_f(i)\n",
    ),
}


@pytest.mark.parametrize("name", FACTORIES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_factory_def(name: str, end: str) -> None:
    before, after = (f"def e():\n  for i in range(3):\n{body}    fs.append(f)\n" for body in FACTORIES[name])
    which = 1
    assert repaired(before.replace("\n", end).encode(), "bind_factory", "i", which) == after.replace("\n", end)


def test_a_function_that_reads_only_itself() -> None:
    before = "for i in r:\n    def f(n):\n        return f(n - 1)\n    fs.append(f)\n"
    after = "for i in r:\n    def make_f():\n        def f(n):\n            return f(n - 1)\n\n        return f\n"
    assert repaired(before, "bind_factory", "f") == after + "\n    f = make_f()\n    fs.append(f)\n"


def test_the_name_of_a_factory_is_new() -> None:
    before = "make_f = 1\nfor i in r:\n    def f(): return i\n"
    assert "def make_f_2(i):" in repaired(before, "bind_factory", "i")


def test_what_makes_a_maker_is_called_otherwise() -> None:
    before = "for i in r:\n    def make_tea(): return i\n"
    assert "    make_tea = bind_make_tea(i)\n" in repaired(before, "bind_factory", "i")


@pytest.mark.parametrize(("shown", "is_safe"), [("len(fs)", True), ("locals()", False)])
def test_new_names_are_not_safe_where_the_function_looks_at_all_of_them(shown: str, is_safe: bool) -> None:
    loop = "    for i in range(3):\n        def f(**kw): return i\n        fs.append(f)\n"
    text = f"def e():\n    fs = []\n{loop}    return fs, {shown}\n"
    assert ("def make_f(i):" in flake8_closures.fix(text, "made.py", Config()).text) == is_safe
    assert "def make_f(i):" in flake8_closures.fix(text, "made.py", Config(unsafe_fixes=True)).text


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
def test_a_generic_function_is_made_in_a_factory() -> None:
    before = "def e():\n    for i in 'ab':\n        def f[T](x: T) -> T: return i\n        fs.append(f)\n"
    assert "def make_f(i):\n            def f[T](x: T)" in repaired(before, "bind_factory", "i")


@pytest.mark.parametrize("indent", ["\t", "  ", "    "])
def test_the_step_of_indentation_is_that_of_the_file(indent: str) -> None:
    before = "for i in r:\n\tdef f(): return i\n\tfs.append(f)\n".replace("\t", indent)
    after = "for i in r:\n\tdef make_f(i):\n\t\tdef f(): return i\n\n\t\treturn f\n\n\tf = make_f(i)\n\tfs.append(f)\n"
    assert repaired(before, "bind_factory", "i") == after.replace("\t", indent)


ANNOTATED = {
    "i: int\n  for i in range(3):\n    def f(x: str): return i": "def f(x: str, *, i: int = i)",
    "i: int\n  for i in range(3):\n    def f(x): return i": "def f(x, *, i=i)",
    "i: Row\n  for i in range(3):\n    def f(x) -> Row: return i": "def f(x, *, i: Row = i) -> Row",
    "i: list[Row]\n  for i in range(3):\n    def f(x) -> str: return i": "def f(x, *, i: 'list[Row]' = i) -> str",
    "i: Final[int]\n  for i in range(3):\n    def f(x) -> str: return i": "def f(x, *, i=i) -> str",
    "for i in range(3):\n    def f(x) -> str: return i": "def f(x, *, i=i) -> str",
}


@pytest.mark.parametrize("body", ANNOTATED)
def test_an_annotated_function_gets_the_annotation_of_the_variable(body: str) -> None:
    assert ANNOTATED[body] in repaired(f"def e():\n  {body}\n", "bind_default", "i")


def test_annotations_that_nobody_evaluates_are_copied_as_they_are() -> None:
    before = "from __future__ import annotations\ndef e(i: Row):\n  def f(x) -> str: return i\n  i += 1\n  return f\n"
    assert "def f(x, *, i: Row = i) -> str" in repaired(before, "bind_default", "i")
    assert "def f(x, i: Row = i) -> str" in repaired(before, "bind_plain", "i")
    assert "def make_f(i: Row):" in repaired(before, "bind_factory", "i")
    assert "def f(i: Row, x) -> str" in repaired(before, "bind_partial", "i")


@pytest.mark.parametrize(
    ("before", "action", "reason"),
    [
        (LOOP.format("lambda *a: i"), "bind_plain", "an argument meant for *a would become 'i'"),
        (LOOP.format("lambda **k: i"), "bind_plain", "**k could hand in another 'i'"),
        (LOOP.format("lambda **k: i"), "bind_partial", "**k could hand in another 'i'"),
        *(
            (head + LOOP.format("lambda: i"), "bind_partial", "functools is not imported, and its name is taken")
            for head in (
                "import functools\nfunctools = 1\n",
                "import os as functools\n",
                "from x import *\n",
                "print(functools)\n",
                "def f(functools): pass\n",
                "try: import functools\nexcept E: pass\n",
            )
        ),
        ("'doc'; x = 1\n" + LOOP.format("lambda: i"), "bind_partial", "there is no line of its own for the import"),
        (
            "import functools\nfor i in r:\n  @d\n  def f(): return i\n",
            "bind_partial",
            "its decorator would get the function without the value",
        ),
        (
            "import functools\nfor i in r:\n  class A:\n    def f(self): return i\n",
            "bind_partial",
            "a partial is no method",
        ),
        ("for i in r:\n  class A:\n    def f(self): return i\n", "bind_factory", "a method is made by its class"),
        (
            "async def e():\n  for i in r:\n    def f(x=await g()): return i\n",
            "bind_factory",
            "what is evaluated when the function is made has to stay where it is",
        ),
        (
            "def e():\n  for i in r:\n    @d((y := 1))\n    def f(): return i\n",
            "bind_factory",
            "what is evaluated when the function is made has to stay where it is",
        ),
        (LOOP.format("(i for _ in r)"), "bind_factory", "a generator expression draws its first iterable at once"),
        (LOOP.format("lambda i: i"), "bind_factory", "'i' is a parameter already"),
        (
            "for _ in r:\n  i = wrap(lambda: i)\n",
            "bind_factory",
            "'i' gets its value from the statement that makes the function",
        ),
        (
            "i = 0\ndef e():\n  for i in r:\n    def f():\n      global i\n      return i\n",
            "bind_factory",
            "the variable did not move to where it was promised",
        ),
        (
            "def e():\n  for i in r:\n    class A:\n      i = 1\n      m = lambda self: i\n",
            "bind_factory",
            "'i' is another variable where the default is taken",
        ),
    ],
)
def test_a_style_is_refused(before: str, action: str, reason: str) -> None:
    assert repaired(before, action, "i") == "!" + reason


def test_what_a_factory_must_not_take_along_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the objections the proof refuses by itself."""
    monkeypatch.setattr(bind_factory, "objection", lambda *_: "")
    for before in (
        "for i in r:\n  class A:\n    j = 1\n    def f(self, k=j): return i\n",
        "def e():\n  for i in r:\n    @d((y := 1))\n    def f(): return i\n    y\n",
        "async def e():\n  for i in r:\n    def f(x=await g()): return i\n",
    ):
        assert repaired(before, "bind_factory", "i").startswith("!")


def test_a_comment_that_would_be_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.BaseExpression:
        return cst.parse_expression("(lambda *, i=i: i)")

    monkeypatch.setattr(bind_default, "rewrite", careless)
    assert repaired("fs = [(lambda:  # why\n  i) for i in r]\n", "bind_default", "i") == "!a comment would be lost"
