"""A closure made in a loop is handed to a callee that cannot be analysed.

Whether the closure reads its variable late depends on the callee: one that calls it at once is fine, one that keeps
it is not. The callee's name and what becomes of its result say too little here for a report under CLO101 or CLO102:

```python
for name in names:
    engine.process(lambda: load(name))  # now, or later?
```

Opt-in: turn it on for a review. `--closures-sync-callees` and `--closures-deferred-callees` say what your callees do.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.model import Finding
from flake8_closures.rules import rule
from flake8_closures.rules.late_capture import late_finding


@rule("CLO105", "closure-for-unseen-callee", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report the late reads that are too doubtful for the other codes."""
    for late in facts.late_captures:
        if late.likelihood < PROBABLE:
            yield late_finding("CLO105", late, facts)
