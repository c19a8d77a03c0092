"""Which expressions may be heavy at all? A look at the outermost node, before anything is looked up."""

from __future__ import annotations

import ast
from collections.abc import Collection

from flake8_closures.facts.knowledge import loaders
from flake8_closures.facts.weight import array_makers, arrays, calls, methods, tables
from flake8_closures.model import Binding, BindingKind

_COMPOUND = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
_TAKEN = (ast.Subscript, ast.Attribute, ast.Name, ast.NamedExpr, ast.IfExp)
_MAKERS = frozenset(
    {
        *(dotted.rpartition(".")[2] for dotted in calls.CALLS),
        *(name for _, name in methods.METHODS),
        *array_makers.NAMES,
        *arrays.NAMES,
        *tables.NAMES,
        *(name for names in loaders.CALLABLES.values() for name in names.split()),
        *(name for names in loaders.READERS.values() for name in names.split()),
        *loaders.METHODS,
        "json",
    }
) - {"int", "float", "len", "str", "object", "complex", "group", "decode", "format"}
"""The last names of callables that make something large."""


def worth(binding: Binding, more: Collection[str]) -> bool:
    """Return whether a binding may give its name a heavy value. `more` are the last names of further loaders."""
    if binding.kind is BindingKind.WITH:
        return False
    value = binding.value
    if isinstance(value, ast.Call):
        name = _last_name(value.func, binding)
        return name in _MAKERS or name in more
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, (ast.Mult, ast.Add)) or not isinstance(value.left, ast.Constant)
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return not value.elts or not all(
            isinstance(item, (ast.Constant, ast.Name, ast.Attribute)) for item in value.elts
        )
    return isinstance(value, _COMPOUND + _TAKEN)


def _last_name(callee: ast.expr, binding: Binding) -> str:
    """Return the last part of the name of a callee, as it was imported."""
    if isinstance(callee, ast.Attribute):
        return callee.attr
    if not isinstance(callee, ast.Name):
        return ""
    owner = binding.scope.owners.get(callee.id)
    for other in owner.bindings[:1] if owner is not None else ():
        if other.kind is BindingKind.IMPORT and isinstance(other.node, ast.alias):
            return other.node.name
    return callee.id
