"""Where in the text of a node is the name that it binds, reads or declares?"""

from __future__ import annotations

import ast
import re

from flake8_closures.model import Binding, Span
from flake8_closures.source import Source

_AT_THE_END = (ast.MatchAs, ast.MatchStar, ast.MatchMapping)


def spot(name: str, node: ast.AST, source: Source) -> Span | None:
    """Return where a name stands in the text of its node, None if it does not."""
    if isinstance(node, ast.Name):
        span = source.span(node)
        return span if _is_spelled(name, text_of(span, source)) else None
    if not hasattr(node, "lineno"):
        return None
    span = source.span(node)
    if isinstance(node, ast.ExceptHandler) and node.type is not None:
        after = source.span(node.type)
        span = Span(after.end_line, after.end_column, span.end_line, span.end_column)
    text = text_of(span, source)
    words = [word for word in re.finditer(r"\w+", text) if _is_spelled(name, word[0])]
    if not words:
        return None
    last = isinstance(node, _AT_THE_END) or (isinstance(node, ast.alias) and node.asname)
    return span_of(words[-1] if last else words[0], span, source)


def place_of(binding: Binding, source: Source) -> Span:
    """Return where a bound name stands, or the whole node where the text does not spell the name."""
    return spot(binding.name, binding.node, source) or source.span(binding.node)


def is_mangled(name: str, node: ast.AST) -> bool:
    """Return whether the compiler's name differs from the `Name` in the text: a private name inside a class."""
    return getattr(node, "id", name) != name


def span_of(word: re.Match[str], within: Span, source: Source) -> Span:
    """Return the span of a word that was found in a stretch of the file."""
    line = within.line + len(re.findall(r"\r\n|\r|\n", word.string[: word.start()]))
    column = source.offset(within.line, within.column) + word.start() - source.offset(line, 0)
    return Span(line, column, line, column + len(word[0]))


def text_of(span: Span, source: Source) -> str:
    """Return a stretch of the file; empty if the file has no such lines."""
    if not 1 <= span.line <= span.end_line <= len(source.lines):
        return ""
    return source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]


def _is_spelled(name: str, text: str) -> bool:
    """Return whether a text spells a name of the compiler: as it is, or private and mangled."""
    return text == name or (text.startswith("__") and name.startswith("_") and name.endswith(text))
