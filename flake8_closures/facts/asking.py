"""Which variables of its own does a function ask for, as if it did not know whether they exist?

A variable of a function has no value at its start, and no call of the function leaves it one. Who is ready for a
NameError before he binds it, or looks for its name in `globals()`, means one that outlives the call.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence

from flake8_closures.facts.guards import is_tried
from flake8_closures.facts.positions import end, position
from flake8_closures.model import Binding, Scope, ScopeKind, Variable

Parents = Callable[[], Mapping[ast.AST, ast.AST]]
_ERRORS = ("NameError", "UnboundLocalError")


def find(scopes: Sequence[Scope], parents: Parents) -> Iterator[Variable]:
    """Yield the variables that a function asks for before it binds them."""
    for scope in scopes:
        if scope.kind is not ScopeKind.FUNCTION:
            continue
        names = _looked_for(scope, parents) if "globals" in scope.reads else set()
        if any(word in scope.reads for word in _ERRORS):
            names |= {name for name in scope.variables if name in scope.reads and _is_tried(scope, name, parents())}
        for name in names & scope.variables.keys():
            variable = scope.variables[name]
            if not hasattr(builtins, name) and not any(map(_is_builtin, variable.bindings)):
                yield variable


def _looked_for(scope: Scope, parents: Parents) -> set[str]:
    """Return the names that a function compares with those in `globals()`."""
    found: set[str] = set()
    for node in scope.reads["globals"]:
        around: ast.AST | None = node
        while isinstance(around, ast.expr) and not isinstance(around, ast.Compare):
            around = parents().get(around)
        if isinstance(around, ast.Compare) and isinstance(around.ops[0], (ast.In, ast.NotIn)):
            left = around.left
            if isinstance(left, ast.Constant) and isinstance(left.value, str):
                found.add(left.value)
    return found


def _is_tried(scope: Scope, name: str, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Return whether the first read of a variable stands before every binding, outside loops, and may fail."""
    first = min(scope.reads[name], key=position)
    if any(position(binding.node) < position(first) for binding in scope.variables[name].bindings):
        return False
    if any(position(loop) < position(first) < end(loop) for loop in scope.loops):
        return False
    return is_tried(first, scope.node, parents)


def _is_builtin(binding: Binding) -> bool:
    """Return whether a variable stands in for a builtin of another Python: `unicode = str`."""
    return isinstance(binding.value, ast.Name) and hasattr(builtins, binding.value.id)
