"""How long is a text, or what is parsed from it? Spelled, joined, encoded, changed, written as JSON."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import objects
from flake8_closures.facts.weight.estimate import BYTES, DICT, INTEGER, ITERATOR, LIST, STRING, TUPLE, UNKNOWN, Estimate

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Arguments, Estimator

_PARSED = 1.0
"""The minimum bytes of parsed JSON for each character: one for long strings, up to ten for nested lists."""
_ONE_BYTE = (None, "utf-8", "utf8", "ascii", "latin-1")
"""Encodings that need at least one byte for a character."""


def formatted(estimator: Estimator, node: ast.JoinedStr) -> Estimate:
    """`f"row {i}"` is as long as its parts, where those are numbers or text in their usual form."""
    parts = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(objects.constant(value.value))
        elif isinstance(value, ast.FormattedValue) and value.format_spec is None and value.conversion in (-1, ord("s")):
            parts.append(spelled(estimator.of(value.value)))
        else:
            return Estimate(STRING)
    return _put_together(parts)


def filled(template: Estimate, value: Estimate) -> Estimate:
    """`"row %d" % i` and `"row {}".format(i)` are as long as their parts, where there is one place for one value."""
    text = template.value if isinstance(template.value, str) else ""
    for place in ("%d", "%s", "{}"):
        around = text.split(place)
        if len(around) == 2 and not {*"%{}"} & {*around[0], *around[1]}:
            return _put_together([objects.constant(around[0]), spelled(value), objects.constant(around[1])])
    return Estimate(STRING)


def filled_by(template: Estimate, arguments: Arguments) -> Estimate:
    is_alone = arguments.count == 1 and not arguments.has_keywords
    return filled(template, arguments.of(0, "")) if is_alone else Estimate(STRING)


def _put_together(parts: list[Estimate]) -> Estimate:
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
    """Return the length of a text, or the mean of several.

    The mean of unlike ones shows in their mean size only; what is shared has a length, and no size.
    """
    is_mean = text.width == 1 and (text.size or 0.0) > objects.TEXT
    return (text.size or 0.0) - objects.TEXT if is_mean else float(text.length or 0)


def _digits(numbers: range) -> float:
    """Return the mean number of characters of a number in a range."""
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


def joined(text: Estimate, arguments: Arguments) -> Estimate:
    items = arguments.of(0, "iterable")
    item = items.item
    if items.length is None or item is None or item.kind != text.kind or item.size is None or text.length is None:
        return Estimate(text.kind)
    if items.kind not in (ITERATOR, LIST, TUPLE) or (not item.size and item.length is None):
        return Estimate(text.kind)
    each = _mean_length(item) if text.kind == STRING else item.length
    if each is None:
        return Estimate(text.kind)
    length = items.length * each + max(0, items.length - 1) * text.length
    if text.kind == BYTES:
        return objects.raw(length)
    return objects.text(length, max(text.width, item.width))


def encoded(text: Estimate, encoding: object) -> Estimate:
    """Return the bytes of a text: at least one for each character."""
    if text.length is None or text.width > 1 or encoding not in _ONE_BYTE:
        return Estimate(BYTES)
    return replace(objects.raw(text.length), exact=objects.is_ascii(text))


def encoded_by(text: Estimate, arguments: Arguments) -> Estimate:
    return encoded(text, arguments.value(0, "encoding"))


def decoded(data: Estimate, arguments: Arguments) -> Estimate:
    return Estimate(STRING)


def cased(text: Estimate, arguments: Arguments) -> Estimate:
    """Return a text in upper or lower case, which for ASCII has the same length."""
    return replace(text, value=None) if objects.is_ascii(text) else Estimate(STRING)


def parsed(arguments: Arguments) -> Estimate:
    """`json.loads` returns objects that take at least what their text says; of loaded text, they are loaded data."""
    text = arguments.of(0, "s")
    if text.loader:
        return Estimate(loader="json.loads")
    return Estimate("", text.length * _PARSED, exact=False) if text.length and text.kind in (STRING, BYTES) else UNKNOWN


def dumped(arguments: Arguments) -> Estimate:
    """`json.dumps` returns a text that is at least as long as what it must say."""
    length = _json_length(arguments.of(0, "obj"))
    return replace(objects.text(length), exact=False) if length else Estimate(STRING)


def _json_length(value: Estimate) -> float:
    """Return the minimum number of characters of a value in JSON."""
    if value.members:
        keys = sum(3.0 + len(key) for key, _ in value.members if isinstance(key, str))
        return keys + sum(1 + _json_length(member) for _, member in value.members)
    if value.kind == STRING and value.length is not None:
        return 2.0 + value.length
    if value.kind == DICT and value.length is not None:
        return value.length * (_json_length(value.item or UNKNOWN) + _json_length(value.content or UNKNOWN) + 1)
    if value.kind in (LIST, TUPLE) and value.length is not None:
        return value.length * (_json_length(value.item or UNKNOWN) + 1)
    if value.kind == INTEGER:
        return _mean_length(spelled(value)) or 1.0
    return 3.0 if value.kind == "builtins.float" else 1.0
