"""Is what we say about names without a value what CPython does? Programs are analysed, and then run."""

from __future__ import annotations

import random
import sys
import textwrap
import time
from collections.abc import Iterator

import pytest

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.facts import Facts
from flake8_closures.facts.spelling import is_state
from flake8_closures.rules.outer_variable import because, failure
from flake8_closures.source import read


def facts_of(text: str) -> Facts:
    return Facts(read(textwrap.dedent(text).encode(), "program.py"))


def touches(text: str) -> list[tuple[str, int, str]]:
    """Return the name and line of each fact, and how certain it is, in source order."""
    facts = facts_of(text)
    found = [(fact.name, fact.touch.lineno, "always" if fact.always else "sure") for fact in facts.unbound]
    found += [(fact.name, fact.touch.lineno, "sometimes") for fact in facts.sometimes_unbound]
    return sorted(found, key=lambda item: item[1])


# One program after the other. `x` is bound by the module.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x += 1", [("x", 3, "always")]),
        ("x = x + 1", [("x", 3, "always")]),
        ("del x", [("x", 3, "always")]),
        ("x = 1\nx += 1", []),
        ("print(x)\nx = 1", [("x", 3, "always")]),
        ("y = x = x + 1", [("x", 3, "always")]),
        ("(x, y) = (y, x) = x", [("x", 3, "always")]),
        ("return (x := x + 1)", [("x", 3, "always")]),
        ("return [x := x + i for i in c]", [("x", 3, "always")]),
        ("return [i for i in x]\nx = 1", [("x", 3, "always")]),
        ("for i in c:\n  print(x)\n  x = i", [("x", 4, "always")]),
        ("for i in c:\n  if i: print(x)\n  x = i", []),  # the second time round it has a value
        ("for x in x: pass", [("x", 3, "always")]),
        ("for x in c: print(x)", []),
        ("if c: x = 1\nprint(x)", [("x", 4, "sometimes")]),
        ("if c: x = 1\nelse: x = 2\nprint(x)", []),
        ("if c: x = 1\nelse: print(x)", [("x", 4, "sure")]),
        ("if c: x = 1\nif c: print(x)", []),  # the same condition
        ("for i in range(3): x = i\nprint(x)", []),
        ("for i in c: x = i\nprint(x)", [("x", 4, "sometimes")]),
        ("for i in (): x = i\nprint(x)", [("x", 4, "always")]),
        ("while True:\n  x = 1\n  break\nprint(x)", []),
        ("try:\n  x = c()\nexcept ValueError:\n  raise\nprint(x)", []),
        ("try:\n  x\nexcept NameError:\n  x = 1\nprint(x)", []),
        ("try:\n  x\nexcept Exception:\n  x = 1\nprint(x)", []),
        ("try:\n  x += 1\nexcept Exception:\n  print()", [("x", 4, "always")]),
        ("with pytest.raises(NameError):\n  x += 1", []),
        ("match c:\n  case [x]: pass\n  case _: raise ValueError\nprint(x)", []),
        ("def g():\n  nonlocal x\n  x = 1\ng()\nprint(x)\nx = 2", []),
        ("print(x)\nx = 2\ndef g():\n  nonlocal x\n  x = 1", [("x", 3, "always")]),
        ("class A:\n  y = x\nx = 1", [("x", 4, "always")]),
        ("class A:\n  x = x", []),  # a class body looks into the module
        ("def g(n=x): pass\nx = 1", [("x", 3, "always")]),
        ("def g(n: 'x'): pass\nx = 1", []),
        ("y: x = 1\nx = 2", []),  # annotations of local variables are not evaluated
        ("lambda: x\nx = 1", []),  # nobody calls it before
        ("return x\nx = 1", [("x", 3, "always")]),
        ("if False: x = 1\nreturn x", [("x", 4, "always")]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING: from m import x\nreturn x", [("x", 5, "always")]),
        ("import sys\nif c: sys.exit()\nelse: x = 1\nprint(x)", []),
        ("x = 1\ndel x\nx", [("x", 5, "sure")]),
        ("global x\nx += 1", []),
    ],
)
def test_what_is_known_of_a_function(body: str, expected: list[tuple[str, int, str]]) -> None:
    assert touches("x = 1\ndef f(c, y):\n" + textwrap.indent(body, " ")) == expected


def test_annotations_are_evaluated_by_the_def() -> None:
    body = "def f():\n def g(n: x): pass\n x = 1\n"
    assert touches("x = int\n" + body) == ([("x", 3, "always")] if sys.version_info < (3, 14) else [])
    assert touches("from __future__ import annotations\nx = int\n" + body) == []


def test_whose_was_meant() -> None:
    text = "x = 0\ndef f():\n x = 1\n class A:\n  x = 2\n  def g(self):\n   x += 1\n"
    (fact,) = facts_of(text).unbound
    assert fact.outer is not None and fact.outer.scope.name == "f"
    assert (because(fact), failure(fact)) == ("line 7 assigns it", "this read raises UnboundLocalError")


def test_comprehensions_raise_another_error_before_3_12() -> None:
    """Python 3.12 made comprehensions a part of the function around: UnboundLocalError is a NameError as well."""
    text = "def f(xs):\n x = 0\n def g():\n  return [x := x + i for i in xs]\n return g\n"
    (fact,) = facts_of(text).unbound
    assert failure(fact) == "this read raises NameError"
    space: dict[str, object] = {}
    exec(text, space)
    with pytest.raises(UnboundLocalError if sys.version_info >= (3, 12) else NameError):
        space["f"]([1])()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("_cache", "CACHE", "_LOCK", "MAX_SIZE", "_app")),
        *((name, False) for name in ("cache", "_", "_x", "X2", "C1", "__x", "__all__", "Cache", "i")),
    ],
)
def test_state_of_a_module_is_spelled_as_such(name: str, expected: bool) -> None:
    assert is_state(name) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("_mode = 0\ndef f(c):\n if c: _mode = c\n return _mode\n", ["CLO202 _mode"]),
        ("mode = 'slow'\ndef f(c):\n if c: mode = c\n return mode\nprint(mode)\n", ["CLO207 mode"]),
        ("def o(c):\n _mode = 0\n def f():\n  if c: _mode = c\n  return _mode\n return f, _mode\n", ["CLO207 _mode"]),
    ],
)
def test_what_is_surely_meant_is_reported_unasked(body: str, expected: list[str]) -> None:
    found = flake8_closures.check(body, "t.py", Config(select=("CLO2",), extended=True))
    assert [f"{finding.code} {finding.name}" for finding in found] == expected


def test_names_that_somebody_else_fills_in_are_not_missing() -> None:
    """A dozen functions that all need a name would not work without it."""
    text = "def setup():\n shell = make()\n shell.start()\n" + "def make(): pass\n"
    few = text + "".join(f"def f{i}(): return shell.get({i})\n" for i in range(2))
    many = text + "".join(f"def f{i}(): return shell.get({i})\n" for i in range(20))
    assert [lost.variable.name for lost in facts_of(few).lost] == ["shell"]
    assert not facts_of(many).lost


def test_the_lines_of_a_module_need_a_name_as_well() -> None:
    """They fail where nobody binds it; whose name that is shows what the function declares."""
    text = "def setup(words):\n global last\n first = words[0]\n last = words[-1]\n return len(first)\n"
    lines = "setup('ab')\nprint(first, last)\n"
    assert [lost.variable.name for lost in facts_of(text + lines).lost] == ["first"]
    assert not facts_of(text.replace("global last", "pass") + lines).lost


# Many programs, made up and run.


class Writer:
    """Writes a random function. `c()` decides on each way, `log(line, x)` reads, `boom()` may raise ValueError."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines = ["x = 0", "def f(c, log, boom):"]

    def add(self, depth: int, text: str) -> None:
        self.lines.append(" " * depth + text.replace("LINE", str(len(self.lines) + 1)))

    def block(self, depth: int, in_loop: bool, *, jumps: bool = True) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth, in_loop, jumps)

    def statement(self, depth: int, in_loop: bool, jumps: bool) -> None:
        simple = ["x = 1", "x += log(LINE, x)", "log(LINE, x)", "log(LINE, x)", "del x", "boom()", "x = log(LINE, x)"]
        simple += ["(c() and (x := 1)) or log(LINE, x)", "c() or log(LINE, x)", "boom()"]
        simple += ["for x in (1,): pass", "for x in [1][c():]: pass", "[0 for _ in (1,) if (x := 1)]"]
        simple += ["import sys as x", "class x: pass"]
        if jumps:
            simple += ["break", "if c(): continue", "return"] if in_loop else ["return"]
        choice = self.random.random()
        if depth > 4 or choice < 0.55:
            self.add(depth, self.random.choice(simple))
        elif choice < 0.7:
            self.add(depth, "if c():")
            self.block(depth + 1, in_loop, jumps=jumps)
            if self.random.random() < 0.5:
                self.add(depth, "else:")
                self.block(depth + 1, in_loop, jumps=jumps)
        elif choice < 0.8:
            self.add(depth, self.random.choice(["while c():", "for _ in range(2):", "while True:"]))
            self.block(depth + 1, True, jumps=jumps)
            if self.lines[-1].strip() not in ("return", "break"):
                self.add(depth + 1, "if c(): break")
        else:
            self.add(depth, "try:")
            self.block(depth + 1, in_loop, jumps=jumps)
            handled = self.random.random() < 0.7
            if handled:
                self.add(depth, self.random.choice(["except ValueError:", "except ValueError as x:"]))
                self.block(depth + 1, in_loop, jumps=jumps)
            if not handled or self.random.random() < 0.4:
                self.add(depth, "finally:")
                self.block(depth + 1, False, jumps=False)


def runs(text: str, seed: int) -> Iterator[tuple[set[int], int]]:
    """Run a program on many ways; yield the lines that read successfully, and the line that failed or 0."""
    space: dict[str, object] = {}
    exec(compile(text, "made up", "exec"), space)
    for number in range(60):
        chance = random.Random(f"{seed} {number}")
        steps = iter(range(40))
        passed: set[int] = set()

        def decide(chance: random.Random = chance, steps: Iterator[int] = steps) -> bool:
            if next(steps, None) is None:
                raise KeyboardInterrupt
            return chance.random() < 0.5

        def log(line: int, value: object, passed: set[int] = passed, decide: object = decide) -> int:
            passed.add(line)
            return int(decide())  # type: ignore[operator]

        def boom(chance: random.Random = chance) -> None:
            if chance.random() < 0.5:
                raise ValueError

        failed = 0
        try:
            space["f"](decide, log, boom)  # type: ignore[operator]
        except NameError as error:
            trace = error.__traceback__
            while trace is not None:
                failed = trace.tb_lineno if trace.tb_frame.f_code.co_name in ("f", "<listcomp>") else failed
                trace = trace.tb_next
        except (KeyboardInterrupt, TypeError, ValueError):
            pass
        yield passed, failed


@pytest.mark.parametrize("start", range(0, 400, 50))
def test_made_up_programs_do_what_is_said(start: int) -> None:
    for seed in range(start, start + 50):
        writer = Writer(seed)
        writer.block(1, False)
        text = "\n".join(writer.lines) + "\n"
        facts = facts_of(text)
        sure = {fact.touch.lineno for fact in facts.unbound}
        known = {fact.variable.name for fact in facts._touched}
        for passed, failed in runs(text, seed):
            assert not (sure & passed), f"said to fail, and does not:\n{text}"
            assert not failed or "x" in known, f"line {failed} fails, and nothing is said:\n{text}"


# Cost.


def test_cost_grows_with_the_number_of_names() -> None:
    """A function of 8,000 names takes about four times as long as one of 2,000."""

    def seconds(count: int) -> float:
        names = "".join(f"x{i} = {i}\n" for i in range(count))
        body = "".join(f"    if c: x{i} = 1\n    print(x{i})\n    y{i} += 1\n" for i in range(count))
        facts = facts_of(f"{names}def f(c):\n{body}")
        assert len(facts.scopes) == 2
        start = time.process_time()
        assert len(facts.unbound) == count and len(facts.sometimes_unbound) == count and len(facts.lost) == 0
        return time.process_time() - start

    small = max(0.05, min(seconds(2_000) for _ in range(2)))
    assert seconds(8_000) < 12 * small


def test_depth_is_no_matter() -> None:
    nested = "".join(f"{' ' * depth}if c:\n" for depth in range(1, 90)) + " " * 90 + "x += 1\n"
    assert touches("x = 0\ndef f(c):\n" + nested) == [("x", 92, "always")]
    chain = " + ".join(["x"] * 900)
    assert touches(f"x = 0\ndef f(c):\n x = {chain}\n") == [("x", 3, "always")]


# The repair, and the notes.


@pytest.mark.parametrize(
    ("name", "safety"), [("runs", "safe"), ("N", "safe"), ("LIMIT", "unsafe"), ("__count__", "safe")]
)
def test_a_constant_is_not_declared_unasked(name: str, safety: str) -> None:
    text = f"{name} = 0\nclass Run:\n    def begin(self):\n        {name} += 1\n"
    (finding,) = flake8_closures.check(text)
    assert [remedy.safety.value for remedy in finding.remedies] == [safety]
    assert f"global {name}" in flake8_closures.fix(text, config=Config(unsafe_fixes=True)).text


def test_some_of_the_others_that_lack_a_declaration_are_shown() -> None:
    text = "runs = 0\n" + "".join(f"def run_{number}():\n    runs += 1\n" for number in range(8))
    for finding in flake8_closures.check(text):
        others = [note.text for note in finding.notes if "lacks the same declaration" in note.text]
        assert len(set(others)) == 5 and not any(f"'run_{finding.span.line // 2 - 1}'" in other for other in others)


def test_a_value_that_is_gone_is_reported_once() -> None:
    text = "def f(go):\n    try:\n        go()\n    except OSError as error:\n        return lambda: print(error)\n"
    assert [finding.code for finding in flake8_closures.check(text, config=Config(extended=True))] == ["CLO205"]
