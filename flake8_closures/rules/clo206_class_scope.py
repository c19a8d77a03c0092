"""A name of a class body is used where it cannot be seen: in a method, a nested function or a comprehension.

The names of a class body are attributes of the class, not variables of the functions inside it:

```python
class Grid:
    width = 8
    cells = [0 for _ in range(width)]  # fine: the first iterable is evaluated by the class body
    rows = [width * i for i in range(8)]  # NameError: the rest is not

    def area(self):
        return width * width  # NameError
```

Write `self.width` or `Grid.width`; in the class body use a plain loop instead of the comprehension. The other way
round, a class body in a function that binds a name of its own does not see the function's variable of that name, not
even above the binding: `ret = ret` fails, or finds a variable of the module.

It reports reads that nothing in the module can satisfy, methods that change the name like a variable of their own, and
methods that bind the name and never read it, where the attribute was meant: to a constant, or to a new value of the
attribute.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.blocks import unit
from flake8_closures.facts.classes import Blindness, ClassName
from flake8_closures.model import Confidence, Finding, Note, ScopeKind
from flake8_closures.rules import rule


@rule("CLO206", "class-scope")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first use of each name of a class body in each function that does not see it."""
    for fact in facts.class_names:
        name, owner = fact.variable.name, fact.variable.scope
        text = f"{name!r} of class {owner.name!r} is bound here"
        notes = [Note(facts.place_of(binding), text) for binding in owner.writes.get(name, ())]
        yield Finding(
            "CLO206",
            facts.source.span(fact.node),
            name,
            _message(fact),
            Confidence.LIKELY if fact.blindness is Blindness.VAIN else Confidence.CERTAIN,
            notes=tuple(notes[:1]),
        )


def _message(fact: ClassName) -> str:
    name, place = fact.variable.name, fact.place.name
    owner = f"class {fact.variable.scope.name!r}"
    if fact.blindness is Blindness.BEFORE:
        happens = "Python reads the variable of the module instead" if fact.found else "this raises NameError"
        return (
            f"{name!r} is a name of {owner}, which hides the one of the function around: {happens}; rename one of them"
        )
    if fact.blindness is Blindness.OUTSIDE:
        advice = f"write `{fact.variable.scope.name}.{name}`"
        if unit(fact.place) is unit(fact.variable.scope):
            advice = "bind it outside the class" if fact.place.kind is ScopeKind.CLASS else "use a plain loop"
        return f"{name!r} is a name of {owner} that {place!r} does not see, so this raises NameError: {advice}"
    if fact.blindness is Blindness.FAILING:
        return f"{name!r} is local to {place!r} and has no value here: write `self.{name}` for the one of {owner}"
    return f"{name!r} is bound in {place!r} and never read there: write `self.{name}` for the one of {owner}"
