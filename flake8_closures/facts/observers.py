"""Does a function look at all of its variables at once?"""

from __future__ import annotations

from flake8_closures.model import Scope

OBSERVERS = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""Builtins that see the variables of their caller, if called with at most this many arguments."""


def observer(function: Scope) -> str:
    """Return the builtin by which a function sees all of its variables; empty for most functions."""
    return next((word for word in OBSERVERS if word in function.reads and function.owners[word] is None), "")
