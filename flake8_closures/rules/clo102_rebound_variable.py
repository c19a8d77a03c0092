"""A closure outlives the iteration that made it and reads a variable late that the loop binds again.

A loop binds more than its target in every iteration: assignments in the body, `with` and `except` targets, a walrus, an
import, a nested `def`. A closure keeps the variable, so it sees the last of these values. Of an `except` target it sees
none at all, because Python deletes it at the end of the block:

```python
for row in rows:
    total = sum(row)
    reports.append(lambda: total)  # every report gives the total of the last row
```

Bind the value when the closure is made: `lambda *, total=total: total`. Where the value comes later in the iteration
than the closure, move the closure down, or make it in a function of its own.

Silent where every iteration gives the variable the same value, and where the closure is used up before the next one.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.model import Finding
from flake8_closures.rules import rule
from flake8_closures.rules.late_capture import late_finding


@rule("CLO102", "rebound-variable-read-late")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first late read of each other variable that the loop binds again."""
    for late in facts.late_captures:
        if late.likelihood >= PROBABLE and not late.lazy and not late.is_of_target:
            yield late_finding("CLO102", late, facts)
