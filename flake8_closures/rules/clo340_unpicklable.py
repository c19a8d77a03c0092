"""A lambda or a local function is sent to another process.

A process pool pickles what it is given, even where it forks; a spawned process pickles its target. Pickle sends a
function as its name, to be imported on the other side. A lambda has none, and a function made by another function
cannot be found by its own:

```python
from concurrent.futures import ProcessPoolExecutor

def total(rows, factor):
    with ProcessPoolExecutor() as pool:
        return sum(pool.map(lambda row: row * factor, rows))  # PicklingError
```

Define the function in the module and hand over what it captured: `pool.map(partial(scale, factor), rows)`.

A function of the file that pickles its parameter in every case is looked through, and so is one that gets the pool.

Silent for `Process(target=...)` unless the program asks for `spawn` or `forkserver`: a forked process needs no pickle.
Silent for thread pools, for pools that use cloudpickle or dill, and where a test expects the failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule


@rule("CLO340", "function-cannot-be-pickled")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each function that cannot be pickled where it is handed over."""
    for found in facts.unpicklable:
        sender = brief(found.pickled.call.func)
        if found.place is found.function:
            name, what = sender, f"this lambda cannot be pickled for {sender!r}"
        else:
            name = brief(found.place)
            kind = "a lambda" if found.is_lambda else "made by a function"
            what = f"{name!r} is {kind} and cannot be pickled for {sender!r}"
        yield Finding(
            "CLO340",
            facts.source.span(found.place),
            name,
            f"{what}: define it in the module and hand over what it captures",
            notes=(Note(facts.source.span(found.pickled.call), "pickled here"),),
        )
