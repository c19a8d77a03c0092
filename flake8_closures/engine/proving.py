"""Do repairs remove their findings and bring up no others, except such as can be repaired in turn?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flake8_closures import fixes
from flake8_closures.engine.comparison import fresh, places_after, surplus
from flake8_closures.engine.texts import Texts
from flake8_closures.fixes import Repair, proof
from flake8_closures.fixes.edits import apply, difference
from flake8_closures.model import Edit, Finding, Remedy
from flake8_closures.remedies import allowed_safeties, applicable, gathered
from flake8_closures.source import Source


@dataclass(slots=True)
class Verdict:
    """The reason against some repairs, or the edits of each round and the remedies that must follow."""

    reason: str = ""
    steps: list[list[Edit]] = field(default_factory=list)
    remedies: list[Remedy] = field(default_factory=list)


def prove(source: Source, made: Sequence[Repair], repaired: Sequence[Finding], texts: Texts, ahead: int) -> Verdict:
    """Judge the repairs of some findings, made together.

    `ahead` is the number of further rounds that may repair what a repair brings up, as when a closure calls a second
    one.
    """
    edits = edits_of(source, made)
    text = apply(source.text, edits)
    reason = _unwritable(text, source.encoding) or proof.prove(source.text, text, [each.change for each in made])
    if reason:
        return Verdict(reason)
    try:
        new = texts.source(text, source)
        found = texts.check(new)
    except Exception as error:  # a rule that fails on the result must not undo the repairs that it agrees with
        return Verdict(f"the result cannot be analysed: {error}")
    before = texts.check(source)
    extra = surplus(found, before, repaired)
    if not extra:
        return Verdict(steps=[edits])
    known = places_after(before, source, new, edits)
    follow = _following(new, fresh(found, before, repaired, known), texts, ahead)
    # It has to end there: with what follows repaired, there is nothing more than before.
    if follow and not surplus(texts.check(_after(new, follow.steps, texts)), before, repaired):
        return Verdict(steps=[edits, *follow.steps], remedies=follow.remedies)
    code, name = extra[0]
    is_left = any((finding.code, finding.name) == (code, name) for finding in repaired)
    return Verdict(f"{code} about {name!r} {'is still found' if is_left else 'comes up'} afterwards")


def edits_of(source: Source, made: Sequence[Repair]) -> list[Edit]:
    """Return the edits of repairs, split where lines stay as they are."""
    return [
        replace(each, start=edit.start + each.start, end=edit.start + each.end)
        for edit in (repair.edit for repair in made)
        for each in difference(source.text[edit.start : edit.end], edit.text)
    ]


def _unwritable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return f"the result cannot be written as {encoding}"
    return ""


def _following(source: Source, brought: Sequence[Finding], texts: Texts, ahead: int) -> Verdict | None:
    """Return the proved repairs of all findings that a repair brought up, None if something cannot be repaired."""
    allowed = allowed_safeties(texts.config)
    picks = {each: remedy for each in brought for remedy in applicable(each, texts.config, allowed)[:1]}
    if not (brought and ahead) or len(picks) < len(brought):
        return None
    remedies = list(gathered(picks, allowed, ()).values())
    made, refused = fixes.repairs(source, remedies)
    if refused or fixes.apart(made) != made:
        return None
    verdict = prove(source, made, brought, texts, ahead - 1)
    return None if verdict.reason else replace(verdict, remedies=[*remedies, *verdict.remedies])


def _after(source: Source, steps: Sequence[Sequence[Edit]], texts: Texts) -> Source:
    for edits in steps:
        source = texts.source(apply(source.text, edits), source)
    return source
