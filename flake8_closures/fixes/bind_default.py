"""How does a closure keep the value of a variable? As the default of a keyword-only parameter: `lambda *, i=i: i`."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_closures.fixes import binding
from flake8_closures.fixes.layout import fitted
from flake8_closures.fixes.parameters import appended
from flake8_closures.fixes.promise import Change, Function, Promise

objection = binding.objection


def rewrite(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with one keyword-only parameter more for each name."""
    return fitted(appended(function, binding.added(change, change.names), keyword_only=True), function, change)


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST:
    assert isinstance(node, Function)
    node.args.kwonlyargs += binding.expected(change, change.names)
    node.args.kw_defaults += binding.values(change.names)
    return node


promise = Promise(
    _expect,
    binding.moved,
    binding.owner,
    binding.became_keyword_only,
    keyword_parameters=1,
    fresh=binding.fresh,
)
