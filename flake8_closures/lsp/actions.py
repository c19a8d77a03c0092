"""What can an editor offer to do about a finding? Repair it, all of a loop, all of the file, or silence it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flake8_closures import engine
from flake8_closures.cli import writing
from flake8_closures.codes import OF_NO_RULE
from flake8_closures.config import BIND_STYLES
from flake8_closures.fixes.edits import difference
from flake8_closures.lsp.analysis import Analysis
from flake8_closures.model import Edit, Finding, Remedy, Safety
from flake8_closures.noqa import silence
from flake8_closures.remedies import applicable

QUICK_FIX = "quickfix"
FIX_ALL = "source.fixAll.closures"
KINDS = (QUICK_FIX, FIX_ALL)
OFFERED = (Safety.SAFE, Safety.UNSAFE)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: what it is called, the edits, and the findings that it is about."""

    title: str
    kind: str
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    is_preferred: bool = False
    """Whether an editor may do it when it repairs without a choice: it is the first way, and SAFE."""


def actions(analysis: Analysis, first: int, last: int, only: Sequence[str] | None) -> Iterator[Action]:
    """Yield what can be done about the findings on some lines, 1-based; `only` names the kinds that are wanted.

    Everything is proved before it is offered. Raises what a rule raises.
    """
    near = [
        finding
        for finding in analysis.findings
        if finding.span.line <= last and first <= finding.span.end_line and finding.code not in OF_NO_RULE
    ]
    if is_wanted(QUICK_FIX, only):
        yield from _repairs(analysis, near)
        yield from _loops(analysis, near)
        yield from _silencers(analysis, near)
    if is_wanted(FIX_ALL, only) and (near or only):
        yield from _everything(analysis)


def is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Return whether a kind is one of those requested: `source.fixAll` stands for all kinds that begin with it."""
    return not only or any(kind == each or kind.startswith(f"{each}.") for each in only)


def _repairs(analysis: Analysis, near: Sequence[Finding]) -> Iterator[Action]:
    """Yield the ways to repair each finding, the one that the user prefers first."""
    unknown = [finding for finding in near if finding not in analysis.repairs]
    ways = [(finding, remedy) for finding in unknown for remedy in _remedies(finding, analysis)]
    single = [replace(finding, remedies=(remedy,)) for finding, remedy in ways]
    analysis.repairs.update({finding: [] for finding in unknown})
    proved = engine.repairs(analysis.source, single, analysis.options.config) if single else []
    for (finding, _), repair in zip(ways, proved, strict=True):
        if repair is not None and repair[1]:
            analysis.repairs[finding].append(repair)
    for finding in near:
        for number, (remedy, edits) in enumerate(analysis.repairs[finding]):
            is_preferred = number == 0 and remedy.safety is Safety.SAFE
            yield Action(_title(remedy), QUICK_FIX, edits, (finding,), is_preferred)


def _remedies(finding: Finding, analysis: Analysis) -> list[Remedy]:
    """Return what is to be tried: the remedy that the user prefers, then the safe ones, or for want of them others."""
    best = applicable(finding, analysis.options.config, OFFERED)
    safe = [remedy for remedy in finding.remedies if remedy.safety is Safety.SAFE]
    others = safe or [remedy for remedy in finding.remedies if remedy.safety is Safety.UNSAFE]
    return list(dict.fromkeys([*best[:1], *others])) if best else []


def _title(remedy: Remedy) -> str:
    title = remedy.title[:1].upper() + remedy.title[1:]
    return f"{title} ({remedy.safety.value}: {remedy.reason})" if remedy.reason else title


def _loops(analysis: Analysis, near: Sequence[Finding]) -> Iterator[Action]:
    """Yield the repair of every closure of a loop, for the innermost loop that a finding stands in."""
    binding = {finding: _bound(finding) for finding in analysis.findings}
    if not any(binding[finding] for finding in near):
        return
    loops = {analysis.source.span(closure.node): closure.loops for closure in analysis.facts.closures}
    offered = set()
    for finding in near:
        remedy = binding[finding]
        around = loops.get(remedy.span, ()) if remedy else ()
        if not around or around[-1] in offered:
            continue
        offered.add(around[-1])
        members = [each for each, by in binding.items() if by and around[-1] in loops.get(by.span, ())]
        if len(members) < 2:
            continue
        outcome = engine.fix(analysis.source, analysis.options.config, members)
        repaired = [each for each in members if each in outcome.applied]
        if len(repaired) > 1:
            title = f"Bind all in this loop ({len(repaired)} of {len(members)} findings)"
            yield Action(title, QUICK_FIX, tuple(difference(analysis.source.text, outcome.text)), tuple(repaired))


def _bound(finding: Finding) -> Remedy | None:
    """Return the remedy of a finding that binds the variable, if there is one."""
    return next((remedy for remedy in finding.remedies if remedy.action in BIND_STYLES.values()), None)


def _silencers(analysis: Analysis, near: Sequence[Finding]) -> Iterator[Action]:
    for line, code in dict.fromkeys((finding.span.line, finding.code) for finding in near):
        edit = silence(analysis.source, line, code)
        if edit is not None and not analysis.options.config.disable_noqa:
            about = tuple(finding for finding in near if (finding.span.line, finding.code) == (line, code))
            yield Action(f"Disable {code} for this line", QUICK_FIX, (edit,), about)


def _everything(analysis: Analysis) -> Iterator[Action]:
    """Yield the repair of all that can be repaired safely, whatever the options allow besides."""
    if writing.GENERATED in analysis.source.text:
        return
    outcome = analysis.safely_fixed
    if outcome.applied:
        title = f"Fix all closures that can be fixed safely ({len(outcome.applied)})"
        yield Action(title, FIX_ALL, tuple(difference(analysis.source.text, outcome.text)), outcome.applied)
