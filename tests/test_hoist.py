"""What does the hoist of slivers leave alone, and does it free what it promises to free?"""

from __future__ import annotations

import ast
import gc
import textwrap
import tracemalloc
from types import CodeType
from typing import Any

import pytest

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.fixes import hoist_sliver, hoisting

EVERYTHING = Config(select=("CLO3",), unsafe_fixes=True)
SAFE = Config(select=("CLO3",))
DATA = "data = bytes(12_000_000)"
ROWS = "rows = [0] * 2_000_000"


def made(*lines: str, head: str = "") -> str:
    """Return a module with a function `make` of these lines."""
    return f"{head}\ndef make():\n{textwrap.indent(chr(10).join(lines), '    ')}\n"


def mended(text: str, config: Config = EVERYTHING) -> str:
    return flake8_closures.fix(text, "made.py", config).text


def found(text: str) -> list[str]:
    return [finding.code for finding in flake8_closures.check(text, "made.py", EVERYTHING)]


TABLE = "data = {n: n for n in range(900_000)}"
TENSOR = "data = torch.zeros(9000, 900)"


@pytest.mark.parametrize(
    ("decorator", "use", "is_kept"),
    [
        ("", "kept.extend(make())", True),
        ("@contextlib.contextmanager", "with make() as size: size()", False),
        ("@pytest.fixture", "with make() as size: size()", False),
    ],
)
def test_what_is_yielded_for_a_block_is_given_back_with_it(decorator: str, use: str, is_kept: bool) -> None:
    text = f"import contextlib\n{decorator}\ndef make():\n    {DATA}\n    yield lambda: len(data)\n"
    assert found(f"{text}def use(kept):\n    {use}\n") == ["CLO301"] * is_kept


@pytest.mark.parametrize(
    ("data", "read", "is_sliver"),
    [
        *((DATA, read, True) for read in ("bool(data)", "not data", "id(data)", "type(data)", "1 if data else 2")),
        *(
            (DATA, read, True)
            for read in ("isinstance(data, bytes)", "data is None", "data[0]", "data[-1]", "data[-9:]")
        ),
        *(
            (DATA, read, False)
            for read in ("data[:6_000_000]", "data[key]", "data[:key]", "data.hex()", "data.__len__")
        ),
        *((TABLE, read, True) for read in ("data.get(3)", "data[3]")),
        *((TABLE, read, False) for read in ("data.get(key)", "data.keys()")),
        *(
            (TENSOR, read, True)
            for read in ("data.size()", "data.size(0)", "data.dim()", "data.numel()", "data.shape[0]")
        ),
        *((TENSOR, read, False) for read in ("data.size(key)", "data.sum()")),
    ],
)
def test_a_sliver_is_what_needs_little_of_the_object(data: str, read: str, is_sliver: bool) -> None:
    text = made(data, f"return lambda key: {read}", head="import torch")
    assert found(text) == ["CLO301"] * is_sliver


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((ROWS, "rows.append(1)", "return lambda: len(rows)"), "changed before: the list is still the same object"),
        ((ROWS, "size = lambda: len(rows)", "rows.append(1)", "return size"), "changed afterwards"),
        ((ROWS, "size = lambda: len(rows)", "rows[0] = 1", "return size"), "an item is stored afterwards"),
        ((ROWS, "fill(rows)", "return lambda: len(rows)"), "somebody else may change it"),
        ((DATA, "return lambda data=data: len(data)"), "the caller may hand in another object"),
        ((DATA, "return lambda item: item is data"), "an identity lives as long as its object"),
        (
            (DATA, "print(sum(data[place] for place in range(3)))", "return [lambda: len(data)]"),
            "captured by another closure",
        ),
        ((DATA, "return (lambda: len(data)) if make else None", "data = None"), "bound twice"),
        ((DATA, "with open(lambda: len(data)): return keep"), "the statement is none of one line"),
        ((DATA, "return lambda: data[:600_000]"), "a twentieth of it would stay"),
        ((DATA, "size = lambda: len(data)", "return size, locals()"), "a new variable would be seen"),
        ((DATA, "class Reader:", "    def size(self):", "        return len(data)", "return Reader"), "a class"),
        ((DATA, "fs = []", "for i in range(3):", "    fs.append(lambda: len(data))", "return fs"), "a loop"),
    ],
)
def test_what_would_not_be_the_same_is_left_alone(lines: tuple[str, ...], why: str) -> None:
    text = made(*lines)
    assert mended(text) == text, why


@pytest.mark.parametrize(
    "lines",
    [
        (DATA, "print(sum(data[place] for place in range(3)))", "return lambda: len(data)"),
        (DATA, "return lambda item: item is data"),
        (DATA, "size = lambda: len(data)", "data = bytes(13_000_000)", "return size"),
        (DATA, "return lambda data=data: len(data)"),
    ],
)
def test_nothing_is_offered_that_would_free_nothing_or_change_more(lines: tuple[str, ...]) -> None:
    assert [finding.remedies for finding in flake8_closures.check(made(*lines), "made.py", EVERYTHING)] == [()]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ((DATA, "return lambda: len(data)"), "data_length = len(data)"),
        ((DATA, "return lambda: (len(data), data[:4])"), "data_part = data[:4]"),
        ((DATA, "data_length = 3", "return lambda: len(data) + data_length"), "data_length_2 = len(data)"),
        ((DATA, "async def size():", "    return len(data)", "return size"), "data_length = len(data)"),
        ((DATA, "return lambda: lambda: len(data)"), "data_length = len(data)"),
        ((DATA, "return lambda: f'{len(data):>10}'"), "data_length = len(data)"),
        ((DATA, "return lambda: len(  data  )  # so many"), "data_length = len(  data  )"),
        ((DATA, "return lambda: print(data=len(data))"), "data_length = len(data)"),
        (("data = tuple(range(1_000_000))", "return lambda: len(data)"), "data_length = len(data)"),
    ],
)
def test_what_never_changes_is_safe_to_work_out(lines: tuple[str, ...], line: str) -> None:
    text = made(*lines)
    assert found(text) == ["CLO301"]
    after = mended(text, SAFE)
    assert f"    {line}\n" in after
    assert found(after) == []
    assert mended(after) == after


@pytest.mark.parametrize("before", ["x = 1;", "if make:"])
def test_on_a_line_with_others_it_is_worked_out_right_before(before: str) -> None:
    after = mended(made(DATA, f"{before} return lambda: len(data)"), SAFE)
    assert f"    {before} data_length = len(data); return lambda: data_length\n" in after


@pytest.mark.parametrize("lines", [(ROWS, "return lambda: len(rows)"), (DATA, "return lambda: data[5]")])
def test_what_may_change_or_fail_is_not_safe(lines: tuple[str, ...]) -> None:
    text = made(*lines)
    assert mended(text, SAFE) == text
    assert mended(text) != text


def retained(text: str, head: str) -> float:
    """Return how many bytes stay allocated with what `make` returns."""
    names: dict[str, Any] = {}
    exec(head + text, names)
    gc.collect()
    tracemalloc.start()
    result = names["make"]()
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert result is not None
    return kept


NUMPY = "import numpy as np\n"
PANDAS = NUMPY + "import pandas as pd\n"
GRID = "grid = np.zeros((1000, 2000))"


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (NUMPY, (GRID, "return lambda: grid.shape")),
        (NUMPY, (GRID, "return lambda: len(grid)")),
        (NUMPY, (GRID, "return lambda: grid[0].sum()")),
        (NUMPY, (GRID, "return lambda: grid[3, 4]")),
        (NUMPY, (GRID, "row = grid[0]", "return lambda: row.sum()")),
        (NUMPY, (GRID, "corner = grid[:10, :10].T", "return lambda: corner.sum()")),
        (NUMPY, (GRID, "flat = grid.reshape(-1)[:5]", "return lambda: flat")),
        (PANDAS, ("frame = pd.DataFrame(np.zeros((20_000, 100)))", "return lambda: frame.shape")),
        (
            PANDAS,
            (
                "frame = pd.DataFrame(np.zeros((20_000, 100)), columns=[f'c{i}' for i in range(100)])",
                "column = frame['c0']",
                "return lambda: column.sum()",
            ),
        ),
    ],
)
def test_arrays_and_tables_are_freed(head: str, lines: tuple[str, ...]) -> None:
    pytest.importorskip("pandas" if head == PANDAS else "numpy")
    text = made(*lines, head=head)
    after = mended(text)
    assert after != text
    assert found(after) == []
    assert retained("", head + after) <= 0.01 * retained("", head + text) + 5_000


@pytest.mark.parametrize("lines", [(GRID, "row = grid[0].copy()", "return lambda: row.sum()")])
def test_a_copy_is_no_view(lines: tuple[str, ...]) -> None:
    assert found(made(*lines, head=NUMPY)) == []


def code_of(*lines: str) -> CodeType:
    module = compile(made(*lines), "made.py", "exec")
    return next(const for const in module.co_consts if isinstance(const, CodeType))


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ((DATA, "size = len(data)", "return lambda: size"), True),
        ((DATA, "size = len(data)", "return lambda: len(data)"), False),
        ((DATA, "size = len(data)", "return lambda: (size, data)"), False),
        ((DATA, "size = len(data)", "return lambda: 3"), False),
        ((DATA, "size = len(data)", "keep = lambda: data", "return lambda: size"), False),
    ],
)
def test_the_promise_is_that_nobody_captures_the_object_any_more(after: tuple[str, ...], kept: bool) -> None:
    touched = hoist_sliver.promise.touched
    assert touched is not None and touched(code_of(DATA, "return lambda: len(data)"), code_of(*after)) == kept


def test_a_repair_that_does_not_let_go_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = made(DATA, "return lambda: len(data)")
    monkeypatch.setattr("flake8_closures.fixes.hoisting._Renamed.on_leave", lambda self, node, updated: updated)
    outcome = flake8_closures.fix(text, "made.py", SAFE)
    assert outcome.text == text
    assert [refusal.reason for refusal in outcome.refused]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("made.py", True),
        ("tests/project/made.py", True),
        ("tests/made.py", False),
        ("test_made.py", False),
        ("made_test.py", False),
    ],
)
def test_what_tests_keep_lives_as_long_as_the_test(path: str, told: bool) -> None:
    text = made(DATA, "return lambda: len(data)")
    assert bool(flake8_closures.check(text, path, EVERYTHING)) == told
    assert not flake8_closures.check(f"import pytest\n{text}", path, EVERYTHING)


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ("len(data)", ["len(data)"]),
        ("data.shape", ["data.shape"]),
        ("data['key']", ["data['key']"]),
        ("data.get('key', 0)", ["data.get('key', 0)"]),
        ("len(data), data.shape", ["len(data)", "data.shape"]),
        ("data.get(key)", []),
        ("data.get(key='key')", []),
        ("len(data), data", []),
        ("sorted(data)", []),
        ("len(data, data)", []),
    ],
)
def test_a_sliver_needs_nothing_but_the_variable(body: str, taken: list[str]) -> None:
    (statement,) = ast.parse(f"f = lambda: ({body})").body
    assert [ast.unparse(each) for each in hoisting.slivers(statement, "data").values()] == taken
