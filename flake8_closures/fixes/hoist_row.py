"""How does a closure let go of a large array? The row that it takes is copied before: `row = grid[0].copy()`."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_closures.fixes import hoisting
from flake8_closures.fixes.promise import Change
from flake8_closures.source import Parents

NODES = hoisting.NODES


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why the rows of a variable cannot be copied before a statement, or an empty string."""
    return hoisting.objection(node, name, hoisting.slivers)


def rewrite(statement: cst.CSTNode, change: Change) -> cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement] | str:
    """Return the statement behind those that copy the rows."""
    return hoisting.hoisted(statement, change, hoisting.slivers, copies=True)


promise = hoisting.promised(hoisting.slivers, copies=True)
