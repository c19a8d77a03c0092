"""How much more does a container hold after what its function certainly puts into it?"""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.knowledge import containers
from flake8_closures.facts.positions import stands_in
from flake8_closures.facts.weight import displays, objects
from flake8_closures.facts.weight.estimate import BYTEARRAY, DEQUE, DICT, LIST, SET, UNKNOWN, Estimate
from flake8_closures.facts.weight.estimator import Estimator
from flake8_closures.facts.weight.rounds import rounds
from flake8_closures.model import Variable
from flake8_closures.tree import Parents

KINDS = frozenset((LIST, SET, DICT, BYTEARRAY, DEQUE))
"""Containers that can grow."""


def grown(variable: Variable, found: Estimate, estimator: Estimator, parents: Parents) -> Estimate:
    """Return what a container holds after the function has run, if its variable was bound once.

    Only what the function itself adds without a condition counts. Unknown where items may be replaced by fewer.
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
            found = _added(found, around.attr, call.args[0], _Loops(call, variable, estimator, parents))
    return found


def _added(found: Estimate, method: str, argument: ast.expr, loops: _Loops) -> Estimate:
    """Return a container after a method of it was called in all iterations of the loops around."""
    value, times = loops.estimator.of(argument), loops.count
    if not times or found.length is None:
        return found
    if method in containers.ADDS and found.kind != SET:
        return _with(found, times, loops.made([argument])[0])
    if method in containers.JOINS and value.length is not None:
        if found.kind == DICT:
            return value if not found.length and value.kind == DICT else found
        if found.kind == SET:
            fresh = not found.length and value.item is not None and value.item.is_distinct
            return objects.hashed(SET, value.length, value.item) if fresh else found
        item = value.item or UNKNOWN
        is_fresh = loops.made([argument])[0].size == value.size
        item = item if is_fresh else replace(item, size=None, base=None)
        if found.kind == LIST and not found.length and times == 1:
            return objects.sequence(LIST, value.length, replace(item, value=None))
        return _with(found, times * value.length, item)
    return found


def _with(found: Estimate, count: int, item: Estimate) -> Estimate:
    """Return a sequence with that many more items."""
    length = (found.length or 0) + count
    if found.kind == BYTEARRAY:
        return objects.raw(length, BYTEARRAY)
    sizes = (found.item.size or 0.0 if found.item else 0.0) * (found.length or 0) + (item.kept or 0.0) * count
    exact = item.kept is not None and (found.item is None or found.item.size is not None)
    mean = replace(item, size=sizes / length, value=None, base=None, exact=exact and item.exact)
    if found.kind == DEQUE:
        return objects.deque(length, mean)
    return objects.sequence(LIST, length, mean, objects.room(length))


def _stored(
    found: Estimate, target: ast.Subscript, variable: Variable, estimator: Estimator, parents: Parents
) -> Estimate:
    """Return a dict after `d[key] = value` in a loop that draws the keys."""
    statement = parents.get(target)
    key = estimator.of(target.slice)
    if found.length or not isinstance(statement, ast.Assign) or not isinstance(target.slice, ast.Name):
        return found
    loops = _Loops(target, variable, estimator, parents)
    if not loops.count or not key.is_distinct or not key.bounds or len(key.bounds) != loops.count:
        return found
    return objects.mapping(loops.count, *loops.made([target.slice, statement.value]))


class _Loops:
    """The loops around a place in a function: how often it certainly runs, and what it makes each time."""

    def __init__(self, node: ast.AST, variable: Variable, estimator: Estimator, parents: Parents) -> None:
        self.estimator = estimator
        self._loops: list[tuple[ast.AST, int]] = []
        self.count = 1
        """0 where it is not known."""
        around = parents.get(node)
        while around is not None and around is not variable.scope.node and self.count:
            if isinstance(around, (ast.For, ast.AsyncFor, ast.While)):
                often = 0 if node in around.orelse else rounds(around, estimator.of, estimator.names, parents)
                self._loops.append((around, often))
                self.count *= often
            elif not isinstance(around, (ast.Expr, ast.With, ast.Assign, ast.Await, ast.AsyncWith)):
                self.count = 0
            node, around = around, parents.get(around)

    def made(self, nodes: list[ast.expr]) -> list[Estimate]:
        """Return what expressions give in one iteration; an object from before a loop is one object for all of them."""
        return displays.each(self.estimator, nodes, self._share)

    def _share(self, name: ast.Name) -> float:
        variable = self.estimator.names.variable(name)
        share = 1.0
        for loop, often in self._loops:
            if variable is None or any(stands_in(binding.node, loop) for binding in variable.bindings):
                break
            share /= often
        return share
