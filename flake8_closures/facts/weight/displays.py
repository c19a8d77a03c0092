"""What do displays hold? `[a, b]`, `(a, b)`, `{a, b}`, `{a: b}`: each object counts once, wherever it occurs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import objects
from flake8_closures.facts.weight.estimate import DICT, LIST, SET, TUPLE, UNKNOWN, Estimate

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Estimator

Share = Callable[[ast.Name], float]
"""The share of a named object that belongs to one of the places that hold it."""
_MEMBERS = 50
"""Of displays with more items, only the mean item is known."""
_FROZEN = 3
"""From this many constants on, a set is built from a `frozenset` of the compiler."""


def display(estimator: Estimator, node: ast.List | ast.Tuple | ast.Set) -> Estimate:
    """Return the list, tuple or set that a display makes."""
    kind = {ast.List: LIST, ast.Tuple: TUPLE, ast.Set: SET}[type(node)]
    items: list[tuple[int, Estimate | None]] = []
    seen: set[str] = set()
    for part in node.elts:
        if isinstance(part, ast.Starred):
            inner = estimator.of(part.value)
            if inner.length is None:
                return Estimate(kind)
            items.append((inner.length, inner.item))
        else:
            items.append((1, _counted(estimator, part, seen)))
    length = sum(count for count, _ in items)
    if kind == SET:
        is_frozen = length >= _FROZEN and all(isinstance(part, ast.Constant) for part in node.elts)
        return objects.hashed(kind, length, together(items, length), is_copy=is_frozen)
    slots = _slots(node.elts, items) if kind == LIST else length
    found = objects.sequence(kind, length, together(items, length), slots)
    values = [item.value for _, item in items if item is not None]
    folds = len(values) == length == len(node.elts) and None not in values
    if 0 < length == len(node.elts) <= _MEMBERS:
        found = replace(found, members=tuple((index, item or UNKNOWN) for index, (_, item) in enumerate(items)))
    return replace(found, value=tuple(values)) if kind == TUPLE and folds else found


def dictionary(estimator: Estimator, node: ast.Dict) -> Estimate:
    """Return the dictionary that a display makes."""
    if None in node.keys:
        spread = [estimator.of(value) for value in node.values]
        alone = spread[0] if len(spread) == 1 and spread[0].kind == DICT else UNKNOWN
        return alone if alone.length is not None else Estimate(DICT)
    seen: set[str] = set()
    keys = [_counted(estimator, key, seen) for key in node.keys if key is not None]
    values = [_counted(estimator, value, seen) for value in node.values]
    found = objects.mapping(len(keys), objects.mean(keys), objects.mean(values))
    constant = all(isinstance(key, ast.Constant) for key in node.keys)
    if not constant or not 0 < len(keys) <= _MEMBERS:
        return found
    names = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    return replace(found, members=tuple(zip(names, values, strict=True)))


def together(items: Sequence[tuple[int, Estimate | None]], length: int) -> Estimate | None:
    """Return the item that stands for a whole sequence; each given item occurs the given number of times."""
    if len(items) == 1 and items[0][0]:
        return items[0][1]
    weighted = [item if item is not None else UNKNOWN for _, item in items]
    found = objects.mean(weighted)
    if found is None or not length:
        return None
    sizes = sum(count * (each.kept or 0.0) for (count, _), each in zip(items, weighted, strict=True))
    return replace(found, size=sizes / length if found.size is not None else None)


def each(estimator: Estimator, nodes: Sequence[ast.expr], share: Share) -> list[Estimate]:
    """Return what expressions give in one of many iterations; a name counts only in the first that has it."""
    found, seen = [], set[str]()
    for node in nodes:
        part = estimator.of(node)
        for word, name in _held(node).items():
            kept = 0.0 if word in seen else share(name)
            if kept < 1:
                part = _without(estimator, part, node, name, 1 - kept)
            seen.add(word)
        found.append(part)
    return found


def _counted(estimator: Estimator, node: ast.expr, seen: set[str]) -> Estimate:
    """Return a part of a display. A name counts once, and a constant belongs to the code anyway."""
    part = estimator.of(node)
    if isinstance(node, ast.Constant):
        return part.shared()
    held = _held(node)
    for word in seen.intersection(held):
        part = _without(estimator, part, node, held[word], 1.0)
    seen.update(held)
    return part


def _held(node: ast.expr) -> Mapping[str, ast.Name]:
    """Return the names of what an expression holds, directly or in nested displays."""
    if isinstance(node, ast.Name):
        return {node.id: node}
    parts: list[ast.expr] = []
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        parts = node.elts
    elif isinstance(node, ast.Dict):
        parts = [part for part in (*node.keys, *node.values) if part is not None]
    return {word: name for part in parts for word, name in _held(part).items()}


def _without(estimator: Estimator, part: Estimate, node: ast.expr, name: ast.Name, share: float) -> Estimate:
    """Return a part without the share of a named object that is counted elsewhere."""
    if node is name:
        rest = part.shared() if share == 1 else replace(part, size=(part.size or 0.0) * (1 - share))
        return replace(rest, is_distinct=False)
    other = share * (estimator.of(name).kept or 0.0)
    return part if part.size is None else replace(part, size=max(0.0, part.size - other))


def _slots(parts: Sequence[ast.expr], items: Sequence[tuple[int, Estimate | None]]) -> int:
    """Return the number of slots of a list that others are spread in: it grows part by part."""
    size = next((index for index, part in enumerate(parts) if isinstance(part, ast.Starred)), len(parts))
    slots = size
    for part, (count, _) in zip(parts[size:], items[size:], strict=True):
        is_first = isinstance(part, ast.Starred) and not size
        slots = objects.copied_slots(count) if is_first else objects.resized(size, count, slots)
        size += count
    return slots
