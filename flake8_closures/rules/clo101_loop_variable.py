"""A closure outlives the iteration that made it and reads the loop variable late.

A closure keeps the variable, not the value it had. All closures of a loop share the one variable that the loop binds
again and again; called after the loop, each of them reads the last value:

```python
handlers = []
for name in names:
    handlers.append(lambda: print(name))  # every handler prints the last name
```

Bind the value when the closure is made: `lambda *, name=name: print(name)`. The default is evaluated once, when the
lambda is made. It is keyword-only, so that no caller can overwrite it with one more argument.

Silent where the closure is called, or consumed, before the loop goes on: `sorted(rows, key=lambda row: row[column])`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.model import Finding
from flake8_closures.rules import rule
from flake8_closures.rules.late_capture import late_finding


@rule("CLO101", "loop-variable-read-late")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first late read of each loop or comprehension target in each closure."""
    for late in facts.late_captures:
        if late.likelihood >= PROBABLE and not late.lazy and late.is_of_target:
            yield late_finding("CLO101", late, facts)
