"""How does a closure let go of a large object? The sliver that it takes is worked out before: `size = len(data)`."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_closures.fixes import hoisting
from flake8_closures.fixes.promise import Change
from flake8_closures.source import Parents

NODES = hoisting.NODES


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why the slivers of a variable cannot be worked out before a statement, or an empty string."""
    return hoisting.objection(node, name, hoisting.slivers)


def rewrite(statement: cst.CSTNode, change: Change) -> cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement] | str:
    """Return the statement behind those that work the slivers out."""
    return hoisting.hoisted(statement, change, hoisting.slivers)


promise = hoisting.promised(hoisting.slivers)
