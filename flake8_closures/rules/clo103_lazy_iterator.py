"""A lazy iterator is kept past a rebinding of what it reads.

A generator expression, and what `map`, `filter` or `itertools` return, runs when it is iterated over, not where it is
written. Only the outermost iterable of a generator expression is looked up at once; every other name is read late:

```python
for column in columns:
    cells.append(row[column] for row in rows)  # each of them reads the last column
```

Evaluate it at once (`[row[column] for row in rows]`), or make it in a function that takes the variable as a parameter.

Silent where it is exhausted before the variable is bound again: `any(row[column] for row in rows)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.model import Finding
from flake8_closures.rules import rule
from flake8_closures.rules.late_capture import late_finding


@rule("CLO103", "lazy-iterator-read-late")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first late read of each variable in each generator expression."""
    for late in facts.late_captures:
        if late.likelihood >= PROBABLE and late.lazy:
            yield late_finding("CLO103", late, facts)
