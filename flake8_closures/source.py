"""What does one file say? Its text, its tree, and the way from tree positions to characters."""

from __future__ import annotations

import ast
import bisect
import codecs
import io
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.memo import cached_property
from flake8_closures.model import Span
from flake8_closures.tree import Parents

GIVEN = frozenset(
    f"__{name}__" for name in "annotations builtins cached doc file loader name package path spec".split()
)
"""The variables that a module has without binding them: the import system and the interpreter set them."""


class SourceError(Exception):
    """A file that cannot be read as Python. `line` and `column` are 1-based and character-based, 0 where unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(eq=False)
class Source:
    """One Python file, parsed.

    `lines` keep their line ends and are split as the compiler splits them. `tree` is shared with whoever parsed it and
    must not be changed.
    """

    path: str
    lines: Sequence[str]
    tree: ast.Module
    encoding: str = "utf-8"
    bom: bytes = b""

    @cached_property
    def text(self) -> str:
        """The decoded text, line ends as in the file, without a byte order mark."""
        return "".join(self.lines)

    def with_text(self, text: str) -> Source:
        """Return the same file with another text. Raises SourceError."""
        return of_text(text, self.path, self.encoding, self.bom)

    @cached_property
    def parents(self) -> Parents:
        """The parent of every node but the module; operators and contexts, which are shared, are left out."""
        return Parents(self.tree)

    def column(self, line: int, offset: int) -> int:
        """Return the character column of a UTF-8 byte offset, which is what `ast` counts in."""
        if not 1 <= line <= len(self.lines):
            return offset
        text = self.lines[line - 1]
        if text.isascii():
            return offset
        return len(text.encode()[:offset].decode(errors="replace"))

    def span(self, node: ast.AST) -> Span:
        """Return where a node stands."""
        line: int = getattr(node, "lineno", 1)
        end_line: int = getattr(node, "end_lineno", None) or line
        start: int = getattr(node, "col_offset", 0)
        end: int = getattr(node, "end_col_offset", None) or 0
        return Span(line, self.column(line, start), end_line, self.column(end_line, end))

    def offset(self, line: int, column: int) -> int:
        """Return the offset in `text` of a 1-based line and a 0-based character column."""
        return self._line_starts[line - 1] + column

    def place(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and the 0-based character column of an offset in `text`."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1]

    @cached_property
    def _line_starts(self) -> list[int]:
        starts, total = [], 0
        for line in self.lines:
            starts.append(total)
            total += len(line)
        starts.append(total)
        return starts

    def silenced(self, line: int, code: str) -> bool:
        """Return whether a `# noqa` comment silences a code on a line, by the rules of flake8.

        Comments inside strings count as they do in flake8: the text of the physical line decides, and a string or a
        backslash continuation that covers several lines is one line.
        """
        if self._is_silent:
            return True
        # Imported here, so that the facts can do without flake8.
        from flake8.defaults import NOQA_INLINE_REGEXP
        from flake8.utils import parse_comma_separated_list

        found = NOQA_INLINE_REGEXP.search(self._noqa_lines.get(line, ""))
        if not found:
            return False
        return found["codes"] is None or code.startswith(tuple(parse_comma_separated_list(found["codes"])))

    @cached_property
    def _is_silent(self) -> bool:
        """Whether a `# flake8: noqa` silences the whole file; codes behind it mean nothing to flake8."""
        from flake8.defaults import NOQA_FILE

        return any("noqa" in line.lower() and NOQA_FILE.match(line) for line in self.lines)

    @cached_property
    def _noqa_lines(self) -> dict[int, str]:
        """Each line number with the text that is searched for its noqa comment."""
        if not any("noqa" in line.lower() for line in self.lines):
            return {}
        joined = dict(enumerate(self.lines, 1))
        start, end = 0, 0
        for token in self.tokens():
            start = start or token.start[0]
            end = max(end, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                for line in range(start, end + 1):
                    joined[line] = "".join(self.lines[start - 1 : end])
                start = end = 0
        return joined

    def tokens(self) -> Iterator[tokenize.TokenInfo]:
        """Yield the tokens as far as `tokenize` understands the text, without those that have no text of their own."""
        lines = io.StringIO(self.text.replace("\r\n", "\n").replace("\r", "\n"))
        try:
            for token in tokenize.generate_tokens(lines.readline):
                if token.type not in (tokenize.ENDMARKER, tokenize.DEDENT, tokenize.INDENT):
                    yield token
        except (tokenize.TokenError, SyntaxError):
            return


def read(data: bytes, path: str) -> Source:
    """Decode and parse the bytes of a file.

    Raises SourceError with one line of text where they are not Python of the running interpreter.
    """
    text, encoding, bom = decode(data)
    return of_text(text, path, encoding, bom)


def of_text(text: str, path: str, encoding: str = "utf-8", bom: bytes = b"") -> Source:
    """Parse the decoded text of a file. Raises SourceError."""
    return Source(path, split_lines(text), parse(text), encoding, bom)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text with their ends, split as the compiler does: a form feed, say, ends no line."""
    return io.StringIO(text, newline="").readlines()


def decode(data: bytes) -> tuple[str, str, bytes]:
    """Return the text of a file as Python decodes it, with its encoding and its byte order mark. Raises SourceError."""
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = data[len(bom) :].decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise SourceError(f"cannot decode: {reason}") from None
    if "\0" in text:
        raise SourceError("source contains a NUL byte", text.count("\n", 0, text.index("\0")) + 1)
    return text, encoding, bom


def parse(text: str) -> ast.Module:
    """Parse text, without printing the warnings of the compiler. Raises SourceError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise SourceError(f"syntax error: {error.msg}", error.lineno or 0, error.offset or 0) from None
    except ValueError as error:
        raise SourceError(f"cannot parse: {error}") from None
    except (RecursionError, MemoryError):
        raise SourceError("cannot parse: nested too deeply for this Python") from None
