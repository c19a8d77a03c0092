"""Is the bug real, and is the repair one? Every supported Python there is runs every demo, before and after."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import harness
import interpreters
import pytest
from interpreters import Version

FIXTURES = harness.fixtures()
ANNOUNCED = {
    "bad": [["raises", "right"], ["right", "wrong"]],
    "missed": [["raises", "right"], ["right", "wrong"]],
    "good": [["right"]],
    "false_alarm": [["right"]],
}


def programs() -> Iterator[tuple[str, str, str, Version]]:
    """Yield each text to be run with its name, the kind it has to behave like, and the oldest Python for it."""
    for fixture in FIXTURES:
        yield fixture.name, fixture.text, fixture.kind, fixture.needs
        if fixture.fixed.exists():
            text = fixture.fixed.read_text(encoding="utf-8")
            yield f"{fixture.folder}/{fixture.fixed.name}", text, "fixed", fixture.needs


CASES = [
    pytest.param(version, name, kind, id=f"{version[0]}.{version[1]}-{name}")
    for version in interpreters.find()
    for name, _, kind, needs in programs()
    if needs <= version
]


@cache
def answers(version: Version) -> dict[str, dict[str, Any]]:
    """Run all the demos under one Python, in one process."""
    return interpreters.demonstrate(version, [(name, text) for name, text, _, needs in programs() if needs <= version])


@pytest.mark.parametrize(("version", "name", "kind"), CASES)
def test_demo(version: Version, name: str, kind: str) -> None:
    answer = answers(version)[name]
    if kind in ("bad", "missed"):
        assert answer["is_wrong"] and not answer["is_right"], answer
    else:
        assert answer["is_right"], answer
    if kind != "fixed":
        assert answer["states"] in ANNOUNCED[kind]


def test_the_running_python_is_asked() -> None:
    assert sys.version_info[:2] in {case.values[0] for case in CASES}


DEMO = "def demo():\n    {}\ndemo.right, demo.wrong = 1, 2\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEMO.format("return 1"), {"is_right": True, "is_wrong": False, "raised": None}),
        (DEMO.format("return 2"), {"is_right": False, "is_wrong": True, "raised": None}),
        (DEMO.format("return True"), {"is_right": False, "is_wrong": False, "raised": None}),
        (DEMO.format("return 1 / 0"), {"is_right": False, "is_wrong": False, "raised": "ZeroDivisionError"}),
        ("x = 1\n", {"is_right": False, "is_wrong": False, "raised": "no demo"}),
        ("def demo(: pass\n", {"is_right": False, "is_wrong": False, "raised": "no demo"}),
    ],
)
def test_what_a_demo_gives_is_told_as_it_is(text: str, expected: dict[str, Any]) -> None:
    version = next(iter(interpreters.find()))
    answer = interpreters.demonstrate(version, [("it", text)])["it"]
    assert {key: answer[key] for key in expected} == expected
