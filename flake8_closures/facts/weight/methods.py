"""What do methods of Python's own types return? By the type of the receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import objects, texts
from flake8_closures.facts.weight.estimate import BYTEARRAY, BYTES, DICT, LIST, SET, STRING, UNKNOWN, Estimate

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Arguments


def copied(value: Estimate, arguments: Arguments) -> Estimate:
    return value.copied()


def copied_set(value: Estimate, arguments: Arguments) -> Estimate:
    return objects.hashed(SET, value.length, value.item, is_copy=True) if value.length is not None else Estimate(SET)


def keys(value: Estimate, arguments: Arguments) -> Estimate:
    """A view of a dict keeps all of it; a set of the keys would take less."""
    copy = objects.hashed(SET, value.length, value.item) if value.length is not None else UNKNOWN
    return Estimate("builtins.dict_keys", copy.size, value.length, value.item, base=value)


def values(value: Estimate, arguments: Arguments) -> Estimate:
    return Estimate("builtins.dict_values", 40.0, value.length, value.content, base=value)


def items(value: Estimate, arguments: Arguments) -> Estimate:
    pair = objects.tuples(1, [value.item or UNKNOWN, value.content or UNKNOWN]).item
    return Estimate("builtins.dict_items", 40.0, value.length, pair, base=value)


def group(value: Estimate, arguments: Arguments) -> Estimate:
    return Estimate(STRING)


METHODS: dict[tuple[str, str], Callable[[Estimate, Arguments], Estimate]] = {
    **{(kind, "join"): texts.joined for kind in (STRING, BYTES)},
    (STRING, "format"): texts.filled_by,
    (STRING, "encode"): texts.encoded_by,
    (BYTES, "decode"): texts.decoded,
    **{(STRING, name): texts.cased for name in ("upper", "lower", "title", "swapcase", "capitalize")},
    **{(kind, "copy"): copied for kind in (LIST, DICT, BYTEARRAY)},
    (SET, "copy"): copied_set,
    (DICT, "keys"): keys,
    (DICT, "values"): values,
    (DICT, "items"): items,
    ("re.Match", "group"): group,
}
