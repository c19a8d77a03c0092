"""A method registers a callback with `atexit` that owns its object, and never unregisters it.

`atexit` keeps every callback until the process ends. One that holds `self` keeps the object and all it owns as long:

```python
import atexit

class Browser:
    def __init__(self):
        self.profile = make_profile()
        atexit.register(self.close)  # every browser that was ever made lives until exit

    def close(self):
        self.profile.remove()
```

`weakref.finalize(self, remove_profile, self.profile)` runs when the object goes, and at exit at the latest. Or call
`atexit.unregister(self.close)` when the object is closed.

Opt-in, because objects that a program makes once are meant to live until exit. Silent where the class unregisters.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Confidence, Finding, Note
from flake8_closures.rules import rule


@rule("CLO312", "object-kept-until-exit", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report what each method registers that owns its object."""
    for kept in facts.kept_until_exit:
        name = kept.variable.name
        yield Finding(
            "CLO312",
            facts.source.span(kept.holder),
            name,
            f"{name!r} is kept alive by atexit until the process ends: {kept.how}; "
            "weakref.finalize runs at exit too, and lets it go before",
            Confidence.LIKELY,
            notes=(Note(facts.source.span(kept.call), "registered here"),),
        )
