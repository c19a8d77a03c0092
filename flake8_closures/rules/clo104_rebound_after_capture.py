"""A closure is called after its variable was bound again, by code that is in no loop around the closure.

A closure keeps the variable, not the value that it had when the closure was made. That may be what is wanted, and it
may be an accident, above all where a name is used again for something else:

```python
path = "in.txt"
read = lambda: open(path)
path = "out.txt"
read()  # opens out.txt
```

Use another name for the other thing. If the early value is meant, bind it: `lambda *, path=path: open(path)`.

Opt-in, because the code does not show which value is meant. Silent where it is clearly the late one: for globals that
functions of the module read, for state that the closure writes, for what a loop sets before it calls the closure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flake8_closures.facts import Facts
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.model import Confidence, Finding
from flake8_closures.rules import rule
from flake8_closures.rules.late_capture import late_finding


@rule("CLO104", "variable-rebound-after-capture", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first read of each variable that is bound again before the closure is called, outside its loops."""
    gone = {(each.closure, each.capture.variable) for each in facts.early_captures}  # reported by CLO205
    for late in facts.rebound_captures:
        if late.likelihood >= PROBABLE and (late.closure, late.capture.variable) not in gone:
            yield replace(late_finding("CLO104", late, facts, offers_repair=False), confidence=Confidence.POSSIBLE)
