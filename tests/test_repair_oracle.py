"""Does a repair change anything but the bug? Generated programs are run before and after, with the same answers to all.

A run in which no closure meets another value than there was when it was made must be the same after the repair: each
read, each result, each exception. A run in which one does must be as if every closure had kept the early value.
"""

from __future__ import annotations

import ast
import builtins
import random
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import late_oracle
import programs
import pytest

from flake8_closures import engine, source
from flake8_closures.config import Config
from flake8_closures.model import Outcome
from flake8_closures.remedies import applicable

FACTORIES = ("make_", "bind_make_")
"""How the functions begin that a repair makes: the second kind are factories of factories."""
STYLES = ("keyword", "factory")
SEEDS = 12
Sites = dict[ast.AST, list[str]]


@dataclass
class Trace:
    """What a run lets see: the values that closures read, what calls gave, what was raised."""

    seen: list[Any] = field(default_factory=list)
    late: bool = False

    def note(self, name: str, value: Any) -> Any:
        self.seen.append((name, value if isinstance(value, int) else type(value).__name__))
        return value

    def compare(self, read: Callable[[], Any], early: Any) -> Any:
        try:
            value = read()
        except NameError:
            self.late = True  # The variable of an `except` clause, whose block is left.
            raise
        self.late = self.late or not _same(value, early)
        return value


def _same(one: Any, other: Any) -> bool:
    """Return whether two values do the same: of functions, also whether their early values are the same."""
    if not late_oracle._same(one, other):
        return False
    kept = [list((getattr(value, "__kwdefaults__", None) or {}).values()) for value in (one, other)]
    return one is other or all(map(_same, *kept))


class Instruments(ast.NodeTransformer):
    """Notes every read of a name in the functions of a program; those of the sites are compared with the early value.

    With `early` they are given that value instead.
    """

    def __init__(self, sites: Sites, early: bool = False) -> None:
        self.sites, self.early = sites, early
        self.depth = 0
        self.kept: dict[str, str] = {}
        """By name, the parameter that holds its early value."""

    def function(self, node: Any) -> Any:
        if getattr(node, "name", "") in programs.PRELUDE:
            return node
        if getattr(node, "name", "").startswith(FACTORIES):
            node.body[0] = self.visit(node.body[0])
            return node
        is_program = getattr(node, "name", "") == "program"
        names = self.sites.get(node, [])
        before = self.kept
        taken = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
        self.kept = {name: kept for name, kept in before.items() if name not in taken}
        for name in names:
            self.kept[name] = f"{name}_early__"
        self.depth += not is_program
        if isinstance(node.body, list):
            node.body = [self.visit(statement) for statement in node.body]
        else:
            node.body = self.visit(node.body)
        self.depth -= not is_program
        self.kept = before
        for name in names:
            node.args.kwonlyargs.append(ast.arg(f"{name}_early__"))
            node.args.kw_defaults.append(ast.Name(name, ast.Load()))
        return node

    visit_Lambda = visit_FunctionDef = function

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return node if node.name in programs.PRELUDE else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        # A factory is not part of the program, nor are its arguments; what is called without any is the program's own.
        if isinstance(node.func, ast.Lambda) and node.args:
            node.func.body = self.visit(node.func.body)
            return node
        return node if getattr(node.func, "id", "").startswith(FACTORIES) else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> Any:
        if not self.depth or not isinstance(node.ctx, ast.Load) or node.id in dir(builtins):
            return node
        value: ast.expr = node
        if node.id in self.kept:
            early = ast.Name(self.kept[node.id], ast.Load())
            nothing = ast.arguments([], [], None, [], [], None, [])
            compared = ast.Call(ast.Name("compare__", ast.Load()), [ast.Lambda(nothing, node), early], [])
            value = early if self.early else compared
        return ast.Call(ast.Name("note__", ast.Load()), [ast.Constant(node.id), value], [])


class Driver(late_oracle.Driver):
    """Notes what the calls give."""

    def __init__(self, run: late_oracle.Run, trace: Trace) -> None:
        super().__init__(run)
        self.trace = trace

    def results(self, value: Any) -> list[Any]:
        try:
            given = super().results(value)
        except Exception as error:
            self.trace.seen.append(type(error).__name__)
            raise
        self.trace.note("given", len(given))
        for each in given:
            self.trace.note("given", each)
        return given


def run(tree: ast.Module, seed: int) -> Trace:
    """Run an instrumented program and whatever it leaves behind."""
    trace = Trace()
    beside = types.SimpleNamespace(observed=late_oracle.Observed())
    answers = late_oracle.Run(beside, random.Random(seed))  # type: ignore[arg-type]
    space: dict[str, Any] = {
        "__builtins__": builtins,
        "__name__": "program",
        "note__": trace.note,
        "compare__": trace.compare,
        "flag": answers.flag,
        "more": answers.flag,
        "fresh": answers.fresh,
        "items": lambda: [answers.fresh() for _ in range(answers.random.choice([0, 1, 2, 3]))],
        "context": answers.context,
        "base": 3,
        "box": types.SimpleNamespace(),
    }
    before = set(space)
    left: list[Any] = []
    try:
        exec(compile(tree, "program.py", "exec"), space)
        if "program" in space:
            result = space["program"](*(space[name] for name in programs.PARAMETERS))
            left += list(result) if isinstance(result, types.GeneratorType) else [result]
    except late_oracle.BrokenOff:
        trace.seen.append("broken off")
    except Exception as error:
        trace.seen.append(f"{type(error).__name__}")
    answers.steps = 0
    names = [name for name in space if name not in before | programs.ENTRIES and not name.startswith(FACTORIES)]
    Driver(answers, trace).everything([*left, space["box"], *(space[name] for name in names)])
    return trace


def instrumented(
    text: str, sites: Sites | None = None, early: bool = False, tree: ast.Module | None = None
) -> ast.Module:
    tree = tree or ast.parse(text)
    return ast.fix_missing_locations(Instruments(sites or {}, early).visit(tree))


def repaired(text: str, style: str) -> tuple[Outcome, Callable[[], tuple[ast.Module, Sites]]]:
    """Return the outcome, and what gives a fresh tree of the text with the closures that are bound."""
    config = Config(select=("CLO1",), unsafe_fixes=True, bind_style=style)
    code = source.read(text.encode(), "program.py")
    wanted = {
        (remedy.span, finding.name)
        for finding in engine.check(code, config)
        for remedy in applicable(finding, config, [r.safety for r in finding.remedies])[:1]
    }

    outcome = engine.fix(code, config)
    # A closure that calls another one is bound together with it: what the other one reads is no finding before.
    known = [set(bound) for _, bound in functions(ast.parse(text))]
    further = [bound - before for (_, bound), before in zip(functions(ast.parse(outcome.text)), known, strict=True)]

    def sites() -> tuple[ast.Module, Sites]:
        tree = ast.parse(text)
        found: Sites = {}
        for (node, _), names in zip(functions(tree), further, strict=True):
            all_names = names | {name for span, name in wanted if code.span(node) == span}
            if all_names:
                found[node] = sorted(all_names)
        return tree, found

    return outcome, sites


def functions(tree: ast.Module) -> list[tuple[ast.AST, set[str]]]:
    """Return the functions of a program as they follow each other, with the variables that each is given when made.

    A factory is none of them: what it takes is given to the function that it makes.
    """
    found: list[tuple[ast.AST, set[str]]] = []

    def visit(node: ast.AST, given: set[str]) -> None:
        if isinstance(node, ast.FunctionDef) and node.name.startswith(FACTORIES):
            visit(node.body[0], given | _names(node.args.args))
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Lambda) and node.args:
            visit(node.func.body, given | _names(node.func.args.args))
            return
        if isinstance(node, (ast.Lambda, ast.FunctionDef)):
            found.append((node, given | _names(node.args.kwonlyargs)))
        for child in ast.iter_child_nodes(node):
            visit(child, set())

    visit(tree, set())
    return found


def _names(arguments: list[ast.arg]) -> set[str]:
    return {argument.arg for argument in arguments}


def differences(text: str, style: str, seeds: Iterable[int]) -> list[str]:
    """Return what a repair changes that it must not; nothing for a text without one."""
    outcome, sites = repaired(text, style)
    if outcome.text == text:
        return []
    found = []
    for seed in seeds:
        tree, known = sites()
        before = run(instrumented(text, known, tree=tree), seed)
        after = run(instrumented(outcome.text), seed)
        if not before.late and before.seen != after.seen:
            found.append(f"seed {seed}: nothing was late, and yet it is not the same")
        if not outcome.refused:
            tree, known = sites()
            early = run(instrumented(text, known, early=True, tree=tree), seed)
            if early.seen != after.seen:
                found.append(f"seed {seed}: not what the early values give")
    return found


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("part", range(4))
def test_a_repair_changes_nothing_but_the_bug(part: int, style: str) -> None:
    repairs = 0
    for number in range(part * 60, part * 60 + 60):
        text = programs.text(random.Random(number).choice)
        assert differences(text, style, range(SEEDS)) == [], text
        repairs += repaired(text, style)[0].text != text
    assert repairs > 5


@pytest.mark.slow
@pytest.mark.parametrize("part", range(16))
@pytest.mark.parametrize("style", STYLES)
def test_thousands_of_programs(part: int, style: str) -> None:
    for number in range(1000 + part * 320, 1000 + part * 320 + 320):
        text = programs.text(random.Random(number).choice)
        assert differences(text, style, range(SEEDS)) == [], text


@pytest.mark.slow
@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(programs.texts(), hypothesis.strategies.sampled_from(STYLES))
def test_no_smaller_program_is_harmed(text: str, style: str) -> None:
    assert differences(text, style, range(4)) == [], text


def test_a_harmful_repair_is_noticed() -> None:
    """The oracle itself: a value that is the wrong one, and one that is not there yet."""
    head = "def program(flag, more, items, fresh, context, base, box):\n    for a in (1, 2):\n"
    text = head + "        b = fresh()\n        f = lambda: a\n        f()\n        c = 1\n"
    before = run(instrumented(text), 1)
    assert not before.late and before.seen.count(("a", 1)) == before.seen.count(("a", 2)) == 1
    assert run(instrumented(text.replace("lambda", "lambda *, a=a")), 1).seen == before.seen
    for wrong in ("a=b", "a=c"):
        assert run(instrumented(text.replace("lambda", f"lambda *, {wrong}")), 1).seen != before.seen
