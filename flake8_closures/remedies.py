"""Which remedy of a finding may be used? The one that the user prefers, then the safest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flake8_closures.config import BIND_STYLES, Config
from flake8_closures.model import Finding, Remedy, Safety


def applicable(finding: Finding, config: Config, allowed: Collection[Safety]) -> list[Remedy]:
    """Return the remedies of a finding that may be used: the one that the user prefers, then the safest.

    Of several ways to bind a variable, that of the preferred style counts, and the first one where that is refused.
    """
    if not config.is_fixable(finding.code):
        return []
    style = BIND_STYLES[config.bind_style]
    binds = [remedy for remedy in finding.remedies if remedy.action in BIND_STYLES.values()]
    ways = [*(remedy for remedy in binds if remedy.action == style), *binds[:1]]
    others = [remedy for remedy in finding.remedies if remedy not in binds]
    others.sort(key=lambda remedy: list(Safety).index(remedy.safety))
    return [remedy for remedy in dict.fromkeys(ways + others) if remedy.safety in allowed]


def gathered(
    picks: Mapping[Finding, Remedy], allowed: Collection[Safety], refused: Collection[Remedy]
) -> dict[Finding, Remedy]:
    """Return the picked remedies, with one factory for all variables of a function that needs one."""
    factory = BIND_STYLES["factory"]
    spans = {remedy.span for remedy in picks.values() if remedy.action == factory}
    result = dict(picks)
    for finding, remedy in picks.items():
        if remedy.span in spans and remedy.action in BIND_STYLES.values():
            ways = [each for each in finding.remedies if each.action == factory and each.safety in allowed]
            result[finding] = next((each for each in ways if each not in refused), remedy)
    return result


def best_remedy(finding: Finding, config: Config) -> Remedy | None:
    """Return the remedy that the options permit, otherwise the best of those that they do not permit."""
    allowed = allowed_safeties(config)
    permitted = applicable(finding, config, allowed) or applicable(finding, config, tuple(Safety))
    return next(iter(permitted), None)


def allowed_safeties(config: Config) -> tuple[Safety, ...]:
    """Return how safe a repair has to be."""
    return (Safety.SAFE, Safety.UNSAFE) if config.unsafe_fixes else (Safety.SAFE,)
