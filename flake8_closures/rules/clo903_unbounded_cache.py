"""A closure keeps a cache that only grows, for as long as the module lives.

A dict in a decorator, filled with one entry for each set of arguments, holds all arguments and results until the
program ends:

```python
def memoize(func):
    cache = {}

    @functools.wraps(func)
    def wrapper(*args):
        if args not in cache:
            cache[args] = func(*args)
        return cache[args]

    return wrapper
```

`functools.lru_cache(maxsize=...)` bounds it, is safe in threads, and can be inspected and cleared; `functools.cache`
says in one word that no bound is meant.

This is an opinion, and therefore opt-in (`--extend-select CLO903`, or `CLO9`). Silent where anything removes entries,
asks for the length or gets the dict itself; where the keys are types; where the closures are only made inside
functions, for a while; and in tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Confidence, Finding, Note
from flake8_closures.rules import rule


@rule("CLO903", "unbounded-cache", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report each such dict where it is made."""
    for found in facts.caches:
        name, function = found.variable.name, found.closure.scope.name
        yield Finding(
            "CLO903",
            facts.place_of(found.variable.bindings[0]),
            name,
            f"{name!r} grows with every new key for as long as {function!r} lives, and nothing takes an entry out: "
            "use functools.lru_cache, or functools.cache if no bound is meant",
            Confidence.LIKELY if found.used else Confidence.POSSIBLE,
            notes=(Note(facts.source.span(found.store), "filled here"),),
        )
