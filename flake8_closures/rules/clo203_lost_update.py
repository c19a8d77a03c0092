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

It takes evidence that the outer variable is meant. A variable that its function never reads would be useless, so
little is enough:

- another function declares the outer one and changes it, or this function declares others;
- the outer one is bound once, to a literal, and read later, or nothing else in the file mentions it;
- it is any variable that is read later, and no other function has one of its own;
- the function does nothing else, and keeps an argument or sets what is read later; or the outer one stands for the
  function itself.

A variable that holds a new container which the function fills and never looks at counts as never read.

A variable that its function also reads could well be its own. Then it takes more:

- the outer one is annotated and never bound, or everybody else who changes it relies on its having a value;
- it is `None` for ever, or a container that nobody fills, or bound once to a literal that nothing else mentions, unless
  the function returns its own;
- the function declares others beside it: in the same assignment, or of the same enclosing function, or spelled like
  state (`_cache`, `LIMIT`), or declared together with it elsewhere;
- others change it, and it is spelled like state, or there are several of them, or one of them is nested in the
  function (or all of them, if nobody else has a use for it), or the function only sets it to its initial value;
- others declare it who only read it, while it is a constant;
- the function stores an argument in it, or computes a value for it although it is spelled like state, or sets it to
  other values and to its initial one, or replaces itself with it;
- the function looks it up in `globals()`, or is the `__getattr__` of the module, looked up for it, and does not return
  it.

A name that nobody binds belongs to the module if functions read it, or the lines of the module; or if it goes with what
the function declares, as one of a family (`bool_type` with `int_type` and `text_type`, or all in capitals), or is taken
where another is taken (`port = config["port"]` with `host = config["host"]`).

Functions that look at `locals()` are left alone, and so are those that hand the value to the function that declares the
name, or have it from there, and those whose outer variable is bound anew before anybody reads it.

The repair is unsafe: it changes what the program does, which is the point.
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
