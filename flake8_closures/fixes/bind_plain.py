"""How does a closure keep the value of a variable in the style of most books? As a plain default: `lambda i=i: i`."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_closures.fixes import binding
from flake8_closures.fixes.layout import fitted
from flake8_closures.fixes.parameters import appended
from flake8_closures.fixes.promise import Change, Function, Promise
from flake8_closures.tree import Parents


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a variable cannot be bound as a positional parameter, or an empty string."""
    if isinstance(node, Function) and node.args.vararg:
        return f"an argument meant for *{node.args.vararg.arg} would become {name!r}"
    return binding.objection(node, name, parents)


def rewrite(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with one positional parameter more for each name."""
    return fitted(appended(function, binding.added(change, change.names), keyword_only=False), function, change)


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, Function)
    node.args.args += binding.expected(change, change.names)
    node.args.defaults += binding.values(change.names)
    return node


promise = Promise(
    _expect,
    binding.moved,
    binding.owner,
    binding.became_positional,
    positional_parameters=1,
    fresh=binding.fresh,
)
