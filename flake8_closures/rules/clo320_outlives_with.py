"""A lazy iterator or a closure is used after the `with` block that closed what it draws from.

A generator expression, `map`, `csv.reader`, a lambda, a `partial`: they use their file, connection or pool when they
run, not where they are written. After the `with` block it is closed, with all that an `ExitStack` has entered; a
`TemporaryDirectory` is removed:

```python
def words(path):
    with open(path) as file:
        return (line.split() for line in file)  # ValueError: I/O operation on closed file
```

Evaluate the values inside the block (`[line.split() for line in file]`), or make the function a generator that keeps
the block open while it yields.

Silent where it is used up inside the block, where the block ends later (`yield` inside it), and for attributes that a
closed object still has, such as the name of a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.positions import line_of
from flake8_closures.model import Finding, Note
from flake8_closures.rules import rule


@rule("CLO320", "outlives-with-block")
def check(facts: Facts) -> Iterator[Finding]:
    """Report each thing that draws from a closed resource, at the place where it names the resource."""
    for outlived in facts.outlived:
        resource, use, kind = outlived.resource, outlived.use, outlived.kind
        name, used = resource.binding.name, f"{use.text} on line {line_of(use.node)}"
        after = f"but this {kind} lives on ({used})" if use.lasting else f"before this {kind} is {used}"
        made, closed = ("made", "removed") if resource.is_folder else ("opened", "closed")
        end = ": draw from it inside the block" if outlived.is_drawn_from else ": use it inside the block"
        what = f"what {name!r} holds" if resource.is_many else f"{name!r}"
        yield Finding(
            "CLO320",
            facts.source.span(outlived.read),
            name,
            f"{what} is {closed} at the end of the `with` block of line {resource.statement.lineno}, {after}{end}",
            resource.confidence,
            notes=(
                Note(facts.source.span(resource.binding.node), f"{what} is {made} here, for the block alone"),
                Note(facts.source.span(use.node), f"the {kind} is {use.text}"),
            ),
        )
