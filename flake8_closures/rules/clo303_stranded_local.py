"""A suspended generator keeps a large local variable alive that it never reads again.

The frame of a generator keeps all its variables while the generator waits at a `yield`. A variable that was only needed
to prepare the items stays alive as long as somebody holds the generator:

```python
def numbers():
    table = bytes(50_000_000)
    size = len(table)
    for number in range(size):
        yield number  # keeps 50 MB in every iteration
```

`del` it before the first `yield`, or do the preparation in a function of its own.

It is reported if the size is proved from the text of the file (`--closures-retain-bytes`, 10 MB), or if a bulk loader
brought the data.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule
from flake8_closures.rules.weight import proof


@rule("CLO303", "stranded-local", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each variable, at the `yield` that it outlives its last use at."""
    span = facts.source.span
    for fact in facts.stranded:
        name = fact.variable.name
        yield Finding(
            "CLO303",
            span(fact.suspension),
            name,
            f"{name!r} = {proof(fact.weight)}, stays alive while the generator waits here, and nothing reads it any "
            f"more: `del {name}` before it",
            notes=(Note(span(fact.binding.node), f"{name!r} gets its value here"),),
        )
