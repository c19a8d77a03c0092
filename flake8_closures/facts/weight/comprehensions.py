"""What does a comprehension give? One item for each iteration, if every iteration certainly adds one."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.facts.weight import displays, objects
from flake8_closures.facts.weight.estimate import DICT, IMMUTABLE, ITERATOR, LIST, SET, STRING, Estimate

if TYPE_CHECKING:
    from flake8_closures.facts.weight.estimator import Estimator

_LONGEST_FOLDED = 4096
"""The longest text that the compiler computes."""


def comprehension(estimator: Estimator, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Estimate:
    """Return what a comprehension makes, or the items that a generator expression yields."""
    kind = {ast.ListComp: LIST, ast.SetComp: SET, ast.DictComp: DICT, ast.GeneratorExp: ITERATOR}[type(node)]
    length, rounds = 1, dict[str, int]()
    for clause in node.generators:
        drawn = estimator.of(clause.iter).length
        if drawn is None or clause.ifs or clause.is_async:
            return Estimate(kind)
        length *= drawn
        rounds.update((each.id, length) for each in ast.walk(clause.target) if isinstance(each, ast.Name))

    def share(name: ast.Name) -> float:
        """What an outer loop draws is one object for all rounds of the inner ones; of the rest there is one anyway."""
        return rounds.get(name.id, int(estimator.is_drawn(name))) / max(1, length)

    if isinstance(node, ast.DictComp):
        key, content = _made(estimator, [node.key, node.value], share)
        is_counted = _all_distinct(estimator, node.key, node.generators)
        return objects.mapping(length, key, content) if is_counted else Estimate(kind)
    item = _made(estimator, [node.elt], share)[0]
    item = replace(item, is_distinct=_all_distinct(estimator, node.elt, node.generators))
    if isinstance(node, ast.GeneratorExp):
        return Estimate(kind, 0.0, length, item)
    if isinstance(node, ast.SetComp):
        return objects.hashed(kind, length, item) if item.is_distinct else Estimate(kind)
    return objects.sequence(kind, length, item, objects.room(length))


def _all_distinct(estimator: Estimator, node: ast.expr, clauses: Sequence[ast.comprehension]) -> bool:
    """Return whether every round surely gives another value: of several loops, a tuple with what each of them draws."""
    is_told_apart = len(clauses) == 1 or isinstance(node, ast.Tuple)
    return is_told_apart and all(_is_distinct(estimator, node, clause) for clause in clauses)


def _is_distinct(estimator: Estimator, node: ast.expr, clause: ast.comprehension) -> bool:
    """Return whether every iteration of a loop certainly gives another value: its item, or something as distinct."""
    if isinstance(node, ast.Name):
        return _is_distinct_item(estimator, node, clause)
    return any(_is_distinct(estimator, part, clause) for part in _telling(estimator, node))


def _is_distinct_item(estimator: Estimator, name: ast.Name, clause: ast.comprehension) -> bool:
    """Return whether a loop draws another value for a name each time."""
    source = estimator.of(clause.iter)
    if isinstance(clause.target, ast.Tuple):
        parts = [each for each in clause.target.elts if getattr(each, "id", "") == name.id]
        return len(parts) == 1 and estimator.part(source.item, clause.target, parts[0]).is_distinct
    if getattr(clause.target, "id", "") != name.id:
        return False
    if source.kind in (SET, DICT) or (source.item and source.item.is_distinct):
        return True
    given = [*source.value] if isinstance(source.value, str) else [member.value for _, member in source.members]
    return len(given) == source.length and None not in given and len(set(given)) == len(given)


def _telling(estimator: Estimator, node: ast.expr) -> list[ast.expr]:
    """Return the parts of an expression that make it distinct: it is as soon as one of them is."""
    if isinstance(node, ast.Tuple):
        return node.elts
    if isinstance(node, ast.JoinedStr):
        fields = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return fields if len(fields) == 1 else []
    if isinstance(node, ast.Call):
        fills = getattr(node.func, "attr", "") == "format" and estimator.of(node).size is not None
        spells = fills or estimator.names.dotted(node.func) == STRING
        return node.args if len(node.args) == 1 and spells else []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        made = estimator.of(node)
        return [node.right] if made.kind == STRING and made.size is not None else []
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
        sides = [(node.left, node.right), (node.right, node.left)]
        return [one for one, other in sides if estimator.of(other).value]
    return []


def _is_folded(node: ast.expr, made: Estimate) -> bool:
    """Return whether the compiler computes an expression, so that all iterations share one object."""
    if isinstance(node, ast.BinOp):
        constant = _is_folded(node.left, made) and _is_folded(node.right, made)
        return constant and made.kind in IMMUTABLE and (made.length or 0) <= _LONGEST_FOLDED
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    if isinstance(node, ast.Tuple):
        return made.value is not None or all(_is_folded(part, made) for part in node.elts)
    return isinstance(node, ast.Constant)


def _made(estimator: Estimator, nodes: list[ast.expr], share: displays.Share) -> list[Estimate]:
    """Return what one iteration of a comprehension adds."""
    made = displays.each(estimator, nodes, share)
    return [part.shared() if _is_folded(node, part) else part for node, part in zip(nodes, made, strict=True)]
