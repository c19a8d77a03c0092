"""A function binds a name on some paths only, and the outer variable is not used on the others.

Bound anywhere in a function, a name is local everywhere in it: the outer value is no default.

```python
def show(verbose):
    style = "plain"

    def render():
        if verbose:
            style = "rich"
        return style  # UnboundLocalError unless verbose

    print(style, render())
```

Declare the name if the outer variable is meant to change, else start with a value of its own, under another name.

This rule is opt-in. It is silent where the read stands under the same condition as the binding, under a flag that is
set beside it, or comes round in a loop; still, only the author knows which paths are possible.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.sometimes import is_forgotten
from flake8_closures.model import Confidence, Finding
from flake8_closures.rules import rule
from flake8_closures.rules.declaration import declare
from flake8_closures.rules.outer_variable import because, explanation, title


@rule("CLO207", "conditionally-bound", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first read of each variable that has a value on some paths only, while an outer one has the name."""
    lost = {fact.variable for fact in facts.lost}
    for fact in facts.sometimes_unbound:
        if fact.outer is None or fact.variable in lost or is_forgotten(fact):
            continue
        name = fact.name
        doubt = f"on another path {fact.function.name!r} gives {name!r} a value of its own first"
        yield Finding(
            "CLO207",
            facts.source.span(fact.touch),
            name,
            f"{name!r} is local to {fact.function.name!r} because {because(fact)}, and has no value on other paths: "
            f"the {name!r} of {title(fact.outer.scope)} is not used instead",
            Confidence.POSSIBLE,
            notes=explanation(fact, facts),
            remedies=declare(fact.function, fact.variable.name, fact.outer, facts, doubt),
        )
