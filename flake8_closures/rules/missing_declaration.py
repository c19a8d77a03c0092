"""How is a missing declaration reported? The finding that CLO201 and CLO202 share."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.sometimes import is_forgotten
from flake8_closures.facts.unbound import Unbound
from flake8_closures.model import Finding
from flake8_closures.rules.declaration import advice, declare, keyword
from flake8_closures.rules.outer_variable import because, explanation, failure


def missing(facts: Facts, word: str) -> Iterator[Unbound]:
    """Yield the variables whose function lacks a declaration with the keyword, certain ones first."""
    for fact in facts.unbound:
        if fact.lacks_declaration and keyword(fact.outer) == word:
            yield fact
    for fact in facts.sometimes_unbound:
        if keyword(fact.outer) == word and is_forgotten(fact):
            yield fact


def missing_declaration(code: str, fact: Unbound, facts: Facts) -> Finding:
    """Return the finding at the first touch that fails because the declaration is missing."""
    name, function = fact.name, fact.function
    remedies = declare(function, fact.variable.name, fact.outer, facts, doubt(fact, facts))
    happens = failure(fact) if fact.sure else f"{failure(fact)} where it has no value"
    advised = advice(fact.variable, fact.outer, name)
    return Finding(
        code,
        facts.source.span(fact.touch),
        name,
        f"{name!r} is local to {function.name!r} because {because(fact)}, so {happens}: {advised}",
        notes=explanation(fact, facts),
        remedies=remedies,
    )


def doubt(fact: Unbound, facts: Facts) -> str:
    """Return why a variable that is touched too early may be meant as the function's own; empty if it cannot be."""
    if not fact.always:
        return "on another path the function gives the name a value of its own first"
    if facts.comes_round(fact):
        return "a value of its own, given before the loop, may be meant"
    if fact.outer is not None and fact.is_setting:
        return f"all calls would share what {fact.outer.scope.name!r} was given; a copy for each may be meant"
    return ""
