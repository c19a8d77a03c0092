"""What does a reader want to see of a finding? The line that flake8 would print, the code, and the other places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from flake8_closures.model import Finding, Refusal, Remedy, Safety, Span
from flake8_closures.report import one_line
from flake8_closures.report.paint import Paint, plain

LONGEST = 160
"""How many characters of a line of code are shown; of a longer one those from `BEFORE` characters before the place."""
BEFORE = 40
CUT = "..."
COMMANDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""The characters that control a terminal, or end a line."""
APPLIED_BY = {Safety.SAFE: "--apply", Safety.UNSAFE: "--apply --unsafe-fixes", Safety.SHOW: "by hand"}


def finding(
    path: str,
    found: Finding,
    lines: Sequence[str],
    remedy: Remedy | None = None,
    paint: Paint = plain,
    page: str = "",
) -> Iterator[str]:
    """Yield the lines of a finding: the place and the message, the code with carets, the other places, the repair.

    `lines` are the lines of the file; `remedy` is the one that would be used; `page` says where more is told.
    """
    yield headline(path, found, paint)
    places = {found.span: ""} | {note.span: one_line(note.text) for note in found.notes}
    width = len(str(max(span.line for span in places)))
    yield from _code(places, found.span, lines, width, paint)
    if remedy:
        yield f"  {'':{width}} = {repair(remedy, paint, f' ({APPLIED_BY[remedy.safety]})')}"
    if page:
        yield f"  {'':{width}} = {page}"


def _code(places: Mapping[Span, str], found: Span, lines: Sequence[str], width: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of code with the places marked below them; line numbers are `width` columns wide."""
    margin = paint("note", f"  {'':{width}} |")
    last, begin = 0, 0
    for span in sorted(places, key=lambda span: (span.line, span != found, span.column)):
        if not 1 <= span.line <= len(lines):
            continue
        code = lines[span.line - 1].rstrip("\r\n")
        if last and span.line > last + 1:
            yield paint("note", f"  {'':{width}} ...")
        shown = last, begin
        begin = _begin(code, span.column, begin if span.line == last else 0)
        if (span.line, begin) != shown:
            yield paint("note", f"  {span.line:{width}} |") + f" {_cut(code, begin)}".rstrip()
        style, mark = ("error", "^") if span == found else ("note", "-")
        indent, marks = _underlined(code, begin, span, mark)
        yield f"{margin} {indent}" + paint(style, f"{marks} {places[span]}".rstrip())
        last = span.line


def repair(remedy: Remedy, paint: Paint = plain, how: str = "") -> str:
    """Return what a remedy does, `how` it is asked for, and what is unsafe about it."""
    reason = f" ({remedy.safety.value}: {one_line(remedy.reason)})" if remedy.reason else ""
    return f"{paint('repair', f'repair{how}')}: {one_line(remedy.title)}{reason}"


def _begin(code: str, column: int, begin: int) -> int:
    """Return where the part of a line that shows a column begins: at `begin`, if that part shows it."""
    if len(code) <= LONGEST:
        return 0
    return begin if begin <= column < begin + LONGEST else max(0, column - BEFORE)


def _cut(code: str, begin: int) -> str:
    """Return the part of a line that is shown, with dots where more of it is left out."""
    end = begin + LONGEST
    return (CUT if begin else "") + code[begin:end] + (CUT if code[end:] else "")


def _underlined(code: str, begin: int, span: Span, mark: str) -> tuple[str, str]:
    """Return the blanks before the part of a span that is shown of its first line, and the marks under it."""
    end = span.end_column if span.end_line == span.line else len(code.rstrip())
    before = (CUT if begin else "") + code[begin : span.column]
    marked = code[span.column : min(end, begin + LONGEST)]
    indent, marks = ("".join(map(_blank, part)) for part in (before, marked))
    return indent, mark * max(1, len(marks))


def refusal(path: str, refused: Refusal) -> str:
    """Return the line for a repair that was not made."""
    remedy = refused.remedy
    return f"{shown(path)}: line {remedy.span.line} not repaired ({one_line(remedy.title)}): {one_line(refused.reason)}"


def headline(path: str, found: Finding, paint: Paint = plain) -> str:
    """Return the one line that flake8 prints, and editors read."""
    place = f":{found.span.line}:{found.span.column + 1}: "
    return paint("bold", shown(path)) + place + paint("error", found.code) + f" {one_line(found.message)}"


def shown(path: str) -> str:
    """Return a path as it can be printed: on one line, and with nothing in it that a terminal would obey."""
    return COMMANDS.sub(lambda found: ascii(found[0])[1:-1], path)


def _blank(character: str) -> str:
    """Return the blanks as wide as a character on a terminal; a tab stays, since nobody knows its width."""
    if character == "\t":
        return character
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


def statistics(counts: Mapping[str, int], names: Mapping[str, str]) -> Iterator[str]:
    """Yield how often each code was found, the codes in order; `names` gives the name of each rule."""
    for code, number in sorted(counts.items()):
        yield f"{number:<6} {code} {names.get(code, '')}".rstrip()


def summary(total: int, safe: int, unsafe: int) -> str:
    """Return the closing line of a report: how many findings there are, and what would repair them."""
    text = count(total, "finding")
    if safe:
        text += f", {safe} can be repaired with --apply"
        if unsafe:
            text += f" ({unsafe} more with --unsafe-fixes)"
    elif unsafe:
        text += f", {unsafe} can be repaired with --apply --unsafe-fixes"
    return text


def applied(repaired: int, remaining: int, unsafe: int) -> str:
    """Return the closing line after --apply; `unsafe` of the remaining findings only wait for --unsafe-fixes."""
    text = f"{repaired} repaired, {count(remaining, 'finding')} left"
    return text + f" ({unsafe} can be repaired with --unsafe-fixes)" if unsafe else text


def count(number: int, noun: str) -> str:
    """Return a number with its noun, as `1 finding` or `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
