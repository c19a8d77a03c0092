"""What happens on the way out? `with` and `try`, and the statements that leave them, a loop or the function."""

from __future__ import annotations

import ast
from collections.abc import Callable

from flake8_closures.facts.flow.binding import bind
from flake8_closures.facts.flow.graph import Do
from flake8_closures.facts.flow.layer import Layer, Leave, Loop, Step

_MOST_FINALLY_COPIES = 60
"""After this many copies of `finally` bodies in one function, jumps leave them out."""


def with_statement(lay: Layer, node: ast.With | ast.AsyncWith) -> None:
    """Lay a `with` statement; if its manager may suppress exceptions, the code after it follows them too."""
    left: Step = (Do.LEAVE_WITH, node)
    swallowed = lay.new() if any(_swallows(lay, item.context_expr) for item in node.items) else None
    outer = lay.catch

    def enter() -> None:
        lay.frames.append(Leave([left], outer))
        if swallowed is not None:
            lay.catch = swallowed
            lay.first_may_raise(node.body)

    def end() -> None:
        lay.frames.pop()
        lay.catch = outer
        if swallowed is not None:
            lay.finish(swallowed)

    items: list[Step] = []
    for item in node.items:
        items += [item.context_expr, *(bind(item.optional_vars) if item.optional_vars else [])]
    lay.plan(*items, enter, *node.body, end, left)


def _swallows(lay: Layer, context: ast.expr) -> bool:
    """Return whether a context manager is known to suppress exceptions."""
    if not isinstance(context, ast.Call):
        return False
    name = lay.dotted(context.func).rpartition(".")[2] or getattr(context.func, "attr", "")
    return name in ("suppress", "raises") or name.startswith("assertRaises")


def try_statement(lay: Layer, node: ast.Try) -> None:
    """Lay a `try` statement: its body, a block for each handler, and the `finally` on every way out."""
    outer, normal, after = lay.catch, lay.new(), lay.new()
    caught = lay.new() if node.handlers else None
    escaping = lay.new() if node.finalbody else None
    """Where an exception goes that no handler takes: through the `finally`, and out."""
    outside = outer if escaping is None else escaping
    if node.finalbody:
        lay.frames.append(Leave(list(node.finalbody), outer))
    lay.catch = outside if caught is None else caught
    lay.first_may_raise(node.body)

    def unguarded() -> None:
        lay.catch = outside

    def uncaught() -> None:
        if caught is not None and not any(_catches_all(clause) for clause in node.handlers):
            lay.edge(caught, lay.exits if outside is None else outside)
        lay.catch = outer
        if escaping is not None:
            lay.frames.pop()
            lay.current = escaping if escaping in lay.reached else None
            lay.plan(*node.finalbody, lay.throw, final)
        else:
            final()

    def final() -> None:
        lay.current = normal if normal in lay.reached else None
        lay.plan(*node.finalbody, lambda: lay.finish(after))

    handlers = [_handler(lay, clause, caught, normal) for clause in node.handlers if caught is not None]
    lay.plan(*node.body, lay.raising, unguarded, *node.orelse, lambda: lay.jump(normal), *handlers, uncaught)


def _handler(lay: Layer, clause: ast.ExceptHandler, caught: int, normal: int) -> Callable[[], None]:
    def step() -> None:
        lay.resume(caught)
        unbound: list[Step] = [(Do.UNBIND, clause)] if clause.name else []
        lay.frames.append(Leave(unbound, lay.catch))
        bound: list[Step] = [(Do.BIND, clause)] if clause.name else []
        tried = [clause.type] if clause.type else []
        lay.plan(*tried, *bound, *clause.body, lay.leave_frame, *unbound, lambda: lay.jump(normal))

    return step


def _leave(lay: Layer, frames: int, then: Callable[[], None]) -> None:
    """Run everything that must run on the way out of the frames above a number of them, then go."""
    kept, catch = lay.frames, lay.catch

    def restore() -> None:
        lay.frames, lay.catch = kept, catch
        lay.current = None

    steps: list[Step] = []
    for index in range(len(kept) - 1, frames - 1, -1):
        frame = kept[index]
        if isinstance(frame, Leave) and frame.steps and lay.copies < _MOST_FINALLY_COPIES:
            lay.copies += any(not isinstance(step, tuple) for step in frame.steps)
            steps += [_outside(lay, index, frame), *frame.steps]
    lay.plan(*steps, then, restore)


def _outside(lay: Layer, index: int, frame: Leave) -> Callable[[], None]:
    def step() -> None:
        lay.frames, lay.catch = lay.frames[:index], frame.catch

    return step


def return_statement(lay: Layer, node: ast.Return) -> None:
    lay.plan(
        *([node.value] if node.value else []),
        (Do.RETURN, node),
        lambda: _leave(lay, 0, lambda: lay.jump(lay.exits)),
    )


def raise_statement(lay: Layer, node: ast.Raise) -> None:
    lay.plan(*[part for part in (node.exc, node.cause) if part], lay.throw)


def loop_jump(lay: Layer, node: ast.Break | ast.Continue) -> None:
    loops = [(index, frame) for index, frame in enumerate(lay.frames) if isinstance(frame, Loop)]
    if not loops:
        return  # parsed, but refused by the compiler
    index, loop = loops[-1]

    def go() -> None:
        if isinstance(node, ast.Break):
            lay.emit(Do.BREAK, loop.node)
        lay.jump(loop.after if isinstance(node, ast.Break) else loop.head)

    _leave(lay, index + 1, go)


def _catches_all(clause: ast.ExceptHandler) -> bool:
    return clause.type is None or (isinstance(clause.type, ast.Name) and clause.type.id == "BaseException")
