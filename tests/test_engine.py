"""Does the engine repair what may be repaired, all of it and nothing else, and tell what it did not repair?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from flake8_closures import engine, fixes, rules, source
from flake8_closures.config import BIND_STYLES, Config
from flake8_closures.facts import Facts
from flake8_closures.fixes import Repair, promise
from flake8_closures.fixes.edits import apply
from flake8_closures.model import Edit, Finding, Outcome, Remedy, Rule, Safety, Span
from flake8_closures.source import Source

Check = Callable[[Facts], Iterator[Finding]]
CONFIG = Config()


def read(text: str) -> Source:
    return source.of_text(text, "t.py")


def use(monkeypatch: pytest.MonkeyPatch, **checks: Check) -> None:
    """Let these be all the rules there are."""
    found = {code: Rule(code, code.lower(), "", "", check) for code, check in checks.items()}
    monkeypatch.setattr(rules, "all_rules", lambda: found)


def late(code: str = "CLO101", safety: Safety = Safety.SAFE, actions: Sequence[str] = ("bind_default",)) -> Check:
    """Find every lambda that reads a one-letter variable that is no parameter of it."""

    def check(facts: Facts) -> Iterator[Finding]:
        for node in ast.walk(facts.source.tree):
            if isinstance(node, ast.Lambda):
                taken = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
                for name in ast.walk(node.body):
                    if isinstance(name, ast.Name) and len(name.id) == 1 and name.id not in taken:
                        span = facts.source.span(node)
                        cures = tuple(Remedy(action, span, name.id, action, safety) for action in actions)
                        yield Finding(code, facts.source.span(name), name.id, "late", remedies=cures)

    return check


def unbound(action: str = "declare_nonlocal", code: str = "CLO201") -> Check:
    """Find every name that is only augmented in its function."""

    def check(facts: Facts) -> Iterator[Finding]:
        for node in ast.walk(facts.source.tree):
            if isinstance(node, ast.FunctionDef):
                declared = {name for at in node.body for name in getattr(at, "names", ()) if isinstance(name, str)}
                for at in node.body:
                    if (
                        isinstance(at, ast.AugAssign)
                        and isinstance(at.target, ast.Name)
                        and at.target.id not in declared
                    ):
                        cure = Remedy(action, facts.source.span(node), at.target.id, action, Safety.SAFE)
                        yield Finding(code, facts.source.span(at.target), at.target.id, "unbound", remedies=(cure,))

    return check


THREE = "fs = [lambda: a for a in r]\ngs = [lambda: (b, c) for b in r for c in r]\n"
BOUND = "fs = [lambda *, a=a: a for a in r]\ngs = [lambda *, b=b, c=c: (b, c) for b in r for c in r]\n"


def reasons(outcome: Outcome) -> list[str]:
    return [refusal.reason for refusal in outcome.refused]


# check


def test_findings_come_in_the_order_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO201=unbound(), CLO101=late(), CLO102=late("CLO102"))
    found = engine.check(read("def o():\n    x += 1\n" + THREE), CONFIG)
    assert [(finding.code, finding.name) for finding in found] == [
        ("CLO201", "x"),
        *((code, name) for name in "abc" for code in ("CLO101", "CLO102")),
    ]


def test_rules_that_are_off_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(facts: Facts) -> Iterator[Finding]:
        raise AssertionError

    use(monkeypatch, CLO101=late(), CLO102=crash)
    assert len(engine.check(read(THREE), Config(ignore=("CLO102",)))) == 3


def test_a_file_that_makes_nothing_that_captures_costs_no_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    constants = read("SIZES = {'a': 1}  # noqa: CLO101\nwhile SIZES:\n    del SIZES['a']\n")
    asked: list[str] = []
    monkeypatch.setattr(engine.checking, "facts_of", lambda source, config: asked.append(source.text))
    assert [each.code for each in engine.check(constants, replace(CONFIG, unused_noqa=True))] == ["CLO001"]
    assert not asked


def test_noqa_counts_if_the_config_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    code = read("fs = [lambda: a for a in r]  # noqa: CLO101\ngs = [lambda: a for a in r]  # noqa: E501\n")
    assert [finding.span.line for finding in engine.check(code, CONFIG)] == [2]
    assert [finding.span.line for finding in engine.check(code, replace(CONFIG, disable_noqa=True))] == [1, 2]
    assert engine.fix(code, CONFIG).text == code.text.replace("gs = [lambda", "gs = [lambda *, a=a")


def test_a_code_that_is_off_reports_no_useless_noqa(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    code = read("x = [f for f in r]  # noqa: CLO101\n")
    assert [each.code for each in engine.check(code, Config(unused_noqa=True))] == ["CLO001"]
    assert engine.check(code, Config(unused_noqa=True, ignore=("CLO001",))) == []
    assert engine.check(code, Config(unused_noqa=True, extend_ignore=("CLO0",))) == []


def test_a_finding_may_be_opt_in_although_its_rule_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def shy(facts: Facts) -> Iterator[Finding]:
        yield from (replace(finding, is_opt_in=finding.name != "a") for finding in late()(facts))

    use(monkeypatch, CLO101=shy)
    assert [finding.name for finding in engine.check(read(THREE), CONFIG)] == ["a"]
    assert [finding.name for finding in engine.check(read(THREE), Config(extend_select=("CLO101",)))] == [*"abc"]


# fix


def test_everything_is_mended_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late(), CLO201=unbound())
    text = THREE + "def o():\n    x = 0\n    def f():\n        x += 1\n"
    # The outer function only binds x; the rule of this test looks at augmented assignments alone.
    outcome = engine.fix(read(text), CONFIG)
    assert outcome.text == BOUND + "def o():\n    x = 0\n    def f():\n        nonlocal x\n        x += 1\n"
    assert [finding.name for finding in outcome.applied] == ["a", "b", "c", "x"]
    assert (outcome.remaining, outcome.refused) == ((), ())


def test_a_second_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    assert engine.fix(read(BOUND), CONFIG) == Outcome(BOUND)


def test_clean_files_cost_no_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    monkeypatch.setattr(fixes, "_action", None)
    assert engine.fix(read("x = 1\r"), CONFIG).text == "x = 1\r"


@pytest.mark.parametrize(
    ("safety", "unsafe", "mended"),
    [
        (Safety.SAFE, False, True),
        (Safety.SAFE, True, True),
        (Safety.UNSAFE, False, False),
        (Safety.UNSAFE, True, True),
        (Safety.SHOW, False, False),
        (Safety.SHOW, True, False),
    ],
)
def test_safety_is_respected(monkeypatch: pytest.MonkeyPatch, safety: Safety, unsafe: bool, mended: bool) -> None:
    use(monkeypatch, CLO101=late(safety=safety))
    outcome = engine.fix(read(THREE), replace(CONFIG, unsafe_fixes=unsafe))
    assert outcome.text == (BOUND if mended else THREE)
    assert len(outcome.applied) == 3 * mended
    assert len(outcome.remaining) == 3 * (not mended)
    assert outcome.refused == ()


def test_unfixable_codes_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    assert engine.fix(read(THREE), Config(unfixable=("CLO1",))).text == THREE
    assert engine.fix(read(THREE), Config(fixable=("CLO2",))).text == THREE
    assert engine.repairs(read(THREE), engine.check(read(THREE), CONFIG), Config(fixable=("CLO2",))) == [None] * 3


def test_the_next_remedy_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late(actions=("no_such_thing", "declare_nonlocal", "bind_default")))
    outcome = engine.fix(read(THREE), CONFIG)
    assert (outcome.text, outcome.refused) == (BOUND, ())


def test_the_safer_remedy_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(facts: Facts) -> Iterator[Finding]:
        for finding in late()(facts):
            (cure,) = finding.remedies
            yield replace(finding, remedies=(replace(cure, action="no_such_thing", safety=Safety.UNSAFE), cure))

    use(monkeypatch, CLO101=check)
    assert engine.fix(read(THREE), replace(CONFIG, unsafe_fixes=True)).text == BOUND


def test_a_bad_repair_is_dropped_and_the_others_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    trap = "def o(i):\n    class A:\n        i = 1\n        m = lambda self: i\n"
    outcome = engine.fix(read(trap + THREE + "z = [lambda **k: d for d in r]\n"), CONFIG)
    assert outcome.text == trap + BOUND + "z = [lambda **k: d for d in r]\n"
    assert sorted(reasons(outcome)) == [
        "'i' is another variable where the default is taken",
        "**k could hand in another 'd'",
    ]
    assert [finding.name for finding in outcome.remaining] == ["i", "d"]


def test_one_variable_of_a_closure_may_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    outcome = engine.fix(read("fs = [lambda: (a, (b := 1)) for a in r]\n"), CONFIG)
    assert outcome.text == "fs = [lambda *, a=a: (a, (b := 1)) for a in r]\n"
    assert reasons(outcome) == ["the function changes 'b'"]


def test_a_repair_that_does_not_cure_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    def stubborn(facts: Facts) -> Iterator[Finding]:
        yield from late()(facts)
        if "*, b=b" in facts.source.text:
            yield Finding("CLO101", Span(1, 0, 1, 1), "b", "still there")

    use(monkeypatch, CLO101=stubborn)
    outcome = engine.fix(read(THREE), CONFIG)
    assert outcome.text == BOUND.replace("*, b=b, c=c: ", ": ").replace("lambda : ", "lambda: ")
    assert reasons(outcome) == ["CLO101 about 'b' is still found afterwards"] * 2


def test_a_repair_that_makes_a_new_finding_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    def jealous(facts: Facts) -> Iterator[Finding]:
        if "*, a=a" in facts.source.text:
            yield Finding("CLO301", Span(1, 0, 1, 1), "a", "new")

    use(monkeypatch, CLO101=late(), CLO301=jealous)
    outcome = engine.fix(read(THREE), CONFIG)
    assert "*, a=a" not in outcome.text and "*, b=b, c=c" in outcome.text
    assert reasons(outcome) == ["CLO301 about 'a' comes up afterwards"]


def test_a_rule_that_fails_on_the_result_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(facts: Facts) -> Iterator[Finding]:
        if "*," in facts.source.text:
            raise RecursionError("too deep")
        yield from ()

    use(monkeypatch, CLO101=late(), CLO102=fragile)
    outcome = engine.fix(read(THREE), CONFIG)
    assert outcome.text == THREE
    assert set(reasons(outcome)) == {"the result cannot be analysed: too deep"}


def test_overlapping_repairs_take_another_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(facts: Facts) -> Iterator[Finding]:
        for finding in unbound()(facts):
            action = "declare_global" if finding.name == "g" else "declare_nonlocal"
            yield replace(finding, remedies=(replace(finding.remedies[0], action=action),))

    use(monkeypatch, CLO201=check)
    text = "g = 0\ndef o():\n  x = 0\n  def f():\n    x += 1\n    g += 1\n"
    outcome = engine.fix(read(text), CONFIG)
    assert outcome.text in (
        text.replace("    x +=", "    nonlocal x\n    global g\n    x +="),
        text.replace("    x +=", "    global g\n    nonlocal x\n    x +="),
    )
    assert sorted(finding.name for finding in outcome.applied) == ["g", "x"]


def test_only_the_chosen_findings_are_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late(), CLO201=unbound())
    text = "def o():\n  x = y = 0\n  def f():\n    x += 1\n    y += 1\n    return lambda: x\n" + THREE
    code = read(text)
    chosen = [finding for finding in engine.check(code, CONFIG) if finding.name in "xc" and finding.span.line != 6]
    outcome = engine.fix(code, CONFIG, chosen)
    assert outcome.text == text.replace("    x +", "    nonlocal x\n    x +").replace("lambda: (b", "lambda *, c=c: (b")
    assert {finding.name for finding in outcome.remaining} == {"x", "y", "a", "b"}
    assert engine.fix(code, CONFIG, []).text == text


def test_what_is_hidden_stays_hidden_when_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late(), CLO201=unbound())
    function = "def o():\n  x = 0\n  def f():\n    x += 1\n"
    code = read(function + THREE)
    hidden = [finding for finding in engine.check(code, CONFIG) if finding.name in "ab"]
    outcome = engine.fix(code, CONFIG, hidden=hidden)
    assert outcome.text == function.replace("    x +", "    nonlocal x\n    x +") + THREE.replace(
        "lambda: (b", "lambda *, c=c: (b"
    )
    assert ([finding.name for finding in outcome.applied], outcome.remaining) == (["x", "c"], ())


def test_another_finding_of_the_same_name_is_not_chosen_with_a_chain() -> None:
    other = "def p(r):\n    return [lambda: n for n in r]\n"
    code = read(other + CHAIN)
    _, outer = engine.check(code, CONFIG)
    outcome = engine.fix(code, CONFIG, [outer])
    assert outcome.text.startswith(other)
    assert [finding.name for finding in outcome.applied] == ["inner", "n"]
    assert [finding.span.line for finding in outcome.remaining] == [2]


def _toggle(code: Source, remedies: Sequence[Remedy]) -> tuple[list[Repair], dict[Remedy, str]]:
    """A repair that goes round in a circle of as many texts as the first number says."""
    size, at = (int(word) for word in code.text.split()[-2:])
    change = promise.Change(code.tree, (), promise.Promise(*[None] * 4), code.parents)  # type: ignore[arg-type]
    return [Repair(tuple(remedies), Edit(0, len(code.text), f"# class {size} {(at + 1) % size}\n"), change)], {}


@pytest.mark.parametrize(
    ("size", "reason"), [(2, "the repairs undo each other"), (99, "still changing after 10 rounds")]
)
def test_a_circle_is_told(monkeypatch: pytest.MonkeyPatch, size: int, reason: str) -> None:
    def check(facts: Facts) -> Iterator[Finding]:
        span = Span(1, 0, 1, 1)
        yield Finding("CLO101", span, facts.source.text, "", remedies=(Remedy("r", span, "", "", Safety.SAFE),))

    use(monkeypatch, CLO101=check)
    monkeypatch.setattr(fixes, "repairs", _toggle)
    monkeypatch.setattr(engine.rounds, "prove", lambda *_: engine.proving.Verdict())
    outcome = engine.fix(read(f"# class {size} 0\n"), CONFIG)
    assert reasons(outcome) == [reason]
    assert outcome.text == f"# class {size} {min(size - 1, 10)}\n"


def test_a_chain_of_closures_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late())
    outcome = engine.fix(read("fs = [lambda: lambda: a for a in r]\n"), CONFIG)
    # Both lambdas are found by the rule of this test. Bound inside only, the outer one would still be late.
    assert "*, a=a" in outcome.text
    assert engine.fix(read(outcome.text), CONFIG).text == outcome.text


CHAIN = (
    "def o(r):\n    fs = []\n    for n in r:\n        def inner(): return n\n"
    "        fs.append(lambda: inner())\n    return fs\n"
)


@pytest.mark.parametrize("style", BIND_STYLES)
def test_a_closure_that_calls_another_one_is_bound_with_it(style: str) -> None:
    """Bound alone, the outer one would keep inner functions whose variable goes on."""
    outcome = engine.fix(read(CHAIN), Config(unsafe_fixes=True, bind_style=style))
    space: dict[str, Callable[[str], list[Callable[[], str]]]] = {}
    exec(outcome.text, space)
    assert [function() for function in space["o"]("ab")] == ["a", "b"]
    assert [finding.name for finding in outcome.applied] == ["inner", "n"]
    assert (outcome.remaining, outcome.refused) == ((), ())


def test_a_chain_is_bound_whole_or_not_at_all() -> None:
    code = read(CHAIN)
    outer = engine.check(code, CONFIG)
    assert [(finding.code, finding.name) for finding in outer] == [("CLO102", "inner")]
    no_inner = Config(fixable=("CLO102",))
    outcome = engine.fix(code, no_inner)
    assert outcome.text == CHAIN
    assert reasons(outcome) == ["CLO101 about 'n' comes up afterwards"]
    assert engine.repairs(code, outer, no_inner) == [(outer[0].remedies[0], ())]


@pytest.mark.parametrize("links", [1, 2, 5, 9])
def test_a_chain_of_any_length_is_offered_whole_for_its_outermost(links: int) -> None:
    functions = "".join(
        f"        def f{n + 1}(): return {'f' if n else 'n'}{n or ''}{'()' * bool(n)}\n" for n in range(links)
    )
    text = CHAIN.replace("        def inner(): return n\n", functions).replace("inner", f"f{links}")
    code = read(text)
    outer = engine.check(code, CONFIG)
    assert [finding.name for finding in outer] == [f"f{links}"]
    ((remedy, edits),) = filter(None, engine.repairs(code, outer, CONFIG))
    assert remedy == outer[0].remedies[0]
    assert [edit.text.strip() for edit in edits] == [
        *("*, n=n", *(f"*, f{n + 1}=f{n + 1}" for n in range(links))),
    ]
    chosen, everything = engine.fix(code, CONFIG, outer), engine.fix(code, CONFIG)
    assert apply(text, edits) == chosen.text == everything.text
    assert len(chosen.applied) == links + 1


def test_of_a_chain_only_what_was_chosen_is_bound() -> None:
    text = CHAIN + CHAIN.replace("def o", "def p")
    code = read(text)
    first, second = engine.check(code, CONFIG)
    outcome = engine.fix(code, CONFIG, [second])
    assert outcome.text.startswith(CHAIN) and outcome.text != text
    assert [finding.span.line for finding in outcome.remaining] == [first.span.line]


def test_what_is_chosen_stays_chosen_when_an_import_is_added() -> None:
    text = "def o(r):\n    return [(lambda: a) for a in r]\n" * 3
    code = read(text)
    config = Config(unsafe_fixes=True, bind_style="partial")
    _, *chosen = engine.check(code, config)
    outcome = engine.fix(code, config, chosen)
    bound = text.splitlines()[0] + "\n    return [functools.partial((lambda a: a), a) for a in r]\n"
    assert outcome.text == f"import functools\n\n\n{text[: len(text) // 3]}{bound}{bound}"
    assert [remedy.span.line for remedy in outcome.used] == [4, 6]


def test_a_chain_is_no_safer_than_its_links() -> None:
    text = CHAIN.replace("        def", "        @known\n        def")
    code = read(text)
    outer = engine.check(code, CONFIG)
    assert [remedy.safety for remedy in outer[0].remedies[:1]] == [Safety.SAFE]
    assert engine.fix(code, CONFIG, outer).text == text
    ((remedy, edits),) = filter(None, engine.repairs(code, outer, CONFIG))
    assert (remedy.action, remedy.safety) == (outer[0].remedies[0].action, Safety.UNSAFE) and remedy.reason
    assert apply(text, edits) == engine.fix(code, replace(CONFIG, unsafe_fixes=True), outer).text != text


def test_what_was_to_follow_and_did_not_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fixes.repairs

    def repairs(code: Source, remedies: Sequence[Remedy]) -> tuple[list[Repair], dict[Remedy, str]]:
        made, refused = real(code, remedies)
        asked.append(len(remedies))
        # The third question is that of the second round; the look ahead was the second.
        return ([], dict.fromkeys(remedies, "no more")) if len(asked) == 3 else (made, refused)

    asked: list[int] = []
    monkeypatch.setattr(fixes, "repairs", repairs)
    outcome = engine.fix(read(CHAIN), Config(bind_style="keyword"))
    assert outcome.text == CHAIN
    assert reasons(outcome) == ["CLO101 about 'n' comes up afterwards"] * len(outcome.refused)


# repairs


def test_repairs_are_those_of_each_finding_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CLO101=late(safety=Safety.SHOW), CLO201=unbound("no_such_thing"))
    code = read(THREE + "def o():\n    x += 1\n")
    found = engine.check(code, CONFIG)
    result = engine.repairs(code, found, CONFIG)
    texts = []
    for finding, repair in zip(found, result, strict=True):
        assert repair and repair[0] in finding.remedies
        texts.append(apply(code.text, repair[1]) if repair[1] else "")
    assert texts == [
        code.text.replace("lambda: a", "lambda *, a=a: a"),
        code.text.replace("lambda: (", "lambda *, b=b: ("),
        code.text.replace("lambda: (", "lambda *, c=c: ("),
        "",
    ]
    bare = [replace(finding, remedies=()) for finding in found]
    assert engine.repairs(code, bare, CONFIG) == [None] * 4


WRITES = (
    "def o(r):\n    fs = []\n    for n in r:\n        m = n\n        def f():\n            nonlocal n\n"
    "            n += 1\n            return n + m\n        fs.append(f)\n    return fs\n"
)


def test_a_function_that_needs_a_factory_for_one_variable_takes_all_of_them_there() -> None:
    code = read(WRITES)
    outcome = engine.fix(code, replace(CONFIG, unsafe_fixes=True))
    assert "        def make_f(n, m):\n" in outcome.text
    assert {remedy.action for remedy in outcome.used} == {"bind_factory"}
    assert (len(outcome.applied), outcome.remaining) == (2, ())
    safe = engine.fix(code, CONFIG)
    assert "def f(*, m=m):\n" in safe.text, "what need not be in a factory is not made in an unsafe one"


@pytest.mark.parametrize("style", ["keyword", "factory"])
def test_so_does_a_function_that_another_one_calls(style: str) -> None:
    text = WRITES.replace("fs.append(f)", "fs.append(lambda: f())")
    outcome = engine.fix(read(text), Config(unsafe_fixes=True, bind_style=style))
    assert "        def make_f(n, m):\n" in outcome.text
    assert (outcome.remaining, outcome.refused) == ((), ())
    space: dict[str, Callable[[range], list[Callable[[], int]]]] = {}
    exec(outcome.text, space)
    first, second = space["o"](range(2))
    assert (first(), first(), second()) == (1, 2, 3)
