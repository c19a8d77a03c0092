"""Does a file twice as long take twice the time, however its loops are nested and whatever its functions make?

python -m pytest tests/test_growth.py -m slow -n0      every size: files of 10,000 to 160,000 lines
"""

from __future__ import annotations

import ast
import gc
import itertools
import time
from collections.abc import Callable

import pytest

from flake8_closures import engine
from flake8_closures.config import Config
from flake8_closures.source import Source

STEP = 2.3
"""How much longer a file may take that is twice as large."""
LENIENT = 3.0
"""The same for small files, whose time a busy machine can blur."""

FUNCTION = """
def function_{0}(rows, seen):
    total, handlers = 0, []
    for index, row in enumerate(rows):
        if row is None:
            continue
        value = row.value + index
        try:
            seen[index] = lambda: value
        except ValueError as error:
            handlers.append(lambda: error)
        for part in sorted(row.parts, key=lambda part: (part.size, value)):
            total += part.size
        while value > total:
            value -= sum(part.size * value for part in row.parts)
    def inner(step=1):
        nonlocal total
        total += step
        return handlers
    return inner
"""


def file_of(lines: int) -> str:
    """Return a file of ordinary functions."""
    return "".join(FUNCTION.format(number) for number in range(lines // FUNCTION.count("\n")))


def nested(depth: int) -> str:
    """Return 64 functions with loops nested that deep and a closure in the innermost one that is kept."""
    lines = []
    for number in range(64):
        lines += [f"def function_{number}(rows):", "    kept = []"]
        for level in range(depth):
            lines += [f"{'    ' * (level + 1)}for row_{level} in rows:"]
            lines += [f"{'    ' * (level + 2)}total = row_{level}.size"]
        lines += [f"{'    ' * (depth + 1)}kept.append(lambda: (row_0, total))", "    return kept"]
    return "\n".join(lines) + "\n"


def closures_in_one_function(count: int) -> str:
    """Return one loop with that many closures, every other one stored, the rest called at once."""
    lines = ["def function(rows, table):", "    kept = []", "    for row in rows:", "        value = row.value"]
    for number in range(count // 2):
        lines += [f"        kept.append(lambda: (row, value, {number}))", f"        (lambda: value + {number})()"]
    return "\n".join([*lines, "    return kept"]) + "\n"


def slots_in_one_function(count: int) -> str:
    """Return one loop with that many named functions, each called by the next."""
    lines = ["def function(rows):", "    for row in rows:", "        def made_0(): return row"]
    lines += [f"        def made_{number}(): return made_{number - 1}(), row" for number in range(1, count)]
    return "\n".join([*lines, f"        made_{count - 1}()"]) + "\n"


def functions_of_a_parser(count: int) -> str:
    """Return that many functions of a module, each of which calls some that stand below, and the last the first."""
    lines = ["def rule_0(scan): rule_1(scan)"]
    for number in range(1, count):
        calls = [f"rule_{(number + step) % count}(scan)" for step in (1, 2, 5, 11)]
        lines += [f"def rule_{number}(scan):", "    if scan:", f"        return [{', '.join(calls)}]"]
    return "\n".join([*lines, "kept = [rule_0]"]) + "\n"


def seconds(text: str, runs: int) -> float:
    """Return the least CPU time of a check of a text that is parsed already, all codes on.

    Without the garbage collector, whose time depends on what else the process holds.
    """
    best = float("inf")
    for _ in range(runs):
        source = Source("grown.py", text.splitlines(keepends=True), ast.parse(text))
        gc.collect()
        gc.disable()
        try:
            begin = time.process_time()
            engine.check(source, Config(extended=True))
            best = min(best, time.process_time() - begin)
        finally:
            gc.enable()
    return best


def assert_growth(write: Callable[[int], str], sizes: list[int], step: float, runs: int) -> None:
    measured = [(size, seconds(write(size), runs)) for size in sizes]
    for (_, before), (size, after) in itertools.pairwise(measured):
        assert after <= step * before, f"{size}: {after / before:.2f} times as long; {measured}"


SMALL = [
    pytest.param(file_of, [1000, 2000, 4000], id="lines"),
    pytest.param(nested, [2, 4, 8], id="nested loops"),
    pytest.param(closures_in_one_function, [250, 500, 1000], id="closures"),
    pytest.param(slots_in_one_function, [100, 200, 400], id="functions that call each other"),
    pytest.param(functions_of_a_parser, [50, 100, 200], id="functions of a parser"),
]
WHOLE = [
    pytest.param(file_of, [10_000, 20_000, 40_000, 80_000, 160_000], id="lines"),
    pytest.param(nested, [2, 4, 8, 16], id="nested loops"),
    pytest.param(closures_in_one_function, [1000, 2000, 4000, 8000, 16_000], id="closures"),
    pytest.param(slots_in_one_function, [500, 1000, 2000, 4000], id="functions that call each other"),
    pytest.param(functions_of_a_parser, [200, 400, 800, 1600], id="functions of a parser"),
]


@pytest.mark.parametrize(("write", "sizes"), SMALL)
def test_twice_the_size_takes_about_twice_the_time(write: Callable[[int], str], sizes: list[int]) -> None:
    assert_growth(write, sizes, LENIENT, 3)


def test_a_script_that_repeats_its_names_takes_the_square_of_the_time_at_most() -> None:
    def script(count: int) -> str:
        return "made = []\nfor number in range(3):\n    made.append(lambda: number)\n" * count

    assert_growth(script, [50, 100, 200], 6.0, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("write", "sizes"), WHOLE)
def test_twice_the_size_takes_twice_the_time_up_to_the_largest(write: Callable[[int], str], sizes: list[int]) -> None:
    assert_growth(write, sizes, STEP, 2)
