"""What does the spelling of a name say about the variable?"""

from __future__ import annotations


def is_state(name: str) -> bool:
    """Return whether a name is spelled like the state of a module, and not like a local variable: `_cache`, `CACHE`,
    `g_cache`.

    `_`, `_x` and `X2` are not: names in loops and in mathematics look like that.
    """
    if name[:2] == "__" or sum(map(str.isalpha, name)) < 3:
        return False
    return name[0] == "_" or name.isupper() or name[:2] == "g_"


def is_special(name: str) -> bool:
    """Return whether a name has a meaning to Python or its tools, like `__all__`."""
    return name[:2] == "__" == name[-2:]


def family(name: str) -> str:
    """Return the last part of a name, after `_` or from a number on; empty for a name of one word."""
    stem = name.rstrip("0123456789")
    return name[len(stem) :] or name[name.rfind("_") + 1 or len(name) :]
