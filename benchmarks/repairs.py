"""Do the repairs hold on published packages? All are made, looked at without the proof, and counted.

    python benchmarks/repairs.py                              # the packages of packages.txt
    python benchmarks/repairs.py PACKAGE==VERSION FOLDER ...  # these, fetched from PyPI or lying here
    python benchmarks/repairs.py --patch FILE                 # and write what was changed into FILE, to be read

Every rule is on, the opt-in ones too. Nothing is written to the packages: each file is repaired in memory, in each
`--closures-bind-style`, with and without `--unsafe-fixes`, and every time

- CPython compiles the result;
- a second run changes nothing;
- nothing that stood in the file is gone: its bytes are still there, in their order;
- no line differs but those of functions that had a finding, or that a repair says it changed since another repair asks
  for it (a closure that calls another one is bound with that); and at most an import is new.

None of this asks the proof of `flake8_closures/fixes/`. The exit code is 1 if a file fails. Counted is what
`--apply --unsafe-fixes` does: repairs by action; refusals by reason, of findings that no remedy could mend; and what is
hidden without --unsafe-fixes.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import environment

from flake8_closures import engine, source
from flake8_closures.cli import writing
from flake8_closures.config import BIND_STYLES, Config
from flake8_closures.model import Finding, Safety, Span
from flake8_closures.remedies import applicable
from flake8_closures.source import Source, SourceError
from flake8_closures.tree import first_line

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
NEW_IMPORT = re.compile(rb"\s*((from \w+ )?import \w+)?\s*")
WAYS = [
    Config(extended=True, unsafe_fixes=unsafe, bind_style=style) for unsafe in (True, False) for style in BIND_STYLES
]
"""How every file is repaired; the first is what is counted."""


@dataclass
class Result:
    """What became of some files."""

    files: int = 0
    unread: int = 0
    changed: int = 0
    applied: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)
    flaws: list[str] = field(default_factory=list)
    patches: list[bytes] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Count another file too."""
        for name in ("files", "unread", "changed", "applied", "refused", "hidden", "flaws", "patches"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def examine(path: Path) -> Result:
    """Repair one file in memory in every way, and look at what came out."""
    result = Result(files=1)
    try:
        data = path.read_bytes()
        code = source.read(data, str(path))
    except (SourceError, OSError):
        result.unread = 1
        return result
    found = engine.check(code, WAYS[0])
    result.hidden.update(filter(None, (_hidden(finding) for finding in found)))
    told: dict[str, str] = {}
    for config in WAYS if any(finding.remedies for finding in found) else ():
        outcome = engine.fix(code, config)
        if config is WAYS[0]:
            used = zip(outcome.applied, outcome.used, strict=True)
            result.applied.update(f"{each.safety.value:<7} {each.action} ({finding.code})" for finding, each in used)
            result.refused.update(f"{each.remedy.action}: {_general(each.reason)}" for each in outcome.refused)
            result.changed = outcome.text != code.text
            result.patches.append(writing.patch(str(path), data, writing.encode(outcome.text, code)))
        if outcome.text not in (code.text, *told):
            told[outcome.text] = f"{config.bind_style}{', unsafe' if config.unsafe_fixes else ''}"
            places = {remedy.span for each in found for remedy in each.remedies}
            places |= {remedy.span for remedy in outcome.used}
            wrong = flaws(code, data, writing.encode(outcome.text, code), places, config)
            result.flaws += [f"{path} ({told[outcome.text]}): {flaw}" for flaw in wrong]
    return result


def _hidden(finding: Finding) -> str:
    """Return why nothing is done about a finding without --unsafe-fixes, empty if something is."""
    ways = [remedy.safety for remedy in applicable(finding, WAYS[0], tuple(Safety))]
    if Safety.SAFE in ways:
        return ""
    why = "unsafe" if Safety.UNSAFE in ways else "only shown" if ways else "no remedy"
    return f"{finding.code} {why}"


def _general(reason: str) -> str:
    """Return a reason without the names of one place."""
    return re.sub(r"'[^']*'|\*+\w+", "...", reason)


def flaws(code: Source, before: bytes, after: bytes, places: Collection[Span], config: Config) -> Iterator[str]:
    """Yield what is wrong with a repaired file, of which the functions at some places were to be repaired."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(after, code.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        yield f"does not compile: {error}"
        return
    again = source.read(after, code.path)
    if engine.fix(again, config).text != again.text:
        yield "a second run changes it again"
    left = iter(after)
    if not all(byte in left for byte in before):
        yield "something that stood there is gone"
    yield from strays(code, before, after, places)


def strays(code: Source, before: bytes, after: bytes, places: Collection[Span]) -> Iterator[str]:
    """Yield the lines that differ outside of the functions at these places, and the new ones not beside them."""
    allowed: set[int] = set()
    for node in ast.walk(code.tree):
        if isinstance(node, FUNCTIONS) and code.span(node) in places:
            allowed.update(_lines(node, code))
    old, new = (data.split(b"\n") for data in (before, after))
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "insert":
            is_import = all(NEW_IMPORT.fullmatch(line) for line in new[new_start:new_end])
            good = is_import or not allowed.isdisjoint((start - 1, start))
        else:
            good = tag == "equal" or allowed.issuperset(range(start, end))
        if not good:
            yield f"line {start + 1} differs, where there is nothing to repair"


def _lines(node: ast.AST, code: Source) -> range:
    """Return the lines of a function, counted from 0, with its decorators and the comments at its end."""
    span = code.span(node)
    last = span.end_line
    while last < len(code.lines) and code.lines[last].strip()[:1] in ("#", ""):
        last += 1
    return range(first_line(node) - 1, last)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE==VERSION or FOLDER")
    parser.add_argument("--patch", type=Path, metavar="FILE", help="write the changes")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default 1)")
    options = parser.parse_args(arguments)
    total = Result()
    for package in options.packages or environment.pins("packages"):
        counted = _package(environment.fetch(package), options.jobs)
        print(f"{package:<28} {counted.files:>6} files, {counted.changed:>4} changed", flush=True)
        for flaw in counted.flaws:
            print(f"  {flaw}", flush=True)
        total.add(counted)
        if options.patch:
            options.patch.write_bytes(b"".join(total.patches))
    print(f"\n{total.files:,} files, {total.changed} changed, {total.unread} no Python: {len(total.flaws)} flaws")
    for title, counts in (("applied", total.applied), ("refused", total.refused), ("hidden", total.hidden)):
        print(f"\n{title}: {counts.total()}")
        for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            print(f"{count:>7}  {text}")
    return int(bool(total.flaws))


def _package(folder: Path, jobs: int) -> Result:
    result, files = Result(), sorted(folder.rglob("*.py"))
    if jobs == 1:
        for each in map(examine, files):
            result.add(each)
        return result
    with ProcessPoolExecutor(jobs) as pool:
        for each in pool.map(examine, files, chunksize=20):
            result.add(each)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
