"""How large is an array? Its shape times the size of one item, as numpy, PyTorch, JAX and CuPy lay it out."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight.estimate import (
    BOOLEAN,
    COMPLEX,
    FLOAT,
    INTEGER,
    LIST,
    RANGE,
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
"""Bytes of one item by the name of its type, without the byte order in front."""
OF_PYTHON = {"builtins.float": 8, "builtins.int": 8, "builtins.bool": 1, "builtins.complex": 16}


@dataclass(frozen=True, slots=True)
class Family:
    """A library of arrays: the type that it makes, and the items it makes of floats and integers if not told."""

    kind: str
    floating: int
    integer: int


FAMILIES = {
    "numpy": Family("numpy.ndarray", 8, 8),
    "cupy": Family("cupy.ndarray", 8, 8),
    "jax.numpy": Family("jax.Array", 4, 4),
    "torch": Family("torch.Tensor", 4, 8),
}
NUMBER = Estimate(FLOAT, 24.0)
KINDS = {family.kind: family for family in FAMILIES.values()}
_SHAPED = frozenset("zeros ones empty rand randn".split())
_LIKE = frozenset("zeros_like ones_like empty_like full_like rand_like randn_like copy".split())
_MADE = frozenset("array asarray ascontiguousarray tensor as_tensor".split())
_SPACED = {"linspace": 50, "logspace": 50, "geomspace": 50}
SIZED = {
    **dict.fromkeys("random random_sample ranf sample standard_normal standard_exponential".split(), 0),
    **dict.fromkeys("poisson exponential geometric standard_t chisquare rayleigh".split(), 1),
    **dict.fromkeys("normal uniform laplace logistic gumbel lognormal beta gamma".split(), 2),
    **dict.fromkeys("randint integers random_integers binomial".split(), 2),
}
"""The random functions of numpy, with the place of their `size`."""
GENERATOR = "numpy.random.Generator"
_SAME = frozenset("copy cuda cpu to clone contiguous detach requires_grad_ pin_memory block_until_ready".split())
_VIEWS = frozenset("reshape ravel view transpose squeeze swapaxes T flat".split())
_ELEMENTWISE = frozenset("sqrt exp log log2 log10 log1p expm1 sin cos tan tanh abs absolute square".split())
_NUMBERS = frozenset("sum mean std var min max prod any all argmin argmax item".split())


NAMES = frozenset(
    {*_SHAPED, *_LIKE, *_MADE, *_ELEMENTWISE, *_SPACED, *SIZED, *_SAME, *_VIEWS, *_NUMBERS, "astype", "type", "flatten"}
    | {"full", "eye", "identity", "arange", "randperm", "randint", "tile", "repeat", "permutation", "choice"}
)
"""The last names of what gives an array."""


def is_array(value: Estimate) -> bool:
    """Return whether a value is an array whose shape is known."""
    return value.kind in KINDS and value.shape is not None


def array(kind: str, shape: tuple[int, ...], itemsize: int, *, base: Estimate | None = None) -> Estimate:
    """Return an array of its own, or a view of `base`."""
    if kind == "jax.Array" and itemsize > 4:
        itemsize //= 2  # It has no double precision unless the program asks for it.
    item: Estimate | None = Estimate(kind, 0.0, shape=shape[1:], itemsize=itemsize) if shape else None
    size = float(math.prod(shape) * itemsize)
    return Estimate(kind, size, shape[0] if shape else None, item, shape=shape, itemsize=itemsize, base=base)


def made(dotted: str, arguments: Arguments) -> Estimate:
    """Return the array that a constructor makes, by the constructor's full name."""
    module, _, name = dotted.rpartition(".")
    if module in ("numpy.random", "cupy.random"):
        return _random(FAMILIES[module.partition(".")[0]], name, arguments)
    if module == "jax.random":
        return _of_shape(FAMILIES["jax.numpy"], arguments.value(1, "shape"), 4)
    family = FAMILIES.get(module)
    return _constructed(family, name, arguments) if family else UNKNOWN


def _constructed(family: Family, name: str, arguments: Arguments) -> Estimate:
    is_torch = family.kind == "torch.Tensor"
    if name in _SHAPED:
        item = _item(arguments, family.floating, None if is_torch else 1)
        return _of_shape(family, _shape(arguments, 0, spread=is_torch), item)
    if name == "full":
        fill = _default(family, arguments.of(1, "fill_value"))
        return _of_shape(family, _shape(arguments, 0), _item(arguments, fill, None if is_torch else 2))
    if name in _LIKE or name in _MADE:
        found = like(family, arguments.of(0, ""))
        if arguments.has(None, "shape"):
            found = _of_shape(family, _dimensions(arguments.of(None, "shape")), found.itemsize)
        place = None if is_torch or name == "copy" else 2 if name == "full_like" else 1
        return _with_item(found, _item(arguments, found.itemsize, place)) if found.shape is not None else found
    if name in _ELEMENTWISE and arguments.count == 1:
        return combined(arguments.of(0, ""), NUMBER) if is_array(arguments.of(0, "")) else UNKNOWN
    if name in ("eye", "identity"):
        rows, columns = arguments.value(0, "N"), arguments.value(1, "M")
        shape = (rows, columns if isinstance(columns, int) and name == "eye" else rows)
        return _of_shape(family, shape, _item(arguments, family.floating, 1 if name == "identity" else 3))
    if name == "arange":
        return _counted(family, arguments)
    if name in _SPACED:
        number = arguments.value(2, "steps" if is_torch else "num")
        number = _SPACED[name] if number is None and not arguments.has(2, "num") else number
        return _of_shape(family, number, _item(arguments, family.floating))
    if name == "randperm":
        return _of_shape(family, arguments.value(0, "n"), 8)
    if name == "randint" and is_torch:
        return _of_shape(family, _last_shape(arguments), _item(arguments, 8))
    if name == "tile":
        return _tiled(like(family, arguments.of(0, "A")), arguments.value(1, "reps"))
    if name == "repeat":
        return _repeated(like(family, arguments.of(0, "a")), arguments)
    return Estimate(family.kind) if name in ("stack", "concatenate", "vstack", "hstack", "cat") else UNKNOWN


def _random(family: Family, name: str, arguments: Arguments) -> Estimate:
    """Return what a function of `numpy.random`, or a method of its generators, draws."""
    if name in ("rand", "randn"):
        return _of_shape(family, _shape(arguments, 0, spread=True), 8)
    if name == "default_rng":
        return Estimate(GENERATOR)
    if name == "permutation":
        return _of_shape(family, arguments.value(0, "x"), 8)
    if name == "choice":
        drawn = arguments.of(0, "a")
        item = 8 if drawn.kind == INTEGER else like(family, drawn).itemsize
        return _of_shape(family, arguments.value(1, "size"), item) if item else UNKNOWN
    place = SIZED.get(name)
    if place is None or not arguments.has(place, "size"):
        return UNKNOWN
    return _of_shape(family, _dimensions(arguments.of(place, "size")), _item(arguments, 8, place + 1))


def drawn(name: str, arguments: Arguments) -> Estimate:
    """Return what a method of a random generator of numpy draws."""
    return _random(FAMILIES["numpy"], name, arguments)


def _of_shape(family: Family, shape: object, itemsize: int | None) -> Estimate:
    dimensions = shape if isinstance(shape, tuple) else (shape,)
    whole = tuple(int(each) for each in dimensions if isinstance(each, int) and each >= 0)
    if len(whole) != len(dimensions) or not itemsize:
        return Estimate(family.kind)
    return array(family.kind, whole, itemsize)


def _shape(arguments: Arguments, place: int, *, spread: bool = False) -> object:
    """Return the shape that a constructor is given: a number, a tuple, or, for some, one argument a dimension."""
    first = _dimensions(arguments.of(place, "shape"))
    first = _dimensions(arguments.of(None, "size")) if first is None else first
    if not spread or not isinstance(first, int):
        return first
    return tuple(arguments.value(index, "") for index in range(place, arguments.count))


def _dimensions(shape: Estimate) -> object:
    """Return a shape that is spelled out: a number, a tuple, a list of numbers."""
    return tuple(member.value for _, member in shape.members) if shape.kind == LIST and shape.members else shape.value


def _last_shape(arguments: Arguments) -> object:
    """Return the shape of `torch.randint(high, size)` and `torch.randint(low, high, size)`."""
    return next((shape for place in (2, 1) if isinstance(shape := arguments.value(place, "size"), tuple)), None)


def _counted(family: Family, arguments: Arguments) -> Estimate:
    bounds = [arguments.value(index, "") for index in range(min(3, arguments.count))]
    numbers = [bound for bound in bounds if isinstance(bound, (int, float))]
    if not numbers or len(numbers) != len(bounds) or (len(numbers) == 3 and not numbers[2]):
        return Estimate(family.kind)
    start, stop, step = [(0, numbers[0], 1), (*numbers, 1), tuple(numbers)][len(numbers) - 1]
    whole = all(isinstance(number, int) for number in numbers)
    item = _item(arguments, family.integer if whole else family.floating, 3)
    return _of_shape(family, max(0, math.ceil((stop - start) / step)), item)


def _item(arguments: Arguments, default: int | None, place: int | None = None) -> int | None:
    """Return the bytes of one item as `dtype` says; None for a type whose size is not known."""
    dtype = arguments.node(place, "dtype")
    return default if dtype is None else item_size(arguments, dtype)


def item_size(arguments: Arguments, dtype: ast.expr) -> int | None:
    """Return the bytes of one item of a type: `np.float32`, `"f4"`, `float`; None where it is not known."""
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


def _default(family: Family, value: Estimate) -> int | None:
    """Return the bytes of one item that holds a Python number."""
    sizes = {BOOLEAN: 1, INTEGER: family.integer, FLOAT: family.floating, COMPLEX: 2 * family.floating}
    return sizes.get(value.kind) or value.itemsize or None


def like(family: Family, value: Estimate) -> Estimate:
    """Return the array that is made of a value: of another array, a range, nested lists of numbers."""
    if value.shape is not None and value.itemsize and not value.loader:
        return array(family.kind, value.shape, value.itemsize)
    shape: list[int] = []
    inner: Estimate | None = value
    while inner is not None and inner.kind in (LIST, TUPLE, RANGE) and inner.length is not None:
        shape.append(inner.length)
        inner = inner.item
    item = _default(family, inner) if inner is not None and inner.kind not in (LIST, TUPLE) else None
    if inner is not None and inner.shape is not None and inner.itemsize:
        return array(family.kind, (*shape, *inner.shape), inner.itemsize)
    return array(family.kind, tuple(shape), item) if shape and item else Estimate(family.kind)


def _with_item(value: Estimate, itemsize: int | None) -> Estimate:
    if value.shape is None or not itemsize:
        return Estimate(value.kind)
    return array(value.kind, value.shape, itemsize)


def _tiled(value: Estimate, times: object) -> Estimate:
    repeats = times if isinstance(times, tuple) else (times,)
    if value.shape is None or not all(isinstance(each, int) for each in repeats):
        return Estimate(value.kind)
    padded = (1,) * (len(repeats) - len(value.shape)) + value.shape
    factors = (1,) * (len(padded) - len(repeats)) + repeats
    return array(value.kind, tuple(a * b for a, b in zip(padded, factors, strict=True)), value.itemsize)


def _repeated(value: Estimate, arguments: Arguments) -> Estimate:
    times = arguments.value(1, "repeats")
    if value.shape is None or not isinstance(times, int) or arguments.has(2, "axis"):
        return Estimate(value.kind)
    return array(value.kind, (math.prod(value.shape) * times,), value.itemsize)


# What is done with an array.


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
    """Return the parts of an index, one a dimension."""
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
    """Return the result of a method of an array; None in the place of arguments stands for an attribute."""
    assert whole.shape is not None
    if name == "to" and arguments and not all(map(_is_device, arguments.all())):
        return Estimate(whole.kind)
    if name in _SAME:
        return whole.copied() if name in ("copy", "clone") else whole
    if name in ("numpy", "tolist", "tobytes", "flatten"):
        return whole.copied() if name == "flatten" else Estimate(size=None)
    if name in ("astype", "type"):
        dtype = arguments.node(0, "dtype") if arguments else None
        item = item_size(arguments, dtype) if arguments and dtype is not None else None
        return _with_item(whole.copied(), item)
    if name in _NUMBERS and arguments and not arguments.count and not arguments.has(None, "axis"):
        return Estimate("numpy.generic", 32.0)
    if name == "reshape" and arguments:
        return _reshaped(whole, arguments)
    if name in ("T", "transpose") and whole.shape:
        return _seen(whole, whole.shape[::-1])
    return _seen(whole, (math.prod(whole.shape),)) if name in ("ravel", "flat") else Estimate(whole.kind)


def _is_device(argument: ast.expr) -> bool:
    """Return whether an argument of `tensor.to` moves it, and leaves the type of its items alone."""
    return isinstance(argument, ast.Constant) or getattr(argument, "id", getattr(argument, "attr", "")) == "device"


def _reshaped(whole: Estimate, arguments: Arguments) -> Estimate:
    shape = _shape(arguments, 0, spread=True)
    sizes = [size for size in (shape if isinstance(shape, tuple) else (shape,)) if isinstance(size, int)]
    total, spelled = math.prod(whole.shape or ()), math.prod(size for size in sizes if size != -1)
    if not spelled or total % spelled:
        return Estimate(whole.kind)
    return _seen(whole, tuple(total // spelled if size == -1 else size for size in sizes))


def attribute(whole: Estimate, name: str) -> Estimate:
    """Return an attribute of an array, where it is one that views it or says how large it is."""
    assert whole.shape is not None
    if name == "shape":
        return replace(Estimate(TUPLE, 40.0 + 8 * len(whole.shape), len(whole.shape)), value=whole.shape)
    if name in ("T", "mT", "flat"):
        return method(whole, "T" if name != "flat" else "flat", None)
    if name in _NUMBERS:
        # The method itself, uncalled: it holds the array.
        return Estimate("builtins.builtin_function_or_method", whole.size, base=whole.base or whole)
    values = {"size": math.prod(whole.shape), "ndim": len(whole.shape), "nbytes": int(whole.size or 0)}
    return Estimate(INTEGER, 32.0, value=values[name]) if name in values else UNKNOWN
