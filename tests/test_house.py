"""Does the house still stand as ARCHITECTURE.md draws it? The caretaker walks through every room."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import harness
import pytest

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.model import Finding, Span
from flake8_closures.rules import all_rules, codes

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "flake8_closures"
NAME = PACKAGE.name

# Who may import whom. What is not named here is a door, and doors may import everything.
ROOMS = {
    "model": set(),
    "codes": set(),
    "memo": set(),
    "tree": set(),
    "source": {"model", "memo", "tree"},
    "config": {"model", "codes"},
    "noqa": {"model", "source"},
    "report": {"model", "codes", "memo", NAME},
    "facts": {"model", "memo", "tree", "source"},
    "rules": {"model", "tree", "source", "facts"},
    "fixes": {"model", "tree", "source"},
    "remedies": {"model", "config"},
    "engine": {"model", "codes", "source", "noqa", "config", "remedies", "facts", "rules", "fixes"},
    NAME: {"model", "source", "config", "engine"},
}
DOORS = {"__main__", "cli", "flake8_plugin", "lsp", "settings"}

STREAM_CALLS = {"open", "print", "input", "breakpoint"}
STREAM_ATTRIBUTES = {
    *("open", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "rename", "iterdir"),
    *("stdin", "stdout", "stderr", "environ", "getenv", "argv", "listdir", "scandir", "getcwd"),
}
STREAM_MODULES = {"argparse", "logging", "shutil", "socket", "subprocess", "tempfile", "urllib"}

JUNK_DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "tools", "stuff"}
CEILING, RULE_CEILING = 400, 150

MADE = ROOT / "docs" / "rules"
"""Pages that every build of the documentation makes anew."""
LEFT_OUT = set("__pycache__ .hypothesis build dist node_modules venv .venv .git .hg .tox .eggs".split())
ELSEWHERE = re.compile(r"(?<![\w.~/-])/(?:home|root|work|Users|tmp|private|mnt|var/folders)/\w[\w./-]*")


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Return every module of the package by its dotted name below the package, '' for the package itself."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
each_module = pytest.mark.parametrize("module", MODULES)


def room_of(module: str) -> str:
    return module.partition(".")[0] or NAME


def text_of(module: str) -> str:
    return MODULES[module].read_text(encoding="utf-8")


def imported(text: str, package: str, *, typing: bool) -> set[str]:
    """Return the dotted names that a module imports anywhere in it; `package` resolves relative ones.

    With `typing` also those under `if TYPE_CHECKING:`, which no running program imports.
    """
    tree = ast.parse(text)
    unseen = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not typing:
            unseen |= {id(inner) for statement in node.body for inner in ast.walk(statement)}
    names = set()
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def targets(text: str, module: str, known: Mapping[str, Path] = MODULES) -> dict[str, str]:
    """Return what a module imports of the package: each dotted name, and the module that it stands in."""
    path = known.get(module)
    is_package = path is not None and path.name == "__init__.py"
    full = f"{NAME}.{module}".rstrip(".")
    found = {}
    for name in imported(text, full if is_package else full.rpartition(".")[0], typing=False):
        top, _, rest = name.partition(".")
        if top == NAME:
            found[name] = rest if rest in known else rest.rpartition(".")[0]
    return found


def is_rule(module: str) -> bool:
    return module.startswith("rules.clo")


def wrong_imports(text: str, module: str, known: Mapping[str, Path] = MODULES) -> set[str]:
    """Return the imports of a module of the package that run against the floor plan."""
    room, wrong = room_of(module), set()
    for name, target in targets(text, module, known).items():
        if room_of(target) == room:
            # `Facts` wires the other modules of its room, none of them may ask it; and every rule stands for itself.
            allowed = not is_rule(target) and not (room == "facts" and target == "facts")
        else:
            allowed = room in DOORS or room_of(target) in ROOMS.get(room, set())
        if not allowed:
            wrong.add(name)
    return wrong


def piece(module: str) -> str:
    """Return what counts as one module: a package inside a room does, since its parts may call each other."""
    return ".".join(module.split(".")[:2])


def circles(imports: Mapping[str, set[str]]) -> set[str]:
    """Return the modules that import one another in circles, or stand between two of them."""
    left = {module: wanted - {module} for module, wanted in imports.items()}
    while True:
        needed = set().union(*left.values())
        free = [module for module, wanted in left.items() if module not in needed or not wanted & left.keys()]
        if not free:
            return set(left)
        for module in free:
            del left[module]


def test_no_imports_run_in_a_circle() -> None:
    imports: dict[str, set[str]] = {}
    for module in MODULES:
        imports.setdefault(piece(module), set()).update(map(piece, targets(text_of(module), module).values()))
    assert circles(imports) == set()


def test_a_circle_is_noticed() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}, "f": set()}) == {"a", "b", "c"}


def test_every_module_has_a_room() -> None:
    homeless = {room_of(module) for module in MODULES} - DOORS - set(ROOMS)
    assert not homeless, "a new module of the package is a new room: say in ROOMS whom it may import, or name it a door"


@each_module
def test_imports_run_one_way(module: str) -> None:
    assert wrong_imports(text_of(module), module) == set()


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("model", "from flake8_closures.source import Source"),
        ("source", "def late():\n    import flake8_closures.facts"),
        ("facts.scopes", "from flake8_closures.facts import Facts"),
        ("facts.scopes", "from . import Facts"),
        ("facts", "from flake8_closures import rules"),
        ("rules.clo999_noun", "from flake8_closures.engine import check"),
        ("rules.clo999_noun", "from flake8_closures.rules import clo998_noun"),
        ("rules.late_capture", "from flake8_closures.rules.clo998_noun import check"),
        ("rules.clo999_noun", "from flake8_closures.fixes import bind_default"),
        ("fixes.verb", "from flake8_closures.facts import Facts"),
        ("fixes.verb", "from ..config import Config"),
        ("config", "from flake8_closures.rules import all_rules"),
        ("report.to_x", "from flake8_closures.cli import main"),
        ("engine.rounds", "from flake8_closures.report import to_text"),
        ("engine.checking", "from flake8_closures import flake8_plugin"),
        ("", "from flake8_closures.cli import run"),
        ("brand_new_room", "from flake8_closures.model import Span"),
    ],
)
def test_an_import_against_the_plan_is_noticed(module: str, text: str) -> None:
    known = MODULES | {"rules.clo998_noun": PACKAGE / "rules" / "clo998_noun.py"}
    assert wrong_imports(text, module, known)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("model", "if TYPE_CHECKING:\n    from flake8_closures.facts import Facts"),
        ("facts", "from flake8_closures.facts import closures, scopes"),
        (
            "rules.clo999_noun",
            "from flake8_closures.facts import Facts\nfrom flake8_closures.rules import late_capture, rule",
        ),
        ("report.to_x", "from flake8_closures import __version__\nfrom flake8_closures.report import failure"),
        ("cli", "from flake8_closures import engine, settings"),
        ("source", "import ast, tokenize"),
    ],
)
def test_an_import_along_the_plan_is_fine(module: str, text: str) -> None:
    assert wrong_imports(text, module) == set()


def walks(text: str) -> set[str]:
    """Return what a module names to look at the kinds of nodes, or to walk a tree."""
    names = {"ast"} & imported(text, NAME, typing=True)
    names |= {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    names |= {name.rpartition(".")[2] for name in imported(text, NAME, typing=False)}
    return names & {"ast", "walk", "iter_child_nodes", "iter_fields", "NodeVisitor", "NodeTransformer", "parents"}


@pytest.mark.parametrize("module", [name for name in MODULES if room_of(name) == "rules"])
def test_rules_never_look_into_the_tree(module: str) -> None:
    assert walks(text_of(module)) == set()


@pytest.mark.parametrize(
    "text", ["import ast", "ast.walk(node)", "from ast import NodeVisitor", "facts.source.parents[node]"]
)
def test_a_walk_is_noticed(text: str) -> None:
    assert walks(text)


def touches_streams(text: str) -> set[str]:
    """Return what a module names that reads or writes files, streams, arguments or the environment."""
    found = {name for name in imported(text, NAME, typing=False) if name.partition(".")[0] in STREAM_MODULES}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in STREAM_CALLS:
            found.add(node.func.id)
        elif isinstance(node, ast.Attribute) and node.attr in STREAM_ATTRIBUTES:
            found.add(node.attr)
    return found


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) not in DOORS])
def test_only_doors_touch_files_and_streams(module: str) -> None:
    assert touches_streams(text_of(module)) == set()


@pytest.mark.parametrize(
    "text",
    ["print(1)", "open('x')", "path.write_text('x')", "import sys\nsys.stdout", "import subprocess", "os.environ"],
)
def test_a_stream_is_noticed(text: str) -> None:
    assert touches_streams(text)


def imports_libcst(text: str) -> bool:
    return any(name.partition(".")[0] == "libcst" for name in imported(text, NAME, typing=True))


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) != "fixes"])
def test_libcst_lives_in_fixes_alone(module: str) -> None:
    assert not imports_libcst(text_of(module))


def test_libcst_is_noticed() -> None:
    assert imports_libcst("if TYPE_CHECKING:\n    import libcst as cst")
    assert imports_libcst("def late():\n    from libcst.metadata import PositionProvider")


# Rules, their fixtures and their repairs.


def rule_modules() -> dict[str, Path]:
    """Return the modules of `rules/` by the code that stands in their names."""
    return {path.stem[:6].upper(): path for path in sorted((PACKAGE / "rules").glob("clo*.py"))}


def folders() -> list[Path]:
    return sorted(path for path in harness.FIXTURES.iterdir() if path.is_dir() and path.name not in LEFT_OUT)


def unmatched(root: Path, codes: set[str]) -> set[str]:
    """Return what is wrong with the folders of fixtures: one without a rule, a rule without one, a file nobody runs."""
    wrong = set()
    kinds: dict[str, set[str]] = {code: set() for code in codes}
    for path in sorted(root.rglob("*")):
        if path.is_dir() or LEFT_OUT & set(path.parts):
            continue
        folder, fixture = path.parent.name, harness.Fixture(path)
        if path.parent.parent != root or path.suffix != ".py" or not fixture.kind:
            wrong.add(f"{path.relative_to(root)}: no test would run this file")
        elif folder not in codes | {harness.TUTORIAL}:
            wrong.add(f"{folder}: no rule has this code")
        elif path.name.endswith(".fixed.py"):
            if (
                fixture.kind not in ("bad", "false_alarm")
                or not path.with_name(path.name.removesuffix(".fixed.py") + ".py").exists()
            ):
                wrong.add(f"{path.relative_to(root)}: it is the repair of nothing")
        elif folder in codes:
            kinds[folder].add(fixture.kind)
    wrong |= {f"{code}: no {kind}_*.py" for code, has in kinds.items() for kind in ("bad", "good") if kind not in has}
    return wrong


def test_every_rule_has_fixtures_and_every_fixture_a_rule() -> None:
    assert unmatched(harness.FIXTURES, set(all_rules())) == set()


def test_fixtures_that_nobody_runs_are_noticed(tmp_path: Path) -> None:
    for name in ("CLO900/bad_a.py", "CLO900/good_a.py", "CLO900/worse.py", "CLO900/bad_b.fixed.py", "CLO900/bad_c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "CLO902").mkdir()
    (tmp_path / "CLO902" / "good_a.py").write_text("")
    assert unmatched(tmp_path, {"CLO900", "CLO901"}) == {
        "CLO900/worse.py: no test would run this file",
        "CLO900/bad_b.fixed.py: it is the repair of nothing",
        "CLO900/bad_c.txt: no test would run this file",
        "CLO901: no bad_*.py",
        "CLO901: no good_*.py",
        "CLO902: no rule has this code",
    }


def test_every_rule_stands_in_the_module_of_its_code() -> None:
    assert set(rule_modules()) == set(all_rules())
    assert codes() == tuple(all_rules())
    for code, path in rule_modules().items():
        assert re.fullmatch(rf"{code.lower()}_[a-z_]+\.py", path.name)


def test_codes_and_names_are_unique() -> None:
    assert set(Counter(rule.name for rule in all_rules().values()).values()) == {1}
    for code, rule in all_rules().items():
        assert rule.code == code
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)


def is_one_sentence(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z`][^\n]*[^.!?]\.", text)) and not re.search(r"[.!?] [A-Z]", text)


def test_the_summary_of_a_rule_is_one_sentence() -> None:
    for rule in all_rules().values():
        assert is_one_sentence(rule.summary), rule.summary
        assert rule.explanation, f"{rule.code} explains nothing"


def test_what_is_no_sentence_is_noticed() -> None:
    for text in ("no capital.", "No period", "Two. Sentences.", "Dots..."):
        assert not is_one_sentence(text)


@cache
def findings() -> tuple[Finding, ...]:
    """Every finding of every fixture, of the opt-in codes too."""
    config = Config(extended=True)
    return tuple(
        finding
        for fixture in harness.fixtures()
        if fixture.needs == (3, 10)
        for finding in flake8_closures.check(fixture.text, fixture.name, config)
    )


def test_every_action_has_a_module_and_every_module_a_rule() -> None:
    named = {remedy.action for finding in findings() for remedy in finding.remedies}
    assert named == repairs()


def repairs() -> set[str]:
    """Return the modules of `fixes/` that carry out an action."""
    return {path.stem for path in (PACKAGE / "fixes").glob("*.py") if is_repair(path)}


def is_repair(path: Path) -> bool:
    """Return whether a module makes a promise, as those do that carry out an action."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    targets = [part for node in body if isinstance(node, ast.Assign) for part in ast.walk(node.targets[0])]
    return any(isinstance(part, ast.Name) and part.id == "promise" for part in targets)


def bad_manners(finding: Finding) -> Iterator[str]:
    """Yield what is wrong with a message. flake8 prints `path:line:column: text`, and programs look for that."""
    message = finding.message
    if not message or not (message[0].islower() or message[0] == "'"):
        yield "begins with a capital letter"
    if message.endswith("."):
        yield "ends with a period"
    if len(message.splitlines()) != 1 or message != message.strip():
        yield "is not one line"
    if repr(finding.name) not in message:
        yield "does not quote the name"
    if re.search(r":\d+:\d+: \w", message):
        yield "looks like a second finding"


def test_messages_have_manners() -> None:
    assert findings()
    assert {(finding.message, fault) for finding in findings() for fault in bad_manners(finding)} == set()


def test_bad_manners_are_noticed() -> None:
    for message in ("'x' is late", "closure reads 'x' late, and line 3 rebinds it"):
        assert not list(bad_manners(Finding("CLO101", Span(1, 0, 1, 1), "x", message)))
    for message in ("'x' is late.", "Name 'x' is late", "'x' is\nlate", "x is late", "'x' a.py:1:2: E1 x", ""):
        assert list(bad_manners(Finding("CLO101", Span(1, 0, 1, 1), "x", message))), message


# The state of the rooms.


@each_module
def test_no_junk_drawers(module: str) -> None:
    assert not JUNK_DRAWERS & set(module.split("."))


@each_module
def test_modules_keep_their_size(module: str) -> None:
    ceiling = RULE_CEILING if room_of(module) == "rules" else CEILING
    assert len(text_of(module).splitlines()) <= ceiling


@each_module
def test_a_module_opens_with_the_question_it_answers(module: str) -> None:
    page = ast.get_docstring(ast.parse(text_of(module)))
    assert page
    if not re.match(r"rules\.clo", module):
        assert "?" in page.partition("\n\n")[0]


def on_the_map(text: str) -> set[str]:
    """Return what a page names of the package: modules and folders, in backticks."""
    return set(re.findall(r"`((?:\w+/)*\w+\.py|(?:\w+/)+)`", text))


def unmapped(names: set[str], package: Path) -> set[str]:
    """Return the modules of a package that a page does not name: neither them nor a folder below the rooms.

    Rules, repairs and formats are looked for by their own names, and `__init__` stands for its folder.
    """
    by_name = r"rules/clo\d+_|report/to_|.*__(?:init|main)__"
    missing = set()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package)
        folders = {f"{folder.as_posix()}/" for folder in name.parents} - {
            "facts/",
            "rules/",
            "fixes/",
            "cli/",
            "report/",
        }
        if re.match(by_name, name.as_posix()) or names & {name.as_posix(), *folders}:
            continue
        if not (name.match("fixes/*.py") and is_repair(path)):
            missing.add(name.as_posix())
    return missing


def the_map() -> set[str]:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return on_the_map(page[page.index("## Where is") : page.index("## Fixtures")])


def test_every_module_is_on_the_map() -> None:
    missing = unmapped(the_map(), PACKAGE) - {"model.py"}
    assert not missing, "say in a line of ARCHITECTURE.md, under `Where is`, for what one looks there"


def test_every_place_on_the_map_exists() -> None:
    places = the_map()
    assert {name for name in places if not any((root / name).exists() for root in (PACKAGE, ROOT))} == set()


def test_what_is_not_on_the_map_is_noticed(tmp_path: Path) -> None:
    for name in (
        "lost.py",
        "facts/lost.py",
        "facts/flow/build.py",
        "rules/clo101_x.py",
        "fixes/a.py",
        "cli/__init__.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("promise = 1\n" if name == "fixes/a.py" else "")
    assert unmapped(on_the_map("`facts/` has `facts/flow/`, and lost.py"), tmp_path) == {"lost.py", "facts/lost.py"}


def own_files() -> Iterator[Path]:
    for folder in (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "docs"):
        yield from sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("path", [*own_files()], ids=lambda path: str(path.relative_to(ROOT)))
def test_our_own_code_is_clean(path: Path) -> None:
    assert flake8_closures.check(path.read_bytes(), str(path.relative_to(ROOT))) == []


def tree() -> Iterator[Path]:
    """Yield every file of the project, caches and environments left out."""
    stack = [ROOT]
    while stack:
        for path in sorted(stack.pop().iterdir()):
            if path.name in LEFT_OUT or path == MADE or re.fullmatch(r".*\.egg-info|\..*_cache|\.venv.*", path.name):
                continue
            if path.is_dir():
                stack.append(path)
            elif path.suffix in {"", ".cfg", ".ini", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml"}:
                yield path


def test_nothing_points_outside_the_project() -> None:
    pointers = set()
    for path in tree():
        for found in ELSEWHERE.finditer(path.read_text(encoding="utf-8", errors="replace")):
            pointers.add(f"{path.relative_to(ROOT)}: {found[0]}")
    assert pointers == set()


def test_a_pointer_outside_is_noticed() -> None:
    for place in ("home", "work", "tmp"):
        assert ELSEWHERE.search(f"see /{place}/someone/file.txt")
    assert not ELSEWHERE.search("see https://example.org/home/page and src/work/x and ~/tmp/y")
