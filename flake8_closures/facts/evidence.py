"""What speaks for it that a callee nobody can see keeps the function it is given?

The figures are shares of callees, smoothed and rounded, as `docs/calibration.md` counts them; where it has too few,
they are judgement, and it says so.
"""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Collection

from flake8_closures.facts.knowledge import Effect, Known

YIELDED = 0.6
"""A consumer of `yield` that nobody can see keeps what it gets."""
YIELDED_TO_LOOPS = 0.1
"""The same where all consumers of this file are loops that keep nothing: another file's may."""
SAID_NOW = 0.1
"""A method whose name says that it calls at once keeps the function all the same."""
HANDED_OUT = 0.5
"""Who draws from a generator expression, and is not seen, keeps its items."""
PASSING_OBJECT = 0.4
"""An object that a call returns anew in each iteration of a test is still used when the next one comes."""
CONTENTS_CALLED = 0.7
"""Who is given a container of functions, and is not seen, calls what it holds before the call returns, or keeps it."""
DROPPED_OBJECT = 0.6
"""Who makes an object and drops it wants what the making does: something keeps the object."""
DECORATED = 0.4
"""A decorator that nobody can see registers the function below it."""


class Sign(enum.Enum):
    """One thing that can be seen at a call."""

    CLASS = "named like a class"
    RUNS = "begins with a verb like `assert`, `find`, `map`"
    KEEPS = "has a word like `add`, `connect`, `callback`"
    OTHER = "says nothing by its name"
    RUNS_BY = "is given it as `key=` or the like"
    KEEPS_BY = "is given it as `callback=`, `command=` or the like"
    AWAITED = "its result is compared or awaited"
    DROPPED = "its result is dropped"
    ITERATOR = "is given an iterator"
    IN_TEST = "in a test"


NAMED = {Sign.CLASS: (0.05, 0.8), Sign.RUNS: (0.1, 0.1), Sign.KEEPS: (0.7, 0.6), Sign.OTHER: (0.15, 0.15)}
"""By the name of the callee: how likely it keeps its argument, and how likely its result carries it."""
RUN_BY_KEYWORD = 0.05
"""How likely it keeps what it is given as `key=`."""
KEPT_BY_KEYWORD = (0.45, 0.65)
"""What it is given as `callback=` is called at once by what computes something, and kept by what makes or registers."""
LESS = {Sign.AWAITED: 0.2, Sign.ITERATOR: 0.2, Sign.IN_TEST: 0.6}
"""How much less often the argument is kept then."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KEEP = frozenset(
    "add on connect register subscribe schedule defer submit bind set hook listen observe watch attach install push "
    "enqueue route command spawn launch start later callback handler listener when trigger action append queue create "
    "make build new define declare configure lazy delayed wrap decorate partial post put".split()
)
_REGISTER = frozenset(
    "add on connect register subscribe bind hook listen observe watch attach install callback handler listener".split()
)
"""Of these, the words of what has not run when it has been awaited."""
_NOW = frozenset(
    "assert check apply find map sort run call invoke test expect raises retry wait filter reduce get compute do eval "
    "evaluate measure time try exec execute for each visit walk transform update any all count match search sorted "
    "select group by fill replace sub parse load read write print show minimize maximize solve integrate optimize fit "
    "validate verify ensure iterate traverse foreach approximate jacobian grad gradient".split()
)
_DEFER = frozenset(
    "defer deferred delay delayed later lazy schedule scheduled enqueue queued background threaded spawn".split()
)
"""Words of decorators of functions that do not run when they are called."""
_MAKE = frozenset("from new create build make blank open parse of".split())


def words(name: str) -> list[str]:
    """Return the words of an identifier, lower-case: `addListener` and `add_listener` alike."""
    return [word.lower() for word in _WORDS.findall(name.rpartition(".")[2].rstrip("()"))]


def constructs(name: str) -> bool:
    """Return whether a callee is named like a class."""
    last = name.rpartition(".")[2].strip("_")
    named = last[:1].isupper() and not last.isupper()
    return named or last in ("list", "dict", "set", "deque", "defaultdict", "bytearray")


def constructs_otherwise(name: str) -> bool:
    """Return whether a callee is a method of a class, not of an object, that makes one: `Request.blank`."""
    owner, _, method = name.rpartition(".")
    said = words(method)
    return bool(said) and said[0] in _MAKE and constructs(owner)


def registers(callee: str) -> bool:
    """Return whether a callee is named like one that has a function called again and again: nobody waits for that."""
    said = [word for word in words(callee) if word != "async"]
    return bool(said) and (said[0] in _REGISTER or said[-1] in _REGISTER)


def defers(decorator: str) -> float:
    """Return how likely a function keeps what it is given because of a decorator that cannot be seen."""
    said = frozenset(words(decorator))
    return NAMED[Sign.KEEPS][0] if said & _DEFER else SAID_NOW


def signs(
    callee: str,
    *,
    result: ast.AST | None,
    lazy: bool,
    by_keyword: Known | None,
    by_method: Known | None,
    in_test: bool,
) -> frozenset[Sign]:
    """Return what can be seen at the call of a callee that cannot: one sign of its name, and those that stand beside.

    `result` is what surrounds the call; `by_keyword` and `by_method` are what the names alone tell. `lazy` says that
    the argument is an iterator.
    """
    said = [word for word in words(callee) if word != "async"]
    if constructs(callee):
        found = {Sign.CLASS}
    elif said and said[0] in _NOW:
        found = {Sign.RUNS}
    elif said and (said[0] in _KEEP or said[-1] in _KEEP - {"set"}):
        found = {Sign.KEEPS}
    else:
        found = {Sign.OTHER}
    for known in (by_method, by_keyword):
        if known is None:
            continue
        keeps = known.effect in (Effect.KEPT, Effect.RECEIVER, Effect.RESULT)
        found.add(Sign.KEEPS_BY if keeps else Sign.RUNS_BY)
    beside = {
        Sign.AWAITED: isinstance(result, (ast.Compare, ast.Await)) and not registers(callee),
        Sign.DROPPED: isinstance(result, ast.Expr),
        Sign.ITERATOR: lazy,
        Sign.IN_TEST: in_test,
    }
    return frozenset(found | {sign for sign, seen in beside.items() if seen})


def weigh(found: Collection[Sign]) -> tuple[float, float]:
    """Return how likely a callee keeps its argument, and how likely its result carries the argument."""
    kept, carried = next(NAMED[sign] for sign in NAMED if sign in found)
    if Sign.CLASS in found:
        return DROPPED_OBJECT if Sign.DROPPED in found and Sign.IN_TEST not in found else kept, carried
    if Sign.KEEPS_BY in found and Sign.RUNS not in found:
        kept = KEPT_BY_KEYWORD[Sign.KEEPS in found or Sign.DROPPED in found]
    if Sign.RUNS_BY in found:
        kept = RUN_BY_KEYWORD
    for sign, factor in LESS.items():
        if sign in found:
            kept, carried = kept * factor, carried * (1.0 if sign is Sign.IN_TEST else factor)
    return kept, carried
