"""Is the remedy that is used the one that the user prefers, and as safe as the options demand?"""

from __future__ import annotations

from flake8_closures.config import Config
from flake8_closures.model import Finding, Remedy, Safety, Span
from flake8_closures.remedies import applicable, best_remedy, gathered

HERE, SAFE, UNSAFE, SHOW = Span(1, 0, 1, 9), Safety.SAFE, Safety.UNSAFE, Safety.SHOW


def found(name: str, **actions: Safety) -> Finding:
    remedies = tuple(Remedy(action, HERE, name, "", safety) for action, safety in actions.items())
    return Finding("CLO101", HERE, name, "", remedies=remedies)


def names(remedies: list[Remedy]) -> list[str]:
    return [remedy.action for remedy in remedies]


def test_the_safest_comes_first() -> None:
    several = found("a", hold_module=SHOW, wrap_function=UNSAFE, declare_nonlocal=SAFE)
    assert names(applicable(several, Config(), tuple(Safety))) == ["declare_nonlocal", "wrap_function", "hold_module"]
    assert names(applicable(several, Config(), (UNSAFE, SHOW))) == ["wrap_function", "hold_module"]


def test_the_preferred_way_of_binding_comes_before_the_first_one() -> None:
    several = found("a", bind_default=SAFE, bind_plain=UNSAFE, bind_partial=SAFE)
    assert names(applicable(several, Config(bind_style="default"), (SAFE, UNSAFE))) == ["bind_plain", "bind_default"]
    assert names(applicable(several, Config(bind_style="default"), (SAFE,))) == ["bind_default"]
    assert names(applicable(several, Config(bind_style="factory"), (SAFE,))) == ["bind_default"]


def test_what_is_not_permitted_is_the_best_where_nothing_is() -> None:
    risky = found("a", bind_default=UNSAFE)
    assert best_remedy(risky, Config()) == risky.remedies[0]
    assert best_remedy(risky, Config(unfixable=("CLO101",))) is None


def test_one_factory_takes_all_variables_of_its_function() -> None:
    one, other = found("a", bind_factory=SAFE), found("b", bind_default=SAFE, bind_factory=UNSAFE)
    picks = {one: one.remedies[0], other: other.remedies[0]}
    assert names([*gathered(picks, (SAFE, UNSAFE), ()).values()]) == ["bind_factory", "bind_factory"]
    assert gathered(picks, (SAFE,), ()) == picks, "not by a repair that is less safe than was asked for"
    assert gathered(picks, (SAFE, UNSAFE), [other.remedies[1]]) == picks, "not by one that was refused"
