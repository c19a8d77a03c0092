"""What is wrong with a file? The rules that are switched on say it, and the noqa comments count."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from flake8_closures import noqa, rules
from flake8_closures.codes import FAMILY, UNUSED
from flake8_closures.config import Config
from flake8_closures.model import Finding, Limits, Rule
from flake8_closures.source import Source

if TYPE_CHECKING:
    from flake8_closures.facts import Facts
    from flake8_closures.facts.knowledge import Knowledge

_WORDS = ("def", "lambda", "class", "for", "with", "import")
"""A file without any of these words makes no closure and passes none on, so no rule can find anything in it."""


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
