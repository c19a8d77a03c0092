"""What do arithmetic operators make of numbers? Constants are folded; of other integers, the range is known."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flake8_closures.facts.weight import objects
from flake8_closures.facts.weight.estimate import BOOLEAN, FLOAT, INTEGER, UNKNOWN, Estimate

NUMBERS = (INTEGER, FLOAT, BOOLEAN)
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
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.Pow: operator.pow,
}
_LONGEST = 80
"""Bits of the largest number that is computed."""
_SPREAD = 1 << 15
"""Sums and products of two numbers that reach this far are hardly ever small integers."""
_DIGIT = 1 << 30
"""From here on, the results of operators take one digit more than they need."""


def calculated(op: ast.operator, left: Estimate, right: Estimate) -> Estimate:
    """Return the result of an operator for two numbers."""
    if isinstance(left.value, (int, float)) and isinstance(right.value, (int, float)):
        return _folded(op, left.value, right.value)
    if isinstance(op, ast.Div) or FLOAT in (left.kind, right.kind):
        return objects.floating()
    bounds = _bounds(op, left, right)
    if bounds is None:
        return objects.SOME_INTEGER
    found, reach = objects.integer(bounds=bounds), _reach(bounds)
    grows = isinstance(op, (ast.Pow, ast.LShift)) or max(map(_reach, (left.bounds, right.bounds))) >= _DIGIT
    if grows and reach >= _DIGIT:
        return replace(found, exact=False)
    is_even = left.value is not None or right.value is not None or not found.size
    return found if is_even or reach >= _SPREAD else replace(objects.SOME_INTEGER, bounds=bounds)


def _reach(bounds: range | None) -> int:
    """Return the largest magnitude of a range."""
    return max(abs(bounds[0]), abs(bounds[-1])) if bounds else 0


def turned(op: ast.unaryop, operand: Estimate) -> Estimate:
    """Return the result of `-x`, `~x` and `+x` for a number."""
    if isinstance(op, ast.USub) and isinstance(operand.value, (int, float)):
        return objects.constant(-operand.value)
    if operand.kind == FLOAT:
        return objects.floating()
    if isinstance(op, ast.UAdd) or not operand.bounds:
        return operand if isinstance(op, ast.UAdd) else objects.SOME_INTEGER
    low, high = sorted((operand.bounds[0], operand.bounds[-1]))
    shift = isinstance(op, ast.Invert)
    return replace(objects.integer(bounds=range(-high - shift, -low - shift + 1)), is_distinct=operand.is_distinct)


def _folded(op: ast.operator, left: float, right: float) -> Estimate:
    """Return the result for two constants."""
    if isinstance(op, ast.Pow) and abs(right) * math.log2(max(2, abs(left))) > _LONGEST:
        return UNKNOWN
    if isinstance(op, ast.LShift) and right not in range(_LONGEST):
        return UNKNOWN
    compute = _OPERATORS.get(type(op))
    try:
        return objects.constant(compute(left, right)) if compute else UNKNOWN
    except (ArithmeticError, TypeError, ValueError):
        return UNKNOWN


def _bounds(op: ast.operator, left: Estimate, right: Estimate) -> range | None:
    """Return the range in which an integer result lies; None where that is unknown."""
    compute = _OPERATORS.get(type(op))
    if compute is None or not left.bounds or not right.bounds:
        return None
    one, other = (sorted((each[0], each[-1])) for each in (left.bounds, right.bounds))
    if isinstance(op, (ast.FloorDiv, ast.Mod)) and other[0] <= 0:
        return None
    if isinstance(op, ast.Mod):
        return range(one[0], one[1] + 1) if one[0] >= 0 and one[1] < other[0] else range(other[1])
    if isinstance(op, (ast.BitAnd, ast.BitOr, ast.BitXor)):
        if one[0] < 0 or other[0] < 0:
            return None
        longest = max(one[1], other[1]).bit_length()
        return range(min(one[1], other[1]) + 1) if isinstance(op, ast.BitAnd) else range(1 << longest)
    if isinstance(op, (ast.LShift, ast.RShift, ast.Pow)) and not (one[0] >= 0 and 0 <= other[0] <= other[1] < _LONGEST):
        return None
    corners = [compute(a, b) for a in one for b in other]
    return range(min(corners), max(corners) + 1)
