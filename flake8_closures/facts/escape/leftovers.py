"""Does a function keep anything of a container's items, or of a function, except for calling them?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_closures.facts.blocks import class_around, is_inside, unit
from flake8_closures.facts.callees import attributes_of
from flake8_closures.facts.escape.use import TraceContext
from flake8_closures.facts.functions import self_of
from flake8_closures.facts.knowledge import containers
from flake8_closures.model import Scope, ScopeKind, Variable

Place = Variable | str
"""Where a function keeps things: a variable of the module, or an attribute of `self`."""
_COPIES = frozenset(f"builtins.{name}" for name in ("list", "tuple", "reversed", "set"))
_ASKS = frozenset(("builtins.len", "builtins.bool", "builtins.callable", "builtins.isinstance"))


def place_of(node: ast.AST | None, function: Scope, context: TraceContext) -> Place | None:
    """Return the place that an expression in a function belongs to; items belong to their container."""
    while (outer := _container(node)) is not None:
        node = outer
    if isinstance(node, ast.Attribute):
        own = self_of(function)
        return node.attr if own is not None and context.names.variable(node.value) is own else None
    return of_module(node, context) if node is not None else None


def _container(node: ast.AST | None) -> ast.expr | None:
    """Return what an item belongs to: `table` of `table[key]` and of `table.setdefault(key, [])`."""
    if isinstance(node, ast.Subscript):
        return node.value
    looks_up = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault"
    return node.func.value if looks_up else None  # type: ignore[union-attr]


def of_module(node: ast.AST, context: TraceContext) -> Variable | None:
    """Return the variable of the module that a name stands for."""
    variable = context.names.variable(node)
    return variable if variable is not None and variable.scope.kind is ScopeKind.MODULE else None


def are_none(place: Place, function: Scope, context: TraceContext, depth: int) -> bool:
    """Return whether a function, and those of the file that it calls, only call what is in a place, and drop it."""
    if not all(_is_harmless(read, context) for read in _reads(place, function, context)):
        return False
    called = [context.callees.functions(node.func) for node in ast.walk(function.node) if isinstance(node, ast.Call)]
    others = {other for functions in called for other in functions if other is not function}
    if isinstance(place, str):
        others = {other for other in others if class_around(other) is class_around(function)}
    return all(depth and are_none(place, other, context, depth - 1) for other in others)


def _reads(place: Place, function: Scope, context: TraceContext) -> Iterator[ast.expr]:
    """Yield where a function, or one made in it, reads a place."""
    if isinstance(place, str):
        yield from (each for each in attributes_of(self_of(function), context.parents) if each.attr == place)
        return
    for reference in place.references:
        if is_inside(reference.scope, function):
            yield reference.node


def _is_harmless(read: ast.expr, context: TraceContext) -> bool:
    """Return whether a read of a container, or of a function, keeps nothing of it alive."""
    parents = context.parents
    if not isinstance(getattr(read, "ctx", None), ast.Load):
        return True
    if is_tested(read, context) or parents.call_of(read) is not None:
        return True
    around = parents.get(read)
    if isinstance(around, ast.Attribute):
        call = parents.call_of(around)
        if call is None:
            return False
        if around.attr in containers.TAKES:
            return is_used_up(call, context)
        return around.attr in containers.KEEPS_TO_ITSELF or (
            around.attr in containers.SHOWS and _is_harmless(call, context)
        )
    if isinstance(around, ast.Subscript) and around.value is read:
        return not isinstance(around.ctx, ast.Load) or (
            _is_harmless(around, context) if isinstance(around.slice, ast.Slice) else is_used_up(around, context)
        )
    if isinstance(around, ast.Call):
        return context.names.dotted(around.func) in _COPIES and _is_harmless(around, context)
    if isinstance(around, (ast.For, ast.AsyncFor, ast.comprehension)) and around.iter is read:
        return _is_named_used_up(around.target, context)
    name = _new_name(read, context)
    variable = context.names.variable(name) if name is not None else None
    if variable is None or not unit(variable.scope).is_function or _is_local(read, context):
        return False
    return all(_is_harmless(each.node, context) for each in variable.references)


def _is_local(read: ast.expr, context: TraceContext) -> bool:
    variable = context.names.variable(read)
    return variable is not None and variable.scope.kind is not ScopeKind.MODULE


def _new_name(read: ast.expr, context: TraceContext) -> ast.expr | None:
    """Return the name that a container is given, alone or in a swap: `todo, self.jobs = self.jobs, []`."""
    around = context.parents.get(read)
    values = around.elts if isinstance(around, ast.Tuple) else [read]
    assignment = context.parents.get(around) if isinstance(around, ast.Tuple) else around
    if not isinstance(assignment, ast.Assign) or len(assignment.targets) > 1 or assignment.value not in (around, read):
        return None
    target = assignment.targets[0]
    names = target.elts if isinstance(around, ast.Tuple) and isinstance(target, ast.Tuple) else [target]
    if len(names) != len(values) or any(isinstance(each, ast.Starred) for each in (*names, *values)):
        return None
    return names[values.index(read)]


def is_used_up(value: ast.AST, context: TraceContext) -> bool:
    """Return whether an item is dropped or called where it is taken, or wherever its name is read."""
    around = context.parents.get(value)
    if isinstance(around, ast.Expr) or context.parents.call_of(value) is not None:
        return True
    if isinstance(around, ast.Attribute):
        return context.parents.call_of(around) is not None
    if isinstance(around, ast.Assign) and len(around.targets) == 1 and around.value is value:
        return _is_named_used_up(around.targets[0], context)
    return False


def _is_named_used_up(target: ast.AST, context: TraceContext) -> bool:
    if isinstance(target, ast.Tuple):
        return all(_is_named_used_up(part, context) for part in target.elts)
    variable = context.names.variable(target) if isinstance(target, ast.Name) else None
    if variable is None or not unit(variable.scope).is_function:
        return False
    return all(is_used_up(each.node, context) or is_tested(each.node, context) for each in variable.references)


def is_tested(read: ast.AST, context: TraceContext) -> bool:
    """Return whether a read only checks whether there is something."""
    around = context.parents.get(read)
    if isinstance(around, ast.Call) and read in around.args:
        return context.names.dotted(around.func) in _ASKS
    return isinstance(around, (ast.If, ast.While, ast.Compare, ast.Assert)) or (
        isinstance(around, ast.UnaryOp) and isinstance(around.op, ast.Not)
    )


def asked(test: ast.expr) -> ast.expr:
    """Return what a condition checks for existence: `hooks` in `hooks`, `len(hooks)` and `hooks is not None`."""
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "len" and test.args:
        return test.args[0]
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot) and len(test.ops) == 1:
        return test.left
    return test
