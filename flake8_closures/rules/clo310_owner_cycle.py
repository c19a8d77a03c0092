"""An object keeps a closure that keeps the object.

The object holds the closure, and the closure holds the object:

```python
class Panel:
    def __init__(self, name):
        self.name = name
        self.title = lambda: self.name.title()  # a cycle
```

Reference counting alone never frees such a cycle; it stays, with all attributes of the object, until the garbage
collector runs. The same holds for `self.load = lru_cache()(self._load)`, for a generator that waits at a `yield` of
a method (`self.tokens = self._read()`), for a closure that a cached property returns, and for any other object on which
a function stores a closure over that object.

This is common and mostly harmless, and therefore opt-in. Where objects are large or many, capture what is needed
instead of `self`, or a `weakref.ref` of it.

Silent where another method, or the closure itself, takes the closure off the object again, where a method draws all
items of the generator, for the target of a thread, which is dropped when it has run, and where the object is a class.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.cycles.owners import Kind
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule


@rule("CLO310", "owner-cycle", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each closure that is stored on the object that it captures."""
    span = facts.source.span
    for fact in facts.owner_cycles:
        name = fact.variable.name
        is_generator = fact.kind is Kind.GENERATOR
        advice = "`close()` it when it is done with" if is_generator else "capture less, or a weak reference"
        yield Finding(
            "CLO310",
            span(fact.node),
            name,
            f"{name!r} keeps a {fact.kind.value}, a cycle that only the garbage collector frees: {advice}",
            notes=(Note(span(fact.store), f"it is stored on {name!r} here"),),
        )
