"""Does a function look at all of its variables at once?"""

from __future__ import annotations

from flake8_closures.model import Scope

OBSERVERS = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""What looks at the variables of its caller, if it is called with no more arguments than this."""


def observer(function: Scope) -> str:
    """Return the builtin by which a function looks at its variables; an empty string for most functions."""
    return next((word for word in OBSERVERS if word in function.reads and function.owners[word] is None), "")
