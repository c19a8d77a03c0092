"""What do calls of Python's own constructors and functions return?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import objects, texts
from flake8_closures.facts.weight.estimate import (
    ARRAY,
    BYTEARRAY,
    BYTES,
    DEQUE,
    DICT,
    FROZENSET,
    IMMUTABLE,
    INTEGER,
    ITERATOR,
    LIST,
    RANGE,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Estimate,
)

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Arguments


def made_range(arguments: Arguments) -> Estimate:
    bounds = [arguments.value(index, "") for index in range(arguments.count)]
    numbers = [bound for bound in bounds if isinstance(bound, int)]
    if not 1 <= len(bounds) <= 3 or len(numbers) != len(bounds) or 0 in numbers[2:]:
        return Estimate(RANGE, 48.0, exact=False)
    return objects.spread(range(*numbers))


def made_container(kind: str) -> Callable[[Arguments], Estimate]:
    def make(arguments: Arguments) -> Estimate:
        if not arguments.count:
            return objects.hashed(kind, 0, None) if kind in (SET, FROZENSET) else objects.sequence(kind, 0, None)
        source = arguments.of(0, "iterable")
        if source.length is None:
            return Estimate(kind)
        if kind in (SET, FROZENSET):
            is_copy = source.kind in (SET, FROZENSET, DICT)
            distinct = is_copy or (source.item is not None and source.item.is_distinct)
            return objects.hashed(kind, source.length, source.item, is_copy=is_copy) if distinct else Estimate(kind)
        return _listed(source) if kind == LIST else objects.sequence(kind, source.length, source.item)

    return make


def _listed(source: Estimate) -> Estimate:
    """Return the list of the items of something with a known length."""
    length = source.length or 0
    slots = objects.room(length) if source.kind == ITERATOR else objects.copied_slots(length)
    return objects.sequence(LIST, length, source.item, slots)


def made_deque(arguments: Arguments) -> Estimate:
    source = arguments.of(0, "iterable") if arguments.count else objects.sequence(TUPLE, 0, None)
    longest = arguments.value(1, "maxlen")
    is_cut = longest is not None or arguments.has(1, "maxlen")
    return Estimate(DEQUE) if source.length is None or is_cut else objects.deque(source.length, source.item)


def made_dict(arguments: Arguments) -> Estimate:
    source = arguments.of(0, "iterable") if arguments.count else objects.mapping(0, None, None)
    if arguments.has_keywords:
        return Estimate(DICT)
    if source.kind == DICT:
        return source
    pair = source.item
    if source.length is None or pair is None or pair.kind != TUPLE or pair.content is None or pair.item is None:
        return Estimate(DICT)
    return objects.mapping(source.length, pair.item, pair.content) if pair.item.is_distinct else Estimate(DICT)


def keyed(arguments: Arguments) -> Estimate:
    """`dict.fromkeys(keys, value)`: the value is one object."""
    keys, value = arguments.of(0, "iterable"), arguments.of(1, "value")
    if keys.length is None or keys.item is None or not keys.item.is_distinct:
        return Estimate(DICT)
    return objects.mapping(keys.length, keys.item, value.shared())


def made_bytes(kind: str) -> Callable[[Arguments], Estimate]:
    def make(arguments: Arguments) -> Estimate:
        if not arguments.count:
            return objects.raw(0, kind)
        source = arguments.of(0, "source")
        length = source.value if isinstance(source.value, int) else source.length
        if source.kind == STRING:
            return replace(texts.encoded(source, arguments.value(1, "encoding")), kind=kind)
        return objects.raw(length, kind) if isinstance(length, int) and length >= 0 else Estimate(kind)

    return make


def random_bytes(arguments: Arguments) -> Estimate:
    length = arguments.value(0, "n")
    return objects.raw(length) if isinstance(length, int) and length >= 0 else Estimate(BYTES)


def made_text(arguments: Arguments) -> Estimate:
    return texts.spelled(arguments.of(0, "object"))


def zipped(arguments: Arguments) -> Estimate:
    sources = [arguments.of(index, "") for index in range(arguments.count)]
    lengths = [source.length for source in sources if source.length is not None]
    if not lengths or len(lengths) != len(sources) or arguments.has_keywords:
        return Estimate(ITERATOR)
    return objects.tuples(min(lengths), [source.item or UNKNOWN for source in sources])


def numbered(arguments: Arguments) -> Estimate:
    source = arguments.of(0, "iterable")
    if source.length is None or arguments.count > 1 or arguments.has_keywords:
        return Estimate(ITERATOR)
    number = objects.spread(range(source.length)).item or UNKNOWN
    return objects.tuples(source.length, [number, source.item or UNKNOWN])


def drawn(arguments: Arguments) -> Estimate:
    """`iter`, `reversed`: the items are those of the argument."""
    source = arguments.of(0, "")
    base = source if source.size else None
    return Estimate(ITERATOR, source.size, source.length, source.item, base=base, exact=False)


def ordered(arguments: Arguments) -> Estimate:
    source = arguments.of(0, "iterable")
    return _listed(source) if source.length is not None else Estimate(LIST)


def mapped(arguments: Arguments) -> Estimate:
    source = arguments.of(1, "")
    if source.length is None or arguments.count != 2:
        return Estimate(ITERATOR)
    return Estimate(ITERATOR, 0.0, source.length, arguments.result_of(0, source.item or UNKNOWN))


def counted(arguments: Arguments) -> Estimate:
    length = arguments.of(0, "").length
    is_known = length is not None and not arguments.is_filled(0)
    return objects.constant(length) if is_known else objects.SOME_INTEGER


def copied(arguments: Arguments) -> Estimate:
    return arguments.of(0, "x").copied()


def copied_deeply(arguments: Arguments) -> Estimate:
    """`copy.deepcopy` fills lists one by one, and copies their items too."""
    value = arguments.of(0, "x").copied()
    if value.kind == LIST and value.length is not None:
        value = objects.sequence(LIST, value.length, value.item, objects.room(value.length))
    parts = [part for part in (value.item, value.content) if part is not None]
    return replace(value, exact=value.exact and all(part.kind in IMMUTABLE for part in parts))


def packed(arguments: Arguments) -> Estimate:
    """`array.array(code, items)`."""
    sizes = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8, "f": 4, "d": 8, "w": 4}
    code, items = arguments.value(0, ""), arguments.of(1, "")
    size = sizes.get(code) if isinstance(code, str) else None
    if size is None or items.length is None:
        return Estimate(ARRAY)
    count = items.length // size if items.kind == BYTES else items.length
    slots = count + (count >> 4) + 7 if items.kind == BYTES else count
    return Estimate(ARRAY, 64.0 + slots * size, count, objects.SOME_INTEGER, itemsize=size)


def viewed(arguments: Arguments) -> Estimate:
    whole = arguments.of(0, "object")
    return Estimate(
        "builtins.memoryview", float(whole.length or 0), whole.length, objects.integer(bounds=range(256)), base=whole
    )


def found_by(arguments: Arguments) -> Estimate:
    """A match of a regular expression keeps the text that was searched."""
    text = arguments.of(1, "string")
    return Estimate("re.Match", 100.0, base=text) if text.size is not None else Estimate("re.Match")


def bare(arguments: Arguments) -> Estimate:
    return Estimate("builtins.object", 16.0)


def number(kind: str, size: float) -> Callable[[Arguments], Estimate]:
    def make(arguments: Arguments) -> Estimate:
        value = arguments.value(0, "") if arguments.count else None
        if kind == INTEGER and isinstance(value, (int, float)) and abs(value) < 1e15:
            return objects.constant(int(value))
        given = arguments.of(0, "")
        if kind == INTEGER:
            return given if given.kind == INTEGER else objects.SOME_INTEGER
        return Estimate(kind, size)

    return make


CALLS: dict[str, Callable[[Arguments], Estimate]] = {
    "builtins.range": made_range,
    "builtins.list": made_container(LIST),
    "builtins.tuple": made_container(TUPLE),
    "builtins.set": made_container(SET),
    "builtins.frozenset": made_container(FROZENSET),
    "builtins.dict": made_dict,
    "builtins.dict.fromkeys": keyed,
    "builtins.bytes": made_bytes(BYTES),
    "builtins.bytearray": made_bytes(BYTEARRAY),
    "builtins.str": made_text,
    "builtins.zip": zipped,
    "builtins.enumerate": numbered,
    "builtins.iter": drawn,
    "builtins.reversed": drawn,
    "builtins.sorted": ordered,
    "builtins.map": mapped,
    "builtins.len": counted,
    "builtins.object": bare,
    "builtins.memoryview": viewed,
    "builtins.int": number(INTEGER, 32.0),
    "builtins.float": number("builtins.float", 24.0),
    "builtins.complex": number("builtins.complex", 32.0),
    "collections.deque": made_deque,
    "collections.OrderedDict": lambda arguments: Estimate(DICT),
    "array.array": packed,
    "copy.copy": copied,
    "copy.deepcopy": copied_deeply,
    "json.loads": texts.parsed,
    "json.dumps": texts.dumped,
    "os.urandom": random_bytes,
    "secrets.token_bytes": random_bytes,
    "random.randbytes": random_bytes,
    "re.match": found_by,
    "re.search": found_by,
    "re.fullmatch": found_by,
    "typing.cast": lambda arguments: arguments.of(1, ""),
}
