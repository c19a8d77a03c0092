"""Which variables are placeholders: does their value say that the real one comes later?"""

from __future__ import annotations

import ast

from flake8_closures.model import Binding, BindingKind, ScopeKind, Variable
from flake8_closures.tree import Parents

_CONTAINERS = {"dict", "list", "set"}
_LOOKING = {"copy", "count", "get", "index", "items", "keys", "values"}
"""Methods of containers that change nothing."""
_FILLING = {"add", "append", "clear", "discard", "extend", "insert", "remove", "reverse", "sort", "update"}
"""Methods of containers that change them and return nothing."""
_TELLING = {"all", "any", "bool", "enumerate", "len", "list", "max", "min", "reversed", "set", "sorted", "sum", "tuple"}
"""Builtins that read a container and do not keep it."""


def value(binding: Binding) -> ast.expr | None:
    """Return the expression that a binding takes its value from, also by unpacking or with an annotation."""
    found: ast.expr | None = binding.value or getattr(binding.statement, "value", None)
    return found


def is_blank(binding: Binding, variable: Variable) -> bool:
    """Return whether a binding has a constant which says that the real value comes later."""
    if not isinstance(binding.value, ast.Constant):
        return False
    constant = binding.value.value
    return (
        constant is None
        or isinstance(constant, bool)
        or (constant in ("", 0) and variable.scope.kind is ScopeKind.MODULE)
    )


def is_blank_for_ever(variable: Variable) -> bool:
    """Return whether a variable is only ever bound to one and the same blank constant, or deleted."""
    bindings = [binding for binding in variable.bindings if binding.kind is not BindingKind.DELETE]
    if not all(is_blank(binding, variable) for binding in bindings):
        return False
    return len({ast.dump(binding.value) for binding in bindings if binding.value}) == 1


def is_empty_for_ever(variable: Variable, parents: Parents) -> bool:
    """Return whether a variable is bound once, to an empty container that nobody fills."""
    if len(variable.bindings) != 1 or not is_empty(value(variable.bindings[0])):
        return False
    return all(_is_looked_at(reference.node, parents) for reference in variable.references)


def _is_looked_at(node: ast.AST, parents: Parents) -> bool:
    """Return whether the use of a container neither changes it nor passes it on."""
    around = parents.get(node)
    while isinstance(around, ast.BoolOp):
        node, around = around, parents.get(around)
    if isinstance(around, ast.Subscript):
        return around.value is not node or isinstance(around.ctx, ast.Load)
    if isinstance(around, ast.Attribute):
        return around.attr in _LOOKING
    if isinstance(around, ast.Call):
        return isinstance(around.func, ast.Name) and around.func.id in _TELLING
    if isinstance(around, (ast.For, ast.AsyncFor, ast.comprehension)):
        return around.iter is node
    tests = (ast.If, ast.While, ast.IfExp)
    return isinstance(around, (ast.Compare, ast.UnaryOp, ast.BinOp)) or (
        isinstance(around, tests) and around.test is node
    )


def is_only_filled(variable: Variable, parents: Parents) -> bool:
    """Return whether a variable is only bound to new containers, which are filled and never read."""
    made = all(_is_made_here(binding.value) for binding in variable.bindings)
    return made and all(_is_filled(reference.node, parents) for reference in variable.references)


def is_filled_at_home(variable: Variable, parents: Parents) -> bool:
    """Return whether the block that has a variable fills the container in it."""
    home = [reference.node for reference in variable.references if reference.scope is variable.scope]
    return any(_is_filled(node, parents) for node in home)


def _is_made_here(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {*_CONTAINERS, "sorted"}
    return isinstance(node, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))


def _is_filled(node: ast.AST, parents: Parents) -> bool:
    """Return whether a statement changes a container and does nothing else with it."""
    around = parents.get(node)
    if isinstance(around, ast.Subscript):
        return around.value is node and not isinstance(around.ctx, ast.Load)
    if not isinstance(around, ast.Attribute) or around.attr not in _FILLING:
        return False
    call = parents.call_of(around)
    return call is not None and isinstance(parents.get(call), ast.Expr)


def holds_a_place(variable: Variable) -> bool:
    """Return whether a variable is bound once, to a literal or an empty container."""
    if len(variable.bindings) != 1:
        return False
    binding = variable.bindings[0]
    return binding.kind in (BindingKind.ASSIGN, BindingKind.ANNOTATED) and is_literal(value(binding))


def begins_as_literal(variable: Variable) -> bool:
    """Return whether the block that has a variable binds it to a literal or an empty container."""
    return any(each.scope is variable.scope and is_literal(value(each)) for each in variable.bindings)


def is_empty(node: ast.expr | None) -> bool:
    """Return whether an expression is an empty container."""
    constant = isinstance(node, (ast.Constant, ast.UnaryOp))
    return is_literal(node) and not constant and not getattr(node, "elts", None)


def is_literal(node: ast.expr | None) -> bool:
    """Return whether an expression is a constant, a sequence of constants or an empty container."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _CONTAINERS and not node.args and not node.keywords
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(isinstance(item, ast.Constant) for item in node.elts)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Dict) and not node.keys)


def are_of_different_types(before: ast.expr | None, after: ast.expr | None) -> bool:
    """Return whether two literals are of different types, `None` and numbers aside."""
    types = _type(before), _type(after)
    return None not in types and types[0] != types[1]


def _type(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant):
        return None if node.value is None else "number" if isinstance(node.value, (int, float)) else "text"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id.title() if node.func.id in _CONTAINERS else None
    return type(node).__name__ if isinstance(node, (ast.Dict, ast.List, ast.Set, ast.Tuple)) else None
