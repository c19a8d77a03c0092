"""Is a closure still in the container that it was put into? The container is a parameter, so it outlives the loop."""

from __future__ import annotations

import pytest

import flake8_closures


@pytest.mark.parametrize(
    ("taken", "is_left"),
    [
        ("pass", True),
        ("table.pop('key')()", False),
        ("del table['key']", False),
        ("table.clear()", False),
        ("table['key'] = None", False),
        ("table.pop('other')()", True),
        ("table.get('key')()", True),
        ("if x: table.pop('key')", True),
    ],
)
def test_a_key_is_empty_when_it_was_taken_out_on_every_path(taken: str, is_left: bool) -> None:
    text = f"def run(xs, table):\n    for x in xs:\n        table['key'] = lambda: x\n        {taken}\n        x = 0\n"
    assert [each.code for each in flake8_closures.check(text)] == ["CLO102"] * is_left
