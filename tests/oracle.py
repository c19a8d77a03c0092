"""Does CPython agree about whose each name is? Compares our scopes with the code objects that the compiler makes.

    python tests/oracle.py --stdlib [--every N]      the standard library of this interpreter
    python tests/oracle.py FILE_OR_FOLDER...

Runs on any supported Python without a single installed package. For each code object it compares `co_freevars` and
`co_cellvars` (equal), and the names that its instructions load, store and delete as local, global or by name (each
one known to us; what only we know must stand in code that the compiler dropped). Prints a line for each disagreement
and one of counts; exits with 1 if there is a disagreement that EXCEPTIONS does not list.
"""

from __future__ import annotations

import argparse
import ast
import collections
import dis
import pathlib
import sys
import sysconfig
import types
import warnings
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from flake8_closures.facts import scopes
from flake8_closures.model import BindingKind, Scope, ScopeKind, Variable

EXCEPTIONS: dict[str, str] = {}
"""`file: code object: name` of each disagreement that is CPython's own, with the reason."""

IMPLICIT = {
    "__module__", "__qualname__", "__name__", "__doc__", "__annotations__", "__classcell__", "__class__",
    "__classdict__",
    "__classdictcell__", "__firstlineno__", "__static_attributes__", "__type_params__", "__orig_bases__", "__debug__",
    "__conditional_annotations__", "*",
}  # fmt: skip

HOW = {"FAST": "local", "DEREF": "cell", "CLASSDEREF": "cell", "GLOBAL": "global", "GLOBALS": "global", "NAME": "name"}


def instruction_names(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """Yield (name, how) for each instruction that loads, stores or deletes a variable."""
    for instruction in dis.get_instructions(code):
        words = instruction.opname.split("_")
        if words[0] not in ("LOAD", "STORE", "DELETE") or words[-1] in ("CLOSURE", "ATTR", "METHOD", "CONST", "SUBSCR"):
            continue
        if instruction.opname.startswith("LOAD_FAST") or instruction.opname.startswith("STORE_FAST"):
            names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
            for name in names:
                yield name, "local"
        elif words[-1] in HOW and isinstance(instruction.argval, str):
            yield instruction.argval, HOW[words[-1]]


def code_children(code: types.CodeType) -> list[types.CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def code_name(scope: Scope) -> str:
    if scope.kind is ScopeKind.TYPE_PARAMETERS:
        return f"<generic parameters of {scope.name}>"
    return scope.name


def first_line(scope: Scope) -> int:
    decorators = getattr(scope.node, "decorator_list", None)
    if scope.kind in (ScopeKind.FUNCTION, ScopeKind.CLASS, ScopeKind.TYPE_PARAMETERS) and decorators:
        return min(decorators[0].lineno, scope.node.lineno)
    return getattr(scope.node, "lineno", 1)


class Comparison:
    """The running tally over any number of files."""

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.disagreements: list[str] = []
        self.dropped: list[str] = []

    def file(self, path: pathlib.Path, label: str) -> None:
        try:
            data = path.read_bytes()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(data)
                code = compile(data, str(path), "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError, RecursionError):
            self.counts["not compiled"] += 1
            return
        self.counts["files"] += 1
        self.label = label
        found = scopes.build(tree)
        self.free = free_variables(found)
        self.match(code, [found[0]])

    def match(self, code: types.CodeType, merged: list[Scope]) -> None:
        """Compare one code object with its scope, and with the comprehensions that were inlined into it."""
        children = code_children(code)
        keys = collections.Counter((child.co_name, child.co_firstlineno) for child in children)
        queue, below = list(merged), []
        merged = []
        while queue:
            scope = queue.pop()
            merged.append(scope)
            for child in scope.children:
                inlined = child.kind is ScopeKind.COMPREHENSION and not keys[child.name, first_line(child)]
                (queue if inlined and sys.version_info >= (3, 12) else below).append(child)
        self.compare(code, merged)
        groups = collections.defaultdict(list)
        for scope in below:
            groups[code_name(scope), first_line(scope)].append(scope)
        for child in children:
            candidates = groups[child.co_name, child.co_firstlineno]
            if not candidates:
                self.disagree(child, "no scope", child.co_name)
                continue
            best = min(candidates, key=lambda scope, child=child: self.distance(child, scope))
            candidates.remove(best)
            self.match(child, [best])
        self.counts["scopes without code (dead)"] += sum(len(group) for group in groups.values())

    def distance(self, code: types.CodeType, scope: Scope) -> tuple[int, int]:
        """Tell apart the functions of one name on one line: by what they capture, then by what they mention."""
        used = {name for name, _ in instruction_names(code)}
        column = next((p[2] for p in code.co_positions() if p[0] and p[2]), 0) if sys.version_info >= (3, 11) else 0
        return len(set(code.co_freevars) ^ {variable.name for variable in self.free[scope]}) * 100 + len(
            used ^ set(scope.owners)
        ), abs(getattr(scope.node, "col_offset", 0) - (column or 0))

    def compare(self, code: types.CodeType, merged: list[Scope]) -> None:
        self.counts["code objects"] += 1
        at_module = code.co_name == "<module>"
        own = {variable for scope in merged for variable in scope.variables.values()}
        inner_free = {
            variable
            for scope in merged
            for child in scope.children
            if child not in merged
            for variable in self.free[child]
        }
        cells = {variable.name for variable in own & inner_free}
        free = {variable.name for scope in merged for variable in self.free[scope] if variable not in own}
        self.equal(code, "free", {name for name in code.co_freevars if named(name)}, free)
        self.equal(code, "cell", {name for name in code.co_cellvars if named(name)}, cells)
        known: dict[tuple[str, str], list[ast.AST]] = collections.defaultdict(list)
        for scope in merged:
            for name, owner in scope.owners.items():
                how = accessed(name, owner, scope, own, inner_free)
                # Parameters and bare annotations have no instruction of their own.
                silent = (BindingKind.PARAMETER, BindingKind.ANNOTATION)
                bound = [binding.node for binding in scope.writes.get(name, ()) if binding.kind not in silent]
                nodes = [*scope.reads.get(name, ()), *bound]
                known[name, "name" if how == "global" and at_module else how] += nodes
        self.compare_names(code, known, {node for scope in merged for node in scope.unevaluated}, len(merged) > 1)

    def compare_names(
        self,
        code: types.CodeType,
        known: dict[tuple[str, str], list[ast.AST]],
        unevaluated: set[ast.AST],
        has_inlined: bool,
    ) -> None:
        """Compare the names in the instructions of a code object with those of its scopes, and how each is accessed."""
        at_module = code.co_name == "<module>"
        # A cell is loaded like a local where it is handed to an inner function (3.13).
        cell_names = {*code.co_cellvars, *code.co_freevars}
        used = {
            (name, "name" if how == "global" and at_module else how)
            for name, how in instruction_names(code)
            if named(name) and name not in IMPLICIT and not (how == "local" and name in cell_names)
        }
        ours = {pair for pair, nodes in known.items() if nodes and pair[0] not in IMPLICIT}
        # Around an inlined comprehension the compiler saves and restores its names as fast locals, whatever they are.
        saved = {(name, "local") for name, _ in known} if has_inlined else set()
        for name, how in used - known.keys() - saved:
            self.disagree(code, f"CPython only, {how}", name)
        lines = {line for _, _, line in code.co_lines() if line} if hasattr(code, "co_lines") else set()
        for name, how in ours - used:
            alive = [n for n in known[name, how] if n not in unevaluated and getattr(n, "lineno", 0) in lines]
            if alive:
                self.counts["dropped by the compiler"] += 1
                self.dropped.append(f"{self.label}:{alive[0].lineno} {code.co_name}: {name} ({how})")
        self.counts["names"] += len(used)

    def equal(self, code: types.CodeType, what: str, theirs: set[str], ours: set[str]) -> None:
        for name in theirs - ours:
            self.disagree(code, f"CPython only, {what}", name)
        for name in ours - theirs:
            self.disagree(code, f"ours only, {what}", name)

    def disagree(self, code: types.CodeType, what: str, name: str) -> None:
        key = f"{self.label}: {code.co_name}: {name}"
        if key in EXCEPTIONS:
            self.counts["listed exceptions"] += 1
            return
        self.counts["disagreements"] += 1
        self.disagreements.append(f"{self.label}:{code.co_firstlineno} {code.co_name}: {name}: {what}")


def accessed(name: str, owner: Variable | None, scope: Scope, own: set[Variable], inner_free: set[Variable]) -> str:
    """Return by which kind of instruction a block gets at a name: local, cell, global, or name.

    `own` are the variables of the code object, `inner_free` those that functions inside it capture.
    """
    if owner is None or (owner.scope.kind is ScopeKind.MODULE and owner not in own):
        how = "global"
    elif owner.scope.kind is ScopeKind.MODULE:
        how = "name"
    elif owner in own and owner not in inner_free:
        how = "local"
    else:
        how = "cell"
    if scope.kind in (ScopeKind.MODULE, ScopeKind.CLASS):
        # LOAD_NAME looks in the locals first, whoever owns the name; a declared global is direct.
        direct = name in scope.globals or (how == "cell" and owner not in own)
        return how if scope.kind is ScopeKind.CLASS and direct else "name"
    if how != "global" and owner and owner.scope.kind is ScopeKind.CLASS and name != "__class__":
        return "global"
    return how


def named(name: str) -> bool:
    """Tell the names of a program from those of the compiler (`.0`, `.type_params`)."""
    return not name.startswith(".") and name != "__classdict__"


def free_variables(found: list[Scope]) -> dict[Scope, set[Variable]]:
    """Return what each scope takes from the functions around it, that of its inner scopes included."""
    result: dict[Scope, set[Variable]] = {}
    for scope in reversed(found):
        free = {v for v in scope.owners.values() if v and v.scope.kind is not ScopeKind.MODULE}
        free = free.union(*(result[child] for child in scope.children))
        result[scope] = {v for v in free if v.scope is not scope and (v.scope.is_function or v.name == "__class__")}
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=pathlib.Path)
    parser.add_argument("--stdlib", action="store_true")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth file")
    parser.add_argument("--dropped", action="store_true", help="also list what only we know in code that was compiled")
    options = parser.parse_args()
    comparison = Comparison()
    folders = [pathlib.Path(sysconfig.get_path("stdlib"))] if options.stdlib else []
    for start in [*folders, *options.paths]:
        files = sorted(p for p in start.rglob("*.py") if "site-packages" not in p.parts) if start.is_dir() else [start]
        for path in files[:: options.every]:
            comparison.file(path, path.relative_to(start).as_posix() if start.is_dir() else path.name)
    for line in comparison.disagreements + (comparison.dropped if options.dropped else []):
        print(line)
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"CPython {version}: " + ", ".join(f"{name} {count}" for name, count in sorted(comparison.counts.items())))
    return int(bool(comparison.disagreements))


if __name__ == "__main__":
    raise SystemExit(main())
