"""What does the spelling of a name tell about the variable?"""

from __future__ import annotations


def is_state(name: str) -> bool:
    """Return whether a name is spelled like the state of a module, and not like a local variable: `_cache`, `CACHE`.

    `_`, `_x` and `X2` are no such names: those of loops and of mathematics look like them.
    """
    if name[:2] == "__" or sum(map(str.isalpha, name)) < 3:
        return False
    return name[0] == "_" or name.isupper()


def is_special(name: str) -> bool:
    """Return whether Python or its tools give a meaning to a name, as to `__all__`."""
    return name[:2] == "__" == name[-2:]


def family(name: str) -> str:
    """Return the last part of a name, as far as a number or `_` parts it; nothing where the name is one word."""
    stem = name.rstrip("0123456789")
    return name[len(stem) :] or name[name.rfind("_") + 1 or len(name) :]
