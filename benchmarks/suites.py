"""Does a repaired package pass its own tests? What its authors bound and declared is undone, and asked back.

    python benchmarks/suites.py             # networkx and twisted: some minutes
    python benchmarks/suites.py networkx    # this one
    python benchmarks/suites.py --show      # and list what was undone and not brought back

In a copy of the package, every `name=name` default of a function that is made in a loop which rebinds the name is
renamed, so that the function reads the variable late; and every `nonlocal` statement of a function that binds its
names is taken out, so that they are local. Then `closure-fix --apply --unsafe-fixes --extend-select CLO105` repairs the
copy, all of it; without CLO105 it would leave alone the functions that are handed to a callee in another file. The
tests of the package run over three copies: as it is, undone, repaired. The last must fail exactly the tests that the
first fails; that undoing breaks some shows that the tests look. What counts as brought back is decided by CPython's
symbol table: the function takes the name as a parameter again, or has it as a free variable. The tests that run are
those of the modules in which something was undone.

The exit code is 1 if the repaired package fails a test that it did not fail before.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import symtable
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import environment

LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Edit = tuple[int, int, int, str]
"""A line from 1, two columns in bytes, and what comes to stand between them."""


@dataclass(frozen=True)
class Undone:
    """One thing that was taken out: a default or a declaration of a function."""

    path: str
    line: int
    kind: str
    name: str


# What is undone.


def undo(text: bytes, path: str) -> tuple[bytes, list[Undone]]:
    """Return a file without its bindings and declarations, and what they were."""
    tree = ast.parse(text)
    found = [*defaults(tree, frozenset()), *declarations(tree)]
    lines = text.split(b"\n")
    for number, start, end, new in sorted({edit for *_, edit in found}, reverse=True):
        line = lines[number - 1]
        lines[number - 1] = line[:start] + new.encode() + line[end:]
    return b"\n".join(lines), [Undone(path, line, kind, name) for line, kind, name, _ in found]


def defaults(node: ast.AST, bound: frozenset[str]) -> Iterator[tuple[int, str, str, Edit]]:
    """Yield the parameters `name=name` of functions that are made in a loop which binds the name, and their edits."""
    if isinstance(node, FUNCTIONS):
        arguments = node.args
        places = [*arguments.posonlyargs, *arguments.args]
        pairs = [*zip(reversed(places), reversed(arguments.defaults), strict=False)]
        pairs += [
            (each, value) for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
        ]
        body = node.body if isinstance(node.body, list) else [node.body]
        uses = [inner for part in body for inner in ast.walk(part) if isinstance(inner, ast.Name)]
        for each, value in pairs:
            used = {type(inner.ctx) for inner in uses if inner.id == each.arg}
            if isinstance(value, ast.Name) and value.id == each.arg and each.arg in bound and used == {ast.Load}:
                end = each.col_offset + len(each.arg.encode())
                yield node.lineno, "default", each.arg, (each.lineno, each.col_offset, end, f"bound_{each.arg}")
        bound = frozenset()
    elif isinstance(node, LOOPS):
        bound |= {
            inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
        }
    for child in ast.iter_child_nodes(node):
        yield from defaults(child, bound)


def declarations(tree: ast.Module) -> Iterator[tuple[int, str, str, Edit]]:
    """Yield the names of `nonlocal` statements that their function binds, with the edit that takes it out."""
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        inside = [*_own(function)]
        binds = {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        for node in inside:
            if isinstance(node, ast.Nonlocal) and binds & set(node.names) and node.end_lineno == node.lineno:
                edit = node.lineno, node.col_offset, node.end_col_offset or 0, "pass"
                for name in node.names:
                    if name in binds:
                        yield function.lineno, "nonlocal", name, edit


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def shares(text: bytes, kind: str, name: str) -> int:
    """Return how many functions of a file have a name from outside: as a parameter, or as a variable not their own."""
    waiting, count = [symtable.symtable(text, "a.py", "exec")], 0
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        symbol = table.lookup(name) if name in table.get_identifiers() else None
        if symbol and table.get_type() == "function":
            is_shared = symbol.is_free() and symbol.is_assigned()
            count += symbol.is_parameter() if kind == "default" else is_shared
    return count


# The tests of the packages.


@dataclass(frozen=True)
class Suite:
    """How a package is tested.

    `choose` gives the tests for the files that were changed; `failed` and `total` find them in what is printed.
    """

    command: Sequence[str]
    choose: Callable[[Path, Sequence[str]], list[str]]
    failed: Callable[[str], set[str]]
    total: re.Pattern[str]


def _beside(package: Path, changed: Sequence[str]) -> list[str]:
    """The tests of networkx lie in a folder beside what they test."""
    folders = {(package.parent / name).parent for name in changed}
    return sorted(str(folder if folder.name == "tests" else folder / "tests") for folder in folders)


def _named_by_the_files(package: Path, changed: Sequence[str]) -> list[str]:
    """The modules of twisted say in their first line which tests are theirs."""
    found = set()
    for name in changed:
        text = (package.parent / name).read_text(encoding="utf-8")
        told = re.match(r"# -\*- test-case-name: ([\w.,]+)", text)
        module = name.removesuffix(".py").replace("/", ".")
        if ".test." in module:
            found.add(module)
        else:
            found.update(told[1].split(",") if told else ())
    return sorted(found)


def _failed_of_pytest(told: str) -> set[str]:
    return set(re.findall(r"^(?:FAILED|ERROR) \S*?(networkx/\S+)", told, re.MULTILINE))


def _failed_of_trial(told: str) -> set[str]:
    """Each group of equal troubles ends with the names of its tests."""
    found: set[str] = set()
    for part in re.split(r"^=+\n", told, flags=re.MULTILINE):
        if part.startswith(("[ERROR]", "[FAIL]")):
            found.update(re.findall(r"^(twisted\.[\w.]+\.test_\w+)$", part, re.MULTILINE))
    return found


SUITES = {
    "networkx": Suite(
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE", "-W", "ignore"],
        _beside,
        _failed_of_pytest,
        re.compile(r"^\d+ (?:passed|failed).*(?= in )", re.MULTILINE),
    ),
    "twisted": Suite(
        ["-m", "twisted.trial", "--reporter=bwverbose"],
        _named_by_the_files,
        _failed_of_trial,
        re.compile(r"^(?:PASSED|FAILED) \(.*\)$", re.MULTILINE),
    ),
}


def test(suite: Suite, python: Path, package: Path, tests: Sequence[str]) -> tuple[set[str], str]:
    """Run the tests of a package that lies in a folder; return those that fail, and the summary. Raises SystemExit."""
    run = [str(python), *suite.command, *tests]
    around = {"PYTHONPATH": str(package.parent), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=package.parent, env=around)
    total = suite.total.findall(done.stdout)
    if not total:
        raise SystemExit(f"{' '.join(run)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return suite.failed(done.stdout), total[-1]


def compare(name: str, package: Path, python: Path, *, show: bool) -> bool:
    """Undo, repair and test a package; return whether it fails no test that it does not fail as it is."""
    suite, undone = SUITES[name], list[Undone]()
    with tempfile.TemporaryDirectory() as scratch:
        copies = {state: Path(scratch, state, name) for state in ("as it is", "undone", "repaired")}
        for copy in copies.values():
            shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        original = copies["as it is"]
        for path in sorted(original.rglob("*.py")):
            place = path.relative_to(original.parent)
            try:
                text, taken = undo(path.read_bytes(), str(place))
            except (SyntaxError, ValueError):
                continue
            undone += taken
            for state in ("undone", "repaired") if taken else ():
                Path(scratch, state, place).write_bytes(text)
        command = [sys.executable, "-m", "flake8_closures", "--isolated", "--apply", "--unsafe-fixes"]
        command.append("--extend-select=CLO105")
        told = subprocess.run([*command, str(copies["repaired"])], capture_output=True, text=True, check=False)
        if " repaired, " not in told.stderr:
            raise SystemExit(told.stderr)
        lost = [each for each in undone if not _is_back(each, Path(scratch))]
        kinds = {kind: sum(each.kind == kind for each in undone) for kind in ("default", "nonlocal")}
        print(f"{name}: {kinds['default']} defaults and {kinds['nonlocal']} nonlocal names undone", end="")
        print(f", {len(undone) - len(lost)} of {len(undone)} brought back", flush=True)
        for each in lost if show else ():
            print(f"    {each.kind} {each.name!r} is not back in {each.path}:{each.line}")
        failing: dict[str, set[str]] = {}
        for state, copy in copies.items():
            tests = suite.choose(copy, sorted({each.path for each in undone}))
            failing[state], summary = test(suite, python, copy, tests)
            print(f"  {state:<9} {summary}, {len(failing[state])} tests fail", flush=True)
        worse = sorted(failing["repaired"] - failing["as it is"])
        for each in worse:
            print(f"    fails after the repair: {each}")
    return not worse


def _is_back(each: Undone, scratch: Path) -> bool:
    before, after = ((scratch / state / each.path).read_bytes() for state in ("as it is", "repaired"))
    return shares(after, each.kind, each.name) >= shares(before, each.kind, each.name)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(SUITES), metavar="PACKAGE", help=", ".join(SUITES))
    parser.add_argument("--show", action="store_true", help="list what is not brought back")
    options = parser.parse_args(arguments)
    python = environment.install("suites")
    paths = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    good = [compare(name, Path(paths, name), python, show=options.show) for name in options.packages]
    return int(not all(good))


if __name__ == "__main__":
    raise SystemExit(main())
