"""How large is the array that a constructor makes, or that a random generator draws?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flake8_closures.facts.weight.arrays import (
    FAMILIES,
    Family,
    array,
    combined,
    dimensions,
    is_array,
    item_size,
    seen_by,
    shape_of,
    with_item,
)
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

_SHAPED = frozenset("zeros ones empty rand randn".split())
_LIKE = frozenset("zeros_like ones_like empty_like full_like rand_like randn_like copy".split())
_MADE = frozenset("array asarray asanyarray ascontiguousarray tensor as_tensor".split())
_PASSING = frozenset("asarray asanyarray as_tensor".split())
"""Functions that return an array unchanged."""
_SPACED = {"linspace": 50, "logspace": 50, "geomspace": 50}
_SIZED = {
    **dict.fromkeys("random random_sample ranf sample standard_normal standard_exponential".split(), 0),
    **dict.fromkeys("poisson exponential geometric standard_t chisquare rayleigh".split(), 1),
    **dict.fromkeys("normal uniform laplace logistic gumbel lognormal beta gamma".split(), 2),
    **dict.fromkeys("randint integers random_integers binomial".split(), 2),
}
"""The random functions of numpy, with the position of their `size`."""
_SIZED_BY_JAX = {
    **dict.fromkeys("bits cauchy exponential gumbel laplace logistic maxwell normal".split(), (1, 2)),
    **dict.fromkeys("rademacher uniform".split(), (1, 2)),
    "randint": (1, 4),
    **dict.fromkeys("chisquare gamma generalized_normal geometric loggamma lognormal pareto poisson".split(), (2, 3)),
    **dict.fromkeys("rayleigh t wald".split(), (2, 3)),
    **dict.fromkeys("beta double_sided_maxwell f truncated_normal weibull_min".split(), (3, 4)),
}
"""The same for JAX, with the positions of `shape` and `dtype`."""
GENERATOR = "numpy.random.Generator"
_TORCH = FAMILIES["torch"].kind
_ELEMENTWISE = frozenset("sqrt exp log log2 log10 log1p expm1 sin cos tan tanh abs absolute square".split())
_NUMBER = Estimate(FLOAT, 24.0)
NAMES = frozenset(
    {*_SHAPED, *_LIKE, *_MADE, *_ELEMENTWISE, *_SPACED, *_SIZED, "full", "eye", "identity", "arange", "randperm"}
    | {"randint", "tile", "repeat", "permutation", "choice"}
)
"""The last names of callables that make an array."""


def made(dotted: str, arguments: Arguments) -> Estimate:
    """Return the array that a constructor makes, by the constructor's full name."""
    module, _, name = dotted.rpartition(".")
    if module in ("numpy.random", "cupy.random"):
        return _random(FAMILIES[module.partition(".")[0]], name, arguments)
    if module == "jax.random":
        if name not in _SIZED_BY_JAX:
            return UNKNOWN
        shape, dtype = _SIZED_BY_JAX[name]
        return _of_shape(FAMILIES["jax.numpy"], arguments.value(shape, "shape"), _item(arguments, 4, dtype))
    family = FAMILIES.get(module)
    return _constructed(family, name, arguments) if family else UNKNOWN


def _constructed(family: Family, name: str, arguments: Arguments) -> Estimate:
    """Return the array that a function of an array library makes."""
    found = _of_another(family, name, arguments) or _of_dimensions(family, name, arguments)
    if found is not None:
        return found
    if name == "arange":
        return _counted(family, arguments)
    if name in _SPACED:
        number = arguments.value(2, "steps" if family.kind == _TORCH else "num")
        number = _SPACED[name] if number is None and not arguments.has(2, "num") else number
        return _of_shape(family, number, _item(arguments, family.floating))
    return Estimate(family.kind) if name in ("stack", "concatenate", "vstack", "hstack", "cat") else UNKNOWN


def _of_another(family: Family, name: str, arguments: Arguments) -> Estimate | None:
    """Return what a function makes of the array, or the sequence, that it gets; None if it gets none."""
    if arguments.count == 1 and not arguments.has_keywords:
        given = arguments.of(0, "")
        if name in _PASSING and given.kind == family.kind:
            return given
        if name in _ELEMENTWISE:
            return combined(given, _NUMBER) if is_array(given) else UNKNOWN
        if seen := seen_by(name, given):
            return seen
    if name in _LIKE or name in _MADE:
        found = like(family, arguments.of(0, ""))
        if arguments.has(None, "shape"):
            found = _of_shape(family, dimensions(arguments.of(None, "shape")), found.itemsize)
        place = None if family.kind == _TORCH or name == "copy" else 2 if name == "full_like" else 1
        return with_item(found, _item(arguments, found.itemsize, place)) if found.shape is not None else found
    if name == "tile":
        return _tiled(like(family, arguments.of(0, "A")), arguments.value(1, "reps"))
    return _repeated(like(family, arguments.of(0, "a")), arguments) if name == "repeat" else None


def _of_dimensions(family: Family, name: str, arguments: Arguments) -> Estimate | None:
    """Return the array of a function that gets its size as an argument; None for other functions."""
    is_torch = family.kind == _TORCH
    if name in _SHAPED:
        item = _item(arguments, family.floating, None if is_torch else 1)
        return _of_shape(family, shape_of(arguments, 0, spread=is_torch), item)
    if name == "full":
        fill = _default(family, arguments.of(1, "fill_value"))
        return _of_shape(family, shape_of(arguments, 0), _item(arguments, fill, None if is_torch else 2))
    if name in ("eye", "identity"):
        rows, columns = arguments.value(0, "N"), arguments.value(1, "M")
        shape = (rows, columns if isinstance(columns, int) and name == "eye" else rows)
        return _of_shape(family, shape, _item(arguments, family.floating, 1 if name == "identity" else 3))
    if name == "randperm":
        return _of_shape(family, arguments.value(0, "n"), 8)
    if name == "randint" and is_torch:
        return _of_shape(family, _last_shape(arguments), _item(arguments, 8))
    return None


def _random(family: Family, name: str, arguments: Arguments) -> Estimate:
    """Return what a function of `numpy.random`, or a method of its generators, returns."""
    if name in ("rand", "randn"):
        return _of_shape(family, shape_of(arguments, 0, spread=True), 8)
    if name == "default_rng":
        return Estimate(GENERATOR)
    if name == "permutation":
        return _of_shape(family, arguments.value(0, "x"), 8)
    if name == "choice":
        drawn = arguments.of(0, "a")
        item = 8 if drawn.kind == INTEGER else like(family, drawn).itemsize
        return _of_shape(family, arguments.value(1, "size"), item) if item else UNKNOWN
    place = _SIZED.get(name)
    if place is None or not arguments.has(place, "size"):
        return UNKNOWN
    return _of_shape(family, dimensions(arguments.of(place, "size")), _item(arguments, 8, place + 1))


def drawn(name: str, arguments: Arguments) -> Estimate:
    """Return what a method of a random generator of numpy returns."""
    return _random(FAMILIES["numpy"], name, arguments)


def _of_shape(family: Family, shape: object, itemsize: int | None) -> Estimate:
    dimensions = shape if isinstance(shape, tuple) else (shape,)
    whole = tuple(int(each) for each in dimensions if isinstance(each, int) and each >= 0)
    if len(whole) != len(dimensions) or not itemsize:
        return Estimate(family.kind)
    return array(family.kind, whole, itemsize)


def _last_shape(arguments: Arguments) -> object:
    """Return the shape that is the last argument: `torch.randint(high, size)` and `torch.randint(low, high, size)`."""
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
    """Return the bytes of one item according to `dtype`; None for a type of unknown size."""
    dtype = arguments.node(place, "dtype")
    return default if dtype is None else item_size(arguments, dtype)


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
