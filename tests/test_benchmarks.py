"""Do the commands of `benchmarks/` run, and do they count what they say? On tiny inputs, without a network."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import calibrate  # noqa: E402
import cost  # noqa: E402
import declarations  # noqa: E402
import environment  # noqa: E402
import precision  # noqa: E402
import repairs  # noqa: E402
import reports  # noqa: E402
import repository  # noqa: E402
import suites  # noqa: E402
from precision import Report, Row  # noqa: E402

import flake8_closures  # noqa: E402
from flake8_closures import engine, source  # noqa: E402
from flake8_closures.config import Config  # noqa: E402
from flake8_closures.facts.evidence import Sign  # noqa: E402
from flake8_closures.flake8_plugin import Plugin  # noqa: E402

KEPT = "kept = []\nfor name in 'ab':\n    kept.append(lambda: name)\nprint([get() for get in kept])\n"
AT_ONCE = "for name in 'ab':\n    print((lambda: name)())\n"
UNSEEN = "def announce(names, arrange):\n    for name in names:\n        arrange(lambda: name)\n"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(command: object) -> None:
        raise AssertionError(f"a test without a network runs {command}")

    monkeypatch.setattr(environment, "_run", refuse)


def labels(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# Packages and peers.


def test_a_folder_stands_for_itself(tmp_path: Path) -> None:
    assert environment.fetch(str(tmp_path)) == tmp_path


def test_what_is_neither_a_folder_nor_pinned_is_refused() -> None:
    for requirement in ("django", "django>=5", "https://example.org/a.whl", "-r x"):
        with pytest.raises(SystemExit, match="neither a folder"):
            environment.fetch(requirement)


def test_the_peers_are_pinned() -> None:
    for name in ("peers", "flake8"):
        assert all("==" in pin for pin in environment.pins(name))
    for tool in precision.TOOLS:
        assert " " in precision.versioned(tool)


# Precision.


def test_precision_on_fixtures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "CLO101"
    folder.mkdir()
    marked = KEPT.replace("name)\n", "name)\n    #                   ^^^^ CLO101 'name' is read late\n")
    (folder / "bad_late.py").write_text(marked, encoding="utf-8")
    (folder / "bad_unseen_by_all.py").write_text(marked.replace("lambda: name)", "get := print)"), encoding="utf-8")
    (folder / "missed_something.py").write_text("x = 1\n", encoding="utf-8")
    (folder / "good_at_once.py").write_text(AT_ONCE, encoding="utf-8")
    (folder / "false_alarm_late.py").write_text(KEPT, encoding="utf-8")
    with pytest.raises(SystemExit, match="no closure"):
        precision.of_fixtures(tmp_path)
    (folder / "bad_unseen_by_all.py").unlink()
    precision.main(["--fixtures", str(tmp_path), "--tool", "flake8-closures", "--show"])
    told = capsys.readouterr().out
    assert "4 files, 2 guilty closures" in told
    assert "0.500   0.500     1       1             1" in told
    assert "missed: " in told and "missed_something.py" in told
    assert "false alarm: " in told and "false_alarm_late.py:3 'name'" in told


def test_precision_on_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "late.py").write_text(KEPT, encoding="utf-8")
    (tmp_path / "at_once.py").write_text(AT_ONCE, encoding="utf-8")
    place = {"package": str(tmp_path), "variable": "name"}
    late = {**place, "path": "late.py", "line": 3, "column": 17}
    at_once = {**place, "path": "at_once.py", "line": 2, "column": 12}
    file = labels(tmp_path, {**late, "verdict": "BUG"}, {**at_once, "verdict": "SAFE"})
    precision.main(["--labels", str(file), "--tool", "flake8-closures"])
    told = capsys.readouterr().out
    assert "1 guilty closures, 1 innocent ones" in told
    assert "1.000   1.000     1       0             0" in told
    for wrong in ({**late, "verdict": "BUG", "column": 1}, {**late, "verdict": "perhaps"}):
        with pytest.raises(SystemExit, match="no closure"):
            precision.of_labels(labels(tmp_path, wrong))


def test_reports_are_counted_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "late.py").write_text(KEPT, encoding="utf-8")
    (tmp_path / "at_once.py").write_text(AT_ONCE, encoding="utf-8")
    reports.main([str(tmp_path), "--tool", "flake8-closures", "--show"])
    version, heading, row, line = capsys.readouterr().out.splitlines()
    assert version == f"flake8-closures {flake8_closures.__version__}"
    assert heading.split() == ["package", "files", "flake8-closures"]
    assert row.split()[1:] == ["2", "1"]
    assert line == "    late.py:3 'name': flake8-closures"
    reports.main([str(tmp_path), str(tmp_path), "--tool", "flake8-closures"])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "4", "2"]


def test_reports_and_rows() -> None:
    file = Path("x.py")
    rows = [Row(file, 3, 5, "a", True), Row(file, 7, 7, "b", True), Row(file, 9, 9, "c", False)]
    said = [Report(file, 4, "a"), Report(file, 5, "a"), Report(file, 7, "a"), Report(file, 9, "c")]
    found = precision.score(rows, said, complete=False)
    assert (len(found.hits), len(found.missed), len(found.false)) == (1, 1, 1)
    assert (found.precision, found.recall) == (0.5, 0.5)


def test_the_lines_of_a_peer_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [
        "a.py:3:Function definition does not bind loop variable 'first'",
        f"{tmp_path}/b.py:4:9: B023 Function definition does not bind loop variable `second`",
        "c.py:5:Cell variable third defined in loop",
        "All checks passed!",
    ]
    (tmp_path / "fake_peer.py").write_text(f"print({chr(10).join(said)!r})", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "install", lambda name: Path(sys.executable))
    found = [*precision._peer(["fake_peer"], [tmp_path / "a.py"])]
    assert [(report.path, report.line, report.name) for report in found] == [
        (tmp_path / "a.py", 3, "first"),
        (tmp_path / "b.py", 4, "second"),
        (tmp_path / "c.py", 5, "third"),
    ]


# Cost.


def test_every_tool_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class BugBearChecker:
        def __init__(self, **arguments: object) -> None:
            assert arguments["lines"]

        def run(self) -> list[object]:
            return []

    monkeypatch.setitem(sys.modules, "bugbear", types.SimpleNamespace(BugBearChecker=BugBearChecker))
    monkeypatch.setattr(Plugin, "config", Plugin.config)
    (tmp_path / "late.py").write_text(KEPT, encoding="utf-8")
    (tmp_path / "wrong.py").write_text("def (:\n", encoding="utf-8")
    files = [str(path) for path in sorted(tmp_path.glob("*.py"))]
    for tool in (cost.PARSER, *cost.TOOLS):
        seconds = cost.measure(tool, files)
        assert [*seconds] == [str(tmp_path / "late.py")] and seconds[files[0]][tool != cost.PARSER] > 0
    monkeypatch.setattr(Plugin, "run", lambda plugin: iter([(1, 0, "CLO000 broken", Plugin)]))
    with pytest.raises(SystemExit, match="CLO000 broken"):
        cost.measure("flake8-closures", files)


def test_costs_are_told_as_ratios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "late.py").write_text(KEPT, encoding="utf-8")
    rounds = iter(range(4))  # of two packages

    def measured(python: Path, tool: str, files: list[str]) -> dict[str, tuple[float, float]]:
        seconds = {"ast.parse": 2.0, "flake8-closures": 1.0, "pyflakes": 8.0, "flake8-bugbear": 4.0}
        worse = next(rounds) % 2 if tool == "flake8-closures" else 0
        parse, run = (seconds[tool], 0.0) if tool == cost.PARSER else (4.0, seconds[tool] + worse)
        everywhere = dict.fromkeys(files, (parse, run))
        return everywhere if tool == "pyflakes" else {**everywhere, "only_here.py": (9.0, 9.0)}

    monkeypatch.setattr(environment, "install", lambda name: Path(sys.executable))
    monkeypatch.setattr(cost, "_measured", measured)
    monkeypatch.setattr(
        cost, "_flake8", lambda python, config, files: (2.1, 2.2) if "closures" in config.name else (2.0, 2.0)
    )
    cost.main([str(tmp_path), str(tmp_path), "--rounds", "2"])
    told = capsys.readouterr().out.splitlines()
    assert told[3].split() == ["all", "4.00s", "0.50x", "4.00x", "2.00x", "0.25x", "0.25x"]
    assert told[-1].split() == [str(tmp_path), "2.00s", "1.050x", "1.100x"]


def test_flake8_is_timed(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(KEPT, encoding="utf-8")
    (tmp_path / "some.cfg").write_text("[flake8]\n", encoding="utf-8")
    used, wall = cost._flake8(Path(sys.executable), tmp_path / "some.cfg", [str(tmp_path / "late.py")])
    assert used > 0 and wall > 0
    with pytest.raises(SystemExit, match="failed"):
        cost._flake8(Path(sys.executable), tmp_path / "no.cfg", [str(tmp_path / "late.py")])


# Repository.


def test_a_whole_folder_is_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "late.py").write_text(KEPT, encoding="utf-8")
    (tmp_path / "ruff").write_text(f"#!{sys.executable}\n", encoding="utf-8")
    (tmp_path / "ruff").chmod(0o755)
    monkeypatch.setattr(environment, "install", lambda name: tmp_path / "python")
    repository.main([str(tmp_path), "--rounds", "1"])
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[0] == str(tmp_path) and row[-1] == "late.py"
    assert all(float(cell.rstrip("sx")) > 0 for cell in row[1:4])
    assert float(row[-2].rstrip("x")) > 1
    with pytest.raises(SystemExit, match="failed"):
        repository.wall([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, {})


# Calibration.


def test_calibration_counts_callees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "unseen.py").write_text(UNSEEN, encoding="utf-8")
    row = {"package": str(tmp_path), "path": "unseen.py", "line": 3, "column": 17, "variable": "name"}
    kept = {**row, "verdict": "BUG", "how": "stored", "callee": "arrange"}
    file = labels(tmp_path, kept, kept, {**kept, "callee": "another"}, {**kept, "how": "exits-loop"})
    (sample, again) = calibrate.samples(file)
    assert sample == again
    assert (sample.signs, sample.kept, sample.unseen) == ({Sign.OTHER, Sign.DROPPED}, True, True)
    calibrate.main(["--labels", str(file)])
    assert "| says nothing by its name | 2 | 2 | 1 | 1 | 0.75 | 1 | 1 | 0.75 | 0.15 |" in capsys.readouterr().out


def test_the_page_has_the_figures_that_are_used() -> None:
    page = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")]
    shown = {row[0]: row[-1] for row in rows}
    assert {sign.value: calibrate.figure(sign) for sign in Sign}.items() <= shown.items()


# Repairs.


def test_repairs_are_made_in_memory_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "late.py").write_text(KEPT)
    (tmp_path / "unseen.py").write_text(UNSEEN)
    (tmp_path / "counted.py").write_text("def f(x):\n    def g():\n        x += 1\n    g()\n    return x\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    assert repairs.main([str(tmp_path), "--patch", str(tmp_path / "all.patch")]) == 0
    told = capsys.readouterr().out
    assert "4 files, 3 changed, 1 no Python: 0 flaws" in told
    assert "1  safe    bind_default (CLO101)\n" in told
    assert "1  safe    declare_nonlocal (CLO201)\n" in told
    assert "1  unsafe  bind_default (CLO105)\n" in told
    assert "hidden: 1\n      1  CLO105 unsafe" in told
    assert (tmp_path / "all.patch").read_text().count("\n+++ b/") == 3
    assert (tmp_path / "late.py").read_text() == KEPT


@pytest.mark.parametrize(
    ("after", "flaw"),
    [
        (KEPT.replace("lambda:", "lambda *, name=name:"), ""),
        (KEPT.replace("lambda: name)", "lambda *, name=name: name"), "does not compile"),
        (KEPT.replace("lambda:", "lambda *, name=name:").replace("get()", "got()"), "is gone"),
        (
            KEPT.replace("lambda:", "lambda *, name=name:").replace("kept])", "kept] )"),
            "where there is nothing to repair",
        ),
        (KEPT + "for name in 'ab':\n    kept.append(lambda: name)\n", "a second run"),
    ],
)
def test_a_bad_repair_is_seen_without_the_proof(after: str, flaw: str) -> None:
    code = source.read(KEPT.encode(), "late.py")
    found = engine.check(code, Config())
    places = {remedy.span for finding in found for remedy in finding.remedies}
    told = list(repairs.flaws(code, KEPT.encode(), after.encode(), places, Config()))
    assert (not told) if not flaw else any(flaw in each for each in told), told


def test_what_a_chain_changes_is_looked_at_too(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(
        "def o(r):\n    fs = []\n    for n in r:\n        def inner():\n            return n\n\n"
        "        fs.append(lambda: inner())\n    return fs\n"
    )
    told = repairs.examine(path)
    assert (told.flaws, told.applied.total()) == ([], 2)
    code = source.read(path.read_bytes(), "a.py")
    outcome = engine.fix(code, Config())
    places = [remedy.span for remedy in outcome.used]
    assert [span.line for span in places] == [7, 4]
    for span, line in zip(places, (7, 4), strict=True):
        left = {each for each in places if each != span}
        (flaw,) = repairs.strays(code, code.text.encode(), outcome.text.encode(), left)
        assert flaw.startswith(f"line {line} differs")


# Declarations.

DECLARED = b"""count = state = 0

def add(step):
    global count, \\
        state
    count += step
    state = step

def get():
    global count
    return count, state

def outer(names):
    last = None

    def keep(name):
        nonlocal last; last = name
        names.sort()

    keep(names)
    last = names
"""
"""In `outer` nobody reads what `keep` changes."""


def test_each_declaration_that_is_needed_is_taken_out() -> None:
    texts = {mutant.text: mutant.kind for mutant in declarations.mutants(DECLARED)}
    assert texts == {
        DECLARED.replace(b"count, \\\n        state", b"state"): "global, reads and writes",
        DECLARED.replace(b"count, \\\n        state", b"count"): "global, only writes",
        DECLARED.replace(b"nonlocal last", b"pass"): "nonlocal, only writes",
    }


def test_symbols_tell_whose_a_name_is() -> None:
    told = declarations.symbols(DECLARED) or {}
    assert (told["0 add", "state"], told["1 get", "state"]) == ("declared_global", "global")
    assert (told["2 outer", "last"], told["2 outer", "0 keep", "last"]) == ("local", "free")
    assert declarations.symbols(b"def f(): nonlocal x\n") is None


def test_declarations_are_asked_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_bytes(DECLARED)
    (tmp_path / "b.py").write_bytes(b"def f(:  # global\n")
    assert declarations.main([str(tmp_path), "--show"]) == 0
    missed, *table = capsys.readouterr().out.splitlines()
    assert missed == f"not reported: {tmp_path / 'a.py'}:16 'last' (nonlocal, only writes)"
    assert [" ".join(row.split()) for row in table] == [
        "global, only writes 1 taken out: reported 1.000, brought back 1.000",
        "global, reads and writes 1 taken out: reported 1.000, brought back 1.000",
        "nonlocal, only writes 1 taken out: reported 0.000, brought back 0.000",
    ]


# Suites of tests.

DONE = """def outer(names):
    count = state = 0

    def add(é="", *, step=1):
        nonlocal count, state
        count += step
        return state

    return [add, *(lambda name=name, *, count=count: (name, count) for name in names)]
"""


def test_what_is_undone_is_what_authors_bound() -> None:
    text, undone = suites.undo(DONE.encode(), "a.py")
    assert [(each.kind, each.name, each.line) for each in undone] == [("default", "name", 9), ("nonlocal", "count", 4)]
    assert text.decode() == DONE.replace("nonlocal count, state", "pass").replace("name=name", "bound_name=name")
    for kind, name, shared in (("default", "name", 1), ("nonlocal", "count", 1), ("nonlocal", "state", 0)):
        assert suites.shares(DONE.encode(), kind, name) == shared
        assert suites.shares(text, kind, name) == 0


def test_a_package_is_undone_repaired_and_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "installed" / "networkx"
    (package / "tests").mkdir(parents=True)
    for name in ("__init__.py", "tests/__init__.py"):
        (package / name).touch()
    (package / "a.py").write_text(DONE)
    test = "def test_a():\n    add, one, two = outer('ab')\n    add()\n    assert one()[0] == 'a'\n"
    (package / "tests" / "test_a.py").write_text(f"from networkx.a import outer\n\n\n{test}")
    assert suites.compare("networkx", package, Path(sys.executable), show=True)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "networkx: 1 defaults and 1 nonlocal names undone, 2 of 2 brought back"
    assert [line.split()[-3:] for line in told[1:]] == [[n, "tests", "fail"] for n in ("0", "1", "0")]


def test_what_fails_is_read_from_the_runners() -> None:
    bars = "=" * 79
    skipped, failed = "[SKIPPED]\nno\n\ntwisted.a.A.test_a\n", "[ERROR]\nE\n\ntwisted.a.A.test_b\ntwisted.a.A.test_c\n"
    trial = f"x\n{bars}\n{skipped}{bars}\n{failed}---\n"
    assert suites.SUITES["twisted"].failed(trial) == {"twisted.a.A.test_b", "twisted.a.A.test_c"}
    told = "FAILED ../x/networkx/a/tests/test_a.py::T::test_b - E\n1 failed, 2 passed in 3.00s\n"
    assert suites.SUITES["networkx"].failed(told) == {"networkx/a/tests/test_a.py::T::test_b"}
    assert suites.SUITES["networkx"].total.findall(told) == ["1 failed, 2 passed"]


def test_the_tests_of_a_file_are_found(tmp_path: Path) -> None:
    (tmp_path / "twisted").mkdir()
    (tmp_path / "twisted" / "a.py").write_text("# -*- test-case-name: twisted.test.test_a,twisted.test.test_b -*-\n")
    (tmp_path / "twisted" / "test_c.py").touch()
    changed = ["twisted/a.py", "twisted/test_c.py"]
    assert suites.SUITES["twisted"].choose(tmp_path / "twisted", changed) == [
        "twisted.test.test_a",
        "twisted.test.test_b",
    ]
