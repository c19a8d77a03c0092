"""What is a reader offered for each finding? The repair that it needs alone, proved without those of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flake8_closures import fixes
from flake8_closures.config import Config
from flake8_closures.engine.proving import prove
from flake8_closures.engine.rounds import FOLLOWING
from flake8_closures.engine.texts import Texts
from flake8_closures.fixes.edits import together
from flake8_closures.model import Edit, Finding, Remedy, Safety
from flake8_closures.remedies import applicable
from flake8_closures.source import Source


def repairs(
    source: Source, findings: Sequence[Finding], config: Config
) -> list[tuple[Remedy, tuple[Edit, ...]] | None]:
    """Return for each finding the remedy that would be used and the edits that it alone needs, proved one by one.

    Where one repair needs another, as when a closure calls a second one, these are the edits of both, and the remedy is
    no safer than either. None stands for a finding without a remedy, empty edits for a remedy that cannot be carried
    out. Unsafe remedies are included: a reader may want to see them.
    """
    texts = Texts(config)
    return [_repair(source, finding, texts) for finding in findings]


def _repair(source: Source, finding: Finding, texts: Texts) -> tuple[Remedy, tuple[Edit, ...]] | None:
    """Return the first remedy of a finding that can be proved alone, with its edits, in the form of `repairs`."""
    remedies = applicable(finding, texts.config, tuple(Safety))
    for remedy in remedies:
        made, _ = fixes.repairs(source, [remedy])
        for is_unsafe in (False, True) if remedy.safety is Safety.SAFE else (True,):
            able = replace(texts, config=replace(texts.config, unsafe_fixes=is_unsafe))
            verdict = prove(source, made, [finding], able, FOLLOWING) if made else None
            if verdict and not verdict.reason:
                worst = max([remedy, *verdict.remedies], key=lambda each: list(Safety).index(each.safety))
                offered = replace(remedy, safety=worst.safety, reason=worst.reason)
                return offered, together(source.text, verdict.steps)
    return (remedies[0], ()) if remedies else None
