"""Do the rules on late binding agree with what programs do when they run?

python -m pytest tests/test_late_oracle.py -m slow -n0 -s      12,000 programs, with the counts
python tests/late_oracle.py --programs 12000 --show 5          other programs, and the wrong ones in full
"""

from __future__ import annotations

import collections
import random

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
