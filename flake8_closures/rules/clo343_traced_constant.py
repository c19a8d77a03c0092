"""A traced function captures a large array, which becomes a constant of the compiled program.

`jax.jit` and `tf.function` run a function once and keep what it did. An array that is not an argument is copied into
the program, again for every new shape of the arguments: it takes memory twice and makes compilation slow.

```python
import jax
import jax.numpy as jnp

table = jnp.zeros((4000, 4000))  # 64 MB

@jax.jit
def look_up(index):
    return table[index]  # the program holds the 64 MB
```

Pass it as an argument: `look_up(table, index)`.

Reported from 16 MB on, where the size is proved from the text; as an opt-in from `--closures-ship-bytes` on. Silent
where the function asks for the shape or the type alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.knowledge.lifetimes import TRACED_BYTES
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule
from flake8_closures.rules.weight import origin, proof


@rule("CLO343", "traced-constant")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each large array where the traced function first reads it."""
    for found in facts.traced:
        name, sender = found.name, brief(found.shipped.sender)
        traced = Note(facts.source.span(found.shipped.sender), f"traced by {sender}")
        yield Finding(
            "CLO343",
            facts.source.span(found.place),
            name,
            f"{name!r} = {proof(found.weight)}, becomes a constant of the program that {sender} compiles: "
            "pass it as an argument",
            notes=(traced, *origin(found.weight, name)),
            is_opt_in=(found.weight.size or 0) < TRACED_BYTES,
        )
