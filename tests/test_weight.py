"""Is a proved size the size that CPython, numpy and pandas give? Each expression is made, and measured."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import Any

import pytest

import flake8_closures
from flake8_closures import source
from flake8_closures.config import Config
from flake8_closures.facts import Facts
from flake8_closures.model import Span, Weight
from flake8_closures.rules.weight import size

TOLERANCE = 0.05
HEAD = """
import array, collections, copy, os, random, secrets
KB = 1 << 10
MB = 1024 * KB
N = 20_000
NAMES = ["alpha", "beta"]
"""
ARRAYS = """
import numpy as np
import numpy.random as npr
from numpy import zeros
rng = np.random.default_rng(1)
ROWS, COLUMNS = 300, 200
grid = np.zeros((ROWS, COLUMNS))
"""
TABLES = """
import numpy as np
import pandas as pd
ROWS = 20_000
frame = pd.DataFrame(np.zeros((ROWS, 10)), columns=list("abcdefghij"))
"""

OBJECTS = [
    "list(range(N))",
    "[0] * N",
    "[None] * N",
    "[0, 1, 2] * N",
    "tuple(range(N))",
    "sorted(range(N))",
    "[i for i in range(N)]",
    "[i for i in range(0, N, 2)]",
    "[float(i) for i in range(N)]",
    "[i * 1.5 for i in range(N)]",
    "[str(i) for i in range(N)]",
    "[f'row {i}' for i in range(N)]",
    "list(map(str, range(N)))",
    "[[] for _ in range(N)]",
    "[{} for _ in range(N)]",
    "[set() for _ in range(N)]",
    "[[0] * 10 for _ in range(N)]",
    "[[0 for _ in range(300)] for _ in range(300)]",
    "[list(range(1000, 1300)) for _ in range(300)]",
    "[(i, i) for i in range(N)]",
    "[(0, 1) for _ in range(N)]",
    "[{'a': i} for i in range(N)]",
    "[bytes(100) for _ in range(N)]",
    "[object() for _ in range(N)]",
    "[NAMES for _ in range(N)]",
    "set(range(N))",
    "frozenset(range(N))",
    "{i for i in range(12_345)}",
    "dict.fromkeys(range(N))",
    "{i: i for i in range(N)}",
    "{i: str(i) for i in range(N)}",
    "{str(i): i for i in range(N)}",
    "{(row, column): 0 for row in range(200) for column in range(300, 600)}",
    "{(row, column) for row in range(300, 500) for column in range(600)}",
    "dict(zip(range(N), range(N)))",
    "dict(enumerate(range(N)))",
    "{name: i for i, name in enumerate([str(i) for i in range(N)])}",
    "{name: i for i, name in enumerate(f'row {i}' for i in range(N))}",
    "dict.fromkeys([f'row {i}' for i in range(N)])",
    "['row %d' % i for i in range(N)]",
    "{'%s.txt' % i: i for i in range(N)}",
    "{'row {}'.format(i) for i in range(N)}",
    "list(zip(range(N), range(N)))",
    "list(enumerate(range(N)))",
    "[*range(N)]",
    "[*range(N), *range(N)]",
    "list(range(N)) + list(range(N))",
    "list(range(N)) * 2",
    "list(range(N))[: N // 2]",
    "list(range(N)).copy()",
    "bytes(MB)",
    "bytearray(N)",
    "b'abc' * N",
    "'x' * N",
    "'é' * N",
    "'€' * N",
    "'\\U0001f600' * N",
    "'ab' * (2 * KB) + 'cd' * (3 * KB)",
    "', '.join(['abc'] * N)",
    "','.join(str(i) for i in range(N))",
    "b''.join([b'0123'] * N)",
    "('x' * N).encode()",
    "('x' * N).upper()",
    "os.urandom(10 ** 5)",
    "secrets.token_bytes(int(1e5))",
    "random.randbytes(N)",
    "collections.deque(range(N))",
    "array.array('d', range(N))",
    "array.array('i', [0]) * N",
    "copy.deepcopy(list(range(N)))",
    "[big := list(range(N)), big][0]",
    "[i % 100 for i in range(N)]",
    "['x' * 64 for _ in range(N)]",
    "[('x', 'y') * 3 for _ in range(N)]",
    "[NAMES * 3 for _ in range(N)]",
    "[i for i in range(300) for j in range(300)]",
    "[i * j for i in range(300) for j in range(300)]",
    "{str(i) for i in range(N)}",
    "{f'k{i}' for i in range(N)}",
    "{(i, i): 1 for i in range(N)}",
    "{i + 1000: None for i in range(N)}",
    "{name: [0] * N for name in NAMES}",
    "{letter: bytes(N) for letter in 'abc'}",
    "{n: n for n in {i for i in range(N)}}",
    "('x' * N).encode('ascii')",
    "[[NAMES] for _ in range(N)]",
    "[(i, NAMES) for i in range(N)]",
    "[{'a': NAMES, 'i': i} for i in range(N)]",
    "[(i, [i], {'a': i}) for i in range(1000, 3000)]",
    "{i: (i, i) for i in range(N)}",
    "{i: {'id': i} for i in range(N)}",
    "[[i for _ in range(100)] for i in range(1000, 1100)]",
    "[(i, j) for i in range(300, 400) for j in range(100)]",
    "[i // 100 for i in range(N)]",
    "[i >> 3 for i in range(N)]",
    "[i & 1 for i in range(N)]",
    "[i % 1000 for i in range(N)]",
    "[i - 5 for i in range(N)]",
    "[2 * i + 1 for i in range(N)]",
    "[i * i for i in range(N)]",
    "[-i for i in range(N)]",
    "[~i for i in range(N)]",
    "[-0.5 for _ in range(N)]",
    "[() for _ in range(N)]",
    "[tuple() for _ in range(N)]",
    "[list((1, 2, 3)) for _ in range(N)]",
    "[sorted((3, 2, 1)) for _ in range(N)]",
    "[[*NAMES, 3] for _ in range(N)]",
    "[{1, 2, 3, 4, 5} for _ in range(N)]",
    "set(set(range(N)))",
    "set(range(N)).copy()",
    "frozenset(dict.fromkeys(range(N)))",
    "{i: None for i in range(100)}",
    "[collections.deque() for _ in range(100)]",
    "[collections.deque([0] * 100) for _ in range(100)]",
    "[copy.deepcopy([1, 2, 3]) for _ in range(N)]",
    "array.array('b', bytes(N))",
    "array.array('d', bytes(8 * N))",
    "bytes('x' * N, 'utf-8')",
]
NUMPY = [
    "np.zeros((ROWS, COLUMNS))",
    "zeros(N := 5000)",
    "np.ones((100, 200, 3), dtype=np.float32)",
    "np.empty(shape=(500, 50), dtype='uint8')",
    "np.full((ROWS, COLUMNS), 7)",
    "np.full((ROWS, COLUMNS), True)",
    "np.full(ROWS * 100, 1.5, dtype='<f4')",
    "np.eye(300)",
    "np.identity(200, dtype=complex)",
    "np.arange(10_000)",
    "np.arange(0, 1, 0.001)",
    "np.linspace(0, 1)",
    "np.linspace(0, 1, 5000)",
    "np.array([[1, 2, 3]] * 1000)",
    "np.array(range(10_000), dtype=np.int16)",
    "np.asarray([0.5] * 10_000)",
    "np.zeros_like(grid)",
    "np.tile(np.arange(10), (100, 3))",
    "np.repeat(np.arange(10), 500)",
    "npr.rand(ROWS, COLUMNS)",
    "np.random.random((ROWS, COLUMNS))",
    "np.random.normal(0, 1, size=(ROWS, 5))",
    "np.random.randint(0, 10, 5000)",
    "np.random.permutation(5000)",
    "rng.normal(size=(ROWS, 5))",
    "rng.standard_normal(5000)",
    "rng.integers(0, 10, size=5000)",
    "grid * 2",
    "grid + np.ones(COLUMNS)",
    "grid > 0",
    "grid.astype(np.float32)",
    "grid.astype('int8')",
    "grid[:10].copy()",
    "np.arange(6000).reshape(60, -1).copy()",
    "np.squeeze(np.zeros((1, 5000))).copy()",
    "np.diagonal(np.zeros((500, 600))).copy()",
    "np.zeros((500, 600)).diagonal().copy()",
    "np.ravel(grid).copy()",
    "np.zeros(1000, np.float32)",
    "np.ones((10, 1000), 'u1')",
    "np.full((10, 100), 0, np.uint8)",
    "np.array([1] * 1000, np.int8)",
    "np.zeros_like(grid, np.int16)",
    "np.eye(50, 60, 0, 'f4')",
    "np.identity(50, 'f4')",
    "np.arange(0, 1000, 1, np.int16)",
    "rng.random(1000, np.float32)",
    "np.random.randint(0, 255, (10, 10), np.uint8)",
    "np.zeros([10, 200])",
    "np.zeros(shape=[10, 200], dtype='i2')",
    "np.zeros(grid.shape[0])",
    "np.zeros((grid.shape[1], 4))",
    "np.zeros(1000, dtype=np.dtype('f4'))",
    "grid.astype(np.dtype('i2'))",
    "grid @ np.zeros(COLUMNS)",
    "grid @ np.zeros((COLUMNS, 5))",
    "grid.T @ grid",
    "np.sqrt(grid)",
    "np.abs(grid - 1)",
]
PANDAS = [
    "pd.DataFrame(np.zeros((ROWS, 10)))",
    "pd.DataFrame({'a': range(ROWS), 'b': range(ROWS)})",
    "pd.DataFrame({'a': [0.5] * ROWS})",
    "pd.Series(range(ROWS))",
    "pd.Series(np.arange(ROWS))",
    "frame['a'].copy()",
    "pd.DataFrame({'a': np.zeros(ROWS), 'b': np.zeros(ROWS, dtype='i1')})",
    "pd.DataFrame({name: np.zeros(ROWS) for name in 'abc'})",
]
UNKNOWN = [
    "list(something)",
    "[x for x in something]",
    "[i for i in range(N) if i % 3]",
    "{i % 7 for i in range(N)}",
    "{i % 7: i for i in range(N)}",
    "{i // 2: i for i in range(N)}",
    "{str(i % 10): [] for i in range(N)}",
    "{i * 0: i for i in range(N)}",
    "{name: [0] * 9 for name in NAMES * N}",
    "set(list(range(300)) * N)",
    "set([j for i in range(300) for j in range(300)])",
    "('x' * N).encode('utf-16')",
    "torch.zeros(10 ** 6).to(torch.float16)",
    "np.zeros((300, 400)) @ np.zeros((20, 400, 300))",
    "dict(something)",
    "range(10 ** 12)",
    "something * 10 ** 9",
    "list(range(something))",
    "np.zeros(shape)",
    "np.zeros((ROWS, columns))",
    "np.zeros(10, dtype=object)",
    "np.memmap('file', shape=(10 ** 6,))",
    "pd.DataFrame(something)",
    "'x' * something",
    "(i for i in range(N))",
    "map(str, range(N))",
    "open('file')",
    "zip(range(N), range(N))",
    "set(bytes(N))",
    "set([i % 7 for i in range(N)])",
    "{name: i for i, name in enumerate(NAMES * N)}",
    "{'%d%%' % (i // 100): i for i in range(N)}",
    "{'same'.format(i) for i in range(N)}",
    "{'same' % i for i in range(N)}",
    "list(map(list, something))",
    "('ß' * N).upper()",
    "bytes('x' * N, 'utf-16')",
    "pd.DataFrame(np.zeros((300, 4))) > 0",
    "f'{N!r:>9}'",
    "jax.random.choice(key, 10 ** 6, (3,))",
    "jax.random.fold_in(key, 10 ** 6)",
    "jax.random.poisson(key, 10 ** 6, (3,))",
    "pd.DataFrame({'a': [0.5] * N, 'b': [0.5] * N}, columns=['a'])",
]


def weigh(expression: str, head: str = HEAD) -> Weight:
    """Return the weight of a module variable that is bound to an expression."""
    read = source.read(f"{head}\nresult = {expression}\n".encode(), "measured.py")
    facts = Facts(read)
    return facts.weights.variable(facts.scopes[0].variables["result"])


def measured(expression: str) -> int:
    """Return the bytes that an expression leaves allocated, as tracemalloc counts them."""
    names: dict[str, Any] = {}
    exec(HEAD, names)
    code = compile(expression, "measured", "eval")
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    result = eval(code, names)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert result is not None
    return after - before


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sizes are those of CPython 3.12 and later")
@pytest.mark.parametrize("expression", OBJECTS)
def test_objects_weigh_what_tracemalloc_counts(expression: str) -> None:
    proved = weigh(expression)
    assert proved.size is not None and proved.exact
    assert proved.size == pytest.approx(measured(expression), rel=TOLERANCE)


@pytest.mark.parametrize("expression", NUMPY)
def test_arrays_weigh_their_bytes(expression: str) -> None:
    pytest.importorskip("numpy")
    names: dict[str, Any] = {}
    exec(ARRAYS, names)
    proved = weigh(expression, ARRAYS)
    assert proved.size is not None and proved.exact
    assert proved.size == pytest.approx(eval(expression, names).nbytes, rel=TOLERANCE)


@pytest.mark.parametrize("expression", PANDAS)
def test_tables_weigh_their_columns(expression: str) -> None:
    pytest.importorskip("pandas")
    names: dict[str, Any] = {}
    exec(TABLES, names)
    used = eval(expression, names).memory_usage(index=False)
    proved = weigh(expression, TABLES)
    assert proved.size is not None
    assert proved.size == pytest.approx(getattr(used, "sum", lambda: used)(), rel=TOLERANCE)


@pytest.mark.parametrize(
    "expression",
    [
        "jax.random.normal(key, (30, 40))",
        "jax.random.uniform(key, (30, 40), jax.numpy.float16)",
        "jax.random.randint(key, (30, 40), 0, 9)",
        "jax.random.gamma(key, 0.5, (30, 40))",
        "jax.random.truncated_normal(key, -1.0, 1.0, (30, 40))",
    ],
)
def test_random_arrays_of_jax_weigh_their_bytes(expression: str) -> None:
    names: dict[str, Any] = {"jax": pytest.importorskip("jax")}
    exec("import jax.numpy\nkey = jax.random.key(0)", names)
    assert weigh(expression, "import jax.numpy").size == eval(expression, names).nbytes


@pytest.mark.parametrize("expression", UNKNOWN)
def test_what_is_not_proved_has_no_size_to_speak_of(expression: str) -> None:
    proved = weigh(expression, HEAD + ARRAYS.replace("grid = ", "table = ") + "import pandas as pd, jax, torch\n")
    assert proved.size is None or proved.size < 1000
    assert not proved.loader


@pytest.mark.parametrize(
    ("expression", "least"),
    [
        ("[make(i) for i in range(10 ** 6)]", 8_450_000),
        ("[something, bytes(MB)]", 1 << 20),
        ("('é' * MB).encode()", 1 << 20),
        ("bytes('é' * MB, 'utf-8')", 1 << 20),
        ("[i + 10 ** 12 for i in range(10 ** 6)]", 40_450_000),
        ("[str(i % 10) for i in range(10 ** 6)]", 8_450_000),
        ("[i * j for i in range(100) for j in range(100)]", 85_000),
        ("copy.deepcopy([[0] * 10 for _ in range(10 ** 5)])", 14_450_000),
        ("np.zeros(MB, dtype='i4') * 1.5", 4 << 20),
        ("np.zeros(MB, dtype=bool) + 1", 1 << 20),
    ],
)
def test_a_part_that_is_proved_is_a_lower_bound(expression: str, least: int) -> None:
    proved = weigh(expression, HEAD + ARRAYS)
    assert proved.size is not None and not proved.exact
    assert proved.size == pytest.approx(least, rel=TOLERANCE)


@pytest.mark.parametrize(
    ("expression", "loader"),
    [
        ("pd.read_csv(path)", "pandas.read_csv"),
        ("json.load(file)", "json.load"),
        ("cursor.fetchall()", ".fetchall"),
        ("requests.get(url).content", ".content"),
        ("open(path).read()", ".read"),
        ("Path(name).read_bytes()", ".read_bytes"),
        ("np.load(path)", "numpy.load"),
        ("session.table('t').toPandas()", ".toPandas"),
    ],
)
def test_bulk_loaders_are_a_class_of_their_own(expression: str, loader: str) -> None:
    head = "import json, requests, numpy as np, pandas as pd\nfrom pathlib import Path\n"
    assert weigh(expression, head).loader == loader


def test_a_file_that_stays_on_disk_is_not_loaded() -> None:
    head = "import numpy as np, pandas as pd\n"
    assert not weigh("np.load(path, mmap_mode='r')", head).loader
    assert not weigh("pd.read_csv(path, chunksize=1000)", head).loader


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("data = []\n    data.extend(range(N))", 40 * 20_000),
        ("data = []\n    for i in range(N):\n        data.append(str(i))", 54 * 20_000),
        ("data = {}\n    for i in range(N):\n        data[i] = i", 61 * 20_000),
        ("data = bytearray()\n    data.extend(bytes(N))", 20_000),
        ("data, one = [], bytes(N)\n    for i in range(N):\n        data.append(one)", 173_016 + 20_033),
        ("data = {}\n    one = bytes(N)\n    for i in range(N):\n        data[i] = [one]", 61 * 20_000 + 64 * 20_000),
        (
            "data = []\n    for i in range(200):\n        for j in range(100):\n            data.append((i, j))",
            64 * 20_000,
        ),
        ("data = []\n    if N:\n        data.extend(range(N))", 56),
        ("data = []\n    for i in range(N):\n        data.append(i)\n        if i > 3:\n            break", 56),
        ("data = []\n    data.extend([0] * N)", 56 + 8 * 20_000),
        ("data = (bytes(N), b'')[-1]", 0),
        ("data = [bytes(N), b''][time.time_ns() % 2]", 0),
        ("for data in [bytes(N), b'']:\n        print(data)", None),
        ("data = list(range(N))\n    data.clear()", None),
        ("data = list(range(N))\n    del data[10:]", None),
        ("data = list(range(N))\n    data = None", 0),
        ("data = list(range(N))\n    if N:\n        data = data[:10]", 450),
    ],
)
def test_containers_grow_by_what_surely_happens(body: str, size: int | None) -> None:
    text = f"{HEAD}\ndef make():\n    {body}\n    return lambda: len(data)\n"
    facts = Facts(source.read(text.encode(), "measured.py"))
    closure = facts.closures[-1]
    weight = facts.weights.captured(facts.captures(closure)[0].variable, closure)
    assert weight.size == (size if size is None else pytest.approx(size, rel=TOLERANCE))


@pytest.mark.parametrize(
    "expression",
    [
        "list(range(10 ** 22))",
        "[0] * 10 ** 30",
        "'x' * 10 ** 22 * 10 ** 22",
        "('x' * 10 ** 22)[10:]",
        "bytes(10 ** 40)",
        "np.arange(1e400)",
        "np.zeros((10 ** 20, 10 ** 20))[5:]",
        "np.linspace(0, 1, 1 << 70)",
        "[i for i in range(10 ** 18) for j in range(10 ** 18)][5:]",
        "2 ** 10 ** 10",
        "1 << 10 ** 10",
        "range(1, 10, 0)",
        "np.arange(0, 1, 0)",
        "1 % 0",
        "-'x'",
        "{**{}, **x}",
        "[*x, 1]",
        "np.zeros(-1)",
        "np.zeros(())",
        "range(*x)",
        "bytes(**x)",
        "np.full()",
        "pd.DataFrame()",
        "list(map(str))",
        "dict(zip())",
        "''.join()",
    ],
)
def test_nonsense_is_no_matter(expression: str) -> None:
    size = weigh(expression, HEAD + ARRAYS + "import pandas as pd\n").size
    assert size is None or size >= 0


def test_a_chain_of_any_length_does_no_harm() -> None:
    assert weigh(" + ".join(["b'x' * N"] * 500)).size is None


LOADED = """
import mine
def make(connection):
    frames = {}
    return lambda: frames["first"]
"""


@pytest.mark.parametrize(
    ("call", "told"), [("mine.fetch(3)", "mine.fetch"), ("connection.frames()", ".frames"), ("mine.other()", ".frames")]
)
def test_users_name_further_bulk_loaders(call: str, told: str) -> None:
    text = LOADED.format(call)
    config = Config.from_values({"closures": None, "select": "CLO301", "bulk_loaders": told})
    assert len(flake8_closures.check(text, "loaded.py", config)) == (call != "mine.other()")
    assert flake8_closures.check(text, "loaded.py", Config(select=("CLO301",))) == []


@pytest.mark.parametrize(
    ("limit", "reported"), [("10MB", False), ("9MiB", True), ("9500000", True), ("9_600_000 B", False), (None, False)]
)
def test_users_set_the_limit(limit: str | None, reported: bool) -> None:
    text = "def make():\n    data = bytes(9_550_000)\n    return lambda: len(data)\n"
    config = Config.from_values({"select": "CLO3", "retain_bytes": limit})
    assert bool(flake8_closures.check(text, "limit.py", config)) == reported


def test_the_place_of_a_value_is_told_in_characters() -> None:
    text = "def make():\n    kind = 'éé'; data = bytes(10_000_000)\n    return lambda: len(data)\n"
    (found,) = flake8_closures.check(text, "accents.py", Config(select=("CLO301",)))
    place = text.splitlines()[1].index("bytes")
    assert found.notes[0].span == Span(2, place, 2, place + len("bytes(10_000_000)"))
    assert "bytes(10_000_000), 10.0 MB" in found.message


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (2e18, "2000000.0 TB")],
)
def test_a_size_is_written_in_the_unit_that_fits(count: float, text: str) -> None:
    assert size(count) == text
