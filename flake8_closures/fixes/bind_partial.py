"""How does a closure keep the value of a variable without a default? `functools.partial` hands it in first."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_closures.fixes import binding, imports
from flake8_closures.fixes.layout import fitted
from flake8_closures.fixes.parameters import prepended
from flake8_closures.fixes.promise import Change, Function, Promise
from flake8_closures.tree import RECEIVERS, Parents, decorators_of

_PARTIAL = "functools.partial"


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a variable cannot be handed in by `functools.partial`, or an empty string."""
    if decorators_of(node):
        return "its decorator would get the function without the value"
    if isinstance(parents.get(node), ast.ClassDef) or _is_method(node, parents):
        return "a partial is no method"
    return imports.objection(parents.module, _PARTIAL) or binding.objection(node, name, parents)


def _is_method(node: ast.AST, parents: Parents) -> bool:
    """Return whether a function is meant for a class: by the name of its first parameter, or by `setattr`."""
    if not isinstance(node, Function):
        return False
    first = next((each.arg for each in (*node.args.posonlyargs, *node.args.args)), "")
    around = parents.get(node)
    is_set = isinstance(around, ast.Call) and isinstance(around.func, ast.Name) and around.func.id == "setattr"
    return first in RECEIVERS or bool(first and is_set)


def rewrite(
    function: cst.Lambda | cst.FunctionDef, change: Change
) -> cst.Call | cst.FlattenSentinel[cst.BaseStatement] | str:
    """Return the function with the names as its first parameters, and what hands their values in."""
    new = fitted(prepended(function, binding.added(change, change.names, default=False)), function, change)
    values = [cst.Arg(cst.Name(name)) for name in change.names]
    callee = cst.parse_expression(imports.called(change))
    if isinstance(new, cst.Lambda):
        return cst.Call(callee, [cst.Arg(new), *values])
    handing = cst.Assign(
        [cst.AssignTarget(cst.Name(new.name.value))], cst.Call(callee, [cst.Arg(cst.Name(new.name.value)), *values])
    )
    return cst.FlattenSentinel([new, binding.set_off(handing)])


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST | list[ast.AST]:
    assert isinstance(node, Function)
    positional = node.args.posonlyargs or node.args.args
    positional[:0] = binding.expected(change, change.names)
    callee = ast.parse(imports.called(change), mode="eval").body
    values = binding.values(change.names)
    if isinstance(node, ast.Lambda):
        return ast.Call(func=callee, args=[node, *values], keywords=[])
    call = ast.Call(func=callee, args=[ast.Name(id=node.name, ctx=ast.Load()), *values], keywords=[])
    return [node, ast.Assign(targets=[ast.Name(id=node.name, ctx=ast.Store())], value=call, type_comment=None)]


def _fresh(change: Change) -> set[str]:
    return {*imports.called(change).split("."), getattr(change.node, "name", ""), *binding.fresh(change)}


promise = Promise(
    _expect,
    binding.moved,
    binding.owner,
    binding.became_positional,
    positional_parameters=1,
    fresh=_fresh,
    imports=_PARTIAL,
)
