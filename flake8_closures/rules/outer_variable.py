"""How does a message say which variable is meant, what hides it, and what happens?"""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.positions import line_of
from flake8_closures.facts.unbound import Unbound
from flake8_closures.model import BindingKind, Note, Scope, Variable

_MOST_NOTES = 5
"""How many other functions that lack the same declaration are shown."""
_VERBS = {
    BindingKind.ASSIGN: "assigns it",
    BindingKind.AUGMENTED: "assigns it",
    BindingKind.ANNOTATED: "assigns it",
    BindingKind.ANNOTATION: "annotates it",
    BindingKind.LOOP_TARGET: "binds it in a for loop",
    BindingKind.WITH: "binds it in a with statement",
    BindingKind.EXCEPT: "binds it in an except clause",
    BindingKind.IMPORT: "imports it",
    BindingKind.DEF: "defines it",
    BindingKind.CLASS: "defines it",
    BindingKind.PARAMETER: "takes it as a parameter",
    BindingKind.WALRUS: "assigns it",
    BindingKind.PATTERN: "binds it in a pattern",
    BindingKind.DELETE: "deletes it",
    BindingKind.TYPE_ALIAS: "defines it",
}


def because(fact: Unbound) -> str:
    """Return what makes a name local."""
    return f"line {line_of(fact.maker.node)} {_VERBS[fact.maker.kind]}"


def failure(fact: Unbound) -> str:
    """Return what happens at the touch."""
    what = "`del`" if fact.is_deletion else "read"
    return f"this {what} raises {'UnboundLocalError' if fact.place is fact.function else 'NameError'}"


def explanation(fact: Unbound, facts: Facts) -> tuple[Note, ...]:
    """Return notes on the outer variable, on what makes the name local, and on other functions that do the same."""
    notes = []
    if fact.outer is not None:
        notes.append(outer_note(fact.outer, fact.name, facts))
    notes.append(Note(facts.place_of(fact.maker), f"this makes {fact.name!r} local to {title(fact.function)}"))
    others = [other for other in facts.unbound_beside(fact.outer)[: _MOST_NOTES + 1] if other is not fact]
    for other in others[:_MOST_NOTES]:
        notes.append(Note(facts.place_of(other.maker), f"{title(other.function)} lacks the same declaration"))
    return tuple(notes)


def outer_note(outer: Variable, name: str, facts: Facts) -> Note:
    """Return a note on where an outer variable is first bound."""
    return Note(facts.place_of(outer.bindings[0]), f"the {name!r} of {title(outer.scope)} is bound here")


def title(scope: Scope) -> str:
    """Return the name of a block in a sentence."""
    return "the module" if scope.parent is None else repr(scope.name)
