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

Nothing in the code says which variable is meant, so the rule needs evidence. If the function never reads its own
variable, little is enough, because such a variable would be useless:

- another function declares the outer variable and changes it, or this function declares other variables;
- the outer variable is bound once, to a literal, and is read later, or nothing else in the file mentions it;
- the outer variable is read later, and no other function has a variable of that name;
- the function does nothing else, and stores an argument or sets what is read later; or the outer variable refers to the
  function itself.

A variable also counts as never read if it only holds a new container that the function fills and never looks at.

If the function also reads its variable, it may well be its own. Then the rule needs more:

- the outer variable has an annotation and is never bound, or all other functions that change it rely on its value;
- it is always `None`, or a container that nobody fills, or bound once to a literal that nothing else mentions, unless
  the function returns its own variable;
- the function declares variables beside it: in the same assignment, of the same enclosing function, named like state
  (`_cache`, `LIMIT`), or declared together with it elsewhere;
- other functions change it, and it is named like state, or there are several such functions, or one of them is nested
  in this function (or all of them, if nobody else uses it), or this function only sets it to its initial value;
- it is a constant, and other functions declare it although they only read it;
- the function stores an argument in it, or computes a value for it although it is named like state, or sets it both to
  other values and to its initial one, or replaces itself with it;
- the function looks it up in `globals()`, or is the `__getattr__` of the module, is asked for it, and does not return
  it.

A name that nobody binds belongs to the module if functions, or lines of the module, read it. It also does if it belongs
with what the function declares: as one of a family (`bool_type` with `int_type` and `text_type`, or all in capitals),
or because it comes from the same place (`port = config["port"]` with `host = config["host"]`).

Functions that look at `locals()` are left alone. So are functions that pass the value to the function that declares the
name, or get it from there, and functions whose outer variable is bound again before anybody reads it.

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
