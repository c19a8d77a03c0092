"""A closure that lives on keeps a large object alive and uses only a sliver of it.

Python captures variables. A lambda that reads `len(data)` keeps all of `data` for as long as the lambda lives, and so
does a default like `data=data`. Where the closure needs only the length, the shape, one key or the identity of a
large object, compute that before the closure is made, and capture the result.

```python
import numpy as np

def make():
    grid = np.zeros((1000, 1000, 10))
    return lambda: grid.shape  # keeps 80 MB for three numbers
```

It is reported only if the size is proved from the text of the file (`--closures-retain-bytes`, 10 MB), or if a bulk
loader such as `pandas.read_csv` brought the data (`--closures-bulk-loaders` names more), and if everything that the
closure does with the object takes a sliver. A parameter stands for the least number that calls in the file give it;
sizes are those of 64-bit CPython 3.12 and later. Nothing is reported if something else keeps the object alive anyway,
or if the function takes the closure back before it ends, or calls a function of the file that does. A method that hands
out a closure over `self` counts if another attribute of the instance is large.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.retained import Held
from flake8_closures.model import Finding
from flake8_closures.rules import held_object, rule
from flake8_closures.rules.weight import proof


@rule("CLO301", "sliver-of-giant")
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each closure and large object of which it uses a sliver."""
    for held in facts.held:
        if not held.uses_sliver or held.estimate.base is not None or held.copies > 1:
            continue
        if not held.weight.loader and (held.weight.size or 0) < facts.limits.retain:
            continue
        whole = f"{held.name!r}, with `{held.name}.{held.part}`" if held.part else f"{held.name!r}"
        yield Finding(
            "CLO301",
            facts.source.span(held.closure.node),
            held.name,
            f"{whole} = {proof(held.weight)}, is kept alive by {held_object.holder(held)}, {_uses(held, facts)}",
            held_object.confidence(held),
            notes=held_object.notes(held, facts),
            remedies=held_object.remedies(held, facts),
        )


def _uses(held: Held, facts: Facts) -> str:
    texts = dict.fromkeys(facts.weights.written(each.node) for each in held.slivers)
    if not texts:
        return "which never reads it"
    return "which only reads " + " and ".join(f"`{text}`" for text in texts)
