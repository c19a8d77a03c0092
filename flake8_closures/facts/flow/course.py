"""Can a variable be bound again between the making of an object and its use?"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flake8_closures.facts.flow.graph import Do, Event, Graph


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of an object: it gets there by one of `events`, and is dropped from there by one of `refills`.

    `again`: the station before has it still, so that it may as well get here later, in another round. `renews`: what
    gets here finds the variable that these events bind as it was at first.
    """

    events: frozenset[Event]
    refills: frozenset[Event]
    again: bool = False
    renews: frozenset[Event] = frozenset()


@dataclass(frozen=True, slots=True)
class Course:
    """The way of an object: made at `made`, over the stops of `route` in their order, to its use at `used`.

    It is lost where a stop is refilled. A `lasting` use goes on until one of `until`; where the slot has `refills`, it
    counts only if the function can end before the slot is refilled.
    """

    made: Event
    route: Sequence[Stop]
    used: Event
    lasting: bool = False
    refills: Collection[Event] = ()
    until: Collection[Event] = ()

    def overtaken(self, graph: Graph, rebindings: Collection[Event], rounds: Collection[Event] = ()) -> Event | None:
        """Return a rebinding that can come on the way; None if none can.

        The path must pass one of `rounds`, if there are any: who uses a closure further down in the same iteration
        alone sees what he does. What a `finally` does on the way out, after the closure was returned, nobody sees.
        """
        return _Search(self, graph, rebindings, rounds).run()


class _State(NamedTuple):
    """What has happened to the object and to the variable up to a place on a path."""

    stage: int
    """How many stops the object has passed; one more when it has been used."""
    round_passed: bool
    rebound: Event | None


class _Search:
    """All paths of one course, each followed only as long as it can show something new."""

    def __init__(self, course: Course, graph: Graph, rebindings: Collection[Event], rounds: Collection[Event]) -> None:
        self.course, self.graph, self.rebindings, self.rounds = course, graph, rebindings, rounds
        self.last = len(course.route)
        self.later_rounds_raise = bool(rounds) and not course.refills
        """Whether exceptions are expected in later iterations. In its own one the object goes the way that is meant."""
        ends = {*course.until, *course.refills}
        self.dropped: list[Collection[Event]] = [(course.made,), *(stop.refills for stop in course.route), ends]
        """What ends the way of the object at each stage."""
        stops = (event for stop in course.route for event in stop.events | stop.refills)
        self.marks = graph.marks({course.made, course.used, graph.exit, *rebindings, *ends, *rounds, *stops})
        self.pending: deque[tuple[int, int, _State]] = deque()
        self.met: Event | None = None

    def run(self) -> Event | None:
        """Return the first rebinding on the way."""
        begin = _State(0, not self.rounds, None)
        self.pending += [(*place, begin) for place in self.graph.places(self.course.made)]
        seen: set[tuple[int, int, bool, bool]] = set()
        while self.pending:
            number, index, begin = self.pending.popleft()
            state = self._through(number, index, begin)
            if self.met is not None:
                return self.met
            if state is None:
                continue
            block = self.graph.blocks[number]
            # Nobody gets what a function would have returned, had it not failed after that.
            is_returned = state.stage > self.last and self.course.used[0] is Do.RETURN
            raises = state.round_passed and self.later_rounds_raise and not is_returned
            for successor in block.successors:
                key = successor, state.stage, state.round_passed, state.rebound is not None
                if (raises or successor not in block.raising) and key not in seen:
                    seen.add(key)
                    self.pending.append((successor, -1, state))
        return None

    def _through(self, number: int, index: int, state: _State) -> _State | None:
        """Go from a place to the end of its block; return the state there, None if the path ends before."""
        for place, event in self.marks.get(number, ()):
            if place <= index:
                continue
            following = self._behind(number, place, event, state)
            if following is None:
                return None
            state = following
        return state

    def _behind(self, number: int, place: int, event: Event, state: _State) -> _State | None:
        """Continue after an event at a place of a block."""
        if state.stage < self.last and event in self.course.route[state.stage].events:
            if self.course.route[state.stage].again:
                self.pending.append((number, place, state))
            return self._arrive(event, state)
        if state.stage == self.last and event == self.course.used:
            return self._use(event, state)
        return None if event in self.dropped[state.stage] else self._pass(event, state)

    def _arrive(self, event: Event, state: _State) -> _State:
        """Reach the next stop. The first one is no rebinding: that is how a function that captures its own name gets
        it.
        """
        if not self.course.route[state.stage].renews.isdisjoint(self.rebindings):
            return _State(state.stage + 1, not self.rounds, None)
        rebound = event if state.stage and event in self.rebindings else state.rebound
        return _State(state.stage + 1, state.round_passed, rebound)

    def _pass(self, event: Event, state: _State) -> _State | None:
        """Pass an event that does nothing to the object."""
        rebound = event if event in self.rebindings else state.rebound
        round_passed = state.round_passed or event in self.rounds
        counts = not self.course.refills or event == self.graph.exit
        if state.stage > self.last and rebound is not None and round_passed and counts:
            self.met = rebound
            return None
        return _State(state.stage, round_passed, rebound)

    def _use(self, event: Event, state: _State) -> _State | None:
        """Use the object, which may be lost by that, or live on."""
        course = self.course
        rebound = event if event in self.rebindings else state.rebound
        round_passed = state.round_passed or event in self.rounds
        if rebound is not None and round_passed and not (course.lasting and course.refills):
            self.met = rebound
            return None
        if not course.lasting and event in self.dropped[state.stage]:
            return None
        is_left = rebound is None and event[0] is Do.RETURN
        return _State(state.stage + course.lasting, round_passed or is_left, rebound)
