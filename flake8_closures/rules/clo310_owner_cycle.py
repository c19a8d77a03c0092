"""An object keeps a closure that keeps the object.

The object holds the closure, and the closure holds the object:

```python
class Panel:
    def __init__(self, name):
        self.name = name
        self.title = lambda: self.name.title()  # a cycle
```

Reference counting alone never frees such a cycle; it stays, with all attributes of the object, until the garbage
collector runs. The same holds for `self.load = lru_cache()(self._load)`, and for any other object that a function
makes, or is given, and stores a closure over it on.

This is common and mostly harmless, and therefore opt-in. Where objects are large or many, capture what is needed
instead of `self`, or a `weakref.ref` of it.

Silent where another method takes the closure off the object again, and where the object is a class.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule


@rule("CLO310", "owner-cycle", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each closure that is stored on the object that it captures."""
    span = facts.source.span
    for fact in facts.owner_cycles:
        name = fact.variable.name
        what = "a wrapped method of its own" if fact.is_method else "a closure that captures it"
        yield Finding(
            "CLO310",
            span(fact.node),
            name,
            f"{name!r} keeps {what}, a cycle that only the garbage collector frees: capture less, or a weak reference",
            notes=(Note(span(fact.store), f"it is stored on {name!r} here"),),
        )
