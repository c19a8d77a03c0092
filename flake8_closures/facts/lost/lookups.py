"""For which of its own variables does a function look into the module, or is the module asked through it?

A variable of a function is never in `globals()`: a function that looks for the name there means one that outlives the
call. The `__getattr__` of a module is called for names that the module lacks: what it binds under such a name is meant
for the module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from flake8_closures.model import BindingKind, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents


def looked_up(functions: Iterable[Scope], parents: Parents) -> Iterator[Variable]:
    """Yield the variables of functions whose names the function looks up in `globals()`, or is asked for as
    `__getattr__`.
    """
    for scope in functions:
        if "globals" in scope.reads:
            yield from _looked_for(scope, parents)
        if scope.name == "__getattr__" and scope.parent is not None and scope.parent.kind is ScopeKind.MODULE:
            yield from _requested(scope)


def _looked_for(function: Scope, parents: Parents) -> Iterator[Variable]:
    for node in function.reads["globals"]:
        around: ast.AST | None = node
        while isinstance(around, ast.expr) and not isinstance(around, ast.Compare):
            around = parents.get(around)
        if isinstance(around, ast.Compare) and isinstance(around.ops[0], (ast.In, ast.NotIn)):
            left = around.left
            if isinstance(left, ast.Constant) and left.value in function.variables:
                yield function.variables[left.value]


def _requested(function: Scope) -> Iterator[Variable]:
    for node in ast.walk(function.node):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and _is_given(node.left.id, function):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and part.value in function.variables:
                    yield function.variables[part.value]


def _is_given(name: str, function: Scope) -> bool:
    return any(binding.kind is BindingKind.PARAMETER for binding in function.writes.get(name, ()))
