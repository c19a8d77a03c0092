"""What is known of a value? Its type, its length, its bytes: as far as the text proves it, and no further."""

from __future__ import annotations

from dataclasses import dataclass, replace

INTEGER, FLOAT, COMPLEX, BOOLEAN = "builtins.int", "builtins.float", "builtins.complex", "builtins.bool"
STRING, BYTES, BYTEARRAY = "builtins.str", "builtins.bytes", "builtins.bytearray"
LIST, TUPLE, SET, FROZENSET, DICT = (f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "dict"))
DEQUE, ARRAY = "collections.deque", "array.array"
RANGE, ITERATOR, NONE = "builtins.range", "builtins.iterator", "builtins.NoneType"
IMMUTABLE = frozenset((INTEGER, FLOAT, COMPLEX, BOOLEAN, STRING, BYTES, TUPLE, FROZENSET, RANGE, NONE))
"""Types whose values never change. The items of a tuple may change, but it keeps its length and items."""
SEQUENCES = frozenset((LIST, TUPLE, STRING, BYTES, BYTEARRAY))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of one value.

    `size` counts the bytes of the object and of everything that it alone holds; None where it is unknown. For a view it
    is the size of a copy, and `base` is what the view keeps alive. An estimate that is not `exact` is a lower bound.
    `item` is what iterating gives (the keys of a dict), with the mean size. `shape` and `itemsize` are those of an
    array or a table. `value` is a folded constant. `loader` is the callable that brought the value from outside.
    """

    kind: str = ""
    size: float | None = None
    length: int | None = None
    item: Estimate | None = None
    content: Estimate | None = None
    """The values of a dict."""
    members: tuple[tuple[object, Estimate], ...] = ()
    """The items of a display by their constant keys or indexes, where it is not too long."""
    shape: tuple[int, ...] | None = None
    itemsize: int = 0
    value: object = None
    bounds: range | None = None
    """The range of integers in which it lies."""
    is_distinct: bool = False
    """For an item: whether all items are different objects."""
    width: int = 1
    """Bytes for one character of a string."""
    base: Estimate | None = None
    loader: str = ""
    exact: bool = True

    @property
    def kept(self) -> float | None:
        """Bytes that stay alive with the value; None where nothing is proved."""
        return self.size if self.base is None else self.base.kept

    def shared(self) -> Estimate:
        """Return the value at the cost of one more reference to it: only the slot."""
        return replace(self, size=0.0, base=None)

    def copied(self) -> Estimate:
        """Return a value with its own memory instead of a view."""
        return replace(self, base=None)


UNKNOWN = Estimate()
"""A value of which nothing is known."""
