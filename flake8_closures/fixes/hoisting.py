"""Which slivers does a closure take of a variable, and what are they called when they are computed before it?"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import libcst as cst

from flake8_closures.fixes.promise import Change, Function, Objection, Promise
from flake8_closures.fixes.vocabulary import unused, words
from flake8_closures.tree import Parents

NODES = (ast.stmt,)
"""What is rewritten: the statement that makes the closure."""
_TITLES = {"len": "length"}
Needs = Callable[[ast.stmt, str], dict[str, ast.expr]]
"""Returns the expressions to compute before a statement, by the dump of what they replace inside the closures."""
Rewritten = cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement] | cst.FlattenSentinel[cst.BaseSmallStatement] | str
Rewrite = Callable[[cst.CSTNode, Change], Rewritten]


def slivers(statement: ast.stmt, name: str) -> dict[str, ast.expr]:
    """Return what the closures of a statement take of a variable: `len(data)`, `grid.shape`, `config["name"]`.

    Empty if one of them needs the variable itself.
    """
    found: dict[str, ast.expr] = {}
    for node, above in sorted(_reads(statement, name), key=lambda read: (read[0].lineno, read[0].col_offset)):
        taken = _sliver(node, above)
        if taken is None:
            return {}
        found.setdefault(ast.dump(taken), taken)
    return found


def itself(statement: ast.stmt, name: str) -> dict[str, ast.expr]:
    """Return the variable itself, where the closures of a statement read it."""
    return {ast.dump(node): node for node, _ in _reads(statement, name)}


def _sliver(node: ast.expr, above: Sequence[ast.AST]) -> ast.expr | None:
    """Return the whole expression that takes a sliver; `above` are the nodes around the name, nearest first."""
    around, outer = above[0], above[1] if len(above) > 1 else None
    if isinstance(around, ast.Call) and around.args == [node] and not around.keywords:
        return around if isinstance(around.func, ast.Name) and around.func.id == "len" else None
    if isinstance(around, ast.Subscript) and around.value is node and isinstance(around.ctx, ast.Load):
        return around
    if not isinstance(around, ast.Attribute) or not isinstance(around.ctx, ast.Load):
        return None
    if not isinstance(outer, ast.Call) or outer.func is not around:
        return around
    constant = all(isinstance(argument, ast.Constant) for argument in outer.args) and not outer.keywords
    return outer if constant else None


def _reads(statement: ast.AST, name: str) -> Iterator[tuple[ast.expr, list[ast.AST]]]:
    """Yield every read of a name inside the functions of a statement, with the nodes around it, nearest first."""
    pending: list[tuple[ast.AST, list[ast.AST], bool]] = [(statement, [], False)]
    while pending:
        node, above, inside = pending.pop()
        if isinstance(node, ast.Name) and node.id == name and inside and isinstance(node.ctx, ast.Load):
            yield node, above[::-1]
        for child in ast.iter_child_nodes(node):
            body = isinstance(node, Function) and child in (node.body if isinstance(node.body, list) else [node.body])
            pending.append((child, [*above, node], inside or body))


def _objection(node: ast.AST, name: str, needs: Needs) -> str:
    """Return why nothing can be computed before a statement, or an empty string."""
    if not isinstance(node, ast.stmt):
        return "this is no statement"
    for inner in ast.walk(node):
        bound = isinstance(inner, ast.Name) and inner.id == name and not isinstance(inner.ctx, ast.Load)
        named = isinstance(inner, ast.arg) and inner.arg == name
        if bound or named or (isinstance(inner, ast.Nonlocal | ast.Global) and name in inner.names):
            return f"the statement binds {name!r} too"
        if isinstance(inner, ast.ClassDef):
            return "what is computed before a class is no attribute of it"
    return "" if needs(node, name) else f"the function may need all of {name!r}"


def _fresh_names(change: Change, needs: Needs) -> dict[str, str]:
    """Return the name of each computed sliver, by its dump: names that the module uses nowhere."""
    taken = words(change.parents.module)
    names: dict[str, str] = {}
    assert isinstance(change.node, ast.stmt)
    for variable in change.names:
        for key, sliver in needs(change.node, variable).items():
            names[key] = unused(f"{variable}_{_title(sliver)}", taken)
            taken.add(names[key])
    return names


def _title(taken: ast.expr) -> str:
    """Return what a sliver is called: `length`, `shape`, the key of a dict where it is a word."""
    if isinstance(taken, ast.Name):
        return "copy"
    if isinstance(taken, ast.Subscript):
        key = taken.slice.value if isinstance(taken.slice, ast.Constant) else None
        is_word = isinstance(key, str) and re.fullmatch(r"[a-z_][a-z0-9_]*", key)
        return str(key) if is_word else "part" if isinstance(taken.slice, ast.Slice) else "item"
    if isinstance(taken, ast.Call):
        callee = taken.func
        return _TITLES["len"] if isinstance(callee, ast.Name) else getattr(callee, "attr", "value")
    return str(getattr(taken, "attr", "value")).strip("_")


def _hoisted(statement: cst.CSTNode, change: Change, needs: Needs, *, copies: bool) -> Rewritten:
    """Return the statement after those that compute, or copy, the slivers."""
    if not isinstance(statement, cst.SimpleStatementLine | cst.FunctionDef | cst.BaseSmallStatement):
        return "the closure stands in the head of a statement"
    names = _fresh_names(change, needs)
    renaming = _Renamed(names)
    renamed = cst.ensure_type(statement.visit(renaming), type(statement))
    parts: list[cst.BaseSmallStatement] = []
    for key, name in names.items():
        if key not in renaming.taken:
            return "what the closure reads was not found in the concrete syntax tree"
        value = renaming.taken[key]
        value = cst.Call(cst.Attribute(value, cst.Name("copy"))) if copies else value
        parts.append(cst.Assign([cst.AssignTarget(cst.Name(name))], value))
    if isinstance(renamed, cst.BaseSmallStatement):
        separator = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))
        return cst.FlattenSentinel([*(part.with_changes(semicolon=separator) for part in parts), renamed])
    if isinstance(renamed, cst.FunctionDef):
        renamed = renamed.with_changes(leading_lines=[cst.EmptyLine(indent=False), *renamed.leading_lines])
    return cst.FlattenSentinel([*(cst.SimpleStatementLine([part]) for part in parts), renamed])


class _Renamed(cst.CSTTransformer):
    """Replaces the slivers inside the functions of a statement by their names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names, self.depth = names, 0
        self.taken: dict[str, cst.BaseExpression] = {}
        """What was replaced, as it stood, by its dump."""
        self._bodies: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef | cst.Lambda):
            self._bodies.append(node.body)
        if any(node is body for body in self._bodies):
            self.depth += 1
        return True

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        inside = self.depth > 0
        if any(original_node is body for body in self._bodies):
            self.depth -= 1
        if inside and isinstance(original_node, cst.Call | cst.Attribute | cst.Subscript | cst.Name):
            key = _dump(original_node)
            if key in self.names:
                self.taken.setdefault(key, original_node)
                return cst.Name(self.names[key])
        # The names of attributes and keywords are no variables.
        if isinstance(original_node, cst.Attribute):
            return updated_node.with_changes(attr=original_node.attr)
        if isinstance(original_node, cst.Arg):
            return updated_node.with_changes(keyword=original_node.keyword)
        return updated_node


def _dump(node: cst.BaseExpression) -> str:
    return ast.dump(ast.parse(cst.Module([]).code_for_node(node).strip(), mode="eval").body)


# What must be true afterwards.


def _expected(node: ast.AST, change: Change, needs: Needs, *, copies: bool) -> list[ast.AST]:
    """Make the change on the syntax tree and return the statements that stand in its place."""
    assert isinstance(node, ast.stmt)
    names = _fresh_names(change, needs)
    lines: list[ast.AST] = []
    for variable in change.names:
        for key, taken in needs(node, variable).items():
            copied = ast.Call(ast.Attribute(taken, "copy", ast.Load()), [], [])
            target = ast.Name(names[key], ast.Store())
            lines.append(ast.Assign(targets=[target], value=copied if copies else taken, type_comment=None))
    for inner in list(ast.walk(node)):
        if isinstance(inner, Function):
            named = _Named(names)
            if isinstance(inner, ast.Lambda):
                inner.body = named.visit(inner.body)
            else:
                inner.body = [named.visit(part) for part in inner.body]
    return [*lines, node]


class _Named(ast.NodeTransformer):
    """Replaces expressions by their names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit(self, node: ast.AST) -> Any:
        name = self.names.get(ast.dump(node)) if isinstance(node, ast.expr) else None
        return ast.Name(name, ast.Load()) if name else self.generic_visit(node)


def _brought(change: Change, needs: Needs) -> set[str]:
    """Return the names that come with the repair, and those that move out of the closure with the slivers."""
    assert isinstance(change.node, ast.stmt)
    moved = {word for name in change.names for taken in needs(change.node, name).values() for word in _mentioned(taken)}
    return {*_fresh_names(change, needs).values(), *moved, "copy"}


def _mentioned(taken: ast.expr) -> Iterator[str]:
    for inner in ast.walk(taken):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def _touched(before: CodeType, after: CodeType) -> bool:
    """No function captures the variable any more; those that did now capture what was computed."""
    lost, gained = set(before.co_cellvars) - set(after.co_cellvars), set(after.co_cellvars) - set(before.co_cellvars)
    return bool(lost and gained) and _released(before, after, lost, gained)


def _released(before: CodeType, after: CodeType, lost: set[str], gained: set[str]) -> bool:
    inner, others = ([each for each in code.co_consts if isinstance(each, CodeType)] for code in (before, after))
    for old, new in zip(inner, others, strict=True):
        taken, given = set(old.co_freevars) - set(new.co_freevars), set(new.co_freevars) - set(old.co_freevars)
        if not (taken <= lost and given <= gained and bool(taken) == bool(given)):
            return False
        if taken and not _released(old, new, lost, gained):
            return False
    return True


def repair(needs: Needs, *, copies: bool = False) -> tuple[Objection, Rewrite, Promise]:
    """Return the parts of a repair that computes or copies something before a closure.

    They are the `objection`, `rewrite` and `promise` of a module.
    """

    def objection(node: ast.AST, name: str, parents: Parents) -> str:
        return _objection(node, name, needs)

    def rewrite(statement: cst.CSTNode, change: Change) -> Rewritten:
        return _hoisted(statement, change, needs, copies=copies)

    def brought(change: Change) -> set[str]:
        return _brought(change, needs)

    promise = Promise(
        lambda node, change: _expected(node, change, needs, copies=copies),
        fresh=brought,
        touched=_touched,
        gone=brought,
    )
    return objection, rewrite, promise
