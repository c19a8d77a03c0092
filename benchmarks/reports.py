"""How much would each tool have you read? Counts what it reports about late binding in published packages.

    python benchmarks/reports.py                               # some well-known packages
    python benchmarks/reports.py PACKAGE==VERSION FOLDER ...   # these, fetched from PyPI or lying here
    python benchmarks/reports.py --show                        # the lines too, each with those who report it
    python benchmarks/reports.py --tool pylint                 # this tool alone

Ours are CLO101, CLO102 and CLO103, those of flake8-bugbear and ruff B023, that of pylint W0640. A report is a variable
in a line of a file; what a tool says twice of it counts once. Nobody says here who is right: the lines are there to be
read. `precision.py` counts that, where the truth is known.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import environment
import precision
from precision import TOOLS, Report

PACKAGES = (
    *("django==5.2", "gradio==5.6.0", "keras==3.6.0", "kivy==2.3.0", "networkx==3.4.2", "nltk==3.9.1", "pip==24.3.1"),
    *("scikit-learn==1.5.2", "sqlalchemy==2.0.36", "textual==0.86.2"),
)
QUICK = ("flake8-closures", "flake8-bugbear", "ruff")
"""The tools that are asked if nobody names one; pylint takes longer than all of them."""


def reported(tool: str, files: Sequence[Path]) -> set[Report]:
    """Return what a tool reports in some files."""
    return set(TOOLS[tool](files))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", default=PACKAGES, help="NAME==VERSION, or a folder")
    parser.add_argument("--tool", choices=TOOLS, action="append", help="this tool alone (may be repeated)")
    parser.add_argument("--show", action="store_true", help="list the lines")
    options = parser.parse_args(arguments)
    tools = options.tool or QUICK
    print(", ".join(map(precision.versioned, tools)))
    print(f"{'package':<22}  files", *(f"{tool:>16}" for tool in tools))
    total = Counter[str]()
    for package in options.packages:
        folder = environment.fetch(package)
        files = sorted(folder.rglob("*.py"))
        found = {tool: reported(tool, files) for tool in tools}
        counts = {"files": len(files), **{tool: len(found[tool]) for tool in tools}}
        total.update(counts)
        print(_row(package, counts, tools), flush=True)
        if options.show:
            for each in sorted(set().union(*found.values()), key=lambda each: (each.path, each.line, each.name)):
                who = ", ".join(tool for tool in tools if each in found[tool])
                print(f"    {each.path.relative_to(folder)}:{each.line} {each.name!r}: {who}")
    if len(options.packages) > 1:
        print(_row("all", total, tools))
    return 0


def _row(package: str, counts: Mapping[str, int], tools: Sequence[str]) -> str:
    return " ".join([f"{package:<22}", f"{counts['files']:>6}", *(f"{counts[tool]:>16}" for tool in tools)])


if __name__ == "__main__":
    raise SystemExit(main())
