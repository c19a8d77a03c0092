"""What is wrong with a file, and what does it look like when it is repaired? Runs the rules, proves the repairs."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from flake8_closures import fixes, noqa, rules
from flake8_closures.codes import FAMILY, UNUSED
from flake8_closures.config import Config
from flake8_closures.fixes import Repair, proof
from flake8_closures.fixes.edits import apply, as_it_was, difference, moved, together, undoing
from flake8_closures.model import Edit, Finding, Limits, Outcome, Refusal, Remedy, Rule, Safety
from flake8_closures.remedies import allowed_safeties, applicable, gathered
from flake8_closures.source import Source

if TYPE_CHECKING:
    from flake8_closures.facts import Facts
    from flake8_closures.facts.knowledge import Knowledge

_ROUNDS = 10
_WORDS = ("def", "lambda", "class", "for", "with", "import")
"""A file without any of these words makes no closure and passes none on, so no rule can find anything in it."""
Place = tuple[str, str, int, int]


def check(source: Source, config: Config) -> list[Finding]:
    """Return the findings of the rules that are switched on, in the order in which a reader meets them.

    A `# noqa` comment counts if the config says so; flake8 sees to its own. Raises what a rule raises.
    """
    text = source.text
    found = _found(source, config) if any(word in text for word in _WORDS) else []
    if config.disable_noqa:
        return found
    loud = [finding for finding in found if not source.silenced(finding.span.line, finding.code)]
    judges_noqa = config.unused_noqa and not UNUSED.startswith(config.ignore + config.extend_ignore)
    return _in_order(loud + _unused_noqa(source, found, config)) if judges_noqa else loud


def _found(source: Source, config: Config) -> list[Finding]:
    enabled = gc.isenabled()
    gc.disable()  # facts refer to each other in circles; it would go through them for nothing
    facts = facts_of(source, config)
    try:
        return _in_order(
            finding
            for rule in _enabled(config, tuple(rules.all_rules().values()))
            for finding in rule.check(facts)
            if not finding.is_opt_in or config.is_named(finding.code)
        )
    finally:
        facts.forget()
        if enabled:
            gc.enable()


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings in the order in which a reader meets them, each once."""
    return sorted(set(findings), key=lambda finding: (finding.span, finding.code, finding.name))


@cache
def _enabled(config: Config, known: tuple[Rule, ...]) -> list[Rule]:
    return [rule for rule in known if config.is_enabled(rule)]


def facts_of(source: Source, config: Config) -> Facts:
    """Return the facts of a file as the rules see them: with the callables and the limits that the options add."""
    from flake8_closures.facts import Facts  # here: a run over files that are all known does without

    return Facts(source, _knowledge(config), _limits(config))


def _unused_noqa(source: Source, found: Sequence[Finding], config: Config) -> list[Finding]:
    """Return a finding for each code of ours that a noqa comment names in vain. Disabled rules are left alone."""
    useless = []
    for code, span, lines in noqa.named(source):
        meant = [rule for name, rule in rules.all_rules().items() if name.startswith(code)]
        is_judged = not meant or any(map(config.is_enabled, meant))
        is_used = any(each.code.startswith(code) and each.span.line in lines for each in found)
        if code.startswith(FAMILY) and is_judged and not is_used:
            useless.append(Finding(UNUSED, span, code, f"noqa of {code!r} silences nothing here: remove it"))
    return useless


@cache
def _knowledge(config: Config) -> Knowledge:
    """Return the tables of known callables, extended by what the options name."""
    from flake8_closures.facts.knowledge import Knowledge

    return Knowledge(
        sync=config.sync_callees,
        deferred=config.deferred_callees,
        bulk_loaders=config.bulk_loaders,
        weak_signals=config.weak_signals,
        ship_decorators=config.ship_decorators,
    )


@cache
def _limits(config: Config) -> Limits:
    return Limits(config.retain_bytes, config.ship_bytes, config.class_variables, config.class_functions)


def fix(
    source: Source, config: Config, findings: Collection[Finding] | None = None, hidden: Collection[Finding] = ()
) -> Outcome:
    """Return the file with every permitted repair that could be proved, and what was refused.

    `findings` are the ones to repair, together with what their repairs bring up; None means all. `hidden` are neither
    repaired nor counted as remaining. Refusals and remaining findings have their spans in the new text, applied
    findings in the text before their round. A repair that cannot be proved is left out, and the others stand. Raises
    what a rule raises on the original text; nothing else.
    """
    state = _State(config)
    outcome = _fix(source, findings, hidden, state)
    if _more(outcome.remaining, state.check(source)):
        # What was to follow did not come after all, next to other repairs.
        outcome = _fix(source, findings, hidden, replace(state, ahead=0))
    return outcome


def _fix(source: Source, findings: Collection[Finding] | None, hidden: Collection[Finding], state: _State) -> Outcome:
    """Repair in rounds, until a round finds nothing to repair or leads back to an earlier text."""
    current = state.check(source)
    wanted = None if findings is None else {_place(finding) for finding in findings}
    left_out = {_place(finding) for finding in hidden}
    seen = {source.text}
    applied: list[Finding] = []
    used: list[Remedy] = []
    refused: dict[Remedy, str] = {}
    back: list[tuple[Source, Source, list[Edit]]] = []
    for number in range(_ROUNDS + 1):
        shown = [finding for finding in current if _place(finding) not in left_out]
        chosen = [finding for finding in shown if wanted is None or _place(finding) in wanted]
        step = _round(source, chosen, current, state)
        refused = step.refused
        if not step.repairs:
            break
        text = apply(source.text, [repair.edit for repair in step.repairs])
        if text in seen or number == _ROUNDS:
            reason = "the repairs undo each other" if text in seen else f"still changing after {_ROUNDS} rounds"
            refused |= {remedy: reason for repair in step.repairs for remedy in repair.remedies}
            break
        seen.add(text)
        applied += step.repaired
        used += [replace(remedy, span=as_it_was(remedy.span, back)) for remedy in step.repaired.values()]
        new = state.source(text, source)
        edits = _edits(source, step.repairs)
        if wanted is not None:
            wanted = _moved([finding for finding in chosen if finding not in step.repaired], source, new, edits)
            known = _moved(current, source, new, edits)
            wanted |= {_place(each) for each in _fresh(new, list(step.repaired), current, known, state)}
        left_out = _moved([finding for finding in current if finding not in shown], source, new, edits)
        back.append((new, source, undoing(edits, source.text)))
        source, current = new, state.check(new)
    return Outcome(
        source.text,
        tuple(applied),
        tuple(finding for finding in current if _place(finding) not in left_out),
        tuple(Refusal(remedy, reason, as_it_was(remedy.span, back)) for remedy, reason in refused.items()),
        tuple(used),
    )


def repairs(
    source: Source, findings: Sequence[Finding], config: Config
) -> list[tuple[Remedy, tuple[Edit, ...]] | None]:
    """Return for each finding the remedy that would be used and the edits that it alone needs, proved one by one.

    Where one repair needs another, as when a closure calls a second one, these are the edits of both, and the remedy is
    no safer than either. None stands for a finding without a remedy, empty edits for a remedy that cannot be carried
    out. Unsafe remedies are included: a reader may want to see them.
    """
    state = _State(config)
    return [_repair(source, finding, state) for finding in findings]


def _repair(source: Source, finding: Finding, state: _State) -> tuple[Remedy, tuple[Edit, ...]] | None:
    """Return the first remedy of a finding that can be proved alone, with its edits, in the form of `repairs`."""
    remedies = applicable(finding, state.config, tuple(Safety))
    for remedy in remedies:
        made, _ = fixes.repairs(source, [remedy])
        for unsafe in (False, True) if remedy.safety is Safety.SAFE else (True,):
            able = replace(state, config=replace(state.config, unsafe_fixes=unsafe))
            proved = _prove(source, made, [finding], state.check(source), able) if made else None
            if proved and not proved.reason:
                worst = max([remedy, *proved.remedies], key=lambda each: list(Safety).index(each.safety))
                offered = replace(remedy, safety=worst.safety, reason=worst.reason)
                return offered, together(source.text, proved.steps)
    return (remedies[0], ()) if remedies else None


@dataclass(slots=True)
class _State:
    """The texts of one run: each is parsed and checked once."""

    config: Config
    ahead: int = _ROUNDS - 1
    """How many further rounds may repair what a repair brings up, as when a closure calls a second one."""
    sources: dict[str, Source] = field(default_factory=dict)
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def source(self, text: str, like: Source) -> Source:
        """Return a text of the run as a file with the path and encoding of another one. Raises SourceError."""
        if text not in self.sources:
            self.sources[text] = like.with_text(text)
        return self.sources[text]

    def check(self, source: Source) -> list[Finding]:
        """Return what the rules find in a file. Raises what a rule raises."""
        if source.text not in self.findings:
            self.findings[source.text] = check(source, self.config)
        return self.findings[source.text]


@dataclass(slots=True)
class _Step:
    """The result of one round: the repairs that hold, the findings with the remedies that repair them, the failed
    remedies.
    """

    repairs: list[Repair]
    repaired: dict[Finding, Remedy]
    refused: dict[Remedy, str]


@dataclass(slots=True)
class _Proved:
    """The verdict on some repairs: the reason against them, or the edits of each round and the remedies that must
    follow.
    """

    reason: str = ""
    steps: list[list[Edit]] = field(default_factory=list)
    remedies: list[Remedy] = field(default_factory=list)


def _round(source: Source, chosen: Sequence[Finding], current: Sequence[Finding], state: _State) -> _Step:
    """Find the repairs of one round. Where the best remedy of a finding fails, the next one is tried."""
    allowed = allowed_safeties(state.config)
    ranked = {finding: applicable(finding, state.config, allowed) for finding in chosen}
    refused: dict[Remedy, str] = {}
    while True:
        picks = {
            finding: remedy
            for finding, remedies in ranked.items()
            for remedy in [next((remedy for remedy in remedies if remedy not in refused), None)]
            if remedy
        }
        picks = gathered(picks, allowed, refused)
        made, reasons = fixes.repairs(source, list(picks.values()))
        refused |= reasons
        if reasons:
            continue
        made, reasons = _proved(source, fixes.apart(made), picks, current, state)
        refused |= reasons
        if made or not reasons:
            kept = {remedy for repair in made for remedy in repair.remedies}
            return _Step(made, {finding: remedy for finding, remedy in picks.items() if remedy in kept}, refused)


def _proved(
    source: Source, made: list[Repair], picks: dict[Finding, Remedy], current: Sequence[Finding], state: _State
) -> tuple[list[Repair], dict[Remedy, str]]:
    """Return the repairs that can be proved together, and why the others cannot."""

    def flaw(candidates: list[Repair]) -> str:
        remedies = {remedy for repair in candidates for remedy in repair.remedies}
        repaired = [finding for finding, remedy in picks.items() if remedy in remedies]
        return _prove(source, candidates, repaired, current, state).reason

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


def _prove(
    source: Source, made: Sequence[Repair], repaired: Sequence[Finding], current: Sequence[Finding], state: _State
) -> _Proved:
    """Check that repairs remove their findings and cause no new ones, except such as can be repaired in turn."""
    edits = _edits(source, made)
    text = apply(source.text, edits)
    try:
        text.encode(source.encoding)
    except (UnicodeEncodeError, LookupError):
        return _Proved(f"the result cannot be written as {source.encoding}")
    reason = proof.prove(source.text, text, [repair.change for repair in made])
    if reason:
        return _Proved(reason)
    try:
        new = state.source(text, source)
        found = state.check(new)
    except Exception as error:  # a rule that fails on the result must not undo the repairs that it agrees with
        return _Proved(f"the result cannot be analysed: {error}")
    extra = _more(found, current, repaired)
    if not extra:
        return _Proved(steps=[edits])
    fresh = _fresh(new, repaired, current, _moved(current, source, new, edits), state)
    follow = _next(new, fresh, found, state)
    if follow:
        # It has to end here: with what follows repaired, there is nothing more than before.
        last = new
        for step in follow.steps:
            last = state.source(apply(last.text, step), last)
        if not _more(state.check(last), current, repaired):
            return _Proved(steps=[edits, *follow.steps], remedies=follow.remedies)
    code, name = extra[0]
    left = any((finding.code, finding.name) == (code, name) for finding in repaired)
    return _Proved(f"{code} about {name!r} {'is still found' if left else 'comes up'} afterwards")


def _edits(source: Source, made: Sequence[Repair]) -> list[Edit]:
    """Return the edits of repairs, split where lines stay as they are."""
    return [
        replace(each, start=edit.start + each.start, end=edit.start + each.end)
        for edit in (repair.edit for repair in made)
        for each in difference(source.text[edit.start : edit.end], edit.text)
    ]


def _next(source: Source, fresh: Sequence[Finding], current: Sequence[Finding], state: _State) -> _Proved | None:
    """Return the proved repairs of everything that a repair brought up, None if something cannot be repaired."""
    allowed = allowed_safeties(state.config)
    picks = {each: remedy for each in fresh for remedy in applicable(each, state.config, allowed)[:1]}
    if not (fresh and state.ahead) or len(picks) < len(fresh):
        return None
    remedies = list(gathered(picks, allowed, ()).values())
    made, refused = fixes.repairs(source, remedies)
    if refused or fixes.apart(made) != made:
        return None
    proved = _prove(source, made, fresh, current, replace(state, ahead=state.ahead - 1))
    return None if proved.reason else replace(proved, remedies=[*remedies, *proved.remedies])


def _fresh(
    new: Source, repaired: Sequence[Finding], current: Sequence[Finding], known: Collection[Place], state: _State
) -> list[Finding]:
    """Return the findings that repairs brought up: more of their kind than before, and at a place that had none."""
    found = state.check(new)
    extra = _more(found, current, repaired)
    return [each for each in found if (each.code, each.name) in extra and _place(each) not in known]


def _more(
    found: Iterable[Finding], before: Iterable[Finding], repaired: Iterable[Finding] = ()
) -> list[tuple[str, str]]:
    """Return each (code, name) that has more findings in `found` than in `before` without `repaired`."""
    now, allowed, gone = (Counter((each.code, each.name) for each in group) for group in (found, before, repaired))
    allowed.subtract(gone)
    return [key for key, count in now.items() if count > allowed[key]]


def _place(finding: Finding) -> Place:
    return finding.code, finding.name, finding.span.line, finding.span.column


def _moved(findings: Sequence[Finding], old: Source, new: Source, edits: Sequence[Edit]) -> set[Place]:
    """Return the places of findings in the text after the edits."""
    return {
        (finding.code, finding.name, *moved(finding.span.line, finding.span.column, old, new, edits))
        for finding in findings
    }
