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

Nothing in Python says which variable was meant, so the rule asks for evidence. If the function never reads its
variable, or fills a new container and never looks at it, the variable would be useless. Then one of these is enough:

- The outer variable is read later. Either it begins as a literal, or no other function has a variable of that name.
- Another function declares the outer variable and changes it, or this function declares others.
- The function does nothing else, and what it stores is an argument.

If the function reads its variable, the variable could well be its own. Then the outer one has to show that something is
missing without this update:

- **It waits for a value.** It is annotated and never bound, or it is `None`, or an empty container, for ever although
  others read it. Or it begins as a literal, and the function stores an argument in it, sets it to that literal again,
  or computes its value while the name is spelled like state (`_cache`, `g_cache`, `LIMIT`).
- **Others share it.** Other functions declare it, and either they rely on its having a value, or there are several of
  them, or the name is spelled like state, or the function only sets it back.
- **It belongs with others that the function declares.** They are bound in the same assignment, are declared together
  elsewhere, or are all the function binds; or the name is spelled like state.
- **The function asks for it.** It looks the name up in `globals()`, or is the `__getattr__` of the module that lacks
  it. Or it binds its own name, to another function that it never reads there or to what it hands its arguments on to.

A name that nobody else binds belongs to the module if other functions read it. It does so, too, if it goes with what
the function declares: as one of a family (`bool_type` with `int_type` and `text_type`), or because it is taken from the
same place (`port = config["port"]` with `host = config["host"]`).

The rule is silent if the function looks at `locals()`, returns what would only wait for a value, or gives its value to
the function that declares the name. It is silent as well if the outer variable is bound again before anybody reads it.

The repair is unsafe, because it changes what the program does. That is its purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.lost import Evidence
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
