"""How is a missing declaration told, and may it be written? The wording and the remedy that CLO201 to CLO208 share."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.sometimes import is_forgotten
from flake8_closures.facts.spots import is_mangled
from flake8_closures.facts.unbound import REBINDING, Unbound, is_plain
from flake8_closures.model import BindingKind, Finding, Note, Remedy, Safety, Scope, ScopeKind, Variable

_ANNOTATING = (BindingKind.ANNOTATED, BindingKind.ANNOTATION)
_REFUSED = (*_ANNOTATING, BindingKind.PARAMETER, BindingKind.TYPE_PARAMETER, BindingKind.EXCEPT)
"""Beside all but the last a declaration is a syntax error; the end of an except block unbinds the outer variable."""
_MOST_NOTES = 5
"""As many functions that lack the same declaration are shown."""
_OBSERVERS = ("locals", "vars", "eval", "exec", "dir")


def missing(facts: Facts, word: str) -> Iterator[Unbound]:
    """Yield the variables whose function lacks a declaration with a keyword, the sure ones first."""
    for fact in facts.unbound:
        if fact.lacks_declaration and keyword(fact.outer) == word:
            yield fact
    for fact in facts.sometimes_unbound:
        if keyword(fact.outer) == word and is_forgotten(fact):
            yield fact


def missing_declaration(code: str, fact: Unbound, facts: Facts) -> Finding:
    """Return the finding at the first touch that fails for want of a declaration."""
    name, function = fact.name, fact.function
    remedies = declare(function, fact.variable.name, fact.outer, facts, doubt(fact, facts))
    failure = fact.failure if fact.sure else f"{fact.failure} where it has none"
    advised = advice(fact.variable, fact.outer, name)
    return Finding(
        code,
        facts.source.span(fact.touch),
        name,
        f"{name!r} is local to {function.name!r} because {fact.because}, so {failure}: {advised}",
        notes=explanation(fact, facts),
        remedies=remedies,
    )


def advice(variable: Variable, outer: Variable | None, name: str) -> str:
    """Return what to write so that a function shares an outer variable, in words."""
    kinds = {binding.kind for binding in variable.bindings}
    declaration = f"add `{keyword(outer)} {name}`"
    if variable.scope.kind is ScopeKind.LAMBDA:
        return f"{declaration}, which takes a def"
    if kinds & {*_ANNOTATING}:
        return f"{declaration} and drop the annotation"
    if BindingKind.EXCEPT in kinds:
        return f"{declaration} and rename the variable of the except clause"
    return declaration


def keyword(outer: Variable | None) -> str:
    """Return the statement that makes a function share an outer variable; None is one of the module that is missing."""
    return "global" if outer is None or outer.scope.kind is ScopeKind.MODULE else "nonlocal"


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
    """Return how a block is called in a sentence."""
    return "the module" if scope.parent is None else repr(scope.name)


def declare(function: Scope, name: str, outer: Variable | None, facts: Facts, reason: str) -> tuple[Remedy, ...]:
    """Return the remedy that declares an outer variable in a function; none where the language does not allow it.

    `reason` says why the remedy is not safe, whatever else is found; it is empty where nothing speaks against it so
    far.
    """
    bindings = function.variables[name].bindings
    if function.kind is not ScopeKind.FUNCTION or any(binding.kind in _REFUSED for binding in bindings):
        return ()
    if any(is_mangled(name, binding.node) for binding in bindings) or (
        outer and outer.scope.kind is ScopeKind.TYPE_PARAMETERS
    ):
        return ()
    verb = keyword(outer)
    others = sorted({binding.kind.value for binding in bindings if binding.kind not in REBINDING})
    watching = [word for word in _OBSERVERS if word in function.reads and function.owners[word] is None]
    if others:
        reason = reason or f"{name!r} is bound as {' and '.join(others)} here: a variable of its own may be meant"
    elif watching:
        reason = reason or f"the function looks at its variables with {watching[0]}()"
    elif outer and not is_plain(outer):
        reason = reason or "the outer name is imported or defined, not assigned"
    elif verb == "global" and name.isupper() and len(name) > 1:
        reason = reason or "the outer name is spelled as a constant"
    safety = Safety.UNSAFE if reason else Safety.SAFE
    place = facts.source.span(function.node)
    words = f"declare {name!r} {verb} in {function.name!r}"
    return (Remedy(f"declare_{verb}", place, name, words, safety, reason),)


def doubt(fact: Unbound, facts: Facts) -> str:
    """Return why a variable that is touched too early may be meant as the function's own; empty if it cannot be."""
    if not fact.always:
        return "on another way the function gives the name a value of its own first"
    if facts.comes_round(fact):
        return "a value of its own, given before the loop, may be meant"
    if fact.outer is not None and fact.is_setting:
        return f"all calls would share what {fact.outer.scope.name!r} was given; a copy for each may be meant"
    return ""
