"""Which rules are there? Importing a module of this package registers its rule; nothing else lists them."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from flake8_closures.model import Finding, Rule

if TYPE_CHECKING:
    from flake8_closures.facts import Facts

Check = Callable[["Facts"], Iterator[Finding]]
_registered: dict[str, Rule] = {}


def rule(code: str, name: str, *, default: bool = True) -> Callable[[Check], Check]:
    """Register a check under a code. The docstring of its module is the rule's documentation, its first sentence the
    summary.

    Raises ValueError for a code that is malformed or taken, and for a module without a docstring.
    """

    def register(check: Check) -> Check:
        page = inspect.cleandoc(inspect.getmodule(check).__doc__ or "")
        summary, _, explanation = page.partition("\n\n")
        if not re.fullmatch(r"CLO\d\d\d", code) or not summary:
            raise ValueError(f"{code}: a rule has a code CLOnnn and a module docstring")
        if code in _registered and _registered[code].name != name:
            raise ValueError(f"{code} is the code of {_registered[code].name!r} already")
        _registered[code] = Rule(code, name, " ".join(summary.split()), explanation, check, default)
        return check

    return register


@cache
def codes() -> tuple[str, ...]:
    """Return the code of every rule, in their order: as the modules are named, so that none has to be imported."""
    found = (re.match(r"clo\d{3}(?=_)", name) for name in _modules())
    return tuple(sorted(match[0].upper() for match in found if match))


@cache
def all_rules() -> dict[str, Rule]:
    """Return every rule by its code, in the order of the codes."""
    for name in _modules():
        importlib.import_module(f"{__name__}.{name}")
    return dict(sorted(_registered.items()))


def _modules() -> list[str]:
    import pkgutil

    return [module.name for module in pkgutil.iter_modules(__path__)]
