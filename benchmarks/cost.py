"""What do we cost? CPU time beside `ast.parse`, pyflakes and flake8-bugbear on the same files, in one run.

    python benchmarks/cost.py                               # django, networkx, sympy, dask: some minutes
    python benchmarks/cost.py PACKAGE==VERSION FOLDER ...   # these, fetched from PyPI or lying here
    python benchmarks/cost.py --skip-flake8                 # without the slow half

The first table is CPU time. `ast.parse` and every tool have a process of their own, which goes through the files one
by one and holds on to nothing of one when it comes to the next; the garbage collector is on, as Python starts with it.
A tool is given the tree of the file, as flake8 hands it over; that this is made does not count. Ours runs with every
rule on. `in one` sets it beside the `ast.parse` of its own process, which is slower than that of a process which does
nothing else.

The second table is flake8 as it is installed from `flake8.txt`, run with one job with our plugin and without it. All
take turns, and of several rounds the best counts in the first table, the median in the second. Ratios of one run can
be compared with each other; seconds of two machines cannot.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import environment

PACKAGES = ("django==5.2", "networkx==3.4.2", "sympy==1.13.3", "dask==2024.11.2")
PARSER = "ast.parse"
TOOLS = ("flake8-closures", "pyflakes", "flake8-bugbear")
OURS = TOOLS[0]
BESIDE = "ast.parse in the process of ours"
INSIDE = "--inside"
WARM = "for name in ():\n    functions.append(lambda: name)\n"

Run = Callable[[ast.Module, list[str], str], object]


# In the process of one tool.


def tool(name: str) -> Run:
    """Return a tool as a function of a fresh tree, imported and ready.

    Ours raises SystemExit where it fails: what has not been done has no cost.
    """
    if name == OURS:
        from flake8_closures.codes import FAILURE
        from flake8_closures.config import Config
        from flake8_closures.flake8_plugin import Plugin

        Plugin.config = Config(extended=True, disable_noqa=True)

        def run_ours(tree: ast.Module, lines: list[str], path: str) -> object:
            found = list(Plugin(tree, lines, path).run())
            if found and found[0][2].startswith(FAILURE):
                raise SystemExit(f"{path}: {found[0][2]}")
            return found

        return run_ours
    if name == "pyflakes":
        from pyflakes.checker import Checker

        return lambda tree, lines, path: Checker(tree, filename=path).messages
    import bugbear
    from flake8.exceptions import PluginExecutionFailed

    options = argparse.Namespace(
        max_line_length=79, extend_immutable_calls=[], classmethod_decorators=["classmethod"], select=["B"],
        extend_default_ignore=[], extended_default_select=[], extend_select=[], ignore=[],
    )  # fmt: skip

    def run_bugbear(tree: ast.Module, lines: list[str], path: str) -> object:
        checker = bugbear.BugBearChecker(tree=tree, filename=path, lines=lines, options=options)
        try:
            return list(checker.run())
        except PluginExecutionFailed as error:
            raise RecursionError(str(error)) from None

    return run_bugbear


def measure(name: str, files: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the CPU seconds of `ast.parse`, and those of the tool, for each of the files that the tool can do."""
    warnings.simplefilter("ignore")
    seconds: dict[str, tuple[float, float]] = {}
    run = None if name == PARSER else tool(name)
    if run:
        run(ast.parse(WARM), [WARM], "warm.py")
    for path in files:
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
            lines = text.splitlines(keepends=True)
            begin = time.process_time()
            tree = ast.parse(text)
            parsed = time.process_time()
            if run:
                run(tree, lines, path)
            seconds[path] = parsed - begin, time.process_time() - parsed
            del tree
        except (SyntaxError, ValueError):
            continue
        except RecursionError:
            print(f"left out, because {name} cannot check it: {path}", file=sys.stderr)
    return seconds


# From outside.


def beside_peers(packages: Sequence[str], folders: Sequence[Path], rounds: int) -> list[list[str]]:
    """Print one line a package: each tool's time as a multiple of `ast.parse`, and ours as one of bugbear's.

    Return the files of each package that every tool can do.
    """
    python = environment.install("peers")
    columns = "".join(f"{tool:>17}" for tool in TOOLS)
    print(f"{'CPU time':<28} {PARSER:>10}{columns}{'ours/bugbear':>14}{'in one':>9}")
    total: Counter[str] = Counter()
    done = []
    for package, folder in zip(packages, folders, strict=True):
        seconds, files = _best(python, [str(path) for path in sorted(folder.rglob("*.py"))], rounds)
        total += seconds
        done.append(files)
        _tell(package, seconds)
    if len(packages) > 1:
        _tell("all", total)
    return done


def _best(python: Path, files: Sequence[str], rounds: int) -> tuple[Counter[str], list[str]]:
    """Return the least seconds of `ast.parse` and of every tool over the files that all can do, and those files."""
    best: Counter[str] = Counter()
    done: list[str] = []
    for _ in range(rounds):
        spent = {name: _measured(python, name, files) for name in (PARSER, *TOOLS)}
        done = [path for path in files if all(path in each for each in spent.values())]
        taken = Counter({name: sum(each[path][name != PARSER] for path in done) for name, each in spent.items()})
        taken[BESIDE] = sum(spent[OURS][path][0] for path in done)
        best = best & taken if best else taken  # the lesser of the two
    return best, done


def _measured(python: Path, name: str, files: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Measure in a process of its own. Raises SystemExit if it fails."""
    command = [str(python), str(Path(__file__).resolve()), INSIDE, name]
    done = subprocess.run(command, input=json.dumps(files), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the process that measures {name} failed")
    seconds: dict[str, tuple[float, float]] = json.loads(done.stdout)
    return seconds


def _tell(package: str, seconds: Counter[str]) -> None:
    ratios = "".join(f"{seconds[tool] / seconds[PARSER]:>16.2f}x" for tool in TOOLS)
    ours, together = seconds[OURS] / seconds["flake8-bugbear"], seconds[OURS] / seconds[BESIDE]
    print(f"{package:<28} {seconds[PARSER]:>9.2f}s{ratios}{ours:>13.2f}x{together:>8.2f}x", flush=True)


def inside_flake8(packages: Sequence[str], files: Sequence[Sequence[str]], rounds: int) -> None:
    """Print one line a package: flake8 with the plugin as a multiple of flake8 without it, CPU and wall time."""
    python = environment.install("flake8")
    print(f"{'flake8':<28} {'without':>10} {'with/without':>14} {'wall':>7}")
    with tempfile.TemporaryDirectory() as scratch:
        plain, closures = Path(scratch, "plain.cfg"), Path(scratch, "closures.cfg")
        plain.write_text("[flake8]\n", encoding="utf-8")
        closures.write_text(
            "[flake8]\nclosures-extended = true\n"
            "[flake8:local-plugins]\nextension =\n    CLO = flake8_closures.flake8_plugin:Plugin\n"
            f"paths = {environment.ROOT}\n",
            encoding="utf-8",
        )
        warm = Path(scratch, "warm.py")
        warm.write_text(WARM, encoding="utf-8")
        for config in (plain, closures):
            _flake8(python, config, [str(warm)])
        for package, names in zip(packages, files, strict=True):
            cpu: list[float] = []
            wall: list[float] = []
            without = 0.0
            for _ in range(rounds):
                first, second = (_flake8(python, config, names) for config in (plain, closures))
                without = first[0]
                cpu.append(second[0] / first[0])
                wall.append(second[1] / first[1])
            ratios = f"{statistics.median(cpu):>13.3f}x {statistics.median(wall):>6.3f}x"
            print(f"{package:<28} {without:>9.2f}s {ratios}", flush=True)


def _flake8(python: Path, config: Path, files: Sequence[str]) -> tuple[float, float]:
    """Return the CPU and the wall seconds of one run. Raises SystemExit if flake8 fails, or our plugin does.

    Compiled modules are kept beside the configuration: a user has them, a clone that was just edited has not.
    """
    command = [str(python), "-m", "flake8", "--config", str(config), "-j1", "--exit-zero", *files]
    around = {**os.environ, "PYTHONPYCACHEPREFIX": str(config.parent / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    before, begin = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=around)
    wall, after = time.perf_counter() - begin, os.times()
    if done.returncode or ": CLO000 " in done.stdout:
        raise SystemExit(f"{' '.join(command[:7])} ... failed:\n{done.stderr[-2000:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, wall


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=PACKAGES, metavar="PACKAGE==VERSION or FOLDER")
    parser.add_argument("--skip-flake8", action="store_true", help="leave out the runs of flake8 itself")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="how often each is measured (default 1)")
    parser.add_argument(INSIDE, metavar="TOOL", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        print(json.dumps(measure(options.inside, json.load(sys.stdin))))
        return 0
    folders = [environment.fetch(package) for package in options.packages]
    files = beside_peers(options.packages, folders, options.rounds)
    if not options.skip_flake8:
        inside_flake8(options.packages, files, options.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
