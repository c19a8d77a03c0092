"""Where does a file put something into a container that holds it weakly, or store a weak reference to it?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_closures.facts.knowledge import containers, lifetimes
from flake8_closures.facts.lifetime.connections import Connection
from flake8_closures.facts.lifetime.origins import Origins, argument


def find(origins: Origins) -> Iterator[Connection]:
    """Yield what the containers and references of `weakref` are given."""
    for made, dotted in origins.calls("weakref"):
        if dotted in lifetimes.WEAK_REFERENCES:
            given = argument(made, 0)
            if given is not None and _is_stored(origins, made):
                yield Connection(made, given, made.func, can_be_held=False, is_plain=True)
        elif dotted in lifetimes.WEAK_CONTAINERS:
            yield from _put_in(origins, made, dotted)


def _is_stored(origins: Origins, reference: ast.Call) -> bool:
    """Return whether a reference is kept for later. One that is returned, or has a callback, may be dead on purpose."""
    around = origins.parent(reference)
    if len(reference.args) > 1 or reference.keywords:
        return False
    if isinstance(around, ast.Assign):
        return all(isinstance(target, ast.Attribute | ast.Subscript) for target in around.targets)
    return (
        isinstance(around, ast.Call) and isinstance(around.func, ast.Attribute) and around.func.attr in containers.ADDS
    )


def _put_in(origins: Origins, made: ast.Call, kind: str) -> Iterator[Connection]:
    """Yield what is put into a container that is made by a call: by a method of it, or under a key."""

    def accepts(value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and origins.names.dotted(value.func) == kind

    held = lifetimes.WEAK_CONTAINERS[kind]
    for container in origins.objects(made, accepts):
        around = origins.parent(container)
        outer = origins.parent(around) if around is not None else None
        if isinstance(around, ast.Attribute) and isinstance(outer, ast.Call) and outer.func is around:
            place = held.get(around.attr)
            given = argument(outer, place) if place is not None else None
            if given is not None and isinstance(origins.parent(outer), ast.Expr):
                yield Connection(outer, given, container, can_be_held=False, is_plain=True)
        elif isinstance(around, ast.Subscript) and isinstance(outer, ast.Assign) and outer.targets == [around]:
            given = outer.value if held["[]"] else around.slice
            yield Connection(around, given, container, can_be_held=False, is_plain=True)
