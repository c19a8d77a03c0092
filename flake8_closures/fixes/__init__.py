"""Which edit carries out a remedy? Each module of this package is one repair, found by the name of the action.

A function is rewritten with libcst, within the smallest whole statement around it: the cost does not grow with a file,
and nothing beyond that statement can be touched. libcst is imported here alone, when there is something to repair.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import itertools
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from flake8_closures.fixes.promise import Change, Promise
from flake8_closures.model import Edit, Remedy, Span
from flake8_closures.source import LINE, Source, SourceError, parse

if TYPE_CHECKING:
    import libcst as cst

FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.GeneratorExp)
DEPTH = 150
"""How deep a statement may be nested: libcst fails at some hundred levels, and takes the process along at thousands."""


class Action(Protocol):
    """What a module of this package offers.

    It may have `NODES`, the kinds of node that it rewrites, where these are not functions. It may have `is_beside` and
    `beside`, which say whether a change needs another one elsewhere in the module, and make it.
    """

    promise: Promise

    def objection(self, node: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST]) -> str:
        """Return why this repair cannot be made, or an empty string."""

    def rewrite(self, function: Any, change: Change) -> cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement] | str:
        """Return what should stand in the place of the function, or why that cannot be written."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The edit for all remedies of one kind for one function, and what it promises."""

    remedies: tuple[Remedy, ...]
    edit: Edit
    change: Change


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole statement, on its own: line ends are `\\n`, and an indented one stands under an `if` in a line before it.

    `line` and `column` are those of its first character in the file.
    """

    text: str
    line: int
    column: int
    end_line: int
    header: str


class Refused(Exception):
    """A remedy that cannot be carried out; the text says why."""


def repairs(source: Source, remedies: Sequence[Remedy]) -> tuple[list[Repair], dict[Remedy, str]]:
    """Return the edits that carry out the remedies, in source order, and the remedies that cannot be, with the reason.

    Several remedies with the same action for the same function become one edit. Nothing is proved yet. Raises nothing.
    """
    groups: dict[tuple[str, Span], list[Remedy]] = {}
    for remedy in dict.fromkeys(remedies):
        groups.setdefault((remedy.action, remedy.span), []).append(remedy)
    found: list[Repair] = []
    refused: dict[Remedy, str] = {}
    nodes: dict[type[ast.AST], dict[Span, ast.AST]] = {}
    pieces: dict[tuple[int, int], tuple[Piece, cst.Module, dict[object, cst.CSTNode]]] = {}
    for (action, span), group in groups.items():
        try:
            module = _action(action)
            node = _node(source, span, getattr(module, "NODES", FUNCTIONS), nodes)
            if node is None:
                raise Refused("there is no function at this place")
            for remedy in group:
                reason = module.objection(node, remedy.name, source.parents)
                if reason:
                    refused[remedy] = reason
            taken = tuple(remedy for remedy in group if remedy not in refused)
            names = tuple(dict.fromkeys(remedy.name for remedy in taken))
            if names:
                change = Change(node, names, module.promise, source.parents, _indentation(source, node))
                found.append(Repair(taken, _edit(source, change, module, pieces), change))
        except Refused as error:
            refused.update((remedy, str(error)) for remedy in group if remedy not in refused)
    return sorted(found, key=lambda repair: repair.edit), refused


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with every edit made. They must not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def together(text: str, steps: Sequence[Sequence[Edit]]) -> tuple[Edit, ...]:
    """Return the edits that do at once what groups of edits do one after the other."""
    origins = [*range(len(text) + 1)]  # of each character where it stood, -1 for a new one; at the end that of the end
    for edits in steps:
        for edit in sorted(edits, reverse=True):
            origins[edit.start : edit.end] = [-1] * len(edit.text)
        text = apply(text, edits)
    result, start, begin = list[Edit](), 0, 0
    for at, origin in enumerate(origins):
        if origin >= 0:
            if (start, begin) != (origin, at):
                result.append(Edit(start, origin, text[begin:at]))
            start, begin = origin + 1, at + 1
    return tuple(result)


def difference(before: str, after: str) -> list[Edit]:
    """Return the edits that make one text of another: one for each run of lines that differ, without what is the same
    at its ends.
    """
    import difflib

    old, new = LINE.findall(before), LINE.findall(after)
    starts = [0, *itertools.accumulate(map(len, old))]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        _smallest(starts[begin], before[starts[begin] : starts[end]], "".join(new[new_begin:new_end]))
        for tag, begin, end, new_begin, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _smallest(start: int, old: str, new: str) -> Edit:
    """Return the edit for a text at an offset that leaves alone what is the same at its ends."""
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    return Edit(start + head, start + len(old) - tail, new[head : len(new) - tail])


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def apart(found: Sequence[Repair]) -> list[Repair]:
    """Return the repairs whose edits neither overlap nor touch those before them."""
    kept: list[Repair] = []
    for repair in found:
        if not kept or kept[-1].edit.end < repair.edit.start:
            kept.append(repair)
    return kept


def _action(name: str) -> Action:
    full = f"{__name__}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(full) is None:
        raise Refused(f"there is no repair called {name!r}")
    module = importlib.import_module(full)
    if not hasattr(module, "rewrite"):
        raise Refused(f"there is no repair called {name!r}")
    return cast(Action, module)


def _node(
    source: Source, span: Span, kinds: tuple[type[ast.AST], ...], known: dict[type[ast.AST], dict[Span, ast.AST]]
) -> ast.AST | None:
    """Return the node of one of some kinds at a place. `known` keeps what was found for the next question."""
    for kind in kinds:
        if kind not in known:
            known[kind] = {source.span(node): node for node in ast.walk(source.tree) if isinstance(node, kind)}
        if span in known[kind]:
            return known[kind][span]
    return None


def _edit(
    source: Source,
    change: Change,
    action: Action,
    pieces: dict[tuple[int, int], tuple[Piece, cst.Module, dict[object, cst.CSTNode]]],
) -> Edit:
    try:
        is_beside = hasattr(action, "is_beside") and action.is_beside(change)
        for piece in [_whole(source)] if is_beside else _pieces(source, change.node):
            key = piece.line, piece.end_line
            if key not in pieces:
                pieces[key] = (piece, *_parsed(piece))
            _, module, places = pieces[key]
            function = places.get(_place_in(piece, source, change.node))
            if function is None:
                raise Refused("the function was not found in the concrete syntax tree")
            new = action.rewrite(function, change)
            if isinstance(new, str):
                raise Refused(new)
            changed = cast("cst.Module", module.deep_replace(function, cast("cst.CSTNode", new)))
            if is_beside:
                changed = action.beside(changed, change)  # type: ignore[attr-defined]
                if isinstance(changed, str):
                    raise Refused(changed)
            if _comments(changed.code) != _comments(piece.text):
                raise Refused("a comment would be lost")
            return _difference(source, piece, changed.code)
    except RecursionError:
        raise Refused("the statement is nested too deeply") from None
    except (tokenize.TokenError, SyntaxError):
        raise Refused("the result cannot be read") from None
    raise Refused("no whole statement around the function can be read on its own")


def _indentation(source: Source, node: ast.AST) -> str:
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


def _pieces(source: Source, node: ast.AST) -> Iterator[Piece]:
    """Yield the innermost statement around a node that can be read on its own."""
    at: ast.AST | None = node
    while at is not None and not isinstance(at, ast.Module):
        if isinstance(at, ast.stmt):
            piece = _piece(source, at)
            if piece:
                yield piece
                return
        at = source.parents.get(at)
    yield _whole(source)


def _whole(source: Source) -> Piece:
    return Piece(_normal(source.text), 1, 0, len(source.lines), "")


def _piece(source: Source, statement: ast.stmt) -> Piece | None:
    """Return a statement with the rest of its last line, None if it does not start its line or cannot stand alone."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    line = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    end = statement.end_lineno or line
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        end = _with_comments(source, statement, end)
    first = source.lines[line - 1]
    indent = first[: len(first) - len(first.lstrip(" \t\f"))]
    # The compiler forgets the indentation before a form feed, libcst does not.
    column = indent.rfind("\f") + 1
    if not decorators and source.span(statement).column != len(indent):
        return None
    header = "if 1:\n" if indent[column:] else ""
    text = header + _normal(first[column:] + "".join(source.lines[line:end]))
    try:
        parse(text)
    except SourceError:
        return None
    return Piece(text, line, column, end, header)


def _with_comments(source: Source, statement: ast.stmt, end: int) -> int:
    """Return the last line of a function, the comments counted that stand behind its last statement."""
    for number, line in enumerate(source.lines[end:], end + 1):
        code = line.lstrip(" \t\f")
        if code.startswith("#") and len(line) - len(code) > statement.col_offset:
            end = number
        elif code.strip():
            break
    return end


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parsed(piece: Piece) -> tuple[cst.Module, dict[object, cst.CSTNode]]:
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
    places: dict[object, cst.CSTNode] = {}
    for node, position in wrapper.resolve(PositionProvider).items():
        if isinstance(node, cst.FunctionDef | cst.Lambda):
            places[type(node).__name__, position.start.line, position.start.column] = node
        elif isinstance(node, cst.Call):
            # Calls that are called begin at one place: `signal("x").connect(it)`.
            places["Call", position.end.line, position.end.column] = node
        elif isinstance(node, cst.SimpleStatementLine):
            places["SimpleStatementLine", position.start.line, position.start.column] = node
    return wrapper.module, places


def _comments(text: str) -> list[str]:
    lines = io.StringIO(text).readline
    return [token.string for token in tokenize.generate_tokens(lines) if token.type == tokenize.COMMENT]


def _is_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _place_in(piece: Piece, source: Source, node: ast.AST) -> tuple[str, int, int]:
    span = source.span(node)
    if isinstance(node, ast.Call):
        column = span.end_column - (piece.column if span.end_line == piece.line else 0)
        return "Call", span.end_line - piece.line + 1 + bool(piece.header), column
    column = span.column - (piece.column if span.line == piece.line else 0)
    kinds = {ast.Lambda: "Lambda", ast.FunctionDef: "FunctionDef", ast.AsyncFunctionDef: "FunctionDef"}
    kind = kinds.get(type(node), "SimpleStatementLine")
    return kind, span.line - piece.line + 1 + bool(piece.header), column


def _difference(source: Source, piece: Piece, new: str) -> Edit:
    """Return the smallest edit of the file that turns a piece into its new text, with the line ends of the file."""
    old = piece.text
    if new == old:
        raise Refused("the repair changes nothing")
    edit = _smallest(0, old, new)
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
