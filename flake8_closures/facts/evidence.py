"""How likely is it that an unknown callee keeps the function it is given?

The figures are shares of callees, smoothed and rounded, as counted in `docs/calibration.md`. Where there are too few
callees, they are judgement, and that page says so.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Sequence

from flake8_closures.facts.knowledge import Effect, Known, wording

YIELDED = 0.6
"""The consumer of a generator of this file keeps what it yields, where the consumer cannot be followed to its end."""
YIELDED_TO_LOOPS = 0.1
"""The same where all consumers in this file are loops that keep nothing: one in another file may."""
YIELDED_ELSEWHERE = 0.2
"""The same where no consumer is in this file: most are loops, which use an item before they ask for the next."""
SAID_NOW = 0.1
"""A method whose name says that it calls at once keeps the function nevertheless."""
HANDED_OUT = 0.5
"""The unknown consumer of a generator expression keeps its items."""
PASSING_OBJECT = 0.4
"""An object that a call returns anew in each iteration, for a test or another call, is still used in the next one."""
CONTENTS_CALLED = 0.7
"""An unknown callee that is given a container of functions calls them before it returns, or keeps them."""
DROPPED_OBJECT = 0.6
"""An object that is made and dropped is made for its effect: something keeps the object."""
OBJECT_IN_OBJECT = 0.95
"""A class that is given an object keeps it, as a widget keeps its children: an object is not there to be called at
once.
"""
FOR_DECORATOR = 0.7
"""An argument that a function of the file never reads is meant for its unknown decorator, which keeps it."""
DECORATED = 0.4
"""An unknown decorator registers the function below it."""


class Sign(enum.Enum):
    """One thing that can be seen at a call."""

    CLASS = "named like a class"
    RUNS = "begins with a verb like `assert`, `find`, `map`"
    MAKES = "begins with a verb like `create`, `make`"
    KEEPS = "has a word like `add`, `connect`, `callback`"
    OTHER = "says nothing by its name"
    RUNS_BY = "is given it as `key=` or the like"
    KEEPS_BY = "is given it as `callback=`, `command=` or the like"
    AWAITED = "its result is compared or awaited"
    DROPPED = "its result is dropped"
    ITERATOR = "is given an iterator"
    IN_TEST = "in a test"


NAMED = {
    Sign.CLASS: (0.05, 0.8),
    Sign.RUNS: (0.1, 0.1),
    Sign.MAKES: (0.05, 0.8),
    Sign.KEEPS: (0.7, 0.6),
    Sign.OTHER: (0.15, 0.15),
}
"""By the name of the callee: how likely it keeps its argument, and how likely its result carries it."""
RUN_BY_KEYWORD = 0.05
"""How likely it keeps what it is given as `key=`."""
KEPT_BY_KEYWORD = (0.45, 0.65)
"""What it is given as `callback=` is called at once by what computes something, and kept by what makes or registers."""
LESS = {Sign.AWAITED: 0.2, Sign.ITERATOR: 0.2, Sign.IN_TEST: 0.6}
"""The factor by which the argument is kept less often then."""


def defers(decorator: str) -> float:
    """Return how likely an unknown decorator keeps the arguments of the function below it."""
    return NAMED[Sign.KEEPS][0] if wording.defers(decorator) else SAID_NOW


def signs(
    callee: str,
    *,
    result: ast.AST | None,
    lazy: bool,
    said: Sequence[Known | None],
    in_test: bool,
) -> frozenset[Sign]:
    """Return what can be seen at the call of an unknown callee: one sign of its name, and those of the call.

    `result` is the node around the call; `said` is what the names of its method and keyword alone say. `lazy`: the
    argument is an iterator.
    """
    named = _named(callee)
    if named is Sign.RUNS and isinstance(result, ast.Expr) and wording.fetches(callee):
        named = Sign.OTHER  # who lets go of what he asks for gets it later
    found = {named}
    for known in filter(None, said):
        keeps = known.effect in (Effect.KEPT, Effect.RECEIVER, Effect.RESULT)
        found.add(Sign.KEEPS_BY if keeps else Sign.RUNS_BY)
    beside = {
        Sign.AWAITED: isinstance(result, (ast.Compare, ast.Await)) and not wording.registers(callee),
        Sign.DROPPED: isinstance(result, ast.Expr),
        Sign.ITERATOR: lazy,
        Sign.IN_TEST: in_test,
    }
    return frozenset(found | {sign for sign, seen in beside.items() if seen})


def _named(callee: str) -> Sign:
    if wording.constructs(callee):
        return Sign.CLASS
    if wording.runs(callee):
        return Sign.RUNS
    if wording.makes(callee):
        return Sign.MAKES
    return Sign.KEEPS if wording.keeps(callee) else Sign.OTHER


def weigh(found: frozenset[Sign]) -> tuple[float, float]:
    """Return how likely a callee keeps its argument, and how likely its result carries the argument."""
    kept, carried = next(NAMED[sign] for sign in NAMED if sign in found)
    if Sign.CLASS in found:
        carried *= LESS[Sign.ITERATOR] if Sign.ITERATOR in found else 1.0
        return DROPPED_OBJECT if Sign.DROPPED in found and Sign.IN_TEST not in found else kept, carried
    if Sign.MAKES in found and Sign.DROPPED in found:
        kept = DROPPED_OBJECT
    if Sign.KEEPS_BY in found and Sign.RUNS not in found:
        kept = KEPT_BY_KEYWORD[not found.isdisjoint((Sign.KEEPS, Sign.MAKES, Sign.DROPPED))]
    if Sign.RUNS_BY in found:
        kept = RUN_BY_KEYWORD
    for sign, factor in LESS.items():
        if sign in found:
            kept, carried = kept * factor, carried * (1.0 if sign is Sign.IN_TEST else factor)
    return kept, carried
