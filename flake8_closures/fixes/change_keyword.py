"""How does a function that declares a name `global` come to mean the variable of the function around it?"""

from __future__ import annotations

import ast
import dis
from collections.abc import Collection
from types import CodeType

import libcst as cst

from flake8_closures.fixes.promise import Block, Change, Def, Function, Promise
from flake8_closures.fixes.vocabulary import private
from flake8_closures.tree import Parents

_STORING = {"STORE_GLOBAL", "DELETE_GLOBAL"}


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why the keyword of a name cannot be changed in a function of the tree, or an empty string."""
    return private(node, name, parents) if isinstance(node, Def) else "only a def can hold a nonlocal statement"


def rewrite(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with the names in a `nonlocal` statement, behind what is left of the `global` one."""
    assert isinstance(function, cst.FunctionDef)
    return function.with_changes(body=function.body.visit(_Rewritten(change.names)))


class _Rewritten(cst.CSTTransformer):
    """Changes the statements of one function, and of none inside it."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        body = [part for statement in updated_node.body for part in self._changed(statement)]
        if len(updated_node.body) == 1 and len(body) == 2:
            second = cst.SimpleStatementLine([body[1]])
            return cst.FlattenSentinel([updated_node.with_changes(body=body[:1]), second])
        return updated_node.with_changes(body=_separated(body))

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        body = [part for statement in updated_node.body for part in self._changed(statement)]
        return updated_node.with_changes(body=_separated(body))

    def _changed(self, statement: cst.BaseSmallStatement) -> list[cst.BaseSmallStatement]:
        if not isinstance(statement, cst.Global):
            return [statement]
        stay, go = _parted([item.name.value for item in statement.names], self.names)
        if not go:
            return [statement]
        moved = cst.Nonlocal([cst.NameItem(cst.Name(name)) for name in go], semicolon=statement.semicolon)
        if not stay:
            return [moved]
        items = [cst.NameItem(cst.Name(name)) for name in stay]
        return [cst.Global(items, whitespace_after_global=statement.whitespace_after_global), moved]


def _separated(body: list[cst.BaseSmallStatement]) -> list[cst.BaseSmallStatement]:
    """Return the statements of one line with a semicolon behind each but the last, which keeps its own."""
    separator = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))
    parted = [
        statement if isinstance(statement.semicolon, cst.Semicolon) else statement.with_changes(semicolon=separator)
        for statement in body[:-1]
    ]
    return [*parted, *body[-1:]]


def _parted(names: list[str], wanted: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the names of a statement that stay in it, and those that go."""
    return [name for name in names if name not in wanted], [name for name in names if name in wanted]


# What must be true afterwards.


class _Expected(ast.NodeTransformer):
    """The same on the syntax tree."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        if isinstance(node, ast.Global):
            stay, go = _parted(node.names, self.names)
            parts = ((ast.Global, stay), (ast.Nonlocal, go))
            return [kind(names=names) for kind, names in parts if names]
        return node if isinstance(node, Function | ast.ClassDef) else self.generic_visit(node)


def _expect(node: ast.AST, change: Change) -> ast.AST:
    return _Expected(change.names).generic_visit(node)


def _moved(before: Block, after: Block, name: str) -> bool:
    old, new = before.symbols.get(name), after.symbols.get(name)
    return bool(old and new and old.is_declared_global() and new.is_free())


def _owner(block: Block, name: str) -> Block | None:
    return block.owner(name)


def _kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    # Functions inside that only read the name go along without a declaration of their own.
    stored = any(step.argval == name and step.opname in _STORING for step in dis.get_instructions(before))
    return stored and name not in after.co_names and name in after.co_freevars


promise = Promise(_expect, _moved, _owner, _kept)
