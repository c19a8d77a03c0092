"""Where does a file put something into a container that holds it weakly, or store a weak reference to it?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_closures.facts.callees import is_none
from flake8_closures.facts.knowledge import containers, lifetimes
from flake8_closures.facts.lifetime.connections import Connection
from flake8_closures.facts.semantics import SemanticModel, argument


def find(semantics: SemanticModel) -> Iterator[Connection]:
    """Yield what the containers and references of `weakref` are given."""
    for made, dotted in semantics.calls("weakref"):
        if dotted in lifetimes.WEAK_REFERENCES:
            given = argument(made, 0)
            if given is not None and _is_kept(semantics, made, given) and not _is_dead_on_purpose(made, given):
                yield Connection(made, given, made.func, can_be_held=False, is_plain=True)
        elif dotted in lifetimes.WEAK_CONTAINERS:
            yield from _put_in(semantics, made, dotted)


def _is_kept(semantics: SemanticModel, reference: ast.Call, given: ast.expr) -> bool:
    """Return whether a reference is there for later: stored or put into a container; returned, if to nothing else.

    One that is returned to what has a name may be there to see whether that lives on.
    """
    around = semantics.parent(reference)
    if isinstance(around, ast.Assign):
        return all(isinstance(target, ast.Attribute | ast.Subscript) for target in around.targets)
    if isinstance(around, ast.Call):
        return isinstance(around.func, ast.Attribute) and around.func.attr in containers.ADDS
    return isinstance(around, ast.Return) and isinstance(given, ast.Lambda)


def _is_dead_on_purpose(reference: ast.Call, given: ast.expr) -> bool:
    """Return whether a reference tells when its object is gone, or is to something that does nothing."""
    is_told = len(reference.args) > 1 or bool(reference.keywords)
    return is_told or (isinstance(given, ast.Lambda) and is_none(given.body))


def _put_in(semantics: SemanticModel, made: ast.Call, kind: str) -> Iterator[Connection]:
    """Yield what is put into a container that is made by a call: by a method of it, or under a key."""

    def accepts(value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and semantics.names.dotted(value.func) == kind

    held = lifetimes.WEAK_CONTAINERS[kind]
    for container in semantics.objects(made, accepts):
        around = semantics.parent(container)
        outer = semantics.parent(around) if around is not None else None
        if isinstance(around, ast.Attribute) and isinstance(outer, ast.Call) and outer.func is around:
            place = held.get(around.attr)
            given = argument(outer, place) if place is not None else None
            if given is not None and isinstance(semantics.parent(outer), ast.Expr):
                yield Connection(outer, given, container, can_be_held=False, is_plain=True)
        elif isinstance(around, ast.Subscript) and isinstance(outer, ast.Assign) and outer.targets == [around]:
            given = outer.value if held["[]"] else around.slice
            yield Connection(around, given, container, can_be_held=False, is_plain=True)
