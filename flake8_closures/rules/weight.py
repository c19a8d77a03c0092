"""How is a weight reported? The proof that a message prints: "`grid` = np.zeros((1000, 1000)), 8.0 MB"."""

from __future__ import annotations

from flake8_closures.model import Note, Weight

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Return a number of bytes for a reader, in powers of 1000: `8.0 MB`."""
    power = 0
    while count >= 999.95 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    return f"{count:.1f} {_UNITS[power]}" if power else f"{count:.0f} B"


def origin(weight: Weight, name: str) -> list[Note]:
    """Return the note on where a value comes from; none if no expression of the file stands for it."""
    return [Note(weight.span, f"{name!r} is made here")] if weight.span is not None else []


def proof(weight: Weight) -> str:
    """Return what shows that a value is large: the expression it comes from, and its size, if known."""
    if weight.size is not None:
        least = "" if weight.exact else "at least "
        return f"{weight.text}, {least}{size(weight.size)}" if weight.text else f"{least}{size(weight.size)}"
    return f"{weight.text}, loaded data" if weight.text else "loaded data"
