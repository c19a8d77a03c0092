"""Every iteration of a loop makes a large object, and a closure keeps it.

A default such as `chunk=chunk` gives each closure its own object, which is right where the variable would otherwise be
read too late. Closures that are appended or registered live on together, and so do all their objects:

```python
def make():
    callbacks = []
    for number in range(12):
        chunk = bytes(1_000_000)
        callbacks.append(lambda chunk=chunk: len(chunk))  # keeps 12 MB in all
    return callbacks
```

The same holds for a function that makes such a closure and is called in each round. Let each closure keep what it needs
of its object, here the length.

It is reported only if the sizes and the number of iterations are proved from the text of the file, and their product
reaches `--closures-retain-bytes` (10 MB).
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.retained import Held
from flake8_closures.model import Finding
from flake8_closures.rules import held_object, rule
from flake8_closures.rules.weight import proof, size


@rule("CLO304", "giant-each-round")
def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each closure made in a loop and object that it keeps."""
    for held in facts.held:
        if held.copies < 2 or held.weight.size is None:
            continue
        total = size(held.weight.size * held.copies)
        yield Finding(
            "CLO304",
            facts.source.span(held.closure.node),
            held.name,
            f"each of {held.copies} {_repeated(held)} makes {held.name!r} = {proof(held.weight)}, and "
            f"{held_object.holder(held)} keeps it: {total} in all",
            held_object.confidence(held),
            notes=held_object.notes(held, facts),
        )


def _repeated(held: Held) -> str:
    """Return what the loops repeat: the making of the closure, or the call of the function that makes it."""
    return f"calls of {brief(held.called)!r}" if held.called else "rounds"
