"""What does an expression give? One function for each kind: constants, displays, operators, subscripts."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flake8_closures.facts.weight import arrays, comprehensions, objects, tables
from flake8_closures.facts.weight.estimate import (
    BOOLEAN,
    BYTEARRAY,
    BYTES,
    DICT,
    FLOAT,
    INTEGER,
    LIST,
    SEQUENCES,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Estimate,
)

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Estimator

_LARGEST = 1 << 80
"""No number above it is folded."""
_MEMBERS = 50
"""Displays with more items are known by their mean item only."""
_NUMBERS = (INTEGER, FLOAT, BOOLEAN)
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.RShift: operator.rshift,
}


def folded(value: object) -> Estimate:
    """Return what is known of a constant."""
    if isinstance(value, bool):
        return Estimate(BOOLEAN, 0.0, value=value)
    if isinstance(value, int):
        return objects.integer(value) if abs(value) < _LARGEST else UNKNOWN
    if isinstance(value, float):
        return objects.floating(value)
    if isinstance(value, str):
        return objects.literal_text(value)
    if isinstance(value, bytes):
        return objects.raw(len(value), BYTES, value)
    if isinstance(value, complex):
        return objects.complex_number()
    return objects.NOTHING if value is None else UNKNOWN


def constant(estimator: Estimator, node: ast.Constant) -> Estimate:
    return folded(node.value)


def formatted(estimator: Estimator, node: ast.JoinedStr) -> Estimate:
    """`f"row {i}"` is as long as its parts, where those are numbers or text in their usual form."""
    parts = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(folded(value.value))
        elif isinstance(value, ast.FormattedValue) and value.format_spec is None:
            parts.append(spelled(estimator.of(value.value)))
        else:
            return Estimate(STRING)
    if any(part.size is None for part in parts):
        return Estimate(STRING)
    width = max((part.width for part in parts), default=1)
    return objects.text(sum(_mean_length(part) for part in parts), width)


def spelled(value: Estimate) -> Estimate:
    """Return the text that `str()` makes of a value."""
    if value.kind == STRING:
        return value
    if value.kind == INTEGER and value.bounds:
        return objects.text(_digits(value.bounds))
    return Estimate(STRING)


def _mean_length(text: Estimate) -> float:
    return (text.size or 0.0) - 41 if text.width == 1 else float(text.length or 0)


def _digits(numbers: range) -> float:
    """Return how many characters a number out of a range has in the mean."""
    ordered = numbers if numbers.step > 0 else numbers[::-1]
    total, count = 0, len(ordered)
    for sign in (1, -1):
        side = ordered if sign > 0 else range(-ordered[-1], -ordered[0] + 1, ordered.step)
        for digits in range(1, 26):
            low = 10 ** (digits - 1) if digits > 1 else (0 if sign > 0 else 1)
            first = max(0, -(-(low - side.start) // side.step))
            last = max(first, min(count, -(-(10**digits - side.start) // side.step)))
            total += (last - first) * (digits + (sign < 0))
    return total / count if count else 0.0


def display(estimator: Estimator, node: ast.List | ast.Tuple | ast.Set) -> Estimate:
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
        return objects.hashed(kind, length, _one(items, length))
    found = objects.sequence(kind, length, _one(items, length))
    values = [item.value for _, item in items if item is not None]
    folds = len(values) == length == len(node.elts) and None not in values
    if 0 < length == len(node.elts) <= _MEMBERS:
        found = replace(found, members=tuple((index, item or UNKNOWN) for index, (_, item) in enumerate(items)))
    return replace(found, value=tuple(values)) if kind == TUPLE and folds else found


def _counted(estimator: Estimator, node: ast.expr, seen: set[str]) -> Estimate:
    """Return a part of a display. A name counts once, and a constant belongs to the code anyway."""
    part = estimator.of(node)
    if isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in seen):
        return part.shared()
    seen.update([node.id] if isinstance(node, ast.Name) else ())
    return part


def _one(items: list[tuple[int, Estimate | None]], length: int) -> Estimate | None:
    """Return the item that stands for all of a display."""
    if len(items) == 1 and items[0][0]:
        return items[0][1]
    weighted = [item if item is not None else UNKNOWN for _, item in items]
    found = objects.mean(weighted)
    if found is None or not length:
        return None
    sizes = sum(count * (each.kept or 0.0) for (count, _), each in zip(items, weighted, strict=True))
    return replace(found, size=sizes / length if found.size is not None else None)


def dictionary(estimator: Estimator, node: ast.Dict) -> Estimate:
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


def negated(estimator: Estimator, node: ast.UnaryOp) -> Estimate:
    operand = estimator.of(node.operand)
    if isinstance(node.op, ast.Not):
        return Estimate(BOOLEAN, 0.0)
    if isinstance(node.op, ast.USub) and isinstance(operand.value, (int, float)):
        return folded(-operand.value)
    return replace(operand, value=None, bounds=None, base=None)


def calculated(estimator: Estimator, node: ast.BinOp) -> Estimate:
    left, right = estimator.of(node.left), estimator.of(node.right)
    if isinstance(left.value, (int, float)) and isinstance(right.value, (int, float)):
        return _number(node.op, left.value, right.value)
    if isinstance(node.op, ast.MatMult):
        return arrays.multiplied(left, right)
    if arrays.is_array(left) or arrays.is_array(right):
        return arrays.combined(left, right)
    if isinstance(node.op, ast.Mult):
        times, repeated = (left, right) if left.kind in (INTEGER, BOOLEAN) else (right, left)
        if isinstance(times.value, int) and (repeated.kind in SEQUENCES or repeated.kind == "array.array"):
            return _repeated(repeated, max(0, times.value))
    if isinstance(node.op, ast.Add) and left.kind == right.kind and left.kind in SEQUENCES:
        return joined(left, right)
    if isinstance(node.op, ast.Mod) and left.kind == INTEGER and isinstance(right.value, int) and right.value > 0:
        return replace(objects.integer(bounds=range(right.value)), bounds=None, value=None)
    if left.kind in _NUMBERS and right.kind in _NUMBERS:
        is_float = FLOAT in (left.kind, right.kind) or isinstance(node.op, ast.Div)
        return objects.floating() if is_float else objects.integer()
    return UNKNOWN


def _number(op: ast.operator, left: float, right: float) -> Estimate:
    try:
        if isinstance(op, ast.LShift):
            return folded(left << right) if isinstance(left, int) and right in range(80) else UNKNOWN  # type: ignore[operator]
        if isinstance(op, ast.Pow):
            large = abs(right) * math.log2(max(2, abs(left))) > 80
            return UNKNOWN if large else folded(left**right)
        compute = _OPERATORS.get(type(op))
        return folded(compute(left, right)) if compute else UNKNOWN
    except (ArithmeticError, TypeError, ValueError):
        return UNKNOWN


def _repeated(value: Estimate, times: int) -> Estimate:
    """Return a sequence times a number: the items are not repeated, only the slots are."""
    if value.length is None:
        return UNKNOWN
    length = value.length * times
    if value.kind == STRING:
        return objects.text(length, value.width, ascii_only=(value.size or 0) < value.length + 50)
    if value.kind in (BYTES, BYTEARRAY):
        return objects.raw(length, value.kind)
    if value.kind == "array.array":
        return replace(value, size=64.0 + length * value.itemsize, length=length)
    if value.item is None or value.item.size is None or not times:
        return replace(objects.sequence(value.kind, length, None), item=value.item)
    item = replace(value.item, size=value.item.size / times, bounds=value.item.bounds if times == 1 else None)
    return objects.sequence(value.kind, length, item)


def joined(left: Estimate, right: Estimate) -> Estimate:
    """Return two sequences of one type, one behind the other."""
    if left.length is None or right.length is None:
        return Estimate(left.kind)
    length = left.length + right.length
    if left.kind == STRING:
        return objects.text(length, max(left.width, right.width))
    if left.kind in (BYTES, BYTEARRAY):
        return objects.raw(length, left.kind)
    sides = [(left.length, left.item or UNKNOWN), (right.length, right.item or UNKNOWN)]
    return objects.sequence(left.kind, length, _one([(n, item) for n, item in sides if n], length))


def compared(estimator: Estimator, node: ast.Compare) -> Estimate:
    left = estimator.of(node.left)
    return arrays.mask(left) if arrays.is_array(left) and len(node.ops) == 1 else Estimate(BOOLEAN, 0.0)


def chosen(estimator: Estimator, node: ast.IfExp) -> Estimate:
    return smallest([estimator.of(node.body), estimator.of(node.orelse)])


def smallest(values: list[Estimate]) -> Estimate:
    """Return what is true of all values that something may have."""
    if not values or any(value.size is None and not value.loader for value in values):
        return UNKNOWN
    if any(value.loader for value in values):
        return values[0] if len(values) == 1 else UNKNOWN
    least = min(values, key=lambda value: value.kept or 0.0)
    return least if len(values) == 1 else replace(least, value=None, exact=False)


def subscripted(estimator: Estimator, node: ast.Subscript) -> Estimate:
    return taken(estimator, estimator.of(node.value), node)


def taken(estimator: Estimator, whole: Estimate, node: ast.Subscript) -> Estimate:
    """Return what an index, a key or a slice takes of a value."""
    if arrays.is_array(whole):
        return arrays.taken(whole, [estimator.index(part) for part in arrays.parts(node.slice)])
    if tables.is_table(whole):
        return tables.taken(whole, estimator.of(node.slice))
    if isinstance(node.slice, ast.Slice):
        return sliced(whole, estimator.index(node.slice))
    key = estimator.of(node.slice).value
    if isinstance(whole.value, tuple) and isinstance(key, int) and abs(key) < len(whole.value):
        return folded(whole.value[key])
    for name, member in whole.members:
        if key is not None and (name, type(name)) == (key, type(key)):
            return member
    if whole.kind == DICT:
        return whole.content or UNKNOWN
    if whole.kind in SEQUENCES and whole.item is not None:
        return replace(whole.item, value=None)
    return UNKNOWN


def sliced(whole: Estimate, wanted: object) -> Estimate:
    """Return a slice of a sequence: a copy, but for a memoryview."""
    if whole.length is None or not isinstance(wanted, slice):
        return Estimate(whole.kind) if whole.kind in SEQUENCES else UNKNOWN
    length = len(range(whole.length)[wanted])
    if whole.kind == "builtins.memoryview":
        return replace(whole, length=length, size=float(length))
    if whole.kind == STRING:
        return objects.text(length, whole.width)
    if whole.kind in (BYTES, BYTEARRAY):
        return objects.raw(length, whole.kind)
    return objects.sequence(whole.kind, length, whole.item) if whole.kind in SEQUENCES else UNKNOWN


def walrus(estimator: Estimator, node: ast.NamedExpr) -> Estimate:
    return estimator.of(node.value)


EXPRESSIONS: dict[type[ast.AST], Callable[..., Estimate]] = {
    ast.Constant: constant,
    ast.JoinedStr: formatted,
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), display),
    ast.Dict: dictionary,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), comprehensions.comprehension),
    ast.UnaryOp: negated,
    ast.BinOp: calculated,
    ast.Compare: compared,
    ast.IfExp: chosen,
    ast.Subscript: subscripted,
    ast.NamedExpr: walrus,
}
"""By the type of the node. Names, attributes and calls are the estimator's own."""
