"""Which function of the file does a call run? None where it calls a class or an iterator; decorators may put it off."""

from __future__ import annotations

import pytest

import flake8_closures
from flake8_closures.config import Config


@pytest.mark.parametrize(
    "callee",
    [
        "class Owner:\n    class Kept:\n        pass\n",
        "class Owner:\n    class Kept:\n        def __init__(self, function):\n            self.function = function\n",
        "class Owner:\n    Kept = (x for x in ())\n",
    ],
)
def test_what_self_has_may_be_no_method(callee: str) -> None:
    text = f"{callee}\n    def run(self, xs):\n        for x in xs:\n            made = self.Kept(lambda: x)\n"
    assert [each.code for each in flake8_closures.check(text, config=Config(extended=True))] == ["CLO105"]


def test_a_generator_expression_is_no_function() -> None:
    text = "def run(xs):\n    made = (x for x in xs)\n    for x in xs:\n        made(lambda: x)\n"
    assert [each.code for each in flake8_closures.check(text, config=Config(extended=True))] == ["CLO105"]


@pytest.mark.parametrize(
    ("decorator", "code"),
    [
        ("functools.lru_cache", []),
        ("contextlib.contextmanager", []),
        ("dask.delayed", ["CLO101"]),
        ("somewhere.traced", ["CLO105"]),
        ("somewhere.run_later", ["CLO101"]),
    ],
)
def test_a_decorator_of_another_file_may_put_the_call_off(decorator: str, code: list[str]) -> None:
    text = (
        f"import {decorator.partition('.')[0]}\n@{decorator}\ndef run(function):\n    return function()\n"
        "def start(xs, made):\n    for x in xs:\n        made.append(run(lambda: x))\n"
    )
    assert [each.code for each in flake8_closures.check(text, config=Config(extended=True))] == code


@pytest.mark.parametrize(("path", "code"), [("tests/cases.py", "CLO105"), ("cases.py", "CLO101")])
def test_objects_of_one_iteration_are_passing_in_files_of_tests(path: str, code: str) -> None:
    text = "def fill(xs):\n    for x in xs:\n        part = find(x)\n        part.size = lambda: x\n"
    assert [each.code for each in flake8_closures.check(text, path, config=Config(extended=True))] == [code]


def test_who_helps_tests_registers_as_others_do() -> None:
    text = "def fill(self, xs):\n    for x in xs:\n        self.add_detail(lambda: x)\n"
    assert [each.code for each in flake8_closures.check(text, "tests/cases.py")] == ["CLO101"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("make_button(lambda: x)", "CLO101"),
        ("made = make_button(lambda: x)", "CLO105"),
        ("thing(callback=lambda: x)", "CLO101"),
        ("thing(key=lambda: x)", "CLO105"),
        ("get_status(lambda: x)", "CLO105"),
        ("Button(lambda: x)", "CLO101"),
    ],
)
def test_the_name_of_an_unknown_callee_and_what_becomes_of_its_result_are_evidence(call: str, code: str) -> None:
    text = f"def run(xs):\n    for x in xs:\n        {call}\n"
    assert [each.code for each in flake8_closures.check(text, config=Config(extended=True))] == [code]


@pytest.mark.parametrize(
    ("use", "codes"),
    [
        ("kept.append(owner.given)", ["CLO101"]),
        ("kept.append(owner)", ["CLO101"]),
        ("print(owner.given)", []),
        ("owner.given()", []),
        ("owner.called", []),
    ],
)
def test_a_property_gives_what_its_object_holds(use: str, codes: list[str]) -> None:
    text = (
        "class Owner:\n    def __init__(self, function):\n        self.function = function\n"
        "    @property\n    def given(self):\n        return self.function\n"
        "    @property\n    def called(self):\n        return self.function()\n"
        f"def run(xs, kept):\n    for x in xs:\n        owner = Owner(lambda: x)\n        {use}\n"
    )
    assert [each.code for each in flake8_closures.check(text, config=Config(extended=True))] == codes


@pytest.mark.parametrize(
    ("made", "code"),
    [("Thing(1)", ["CLO101"]), ("lambda: None", []), ("[x]", [])],
)
def test_an_object_of_an_unseen_class_may_be_held_by_others_when_it_gets_an_attribute(
    made: str, code: list[str]
) -> None:
    text = f"def run(xs):\n    for x in xs:\n        made = {made}\n        made.done = lambda: x\n"
    assert [each.code for each in flake8_closures.check(text, config=Config(extended=True))] == code
