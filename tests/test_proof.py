"""Does the proof refuse every result that is not exactly what was promised?"""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from flake8_closures.fixes import bind_default, declare_global, declare_nonlocal, proof
from flake8_closures.fixes.promise import Change, Promise
from flake8_closures.tree import Parents

BIND, NONLOCAL, GLOBAL = bind_default.promise, declare_nonlocal.promise, declare_global.promise


def proved(before: str, after: str, promise: Promise, name: str, function: str = "f") -> str:
    """Prove a change of the function with this name, or of the last lambda."""
    parents = Parents(ast.parse(before))
    nodes = [
        node
        for node in ast.walk(parents.module)
        if getattr(node, "name", "") == function or isinstance(node, ast.Lambda)
    ]
    node = max(nodes, key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
    return proof.prove(before, after, [Change(node, (name,), promise, parents)])


def outer(body: str, before: str = "x = 0") -> str:
    return f"def o():\n    {before}\n    def f():\n        {body}\n    return f\n"


LOOP = "def o():\n    for i in range(3):\n        fs.append({})\n"
PLAIN = outer("x += 1; return x")

# The eight insertions that a linter could make and that CPython's compiler refuses; parsers accept all but the last.
BROKEN = {
    "nonlocal after a use": (PLAIN, outer("x += 1; nonlocal x; return x"), NONLOCAL, "x"),
    "nonlocal without a binding": (outer("x += 1", "pass"), outer("nonlocal x; x += 1", "pass"), NONLOCAL, "x"),
    "nonlocal of a parameter": (
        PLAIN.replace("f()", "f(x)"),
        outer("nonlocal x; x += 1; return x").replace("f()", "f(x)"),
        NONLOCAL,
        "x",
    ),
    "a parameter twice": (LOOP.format("lambda i: i"), LOOP.format("lambda i, i=i: i"), BIND, "i"),
    "global and nonlocal": (outer("global x; x += 1"), outer("nonlocal x; global x; x += 1"), NONLOCAL, "x"),
    "global after a use": ("x = 0\n" + PLAIN, "x = 0\n" + outer("x += 1; global x; return x"), GLOBAL, "x"),
    "a walrus in a comprehension": (
        LOOP.format("[i for i in fs]"),
        LOOP.format("[(i := i) for i in fs]"),
        NONLOCAL,
        "i",
    ),
    "a default before a parameter without": (LOOP.format("lambda x: i"), LOOP.format("lambda i=i, x: i"), BIND, "i"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_compile_is_refused(name: str) -> None:
    before, after, promise, variable = BROKEN[name]
    assert proved(before, after, promise, variable, "o").startswith("the result does not compile: ")
    compile(before, "before", "exec")


# What compiles, and is still not what was promised.
WRONG = {
    "nothing changed": (PLAIN, PLAIN, NONLOCAL),
    "the wrong keyword": ("x = 1\n" + PLAIN, "x = 1\n" + outer("global x; x += 1; return x"), NONLOCAL),
    "a global that the module has not": (PLAIN, outer("global x; x += 1; return x"), GLOBAL),
    "a statement more": (PLAIN, outer("nonlocal x; x += 1; print(); return x"), NONLOCAL),
    "a statement less": (PLAIN, outer("nonlocal x; x += 1"), NONLOCAL),
    "another operator": (PLAIN, outer("nonlocal x; x -= 1; return x"), NONLOCAL),
    "another constant": (PLAIN, outer("nonlocal x; x += True; return x"), NONLOCAL),
    "the docstring is none any more": (outer("'doc'; x += 1"), outer("nonlocal x; 'doc'; x += 1"), NONLOCAL),
    "the type comment is none any more": (
        outer("# type: () -> int\n        x += 1"),
        outer("nonlocal x\n        # type: () -> int\n        x += 1"),
        NONLOCAL,
    ),
    "one name too many": (
        outer("x += 1; y = 1", "x = y = 0"),
        outer("nonlocal x, y; x += 1; y = 1", "x = y = 0"),
        NONLOCAL,
    ),
    "another function": (
        PLAIN + "def p():\n    x = 1\n    def g():\n        x = 2\n",
        PLAIN + "def p():\n    x = 1\n    def g():\n        nonlocal x; x = 2\n",
        NONLOCAL,
    ),
    "a positional parameter": (LOOP.format("lambda: i"), LOOP.format("lambda i=i: i"), BIND),
    "another default": (LOOP.format("lambda: i"), LOOP.format("lambda *, i=fs: i"), BIND),
    "a parameter before another": (LOOP.format("lambda *, k: i"), LOOP.format("lambda *, i=i, k: i"), BIND),
    "another lambda": (
        LOOP.format("lambda: i") + "    fs += [lambda: i for i in fs]\n",
        LOOP.format("lambda *, i=i: i") + "    fs += [lambda: i for i in fs]\n",
        BIND,
    ),
    "the attribute of the class": (
        "def o(i):\n    class A:\n        i = 1\n        def f(self): return i\n",
        "def o(i):\n    class A:\n        i = 1\n        def f(self, *, i=i): return i\n",
        BIND,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_was_not_promised_is_refused(name: str) -> None:
    before, after, promise = WRONG[name]
    compile(after, "after", "exec")
    assert proved(before, after, promise, "i" if promise is BIND else "x")


@pytest.mark.parametrize("name", [name for name, (*_, promise) in WRONG.items() if promise is not GLOBAL])
def test_the_compiler_alone_refuses_what_moves_another_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three parts of the proof are independent: without the syntax tree, moved variables are still seen."""
    moves = {"nothing changed", "the wrong keyword", "one name too many", "another function"}
    moves |= {"a positional parameter", "the attribute of the class"}
    if name not in moves:
        pytest.skip("only the syntax tree can tell")
    before, after, promise = WRONG[name]
    monkeypatch.setattr(proof, "_compare_trees", lambda *_: None)
    assert proved(before, after, promise, "i" if promise is BIND else "x")


@pytest.mark.parametrize(
    ("before", "after", "promise", "name"),
    [
        (PLAIN, outer("nonlocal x; x += 1; return x"), NONLOCAL, "x"),
        ("x = 0\n" + PLAIN, "x = 0\n" + outer("global x; x += 1; return x"), GLOBAL, "x"),
        (LOOP.format("lambda: i"), LOOP.format("lambda *, i=i: i"), BIND, "i"),
        (LOOP.format("lambda: i.i"), LOOP.format("lambda *, i=i: i.i"), BIND, "i"),
        ("fs = [lambda: i for i in r]", "fs = [lambda *, i=i: i for i in r]", BIND, "i"),
        ("class A:\n fs = [lambda: i for i in r]", "class A:\n fs = [lambda *, i=i: i for i in r]", BIND, "i"),
        # Line numbers are no part of a promise: those of `type: ignore`, and those that a class keeps from 3.13 on.
        (
            PLAIN + "y = 1  # type: ignore\nclass A:\n    z = 1\n",
            outer("nonlocal x\n        x += 1; return x") + "y = 1  # type: ignore\nclass A:\n    z = 1\n",
            NONLOCAL,
            "x",
        ),
        # A class inside passes the variable on to its methods.
        (
            "for i in r:\n    def f():\n        class A(i):\n            def m(self): return i\n",
            "for i in r:\n    def f(*, i=i):\n        class A(i):\n            def m(self): return i\n",
            BIND,
            "i",
        ),
        (
            "x = 0\n" + outer("x += 1\n        class A:\n            def m(self): return x"),
            "x = 0\n" + outer("global x; x += 1\n        class A:\n            def m(self): return x"),
            GLOBAL,
            "x",
        ),
        # A second closure, and the function itself, go on with the variable that they had.
        (
            LOOP.format("lambda: i") + "        yield i, (j for j in [i])\n    def g(): return i\n",
            LOOP.format("lambda *, i=i: i") + "        yield i, (j for j in [i])\n    def g(): return i\n",
            BIND,
            "i",
        ),
    ],
)
def test_what_was_promised_is_proved(before: str, after: str, promise: Promise, name: str) -> None:
    assert proved(before, after, promise, name) == ""


def test_several_changes_are_proved_together() -> None:
    before = LOOP.format("lambda: i, lambda: (i, 1)") + PLAIN.replace("o()", "p()")
    after = LOOP.format("lambda *, i=i: i, lambda *, i=i: (i, 1)") + outer("nonlocal x; x += 1; return x").replace(
        "o()", "p()"
    )
    parents = Parents(ast.parse(before))
    nodes = list(ast.walk(parents.module))
    changes = [Change(node, ("i",), BIND, parents) for node in nodes if isinstance(node, ast.Lambda)]
    changes += [Change(node, ("x",), NONLOCAL, parents) for node in nodes if getattr(node, "name", "") == "f"]
    assert proof.prove(before, after, changes) == ""
    assert proof.prove(before, after, changes[1:])
    assert proof.prove(before, after, changes[:-1])


def test_two_equal_lambdas_of_one_line_are_told_apart() -> None:
    before, after = LOOP.format("(lambda: i, lambda: i)"), LOOP.format("(lambda: i, lambda *, i=i: i)")
    reason = proved(before, after, BIND, "i")
    # 3.10 keeps one code object for both as long as they are the same, and cannot be asked about one of them.
    assert ("equal lambdas on one line" in reason) == (sys.version_info < (3, 11))
    assert not reason or sys.version_info < (3, 11)


def test_a_file_that_does_not_compile_is_left_alone() -> None:
    assert proved("return\n" + PLAIN, "return\n" + PLAIN, NONLOCAL, "x").startswith(
        "the file does not compile as it is"
    )


def test_a_deep_file_is_refused_or_proved() -> None:
    deep = f"x = {'+'.join('1' * 2000)}\n"
    reason = proved(deep + PLAIN, deep + outer("nonlocal x; x += 1; return x"), NONLOCAL, "x")
    assert reason in ("", "the file is nested too deeply to prove a repair")


@pytest.mark.filterwarnings("error::SyntaxWarning")
def test_warnings_of_the_compiler_stay_inside() -> None:
    odd = "s = 1 is 1\n"
    assert proved(odd + PLAIN, odd + outer("nonlocal x; x += 1; return x"), NONLOCAL, "x") == ""


@pytest.mark.parametrize(
    "module", ["flake8_closures.engine.rounds", "flake8_closures.fixes.proof", "flake8_closures.fixes"]
)
def test_libcst_is_not_imported_before_it_is_needed(module: str) -> None:
    program = f"import {module}, sys; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
