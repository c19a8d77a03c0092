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


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of an object: it gets there by one of `events`, and is dropped from there by one of `refills`.

    `again`: the station before has it still, so that it may as well get here later, in another round.
    """

    events: frozenset[Event]
    refills: frozenset[Event]
    again: bool = False


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

    def happens(self, event: Event) -> bool:
        """Return whether an event stands in code that can be reached."""
        return event in self._where

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
        wanted, barriers = frozenset(wanted), frozenset(barriers)
        marks = self._marks(wanted | barriers)
        pending = [(0, -1)] if start is None else list(self._where.get(start, ()))
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

    def _marks(self, events: Iterable[Event]) -> dict[int, list[tuple[int, Event]]]:
        """Return where some events stand: by block, in their order."""
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for event in events:
            for number, index in self._where.get(event, ()):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        return marks

    def overtaken(
        self,
        made: Event,
        route: Sequence[Stop],
        used: Event,
        rebindings: Collection[Event],
        *,
        lasting: bool,
        refills: Collection[Event] = (),
        until: Collection[Event] = (),
        rounds: Collection[Event] = (),
    ) -> Event | None:
        """Return a rebinding that can come between the making of an object and its use; None if none can.

        The object is made at `made`, passes the stops of `route` in their order (and is lost where a stop is
        refilled) and is used at `used`. A `lasting` use goes on: a rebinding after it counts too, until one of
        `until`; where the slot has `refills`, it counts only if the function can end before the slot is refilled. For
        a use that does not last the path must pass one of `rounds`: who calls a closure further down in the same
        iteration sees what he does.
        """
        wanted = [stop.events for stop in route]
        dropped: list[Collection[Event]] = [(made,), *(stop.refills for stop in route), {*until, *refills}]
        stops = (event for stop in route for event in stop.events | stop.refills)
        marks = self._marks({made, used, self.exit, *rebindings, *until, *refills, *rounds, *stops})
        last = len(route)
        pending: list[tuple[int, int, int, bool, Event | None]] = [
            (*place, 0, lasting or not rounds, None) for place in self._where.get(made, ())
        ]
        seen: set[tuple[int, int, bool, bool]] = set()
        while pending:
            number, index, stage, round_passed, rebound = pending.pop()
            lost = False
            for place, event in marks.get(number, ()):
                if place <= index:
                    continue
                if stage < last and event in wanted[stage]:
                    if route[stage].again:
                        pending.append((number, place, stage, round_passed, rebound))
                    if stage and event in rebindings:
                        # Not the first: a function that captures its own name is not rebound by getting it.
                        rebound = event
                    stage += 1
                    continue
                is_use = event == used and stage == last
                lost = event in dropped[stage]
                if lost and not is_use:
                    break
                if event in rounds:
                    round_passed = True
                if event in rebindings:
                    rebound = event
                if is_use:
                    if rebound is not None and round_passed and not (lasting and refills):
                        return rebound
                    if lost and not lasting:
                        break
                    stage, lost = stage + lasting, False
                elif stage > last and rebound is not None and (not refills or event == self.exit):
                    return rebound
            if lost:
                continue
            for successor in self.blocks[number].successors:
                if successor in self.blocks[number].raising:
                    continue
                state = successor, stage, round_passed, rebound is not None
                if state not in seen:
                    seen.add(state)
                    pending.append((successor, -1, stage, round_passed, rebound))
        return None

    def last_before(self, event: Event, writes: Collection[Event]) -> tuple[set[Event], bool]:
        """Return which of `writes` can be the last one to happen before an event, and whether none may have
        happened.
        """
        marks = self._marks(writes)
        found: set[Event] = set()
        from_entry = False
        pending = list(self._where.get(event, ()))
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
