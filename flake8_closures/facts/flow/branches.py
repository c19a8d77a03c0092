"""Which of several paths is taken? Conditions, `and` and `or`, assertions and `match`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

from flake8_closures.facts.flow.graph import Do
from flake8_closures.facts.flow.layer import Layer, Step


def condition(lay: Layer, test: ast.expr, holds: int, fails: int) -> None:
    """Lay a test that leads to one block if it holds and to another if it fails."""
    if isinstance(test, ast.BoolOp):
        _one_of(lay, test, 0, holds, fails)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        lay.plan(partial(condition, lay, test.operand, fails, holds))
    else:
        lay.plan(test, partial(_tested, lay, test, holds, fails))


def _one_of(lay: Layer, test: ast.BoolOp, index: int, holds: int, fails: int) -> None:
    """Lay one of the values that `and` or `or` joins in a test, and those after it."""
    value = test.values[index]
    if index + 1 == len(test.values):
        lay.plan(partial(condition, lay, value, holds, fails))
        return
    following = lay.new()
    ways = (following, fails) if isinstance(test.op, ast.And) else (holds, following)
    rest = partial(_one_of, lay, test, index + 1, holds, fails)
    lay.plan(partial(condition, lay, value, *ways), partial(lay.finish, following), rest)


def _tested(lay: Layer, test: ast.expr, holds: int, fails: int) -> None:
    always = lay.truth(test)
    if always is not False:
        lay.link(holds)
    if always is not True:
        lay.link(fails)
    lay.current = None


def if_statement(lay: Layer, node: ast.If) -> None:
    _choose(lay, node.test, node.body, node.orelse)


def conditional(lay: Layer, node: ast.IfExp) -> None:
    lay.plan((Do.MAKE, node), partial(_choose, lay, node.test, [node.body], [node.orelse]), (Do.BIND, node))


def _choose(lay: Layer, test: ast.expr, body: Sequence[Step], orelse: Sequence[Step]) -> None:
    holds, after = lay.new(), lay.new()
    fails = lay.new() if orelse else after
    other: list[Step] = [partial(lay.jump, after), partial(lay.finish, fails), *orelse] if orelse else []
    lay.plan(
        *(partial(condition, lay, test, holds, fails), partial(lay.finish, holds)),
        *(*body, *other, partial(lay.finish, after)),
    )


def bool_op(lay: Layer, node: ast.BoolOp) -> None:
    lay.plan((Do.MAKE, node), node.values[0], partial(_rest, lay, node, 0), (Do.BIND, node))


def _rest(lay: Layer, node: ast.BoolOp, index: int) -> None:
    """Continue after one of the values that `and` or `or` joins."""
    always = lay.truth(node.values[index])
    if index + 1 == len(node.values) or always is isinstance(node.op, ast.Or):
        return
    following: list[Step] = [node.values[index + 1], partial(_rest, lay, node, index + 1)]
    if always is None:
        after = lay.new()
        lay.link(after)
        lay.resume(lay.current)
        following.append(partial(lay.finish, after))
    lay.plan(*following)


def assert_statement(lay: Layer, node: ast.Assert) -> None:
    holds, fails = lay.new(), lay.new()
    message = [node.msg] if node.msg else []
    failing: list[Step] = [partial(lay.finish, fails), *message, lay.throw]
    lay.plan(partial(condition, lay, node.test, holds, fails), *failing, partial(lay.finish, holds))


def match_statement(lay: Layer, node: ast.Match) -> None:
    after = lay.new()
    lay.plan(node.subject, *(partial(_case, lay, case, after) for case in node.cases), lambda: lay.finish(after))


def _case(lay: Layer, case: ast.match_case, after: int) -> None:
    """Lay one case; if it does not match, the next one follows."""
    parts = list(ast.walk(case.pattern))
    names: list[Step] = [
        (Do.BIND, part) for part in parts if getattr(part, "name", None) or getattr(part, "rest", None)
    ]
    values = [part.value for part in parts if isinstance(part, ast.MatchValue)]
    otherwise = lay.new()
    if not _irrefutable(case.pattern):
        lay.link(otherwise)

    def done() -> None:
        lay.jump(after)
        lay.current = otherwise if otherwise in lay.reached else None

    guard: list[Step] = []
    if case.guard:
        chosen = lay.new()
        guard = [partial(condition, lay, case.guard, chosen, otherwise), partial(lay.finish, chosen)]
    lay.resume(lay.current)
    lay.plan(*values, *names, *guard, *case.body, done)


def _irrefutable(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _irrefutable(pattern.patterns[-1])
