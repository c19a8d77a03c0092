"""Does every program that Python takes come through, however strange, deep or long it is?

python -m pytest tests/test_robustness.py -m slow -n0      20,000 programs; the standard library of each Python
"""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
from pathlib import Path

import hypothesis
import interpreters
import programs
import pytest

from flake8_closures import engine, source
from flake8_closures.codes import FAILURE
from flake8_closures.config import Config
from flake8_closures.flake8_plugin import Plugin
from flake8_closures.source import Source, SourceError

hypothesmith = pytest.importorskip("hypothesmith")
ROOT = Path(__file__).resolve().parent.parent
ALL = Config(extended=True, unsafe_fixes=True, unused_noqa=True)
FEW = hypothesis.settings(
    max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
)


def survive(text: str) -> None:
    """Let the plugin judge a program and closure-fix repair it, twice: the second time there is nothing to do."""
    try:
        tree = source.parse(text)
    except SourceError:
        return
    lines = source.split_lines(text)
    assert not [told for _, _, told, _ in Plugin(tree, lines, "x.py").run() if told.startswith(FAILURE)]
    once = engine.fix(Source("x.py", lines, tree), ALL)
    if once.text != text:
        compile(once.text, "x.py", "exec", dont_inherit=True)
    again = engine.fix(source.of_text(once.text, "x.py"), ALL)
    assert again.text == once.text and again.remaining == once.remaining


@pytest.fixture(autouse=True)
def every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plugin, "config", Config(extended=True, disable_noqa=True))


# Strange programs.


@FEW
@hypothesis.given(hypothesmith.from_grammar(auto_target=False))
def test_programs_from_the_grammar(text: str) -> None:
    survive(text)


@hypothesis.settings(FEW, max_examples=10)
@hypothesis.given(hypothesmith.from_node(auto_target=False))
def test_programs_from_syntax_trees(text: str) -> None:
    survive(text)


@pytest.mark.parametrize("part", range(4))
def test_programs_with_closures(part: int) -> None:
    for seed in range(15):
        survive(programs.text(random.Random(f"robust {part} {seed}").choice))


@pytest.mark.slow
@hypothesis.settings(FEW, max_examples=9_000)
@hypothesis.given(hypothesmith.from_grammar(auto_target=False))
def test_thousands_of_programs_from_the_grammar(text: str) -> None:
    survive(text)


@pytest.mark.slow
@hypothesis.settings(FEW, max_examples=1_000)
@hypothesis.given(hypothesmith.from_node(auto_target=False))
def test_thousands_of_programs_from_syntax_trees(text: str) -> None:
    survive(text)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_thousands_of_programs_with_closures(part: int) -> None:
    for seed in range(1_000):
        survive(programs.text(random.Random(f"thousands {part} {seed}").choice))


def test_a_crash_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "for i in range(3): kept = lambda: i\n"
    survive(text)
    monkeypatch.setattr(engine.checking, "facts_of", lambda code, config: 1 / 0)
    with pytest.raises(AssertionError):
        survive(text)


# Deep and long programs.


def nest(depth: int, line: str, last: str) -> str:
    """Return statements inside one another; `{}` in a line is its depth."""
    lines = [f"{' ' * level}{line.format(level)}" for level in range(depth)]
    return "\n".join([*lines, f"{' ' * depth}{last}"]) + "\n"


def row(count: int, line: str) -> str:
    """Return lines one below the other; `{0}` is the number of a line, `{1}` that of the one before."""
    return "".join(line.format(number, number - 1) + "\n" for number in range(1, count))


DEEP = {
    "sum": f"for i in z: kept.append(lambda: {' + '.join(['i'] * 3000)})\n",
    "and": f"x = {' and '.join(['(y := a)'] * 3000)}\n",
    "conditions": f"x = {'(lambda: x) if b else ' * 200}c\n",
    "comparison": f"x = {' < '.join(['a'] * 3000)}\n",
    "texts": f"x = {' + '.join(['f' + repr('{x}')] * 3000)}\n",
    "negations": f"x = {'not ' * 900}a\n",
    "methods": f"x = a{'.f(lambda: x)' * 500}\n",
    "methods of a cluster": f"import pyspark\nx = pyspark.sql.read(){'.cache()' * 900}.foreach(lambda row: x)\n",
    "attributes": f"x = a{'.f' * 3000}\n",
    "calls": f"x = a{'(lambda: x)' * 500}\n",
    "items": f"x = a{'[i]' * 3000}\n",
    "lambdas": f"for i in z: x = {'lambda: ' * 500}i\n",
    "lists": f"x = {'[' * 90}lambda: x{']' * 90}\n",
    "generators": f"for i in z: x = {'(a for a in ' * 60}i{')' * 60}\n",
    "targets": f"{' = '.join(['a'] * 3000)} = lambda: a\n",
    "elif": f"def f(x):\n for i in x: g = lambda: i\n if x: y = 0\n{row(300, ' elif x == {0}: y = g')} return y\n",
    "longer elif": f"def f(x):\n for i in x: g = lambda: i\n if x: y = 0\n{row(2000, ' elif x: y = {0}')} return y\n",
    "functions": nest(95, "def f{0}(a{0}):", "return a0"),
    "classes": nest(95, "class C{0}:", "a = lambda: C0"),
    "loops": nest(19, "for a{0} in z:", "x = lambda: a0"),
    "conditionals": nest(95, "if a{0}:", "for x in a: b = lambda: x"),
    "names": "a0 = str\n" + row(3000, "a{0} = a{1}") + "for i in a0: b = a2999(lambda: i)\n",
    "closure names": "for i in z:\n a0 = lambda: i\n" + row(1000, " a{0} = a{1}") + " z.append(a999)\n",
    "chain of calls": row(1500, "def f{1}(g): return f{0}(g)") + "for i in z: f0(lambda: i)\n",
    "chain of closures": f"for i in z:\n g0 = str\n{row(100, ' def g{0}(): return g{1}(), i')} g99()\n",
    "chain of classes": "class C0: pass\n" + row(1500, "class C{0}(C{1}): pass") + "class D(C1499):\n"
    " def f(self):\n  for i in z: self.g(lambda: i)\n",
    "chain of arrays": f"import numpy\na0 = numpy.zeros(9)\n{row(1500, 'a{0} = a{1} + a{1}')}f = lambda: a1499\n",
    "long range": "for i in range(10000000000000000000000): kept.append(lambda: i)\n",
    "large numbers": "def f():\n x = [0] * 10 ** 10 ** 10 ** 10\n y = 'a' * (1 << 99999999)\n return lambda: (x, y)\n",
    "long product": f"def f():\n x = [0] * {' * '.join(['10'] * 3000)}\n return lambda: x[0]\n",
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_no_depth_is_too_much(name: str) -> None:
    """What Python itself can parse is judged. Nothing is asked of what it cannot."""
    text = DEEP[name]
    try:
        tree = ast.parse(text)
    except (RecursionError, MemoryError):
        pytest.skip("this Python cannot parse it")
    engine.check(Source("x.py", source.split_lines(text), tree), ALL)


@pytest.mark.slow
@pytest.mark.parametrize("version", interpreters.find(), ids=lambda version: "{}.{}".format(*version))
def test_the_standard_library(version: interpreters.Version) -> None:
    crash_free(interpreters.find()[version], "--stdlib")


@pytest.mark.slow
@pytest.mark.parametrize("version", interpreters.find(), ids=lambda version: "{}.{}".format(*version))
def test_published_packages(version: interpreters.Version) -> None:
    """Those that the benchmarks have fetched."""
    cache = Path(os.environ.get("CLOSURE_BENCH_CACHE", "~/.cache/closure-bench")).expanduser()
    folders = sorted(str(folder) for folder in cache.glob("*==*"))
    if not folders:
        pytest.skip("no package has been fetched")
    crash_free(interpreters.find()[version], *folders)


def crash_free(python: str, *folders: str) -> None:
    command = [python, "-W", "ignore", str(ROOT / "tests" / "crash_free.py"), *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_trouble_with_a_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text("x = 1\n")
    (tmp_path / "other.py").write_text("def (:\n")
    crash_free(sys.executable, str(tmp_path))
    (tmp_path / "fine.py").unlink()
    with pytest.raises(AssertionError, match="0 files"):
        crash_free(sys.executable, str(tmp_path))
