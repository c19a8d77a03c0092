"""Several functions over much shared state: a class is clearer.

A closure with one or two functions over a few variables says what it does and nothing else. With more functions, each
of which changes what the others read, the reader has to find out which variable belongs to whom:

```python
def make_account():
    balance, limit, history, frozen = 0, 100, [], False

    def deposit(amount):
        nonlocal balance
        balance += amount
        history.append(amount)

    def withdraw(amount):
        if not frozen and balance + limit >= amount:
            deposit(-amount)

    def freeze():
        nonlocal frozen, limit
        frozen, limit = True, 0

    return deposit, withdraw, freeze
```

In a class, the state can be named from outside (`account.balance`), printed, tested and extended.

This is an opinion, and therefore opt-in (`--extend-select CLO901`, or `CLO9`). It counts the functions handed out that
use a variable which one of them changes, and the variables that they rebind, or share and change. Up to
`--closures-class-variables` (3) and `--closures-class-functions` (2) are fine. Silent in tests, and for what is an
attribute of a wrapper, which has to stay a function.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Confidence, Finding, Note
from flake8_closures.rules import rule

_SHOWN = 5


@rule("CLO901", "class-is-clearer", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report each function that hands out more than is clear, at its name."""
    for state in facts.shared_states:
        maker = facts.names.variable(state.maker.node)
        if maker is None:
            continue
        binding = next(each for each in maker.bindings if each.node is state.maker.node)
        names = ", ".join(repr(variable.name) for variable in state.variables[:_SHOWN])
        more = ", ..." if len(state.variables) > _SHOWN else ""
        functions, variables = len(state.functions), len(state.variables)
        handed = f"{functions} functions" if functions > 1 else "a function"
        over = f"{variables} variables" if variables > 1 else "the variable"
        yield Finding(
            "CLO901",
            facts.place_of(binding),
            state.maker.name,
            f"{state.maker.name!r} hands out {handed} over {over} {names}{more} that they change: a class is clearer",
            Confidence.POSSIBLE,
            notes=tuple(
                Note(facts.source.span(closure.node), f"{closure.scope.name!r} is handed out")
                for closure in state.functions[:_SHOWN]
            ),
        )
