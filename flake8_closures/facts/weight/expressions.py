"""What does an expression give? One function for each kind: operators, comparisons, subscripts."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import arithmetic, arrays, comprehensions, displays, objects, tables, texts
from flake8_closures.facts.weight.estimate import (
    ARRAY,
    BOOLEAN,
    BYTEARRAY,
    BYTES,
    DICT,
    INTEGER,
    SEQUENCES,
    STRING,
    UNKNOWN,
    Estimate,
)

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Estimator


def constant(estimator: Estimator, node: ast.Constant) -> Estimate:
    return objects.constant(node.value)


def turned(estimator: Estimator, node: ast.UnaryOp) -> Estimate:
    operand = estimator.of(node.operand)
    if isinstance(node.op, ast.Not):
        return Estimate(BOOLEAN, 0.0)
    if operand.kind in arithmetic.NUMBERS:
        return arithmetic.turned(node.op, operand)
    return replace(operand, value=None, base=None)


def calculated(estimator: Estimator, node: ast.BinOp) -> Estimate:
    left, right = estimator.of(node.left), estimator.of(node.right)
    if left.kind in arithmetic.NUMBERS and right.kind in arithmetic.NUMBERS:
        return arithmetic.calculated(node.op, left, right)
    if isinstance(node.op, ast.MatMult):
        return arrays.multiplied(left, right)
    if arrays.is_array(left) or arrays.is_array(right):
        return arrays.combined(left, right)
    if isinstance(node.op, ast.Mod) and left.kind == STRING:
        return texts.filled(left, right)
    if isinstance(node.op, ast.Mult):
        times, repeated = (left, right) if left.kind in (INTEGER, BOOLEAN) else (right, left)
        if isinstance(times.value, int) and (repeated.kind in SEQUENCES or repeated.kind == ARRAY):
            return _repeated(repeated, max(0, times.value))
    if isinstance(node.op, ast.Add) and left.kind == right.kind and left.kind in SEQUENCES:
        return joined(left, right)
    return UNKNOWN


def _repeated(value: Estimate, times: int) -> Estimate:
    """Return a sequence times a number: the items are not repeated, only the slots are."""
    if value.length is None:
        return UNKNOWN
    length = value.length * times
    if value.kind == STRING:
        return objects.text(length, value.width, ascii_only=objects.is_ascii(value))
    if value.kind in (BYTES, BYTEARRAY):
        return objects.raw(length, value.kind)
    if value.kind == ARRAY:
        return replace(value, size=64.0 + length * value.itemsize, length=length)
    if value.item is None or value.item.size is None or not times:
        return replace(objects.sequence(value.kind, length, None), item=value.item)
    item = replace(value.item, size=value.item.size / times, is_distinct=value.item.is_distinct and times == 1)
    return objects.sequence(value.kind, length, item)


def joined(left: Estimate, right: Estimate) -> Estimate:
    """Return the concatenation of two sequences of one type."""
    if left.length is None or right.length is None:
        return Estimate(left.kind)
    length = left.length + right.length
    if left.kind == STRING:
        return objects.text(length, max(left.width, right.width))
    if left.kind in (BYTES, BYTEARRAY):
        return objects.raw(length, left.kind)
    sides = [(left.length, left.item or UNKNOWN), (right.length, right.item or UNKNOWN)]
    return objects.sequence(left.kind, length, displays.together([(n, item) for n, item in sides if n], length))


def compared(estimator: Estimator, node: ast.Compare) -> Estimate:
    sides = [estimator.of(side) for side in (node.left, *node.comparators)]
    masks = [arrays.mask(side) for side in sides if arrays.is_array(side)]
    if masks and len(node.ops) == 1:
        return masks[0] if len(masks) == 1 else UNKNOWN
    is_plain = all(side.kind.startswith("builtins.") for side in sides)
    always = all(isinstance(op, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for op in node.ops)
    return Estimate(BOOLEAN, 0.0) if is_plain or always else UNKNOWN


def chosen(estimator: Estimator, node: ast.IfExp) -> Estimate:
    return smallest([estimator.of(node.body), estimator.of(node.orelse)])


def smallest(values: list[Estimate]) -> Estimate:
    """Return what holds for all values that something may have."""
    if not values or any(value.size is None and not value.loader for value in values):
        return UNKNOWN
    if any(value.loader for value in values):
        return values[0] if len(values) == 1 else UNKNOWN
    least = min(values, key=lambda value: value.kept or 0.0)
    same = all(value.exact and value.kept == least.kept for value in values)
    return least if len(values) == 1 else replace(least, value=None, exact=same)


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
        return objects.constant(whole.value[key])
    if whole.kind in SEQUENCES and type(key) is int and key < 0:
        key += len(whole.members)
    for name, member in whole.members:
        if key is not None and (name, type(name)) == (key, type(key)):
            return member
    if whole.members:
        return smallest([member for _, member in whole.members])
    if whole.kind == DICT:
        return whole.content or UNKNOWN
    if whole.kind in SEQUENCES and whole.item is not None:
        return replace(whole.item, value=None)
    return UNKNOWN


def sliced(whole: Estimate, wanted: object) -> Estimate:
    """Return a slice of a sequence: a copy, except for a memoryview."""
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
    ast.JoinedStr: texts.formatted,
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), displays.display),
    ast.Dict: displays.dictionary,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), comprehensions.comprehension),
    ast.UnaryOp: turned,
    ast.BinOp: calculated,
    ast.Compare: compared,
    ast.IfExp: chosen,
    ast.Subscript: subscripted,
    ast.NamedExpr: walrus,
}
"""By the type of the node. Names, attributes and calls are the estimator's own."""
