"""Do the rules on late binding agree with what programs do when they run?

python -m pytest tests/test_late_oracle.py -m slow -n0 -s      12,000 programs, with the counts
python tests/late_oracle.py --programs 12000 --show 5          other programs, and the wrong ones in full
"""

from __future__ import annotations

import collections
import random
import textwrap

import late_oracle
import programs
import pytest
from hypothesis import HealthCheck, given, settings
from late_oracle import Program

MANY = 12_000
AGREED = 0.9995
"""The share of captures on which both agree in many programs; a path that needs several exceptions may never be run."""


def observed(text: str) -> Program:
    program = Program(text)
    program.observe()
    return program


@settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(programs.texts())
def test_the_verdict_is_what_the_runs_show(text: str) -> None:
    program = observed(text)
    assert not program.disagreements(), late_oracle.shown(program)


@pytest.mark.slow
def test_the_verdict_is_what_many_runs_show() -> None:
    counts: collections.Counter[str] = collections.Counter()
    wrong = []
    for seed in range(1_000_000, 1_000_000 + MANY):
        program = observed(programs.text(random.Random(seed).choice))
        found = program.disagreements()
        counts.update(captures=len(program.judged), stale=len(program.observed.stale & program.judged))
        counts.update(how for how, _ in found)
        wrong += [late_oracle.shown(program)] if found else []
    print(MANY, "programs", dict(counts))
    assert counts["missed"] + counts["false alarm"] <= (1 - AGREED) * counts["captures"], "\n\n".join(wrong)


# The instruments are a measure, so they are measured too.

LOOP = (
    "def program(flag, more, items, fresh, context, base, box):\n    functions = []\n    for i in (1, 2):\n        {}\n"
)


@pytest.mark.parametrize(
    ("body", "after", "stale"),
    [
        ("functions.append(lambda: i)", "return functions", {"i"}),
        ("functions.append(lambda: i)", "return None", set()),
        ("functions.append(lambda i=i: i)", "return functions", set()),
        ("functions.append(lambda: (i, base))", "return functions", {"i"}),
        ("(lambda: i)()", "return functions", set()),
        ("return lambda: i", "return functions", set()),
        ("functions = [lambda: i]", "return functions", set()),
        ("functions.append(i for _ in (1, 2))", "return functions", {"i"}),
        ("functions.append([i for _ in (1, 2)])", "return functions", set()),
        ("functions = lambda: late; late = i", "return functions", {"late"}),
    ],
)
def test_the_runs_show_what_is_known(body: str, after: str, stale: set[str]) -> None:
    program = observed(LOOP.format(body) + f"    {after}\n")
    assert {name for _, name in program.observed.stale & program.judged} == stale


def test_a_forward_reference_is_told_apart() -> None:
    program = observed(LOOP.format("slot = lambda: late; late = i; slot()") + "    return functions\n")
    assert not program.observed.stale
    assert {name for _, name in program.observed.changed} == {"late"}


def test_a_wrong_verdict_is_noticed() -> None:
    program = observed(LOOP.format("functions.append(lambda: i)") + "    return functions\n")
    program.reported.clear()
    assert [how for how, _ in program.disagreements()] == ["missed"]
    program = observed(LOOP.format("(lambda: i)()") + "    return functions\n")
    program.reported.update(dict.fromkeys(program.judged, 1.0))
    assert [how for how, _ in program.disagreements()] == ["false alarm"]


# Statements that the random programs do not have: the variables that are read late, by name.

RARE = {
    "a guard of a case": (
        "match fresh():\n    case a if flag():\n        functions.append(lambda: a)\n"
        "    case b:\n        functions.append(lambda: b)",
        {"a", "b"},
    ),
    "a guard that fails has bound its name": (
        "match i:\n    case a if flag():\n        pass\n    case _:\n        functions.append(lambda: a)",
        {"a"},
    ),
    "a condition that never holds, negated": ("functions.append(lambda: i)\nif not False:\n    break", set()),
    "a condition of which one part decides": ("functions.append(lambda: i)\nif flag() or 1:\n    break", set()),
    "a condition with an empty tuple": ("functions.append(lambda: i)\nif 0 or ():\n    break", {"i"}),
    "an assertion that always fails": ("functions.append(lambda: i)\nassert False, i", set()),
    "an assertion that may hold": ("functions.append(lambda: i)\nassert flag() and not flag()", {"i"}),
    "an exception that is suppressed": (
        "from contextlib import suppress\nwith suppress(OSError):\n    functions.append(lambda: i)\n    raise OSError",
        {"i"},
    ),
    "an exception that brings a closure": (
        "try:\n    raise ValueError(lambda: i)\nexcept ValueError as error:\n    functions.append(error.args[0])",
        {"i"},
    ),
    "an exception that leaves the loop": ("if flag():\n    raise ValueError(lambda: i)", set()),
    "a closure in a part that is starred": ("*kept, _ = (lambda: i), fresh()\nfunctions += kept", {"i"}),
    "a closure beside a starred part": ("first, *_ = (lambda: i), fresh()\nfunctions.append(first)", {"i"}),
    "a generator that a star draws": ("functions.append([*(i for _ in (1, 2))])", set()),
    "a generator that is unpacked": ("a, b = (i for _ in (1, 2))\nfunctions += [a, b]", set()),
    "a generator that is added": ("functions += (i for _ in (1, 2))", set()),
    "a list that is starred": ("functions = [*functions, lambda: i]", {"i"}),
    "a walrus among arguments": ("functions.append(made := lambda: i)", {"i"}),
    "the values of a dict": ("functions += {1: lambda: i}.values()", {"i"}),
    "a generator of closures, called one by one": ("for made in ((lambda: i) for _ in (1, 2)):\n    made()", set()),
    "a default that its function calls": ("def made(inner=lambda: i):\n    return inner()\nmade()", set()),
    "an item that is deleted": ("base = {}\nbase[i] = lambda: i\ndel base[i]\nfunctions.append(base)", set()),
}
LOOPS = {
    "a dict of one": ("{1: 2}", set()),
    "a dict of two": ("{1: 2, 2: 3}", {"i"}),
    "a dict with others in it": ("{1: 2, **dict.fromkeys(items())}", {"i"}),
    "a text of one": ("'a'", set()),
    "a pair of which one is shorter": ("zip((1, 2), (1,))", set()),
    "a range that goes down": ("range(2, 0, -1)", {"i"}),
    "a range that is too long to be counted": ("range(10**30)", {"i"}),
    "a list with others in it": ("[*items()]", {"i"}),
}


@pytest.mark.parametrize(("body", "stale"), RARE.values(), ids=list(RARE))
def test_rare_statements_are_judged_as_they_run(body: str, stale: set[str]) -> None:
    program = observed(LOOP.format(textwrap.indent(body, " " * 8).lstrip()) + "    return functions\n")
    assert {name for _, name in program.observed.stale & program.judged} == stale
    assert not program.disagreements(), late_oracle.shown(program)


@pytest.mark.parametrize(("iterable", "stale"), LOOPS.values(), ids=list(LOOPS))
def test_loops_run_as_often_as_is_thought(iterable: str, stale: set[str]) -> None:
    body = "functions.append(lambda: i)\n        if len(functions) > 2: break"
    program = observed(LOOP.format(body).replace("(1, 2)", iterable, 1) + "    return functions\n")
    assert {name for _, name in program.observed.stale & program.judged} == stale
    assert not program.disagreements(), late_oracle.shown(program)
