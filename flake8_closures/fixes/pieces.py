"""Which whole statement around a node is parsed and rewritten on its own, and what edit of the file is that?"""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_closures.fixes.edits import smallest
from flake8_closures.model import Edit
from flake8_closures.source import Source, SourceError, parse
from flake8_closures.tree import decorators_of, first_line

if TYPE_CHECKING:
    import libcst as cst

Concrete = tuple["cst.Module", "dict[tuple[str, int, int], cst.CSTNode]"]
"""A concrete syntax tree, and its functions, calls and statements by kind, line and column."""
_DEPTH = 150
"""How deeply a statement may be nested: libcst fails at some hundred levels, and crashes the process at thousands."""

_WIDTH = 88
"""The line length of black and ruff if nothing else is configured."""
_MARGIN = 16
"""How far a line is taken to be indented."""


class Refused(Exception):
    """A remedy that cannot be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Piece:
    r"""A whole statement on its own.

    Line ends are `\n`, and an indented statement stands under an `if` in a line before it. `line` and `column` are
    those of its first character in the file.
    """

    text: str
    line: int
    column: int
    end_line: int
    header: str


def indentation(source: Source, node: ast.AST) -> str:
    """Return one step of indentation: that of a function's body, or else of the first block of the file."""
    before = ""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.body[0].lineno > node.lineno:
        outer, inner = source.lines[node.lineno - 1][: node.col_offset], source.lines[node.body[0].lineno - 1]
        if inner.startswith(outer) and not inner[: node.body[0].col_offset].strip():
            return inner[len(outer) : node.body[0].col_offset]
    for line in source.lines:
        code = line.lstrip(" \t\f")
        indent = line[: len(line) - len(code)].replace("\f", "")
        if code.strip() and before.endswith(":") and indent:
            return indent
        before = code.rstrip() if not indent else ""
    return "    "


def width(source: Source) -> int:
    """Return the maximum length of a line: that of black, or of the longest line of the file.

    Lines with a comment, or with a string that is too long for a line of its own, do not count: nobody breaks those.
    """
    texts = [node for node in ast.walk(source.tree) if isinstance(node, ast.Constant | ast.JoinedStr)]
    silent = {line for text in texts if _is_long(text) for line in range(text.lineno, (text.end_lineno or 0) + 1)}
    code = (line.rstrip() for number, line in enumerate(source.lines, 1) if number not in silent and "#" not in line)
    return max([_WIDTH, *map(len, code)])


def _is_long(text: ast.expr) -> bool:
    return text.end_lineno != text.lineno or (text.end_col_offset or 0) - text.col_offset > _WIDTH - _MARGIN


def around(source: Source, node: ast.AST) -> Piece:
    """Return the innermost statement around a node that can be parsed on its own."""
    at: ast.AST | None = node
    while at is not None and not isinstance(at, ast.Module):
        piece = _piece(source, at) if isinstance(at, ast.stmt) else None
        if piece:
            return piece
        at = source.parents.get(at)
    return whole(source)


def whole(source: Source) -> Piece:
    """Return the whole file."""
    return Piece(_normal(source.text), 1, 0, len(source.lines), "")


def _piece(source: Source, statement: ast.stmt) -> Piece | None:
    """Return a statement with the rest of its last line, None if it does not start its line or cannot stand alone."""
    line = first_line(statement)
    end = statement.end_lineno or line
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        end = _with_comments(source, statement, end)
    first = source.lines[line - 1]
    indent = first[: len(first) - len(first.lstrip(" \t\f"))]
    # The compiler forgets the indentation before a form feed, libcst does not.
    column = indent.rfind("\f") + 1
    if not decorators_of(statement) and source.span(statement).column != len(indent):
        return None
    header = "if 1:\n" if indent[column:] else ""
    text = header + _normal(first[column:] + "".join(source.lines[line:end]))
    try:
        parse(text)
    except SourceError:
        return None
    return Piece(text, line, column, end, header)


def _with_comments(source: Source, statement: ast.stmt, end: int) -> int:
    """Return the last line of a function, including the comments after its last statement."""
    for number, line in enumerate(source.lines[end:], end + 1):
        code = line.lstrip(" \t\f")
        if code.startswith("#") and len(line) - len(code) > statement.col_offset:
            end = number
        elif code.strip():
            break
    return end


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def concrete(piece: Piece) -> Concrete:
    """Return the concrete syntax tree of a piece, and its functions by line and column. Raises Refused."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    if _is_deep(parse(piece.text)):
        raise Refused("the statement is nested too deeply")
    try:
        wrapper = MetadataWrapper(cst.parse_module(piece.text), unsafe_skip_copy=True)
    except cst.ParserSyntaxError:
        raise Refused("libcst cannot read the statement") from None
    if wrapper.module.code != piece.text:
        raise Refused("libcst does not give the text of the statement back as it is")
    places: dict[tuple[str, int, int], cst.CSTNode] = {}
    positions = wrapper.resolve(PositionProvider)
    for node, position in positions.items():
        if isinstance(node, cst.FunctionDef | cst.Lambda):
            places[type(node).__name__, position.start.line, position.start.column] = node
        elif isinstance(node, cst.Call):
            # Calls that are called begin at one place: `signal("x").connect(it)`.
            places["Call", position.end.line, position.end.column] = node
        elif isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            # One that has its line to itself is found with the line.
            alone = isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1
            for found in [node] if alone else node.body:
                start = positions[found].start
                places["Statement", start.line, start.column] = found
    return wrapper.module, places


def _comments(text: str) -> list[str]:
    lines = io.StringIO(text).readline
    return [token.string for token in tokenize.generate_tokens(lines) if token.type == tokenize.COMMENT]


def _is_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def place_in(piece: Piece, source: Source, node: ast.AST) -> tuple[str, int, int]:
    """Return the key under which a node is found in the concrete syntax tree of a piece."""
    span = source.span(node)
    if isinstance(node, ast.Call):
        column = span.end_column - (piece.column if span.end_line == piece.line else 0)
        return "Call", span.end_line - piece.line + 1 + bool(piece.header), column
    column = span.column - (piece.column if span.line == piece.line else 0)
    kinds = {ast.Lambda: "Lambda", ast.FunctionDef: "FunctionDef", ast.AsyncFunctionDef: "FunctionDef"}
    kind = kinds.get(type(node), "Statement")
    return kind, span.line - piece.line + 1 + bool(piece.header), column


def edit_of(piece: Piece, new: str, source: Source) -> Edit:
    """Return the smallest edit of the file that turns a piece into its new text, with the line ends of the file.

    Raises Refused for a text that is the same, cannot be parsed, or lacks a comment.
    """
    if new == piece.text:
        raise Refused("the repair changes nothing")
    try:
        if _comments(new) != _comments(piece.text):
            raise Refused("a comment would be lost")
    except (tokenize.TokenError, SyntaxError):
        raise Refused("the result cannot be read") from None
    edit = smallest(0, piece.text, new)
    begin, line_end = _in_file(source, piece, edit.start)
    end, _ = _in_file(source, piece, edit.end)
    return Edit(begin, end, edit.text.replace("\n", line_end))


def _in_file(source: Source, piece: Piece, offset: int) -> tuple[int, str]:
    """Return the offset in the file of an offset in a piece, and the line end used there."""
    lines = piece.text[: offset + 1].count("\n", 0, offset)
    column = offset - (piece.text.rfind("\n", 0, offset) + 1)
    line = piece.line + lines - bool(piece.header)
    if line == piece.line:
        column += piece.column
    # The last line of a file may have no end; then the line before it shows what the file uses.
    for shown in (*source.lines[line - 1 : line], *reversed(source.lines[: line - 1])):
        ending = shown[len(shown.rstrip("\r\n")) :]
        if ending:
            break
    else:
        ending = "\n"
    if line > len(source.lines):
        return len(source.text), ending
    return source.offset(line, column), ending
