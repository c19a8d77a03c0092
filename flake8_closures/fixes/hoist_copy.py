"""How does a closure let go of what a view keeps alive? It captures a copy of the view: `row_copy = row.copy()`."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_closures.fixes import hoisting
from flake8_closures.fixes.promise import Change
from flake8_closures.source import Parents

NODES = hoisting.NODES


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a view cannot be copied before a statement, or an empty string."""
    return hoisting.objection(node, name, hoisting.itself)


def rewrite(statement: cst.CSTNode, change: Change) -> cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement] | str:
    """Return the statement behind the one that copies the view."""
    return hoisting.hoisted(statement, change, hoisting.itself, copies=True)


promise = hoisting.promised(hoisting.itself, copies=True)
