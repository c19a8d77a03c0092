"""Which variables of its own does a function look up in `globals()`?

A variable of a function is never there. Who looks for its name means one that outlives the call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from flake8_closures.model import Scope, ScopeKind, Variable
from flake8_closures.source import Parents


def find(scopes: Sequence[Scope], parents: Parents) -> Iterator[Variable]:
    """Yield the variables of functions whose names these compare with those in `globals()`."""
    for scope in scopes:
        if scope.kind is not ScopeKind.FUNCTION or "globals" not in scope.reads:
            continue
        for node in scope.reads["globals"]:
            around: ast.AST | None = node
            while isinstance(around, ast.expr) and not isinstance(around, ast.Compare):
                around = parents.get(around)
            if isinstance(around, ast.Compare) and isinstance(around.ops[0], (ast.In, ast.NotIn)):
                left = around.left
                if isinstance(left, ast.Constant) and left.value in scope.variables:
                    yield scope.variables[left.value]
