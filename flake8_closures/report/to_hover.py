"""What does an editor show of a name under the cursor? Its variable; of a closure, its captures and its life."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flake8_closures.model import Note, Portrait, Reach, Resolution

MOST_PLACES = 8
"""More places than this are counted, not listed."""


def render(resolution: Resolution | None, portrait: Portrait | None, *, markdown: bool) -> str:
    """Return the text for a place, empty if there is nothing to tell; as Markdown, or as plain text."""
    parts = []
    if resolution is not None:
        parts.append("\n".join(_resolution(resolution)))
    if portrait is not None:
        parts.append("\n".join(_portrait(portrait)))
    text = "\n\n".join(parts)
    if markdown:
        # Two blanks before a line end keep the line; a list ends by itself.
        return re.sub(r"(?m)(?<=\S)$(?=\n(?!\n|- ))", "  ", text)
    return text.replace("**", "").replace("`", "'")


def _resolution(resolution: Resolution) -> Iterator[str]:
    if resolution.reach is Reach.NOWHERE:
        yield f"`{resolution.name}` is **bound nowhere** in this file, and no built-in has the name"
    elif resolution.reach is Reach.BUILTIN:
        yield f"`{resolution.name}` is **built-in**"
    else:
        yield f"`{resolution.name}` is **{resolution.reach.value}**: a variable of {_code(resolution.owner)}"
    if resolution.bindings:
        yield f"bound on {_places(resolution.bindings)}"
    if resolution.captured_by:
        yield f"captured by {_listed(_code(note.text) for note in resolution.captured_by)}"
    if resolution.remark:
        yield _code(resolution.remark)


def _portrait(portrait: Portrait) -> Iterator[str]:
    yield f"**{_code(portrait.title)}** {'captures' if portrait.captures else 'captures nothing'}"
    for each in portrait.captures:
        place = "global" if each.reach is Reach.GLOBAL else f"of {_code(each.owner)}"
        bound = f", bound on {_places(each.bindings)}" if each.bindings else ""
        remark = f"; **{_code(each.remark)}**" if each.remark else ""
        yield f"- `{each.name}`, {place}{bound}{remark}"
    if portrait.captures:
        yield ""
    yield _code(portrait.life)
    if len(portrait.uses) > 1:
        yield f"uses: {_listed(f'line {note.span.line} ({note.text})' for note in portrait.uses)}"


def _places(notes: Iterable[Note]) -> str:
    return _listed(f"line {note.span.line} ({note.text})" for note in notes)


def _listed(entries: Iterable[str]) -> str:
    each = list(dict.fromkeys(entries))
    more = f" and {len(each) - MOST_PLACES} more" if len(each) > MOST_PLACES else ""
    return ", ".join(each[:MOST_PLACES]) + more


def _code(text: str) -> str:
    """Show the names in quotes as code."""
    return re.sub(r"'([^'\n]*)'", r"`\1`", text)
