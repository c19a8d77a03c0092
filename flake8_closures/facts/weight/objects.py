"""How many bytes do Python's own objects take? As 64-bit CPython 3.12 and later allocates them.

The figures are those of `tracemalloc`, so they count the garbage collector's header and the room for growth.
`tests/test_weight.py` measures them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from flake8_closures.facts.weight.estimate import (
    BOOLEAN,
    BYTEARRAY,
    BYTES,
    COMPLEX,
    DEQUE,
    DICT,
    FLOAT,
    FROZENSET,
    INTEGER,
    ITERATOR,
    LIST,
    NONE,
    RANGE,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Estimate,
)

SLOT = 8
CACHED = range(-5, 257)
"""The integers of which CPython has one object each."""
HEADS = {LIST: 56, TUPLE: 40, BYTES: 33, BYTEARRAY: 57, SET: 216, FROZENSET: 216}
SMALL_TABLE = 8
"""The slots inside a small set object, and those of the smallest dict."""
LONGEST_VALUE = 1000
"""Longer texts are not folded: their length is enough."""
TEXT = 41
"""The bytes of an ASCII string without its characters."""
_LARGEST = 1 << 80
"""Larger numbers are not folded."""
_BLOCK, _FIRST = 64, 63
"""Items that a block of a deque has room for, and the first block, which is filled from its second place on."""

NOTHING = Estimate(NONE, 0.0)
SOME_INTEGER = Estimate(INTEGER, 0.0, exact=False)
"""An unknown integer: it may be one of the cached ones."""


def constant(value: object) -> Estimate:
    """Return what is known of a constant."""
    if isinstance(value, bool):
        return Estimate(BOOLEAN, 0.0, value=value)
    if isinstance(value, int):
        return integer(value) if abs(value) < _LARGEST else UNKNOWN
    if isinstance(value, float):
        return floating(value)
    if isinstance(value, str):
        return literal_text(value)
    if isinstance(value, bytes):
        return raw(len(value), BYTES, value)
    if isinstance(value, complex):
        return complex_number()
    return NOTHING if value is None else UNKNOWN


def integer(value: int | None = None, bounds: range | None = None) -> Estimate:
    """Return an integer: a constant, or one in a range."""
    if value is not None:
        bounds = range(value, value + 1)
    if bounds is None:
        return SOME_INTEGER
    count = len(bounds)
    if not count:
        return Estimate(INTEGER, 0.0, bounds=bounds)
    mean = sum(_digits(edge) for edge in (bounds[0], bounds[-1])) / 2
    cached = len(_meet(bounds, CACHED))
    return Estimate(INTEGER, mean * (count - cached) / count, value=value, bounds=bounds)


def _digits(value: int) -> float:
    """Return the bytes of an integer: 30 bits are one digit, and the first digit has room for two."""
    return 24.0 + 4 * max(2, -(-abs(value).bit_length() // 30))


def _meet(one: range, other: range) -> range:
    """Return the members of a range that are also in another one, which counts up by one."""
    if one.step < 0:
        one = one[::-1]
    first = max(0, -(-(other.start - one.start) // one.step))
    last = min(len(one), max(0, -(-(other.stop - one.start) // one.step)))
    return one[first : max(first, last)]


def floating(value: float | None = None) -> Estimate:
    return Estimate(FLOAT, 24.0, value=value)


def complex_number() -> Estimate:
    return Estimate(COMPLEX, 32.0)


def text(length: float, width: int = 1, value: str | None = None, *, ascii_only: bool = True) -> Estimate:
    """Return a string of that many characters, of one, two or four bytes each. One character may be cached."""
    head = TEXT if ascii_only and width == 1 else 56 + width
    size = 0.0 if width == 1 and length <= 1 else head + length * width
    kept = value if value is not None and len(value) <= LONGEST_VALUE else None
    item = Estimate(STRING, 0.0, length=1) if width == 1 else Estimate(STRING, 58.0 + width, length=1, width=width)
    exact = bool(size) or not length or kept is not None
    return Estimate(STRING, size, int(length), item, value=kept, width=width, exact=exact)


def literal_text(value: str) -> Estimate:
    highest = max(map(ord, value), default=0)
    width = 1 if highest < 256 else 2 if highest < 65536 else 4
    return text(len(value), width, value, ascii_only=highest < 128)


def raw(length: float, kind: str = BYTES, value: bytes | None = None) -> Estimate:
    """Return bytes, of which a single one may be cached, or a bytearray."""
    kept = value if value is not None and len(value) <= LONGEST_VALUE else None
    size = 0.0 if kind == BYTES and length <= 1 else HEADS[kind] + length
    exact = bool(size) or not length or kept is not None
    return Estimate(kind, size, int(length), integer(bounds=range(256)), value=kept, exact=exact)


def spread(numbers: range) -> Estimate:
    """Return a `range` object: it takes next to nothing."""
    item = replace(integer(bounds=numbers), is_distinct=True)
    return Estimate(RANGE, 48.0, len(numbers), item, bounds=numbers)


def is_ascii(text: Estimate) -> bool:
    """Return whether a text certainly has only ASCII characters."""
    if isinstance(text.value, str):
        return text.value.isascii()
    return text.width == 1 and bool(text.size) and (text.size or 0.0) <= TEXT + (text.length or 0) + 1


def sequence(kind: str, length: int, item: Estimate | None, slots: int | None = None) -> Estimate:
    """Return a list or tuple of equal items, with room for `slots` of them."""
    if kind == TUPLE and not length:
        return Estimate(TUPLE, 0.0, 0, item)
    return _filled(kind, HEADS[kind] + SLOT * (length if slots is None else slots), length, item)


def room(length: int) -> int:
    """Return the slots of a list that grew to a length by `append`."""
    slots = 0
    while slots < length:
        slots = resized(slots, 1, slots)
    return slots


def resized(length: int, added: int, slots: int) -> int:
    """Return the slots of a list after that many more items."""
    wanted = length + added
    if wanted <= slots:
        return slots
    ample = (wanted + (wanted >> 3) + 6) & ~3
    return (wanted + 3) & ~3 if added > ample - wanted else ample


def copied_slots(length: int) -> int:
    """Return the slots of a list that is made of something with a known length: an even number."""
    return length + length % 2


def deque(length: int, item: Estimate | None) -> Estimate:
    blocks = 1 + -(-max(0, length - _FIRST) // _BLOCK)
    return _filled(DEQUE, 232 + (SLOT * (_BLOCK + 2)) * blocks, length, item)


def hashed(kind: str, length: int, item: Estimate | None, *, is_copy: bool = False) -> Estimate:
    """Return a set or frozenset of distinct items, filled one by one or copied from a set."""
    slots = _copied_set(length) if is_copy else _set_slots(length)
    return _filled(kind, HEADS[kind] + (16 * slots if slots > SMALL_TABLE else 0), length, item)


def _copied_set(length: int) -> int:
    slots = SMALL_TABLE
    while length * 5 >= (SMALL_TABLE - 1) * 3 and slots <= length * 2:
        slots *= 2
    return slots


@lru_cache
def _set_slots(length: int) -> int:
    slots, used = SMALL_TABLE, 0
    while True:
        # It grows when three fifths of its slots are taken.
        used = max(used, -(-(slots - 1) * 3 // 5))
        if used > length:
            return slots
        wanted = used * (2 if used > 50000 else 4)
        while slots <= wanted:
            slots *= 2


def mapping(length: int, key: Estimate | None, content: Estimate | None) -> Estimate:
    """Return a dict that was filled item by item."""
    head = 64.0 if not length else 64.0 + _keys(length, key is not None and key.kind == STRING)
    filled = _filled(DICT, head, length, key)
    if not length:
        return Estimate(DICT, head, 0)
    if content is None or content.size is None:
        return Estimate(DICT, filled.size, length, key, content, exact=False)
    size = None if filled.size is None else filled.size + length * content.size
    return Estimate(DICT, size, length, key, content, exact=filled.exact and content.exact)


def _keys(length: int, are_strings: bool) -> int:
    slots = SMALL_TABLE
    while slots * 2 // 3 < length:
        slots *= 2
    index = 1 if slots < 256 else 2 if slots < 65536 else 4
    return 32 + index * slots + (16 if are_strings else 24) * (slots * 2 // 3)


def _filled(kind: str, own: float, length: int, item: Estimate | None) -> Estimate:
    if item is None or item.size is None:
        return Estimate(kind, float(own), length, item, exact=not length)
    return Estimate(kind, own + length * item.size, length, item, exact=item.exact)


def mean(items: Sequence[Estimate]) -> Estimate | None:
    """Return one item that stands for several: their common properties, with the mean of their sizes."""
    if not items:
        return None
    kinds = {item.kind for item in items}
    sizes = [item.kept for item in items]
    known = [size for size in sizes if size is not None]
    total = sum(known) / len(items) if known else None
    shapes = {item.shape for item in items}
    lengths = {item.length for item in items}
    return Estimate(
        kinds.pop() if len(kinds) == 1 else "",
        total,
        lengths.pop() if len(lengths) == 1 else None,
        items[0].item,
        shape=shapes.pop() if len(shapes) == 1 else None,
        itemsize=max(item.itemsize for item in items),
        width=max(item.width for item in items),
        exact=len(known) == len(sizes) and all(item.exact for item in items),
    )


def tuples(length: int, parts: Sequence[Estimate]) -> Estimate:
    """Return an iterator over that many new tuples."""
    sizes = [part.size for part in parts if part.size is not None]
    size = 40.0 + SLOT * len(parts) + sum(sizes)
    exact = len(sizes) == len(parts)
    pair = Estimate(TUPLE, size, len(parts), parts[0], parts[-1] if len(parts) == 2 else None, exact=exact)
    return Estimate(ITERATOR, 0.0, length, pair)
