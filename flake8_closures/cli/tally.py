"""How did a run go? What it found and repaired, in numbers, and the exit code that says so."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from flake8_closures.cli.job import Visit
from flake8_closures.config import Config
from flake8_closures.model import Remedy, Safety, Span
from flake8_closures.remedies import best_remedy
from flake8_closures.report import to_text

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130


@dataclass
class Tally:
    """The sum of the visits of one run."""

    config: Config
    findings: int = 0
    safe: int = 0
    unsafe: int = 0
    """How many of the findings could be repaired, by the safety of their best remedy."""
    codes: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    fixes: dict[str, Counter[str]] = field(default_factory=dict)
    """For each file in which something was repaired how often each code was."""
    is_changed: bool = False
    """Whether a file has been changed, or would be."""
    has_failed: bool = False
    unjudged: int = 0
    """How many files could not be read or analysed."""
    known: int = 0
    """How many findings are in the baseline."""
    written: str = ""
    """Where the findings were written as a baseline."""

    def add(self, result: Visit) -> None:
        """Count one more file."""
        self.findings += len(result.findings)
        self.codes.update(finding.code for finding in result.findings)
        refused = {_intent(refusal.remedy) for refusal in result.refused}
        for finding in result.findings:
            remedy = best_remedy(finding, self.config)
            if remedy and _intent(remedy) in refused:
                continue
            self.safe += remedy is not None and remedy.safety is Safety.SAFE
            self.unsafe += remedy is not None and remedy.safety is Safety.UNSAFE
        self.known += len(result.known)
        self.repaired += len(result.applied)
        if result.applied:
            self.fixes[result.path] = Counter(finding.code for finding in result.applied)
        self.is_changed = self.is_changed or bool(result.applied or result.patch)
        self.has_failed = self.has_failed or bool(result.failures)
        self.unjudged += bool(result.failures) and result.found is None

    def exit_code(self, options: argparse.Namespace, *, is_over: bool) -> int:
        """Return the exit code. `is_over` says that the user stopped the run."""
        if self.has_failed:
            return FAILED
        left = [
            self.findings and not options.fix_only and not self.written,
            self.is_changed and (options.diff or options.dry_run or options.exit_non_zero_on_fix),
            is_over,
        ]
        return FOUND if any(left) and not options.exit_zero else CLEAN

    def summary(self, options: argparse.Namespace) -> str:
        """Return the closing line."""
        known = f", {self.known} more in the baseline" if self.known else ""
        unjudged = f", {to_text.count(self.unjudged, 'file')} not analysed" if self.unjudged else ""
        return self._done(options) + known + unjudged

    def _done(self, options: argparse.Namespace) -> str:
        if self.written:
            return f"{to_text.count(self.findings, 'finding')} written to {self.written}"
        if options.add_noqa:
            return f"{self.repaired} silenced, {to_text.count(self.findings, 'finding')} left"
        if options.apply or options.interactive:
            unsafe = 0 if self.config.unsafe_fixes or options.interactive else self.unsafe
            return to_text.applied(self.repaired, self.findings, unsafe)
        return to_text.summary(self.findings, self.safe, self.unsafe)

    def shown_fixes(self, options: argparse.Namespace) -> Iterator[str]:
        """Yield for each file how often which code was repaired, or would be."""
        verb = "would repair" if options.diff or options.dry_run else "silenced" if options.add_noqa else "repaired"
        for path, codes in self.fixes.items():
            counts = ", ".join(f"{number} x {code}" for code, number in sorted(codes.items()))
            yield f"{to_text.shown(path)}: {verb} {counts}"


def _intent(remedy: Remedy) -> tuple[str, Span, str]:
    """Return what stays of a remedy when others are carried out; its title and its safety may change."""
    return remedy.action, remedy.span, remedy.name
