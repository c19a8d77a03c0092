"""Did a repair do what it promised, and nothing else? CPython's own compiler is asked, before and after."""

from __future__ import annotations

import ast
import symtable
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from flake8_closures.fixes.code_objects import compare_code
from flake8_closures.fixes.promise import Block, Broken, Change
from flake8_closures.fixes.symbol_tables import compare_blocks

_MERGED = "this Python makes one function of equal lambdas on one line, so that nothing can be proved of either"


@dataclass(frozen=True, slots=True)
class Picture:
    """What CPython makes of a text."""

    tree: str
    blocks: Block
    code: CodeType


def prove(before: str, after: str, changes: Sequence[Change]) -> str:
    """Return why a new text must not replace the old one, or an empty string if every promise holds for it.

    `changes` are all changes between the two texts; their nodes belong to the tree of the old text. Raises nothing.
    """
    try:
        try:
            old = _picture(before)
        except (SyntaxError, ValueError) as error:
            raise Broken(f"the file does not compile as it is: {error}") from None
        try:
            new = _picture(after)
        except (SyntaxError, ValueError) as error:
            raise Broken(f"the result does not compile: {_reason(error)}") from None
        _compare_trees(before, new, changes)
        compare_blocks(old.blocks, new.blocks, changes)
        compare_code(old.code, new.code, changes)
    except Broken as error:
        return _MERGED if any(map(_is_merged, changes)) else str(error)
    except (RecursionError, MemoryError):
        return "the file is nested too deeply to prove a repair"
    return ""


def _is_merged(change: Change) -> bool:
    """Return whether an equal lambda begins on the same line: Python 3.10 compiles both to one code object."""
    node = change.node
    if sys.version_info >= (3, 11) or not isinstance(node, ast.Lambda):
        return False
    others = (other for other in ast.walk(change.parents.module) if isinstance(other, ast.Lambda))
    return any(
        other is not node and other.lineno == node.lineno and ast.dump(other) == ast.dump(node) for other in others
    )


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)


def _parse(text: str) -> ast.Module:
    """Parse with type comments if they make sense, so that a repair cannot part one from its function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text, type_comments=True)
        except SyntaxError:
            return ast.parse(text)
    for ignore in tree.type_ignores:
        # These are the only nodes whose line is a field like any other.
        ignore.lineno = 0
    return tree


@lru_cache(maxsize=4)
def _picture(text: str) -> Picture:
    """Raises SyntaxError, ValueError, RecursionError and MemoryError as the compiler does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(text, "<text>", "exec", dont_inherit=True, optimize=0)
        table = symtable.symtable(text, "<text>", "exec")
    return Picture(ast.dump(_parse(text)), _block(table, None), code)


def _block(table: symtable.SymbolTable, parent: Block | None) -> Block:
    block = Block(
        table.get_name(),
        str(getattr(table.get_type(), "value", table.get_type())),
        parent,
        # Those with a dot are the compiler's own: `.0` of a comprehension, `.kwdefaults` of a generic function.
        {symbol.get_name(): symbol for symbol in table.get_symbols() if not symbol.get_name().startswith(".")},
    )
    block.children = [_block(child, block) for child in table.get_children()]
    return block


# The syntax tree: make the promised change by hand and compare.


def _compare_trees(before: str, new: Picture, changes: Sequence[Change]) -> None:
    from flake8_closures.fixes.imports import with_import  # here: it brings libcst along

    made = _Made({_place(change.node): change for change in changes})
    tree = made.visit(_parse(before))
    for change in changes:
        tree = with_import(tree, change)
    if made.wanted or ast.dump(tree) != new.tree:
        raise Broken("the result differs from the original in more than the promised change")


class _Made(ast.NodeTransformer):
    """Makes the changes on a tree, inner ones first."""

    def __init__(self, wanted: dict[tuple[str, int, int], Change]) -> None:
        self.wanted = wanted

    def visit(self, node: ast.AST) -> Any:
        change = self.wanted.pop(_place(node), None)
        node = self.generic_visit(node)
        return change.promise.expect(node, change) if change else node


def _place(node: ast.AST) -> tuple[str, int, int]:
    return type(node).__name__, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
