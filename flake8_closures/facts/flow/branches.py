"""Which of several ways is taken? Conditions, `and` and `or`, assertions and `match`."""

from __future__ import annotations

import ast
from functools import partial

from flake8_closures.facts.flow.graph import Do
from flake8_closures.facts.flow.layer import Layer, Step


def if_statement(lay: Layer, node: ast.If) -> None:
    lay.plan(node.test, lambda: lay.branch(lay.truth(node.test), node.body, node.orelse))


def conditional(lay: Layer, node: ast.IfExp) -> None:
    chosen: Step = lambda: lay.branch(lay.truth(node.test), [node.body], [node.orelse])  # noqa: E731
    lay.plan(node.test, (Do.MAKE, node), chosen, (Do.BIND, node))


def bool_op(lay: Layer, node: ast.BoolOp) -> None:
    lay.plan((Do.MAKE, node), node.values[0], partial(_rest, lay, node, 0), (Do.BIND, node))


def _rest(lay: Layer, node: ast.BoolOp, index: int) -> None:
    """Continue after one of the values that `and` or `or` joins."""
    if index + 1 < len(node.values):
        rest: list[Step] = [node.values[index + 1], partial(_rest, lay, node, index + 1)]
        always = lay.truth(node.values[index])
        lay.branch(None if always is None else always is isinstance(node.op, ast.And), rest, [])


def assert_statement(lay: Layer, node: ast.Assert) -> None:
    failing: list[Step] = [*([node.msg] if node.msg else []), lay.throw]
    lay.plan(node.test, lambda: lay.branch(lay.truth(node.test), [], failing))


def match_statement(lay: Layer, node: ast.Match) -> None:
    after = lay.new()
    lay.plan(node.subject, *(partial(_case, lay, case, after) for case in node.cases), lambda: lay.finish(after))


def _case(lay: Layer, case: ast.match_case, after: int) -> None:
    """Lay one case; where it does not match, what stands behind it follows."""
    parts = list(ast.walk(case.pattern))
    names: list[Step] = [
        (Do.BIND, part) for part in parts if getattr(part, "name", None) or getattr(part, "rest", None)
    ]
    values = [part.value for part in parts if isinstance(part, ast.MatchValue)]
    otherwise = lay.new()
    if not _irrefutable(case.pattern):
        lay.link(otherwise)

    def refused() -> None:
        lay.link(otherwise)
        lay.resume(lay.current)

    def done() -> None:
        lay.jump(after)
        lay.current = otherwise if otherwise in lay.reached else None

    guard: list[Step] = [case.guard, refused] if case.guard else []
    lay.resume(lay.current)
    lay.plan(*values, *names, *guard, *case.body, done)


def _irrefutable(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _irrefutable(pattern.patterns[-1])
