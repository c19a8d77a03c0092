"""How often are we right about closures that read a variable late, and how often are the peers?

    python benchmarks/precision.py                 # on fixtures/, whose truth CPython showed
    python benchmarks/precision.py --labels FILE   # on closures of published packages, whose truth FILE says
    python benchmarks/precision.py --show          # list every row somebody gets wrong

The peers are flake8-bugbear and ruff (B023) and pylint (W0640), as pinned in `peers.txt`. On fixtures: each caret of
CLO101 to CLO103 in a `bad_*.py` is a guilty closure, and a `missed_*.py` holds one; every other report in the folders
of these codes is a false alarm. The fixtures are what we have thought of, so they show what a tool can tell apart,
not how it does on code at large; for that there are labels. Generator expressions (CLO103) are no concern of the
peers.

A label is one line of JSON: `package` (NAME==VERSION on PyPI, or a folder), `path` below it, `line` and `column` of
the closure (both from 1, the column in bytes as CPython counts), `variable`, and `verdict`: BUG and HAZARD must be
reported, SAFE and INTENDED must not. `how`, `callee` and `reason` are shown by --show, other keys are for readers.

A report counts for a closure if it names the variable on a line inside the closure.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import environment
from environment import ROOT

sys.path.insert(0, str(ROOT / "tests"))

import harness

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.source import SourceError

CODES = ("CLO101", "CLO102", "CLO103")
GUILTY, INNOCENT = ("BUG", "HAZARD"), ("SAFE", "INTENDED")
FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.GeneratorExp)
BATCH = 200


@dataclass(frozen=True)
class Report:
    """One thing that a tool says: a variable, and the line on which it is read late."""

    path: Path
    line: int
    name: str


@dataclass(frozen=True)
class Row:
    """One closure and a variable that it reads. `first` and `last` are its lines; no name stands for any variable."""

    path: Path
    first: int
    last: int
    name: str
    guilty: bool
    about: str = field(default="", compare=False)

    def is_met(self, report: Report) -> bool:
        return self.path == report.path and self.first <= report.line <= self.last and self.name in ("", report.name)


# The tools.


def ours(files: Sequence[Path]) -> Iterator[Report]:
    config = Config(select=CODES)
    for path in files:
        try:
            findings = flake8_closures.check(path.read_bytes(), str(path), config)
        except SourceError:
            continue
        for finding in findings:
            yield Report(path, finding.span.line, finding.name)


def bugbear(files: Sequence[Path]) -> Iterator[Report]:
    command = ["flake8", "--isolated", "--select=B023", "--exit-zero", "--format=%(path)s:%(row)d:%(text)s"]
    yield from _peer(command, files)


def ruff(files: Sequence[Path]) -> Iterator[Report]:
    command = ["ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--select=B023", "--quiet"]
    yield from _peer([*command, "--output-format=concise"], files)


def pylint(files: Sequence[Path]) -> Iterator[Report]:
    command = ["pylint", "--rcfile=", "--disable=all", "--enable=W0640", "--score=n", "--exit-zero"]
    yield from _peer([*command, "--msg-template={abspath}:{line}:{msg}"], files)


TOOLS: dict[str, Callable[[Sequence[Path]], Iterator[Report]]] = {
    "flake8-closures": ours,
    "flake8-bugbear": bugbear,
    "ruff": ruff,
    "pylint": pylint,
}


def _peer(command: Sequence[str], files: Sequence[Path]) -> Iterator[Report]:
    """Run a peer of the environment and read its lines, `path:line: text with the name in it`."""
    python = environment.install("peers")
    for start in range(0, len(files), BATCH):
        batch = [str(path) for path in files[start : start + BATCH]]
        done = subprocess.run([str(python), "-m", *command, *batch], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
        for line in done.stdout.splitlines():
            place = re.match(r"(?P<path>.+?\.py):(?P<line>\d+):(?P<text>.*)", line)
            name = re.search(r"[`'](\w+)[`']|variable (\w+)", place["text"]) if place else None
            if place and name:
                yield Report(Path(place["path"]).absolute(), int(place["line"]), name[1] or name[2])


# The truth.


def of_fixtures(root: Path = harness.FIXTURES) -> tuple[list[Row], list[Path]]:
    """Return the guilty rows of the fixtures, and every file in which a tool may raise a false alarm.

    Fixtures that this Python is too old for are left out.
    """
    rows, files = [], []
    for fixture in harness.fixtures(root):
        if fixture.folder not in CODES or fixture.needs > sys.version_info[:2]:
            continue
        files.append(fixture.path)
        if fixture.kind == "missed":
            rows.append(Row(fixture.path, 1, len(fixture.text.splitlines()), "", True))
        elif fixture.kind == "bad":
            spans = _closures(fixture.text)
            for mark in harness.marks(fixture.text):
                if mark.code in CODES:
                    first, last = _innermost(spans, mark.line)
                    name = mark.message.split("'")[1]
                    rows.append(Row(fixture.path, first, last, name, True))
    return rows, files


def of_labels(path: Path) -> list[Row]:
    """Return the labelled closures, their packages fetched.

    Raises SystemExit for a label that does not stand at a closure.
    """
    rows = []
    ends: dict[Path, dict[tuple[int, int], int]] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        label = json.loads(text)
        file = environment.fetch(label["package"]) / label["path"]
        if file not in ends:
            ends[file] = {
                (node.lineno, node.col_offset): node.end_lineno or node.lineno
                for node in ast.walk(ast.parse(file.read_bytes()))
                if isinstance(node, FUNCTIONS)
            }
        place = label["line"], label["column"] - 1
        if place not in ends[file] or label["verdict"] not in GUILTY + INNOCENT:
            raise SystemExit(f"no closure stands there, or the verdict is none: {text}")
        about = " ".join(str(label[key]) for key in ("verdict", "how", "callee", "reason") if label.get(key))
        guilty = label["verdict"] in GUILTY
        rows.append(Row(file, label["line"], ends[file][place], label["variable"], guilty, about))
    return rows


def _closures(text: str) -> list[tuple[int, int]]:
    tree = ast.parse(text)
    return [(node.lineno, node.end_lineno or 0) for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def _innermost(spans: Iterable[tuple[int, int]], line: int) -> tuple[int, int]:
    around = [span for span in spans if span[0] <= line <= span[1]]
    if not around:
        raise SystemExit(f"no closure stands on line {line}")
    return min(around, key=lambda span: span[1] - span[0])


# The comparison.


@dataclass
class Score:
    """What a tool did: the guilty rows it met and missed, and its false alarms."""

    hits: list[str]
    missed: list[str]
    false: list[str]

    @property
    def precision(self) -> float:
        return len(self.hits) / max(1, len(self.hits) + len(self.false))

    @property
    def recall(self) -> float:
        return len(self.hits) / max(1, len(self.hits) + len(self.missed))


def score(rows: Sequence[Row], reports: Sequence[Report], *, complete: bool) -> Score:
    """Compare reports with rows. `complete` says that what stands on no row is a false alarm too."""
    result = Score([], [], [])
    used: set[Report] = set()
    for row in rows:
        met = {report for report in reports if row.is_met(report)}
        used |= met
        place = f"{row.path}:{row.first} {row.name!r} {row.about}".rstrip()
        if row.guilty:
            (result.hits if met else result.missed).append(place)
        elif met:
            result.false.append(place)
    if complete:
        spans = {path: _closures(path.read_text(encoding="utf-8")) for path in {report.path for report in reports}}
        places = {(r.path, _innermost(spans[r.path], r.line), r.name) for r in {*reports} - used}
        result.false += sorted(f"{path}:{span[0]} {name!r}" for path, span, name in places)
    return result


def versioned(tool: str) -> str:
    """Return the name of a tool with its version."""
    pin = next((line for line in environment.pins("peers") if line.startswith(f"{tool}==")), "")
    return pin.replace("==", " ") or f"{tool} {flake8_closures.__version__}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, metavar="FILE", help="labelled closures, one JSON object a line")
    parser.add_argument("--fixtures", type=Path, default=harness.FIXTURES, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--tool", choices=TOOLS, action="append", help="this tool alone (may be repeated)")
    parser.add_argument("--show", action="store_true", help="list the rows that a tool gets wrong")
    options = parser.parse_args(arguments)
    rows, files = (of_labels(options.labels), []) if options.labels else of_fixtures(options.fixtures)
    files = files or sorted({row.path for row in rows})
    where = options.labels or "fixtures/"
    print(f"{where}: {len(files)} files, {sum(row.guilty for row in rows)} guilty closures", end="")
    print(f", {sum(not row.guilty for row in rows)} innocent ones" if options.labels else "")
    print(f"{'tool':<24} {'precision':>9} {'recall':>7} {'hit':>5} {'missed':>7} {'false alarms':>13}")
    for name in options.tool or TOOLS:
        found = score(rows, list(TOOLS[name](files)), complete=not options.labels)
        counts = f"{len(found.hits):>5} {len(found.missed):>7} {len(found.false):>13}"
        print(f"{versioned(name):<24} {found.precision:>9.3f} {found.recall:>7.3f} {counts}", flush=True)
        if options.show:
            for text in [*(f"missed: {row}" for row in found.missed), *(f"false alarm: {row}" for row in found.false)]:
                print(f"    {text}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
