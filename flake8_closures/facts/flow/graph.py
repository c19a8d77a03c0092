"""Is there a path on which one thing happens before another? Events in blocks, and searches through them."""

from __future__ import annotations

import ast
import enum
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property


class Do(enum.Enum):
    """What an event does. The node beside it says with what."""

    READ = "read"
    BIND = "bind"
    UNBIND = "unbind"
    MAKE = "make"
    CALL = "call"
    SUSPEND = "suspend"
    LOOP = "loop"
    """A loop turns to its next iteration, or ends."""
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
    """One station of an object: it gets there by one of `events`, and is dropped from there by one of `refills`."""

    events: frozenset[Event]
    refills: frozenset[Event]


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

    def path(
        self,
        start: Event | None,
        stages: Sequence[Collection[Event]],
        barriers: Collection[Event] | Sequence[Collection[Event]] = (),
    ) -> list[Event] | None:
        """Search a path of events and return the one event of each stage that it meets, in order; None if there is
        none.

        The path begins behind `start` (None: at the entry), meets an event of `stages[0]`, then one of `stages[1]`, and
        so on. Where an event of `barriers` comes first, it ends; a sequence of collections gives each stage its own.
        """
        each = [barriers] * len(stages) if not isinstance(barriers, list) else barriers
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for event in {event for group in (*stages, *each) for event in group}:
            for number, index in self._where.get(event, ()):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        begin = [(0, -1)] if start is None else self._where.get(start, [])
        pending: list[tuple[int, int, int, tuple[Event, ...]]] = [(*place, 0, ()) for place in begin]
        seen: set[tuple[int, int]] = set()
        while pending:
            number, index, stage, met = pending.pop()
            stopped = False
            for place, event in marks.get(number, ()):
                if place <= index:
                    continue
                if event in stages[stage]:
                    trail = (*met, event)
                    if stage + 1 == len(stages):
                        return list(trail)
                    pending.append((number, place, stage + 1, trail))
                if event in each[stage]:
                    stopped = True
                    break
            if stopped:
                continue
            for successor in self.blocks[number].successors:
                if (successor, stage) not in seen:
                    seen.add((successor, stage))
                    pending.append((successor, -1, stage, met))
        return None

    def reached(self, start: Event | None, wanted: Collection[Event], barriers: Collection[Event]) -> set[Event]:
        """Return those of the wanted events to which a path leads from behind `start` (None: the entry) on which no
        event of `barriers` comes first.
        """
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for event in {*wanted, *barriers}:
            for number, index in self._where.get(event, ()):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        wanted = set(wanted)
        met: set[Event] = set()
        pending = [(0, -1)] if start is None else list(self._where.get(start, ()))
        seen: set[int] = set()
        while pending and len(met) < len(wanted):
            number, index = pending.pop()
            for place, event in marks.get(number, ()):
                if place <= index:
                    continue
                if event in wanted:
                    met.add(event)
                if event in barriers:
                    break
            else:
                for successor in self.blocks[number].successors:
                    if successor not in seen:
                        seen.add(successor)
                        pending.append((successor, -1))
        return met

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
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        interesting = {made, used, self.exit, *rebindings, *until, *refills, *rounds}
        for stop in route:
            interesting |= stop.events | stop.refills
        for event in interesting:
            for number, index in self._where.get(event, ()):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
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
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for write in writes:
            for number, index in self._where.get(write, ()):
                marks[number].append((index, write))
        for stops in marks.values():
            stops.sort(key=lambda mark: mark[0], reverse=True)
        found: set[Event] = set()
        from_entry = False
        pending = list(self._where.get(event, ()))
        seen: set[int] = set()
        while pending:
            number, index = pending.pop()
            nearest = next((write for place, write in marks.get(number, ()) if place < index), None)
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
