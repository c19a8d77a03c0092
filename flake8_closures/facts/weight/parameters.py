"""Which number does a parameter stand for, going by the calls of its function in the file?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.callees import Callees, is_spread
from flake8_closures.facts.functions import defaults
from flake8_closures.facts.semantics import given_for
from flake8_closures.facts.weight.estimate import UNKNOWN, Estimate
from flake8_closures.model import Binding
from flake8_closures.tree import decorators_of

_NUMBERS = (ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.IfExp)
"""What a number is written as; most arguments are nothing of the kind."""


def number(binding: Binding, of: Callable[[ast.AST], Estimate], callees: Callees) -> Estimate:
    """Return the least number that a call in the file gives a parameter; unknown where one gives something else.

    Calls of other methods than `__init__` are not looked for: that takes a walk over the whole file.
    """
    least = UNKNOWN
    if class_around(binding.scope) is not None and binding.scope.name != "__init__":
        return least
    for argument in arguments(binding, callees):
        found = of(argument) if isinstance(argument, _NUMBERS) else UNKNOWN
        if not isinstance(found.value, int):
            return UNKNOWN
        if not isinstance(least.value, int) or found.value < least.value:
            least = found
    return least


def arguments(binding: Binding, callees: Callees) -> Iterator[ast.expr | None]:
    """Yield what calls in the file give a parameter, or its default; None where that is not known."""
    function = binding.scope
    if decorators_of(function.node):
        return
    default = dict(defaults(function.node)).get(binding.name)
    for call in callees.calls_of(function):
        yield None if is_spread(call) else given_for(call, function, binding.name) or default
