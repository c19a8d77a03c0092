"""What does CPython say about late binding? Runs a program and compares each captured value with what it was at first.

    python tests/late_oracle.py [--programs N] [--seed S] [--show]      random programs of `programs.py`
    python tests/late_oracle.py FILE...                                 one verdict a line for files of such programs

The analysed text is run with instruments put in, at the very nodes that the facts speak of: a function takes a snapshot
of the variables it captures when it is made, and each read of one compares. Everything opaque (`flag`, `more`, `items`,
`fresh`) is random, so that a few dozen runs take all paths; no two bindings give the same value unless the text
says so. What is still reachable when the program is over is called by the driver.

A capture is stale if in any run a read finds another value than there was when that very object was made, and a loop
that makes it has gone on in between. Another value without that is told apart: the closure was called further down in
the same iteration, as a forward reference is, or after an exception that no statement raises in plain sight, and either
verdict will do. So it will for a function that is nothing but
a global name of its module, which an importer might call or not.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import collections
import contextlib
import itertools
import pathlib
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import programs

from flake8_closures import source
from flake8_closures.facts import Facts
from flake8_closures.facts.blocks import unit
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.model import Binding, BindingKind, Closure

Site = tuple[ast.AST, str]
RUNS, MORE_RUNS = 16, 40_000
"""Runs of each program, and of one whose stale capture has not been seen yet."""
STEPS = 300
"""After this many opaque answers a run is broken off; what it left behind is looked at all the same."""
UNBOUND = object()


class BrokenOff(BaseException):
    """The run takes too long."""


@dataclass(eq=False, slots=True)
class Token:
    """One closure object: the values it captured when it was made, and how often its loops had turned by then."""

    node: ast.AST
    values: dict[str, Any]
    loops: tuple[int, ...]
    turns: tuple[int, ...]
    raised: int
    """How many exceptions there had been that no statement raises in plain sight."""


@dataclass
class Observed:
    """What the runs have shown."""

    stale: set[Site] = field(default_factory=set)
    changed: set[Site] = field(default_factory=set)
    """Read with another value, but in the iteration of the making."""
    errors: collections.Counter[str] = field(default_factory=collections.Counter)


class Instruments(ast.NodeTransformer):
    """Puts the probes into a tree. Nodes keep their identity until they are replaced, so the facts come first."""

    def __init__(self, facts: Facts) -> None:
        self.closures = [closure for closure in facts.closures if facts.captures(closure)]
        self.names: dict[ast.AST, tuple[int, tuple[str, ...]]] = {}
        self.readers: dict[ast.AST, list[int]] = collections.defaultdict(list)
        for number, closure in enumerate(self.closures):
            captures = facts.captures(closure)
            self.names[closure.node] = number, tuple(capture.variable.name for capture in captures)
            for capture in captures:
                for reference in capture.references:
                    self.readers[reference.node].append(number)
        self.loops: dict[ast.AST, int] = {}
        self.guarded = 0
        """How many `try` bodies are around the statement at hand."""

    def turning(self, closure: Closure) -> tuple[int, ...]:
        """Return the numbers of the loops, and of the clauses of comprehensions, that make a closure."""
        parts = [part for loop in closure.loops for part in (loop, *getattr(loop, "generators", ()))]
        return tuple(self.loops[part] for part in parts if part in self.loops)

    def probe(self, name: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])

    def loop(self, node: ast.AST) -> ast.expr:
        return ast.Constant(self.loops.setdefault(node, len(self.loops)))

    def made(self, number: int, names: Iterable[str]) -> ast.expr:
        return self.probe(
            "made__",
            ast.Constant(number),
            ast.Dict([ast.Constant(name) for name in names], [_peek(name) for name in names]),
        )

    def function(self, node: Any, visited: Any) -> Any:
        if node in self.names:
            number, names = self.names[node]
            visited.args.kwonlyargs.append(ast.arg(f"token{number}__"))
            visited.args.kw_defaults.append(self.made(number, names))
        return visited

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return self.function(node, self.generic_visit(node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        guarded, self.guarded = self.guarded, 0
        visited = self.function(node, self.generic_visit(node))
        self.guarded = guarded
        return visited

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        visited = self.generic_visit(node)
        if node not in self.names:
            return visited
        number, names = self.names[node]
        token = ast.arguments([], [ast.arg(f"token{number}__")], None, [], [], None, [])
        return ast.Call(ast.Lambda(token, visited), [self.made(number, names)], [])

    def visit_Name(self, node: ast.Name) -> Any:
        if node not in self.readers or not isinstance(node.ctx, ast.Load):
            return node
        tokens: list[ast.expr] = [ast.Name(f"token{number}__", ast.Load()) for number in self.readers[node]]
        return self.probe("seen__", ast.Tuple(tokens, ast.Load()), ast.Constant(node.id), _peek(node.id))

    def visit_For(self, node: ast.For) -> Any:
        number = self.loop(node)
        self.generic_visit(node)
        node.iter = self.probe("rounds__", node.iter, number)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        number = self.loop(node)
        self.generic_visit(node)
        node.iter = self.probe("rounds__", node.iter, number)
        return node

    def visit_While(self, node: ast.While) -> Any:
        number = self.loop(node)
        self.generic_visit(node)
        node.test = ast.BoolOp(ast.And(), [self.probe("turn__", number), node.test])
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant):
            node.value = self.probe("fresh")
        return node

    def visit_Try(self, node: ast.Try) -> Any:
        self.guarded += 1
        node.body = self.statements(node.body)
        self.guarded -= not node.finalbody
        for handler in node.handlers:
            handler.body = self.statements(handler.body)
        node.orelse = self.statements(node.orelse)
        self.guarded -= bool(node.finalbody)
        node.finalbody = self.statements(node.finalbody)
        return node

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [part for statement in map(self.visit, body) for part in _listed(statement)]

    def visit(self, node: ast.AST) -> Any:
        guarded = self.guarded
        visited = super().visit(node)
        if guarded and isinstance(node, ast.stmt):
            return [ast.Expr(self.probe("chance__")), visited, ast.Expr(self.probe("chance__"))]
        return visited


def _listed(visited: Any) -> list[Any]:
    return visited if isinstance(visited, list) else [visited]


def _peek(name: str) -> ast.Lambda:
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.Lambda(nothing, ast.Name(name, ast.Load()))


def _behind(binding: Binding, closure: Closure) -> bool:
    loop: Any = closure.loops[0]
    place = binding.node.lineno, binding.node.col_offset  # type: ignore[attr-defined]
    return place >= (loop.end_lineno, loop.end_col_offset)


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are one, or functions that do the same: made by one `def` over the same values."""
    if isinstance(one, types.FunctionType) and isinstance(other, types.FunctionType):
        return one.__code__ is other.__code__ and all(map(_same, _made_over(one), _made_over(other)))
    return one is other or (type(one) is type(other) is int and one == other)


def _made_over(function: types.FunctionType) -> list[Any]:
    tokens = [value for value in (function.__kwdefaults__ or {}).values() if isinstance(value, Token)]
    return [*(function.__defaults__ or ()), *(value for token in tokens for value in token.values.values())]


@dataclass
class Program:
    """A text with its facts, ready to be run."""

    text: str
    facts: Facts = field(init=False)
    reported: dict[Site, float] = field(init=False)
    uses: dict[Site, str] = field(init=False)
    """What the rule says to those it reports."""
    judged: set[Site] = field(init=False)
    """The captures that a verdict is given on: made in a loop, and the variable bound again where it is made."""
    left_to_104: set[Site] = field(init=False)
    """Those whose variable is assigned behind the loop too, which alone is no reason for a report."""
    observed: Observed = field(default_factory=Observed)

    def __post_init__(self) -> None:
        self.facts = Facts(source.read(self.text.encode(), "program.py"))
        self.reported, self.uses = {}, {}
        for late in self.facts.late_captures:
            site = late.closure.node, late.capture.variable.name
            self.reported[site] = max(late.likelihood, self.reported.get(site, 0))
            self.uses[site] = f"{late.use.text} in line {getattr(late.use.node, 'lineno', 0)}"
        captures = [
            (closure, capture, [one for one in capture.variable.bindings if unit(one.scope) is closure.maker])
            for closure in self.facts.closures
            if closure.loops
            for capture in self.facts.captures(closure)
            if capture.references
        ]
        self.judged = {(closure.node, capture.variable.name) for closure, capture, bindings in captures if bindings}
        self.left_to_104 = {
            (closure.node, capture.variable.name)
            for closure, capture, bindings in captures
            if any(binding.kind is not BindingKind.LOOP_TARGET and _behind(binding, closure) for binding in bindings)
        }
        self._instruments = Instruments(self.facts)
        tree = ast.fix_missing_locations(self._instruments.visit(self.facts.source.tree))
        self._turning = [self._instruments.turning(closure) for closure in self._instruments.closures]
        self._code = compile(tree, "program.py", "exec")

    def late(self) -> set[Site]:
        return {site for site, likelihood in self.reported.items() if likelihood >= PROBABLE} & self.judged

    def observe(self) -> None:
        for seed in range(RUNS):
            self.run(seed)
        for seed in range(RUNS, MORE_RUNS):
            if not self.late() - self.observed.stale - self.observed.changed:
                break
            self.run(seed)

    def disagreements(self) -> list[tuple[str, Site]]:
        """Return the captures on which the rule and the runs differ: `missed` or `false alarm`."""
        late, stale = self.late(), self.observed.stale & self.judged
        missed = [("missed", site) for site in stale - late - self.left_to_104]
        return missed + [("false alarm", site) for site in late - stale - self.observed.changed]

    def run(self, seed: int) -> None:
        Run(self, random.Random(seed)).run(self._code, self._instruments.closures, self._turning)


class Run:
    """One run: random answers to everything opaque, and the probes."""

    def __init__(self, program: Program, chance: random.Random) -> None:
        self.program, self.random = program, chance
        self.turns: collections.Counter[int] = collections.Counter()
        self.numbers = itertools.count(1000, 7)
        self.steps = self.raised = 0
        self.over = self.unsure = False
        self.risk = chance.choice([0.02, 0.08, 0.3])
        self.likely = chance.choice([0.15, 0.5, 0.5, 0.85])

    def run(self, code: types.CodeType, closures: list[Closure], turning: list[tuple[int, ...]]) -> None:
        def made(number: int, peeks: dict[str, Callable[[], Any]]) -> Token:
            loops = turning[number]
            values = {name: _value(peek) for name, peek in peeks.items()}
            return Token(closures[number].node, values, loops, tuple(self.turns[loop] for loop in loops), self.raised)

        space: dict[str, Any] = {
            "__builtins__": builtins,
            "__name__": "program",
            "made__": made,
            "seen__": self.seen,
            "rounds__": self.rounds,
            "turn__": self.turn,
            "chance__": self.chance,
            "flag": self.flag,
            "more": self.flag,
            "fresh": self.fresh,
            "items": lambda: [self.fresh() for _ in range(self.random.choice([0, 1, 2, 2, 3, 4]))],
            "context": self.context,
            "base": 3,
            "box": types.SimpleNamespace(),
        }
        before = set(space)
        left: list[Any] = []
        with self.survived():
            exec(code, space)
            if "program" in space:
                result = space["program"](*(space[name] for name in programs.PARAMETERS))
                if isinstance(result, types.GeneratorType):
                    left.extend(result)
                else:
                    left.append(result)
        self.over, self.steps = True, 0
        visible = [value for name, value in space.items() if name not in before | programs.ENTRIES]
        driver = Driver(self)
        driver.everything([*left, space["box"], *(value for value in visible if not _is_single(value))])
        self.unsure = True
        driver.everything(visible)

    @contextlib.contextmanager
    def survived(self) -> Iterator[None]:
        """Go on after an exception of the program, which other runs may not have."""
        try:
            yield
        except (BrokenOff, ValueError, KeyError):
            pass
        except Exception as error:
            self.program.observed.errors[f"{type(error).__name__}: {error}"] += 1

    def step(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            self.raised += 1
            raise BrokenOff

    def flag(self) -> bool:
        self.step()
        return self.random.random() < self.likely

    def fresh(self) -> int:
        self.step()
        return next(self.numbers)

    @contextlib.contextmanager
    def context(self) -> Iterator[int]:
        yield self.fresh()

    def chance(self) -> None:
        self.step()
        draw = self.random.random()
        if draw < self.risk:
            self.raised += 1
            raise ValueError if draw < self.risk * 0.7 else KeyError

    def turn(self, loop: int) -> bool:
        self.step()
        self.turns[loop] += 1
        return True

    def rounds(self, iterable: Any, loop: int) -> Iterator[Any]:
        """Give the items of a loop one by one; numbers are made distinct, and of a display any number is given."""
        if isinstance(iterable, (tuple, range)):
            iterable = itertools.islice(itertools.cycle(iterable), self.random.choice([1, 2, 2, 3, 4]))
        for item in iterable:
            self.turn(loop)
            yield self.distinct(item)
        self.turn(loop)

    def distinct(self, item: Any) -> Any:
        if type(item) is tuple:
            return tuple(self.distinct(part) for part in item)
        return self.fresh() if type(item) is int else item

    def seen(self, tokens: tuple[Token, ...], name: str, peek: Callable[[], Any]) -> Any:
        value = _value(peek)
        for token in tokens:
            if not _same(token.values[name], value):
                turned = self.over or token.turns != tuple(self.turns[loop] for loop in token.loops)
                observed = self.program.observed
                sure = turned and token.raised == self.raised and not self.unsure
                (observed.stale if sure else observed.changed).add((token.node, name))
        return 0 if value is UNBOUND else value


def _is_single(value: Any) -> bool:
    """Return whether a global is no container that fills, but perhaps a name that the loop alone needs."""
    return not isinstance(value, (list, dict, types.SimpleNamespace)) and type(value).__name__ != "Bag"


def _value(peek: Callable[[], Any]) -> Any:
    try:
        return peek()
    except NameError:
        return UNBOUND


class Driver:
    """Calls, draws from and looks into whatever a program has left, and what that gives."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.done: set[int] = set()
        self.kept: list[Any] = []
        """So that no two objects have the same id."""

    def everything(self, pending: list[Any]) -> None:
        while pending:
            value = pending.pop()
            if isinstance(value, (int, str, type(None), types.ModuleType)) or id(value) in self.done:
                continue
            self.done.add(id(value))
            self.kept.append(value)
            with self.run.survived():
                pending += self.results(value)

    def results(self, value: Any) -> list[Any]:
        name = getattr(value, "__qualname__", None)
        if isinstance(value, (types.FunctionType, type)) and name in programs.PRELUDE:
            return []
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, type):
            return [value()]
        if isinstance(value, types.FunctionType) and value.__code__.co_argcount:
            return [value(self.run.fresh())]
        if callable(value):
            return [value()]
        if isinstance(value, Iterable):
            return list(itertools.islice(value, 30))
        held = list(vars(value).values()) if hasattr(value, "__dict__") else []
        methods = [getattr(value, each) for each in vars(type(value)) if not each.startswith("__")]
        return held if type(value).__name__ in programs.PRELUDE else held + methods


def shown(program: Program) -> str:
    """Return a program with its disagreements."""
    lines = program.text.splitlines()
    for how, (node, name) in program.disagreements():
        line = node.lineno - 1  # type: ignore[attr-defined]
        use = program.uses.get((node, name), "")
        lines[line] += f"    # {how}: {name} in {type(node).__name__} {use}"
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="show the N shortest wrong programs")
    options = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    wrong: list[Program] = []
    texts = [path.read_text(encoding="utf-8") for path in options.files] or (
        programs.text(random.Random(options.seed + number).choice) for number in range(options.programs)
    )
    for text in texts:
        try:
            program = Program(text)
        except Exception:
            print(text)
            raise
        program.observe()
        found = program.disagreements()
        counts["programs"] += 1
        counts["judged captures"] += len(program.judged)
        stale = program.observed.stale & program.judged
        counts["stale"] += len(stale)
        counts["changed in the iteration only"] += len(program.observed.changed & program.judged - stale)
        counts["reported"] += len(program.late())
        for how, _ in found:
            counts[how] += 1
        counts.update({f"error {error}": number for error, number in program.observed.errors.items()})
        if found:
            counts["programs with a disagreement"] += 1
            wrong.append(program)
    for program in sorted(wrong, key=lambda program: len(program.text))[: options.show]:
        print(shown(program), end="\n\n")
    for what, number in counts.items():
        print(f"{number:8} {what}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
