"""How long does `closure-fix` take over a whole package, and how much memory? Beside ruff and `ast.parse`, in one run.

    python benchmarks/repository.py                               # django
    python benchmarks/repository.py PACKAGE==VERSION FOLDER ...   # these, fetched from PyPI or lying here

Wall time, the best of some rounds in which all take turns: `ruff check --no-cache --select B023`, closure-fix with two
processes and an empty cache, and closure-fix once more, with the cache that it has just filled. The last columns are
the peak of memory while the largest file is parsed and judged with every rule on, and the same for `ast.parse` alone;
both as traced by `tracemalloc`, which counts what Python itself asks for. Ratios of one run can be compared with each
other; seconds of two machines cannot.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import environment

DEFAULT = ("django==5.2",)
PROCESSES = 2


def wall(command: Sequence[str], folder: Path, around: Mapping[str, str]) -> float:
    """Return the seconds that a command takes. Raises SystemExit where it fails; findings are no failure."""
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **around}, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - begin
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return taken


def times(folder: Path, rounds: int) -> tuple[float, float, float]:
    """Return the best wall seconds of ruff, and of closure-fix with an empty and with a full cache."""
    ruff = environment.install("peers").with_name("ruff")
    best = [float("inf")] * 3
    for _ in range(rounds + 1):  # the first one compiles our modules, as an installation does
        with tempfile.TemporaryDirectory() as scratch:
            around = {"PYTHONPATH": str(environment.ROOT), "CLOSURE_FIX_CACHE_DIR": scratch}
            around |= {"PYTHONPYCACHEPREFIX": str(environment.CACHE / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
            ours = [sys.executable, "-m", "flake8_closures", "--isolated", "--quiet", f"--jobs={PROCESSES}", "."]
            theirs = [str(ruff), "check", "--no-cache", "--isolated", "--quiet", "--select", "B023", "."]
            taken = [wall(theirs, folder, around), wall(ours, folder, around), wall(ours, folder, around)]
        best = list(map(min, best, taken))
    return best[0], best[1], best[2]


def peak(work: Callable[[], object]) -> int:
    """Return the most bytes that are in use at once while a function runs, beyond what was in use before."""
    tracemalloc.start()
    try:
        kept = work()
        del kept
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def memory(text: str) -> tuple[int, int]:
    """Return the peak of `ast.parse` for a text, and of parsing and judging it with every rule on."""
    from flake8_closures import engine, source
    from flake8_closures.config import Config

    def judge(judged: str) -> object:
        return engine.check(source.Source("x.py", source.split_lines(judged), ast.parse(judged)), Config(extended=True))

    judge("for name in names: kept.append(lambda: name)\n")  # imports the rules
    return peak(lambda: ast.parse(text)), peak(lambda: judge(text))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=DEFAULT, metavar="PACKAGE==VERSION or FOLDER")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="the best of so many counts (default 3)")
    options = parser.parse_args(arguments)
    print(f"{'':<24} {'ruff':>8} {'cold/ruff':>11} {'warm/ruff':>11} {'parse':>10} {'all/parse':>11}  largest file")
    for package in options.packages:
        folder = environment.fetch(package)
        ruff, cold, warm = times(folder, options.rounds)
        largest = max(folder.rglob("*.py"), key=lambda path: path.stat().st_size)
        parsed, judged = memory(largest.read_text(encoding="utf-8-sig"))
        told = f"{ruff:>7.2f}s {cold / ruff:>10.1f}x {warm / ruff:>10.1f}x {parsed / 1e6:>7.1f} MB"
        print(f"{package:<24} {told} {judged / parsed:>10.2f}x  {largest.relative_to(folder)}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
