"""What do we cost? CPU time beside `ast.parse`, pyflakes and flake8-bugbear on the same files, in one run.

    python benchmarks/cost.py                               # django, networkx, sympy, dask: some minutes
    python benchmarks/cost.py PACKAGE==VERSION FOLDER ...   # these, fetched from PyPI or lying here
    python benchmarks/cost.py --skip-flake8                 # without the slow half

The first table is CPU time in one process: each file is parsed, and each tool is given a fresh tree, as flake8 hands it
over; ours runs with every rule on. The second is flake8 as it is installed from `flake8.txt`, run with one job with our
plugin and without it, the runs taking turns. Ratios of one run can be compared with each other; seconds of two machines
cannot.
"""

from __future__ import annotations

import argparse
import ast
import gc
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
TOOLS = ("flake8-closures", "pyflakes", "flake8-bugbear")
INSIDE = "--inside"
TURN = 100
"""How many files each tool takes at a time."""
WARM = "for name in ():\n    functions.append(lambda: name)\n"

Run = Callable[[ast.Module, list[str], str], object]


# In the process with all tools.


def tools() -> dict[str, Run]:
    """Return each tool as a function of a fresh tree, imported and ready.

    Ours raises SystemExit where it fails: what has not been done has no cost.
    """
    import bugbear
    from flake8.exceptions import PluginExecutionFailed
    from pyflakes.checker import Checker

    from flake8_closures.codes import FAILURE
    from flake8_closures.config import Config
    from flake8_closures.flake8_plugin import Plugin

    Plugin.config = Config(extended=True, respect_noqa=False)
    options = argparse.Namespace(
        max_line_length=79, extend_immutable_calls=[], classmethod_decorators=["classmethod"], select=["B"],
        extend_default_ignore=[], extended_default_select=[], extend_select=[], ignore=[],
    )  # fmt: skip

    def run_ours(tree: ast.Module, lines: list[str], path: str) -> object:
        found = list(Plugin(tree, lines, path).run())
        if found and found[0][2].startswith(FAILURE):
            raise SystemExit(f"{path}: {found[0][2]}")
        return found

    def run_bugbear(tree: ast.Module, lines: list[str], path: str) -> object:
        checker = bugbear.BugBearChecker(tree=tree, filename=path, lines=lines, options=options)
        try:
            return list(checker.run())
        except PluginExecutionFailed as error:
            raise RecursionError(str(error)) from None

    return {
        "flake8-closures": run_ours,
        "pyflakes": lambda tree, lines, path: Checker(tree, filename=path).messages,
        "flake8-bugbear": run_bugbear,
    }


def measure(files: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    """Return the CPU seconds of `ast.parse` and of every tool over the files that all of them can do, and those files.

    The tools take turns with some files at a time, and the garbage of each is swept before the next begins.
    """
    warnings.simplefilter("ignore")
    runs: dict[str, Run] = {"ast.parse": lambda tree, lines, path: ast.parse("".join(lines)), **tools()}
    for run in runs.values():
        run(ast.parse(WARM), [WARM], "warm.py")
    seconds: Counter[str] = Counter()
    done: list[str] = []
    for start in range(0, len(files), TURN):
        spent: dict[str, Counter[str]] = {}
        for tool, run in runs.items():
            gc.collect()
            for name in files[start : start + TURN]:
                try:
                    lines = Path(name).read_text(encoding="utf-8-sig").splitlines(keepends=True)
                    tree = ast.parse("".join(lines))
                    begin = time.process_time()
                    run(tree, lines, name)
                    spent.setdefault(name, Counter())[tool] = time.process_time() - begin
                except (SyntaxError, ValueError):
                    continue
                except RecursionError:
                    print(f"left out, because {tool} cannot check it: {name}", file=sys.stderr)
        for name, each in spent.items():
            if len(each) == len(runs):
                seconds.update(each)
                done.append(name)
    return dict(seconds), done


# From outside.


def beside_peers(packages: Sequence[str], folders: Sequence[Path]) -> list[list[str]]:
    """Print one line a package: each tool's time as a multiple of `ast.parse`, and ours as one of bugbear's.

    Return the files of each package that every tool can do.
    """
    python = environment.install("peers")
    print(f"{'CPU time':<28} {'ast.parse':>10}" + "".join(f"{tool:>17}" for tool in TOOLS) + f"{'ours/bugbear':>14}")
    total: Counter[str] = Counter()
    done = []
    for package, folder in zip(packages, folders, strict=True):
        seconds, files = _measured(python, [str(path) for path in sorted(folder.rglob("*.py"))])
        total += seconds
        done.append(files)
        _tell(package, seconds)
    if len(packages) > 1:
        _tell("all", total)
    return done


def _measured(python: Path, files: Sequence[str]) -> tuple[Counter[str], list[str]]:
    """Measure in a process of its own. Raises SystemExit if it fails."""
    command = [str(python), str(Path(__file__).resolve()), INSIDE]
    done = subprocess.run(command, input=json.dumps(files), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit("the measuring process failed")
    seconds, files = json.loads(done.stdout)
    return Counter(seconds), files


def _tell(package: str, seconds: Counter[str]) -> None:
    ratios = "".join(f"{seconds[tool] / seconds['ast.parse']:>16.2f}x" for tool in TOOLS)
    ours = seconds["flake8-closures"] / seconds["flake8-bugbear"]
    print(f"{package:<28} {seconds['ast.parse']:>9.2f}s{ratios}{ours:>13.2f}x", flush=True)


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
    parser.add_argument(
        "--rounds", type=int, default=1, metavar="N", help="runs of flake8 each way (default 1), the median counts"
    )
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        print(json.dumps(measure(json.load(sys.stdin))))
        return 0
    folders = [environment.fetch(package) for package in options.packages]
    files = beside_peers(options.packages, folders)
    if not options.skip_flake8:
        inside_flake8(options.packages, files, options.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
