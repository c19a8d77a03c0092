"""Do the repairs hold on published packages? All are made, looked at without the proof, and counted.

    python benchmarks/repairs.py                              # the packages of packages.txt
    python benchmarks/repairs.py PACKAGE==VERSION FOLDER ...  # these, fetched from PyPI or lying here
    python benchmarks/repairs.py --safe                       # what --apply does alone, without --unsafe-fixes
    python benchmarks/repairs.py --style factory              # another --closures-bind-style
    python benchmarks/repairs.py --patch FILE                 # and write what was changed into FILE, to be read

Every rule is on, the opt-in ones too. Nothing is written to the packages: each file is repaired in memory, and then

- CPython compiles the result;
- a second run changes nothing;
- nothing that stood in the file is gone: its bytes are still there, in their order;
- no line differs but those of functions that had a finding, and at most an import is new.

None of this asks the proof of `flake8_closures/fixes/`. The exit code is 1 if a file fails. What is counted: repairs by
action; refusals by reason, of findings that no remedy could mend; and what is hidden without --unsafe-fixes.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import environment

from flake8_closures import engine, source, writing
from flake8_closures.config import BIND_STYLES, Config
from flake8_closures.model import Finding, Safety
from flake8_closures.source import Source, SourceError

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
NEW_IMPORT = re.compile(rb"\s*((from \w+ )?import \w+)?\s*")


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


def examine(path: Path, config: Config) -> Result:
    """Repair one file in memory and look at what came out."""
    result = Result(files=1)
    try:
        data = path.read_bytes()
        code = source.read(data, str(path))
    except (SourceError, OSError):
        result.unread = 1
        return result
    found = engine.check(code, config)
    result.hidden.update(filter(None, (_hidden(finding, config) for finding in found)))
    if not any(finding.remedies for finding in found):
        return result
    outcome = engine.fix(code, config)
    used = zip(outcome.applied, outcome.used, strict=True)
    result.applied.update(f"{remedy.safety.value:<7} {remedy.action} ({finding.code})" for finding, remedy in used)
    result.refused.update(f"{refusal.remedy.action}: {_general(refusal.reason)}" for refusal in outcome.refused)
    if outcome.text != code.text:
        after = writing.encode(outcome.text, code)
        result.changed = 1
        result.patches.append(writing.patch(str(path), data, after))
        result.flaws += [f"{path}: {flaw}" for flaw in flaws(code, data, after, found, config)]
    return result


def _hidden(finding: Finding, config: Config) -> str:
    """Return why nothing is done about a finding without --unsafe-fixes, empty if something is."""
    ways = [remedy.safety for remedy in engine.applicable(finding, config, tuple(Safety))]
    if Safety.SAFE in ways:
        return ""
    why = "unsafe" if Safety.UNSAFE in ways else "only shown" if ways else "no remedy"
    return f"{finding.code} {why}"


def _general(reason: str) -> str:
    """Return a reason without the names of one place."""
    return re.sub(r"'[^']*'|\*+\w+", "...", reason)


def flaws(code: Source, before: bytes, after: bytes, found: Iterable[Finding], config: Config) -> Iterator[str]:
    """Yield what is wrong with a repaired file."""
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
    yield from strays(code, before, after, found)


def strays(code: Source, before: bytes, after: bytes, found: Iterable[Finding]) -> Iterator[str]:
    """Yield the lines that differ outside of the functions with a finding, and the new ones not beside them."""
    places = {remedy.span for finding in found for remedy in finding.remedies}
    allowed = [_lines(node, code) for node in ast.walk(code.tree) if _is_at(node, places, code)]
    old, new = (data.split(b"\n") for data in (before, after))
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_new = tag == "insert"
        inside = any(first - is_new <= start and end <= last + is_new for first, last in allowed)
        is_import = is_new and all(NEW_IMPORT.fullmatch(line) for line in new[new_start:new_end])
        if tag != "equal" and not inside and not is_import:
            yield f"line {start + 1} differs, where there is nothing to repair"


def _is_at(node: ast.AST, places: set[object], code: Source) -> bool:
    return isinstance(node, FUNCTIONS) and code.span(node) in places


def _lines(node: ast.AST, code: Source) -> tuple[int, int]:
    """Return the lines of a function, counted from 0 and without the last, with its decorators and last comments."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    span = code.span(node)
    last = span.end_line
    while last < len(code.lines) and code.lines[last].lstrip()[:1] in ("#", ""):
        last += 1
    return min([span.line, *(decorator.lineno for decorator in decorators)]) - 1, last


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE==VERSION or FOLDER")
    parser.add_argument("--safe", action="store_true", help="without --unsafe-fixes")
    parser.add_argument("--style", choices=BIND_STYLES, default="keyword", help="how late variables are bound")
    parser.add_argument("--patch", type=Path, metavar="FILE", help="write the changes")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default 1)")
    options = parser.parse_args(arguments)
    config = Config(extended=True, unsafe_fixes=not options.safe, bind_style=options.style)
    total = Result()
    for package in options.packages or environment.pins("packages"):
        counted = _package(environment.fetch(package), config, options.jobs)
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


def _package(folder: Path, config: Config, jobs: int) -> Result:
    result, work, files = Result(), partial(examine, config=config), sorted(folder.rglob("*.py"))
    if jobs == 1:
        for each in map(work, files):
            result.add(each)
        return result
    with ProcessPoolExecutor(jobs) as pool:
        for each in pool.map(work, files, chunksize=20):
            result.add(each)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
