"""What does a reader want to see of a finding? The line that flake8 would print, the code, and the other places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from flake8_closures.model import Finding, Refusal, Remedy, Safety
from flake8_closures.report import one_line

APPLIED_BY = {Safety.SAFE: "--apply", Safety.UNSAFE: "--apply --unsafe-fixes", Safety.SHOW: "by hand"}


def finding(path: str, found: Finding, lines: Sequence[str], remedy: Remedy | None = None) -> Iterator[str]:
    """Yield the lines of a finding: the place and the message, the code with carets, the notes, the repair.

    `lines` are the lines of the file; `remedy` is the one that would be used.
    """
    span = found.span
    yield headline(path, found)
    width = len(str(max([span.line, *(note.span.line for note in found.notes)])))
    if 1 <= span.line <= len(lines):
        code = lines[span.line - 1].rstrip("\r\n")
        end = span.end_column if span.end_line == span.line else len(code.rstrip())
        indent = "".join(_blank(character) for character in code[: span.column])
        carets = "^" * max(1, sum(len(_blank(character)) for character in code[span.column : end]))
        yield f"  {span.line:{width}} | {code}"
        yield f"  {'':{width}} | {indent}{carets}"
    for note in found.notes:
        yield f"  {'':{width}} = line {note.span.line}: {one_line(note.text)}"
    if remedy:
        reason = f" ({remedy.safety.value}: {one_line(remedy.reason)})" if remedy.reason else ""
        yield f"  {'':{width}} = repair ({APPLIED_BY[remedy.safety]}): {one_line(remedy.title)}{reason}"


def refusal(path: str, refused: Refusal) -> str:
    """Return the line for a repair that was not made."""
    remedy = refused.remedy
    return f"{path}: line {remedy.span.line} not repaired ({one_line(remedy.title)}): {one_line(refused.reason)}"


def headline(path: str, found: Finding) -> str:
    """Return the one line that flake8 prints, and editors read."""
    return f"{path}:{found.span.line}:{found.span.column + 1}: {found.code} {one_line(found.message)}"


def _blank(character: str) -> str:
    """Return the blanks as wide as a character on a terminal; a tab stays, since nobody knows its width."""
    if character == "\t":
        return character
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


def statistics(findings: Iterable[Finding], names: dict[str, str]) -> Iterator[str]:
    """Yield how often each code was found, the codes in order; `names` gives the name of each rule."""
    counts: dict[str, int] = {}
    for each in findings:
        counts[each.code] = counts.get(each.code, 0) + 1
    for code, count in sorted(counts.items()):
        yield f"{count:<6} {code} {names.get(code, '')}".rstrip()


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


def applied(mended: int, remaining: int, unsafe: int) -> str:
    """Return the closing line after --apply; `unsafe` of the remaining findings only wait for --unsafe-fixes."""
    text = f"{mended} repaired, {count(remaining, 'finding')} left"
    return text + f" ({unsafe} can be repaired with --unsafe-fixes)" if unsafe else text


def count(number: int, noun: str) -> str:
    """Return a number with its noun, as `1 finding` or `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
