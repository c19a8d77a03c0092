"""A closure that lives on captures a view, and the view keeps a large object alive.

A row of an array, a column of a table, a slice of a memoryview or the match of a regular expression looks small. It
is a view: the whole array, table or text stays alive with it:

```python
import numpy as np

def make():
    grid = np.zeros((1000, 1000, 10))
    row = grid[0]
    return lambda: row.sum()  # keeps 80 MB for 80 kB
```

Capturing the part instead of the whole, as one would do with a list, frees nothing here. It takes a copy
(`row = grid[0].copy()`), or the text of the match (`found.group()`).

It is reported only if the size of the whole is proved from the text of the file (`--closures-retain-bytes`, 10 MB), and
if the view is less than half of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding
from flake8_closures.rules import held_object, rule
from flake8_closures.rules.weight import proof


@rule("CLO302", "view-of-giant")
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each closure and view that it holds."""
    for held in facts.held:
        view = held.estimate
        if view.base is None or (held.weight.size or 0) < facts.limits.retain:
            continue
        base = facts.weights.viewed(held.variable, held.closure) if held.variable else None
        whole = proof(base) if base else proof(held.weight)
        yield Finding(
            "CLO302",
            facts.source.span(held.closure.node),
            held.name,
            f"{held.name!r} = {held.weight.text} is a view: {held_object.holder(held)} keeps alive all of {whole}",
            held_object.confidence(held),
            notes=held_object.notes(held, facts),
            remedies=held_object.remedies(held, facts),
        )
