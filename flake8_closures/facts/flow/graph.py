"""Is there a path on which one thing happens before another? Events in blocks, and searches through them."""

from __future__ import annotations

import ast
import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from flake8_closures.memo import cached_property


class Do(enum.Enum):
    """What an event does. The node beside it says with what."""

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
    """A loop turns to its next iteration, or ends."""
    EXHAUST = "exhaust"
    """The condition of a `while` loop is no longer true."""
    LEAVE_WITH = "leave with"
    RETURN = "return"
    EXIT = "exit"
    """The end of the function, by whatever way."""

    __hash__ = object.__hash__


Event = tuple[Do, ast.AST]


@dataclass(slots=True, eq=False)
class Block:
    """Events that follow each other, and where it goes on from there."""

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
        """Yield the events of all blocks; one that stands in several, such as those of `finally`, for each of them."""
        return (event for block in self.blocks for event in block.events)

    def calls(self) -> Iterator[ast.Call]:
        """Yield the calls among them."""
        return (node for do, node in self.events() if do is Do.CALL and isinstance(node, ast.Call))

    def happens(self, event: Event) -> bool:
        """Return whether an event stands in code that can be reached."""
        return event in self._where

    def places(self, event: Event) -> Sequence[tuple[int, int]]:
        """Return where an event stands: the number of each block, and its place there."""
        return self._where.get(event, ())

    def path(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event] = ()) -> Event | None:
        """Return one of the wanted events to which a path leads from behind `start` (None: the entry) on which no event
        of `barriers` comes first; None if there is none.
        """
        return next(self._met(start, wanted, barriers), None)

    def reached(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event]) -> set[Event]:
        """Return those of the wanted events to which such a path leads."""
        met: set[Event] = set()
        for event in self._met(start, wanted, barriers):
            met.add(event)
            if len(met) == len(wanted):
                break
        return met

    def _met(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event]) -> Iterator[Event]:
        """Yield the wanted events that are met on paths from behind `start`, of which barriers end each."""
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
        """Return where some events stand: by block, in their order."""
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for event in events:
            for number, index in self.places(event):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        return marks

    def last_before(self, event: Event, writes: Collection[Event]) -> tuple[set[Event], bool]:
        """Return which of `writes` can be the last one to happen before an event, and whether none may have
        happened.
        """
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
        """The blocks before each block, of those that the entry leads to."""
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
"""Gives the control flow of a module, function, lambda or generator expression."""
