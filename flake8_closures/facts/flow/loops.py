"""What can repeat? Loops, and the clauses of comprehensions."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from functools import partial

from flake8_closures.facts.flow.binding import bind
from flake8_closures.facts.flow.branches import condition
from flake8_closures.facts.flow.constant import passes
from flake8_closures.facts.flow.graph import Do
from flake8_closures.facts.flow.layer import Layer, Loop, Step


def while_statement(lay: Layer, node: ast.While) -> None:
    """Lay a `while` loop: the test, the body, and what follows when the test fails."""
    head, entered, exhausted, after = lay.new(), lay.new(), lay.new(), lay.new()
    lay.finish(head)
    lay.emit(Do.LOOP, node)

    def enter() -> None:
        lay.finish(entered)
        lay.frames.append(Loop(node, after, head))

    def end() -> None:
        lay.jump(head)
        lay.frames.pop()
        lay.finish(exhausted)
        lay.emit(Do.EXHAUST, node)

    test = partial(condition, lay, node.test, entered, exhausted)
    lay.plan(test, enter, *node.body, end, *node.orelse, partial(lay.finish, after))


def for_statement(lay: Layer, node: ast.For | ast.AsyncFor) -> None:
    suspend: list[Step] = [(Do.SUSPEND, node)] if isinstance(node, ast.AsyncFor) else []
    _loop(lay, node, node.iter, [node.iter], [*suspend, *bind(node.target), *node.body], node.orelse)


def _loop(
    lay: Layer,
    node: ast.AST,
    iterable: ast.expr,
    evaluated: Sequence[Step],
    body: Sequence[Step],
    orelse: Sequence[Step],
) -> None:
    """Lay a loop over an iterable, evaluated once by the steps of `evaluated`. `node` is the loop or its clause."""
    least, most = passes(iterable, lay.dotted)
    head, entered, after = lay.new(), lay.new(), lay.new()
    lay.blocks[head].events.append((Do.LOOP, node))

    def enter() -> None:
        lay.jump(entered if least else head)
        if most > 1 or most > least:
            lay.blocks[head].successors.append(entered)
        if lay.catch is not None:
            lay.blocks[head].successors.append(lay.catch)
            lay.blocks[head].raising.add(lay.catch)
        if most:
            lay.reached.add(entered)
            lay.current = entered
        lay.frames.append(Loop(node, after, head))

    def end() -> None:
        lay.jump(head)
        lay.frames.pop()
        if least < math.inf and head in lay.reached:
            lay.resume(head)

    lay.plan(*evaluated, enter, *body, end, *orelse, lambda: lay.finish(after))


def comprehension(lay: Layer, node: ast.ListComp | ast.SetComp | ast.DictComp) -> None:
    element: list[Step] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    lay.emit(Do.MAKE, node)
    clauses(lay, node.generators, 0, [*element, (Do.BIND, node)])


def clauses(
    lay: Layer,
    generators: list[ast.comprehension],
    index: int,
    element: list[Step],
    *,
    outermost_is_known: bool = False,
) -> None:
    """Lay the loops of a comprehension; the outermost iterable of a generator expression is evaluated elsewhere."""
    if index == len(generators):
        lay.plan(*element)
        return
    clause = generators[index]
    filters: list[Step] = [partial(_filter, lay, test) for test in clause.ifs]
    inner: Step = lambda: clauses(lay, generators, index + 1, element)  # noqa: E731
    evaluated = [] if outermost_is_known else [clause.iter]
    _loop(lay, clause, clause.iter, evaluated, [*bind(clause.target), *filters, inner], [])


def _filter(lay: Layer, test: ast.expr) -> None:
    """Lay a filter of a comprehension, which may go on to the next item."""
    frame, taken = lay.frames[-1], lay.new()
    assert isinstance(frame, Loop)
    lay.plan(partial(condition, lay, test, taken, frame.head), partial(lay.finish, taken))


def generator(lay: Layer, node: ast.GeneratorExp) -> None:
    lay.plan(node.generators[0].iter, (Do.MAKE, node))
