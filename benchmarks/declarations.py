"""Is a forgotten declaration reported, and brought back? Those of published packages are taken out and asked for.

    python benchmarks/declarations.py                              # the packages of packages.txt
    python benchmarks/declarations.py PACKAGE==VERSION FOLDER ...  # these, fetched from PyPI or lying here
    python benchmarks/declarations.py --show ...                   # and list what is not reported or not brought back

One name is taken out of one `nonlocal` or `global` statement of a function that binds it, so that the function has a
variable of its own: one bug a file, whose repair is known. It is reported if a finding of CLO2 in the function names
the variable, and brought back if all repairs of CLO2 in the file, the unsafe ones too, give every block the same
symbols again, as CPython's `symtable` tells them. A function that reads the variable mostly fails; one that only
writes it goes on, and the update is lost.
"""

from __future__ import annotations

import argparse
import ast
import symtable
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import environment

from flake8_closures import engine, source
from flake8_closures.cli import writing
from flake8_closures.config import Config

DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)
KINDS = ("parameter", "declared_global", "free", "local")
RULES = Config(select=("CLO2",), unsafe_fixes=True, disable_noqa=True)
Symbols = dict[tuple[str, ...], str]


@dataclass(frozen=True)
class Mutant:
    """A file in which a function lacks one declaration."""

    text: bytes
    function: ast.AST
    name: str
    kind: str


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant."""

    kind: str
    place: str
    reported: bool
    repaired: bool


def mutants(text: bytes) -> Iterator[Mutant]:
    """Yield a file once for each name of a declaration that a function needs, without that name."""
    for function in ast.walk(ast.parse(text)):
        own = list(_own(function)) if isinstance(function, DEFS) else []
        statements = [node for node in own if isinstance(node, (ast.Nonlocal, ast.Global))]
        names = Counter(name for statement in statements for name in statement.names)
        changed = {node.target for node in own if isinstance(node, ast.AugAssign)}
        for statement, name in ((each, name) for each in statements for name in each.names if names[name] == 1):
            uses = [node for node in own if isinstance(node, ast.Name) and node.id == name]
            loads = [node for node in uses if isinstance(node.ctx, ast.Load)]
            if len(loads) < len(uses):
                keyword = type(statement).__name__.lower()
                left = ", ".join(other for other in statement.names if other != name)
                kind = f"{keyword}, {'reads and writes' if loads or changed & {*uses} else 'only writes'}"
                yield Mutant(_replaced(text, statement, f"{keyword} {left}" if left else "pass"), function, name, kind)


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes in the body of a function that do not lie in a function or class inside."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*DEFS, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _replaced(text: bytes, node: ast.stmt, new: str) -> bytes:
    lines = text.splitlines(keepends=True)
    last = node.end_lineno or node.lineno
    line = lines[node.lineno - 1][: node.col_offset] + new.encode() + lines[last - 1][node.end_col_offset :]
    return b"".join([*lines[: node.lineno - 1], line, *lines[last:]])


def symbols(text: bytes) -> Symbols | None:
    """Return whose each name of each block of a file is, None if CPython does not compile it."""
    try:
        compile(text, "<mutant>", "exec", dont_inherit=True)
        waiting: list[tuple[tuple[str, ...], symtable.SymbolTable]] = [
            ((), symtable.symtable(text, "<mutant>", "exec"))
        ]
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: Symbols = {}
    for path, table in waiting:
        for symbol in table.get_symbols():
            whose = [kind for kind in KINDS if getattr(symbol, f"is_{kind}")()]
            found[(*path, symbol.get_name())] = whose[0] if whose else "global"
        for number, inner in enumerate(table.get_children()):
            waiting.append(((*path, f"{number} {inner.get_name()}"), inner))
    return found


def examine(path: Path) -> Iterator[Verdict]:
    """Take the declarations of one file out, one at a time, and ask them back."""
    text = path.read_bytes()
    before = symbols(text) if b"global" in text or b"nonlocal" in text else None
    for mutant in mutants(text) if before else ():
        if symbols(mutant.text) is None:
            continue
        code = source.read(mutant.text, str(path))
        span = code.span(mutant.function)
        found = engine.check(code, RULES)
        reported = any(each.name == mutant.name and span.line <= each.span.line <= span.end_line for each in found)
        after = symbols(writing.encode(engine.fix(code, RULES).text, code))
        yield Verdict(mutant.kind, f"{path}:{span.line} {mutant.name!r}", reported, before == after)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE==VERSION or FOLDER")
    parser.add_argument("--show", action="store_true", help="list what is not reported or not brought back")
    options = parser.parse_args(arguments)
    made: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    repaired: Counter[str] = Counter()
    for package in options.packages or environment.pins("packages"):
        for path in sorted(environment.fetch(package).rglob("*.py")):
            for verdict in examine(path):
                made[verdict.kind] += 1
                reported[verdict.kind] += verdict.reported
                repaired[verdict.kind] += verdict.repaired
                if options.show and not (verdict.reported and verdict.repaired):
                    became = "not brought back" if verdict.reported else "not reported"
                    print(f"{became}: {verdict.place} ({verdict.kind})", flush=True)
    for kind, count in sorted(made.items()):
        shares = f"reported {reported[kind] / count:.3f}, brought back {repaired[kind] / count:.3f}"
        print(f"{kind:<26} {count:>5} taken out: {shares}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
