"""A function is sent to other processes together with large data that it captured.

Ray, Dask, Spark and joblib send functions by value where their names do not lead back to them: local functions and
lambdas, and everything below `@ray.remote`, `@dask.delayed` and `@udf`, since the decorator takes the name's place. The
function's cells and defaults go along, and so do the globals that it reads:

```python
import numpy as np
import ray

table = np.zeros((2000, 2000))  # 32 MB

@ray.remote
def look_up(index):
    return table[index]  # the 32 MB are part of the function
```

Pass large data in the way that the system provides: `ray.put`, `client.scatter`, `sc.broadcast`, or as an argument of
joblib's tasks. Ray warns of functions over 10 MB and refuses those of 100 MB; Dask warns of graphs over 10 MB.

Reported where the size is proved from the text, from `--closures-ship-bytes` on, or where a bulk loader brought the
data. `--closures-ship-decorators` names further decorators.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.knowledge.lifetimes import ELSEWHERE, RAY_REFUSES
from flake8_closures.facts.lifetime.cargo import Cargo
from flake8_closures.model import Confidence, Finding, Note
from flake8_closures.rules import rule
from flake8_closures.rules.weight import origin, proof


@rule("CLO342", "function-ships-data")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each piece of large data where the function first mentions it."""
    for found in facts.cargo:
        sent = Note(facts.source.span(found.shipped.sender), "sent by value here")
        yield Finding(
            "CLO342",
            facts.source.span(found.place),
            found.name,
            _message(found),
            Confidence.CERTAIN if found.weight.size is not None else Confidence.LIKELY,
            notes=(sent, *origin(found.weight, found.name)),
        )


def _message(found: Cargo) -> str:
    name, shipped = found.name, found.shipped
    function = getattr(shipped.function, "name", "")
    what = f"{function!r}" if function else "this lambda"
    sender = ("@" if shipped.is_decorator and function else "") + brief(shipped.sender)
    refused = shipped.system == "ray" and (found.weight.size or 0) >= RAY_REFUSES
    goes = "which Ray refuses from 100.0 MB on" if refused else "every time that function is sent"
    advice = ELSEWHERE.get(shipped.system, "pass it as an argument").format(name=name)
    return f"{name!r} = {proof(found.weight)}, is sent with {what} by {sender}, {goes}: {advice}"
