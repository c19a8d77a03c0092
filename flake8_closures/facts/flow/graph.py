"""Is there a path on which one thing happens before another? Events in blocks, and searches through them."""

from __future__ import annotations

import ast
import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from flake8_closures.memo import cached_property


class Do(enum.Enum):
    """What an event does. The node in the event says to what."""

    READ = "read"
    BIND = "bind"
    UNBIND = "unbind"
    MAKE = "make"
    CALL = "call"
    DECORATE = "decorate"
    """A decorator is given the function or class below it."""
    DRAW = "draw"
    """A star takes everything out of an iterable: `[*xs]`."""
    SUSPEND = "suspend"
    LOOP = "loop"
    """A loop starts its next iteration, or ends."""
    BREAK = "break"
    """A loop is left by `break`."""
    EXHAUST = "exhaust"
    """The condition of a `while` loop is no longer true."""
    LEAVE_WITH = "leave with"
    RETURN = "return"
    EXIT = "exit"
    """The end of the function, however it ends."""

    __hash__ = object.__hash__


Event = tuple[Do, ast.AST]


@dataclass(slots=True, eq=False)
class Block:
    """Events that follow each other, and the blocks that can come next."""

    events: list[Event] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)
    raising: set[int] = field(default_factory=set)
    """The successors that an exception leads to, which no statement raises in plain sight."""


class Graph:
    """The control flow of one function (or module). Block 0 is the entry."""

    def __init__(self, blocks: list[Block], node: ast.AST) -> None:
        self.blocks = blocks
        self.node = node
        self.exit: Event = (Do.EXIT, node)
        self._where: dict[Event, list[tuple[int, int]]] = defaultdict(list)
        for number, block in enumerate(blocks):
            for index, event in enumerate(block.events):
                self._where[event].append((number, index))

    def events(self) -> Iterator[Event]:
        """Yield the events of all blocks; one that is in several blocks, such as those of `finally`, once for each."""
        return (event for block in self.blocks for event in block.events)

    def calls(self) -> Iterator[ast.Call]:
        """Yield the calls among them."""
        return (node for do, node in self.events() if do is Do.CALL and isinstance(node, ast.Call))

    def happens(self, event: Event) -> bool:
        """Return whether an event is in reachable code."""
        return event in self._where

    def places(self, event: Event) -> Sequence[tuple[int, int]]:
        """Return where an event is: the number of each block, and its index there."""
        return self._where.get(event, ())

    def path(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event] = ()) -> Event | None:
        """Return a wanted event that is reached from `start` (None: the entry) before any event of `barriers`; else
        None.
        """
        return next(self._met(start, wanted, barriers), None)

    def is_certain(self, events: Collection[Event]) -> bool:
        """Return whether every path from the entry to the exit has one of these events."""
        return self.path(None, [self.exit], events) is None

    def reached(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event]) -> set[Event]:
        """Return the wanted events that are reached like that."""
        met: set[Event] = set()
        for event in self._met(start, wanted, barriers):
            met.add(event)
            if len(met) == len(wanted):
                break
        return met

    def _met(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event]) -> Iterator[Event]:
        """Yield the wanted events on paths from `start`; a barrier ends a path."""
        wanted, barriers = frozenset(wanted), frozenset(barriers)
        marks = self.marks(wanted | barriers)
        pending = [(0, -1)] if start is None else list(self.places(start))
        seen: set[int] = set()
        while pending:
            number, index = pending.pop()
            for place, event in marks.get(number, ()):
                if place <= index:
                    continue
                if event in wanted:
                    yield event
                if event in barriers:
                    break
            else:
                for successor in self.blocks[number].successors:
                    if successor not in seen:
                        seen.add(successor)
                        pending.append((successor, -1))

    def marks(self, events: Iterable[Event]) -> dict[int, list[tuple[int, Event]]]:
        """Return where events are: by block, in their order."""
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for event in events:
            for number, index in self.places(event):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        return marks

    def last_before(self, event: Event, writes: Collection[Event]) -> tuple[set[Event], bool]:
        """Return which of `writes` can be the last one before an event, and whether there may be none."""
        marks = self.marks(writes)
        found: set[Event] = set()
        from_entry = False
        pending = list(self.places(event))
        seen: set[int] = set()
        while pending:
            number, index = pending.pop()
            nearest = next((write for place, write in reversed(marks.get(number, ())) if place < index), None)
            if nearest is not None:
                found.add(nearest)
                continue
            if number == 0:
                from_entry = True
            for previous in self._predecessors[number]:
                if previous not in seen:
                    seen.add(previous)
                    pending.append((previous, len(self.blocks[previous].events)))
        return found, from_entry

    @cached_property
    def _predecessors(self) -> dict[int, list[int]]:
        """The predecessors of each block, without unreachable ones."""
        backward: dict[int, list[int]] = defaultdict(list)
        reached, pending = {0}, [0]
        while pending:
            number = pending.pop()
            for successor in self.blocks[number].successors:
                backward[successor].append(number)
                if successor not in reached:
                    reached.add(successor)
                    pending.append(successor)
        return backward


Graphs = Callable[[ast.AST], Graph]
"""Returns the control flow of a module, function, lambda or generator expression."""
