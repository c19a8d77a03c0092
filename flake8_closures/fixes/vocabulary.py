"""Which words does a module use, which ones are free, and which ones does the compiler mangle?"""

from __future__ import annotations

import ast
from collections.abc import Collection

from flake8_closures.tree import Parents


def words(tree: ast.AST) -> set[str]:
    """Return every word that a tree uses as any kind of name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            found |= {word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)}
    return found


def bound(node: ast.AST) -> list[str | None]:
    """Return the names that one node binds, whatever it is."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.alias):
        return [node.asname or node.name.partition(".")[0]]
    if isinstance(node, ast.keyword):
        return []
    return [getattr(node, field, None) for field in ("name", "arg", "rest")]


def unused(stem: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: the stem, or the stem with a number."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


def private(node: ast.AST, name: str, parents: Parents) -> str:
    """Return an objection to a name that the compiler mangles inside a class."""
    around: ast.AST | None = node
    while around is not None:
        if isinstance(around, ast.ClassDef) and name.startswith("__") and not name.endswith("__"):
            return f"{name!r} is private to the class {around.name!r}"
        around = parents.get(around)
    return ""
