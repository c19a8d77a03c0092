"""A function that nobody else keeps is connected to a signal that holds it weakly.

The signals of Django, blinker (Flask), Celery, Scrapy, PyDispatcher and PyPubSub keep weak references to receivers. A
lambda, a `functools.partial` or a function made by another function is gone as soon as nobody else holds it, and the
signal goes on without it: no error, no call. The same holds for what is put into a `weakref.WeakSet`, into a dictionary
of weak values or keys, or behind a `weakref.ref`: there a bound method is gone at once too. So is an
argument of a function of the file that only passes it on to such a place.

```python
from django.apps import AppConfig
from django.db.models.signals import post_save

class ShopConfig(AppConfig):
    def ready(self):
        def restock(sender, **kwargs):
            ...

        post_save.connect(restock, sender=Order)  # gone when `ready` returns, never called
```

Define the receiver in a module or as a method of an object that lives, or pass `weak=False`; `weak=True` says that this
is meant. The repair adds `weak=False`; it is unsafe, because receivers then live as long as the signal.

Silent where the function that connects may send the signal itself, returns the receiver, or stores it, and for
references that have a callback, or are to `lambda: None`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.lifetime.receivers import DeadReceiver
from flake8_closures.model import Finding, Note, Remedy, Safety
from flake8_closures.rules import rule

_REASON = "the signal then keeps the receiver, and all it captures, alive"


@rule("CLO330", "weak-receiver-dies")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each receiver that dies where it is connected."""
    for dead in facts.dead_receivers:
        connection = dead.connection
        name = brief(connection.signal)
        when = "at once" if dead.maker is None else f"when {dead.maker.name!r} returns"
        told = "add `weak=False`, or `weak=True` if that is meant"
        other = "use `weakref.WeakMethod`" if dead.kind == "bound method" else "keep it somewhere else too"
        advice = told if connection.can_be_held else other
        notes = [Note(facts.source.span(connection.receiver), f"the {dead.kind} that nobody else keeps")]
        if connection.origin is not None:
            notes.append(Note(facts.source.span(connection.origin), "held weakly here"))
        yield Finding(
            "CLO330",
            facts.source.span(connection.place),
            name,
            f"{name!r} holds its receiver weakly: this {dead.kind} is gone {when} and is never called; {advice}",
            connection.confidence,
            notes=tuple(notes),
            remedies=_remedies(dead, name, facts),
        )


def _remedies(dead: DeadReceiver, name: str, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedy; none where there is no argument for it."""
    if not dead.takes_argument:
        return ()
    span = facts.source.span(dead.connection.place)
    return (Remedy("hold_strongly", span, name, "add weak=False", Safety.UNSAFE, _REASON),)
