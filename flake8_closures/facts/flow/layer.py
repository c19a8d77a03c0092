"""How are the blocks of a graph built? The current block, the steps still to come, and the enclosing frames."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flake8_closures.facts.flow.constant import truth
from flake8_closures.facts.flow.graph import Block, Do


@dataclass(slots=True)
class Loop:
    """Where `break` and `continue` of a loop, or of a clause of a comprehension, lead."""

    node: ast.AST
    after: int
    head: int


@dataclass(slots=True)
class Leave:
    """What must run on every way out: the body of a `finally`, or the end of a `with` or a handler."""

    steps: list[Step]
    catch: int | None


Step = ast.AST | list[ast.stmt] | Callable[[], None] | tuple[Do, ast.AST]


class Layer:
    """Builds the blocks of one function. The work still to do is a stack of steps, so any depth of nesting works."""

    def __init__(self, dotted: Callable[[ast.AST], str], never_returns: Callable[[ast.Call], bool]) -> None:
        self.dotted, self.never_returns = dotted, never_returns
        self.blocks = [Block()]
        self.reached = {0}
        """The blocks that another block leads to."""
        self.current: int | None = 0
        """The block that takes the next event; None in dead code."""
        self.catch: int | None = None
        """Where an exception leads from here; None: out of the function."""
        self.frames: list[Loop | Leave] = []
        """The frames around the current place, innermost last."""
        self.copies = 0
        """How many copies of `finally` bodies there are."""
        self.steps: list[Step] = []
        self.exits = self.new()

    def new(self) -> int:
        """Return a new block, to which nothing leads yet."""
        self.blocks.append(Block())
        return len(self.blocks) - 1

    def emit(self, do: Do, node: ast.AST) -> None:
        """Add an event to the current block; in dead code, do nothing."""
        if self.current is not None:
            self.blocks[self.current].events.append((do, node))

    def edge(self, source: int, target: int) -> None:
        """Let one block lead to another."""
        self.blocks[source].successors.append(target)
        self.reached.add(target)

    def link(self, target: int) -> None:
        """Let the current block lead to another one too."""
        if self.current is not None:
            self.edge(self.current, target)

    def jump(self, target: int) -> None:
        """Let the current block lead to another one; what follows is dead code."""
        self.link(target)
        self.current = None

    def resume(self, block: int | None) -> None:
        """Continue after a block, in a new one."""
        self.current = block
        if block is not None:
            following = self.new()
            self.jump(following)
            self.current = following

    def finish(self, block: int) -> None:
        """Continue in a block where paths meet; what follows is dead code if none leads there."""
        self.jump(block)
        self.current = block if block in self.reached else None

    def plan(self, *steps: Step) -> None:
        """Put steps before those that are still to come, in the given order."""
        self.steps += reversed(steps)

    def truth(self, test: ast.expr) -> bool | None:
        """Return the constant result of a condition; None if it varies."""
        return truth(test, self.dotted)

    def raising(self) -> None:
        """Note that an exception may come here: behind a statement of a `try` body, or out of a call that was made."""
        if self.catch is not None and self.current is not None:
            self.link(self.catch)
            self.blocks[self.current].raising.add(self.catch)
            self.resume(self.current)

    def first_may_raise(self, body: Sequence[ast.stmt]) -> None:
        """Note that the first statement of a `try` body may raise before anything has happened.

        Where it calls something that is left to the call: whoever waits in `try: thread.join()` has waited.
        """
        if not any(isinstance(part, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)) for part in ast.walk(body[0])):
            self.raising()

    def throw(self) -> None:
        """Follow an exception to the handlers around, or out of the function."""
        self.jump(self.exits if self.catch is None else self.catch)

    def leave_frame(self) -> None:
        """Leave the innermost frame."""
        self.frames.pop()
