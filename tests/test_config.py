"""Which rules, repairs and limits do the options allow? Selections as flake8 itself decides them."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
from collections.abc import Sequence

import pytest
from flake8.style_guide import Decision, DecisionEngine

from flake8_closures import config, engine, settings
from flake8_closures.config import Config
from flake8_closures.facts import Facts
from flake8_closures.model import Rule
from flake8_closures.source import of_text


def rule(code: str, *, default: bool = True) -> Rule:
    return Rule(code, "name", "Summary.", "", lambda facts: iter(()), default)


LISTS = [(), ("C",), ("CLO",), ("CLO1",), ("CLO101",), ("E", "W"), ("CL", "CLO2")]


def test_a_default_rule_is_enabled_exactly_when_flake8_reports_it() -> None:
    for select, ignore, more, less in itertools.product(LISTS, repeat=4):
        ours = Config(select=select, ignore=ignore, extend_select=more, extend_ignore=less)
        theirs = DecisionEngine(
            argparse.Namespace(
                select=select or None,
                ignore=ignore or None,
                extend_select=more,
                extend_ignore=less,
                extended_default_select=["C90", "CLO", "E", "F", "W"],
                extended_default_ignore=[],
            )
        )
        for code in ("CLO101", "CLO201"):
            assert ours.is_enabled(rule(code)) == (theirs.decision_for(code) is Decision.Selected), (ours, code)


@pytest.mark.parametrize(
    ("options", "enabled"),
    [
        ({}, ()),
        ({"ignore": "E501"}, ()),
        ({"select": "C,E,F,W,B"}, ()),
        ({"select": "CLO"}, ()),
        ({"select": "CLO1"}, ()),
        ({"select": "CLO10"}, ()),
        ({"select": "CLO104"}, ("CLO104",)),
        ({"extend_select": "CLO104"}, ("CLO104",)),
        ({"extend_select": "CLO104", "ignore": "E501"}, ("CLO104",)),
        ({"extend_select": "CLO104", "extend_ignore": "CLO1"}, ("CLO104",)),
        ({"extend_select": "CLO104", "extend_ignore": "CLO104"}, ()),
        ({"select": "CLO9"}, ("CLO901", "CLO902")),
        ({"extend_select": "CLO9", "ignore": "CLO902"}, ("CLO901",)),
        ({"extend_select": "CLO90"}, ("CLO901", "CLO902")),
        ({"extended": True}, ("CLO104", "CLO901", "CLO902")),
        ({"extended": True, "select": "CLO1"}, ("CLO104",)),
        ({"extended": True, "ignore": "CLO9"}, ("CLO104",)),
    ],
)
def test_an_opt_in_rule_is_enabled_only_when_it_is_named(options: dict[str, object], enabled: Sequence[str]) -> None:
    ours = Config.from_values(options)
    codes = ("CLO104", "CLO901", "CLO902")
    assert [code for code in codes if ours.is_enabled(rule(code, default=False))] == list(enabled)


@pytest.mark.parametrize(
    ("fixable", "unfixable", "expected"),
    [
        ("", "", True),
        ("CLO2", "", False),
        ("CLO1", "", True),
        ("", "CLO1", False),
        ("CLO101", "CLO1", True),
        ("CLO1", "CLO101", False),
        ("CLO1", "CLO1", False),
    ],
)
def test_what_may_be_repaired(fixable: str, unfixable: str, expected: bool) -> None:
    assert Config.from_values({"fixable": fixable, "unfixable": unfixable}).is_fixable("CLO101") is expected


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1MB", 10**6), ("10 MB", 10**7), (5, 5), ("12", 12), ("1_000", 1000), ("1.5kB", 1500), ("2KiB", 2048),
        ("3 GB", 3 * 10**9), ("1TiB", 2**40), ("7 B", 7), (" 1KB ", 1000),
    ],
)  # fmt: skip
def test_sizes(text: object, size: int) -> None:
    assert Config.from_values({"ship_bytes": text}).ship_bytes == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "1 XB", "1e6", "٣", True, "1 iB"])
def test_sizes_that_are_none(text: object) -> None:
    with pytest.raises(ValueError, match=r"^closures-retain-bytes: .* is not a size"):
        Config.from_values({"retain_bytes": text})


@pytest.mark.parametrize("text", ["3MB", "3.7", "-1", "", "٣", True, 3.0])
def test_numbers_are_whole(text: object) -> None:
    assert Config.from_values({"class_variables": " 0 ", "class_functions": 7}) == Config(
        class_variables=0, class_functions=7
    )
    with pytest.raises(ValueError, match=r"^closures-class-functions: .* is not a whole number from 0 on"):
        Config.from_values({"class_functions": text})


def test_values_are_read_whatever_their_type() -> None:
    read = Config.from_values(
        {"select": "CLO1, CLO2\nCLO3", "ignore": ["CLO101"], "extended": "yes", "unsafe_fixes": False, "fixable": " , "}
    )
    assert read == Config(select=("CLO1", "CLO2", "CLO3"), ignore=("CLO101",), extended=True)
    assert Config.from_values(dict.fromkeys(settings.KEYS.values())) == Config()
    for name, value in [("extended", "perhaps"), ("select", 3), ("sync_callees", [1]), ("bind_style", "loud")]:
        with pytest.raises(ValueError, match=f"^{config.key_of(name)}: "):
            Config.from_values({name: value})


def test_facts_have_the_limits_of_options_that_nobody_has_changed() -> None:
    code = of_text("", "x.py")
    assert engine.facts_of(code, Config()).limits == Facts(code).limits
    assert engine.facts_of(code, Config(ship_bytes=1)).limits.ship == 1


def test_every_shared_option_is_a_field() -> None:
    assert {option.field for option in config.OPTIONS} < {field.name for field in dataclasses.fields(Config)}
