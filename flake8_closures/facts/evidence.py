"""What speaks for it that a callee nobody can see keeps the function it is given?

Every figure of this page is the share of guilty rows among development rows with that evidence, rounded and smoothed.
"""

from __future__ import annotations

import ast
import re

from flake8_closures.facts.knowledge import Effect, Known
from flake8_closures.model import Confidence

YIELDED = 0.6
"""A consumer of `yield` that nobody can see keeps what it gets."""
SAID_NOW = 0.15
"""A method whose name says that it calls at once keeps the function all the same."""
HANDED_OUT = 0.5
"""Who draws from a generator expression, and is not seen, keeps its items."""
LAZY_KEPT = 0.5
"""An iterator that is handed to a callee is kept so much less often than a function."""
CONTENTS_CALLED = 0.7
"""Who is given a container of functions, and is not seen, calls what it holds before the call returns, or keeps it."""
DECORATED = 0.4
"""A decorator that nobody can see registers the function below it."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KEEP = frozenset(
    "add on connect register subscribe schedule defer submit bind set hook listen observe watch attach install push "
    "enqueue route command spawn launch start later callback handler listener when trigger action append queue create "
    "make build new define declare lazy delayed wrap decorate partial post put".split()
)
_NOW = frozenset(
    "assert check apply find map sort run call invoke test expect raises retry wait filter reduce get compute do eval "
    "evaluate measure time try exec execute for each visit walk transform update any all count match search sorted "
    "select group by fill replace sub parse load read write print show minimize maximize solve integrate optimize fit "
    "validate verify ensure iterate traverse foreach approximate jacobian grad gradient".split()
)


def words(name: str) -> list[str]:
    """Return the words of an identifier, lower-case: `addListener` and `add_listener` alike."""
    return [word.lower() for word in _WORDS.findall(name.rpartition(".")[2].rstrip("()"))]


def constructs(name: str) -> bool:
    """Return whether a callee is named like a class."""
    last = name.rpartition(".")[2].strip("_")
    named = last[:1].isupper() and not last.isupper()
    return named or last in ("list", "dict", "set", "deque", "defaultdict", "bytearray")


def weigh(
    callee: str,
    *,
    result: ast.AST | None,
    lazy: bool,
    by_keyword: Known | None,
    by_method: Known | None,
    in_test: bool,
) -> tuple[float, float]:
    """Return how likely a callee keeps its argument, and how likely its result carries the argument.

    `result` is what surrounds the call; `by_keyword` and `by_method` are what the names alone tell. `lazy` says that the
    argument is an iterator: most callees draw it to its end before they return.
    """
    if constructs(callee):
        return 0.05, 0.8
    found = words(callee)
    kept, carried = 0.3, 0.3
    if found and found[0] in _NOW:
        kept, carried = 0.08, 0.1
    elif found and (found[0] in _KEEP or found[-1] in _KEEP):
        kept, carried = 0.7, 0.6
    for known in (by_method, by_keyword):
        if known is None:
            continue
        if known.effect not in (Effect.KEPT, Effect.RECEIVER, Effect.RESULT):
            kept = 0.05
        elif known.confidence is not Confidence.POSSIBLE:
            kept = 0.75
        elif kept > 0.1:
            # `callback=` is kept by what makes or registers something, and called at once by what computes something.
            kept = 0.65 if kept > 0.5 or isinstance(result, ast.Expr) else 0.45
    if isinstance(result, (ast.Compare, ast.Await)):
        kept, carried = kept * 0.2, carried * 0.2
    if lazy:
        kept *= LAZY_KEPT
    if in_test:
        kept *= 0.4
    return kept, carried
