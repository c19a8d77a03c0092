"""A `global` statement names a variable that only an enclosing function has: `nonlocal` was meant.

The module has no such variable: nobody binds it at the top level, and nobody outside the enclosing function mentions
it. The assignment makes one, and the variable of the enclosing function keeps its old value:

```python
def wait(subscribe):
    done = False

    def on_done():
        global done  # makes a variable of the module
        done = True

    subscribe(on_done)
    return done  # always False
```

Write `nonlocal` instead. The repair does so; it is unsafe, because the module no longer gets a variable that others may
read.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.misdeclared import Misdeclared
from flake8_closures.facts.spots import spot
from flake8_closures.model import Confidence, Finding, Remedy, Safety
from flake8_closures.rules import rule
from flake8_closures.rules.outer_variable import outer_note


@rule("CLO208", "wrong-keyword")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each name of a `global` statement that only an enclosing function has."""
    for fact in facts.misdeclared:
        name = fact.enclosing.name
        at = spot(name, fact.statement, facts.source) or facts.source.span(fact.statement)
        yield Finding(
            "CLO208",
            at,
            name,
            f"the module has no {name!r}, so this makes one, and that of {fact.enclosing.scope.name!r} keeps its "
            f"value: write `nonlocal {name}`",
            Confidence.LIKELY,
            notes=(outer_note(fact.enclosing, name, facts),),
            remedies=(_change(fact, facts),),
        )


def _change(fact: Misdeclared, facts: Facts) -> Remedy:
    name = fact.enclosing.name
    title = f"declare {name!r} nonlocal instead of global in {fact.function.name!r}"
    reason = "the module no longer gets a variable that others may read"
    place = facts.source.span(fact.function.node)
    return Remedy("change_keyword", place, name, title, Safety.UNSAFE, reason)
