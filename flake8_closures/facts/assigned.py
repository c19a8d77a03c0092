"""Where in a function may a variable have a value, and where may it have none?

One forward analysis over the control flow answers for many variables together: each variable is one bit.
"""

from __future__ import annotations

import ast
import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from flake8_closures.facts.flow import Do, Graph

_TOUCHES = (Do.READ, Do.BIND, Do.UNBIND)
_Mark = tuple[Do, int, ast.AST]
"""An event and the bits of the variables that it touches."""


@dataclass(slots=True)
class State:
    """Three sets of variables, as bits: those that may have a value, may never have had one, may have lost it.

    A variable in none of the sets: every path that leads here has already failed at it.
    """

    bound: int = 0
    never: int = 0
    lost: int = 0

    def join(self, other: State) -> bool:
        """Merge another state into this one, and return whether that changed anything."""
        before = self.bound, self.never, self.lost
        self.bound |= other.bound
        self.never |= other.never
        self.lost |= other.lost
        return before != (self.bound, self.never, self.lost)

    def pass_by(self, do: Do, mask: int, node: ast.AST) -> int:
        """Apply one event, and return the variables that got a value by it."""
        alive = (self.bound | self.never | self.lost) & mask
        if do is Do.MAKE:
            self.bound |= alive
            return alive
        if do is Do.UNBIND:
            # `del` needs a value, the end of a handler does not.
            gone = self.bound & mask if isinstance(node, ast.Name) else alive
            self.bound &= ~mask
            self.never &= ~mask
            self.lost = self.lost & ~mask | gone
            return 0
        self.never &= ~mask
        self.lost &= ~mask
        if do is Do.READ:
            return 0
        self.bound |= alive
        return alive


@dataclass(slots=True, eq=False)
class Watched:
    """A variable of a function: the places that read or bind it, and its possible states there.

    `makers` are the functions made here that may bind it later. A `given` variable has a value from the start.
    """

    places: Collection[ast.AST]
    makers: Collection[ast.AST]
    given: bool
    states: dict[ast.AST, State] = field(default_factory=dict)
    """Its state at each place that needs a value. A `finally` body is in several blocks: their states are merged."""
    filled: bool = False
    """Whether it gets a value on some path."""


def follow(graph: Graph, watched: Sequence[Watched]) -> None:
    """Run the analysis: fill in the states of the watched variables."""
    marks = _marks(graph, watched)
    filled = 0
    for number, state in _settled(graph, marks, _start(watched)).items():
        for do, mask, node in marks[number]:
            if do is Do.READ or (do is Do.UNBIND and isinstance(node, ast.Name)):
                # A node is a place of one variable only, so the mask is one bit.
                here = State(state.bound & mask, state.never & mask, state.lost & mask)
                watched[mask.bit_length() - 1].states.setdefault(node, here).join(here)
            filled |= state.pass_by(do, mask, node)
    for number, variable in enumerate(watched):
        variable.filled = bool(filled >> number & 1)


def _start(watched: Sequence[Watched]) -> State:
    given = sum(1 << number for number, variable in enumerate(watched) if variable.given)
    return State(bound=given, never=(1 << len(watched)) - 1 - given)


def _marks(graph: Graph, watched: Sequence[Watched]) -> list[list[_Mark]]:
    """Return the events of each block that touch the variables."""
    touching: dict[ast.AST, int] = {}
    making: dict[ast.AST, int] = {}
    for number, variable in enumerate(watched):
        for node in variable.places:
            touching[node] = touching.get(node, 0) | 1 << number
        for node in variable.makers:
            making[node] = making.get(node, 0) | 1 << number
    marks: list[list[_Mark]] = []
    for block in graph.blocks:
        marks.append([])
        for do, node in block.events:
            mask = making.get(node, 0) if do is Do.MAKE else touching.get(node, 0) if do in _TOUCHES else 0
            if mask:
                marks[-1].append((do, mask, node))
    return marks


def _settled(graph: Graph, marks: Sequence[Sequence[_Mark]], start: State) -> dict[int, State]:
    """Return the final state at the beginning of each reachable block."""
    states = {0: start}
    order = _order(graph)
    rank = {number: place for place, number in enumerate(order)}
    pending, waiting = [0], {0}
    while pending:
        # The first block in the order of the flow comes first: its state is likely to be final then.
        number = order[heapq.heappop(pending)]
        waiting.discard(number)
        state = State(states[number].bound, states[number].never, states[number].lost)
        for mark in marks[number]:
            state.pass_by(*mark)
        for successor in graph.blocks[number].successors:
            is_new = successor not in states
            if (states.setdefault(successor, State()).join(state) or is_new) and successor not in waiting:
                heapq.heappush(pending, rank[successor])
                waiting.add(successor)
    return states


def _order(graph: Graph) -> list[int]:
    """Return the reachable blocks, each after its predecessors, as far as loops allow."""
    finished: list[int] = []
    seen = {0}
    stack = [(0, iter(graph.blocks[0].successors))]
    while stack:
        number, successors = stack[-1]
        following = next((each for each in successors if each not in seen), None)
        if following is None:
            finished.append(number)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(graph.blocks[following].successors)))
    return finished[::-1]
