"""By which expression does a file call what it imports, and where would a new import go?"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from typing import cast

import libcst as cst

from flake8_closures.fixes.pieces import Refused
from flake8_closures.fixes.promise import Change
from flake8_closures.fixes.vocabulary import bound


def spelling(tree: ast.Module, full: str) -> str:
    """Return the expression by which a module calls `package.name` everywhere; empty if it does not import it at its
    top.

    The module must import it under its own last name, and nothing else in the file may have that name.
    """
    package, _, name = full.rpartition(".")
    imported: dict[str, int] = {}
    for statement in tree.body:
        for alias in statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ():
            full_name = f"{statement.module}.{alias.name}" if isinstance(statement, ast.ImportFrom) else alias.name
            if full_name in (package, full) and not alias.asname and not getattr(statement, "level", 0):
                imported[full_name] = imported.get(full_name, 0) + 1
    for full_name, count in imported.items():
        if _count(tree, full_name.rpartition(".")[2]) == count:
            return full if full_name == package else name
    return ""


def _is_free(tree: ast.Module, name: str) -> bool:
    """Return whether nothing in a module has a name, so that an import can take it."""
    stars = any(isinstance(inner, ast.alias) and inner.name == "*" for inner in ast.walk(tree))
    reads = any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(tree))
    return not stars and not reads and not _count(tree, name)


def _count(tree: ast.Module, name: str) -> int:
    return sum(name in bound(inner) for inner in ast.walk(tree))


# A new import.


def place(body: Sequence[ast.stmt], package: str) -> int:
    """Return the index in a module's body at which `import package` goes.

    That is after the docstring, imports from `__future__`, and names like `__version__` that stand before other
    imports; among the plain imports, in alphabetical order.
    """
    first = body[0] if body else None
    text = first.value if isinstance(first, ast.Expr) else None
    index = int(isinstance(text, ast.Constant) and isinstance(text.value, str))
    while index < len(body) and getattr(body[index], "module", "") == "__future__":
        index += 1
    behind = next((number for number in range(index, len(body)) if not _is_dunder(body[number])), index)
    if behind < len(body) and isinstance(body[behind], ast.Import | ast.ImportFrom):
        index = behind
    while index < len(body):
        statement = body[index]
        if not isinstance(statement, ast.Import) or statement.names[0].name > package:
            break
        index += 1
    return index


def _is_dunder(statement: ast.stmt) -> bool:
    """Return whether a statement describes the module: `__author__ = "me"`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return bool(targets) and all(isinstance(each, ast.Name) and each.id.startswith("__") for each in targets)


def objection(tree: ast.Module, full: str) -> str:
    """Return why a module can neither call `package.name` nor import the package, or an empty string."""
    package = full.rpartition(".")[0]
    is_possible = spelling(tree, full) or _is_free(tree, package)
    return "" if is_possible else f"{package} is not imported, and its name is taken"


def called(change: Change) -> str:
    """Return the expression by which a changed module calls what the repair uses and, if necessary, imports."""
    return spelling(change.parents.module, change.promise.imports) or change.promise.imports


def is_missing(change: Change) -> bool:
    """Return whether a change must add an import."""
    full = change.promise.imports
    return bool(full) and not spelling(change.parents.module, full)


def with_import(tree: ast.Module, change: Change) -> ast.Module:
    """Return the tree after a change, with the import that it adds, if any."""
    if not is_missing(change):
        return tree
    package = change.promise.imports.rpartition(".")[0]
    alias = ast.alias(name=package, asname=None)
    tree.body.insert(place(tree.body, package), ast.Import(names=[alias]))
    return tree


def written(tree: cst.Module, change: Change) -> cst.Module:
    """Return the module after a change with the missing import in its place. Raises Refused if there is no place."""
    package = change.promise.imports.rpartition(".")[0]
    index = place(change.parents.module.body, package)
    for number, line in enumerate(tree.body):
        if index == 0:
            above, below = _parted(tree.body[:number], line)
            new = cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name(package))])], leading_lines=above)
            rest = line.with_changes(leading_lines=below)
            return tree.with_changes(body=[*tree.body[:number], new, rest, *tree.body[number + 1 :]])
        index -= len(line.body) if isinstance(line, cst.SimpleStatementLine) else 1
        if index < 0:
            break
    raise Refused("there is no line of its own for the import")


def _parted(
    before: Sequence[cst.BaseStatement], line: cst.BaseStatement
) -> tuple[Sequence[cst.EmptyLine], Sequence[cst.EmptyLine]]:
    """Return the empty lines and comments that go above a new import, and those that stay with the line after it."""
    leading = cast("Sequence[cst.EmptyLine]", getattr(line, "leading_lines", ()))
    if before and _imported(before[-1]) not in ("", "__future__"):
        return [], leading
    if not _imported(line):
        apart = 2 if isinstance(line, cst.FunctionDef | cst.ClassDef) else 1
        is_apart = any(not each.comment for each in leading[:1])
        below = leading if is_apart else [*[cst.EmptyLine(indent=False)] * apart, *leading]
        return ([cst.EmptyLine(indent=False)] if before else []), below
    # Comments right above an import stay with it; others are about all that follows.
    place = next((number for number in range(len(leading), 0, -1) if not leading[number - 1].comment), 0)
    # PEP 8 wants a line between what the standard library has and what others wrote.
    between = [] if _imported(line) in sys.stdlib_module_names else [cst.EmptyLine(indent=False)]
    return leading[:place] if before else [], [*between, *leading[place:]]


def _imported(line: cst.BaseStatement) -> str:
    """Return the first package that a line imports, empty if it is no import; a dot is the package of the file."""
    first = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(first, cst.Import | cst.ImportFrom):
        return ""
    name: cst.CSTNode | None = first.names[0].name if isinstance(first, cst.Import) else first.module
    while isinstance(name, cst.Attribute):
        name = name.value
    return name.value if isinstance(name, cst.Name) and not getattr(first, "relative", ()) else "."
