"""Does the code around a place expect a NameError there?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from flake8_closures.facts.positions import end, position
from flake8_closures.model import Binding, Scope
from flake8_closures.tree import Parents

_NAME_ERRORS = {"NameError", "UnboundLocalError"}
_ALL_ERRORS = {"Exception", "BaseException"}


def expected(node: ast.AST, function: ast.AST, bindings: Sequence[Binding], parents: Parents) -> bool:
    """Return whether the code around a place of a function expects a NameError there, or raises it on purpose.

    A handler for every exception counts around a `del`, and where it binds the variable by one of `bindings`.
    """
    deletes = isinstance(getattr(node, "ctx", None), ast.Del)
    for inner, outer in around(node, function, parents):
        if isinstance(outer, (ast.With, ast.AsyncWith)) and inner in outer.body:
            for item in outer.items:
                names = _words(item.context_expr)
                if isinstance(item.context_expr, ast.Call) and names & (_NAME_ERRORS | _ALL_ERRORS):
                    return True
                if _asks_for_errors(item.context_expr):
                    return True
        elif isinstance(outer, _TRIES) and inner in outer.body:
            for handler in outer.handlers:
                caught = _caught(handler)
                if caught & _NAME_ERRORS or (caught & _ALL_ERRORS and (deletes or _binds(handler, bindings))):
                    return True
    return False


def is_provoked(function: Scope, parents: Parents) -> bool:
    """Return whether a function is only mentioned where an exception is asked for: `with raises(...)` and the like."""
    name = function.parent.owners.get(function.name) if function.parent else None
    if name is None or not name.references:
        return False
    for reference in name.references:
        outer = [outer for _, outer in around(reference.node, reference.scope.node, parents)]
        items = [
            item.context_expr for each in outer if isinstance(each, (ast.With, ast.AsyncWith)) for item in each.items
        ]
        if not any(map(_asks_for_errors, [*outer, *items])):
            return False
    return True


def _asks_for_errors(call: ast.AST) -> bool:
    """Return whether a call has a name like `raises` of pytest, or `assertRaisesRegex`."""
    callee = getattr(call, "func", None)
    return "raises" in (getattr(callee, "attr", "") or getattr(callee, "id", "")).lower()


def around(node: ast.AST, function: ast.AST, parents: Parents) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the nodes around a place of a function, inner ones first, each with its child that contains the place."""
    inner, outer = node, parents.get(node)
    while outer is not None and inner is not function:
        yield inner, outer
        inner, outer = outer, parents.get(outer)


_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))


def _caught(handler: ast.ExceptHandler) -> set[str]:
    return _words(handler.type) if handler.type else _ALL_ERRORS


def _words(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _binds(handler: ast.ExceptHandler, bindings: Sequence[Binding]) -> bool:
    return any(position(handler) < position(binding.node) < end(handler) for binding in bindings)
