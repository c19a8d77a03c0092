"""A function made in a function refers to itself, and what it captures is freed late.

A local function that calls itself, or sets an attribute on itself, captures its own name: the function holds a cell
that holds the function. When the function around it is done, reference counting frees neither of them, nor anything
else that they captured; that waits for the garbage collector:

```python
def total(size):
    table = bytes(50_000_000)

    def walk(row):
        return 0 if row == size else table[row] + walk(row + 1)

    return walk(0)  # the 50 MB outlive the call
```

The same holds for a lambda that calls the function and is stored on it. A local class is such a cycle by itself.

It is reported by default where the cycle pins an object whose size is proved from the text of the file
(`--closures-retain-bytes`, 10 MB), or a tensor, and nobody keeps the function longer anyway; other functions that name
themselves are reported only on request. Move such a function to module level, or hand it to itself as an argument.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.cycles.named import NamedCycle
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule
from flake8_closures.rules.weight import proof


@rule("CLO313", "names-itself")
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each local function, or class, that refers to itself."""
    span = facts.source.span
    for fact in facts.named_cycles:
        name = fact.variable.name
        what = "each class refers to itself" if fact.is_class else "the function refers to itself"
        what = f"it refers to {fact.through!r}, and that to it" if fact.through else what
        heavy = " and ".join(f"{pinned!r} = {proof(weight)}," for pinned, weight in fact.pinned[:2])
        effect = f"so {heavy} stays alive" if heavy else "so what it captures stays alive"
        yield Finding(
            "CLO313",
            span(fact.closure.carrier),
            name,
            f"{name!r} is a cycle ({what}), {effect} until the garbage collector comes: {_advice(fact)}",
            notes=tuple(
                Note(weight.span, f"{pinned!r} gets its value here") for pinned, weight in fact.pinned if weight.span
            ),
            is_opt_in=fact.escapes or not fact.pinned,
        )


def _advice(fact: NamedCycle) -> str:
    if fact.is_class:
        return "define the class in the module"
    return "define both in the module" if fact.through else "define it in the module, or pass it to itself"
