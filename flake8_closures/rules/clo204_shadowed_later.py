"""A name is read above the loop target, import or definition that makes it local to the whole function.

A `for` target, a `with` or `except` target, an import, a `def`, a `class`, an annotation: each makes its name local to
the whole function, above that line too, and even where that line never runs. The read does not fall back to the
enclosing function, the module or the builtins; it raises UnboundLocalError.

```python
import os


def report(verbose):
    print(os.name)  # UnboundLocalError
    if verbose:
        import os.path
        print(os.path.curdir)
```

Rename the later thing, or move it up; `nonlocal` or `global` is rarely what is meant. The rule also reports an
assignment that hides an import, a function, a class or a builtin, `input = input("? ")`, and a name that no other block
has and that is read above its first value. Where the outer variable is a placeholder for what the function imports or
defines, or the function wraps the outer function again, the declaration is offered as an unsafe repair.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.unbound import REBINDING, Unbound, is_plain
from flake8_closures.model import BindingKind, Finding, Remedy
from flake8_closures.rules import rule
from flake8_closures.rules.declaration import declare
from flake8_closures.rules.outer_variable import because, explanation, failure, title

_FILLS = {BindingKind.IMPORT, BindingKind.DEF, BindingKind.CLASS}
"""Bindings that may be meant to fill an outer variable."""


@rule("CLO204", "shadowed-later")
def check(facts: Facts) -> Iterator[Finding]:
    """Report the first read that fails because a binding of another kind makes the name local."""
    for fact in facts.unbound:
        if fact.deleted or fact.lacks_declaration or fact.is_attribute:
            continue
        name = fact.name
        annotated = fact.maker.kind is BindingKind.ANNOTATION
        code = "" if fact.live or annotated else ", although that never runs"
        yield Finding(
            "CLO204",
            facts.source.span(fact.touch),
            name,
            f"{name!r} is local to {fact.function.name!r} because {because(fact)}{code}, so {failure(fact)}: "
            f"{_advice(fact)}",
            notes=explanation(fact, facts),
            remedies=_fill(fact, facts),
        )


def _advice(fact: Unbound) -> str:
    if not fact.hides:
        return "bind it first"
    hidden = f"the {fact.name!r} of {title(fact.outer.scope)}" if fact.outer else f"the builtin {fact.name!r}"
    if fact.maker.kind is BindingKind.ANNOTATION:
        return f"drop the annotation to read {hidden}"
    return f"rename it there, or bind it first, to keep it apart from {hidden}"


def _fill(fact: Unbound, facts: Facts) -> tuple[Remedy, ...]:
    """Return the declaration where the function may mean to replace, or to define, what the outer name stands for."""
    kinds = {binding.kind for binding in fact.live}
    if fact.outer is None or not (kinds & _FILLS if is_plain(fact.outer) else kinds & {*REBINDING} and not fact.called):
        return ()
    doubt = f"{fact.name!r} may be meant as a name of {fact.function.name!r}"
    return declare(fact.function, fact.variable.name, fact.outer, facts, doubt)
