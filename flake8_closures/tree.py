"""How are the nodes of a syntax tree connected? Children, parents, and the parts of functions and classes."""

from __future__ import annotations

import ast
import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_LEAVES = frozenset("arg attr conversion ctx id kind kwd_attrs level module op ops type_comment".split())

CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _LEAVES and kind is not ast.Constant)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each kind of node that hold other nodes, without operators and contexts, which nodes share."""

RECEIVERS = ("self", "cls")
"""The usual names of the first parameter of a method."""


def parameters_of(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters of a function, in the order in which they are written."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        found.append(arguments.vararg)
    found += arguments.kwonlyargs
    if arguments.kwarg:
        found.append(arguments.kwarg)
    return found


def decorators_of(node: ast.AST) -> list[ast.expr]:
    """Return the decorators of a function or a class, in the order in which they are written; none of another node."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return decorators


def first_line(node: ast.AST) -> int:
    """Return the line on which a node begins: a function or a class begins with its decorators."""
    return min([getattr(node, "lineno", 1), *(decorator.lineno for decorator in decorators_of(node))])


class Parents(Mapping[ast.AST, ast.AST]):
    """The parent of every node of a module except the module itself.

    Most files ask for the parents in one or two functions only. So only the statement around a node is walked, and of a
    class only the method; everything else is walked when a node is asked for that has no position, or a wrong one.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.module = tree
        self._known: dict[ast.AST, ast.AST] = {}
        self._pending: set[ast.stmt] = set()
        """The statements of the module and of opened classes that have not been walked so far."""
        self._open(tree)

    def __getitem__(self, node: ast.AST) -> ast.AST:
        if node not in self._known and self._pending and node is not self.module:
            self._walk_around(node)
        return self._known[node]

    def __iter__(self) -> Iterator[ast.AST]:
        self._walk_all()
        return iter(self._known)

    def __len__(self) -> int:
        self._walk_all()
        return len(self._known)

    def call_of(self, callee: ast.AST) -> ast.Call | None:
        """Return the call whose callee a node is; None where something else is done with the node."""
        around = self.get(callee)
        return around if isinstance(around, ast.Call) and around.func is callee else None

    def _open(self, block: ast.Module | ast.ClassDef) -> None:
        self._known |= dict.fromkeys(block.body, block)
        self._pending |= set(block.body)

    def _walk_all(self) -> None:
        while self._pending:
            self._walk(self._pending.pop())

    def _walk_around(self, node: ast.AST) -> None:
        """Walk the statement that a node stands in, by its position; walk everything if that does not find the node."""
        place = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        block: ast.Module | ast.ClassDef = self.module
        while True:
            # Not the begin: that of a decorated function is behind its decorators.
            index = bisect.bisect_right(block.body, place, key=_end)
            statement = block.body[index] if place[0] and index < len(block.body) else None
            if statement is None:
                break
            if statement in self._pending:
                self._pending.remove(statement)
                self._walk(statement)
            if node in self._known:
                return
            if not isinstance(statement, ast.ClassDef):
                break
            block = statement
        self._walk_all()

    def _walk(self, statement: ast.stmt) -> None:
        """Note the parents inside a statement. The statements in the body of a class wait until they are asked for."""
        known = self._known
        stack: list[ast.AST] = [statement]
        if isinstance(statement, ast.ClassDef):
            self._open(statement)
            stack = [
                *statement.decorator_list,
                *statement.bases,
                *statement.keywords,
                *getattr(statement, "type_params", ()),
            ]
            known |= dict.fromkeys(stack, statement)
        while stack:
            node = stack.pop()
            for name in CHILDREN[node.__class__]:
                value: Any = getattr(node, name, None)
                children: Sequence[ast.AST] = value if value.__class__ is list else (value,)
                for child in children:
                    fields = CHILDREN.get(child.__class__)
                    if fields is not None:
                        known[child] = node
                        if fields:
                            stack.append(child)


def _end(node: ast.stmt) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0
