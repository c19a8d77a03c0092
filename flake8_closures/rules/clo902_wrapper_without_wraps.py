"""A decorator returns a wrapper without `functools.wraps`, which hides the decorated function.

Whoever looks at the decorated function sees the wrapper: its name in tracebacks and logs, its empty docstring, its
signature `(*args, **kwargs)`; and pickle does not find the function again.

```python
def logged(func):
    def wrapper(*args, **kwargs):
        print("calling")
        return func(*args, **kwargs)

    return wrapper
```

Put `@functools.wraps(func)` above the wrapper. The repair does so, and imports functools where that is missing; it is
unsafe, because frameworks that look at signatures then see that of the function.

This is an opinion, and therefore opt-in (`--extend-select CLO902`, or `CLO9`). Reported where the decorator stands
above a function of the file, or where the wrapper takes whatever comes and hands it on to a parameter called `func` or
the like. Silent where the wrapper is made to look like the function in another way, is not what is returned, or where a
comment in the decorator says that `wraps` is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.design.wrappers import Wrapper
from flake8_closures.model import Confidence, Finding, Note, Remedy, Safety
from flake8_closures.rules import rule

_REFUSED = re.compile(r"\b(?:not|no|without|avoid|instead)\b|n't", re.IGNORECASE)
_REASON = "what looks at the signature of the wrapper then sees that of the function"


@rule("CLO902", "wrapper-without-wraps", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report each such wrapper at its name."""
    for found in facts.wrappers:
        name, wrapped = found.closure.scope.name, found.wrapped.name
        if _is_deliberate(facts, found):
            continue
        remedy = Remedy(
            "wrap_function",
            facts.source.span(found.closure.node),
            wrapped,
            f"put @functools.wraps({wrapped}) above {name!r}",
            Safety.UNSAFE,
            _REASON,
        )
        yield Finding(
            "CLO902",
            facts.place_of(found.binding),
            name,
            f"{name!r} takes the place of {wrapped!r} and hides its name, docstring and signature: "
            f"put `@functools.wraps({wrapped})` above it",
            Confidence.CERTAIN if found.used else Confidence.LIKELY,
            notes=(Note(facts.place_of(found.wrapped.bindings[0]), f"{wrapped!r} is the function that is hidden"),),
            remedies=(remedy,),
        )


def _is_deliberate(facts: Facts, found: Wrapper) -> bool:
    """Return whether a comment in the decorator says that `wraps` is not used."""
    first = facts.source.span(found.decorator.node).line
    last = facts.source.span(found.closure.node).end_line
    comments = (line.partition("#")[2] for line in facts.source.lines[first - 1 : last])
    return any("wraps" in comment and _REFUSED.search(comment) for comment in comments)
