"""A function reads a variable that has no value when it runs: it runs too early, or the value is gone.

A closure keeps variables, not values. It may be called before its variable is bound, after `del`, or after the `except`
block at whose end Python deletes the variable of the block:

```python
def start(connect):
    try:
        connect()
    except OSError as error:
        return lambda: print(error)  # NameError when it is called: the block is over
```

Bind the variable before the call; keep the value of an `except` variable under another name, or as the default of a
parameter. The finding stands at the first read that fails. It is reported only if a use of the function certainly comes
too early or too late, and if the function certainly reaches the read. A generator or coroutine runs when it is first
drawn from or awaited, up to its first `yield` or `await`.

A read in the function of the `except` block itself is reported if every path out of that block leads to it, even if the
variable has a value on other paths.

Binding an exception as a default (`error=error`) is offered as an unsafe repair: the exception keeps the frames of its
traceback alive for as long as the function lives.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.early import EarlyCapture
from flake8_closures.facts.hiding import outer_variable
from flake8_closures.facts.positions import line_of, position
from flake8_closures.facts.unbound import Unbound
from flake8_closures.model import BindingKind, Finding, Note, Remedy, Safety, ScopeKind
from flake8_closures.rules import rule
from flake8_closures.rules.binding import TITLES
from flake8_closures.rules.declaration import declare
from flake8_closures.rules.early_value import FRAMES
from flake8_closures.rules.outer_variable import failure, outer_note


@rule("CLO205", "free-not-bound")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first read of each variable that has no value when the function around the read runs."""
    for fact in (*facts.unbound, *facts.taken_away):
        if fact.deleted:
            yield _gone(fact, facts)
    late = {(each.closure, each.capture.variable) for each in facts.late_captures} if facts.early_captures else set()
    for early in facts.early_captures:
        if (early.closure, early.capture.variable) not in late:
            yield _not_there(early, facts)


def _gone(fact: Unbound, facts: Facts) -> Finding:
    ended = next(binding for binding in reversed(fact.live) if binding.kind in (BindingKind.DELETE, BindingKind.EXCEPT))
    end = "deletes it" if ended.kind is BindingKind.DELETE else "binds it for the except block alone"
    line = line_of(ended.node)
    return Finding(
        "CLO205",
        facts.source.span(fact.touch),
        fact.name,
        f"{fact.name!r} {'has' if fact.sure else 'may have'} no value here: line {line} {end}, so {failure(fact)}"
        f"{'' if fact.sure else ' after that'}",
        notes=(Note(facts.place_of(ended), f"{fact.name!r} loses its value here"),),
    )


def _not_there(early: EarlyCapture, facts: Facts) -> Finding:
    variable, use = early.capture.variable, early.use
    name, kind = variable.name, early.closure.scope.kind.value
    used = f"this {kind} is {use.text} on line {line_of(use.node)}"
    notes = [Note(facts.source.span(use.node), f"the {kind} is {use.text} here")]
    if early.ended is not None:
        line = line_of(early.ended.node)
        block = "`del`" if early.ended.kind is BindingKind.DELETE else "except block"
        when = "will have no value" if use.lasting else "no longer has a value"
        message = f"{name!r} {when} when {used}: the {block} of line {line} takes it away; keep it under another name"
        notes.append(Note(facts.place_of(early.ended), f"{name!r} loses its value here"))
    else:
        bound = min(variable.bindings, key=lambda binding: position(binding.node))
        message = f"{name!r} has no value yet when {used}: line {line_of(bound.node)} binds it too late"
        notes.append(Note(facts.place_of(bound), f"{name!r} is bound here"))
    outer = outer_variable(variable.scope, name)
    if outer is not None:
        notes.append(outer_note(outer, name, facts))
    return Finding(
        "CLO205",
        facts.source.span(early.read.node),
        name,
        message,
        notes=tuple(notes),
        remedies=_remedies(early, facts),
    )


def _remedies(early: EarlyCapture, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedies: bind the variable of an `except` block, share an outer variable that was hidden too late."""
    variable, closure = early.capture.variable, early.closure
    if early.ended is not None:
        if early.ended.kind is BindingKind.DELETE or closure.scope.kind is ScopeKind.GENERATOR or early.capture.writes:
            return ()
        title = TITLES["bind_default"].format(name=variable.name)
        return (Remedy("bind_default", facts.source.span(closure.node), variable.name, title, Safety.UNSAFE, FRAMES),)
    outer = outer_variable(variable.scope, variable.name)
    if outer is None:
        return ()
    doubt = f"{variable.name!r} may be meant as a name of {variable.scope.name!r}"
    return declare(variable.scope, variable.name, outer, facts, doubt)
