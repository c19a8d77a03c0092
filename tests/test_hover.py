"""What does an editor show under the cursor? Whose each name is, as CPython has it; of a closure, how it lives."""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator

import harness
import pytest

from flake8_closures import source
from flake8_closures.facts import Facts
from flake8_closures.lsp.places import occurrences, portrait_at, resolution_at
from flake8_closures.model import Reach, Resolution
from flake8_closures.report.to_hover import render
from flake8_closures.tree import first_line

CURSOR = "|"


def hover(text: str, *, markdown: bool = False) -> str:
    """Return what is shown at the cursor of a text."""
    offset = text.index(CURSOR)
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1)
    facts = Facts(source.read(text.replace(CURSOR, "", 1).encode(), "hover.py"))
    about = line, column, facts, occurrences(facts.scopes, facts.source)
    return render(resolution_at(*about), portrait_at(*about), markdown=markdown)


# Names.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("def f(a):\n    return |a", "'a' is local: a variable of function 'f' on line 1"),
        ("def f(a):\n    return lambda: |a", "'a' is enclosing: a variable of function 'f' on line 1"),
        ("a = 1\ndef f():\n    return |a", "'a' is global: a variable of the module"),
        ("|a = 1", "'a' is global: a variable of the module"),
        ("a| = 1", "'a' is global: a variable of the module"),
        ("def f():\n    return |len", "'len' is built-in"),
        ("def f():\n    return |lenn", "'lenn' is bound nowhere in this file, and no built-in has the name"),
        ("|__file__", "'__file__' is global: a variable of the module, where the import system puts it"),
        ("class C:\n    a = 1\n    b = |a", "'a' is local: a variable of class 'C' on line 1"),
        ("[|a for a in ()]", "'a' is local: a variable of the comprehension on line 1"),
        ("class C:\n    __a = 1\n    def f(self): return |__a", "'__a' is bound nowhere in this file"),
        ("class C:\n    def f(self): return |__class__", "'__class__' is enclosing: a variable of class 'C' on line 1"),
        ("def f():\n    global |a\n    a = 1", "'a' is global: a variable of the module"),
        ("def f(*, |a: int = 1): pass", "'a' is local: a variable of function 'f' on line 1"),
        ("def |f(): pass", "'f' is global: a variable of the module"),
        ("@f\nasync  def |f(): pass", "'f' is global: a variable of the module"),
        ("import os.path as |p", "'p' is global: a variable of the module"),
        ("import |os.path", "'os' is global: a variable of the module"),
        ("from m import a as b, |c", "'c' is global: a variable of the module"),
        ("try: 1\nexcept (E, e) as |e: 1", "'e' is global: a variable of the module"),
        ("match 1:\n    case {'b': 1, **|b}: 1", "'b' is global: a variable of the module"),
        ("match 1:\n    case [a, *|b]: 1", "'b' is global: a variable of the module"),
        ("match 1:\n    case a.b() as |b: 1", "'b' is global: a variable of the module"),
        ('é = "😀"; |f = 1', "'f' is global: a variable of the module"),
    ],
)
def test_whose_a_name_is(text: str, shown: str) -> None:
    assert hover(text).startswith(shown)


@pytest.mark.parametrize("text", ["a.|b", "f(|b=1)", "'|a'", "a = 1  # |a", "1 |+ 1", "|", "import os.|path", "x = |1"])
def test_what_is_no_name_shows_nothing(text: str) -> None:
    assert hover(text) == ""


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before Python 3.12 ast does not tell where a name in an f-string is"
)
def test_a_name_in_an_f_string() -> None:
    assert hover("a = 1\nf'é {|a}'").startswith("'a' is global")


def test_where_a_name_is_bound_and_captured() -> None:
    text = "def f():\n    a = 1\n    for a in (): pass\n    def g():\n        nonlocal a; a += 1\n    return lambda: |a"
    assert hover(text) == (
        "'a' is enclosing: a variable of function 'f' on line 1\n"
        "bound on line 2 (assignment), line 3 (loop target), line 5 (augmented assignment)\n"
        "captured by function 'g' on line 4, lambda on line 6"
    )


def test_what_else_is_to_be_known() -> None:
    assert hover("def f():\n    def g():\n        nonlocal a\n        |a = 1\n    a = 0").endswith(
        "declared nonlocal in function 'g' on line 2"
    )
    assert hover("from m import *\n|a") == (
        "'a' is bound nowhere in this file, and no built-in has the name\n`import *` on line 1 may bind it".replace(
            "`", "'"
        )
    )


def test_many_places_are_counted() -> None:
    assert hover("|a = 0\n" + "a = 0\n" * 9).endswith("line 8 (assignment) and 2 more")


REACHES = {
    Reach.LOCAL: symtable.Symbol.is_local,
    Reach.ENCLOSING: symtable.Symbol.is_free,
    Reach.GLOBAL: symtable.Symbol.is_global,
    Reach.BUILTIN: symtable.Symbol.is_global,
    Reach.NOWHERE: symtable.Symbol.is_global,
}


def functions(table: symtable.SymbolTable) -> Iterator[symtable.Function]:
    for child in table.get_children():
        if isinstance(child, symtable.Function):
            yield child
        yield from functions(child)


def test_every_name_of_a_function_is_whose_cpython_says() -> None:
    asked = 0
    for fixture in harness.fixtures():
        if fixture.needs > sys.version_info:
            continue
        facts = Facts(source.read(fixture.text.encode(), fixture.name))
        names = occurrences(facts.scopes, facts.source)
        tables: dict[tuple[str, int], list[symtable.Function]] = {}
        for table in functions(symtable.symtable(fixture.text, fixture.name, "exec")):
            tables.setdefault((table.get_name(), table.get_lineno()), []).append(table)
        for node in ast.walk(facts.source.tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            first = first_line(node)
            found = tables.get((node.name, node.lineno)) or tables.get((node.name, first)) or []
            for name, span in own_names(node, facts) if len(found) == 1 else ():
                told = resolution_at(span.line, span.column, facts, names)
                assert isinstance(told, Resolution), f"{fixture.name}: {name} on line {span.line}"
                assert told.span == span
                assert REACHES[told.reach](found[0].lookup(name)), (fixture.name, told)
                asked += 1
    assert asked > 1000, asked


def own_names(function: ast.FunctionDef, facts: Facts) -> Iterator[tuple[str, source.Span]]:
    """Yield the names that stand in a function, not in a block inside it; those in f-strings left out."""
    stack: list[ast.AST] = [*function.body]
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp)
    while stack:
        node = stack.pop()
        if isinstance(node, (*inner, ast.GeneratorExp, ast.JoinedStr, getattr(ast, "TypeAlias", ast.Lambda))):
            continue
        if isinstance(node, ast.AnnAssign):  # not evaluated in a function, and from 3.14 on in a block of its own
            stack += [node.target, *([node.value] if node.value else [])]
            continue
        if isinstance(node, ast.Name) and not node.id.startswith("__"):
            yield node.id, facts.source.span(node)
        stack += ast.iter_child_nodes(node)


# Closures.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "made = []\nfor number in range(3):\n    made.append(|lambda: number)\n",
            "lambda on line 3 captures\n"
            "- 'number', global, bound on line 2 (loop target); read late: line 2 rebinds it while the closure lives"
            " on\n\noutlives the iteration that makes it: kept by made.append() on line 3",
        ),
        (
            "def f(rows, key):\n    return sorted(rows, key=|lambda row: row[key])\n",
            "lambda on line 2 captures\n- 'key', of function 'f' on line 1, bound on line 1 (parameter)\n\n"
            "lives until it is called by sorted() on line 2",
        ),
        (
            "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return |g\n",
            "'g' is local: a variable of function 'f' on line 1\nbound on line 3 (function definition)\n\n"
            "function 'g' on line 3 captures\n- 'n', of function 'f' on line 1, bound on line 2 (assignment), line 5 "
            "(augmented assignment); bound by the closure itself on line 5\n\n"
            "outlives the call that makes it: returned on line 6",
        ),
        (
            "(\n    x  # for\n    |for x in ()\n)",
            "generator expression on line 1 captures nothing\nno use of it is seen",
        ),
        ("class C:\n    def |m(self): pass", "method 'm' on line 2 captures nothing\nlives as long as class 'C'"),
        (
            "def f():\n    send(|lambda: 1)",
            "captures nothing\nprobably does not outlive the call that makes it: handed to send() on line 2, "
            "where it cannot be followed",
        ),
        (
            "def f(x):\n    x.on_end_do(|lambda: 1)",
            "probably outlives the call that makes it: handed to x.on_end_do()",
        ),
        ("def |f(): pass", "function 'f' on line 1 captures nothing\nlives as long as the module"),
        ("g = lambda: 1\n|g()", "lambda on line 1 captures nothing\nlives until it is called on line 2"),
    ],
)
def test_what_a_closure_captures_and_how_long_it_lives(text: str, shown: str) -> None:
    assert shown in hover(text)


def test_a_name_bound_twice_shows_no_closure() -> None:
    assert "captures" not in hover("g = lambda: 1\ng = 2\n|g")


def test_markdown_keeps_the_lines() -> None:
    shown = hover("a = 1\nf = |lambda: a\nf()", markdown=True)
    assert shown == (
        "**lambda on line 2** captures\n- `a`, global, bound on line 1 (assignment)\n\n"
        "lives until it is called on line 3"
    )
    assert (
        hover("|a = 1", markdown=True) == "`a` is **global**: a variable of the module  \nbound on line 1 (assignment)"
    )


@pytest.mark.parametrize(
    "call", ["engine.process(|lambda: name)", "Thing(|lambda: name)", "x = engine.make(f=|lambda: name)"]
)
def test_of_an_unknown_callee_only_that_it_was_given_the_closure_is_shown(call: str) -> None:
    text = hover(f"def f(engine, names):\n    for name in names:\n        {call}\n")
    assert "handed to " in text and "where it cannot be followed" in text
    assert "called by" not in text and "uses:" not in text
