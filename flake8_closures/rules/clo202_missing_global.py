"""A function changes a variable of its module without `global`, and fails.

Any binding of a name makes it local to the whole function: `runs += 1` reads the function's own `runs`, which has no
value yet, and Python raises UnboundLocalError. The variable of the module is never looked at.

```python
runs = 0


def run():
    runs += 1  # UnboundLocalError
```

Declare the name: `global runs` as the first statement of `run`. The finding stands at the first place that fails; its
notes show the variable that is meant and what makes the name local. It is reported only where the failure is certain:
no path through the function leads past it, or the failing place itself can never see a value. Where only some paths
fail, it is reported if nobody else would read the outer variable.

The repair is safe if the function can only fail today: then nothing but the failure changes. It is unsafe where the
function may mean a variable of its own that lacks a first value, and for names spelled as constants.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding
from flake8_closures.rules import rule
from flake8_closures.rules.missing_declaration import missing, missing_declaration


@rule("CLO202", "missing-global")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first failing touch of each variable that lacks a `global`."""
    for fact in missing(facts, "global"):
        yield missing_declaration("CLO202", fact, facts)
