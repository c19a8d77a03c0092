"""Every round of a loop makes a large object, and a closure keeps it.

A default such as `chunk=chunk` gives each closure its own object, which is what one wants where the variable would be
read too late otherwise. Closures that are appended or registered live on together, and so do all their objects: ten
chunks of 1 MB are 10 MB.

It is reported only if the sizes and the number of rounds are proved from the text of the file, and their product
reaches `--closures-retain-bytes` (10 MB).
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
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
            f"each of {held.copies} rounds makes {held.name!r} = {proof(held.weight)}, and "
            f"{held_object.holder(held)} keeps it: {total} in all",
            held_object.confidence(held),
            notes=held_object.notes(held, facts),
        )
