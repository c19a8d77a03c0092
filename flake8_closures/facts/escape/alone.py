"""Where does a value of a function go, apart from the functions made in it?"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_closures.facts.escape.trace import Trace
from flake8_closures.facts.escape.use import Carry, TraceContext, Use, Value
from flake8_closures.facts.flow import Event
from flake8_closures.model import Scope, Variable


def value_uses(node: ast.AST, maker: Scope, context: TraceContext, carry: Carry = Carry.ITSELF) -> tuple[Use, ...]:
    """Return what a function itself does with the value of an expression, or with what that value carries.

    Left out are the functions that capture it, or have it as a default.
    """
    trace = _Alone(maker, context)
    trace.follow(Value(node, carry))
    return trace.run()


class _Alone(Trace):
    """A trace that does not enter the functions made on its way."""

    def follow(self, value: Value) -> None:
        if not isinstance(value.node, ast.Lambda):
            super().follow(value)

    def defined(self, value: Value) -> None:
        """A default is kept by its function."""

    def _captured(self, variable: Variable, scopes: Sequence[Scope], value: Value, refills: frozenset[Event]) -> None:
        """What is captured is kept by its function."""
