"""A function assigns a variable that it never reads, where the one of the enclosing function or module was meant.

Nothing fails: the function binds a variable of its own and forgets it, and the outer one keeps its old value.

```python
def wait(subscribe):
    done = False

    def on_done():
        done = True  # a variable of on_done alone

    subscribe(on_done)
    return done  # always False
```

Declare the name: `nonlocal done`, or `global` for a variable of the module. Other tools call the variable unused, and
their repairs remove the assignment, which hides the bug for good.

Usually the name is never read in the function, so that a variable of its own would be useless; the outer one is read
later or elsewhere; and it is shared by another function, or is a placeholder like `None`, or the assignment is a plain
one. Loop targets, patterns and definitions count with the first two only. What the function declares besides tells
more: a name that is bound in the same assignment, that another function declares together with it, or that is spelled
like the state of a module (`_cache`, `LIMIT`) belongs to it, and so does one of a family (`bool_type` with `int_type`
and `text_type`) or of a table (`port = config["port"]` with `host = config["host"]`).

Without that, a name that the function also reads has to be

- `None` for ever outside, or a container that nobody fills, or announced and never bound;
- changed by others that give it no first value, or by several, or set to what it begins with;
- looked for in `globals()` by the function (`"log" in globals()`);
- a placeholder that takes what the function is given, or the function itself, which then hands its arguments on to it;
- mentioned by nobody else; or spelled like state, and declared by another function or bound once, to a constant.

Functions that look at `locals()` are left alone, and so are those that hand the value to the function that declares the
name, and those whose outer variable is bound anew before anybody reads it.

The repair is unsafe: it changes what the program does, which is the point.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.case import Evidence
from flake8_closures.model import Confidence, Finding
from flake8_closures.rules import rule
from flake8_closures.rules.declaration import advice, declare
from flake8_closures.rules.outer_variable import outer_note, title


@rule("CLO203", "lost-update")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first binding of each variable that is bound in vain."""
    for lost in facts.lost:
        name, function = lost.variable.name, lost.variable.scope
        where = title(lost.outer.scope) if lost.outer else "the module"
        weak = lost.evidence is Evidence.VARIABLE or (lost.evidence is Evidence.DECLARED_BESIDE and not lost.unread)
        vain = f"bound in {function.name!r} and never read there" if lost.unread else f"local to {function.name!r}"
        effect = "keeps its value" if lost.outer and lost.evidence is not Evidence.MISSING else "never gets a value"
        yield Finding(
            "CLO203",
            facts.place_of(lost.binding),
            name,
            f"{name!r} is {vain}, so the {name!r} of {where} {effect}: " + advice(lost.variable, lost.outer, name),
            Confidence.POSSIBLE if weak else Confidence.LIKELY,
            notes=(outer_note(lost.outer, name, facts),) if lost.outer else (),
            remedies=declare(function, name, lost.outer, facts, "the outer variable changes where it did not before"),
        )
