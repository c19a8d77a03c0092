"""How large is a table? The columns of pandas and Polars, where the text shows what they are made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import arrays
from flake8_closures.facts.weight.estimate import (
    BOOLEAN,
    DICT,
    FLOAT,
    INTEGER,
    ITERATOR,
    LIST,
    NONE,
    RANGE,
    STRING,
    TUPLE,
    UNKNOWN,
    Estimate,
)

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Arguments

FRAMES = {"pandas": "pandas.DataFrame", "polars": "polars.DataFrame"}
COLUMNS = {"pandas": "pandas.Series", "polars": "polars.Series"}
INDEXERS = {"iloc": "pandas.iloc", "loc": "pandas.loc"}
_KINDS = frozenset((*FRAMES.values(), *COLUMNS.values(), *INDEXERS.values()))
_SUMMARIES = frozenset("sum mean std var min max median count nunique any all prod".split())
_COPIES = frozenset("copy clone".split())


NAMES = frozenset("DataFrame Series date_range to_numpy to_list tolist clone".split())
"""The last names of callables that return a table."""


def is_table(value: Estimate) -> bool:
    """Return whether a value is a table, or a column, whose size is known."""
    return value.kind in _KINDS and value.size is not None


def made(dotted: str, arguments: Arguments) -> Estimate:
    """Return the table that a constructor makes, by the constructor's full name."""
    library, _, name = dotted.rpartition(".")
    if name == "date_range" and library == "pandas":
        periods = arguments.value(2, "periods")
        return _column("pandas.DatetimeIndex", periods, 8.0) if isinstance(periods, int) else UNKNOWN
    if arguments.has(None, "dtype"):
        return Estimate(FRAMES[library] if name == "DataFrame" else COLUMNS[library])
    data = arguments.of(0, "data")
    if data.kind == DICT and (arguments.has(None, "columns") or arguments.has(None, "index")):
        return Estimate(FRAMES[library])  # they choose among the columns, and the rows
    table = _frame(library, data) if name == "DataFrame" else _series(library, data)
    # The labels of the rows have a weight too, which is not known.
    return replace(table, exact=False) if arguments.has(1, "index") else table


def _column(kind: str, length: int, item: float, base: Estimate | None = None) -> Estimate:
    inner = Estimate(FLOAT if item == 8 else STRING, 24.0)
    return Estimate(kind, length * item, length, inner, shape=(length,), itemsize=int(item), base=base)


def _series(library: str, data: Estimate) -> Estimate:
    item = _item(library, data)
    if data.length is None or item is None:
        return Estimate(COLUMNS[library])
    return _column(COLUMNS[library], data.length, item)


def _frame(library: str, data: Estimate) -> Estimate:
    kind = FRAMES[library]
    if arrays.is_array(data) and data.shape is not None and len(data.shape) <= 2:
        shape = (*data.shape, 1)[:2]
        return Estimate(kind, data.size, shape[0], None, shape=shape, itemsize=data.itemsize)
    if data.kind != DICT or data.length is None or data.content is None or data.content.length is None:
        return Estimate(kind)
    width = _item(library, data.content)
    if width is None or not data.exact:
        return Estimate(kind)
    rows = data.content.length
    widths = [_item(library, column) for _, column in data.members]
    if None in widths:
        return Estimate(kind)
    total = rows * (sum(each or 0.0 for each in widths) or data.length * width)
    return Estimate(kind, total, rows, None, shape=(rows, data.length), itemsize=int(width))


def _item(library: str, column: Estimate) -> float | None:
    """Return the bytes of one value of a column; None if unknown."""
    if arrays.is_array(column) and column.shape is not None and len(column.shape) == 1:
        return float(column.itemsize)
    if column.kind not in (LIST, TUPLE, RANGE, ITERATOR) or column.item is None:
        return None
    if column.item.kind in (INTEGER, FLOAT):
        return 8.0
    if column.item.kind == BOOLEAN:
        return 1.0 if library == "pandas" else 0.125
    is_object = library == "pandas" and column.item.kind in (STRING, NONE) and column.item.size is not None
    return 8.0 + (column.item.size or 0.0) if is_object else None


def taken(whole: Estimate, index: Estimate) -> Estimate:
    """Return what a subscript of a table gives: a column, rows; with pandas, views of the table."""
    if whole.kind in INDEXERS.values() and whole.base is not None and whole.base.shape is not None:
        return Estimate(COLUMNS["pandas"], None, base=whole.base.base or whole.base)
    if whole.kind == FRAMES["pandas"] and index.kind in (STRING, INTEGER) and whole.shape is not None:
        return _column(COLUMNS["pandas"], whole.shape[0], whole.itemsize, whole.base or whole)
    if whole.kind == FRAMES["polars"] and index.kind == STRING and whole.shape is not None:
        return _column(COLUMNS["polars"], whole.shape[0], whole.itemsize)
    return UNKNOWN


def attribute(whole: Estimate, name: str) -> Estimate:
    """Return an attribute of a table."""
    if name in INDEXERS and whole.kind in (FRAMES["pandas"], COLUMNS["pandas"]):
        return Estimate(INDEXERS[name], 0.0, base=whole)
    if name == "shape" and whole.shape is not None:
        return Estimate(TUPLE, 56.0, len(whole.shape), value=whole.shape)
    if name == "values" and whole.base is not None:
        return replace(whole, kind="numpy.ndarray")
    return UNKNOWN


def method(whole: Estimate, name: str, arguments: Arguments) -> Estimate:
    """Return the result of a method of a table."""
    if name in _COPIES:
        return whole.copied()
    if name == "to_numpy" and whole.base is not None and not arguments.count:
        return replace(whole, kind="numpy.ndarray")
    if name in _SUMMARIES and whole.kind in COLUMNS.values():
        return Estimate("numpy.generic", 32.0)
    if name in ("to_list", "tolist") and whole.length is not None and whole.itemsize == 8:
        return Estimate(LIST, 56.0 + whole.length * 32, whole.length, Estimate(FLOAT, 24.0), exact=False)
    return UNKNOWN
