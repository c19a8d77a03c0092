"""The callback of `weakref.finalize` owns the object that it waits for.

`weakref` keeps a finalizer, and everything in it, until the object is gone. A callback that holds the object itself
keeps it from ever going: neither the object nor what it owns is freed before the process ends.

```python
import weakref

class Job:
    def __init__(self):
        self.file = open_scratch_file()
        weakref.finalize(self, self.close)  # the bound method holds the job

    def close(self):
        self.file.close()
```

Give the callback what it needs, and not the object: `weakref.finalize(self, close_file, self.file)` with a function of
the module or a static method.

Silent for static and class methods, for methods of what the object owns (`self.file.close`), and for weak references.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule


@rule("CLO311", "finalizer-owns-object")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the part of each finalizer that owns the object."""
    for kept in facts.kept_by_finalizers:
        name = kept.variable.name
        yield Finding(
            "CLO311",
            facts.source.span(kept.holder),
            name,
            f"{name!r} is kept alive by its own finalizer until the process ends: {kept.how}; "
            f"pass what the callback needs instead of {name!r}",
            notes=(Note(facts.source.span(kept.call), f"{name!r} is what this finalizer waits for"),),
        )
