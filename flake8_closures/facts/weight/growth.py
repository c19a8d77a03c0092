"""How much more does a container hold after what the function that makes it surely puts into it?"""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.knowledge import containers
from flake8_closures.facts.weight import objects
from flake8_closures.facts.weight.estimate import BYTEARRAY, DICT, LIST, SET, UNKNOWN, Estimate
from flake8_closures.facts.weight.estimator import Estimator
from flake8_closures.facts.weight.rounds import rounds
from flake8_closures.model import Variable
from flake8_closures.source import Parents

KINDS = frozenset((LIST, SET, DICT, BYTEARRAY, "collections.deque"))
"""Containers that can grow."""


def grown(variable: Variable, found: Estimate, estimator: Estimator, parents: Parents) -> Estimate:
    """Return what a container holds that a variable was bound to once, after the whole function has run.

    Only what the function itself adds under no condition counts. Unknown where items may be replaced by fewer.
    """
    for reference in variable.references:
        around = parents.get(reference.node)
        if isinstance(around, ast.Subscript) and not isinstance(around.ctx, ast.Load):
            if isinstance(around.slice, ast.Slice):
                return UNKNOWN
            if found.kind == DICT and found.length:
                return UNKNOWN  # what was heavy may be what is replaced
            if found.kind == DICT and unit(reference.scope) is variable.scope:
                found = _stored(found, around, variable, estimator, parents)
            elif found.kind == LIST:
                found = objects.sequence(LIST, found.length or 0, None)
        if not isinstance(around, ast.Attribute):
            continue
        call = parents.get(around)
        if unit(reference.scope) is variable.scope and isinstance(call, ast.Call) and len(call.args) == 1:
            times = _times(call, variable, estimator, parents)
            found = _added(found, around.attr, estimator.of(call.args[0]), times)
    return found


def _added(found: Estimate, method: str, value: Estimate, times: int) -> Estimate:
    if not times or found.length is None:
        return found
    if method in containers.ADDS and found.kind != SET:
        return _with(found, times, value)
    if method in containers.JOINS and value.length is not None:
        if found.kind == DICT:
            return value if not found.length and value.kind == DICT else found
        if found.kind == SET:
            fresh = not found.length and value.item is not None and value.item.bounds is not None
            return objects.hashed(SET, value.length, value.item) if fresh else found
        return _with(found, times * value.length, value.item or UNKNOWN)
    return found


def _with(found: Estimate, count: int, item: Estimate) -> Estimate:
    """Return a sequence with so many items more."""
    length = (found.length or 0) + count
    if found.kind == BYTEARRAY:
        return objects.raw(length, BYTEARRAY)
    sizes = (found.item.size or 0.0 if found.item else 0.0) * (found.length or 0) + (item.kept or 0.0) * count
    exact = item.kept is not None and (found.item is None or found.item.size is not None)
    mean = replace(item, size=sizes / length, value=None, base=None, exact=exact and item.exact)
    return replace(objects.sequence(LIST, length, mean, grown=True), kind=found.kind)


def _stored(
    found: Estimate, target: ast.Subscript, variable: Variable, estimator: Estimator, parents: Parents
) -> Estimate:
    """Return a dict after `d[key] = value` in a loop that draws the keys."""
    statement = parents.get(target)
    key = estimator.of(target.slice)
    if found.length or not isinstance(statement, ast.Assign) or not isinstance(target.slice, ast.Name):
        return found
    times = _times(target, variable, estimator, parents)
    if not times or key.bounds is None or len(key.bounds) != times:
        return found
    same = isinstance(statement.value, ast.Name) and statement.value.id == target.slice.id
    content = estimator.of(statement.value)
    return objects.mapping(times, key, content.shared() if same else content)


def _times(node: ast.AST, variable: Variable, estimator: Estimator, parents: Parents) -> int:
    """Return how often a place in a function surely runs; 0 where that is not known."""
    times = 1
    around = parents.get(node)
    while around is not None and around is not variable.scope.node:
        if isinstance(around, (ast.For, ast.AsyncFor, ast.While)):
            if node in around.orelse:
                return 0
            times *= rounds(around, estimator.of, estimator.names, parents)
        elif not isinstance(around, (ast.Expr, ast.With, ast.Assign, ast.Await, ast.AsyncWith)):
            return 0
        node, around = around, parents.get(around)
    return times
