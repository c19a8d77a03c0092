"""Where does a node begin, and where does it end? In bytes of the line: good for comparing alone."""

from __future__ import annotations

import ast

Position = tuple[int, int]


def position(node: ast.AST) -> Position:
    """Return the line and the column at which a node begins."""
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def line_of(node: ast.AST) -> int:
    """Return the line on which a node begins, 0 for one without a place of its own, such as an argument list."""
    begin: int = getattr(node, "lineno", 0)
    return begin


def end(node: ast.AST) -> Position:
    """Return the line and the column behind a node."""
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def stands_in(node: ast.AST, outer: ast.AST) -> bool:
    """Return whether a node begins inside another one."""
    return position(outer) <= position(node) < end(outer)
