"""A function changes a variable of the function around it without `nonlocal`, and fails.

Any binding of a name makes it local to the whole function: `count += 1` reads the function's own `count`, which has no
value yet, and Python raises UnboundLocalError. The variable of the enclosing function is never looked at.

```python
def make_counter():
    count = 0

    def increment():
        count += 1  # UnboundLocalError
        return count

    return increment
```

Declare the name: `nonlocal count` as the first statement of `increment`. The finding stands at the first place that
fails; its notes show the variable that is meant and what makes the name local. It is reported only where the failure is
certain: no path through the function leads past it, or the failing place itself can never see a value. Where only some
paths fail, it is reported if nobody else would read the outer variable.

The repair is safe if the function can only fail today: then nothing but the failure changes. It is unsafe where the
function may mean a variable of its own that lacks a first value, and where the variable is a parameter of a decorator
factory: `times -= 1` would count down once for all calls of the decorated function.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding
from flake8_closures.rules import rule
from flake8_closures.rules.missing_declaration import missing, missing_declaration


@rule("CLO201", "missing-nonlocal")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first failing touch of each variable that lacks a `nonlocal`."""
    for fact in missing(facts, "nonlocal"):
        yield missing_declaration("CLO201", fact, facts)
