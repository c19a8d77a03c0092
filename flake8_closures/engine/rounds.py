"""What does a file look like when everything in it is repaired? Each round repairs what the one before brought up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from flake8_closures import fixes
from flake8_closures.config import Config
from flake8_closures.engine.comparison import Place, fresh, place, places_after, surplus
from flake8_closures.engine.proving import edits_of, prove
from flake8_closures.engine.texts import Texts
from flake8_closures.fixes import Repair
from flake8_closures.fixes.edits import apply, as_it_was, undoing
from flake8_closures.model import Edit, Finding, Outcome, Refusal, Remedy, Span
from flake8_closures.remedies import allowed_safeties, applicable, gathered
from flake8_closures.source import Source

_ROUNDS = 10
FOLLOWING = _ROUNDS - 1
"""How many rounds may follow the first one."""


def fix(
    source: Source, config: Config, findings: Collection[Finding] | None = None, hidden: Collection[Finding] = ()
) -> Outcome:
    """Return the file with every permitted repair that could be proved, and what was refused.

    `findings` are the ones to repair, together with what their repairs bring up; None means all. `hidden` are neither
    repaired nor counted as remaining. Refusals and remaining findings have their spans in the new text, applied
    findings in the text before their round. A repair that cannot be proved is left out, and the others stand. Raises
    what a rule raises on the original text; nothing else.
    """
    wanted = None if findings is None else {place(finding) for finding in findings}
    texts = Texts(config)
    # Next to other repairs, what was to follow may not come after all: then without it.
    for ahead in (FOLLOWING, 0):
        outcome = _in_rounds(_Progress(source, texts, wanted, {place(finding) for finding in hidden}), ahead)
        if not surplus(outcome.remaining, texts.check(source)):
            break
    return outcome


@dataclass(slots=True)
class _Progress:
    """A file on its way through the rounds.

    `wanted` are the places of the findings to repair, None for all of them; `hidden` those of the findings that are
    neither repaired nor counted as remaining. `back` leads from each text to the one before it.
    """

    source: Source
    texts: Texts
    wanted: set[Place] | None
    hidden: set[Place]
    applied: list[Finding] = field(default_factory=list)
    used: list[Remedy] = field(default_factory=list)
    back: list[tuple[Source, Source, list[Edit]]] = field(default_factory=list)

    @property
    def current(self) -> list[Finding]:
        """All findings of the text as it is now."""
        return self.texts.check(self.source)

    @property
    def shown(self) -> list[Finding]:
        return [finding for finding in self.current if place(finding) not in self.hidden]

    @property
    def chosen(self) -> list[Finding]:
        return [finding for finding in self.shown if self.wanted is None or place(finding) in self.wanted]

    def original(self, span: Span) -> Span:
        """Return where a place of the current text was in the text before the first round."""
        return as_it_was(span, self.back)


@dataclass(slots=True)
class _Round:
    """The repairs that hold, the findings with the remedies that repair them, and the failed remedies."""

    repairs: list[Repair]
    repaired: dict[Finding, Remedy]
    refused: dict[Remedy, str]


def _in_rounds(progress: _Progress, ahead: int) -> Outcome:
    """Repair until a round finds nothing to repair or leads back to an earlier text. `ahead` is as in `prove`."""
    seen = [progress.source.text]
    while True:
        step = _round(progress, ahead)
        text = apply(progress.source.text, [repair.edit for repair in step.repairs])
        if text in seen or len(seen) > _ROUNDS:
            break
        seen.append(text)
        _advance(progress, step, text)
    reason = "the repairs undo each other" if text in seen else f"still changing after {_ROUNDS} rounds"
    refused = step.refused | {remedy: reason for repair in step.repairs for remedy in repair.remedies}
    return Outcome(
        progress.source.text,
        tuple(progress.applied),
        tuple(progress.shown),
        tuple(Refusal(remedy, why, progress.original(remedy.span)) for remedy, why in refused.items()),
        tuple(progress.used),
    )


def _advance(progress: _Progress, step: _Round, text: str) -> None:
    """Go on to the text that a round has made."""
    old, current = progress.source, progress.current
    new = progress.texts.source(text, old)
    edits = edits_of(old, step.repairs)
    progress.applied += step.repaired
    progress.used += [replace(remedy, span=progress.original(remedy.span)) for remedy in step.repaired.values()]
    if progress.wanted is not None:
        left = [finding for finding in progress.chosen if finding not in step.repaired]
        known = places_after(current, old, new, edits)
        brought = fresh(progress.texts.check(new), current, step.repaired, known)
        progress.wanted = places_after(left, old, new, edits) | set(map(place, brought))
    shown = progress.shown
    progress.hidden = places_after([finding for finding in current if finding not in shown], old, new, edits)
    progress.back.append((new, old, undoing(edits, old.text)))
    progress.source = new


def _round(progress: _Progress, ahead: int) -> _Round:
    """Find the repairs of one round. Where the best remedy of a finding fails, the next one is tried."""
    config = progress.texts.config
    allowed = allowed_safeties(config)
    ranked = {finding: applicable(finding, config, allowed) for finding in progress.chosen}
    refused: dict[Remedy, str] = {}
    while True:
        best = {
            finding: next((remedy for remedy in remedies if remedy not in refused), None)
            for finding, remedies in ranked.items()
        }
        picks = gathered({finding: remedy for finding, remedy in best.items() if remedy}, allowed, refused)
        made, reasons = fixes.repairs(progress.source, list(picks.values()))
        refused |= reasons
        if reasons:
            continue
        made, reasons = _proved(fixes.apart(made), picks, progress, ahead)
        refused |= reasons
        if made or not reasons:
            kept = {remedy for repair in made for remedy in repair.remedies}
            return _Round(made, {finding: remedy for finding, remedy in picks.items() if remedy in kept}, refused)


def _proved(
    made: list[Repair], picks: dict[Finding, Remedy], progress: _Progress, ahead: int
) -> tuple[list[Repair], dict[Remedy, str]]:
    """Return the repairs that can be proved together, and why the others cannot."""

    def flaw(candidates: Sequence[Repair]) -> str:
        remedies = {remedy for repair in candidates for remedy in repair.remedies}
        repaired = [finding for finding, remedy in picks.items() if remedy in remedies]
        return prove(progress.source, candidates, repaired, progress.texts, ahead).reason

    if not made or not flaw(made):
        return made, {}
    kept: list[Repair] = []
    reasons: dict[Remedy, str] = {}
    for repair in made:
        reason = flaw([*kept, repair])
        if reason:
            reasons |= dict.fromkeys(repair.remedies, reason)
        else:
            kept.append(repair)
    return kept, reasons
