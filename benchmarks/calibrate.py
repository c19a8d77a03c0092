"""What is the evidence on callees that nobody can see worth? Counts, for the figures in `facts/evidence.py`.

    python benchmarks/calibrate.py --labels FILE

FILE has the labels that `precision.py` reads, with two keys more: `callee`, the callable that is given the closure,
and `how`, what becomes of the closure there: `sync-callee` and `genexp-consumed` are done with it when they return,
`deferred-callee`, `stored` and `kept-by-class` keep it. Other rows are left out. Printed is the table of
`docs/calibration.md`: for each sign that can be seen at the call, how many rows show it, how many of them are guilty,
how many different callees they name, and how many of those keep what they are given. Callees are counted and not
rows, because a callee that is used a hundred times tells no more of the next one than a callee that is used once.
Shares are smoothed, (n + 1/2) / (N + 1). Iterators, which most callees draw to their end, are counted by themselves,
and classes, which keep what they are given, by their name.
"""

from __future__ import annotations

import argparse
import ast
import json
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment

from flake8_closures import source
from flake8_closures.facts import Facts, evidence
from flake8_closures.facts.escape import Fate
from flake8_closures.facts.escape.use import brief
from flake8_closures.model import Closure

KEPT = ("deferred-callee", "stored", "kept-by-class")
HOW = ("sync-callee", "genexp-consumed", *KEPT)
GUILTY = ("BUG", "HAZARD")


@dataclass(frozen=True)
class Sample:
    """A labelled closure in the call that it was labelled for. `unseen`: nothing but the evidence decides on it."""

    callee: str
    signs: frozenset[evidence.Sign]
    kept: bool
    guilty: bool
    unseen: bool


def samples(labels: Path) -> Iterator[Sample]:
    """Yield what each label with a callee tells, the packages fetched."""
    files: dict[Path, list[dict[str, Any]]] = defaultdict(list)
    for text in labels.read_text(encoding="utf-8").splitlines():
        label = json.loads(text)
        if label.get("callee") and label.get("how") in HOW:
            files[environment.fetch(label["package"]) / label["path"]].append(label)
    for path, wanted in sorted(files.items()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            facts = Facts(source.read(path.read_bytes(), str(path)))
        closures = {(closure.node.lineno, closure.node.col_offset): closure for closure in facts.closures}  # type: ignore[attr-defined]
        for label in wanted:
            closure = closures[label["line"], label["column"] - 1]
            for call, place in _calls(facts, closure):
                if _last(brief(call.func)) == _last(label["callee"]):
                    yield Sample(
                        callee=_last(label["callee"]),
                        signs=_signs(facts, closure, call, place),
                        kept=label["how"] in KEPT,
                        guilty=label["verdict"] in GUILTY,
                        unseen=any(use.node is call and use.fate is Fate.UNKNOWN for use in facts.uses(closure)),
                    )
                    break


def _last(name: str) -> str:
    return name.rstrip("()").rpartition(".")[2]


def _calls(facts: Facts, closure: Closure) -> Iterator[tuple[ast.Call, int | str]]:
    """Yield the calls that are given a closure, by its expression or by its name, with the place it is given in."""
    parents = facts.source.parents
    bound = closure.node
    if not isinstance(bound, (ast.FunctionDef, ast.AsyncFunctionDef)):
        around = parents.get(bound)
        bound = around.targets[0] if isinstance(around, ast.Assign) else bound
    variable = facts.names.variable(bound)
    references = variable.references if variable else []
    for node in [closure.node, *(reference.node for reference in references)]:
        parent = parents.get(node)
        if isinstance(parent, ast.keyword) and isinstance(call := parents.get(parent), ast.Call):
            yield call, parent.arg or "**"
        elif isinstance(parent, ast.Call) and node is not parent.func:
            yield parent, parent.args.index(node)  # type: ignore[arg-type]


def _signs(facts: Facts, closure: Closure, call: ast.Call, place: int | str) -> frozenset[evidence.Sign]:
    maker = closure.maker
    while maker.parent and not maker.name.startswith("test"):
        maker = maker.parent
    return evidence.signs(
        brief(call.func),
        result=facts.source.parents.get(call),
        lazy=isinstance(closure.node, ast.GeneratorExp),
        said=[facts.knowledge.keyword(place) if isinstance(place, str) else None],
        in_test=maker.name.startswith("test"),
    )


def table(found: Iterable[Sample]) -> Iterator[str]:
    """Yield the lines of the table."""
    found = list(found)
    yield "| the callee | rows | guilty | callees | keep it | share | unseen callees | keep it | share | figure |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for sign in evidence.Sign:
        others = {evidence.Sign.ITERATOR} if sign in evidence.NAMED else {evidence.Sign.ITERATOR, evidence.Sign.CLASS}
        rows = [sample for sample in found if sign in sample.signs and not sample.signs & (others - {sign})]
        guilty = sum(sample.guilty for sample in rows)
        cells = [len(rows), guilty, *_shares(rows), *_shares([sample for sample in rows if sample.unseen])]
        yield f"| {sign.value} | " + " | ".join(map(str, [*cells, figure(sign)])) + " |"


def figure(sign: evidence.Sign) -> str:
    """Return what `facts/evidence.py` makes of a sign: how likely the callee keeps, or how much less likely."""
    if sign in evidence.NAMED:
        kept, carried = evidence.NAMED[sign]
        return f"{carried if sign in (evidence.Sign.CLASS, evidence.Sign.MAKES) else kept}"
    if sign in evidence.LESS:
        return f"times {evidence.LESS[sign]}"
    keywords = {
        evidence.Sign.RUNS_BY: str(evidence.RUN_BY_KEYWORD),
        evidence.Sign.KEEPS_BY: "{} or {}".format(*evidence.KEPT_BY_KEYWORD),
    }
    return keywords.get(sign, "")


def _shares(rows: Sequence[Sample]) -> tuple[int, int, str]:
    callees = {sample.callee for sample in rows}
    kept = {sample.callee for sample in rows if sample.kept}
    return len(callees), len(kept), f"{(len(kept) + 0.5) / (len(callees) + 1):.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, required=True, metavar="FILE", help="labelled closures, a line each")
    options = parser.parse_args(arguments)
    for line in table(samples(options.labels)):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
