"""How large is an array? Its shape times the size of one item, as numpy, PyTorch, JAX and CuPy lay it out."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import objects
from flake8_closures.facts.weight.estimate import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    LIST,
    TUPLE,
    UNKNOWN,
    Estimate,
)

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Arguments

ITEMS = {
    **dict.fromkeys("bool bool_ int8 uint8 byte ubyte qint8 quint8 ? b i1 u1 b1".split(), 1),
    **dict.fromkeys("int16 uint16 float16 half bfloat16 short ushort f2 i2 u2 e h".split(), 2),
    **dict.fromkeys("int32 uint32 float32 single float f4 i4 u4 f i intc uintc".split(), 4),
    **dict.fromkeys("int64 uint64 float64 double complex64 long cfloat f8 i8 u8 c8 d q int_ float_ intp".split(), 8),
    **dict.fromkeys("complex128 cdouble c16 complex_".split(), 16),
}
"""Bytes of one item by the name of its type, without the leading byte order."""
OF_PYTHON = {"builtins.float": 8, "builtins.int": 8, "builtins.bool": 1, "builtins.complex": 16}


@dataclass(frozen=True, slots=True)
class Family:
    """A library of arrays: the type that it makes, and the default sizes of its floats and integers."""

    kind: str
    floating: int
    integer: int


FAMILIES = {
    "numpy": Family("numpy.ndarray", 8, 8),
    "cupy": Family("cupy.ndarray", 8, 8),
    "jax.numpy": Family("jax.Array", 4, 4),
    "torch": Family("torch.Tensor", 4, 8),
}
KINDS = {family.kind: family for family in FAMILIES.values()}
_SAME = frozenset("copy cuda cpu to clone contiguous detach requires_grad_ pin_memory block_until_ready".split())
_VIEWS = frozenset("reshape ravel view transpose squeeze swapaxes diagonal T flat".split())
_SEEN_BY = frozenset("ravel transpose squeeze diagonal".split())
"""Functions that do what the method of the same name does."""
_NUMBERS = frozenset("sum mean std var min max prod any all argmin argmax item".split())

NAMES = _SAME | _VIEWS | _NUMBERS | {"astype", "type", "flatten"}
"""The last names of callables that make an array of another one."""


def is_array(value: Estimate) -> bool:
    """Return whether a value is an array whose shape is known."""
    return value.kind in KINDS and value.shape is not None


def array(kind: str, shape: tuple[int, ...], itemsize: int, *, base: Estimate | None = None) -> Estimate:
    """Return an array with its own memory, or a view of `base`."""
    if kind == "jax.Array" and itemsize > 4:
        itemsize //= 2  # It has no double precision unless the program asks for it.
    item: Estimate | None = Estimate(kind, 0.0, shape=shape[1:], itemsize=itemsize) if shape else None
    size = float(math.prod(shape) * itemsize)
    return Estimate(kind, size, shape[0] if shape else None, item, shape=shape, itemsize=itemsize, base=base)


def shape_of(arguments: Arguments, place: int, *, spread: bool = False) -> object:
    """Return the shape that a constructor gets: a number, a tuple, or, for some, one argument for each dimension."""
    first = dimensions(arguments.of(place, "shape"))
    first = dimensions(arguments.of(None, "size")) if first is None else first
    if not spread or not isinstance(first, int):
        return first
    return tuple(arguments.value(index, "") for index in range(place, arguments.count))


def dimensions(shape: Estimate) -> object:
    """Return a shape that is spelled out: a number, a tuple, a list of numbers."""
    return tuple(member.value for _, member in shape.members) if shape.kind == LIST and shape.members else shape.value


def item_size(arguments: Arguments, dtype: ast.expr) -> int | None:
    """Return the bytes of one item of a type: `np.float32`, `"f4"`, `float`; None if unknown."""
    while isinstance(dtype, ast.Call) and dtype.args and arguments.dotted(dtype.func) == "numpy.dtype":
        dtype = dtype.args[0]
    dotted = arguments.dotted(dtype)
    if dotted in OF_PYTHON:
        return OF_PYTHON[dotted]
    if dotted:
        return ITEMS.get(dotted.rpartition(".")[2])
    name = arguments.folded(dtype)
    if not isinstance(name, str):
        return None
    return {"float": 8, "int": 8, "complex": 16}.get(name) or ITEMS.get(name.lstrip("<>=|"))


def with_item(value: Estimate, itemsize: int | None) -> Estimate:
    if value.shape is None or not itemsize:
        return Estimate(value.kind)
    return array(value.kind, value.shape, itemsize)


def combined(left: Estimate, right: Estimate) -> Estimate:
    """Return the result of an arithmetic operator, of arrays and of arrays with numbers.

    Whether items of less than eight bytes are whole numbers is not kept, and those would grow: it is a lower bound.
    """
    one, other = (left, right) if is_array(left) else (right, left)
    assert one.shape is not None
    if is_array(other) and other.shape is not None:
        shape = _broadcast(one.shape, other.shape)
        if shape is None:
            return Estimate(one.kind)
        return _at_least(array(one.kind, shape, max(one.itemsize, other.itemsize)))
    if other.kind not in (INTEGER, FLOAT, BOOLEAN):
        return Estimate(one.kind)
    return _at_least(array(one.kind, one.shape, one.itemsize))


def _at_least(value: Estimate) -> Estimate:
    return replace(value, exact=value.itemsize >= KINDS[value.kind].floating)


def multiplied(left: Estimate, right: Estimate) -> Estimate:
    """Return the matrix product of two arrays."""
    one, other = left.shape or (), right.shape or ()
    if not is_array(left) or not is_array(right) or len(one) > 2 or len(other) > 2:
        return UNKNOWN
    shape = (*one[:-1], *other[1:])
    return _at_least(array(left.kind, shape, max(left.itemsize, right.itemsize))) if shape else UNKNOWN


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    length = max(len(one), len(other))
    one, other = (1,) * (length - len(one)) + one, (1,) * (length - len(other)) + other
    if any(a != b and 1 not in (a, b) for a, b in zip(one, other, strict=True)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(one, other, strict=True))


def mask(value: Estimate) -> Estimate:
    """Return the result of a comparison."""
    return array(value.kind, value.shape or (), 1)


def parts(index: ast.expr) -> Sequence[ast.expr]:
    """Return the parts of an index, one for each dimension."""
    return index.elts if isinstance(index, ast.Tuple) else [index]


def taken(whole: Estimate, indexes: Sequence[object]) -> Estimate:
    """Return what basic indexing gives: a view, a number where every dimension has its index, UNKNOWN for the rest."""
    assert whole.shape is not None
    if Ellipsis in indexes or len(indexes) > len(whole.shape):
        return UNKNOWN
    shape: list[int] = []
    for length, index in zip(whole.shape, indexes, strict=False):
        if isinstance(index, slice):
            shape.append(len(range(length)[index]))
        elif not (isinstance(index, int) or index is int):
            return Estimate(whole.kind)
    rest = whole.shape[len(indexes) :]
    if not shape and not rest:
        return Estimate("numpy.generic", 32.0)
    return _seen(whole, (*shape, *rest))


def _seen(whole: Estimate, shape: tuple[int, ...]) -> Estimate:
    return array(whole.kind, shape, whole.itemsize, base=whole.base or whole)


def method(whole: Estimate, name: str, arguments: Arguments | None) -> Estimate:
    """Return the result of a method of an array; if there are no arguments (None), of an attribute."""
    assert whole.shape is not None
    if name == "to" and arguments and not all(map(_is_device, arguments.all())):
        return Estimate(whole.kind)
    if name in _SAME:
        return whole.copied() if name in ("copy", "clone") else whole
    if name in ("numpy", "tolist", "tobytes", "flatten"):
        return whole.copied() if name == "flatten" else UNKNOWN
    if name in ("astype", "type"):
        dtype = arguments.node(0, "dtype") if arguments else None
        item = item_size(arguments, dtype) if arguments and dtype is not None else None
        return with_item(whole.copied(), item)
    if name in _NUMBERS and arguments and not arguments.count and not arguments.has(None, "axis"):
        return Estimate("numpy.generic", 32.0)
    return _view(whole, name, arguments)


def _view(whole: Estimate, name: str, arguments: Arguments | None) -> Estimate:
    """Return what a method returns that shows the items of an array in another form."""
    assert whole.shape is not None
    if name == "reshape" and arguments:
        return _reshaped(whole, arguments)
    if name in ("T", "transpose") and whole.shape:
        return _seen(whole, whole.shape[::-1])
    if name in ("ravel", "flat"):
        return _seen(whole, (math.prod(whole.shape),))
    if arguments is None or not arguments.all():
        if name == "squeeze":
            return _seen(whole, tuple(length for length in whole.shape if length != 1))
        if name == "diagonal" and len(whole.shape) == 2:
            return _seen(whole, (min(whole.shape),))
    return Estimate(whole.kind)


def seen_by(name: str, whole: Estimate) -> Estimate | None:
    """Return the result of a function that does what the method of its name does; None for other functions."""
    if name not in _SEEN_BY or not is_array(whole) or whole.kind == FAMILIES["jax.numpy"].kind:
        return None
    return _view(whole, name, None)


def _is_device(argument: ast.expr) -> bool:
    """Return whether an argument of `tensor.to` moves it and leaves the type of its items alone."""
    return isinstance(argument, ast.Constant) or getattr(argument, "id", getattr(argument, "attr", "")) == "device"


def _reshaped(whole: Estimate, arguments: Arguments) -> Estimate:
    shape = shape_of(arguments, 0, spread=True)
    sizes = [size for size in (shape if isinstance(shape, tuple) else (shape,)) if isinstance(size, int)]
    total, spelled = math.prod(whole.shape or ()), math.prod(size for size in sizes if size != -1)
    if not spelled or total % spelled:
        return Estimate(whole.kind)
    return _seen(whole, tuple(total // spelled if size == -1 else size for size in sizes))


def attribute(whole: Estimate, name: str) -> Estimate:
    """Return an attribute of an array that is a view of it or tells its size."""
    assert whole.shape is not None
    if name == "shape":
        return replace(Estimate(TUPLE, 40.0 + 8 * len(whole.shape), len(whole.shape)), value=whole.shape)
    if name in ("T", "mT", "flat"):
        return method(whole, "T" if name != "flat" else "flat", None)
    if name in _NUMBERS:
        # The method itself, uncalled: it holds the array.
        return Estimate("builtins.builtin_function_or_method", whole.size, base=whole.base or whole)
    values = {"size": math.prod(whole.shape), "ndim": len(whole.shape), "nbytes": int(whole.size or 0)}
    return objects.integer(values[name]) if name in values else UNKNOWN
