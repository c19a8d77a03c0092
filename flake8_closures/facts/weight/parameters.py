"""Which number does a parameter stand for, going by the calls of its function in the file?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.callees import is_spread
from flake8_closures.facts.functions import defaults
from flake8_closures.facts.names import Names
from flake8_closures.facts.semantics import given_for
from flake8_closures.facts.weight.estimate import UNKNOWN, Estimate
from flake8_closures.model import Binding, Scope
from flake8_closures.tree import Parents, decorators_of

_NUMBERS = (ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.IfExp)
"""What a number is written as; most arguments are nothing of the kind."""


def number(binding: Binding, of: Callable[[ast.AST], Estimate], names: Names, parents: Parents) -> Estimate:
    """Return the least number that a call in the file gives a parameter; unknown where one gives something else.

    Calls by the name of the function count, or by that of the class for `__init__`; others are not seen.
    """
    least = UNKNOWN
    for argument in _arguments(binding.scope, binding.name, names, parents):
        found = of(argument) if isinstance(argument, _NUMBERS) else UNKNOWN
        if not isinstance(found.value, int):
            return UNKNOWN
        if not isinstance(least.value, int) or found.value < least.value:
            least = found
    return least


def _arguments(function: Scope, name: str, names: Names, parents: Parents) -> Iterator[ast.expr | None]:
    """Yield what calls of a function give a parameter, or its default; None where that is not known."""
    owner = class_around(function)
    called = owner if owner is not None and function.name == "__init__" else function
    if (owner is not None and called is function) or decorators_of(called.node):
        return
    variable = names.variable(called.node)
    if variable is None or len(variable.bindings) != 1:
        return
    default = dict(defaults(function.node)).get(name)
    for reference in variable.references:
        call = parents.call_of(reference.node)
        if call is not None:
            given = given_for(call, function, name, bound=owner is not None)
            yield None if is_spread(call) else given or default
