"""A bound method is sent to another process together with its object, which is large.

Pickling a bound method pickles its object, too: with a process pool, once for every item or chunk of items.

```python
from multiprocessing import Pool

import numpy as np

class Model:
    def __init__(self):
        self.weights = np.zeros((4000, 4000))  # 128 MB

    def score(self, row):
        return row * 2

    def run(self, rows):
        with Pool() as pool:
            return pool.map(self.score, rows)  # sends 128 MB with every chunk
```

Send a function of the module and what it needs, or load the data in each worker by the pool's `initializer`.

Reported where the size of an attribute is proved from the text. Silent for static methods, and for classes that decide
themselves what is pickled (`__getstate__`, `__reduce__`). The limit is `--closures-ship-bytes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule
from flake8_closures.rules.weight import origin, proof


@rule("CLO341", "method-ships-object")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each bound method that takes a large object along."""
    for found in facts.baggage:
        name = brief(found.method)
        pickled = Note(facts.source.span(found.pickled.call), "pickled here")
        yield Finding(
            "CLO341",
            facts.source.span(found.method),
            name,
            f"{name!r} is pickled with its object: `self.{found.attribute}` = {proof(found.weight)}, "
            f"goes along every time; send a function of the module instead",
            notes=(pickled, *origin(found.weight, f"self.{found.attribute}")),
        )
