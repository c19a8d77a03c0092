"""Where does a node begin, and where does it end? Columns are in bytes: for comparisons only."""

from __future__ import annotations

import ast
from bisect import bisect
from collections.abc import Iterator, Sequence

Position = tuple[int, int]


def position(node: ast.AST) -> Position:
    """Return the line and the column at which a node begins."""
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def line_of(node: ast.AST) -> int:
    """Return the line on which a node begins, 0 for a node without a position, such as an argument list."""
    begin: int = getattr(node, "lineno", 0)
    return begin


def end(node: ast.AST) -> Position:
    """Return the line and the column after a node."""
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def stands_in(node: ast.AST, outer: ast.AST) -> bool:
    """Return whether a node begins inside another one."""
    return position(outer) <= position(node) < end(outer)


def suite_of(statement: ast.AST, body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """Return the list of statements that contains a statement, at any depth of a body: later ones run after it."""
    begin = position(statement)
    while True:
        around = body[bisect(body, begin, key=position) - 1]
        if around is statement:
            return body
        body = next(suite for suite in _suites(around) if begin <= end(suite[-1]))


def _suites(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """Yield the suites in a compound statement, in their order."""
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        parts = getattr(statement, field, ())
        if field in ("handlers", "cases"):
            yield from (part.body for part in parts)
        elif parts:
            yield parts
