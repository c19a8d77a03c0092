"""Which captured variables does a closure read too late, after they were bound again?

One rule decides it: a use is late if and only if a path leads from the making of the closure over a rebinding of the
variable to that use, on which the closure's slot is not refilled by a newer closure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flake8_closures.facts import steady
from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import ClosureFacts, Use, Uses
from flake8_closures.facts.flow import Do, Event, Graph
from flake8_closures.facts.names import Names
from flake8_closures.facts.positions import end, position, stands_in
from flake8_closures.model import Binding, BindingKind, Capture, Closure, Reference, Scope, ScopeKind

Takers = Callable[[Use, Scope], frozenset[Event]]
"""Returns the calls after which a use in a function no longer lasts, because they take the closure back."""


@dataclass(frozen=True, slots=True, eq=False)
class LateCapture:
    """A captured variable, with the rebinding that comes too early and the use that comes too late.

    `likelihood` is how probable the late use is: 1.0 where everything is known.
    """

    closure: Closure
    capture: Capture
    rebinding: Binding
    use: Use
    likelihood: float
    bound_before: bool
    """Whether the variable certainly has a value when the closure is made."""
    rebound_later_in_iteration: bool
    """Whether the iteration that makes the closure binds the variable again later: that value may be the one that is
    meant.
    """

    @property
    def is_of_target(self) -> bool:
        """Whether the target of a loop or of a comprehension binds the variable again."""
        return self.rebinding.kind in (BindingKind.LOOP_TARGET, BindingKind.COMPREHENSION_TARGET)

    @property
    def lazy(self) -> bool:
        """Whether the closure is a generator expression."""
        return self.closure.scope.kind is ScopeKind.GENERATOR


@dataclass(frozen=True, slots=True, eq=False)
class _Suspect:
    """A variable that a closure captures, with the events that can bind it again after the closure is made."""

    closure: Closure
    capture: Capture
    flow: Graph
    events: Mapping[Event, Binding]

    @property
    def made(self) -> Event:
        """The event that makes the closure."""
        return Do.MAKE, self.closure.carrier

    @property
    def read_by_itself(self) -> bool:
        """Whether the closure alone reads the variable, and none of the functions made in it."""
        return _reads_itself(self.closure, self.capture)

    def last_before_making(self) -> tuple[set[Event], bool]:
        """Return which of the events can be the last one before the making, and whether there may be none."""
        return self.flow.last_before(self.made, list(self.events))


def _reads_itself(closure: Closure, capture: Capture) -> bool:
    return all(reference.scope is closure.scope for reference in capture.references)


def find(
    closures: Sequence[Closure],
    known: ClosureFacts,
    names: Names,
    takers: Takers,
    is_passing: Callable[[Closure], bool],
) -> Iterator[LateCapture]:
    """Yield every late capture of the closures made in loops, with its most probable use.

    Of equally probable uses, a call in the loop comes last, since it may do no harm. `is_passing` tells which closures
    are gone at once.
    """
    by_scope = {closure.scope: closure for closure in closures}
    for closure in closures:
        for capture in known.captures(closure) if closure.loops else ():
            candidates = _rebound_by_loops(closure, capture)
            if not candidates or (_reads_itself(closure, capture) and is_passing(closure)):
                continue
            when_called = _read_when_called(closure, capture.references, by_scope, known.uses)
            suspect = _suspect(closure, capture, candidates, known.graph(closure.maker.node))
            found = _late(suspect, known.uses, names, takers, when_called) if suspect else None
            if found is not None:
                yield found


def find_outside_loops(
    closures: Sequence[Closure], known: ClosureFacts, is_passing: Callable[[Closure], bool]
) -> Iterator[LateCapture]:
    """Yield the captured variables that code outside the closure's loops binds again before a use.

    `closures` are the inner ones: globals that the functions and methods of the module read are meant to be read late.
    So is state that the closure itself writes, the closure's own name, and what a loop sets for a use in it.
    """
    for closure in closures:
        for capture in known.captures(closure):
            candidates = _rebound_outside_loops(closure, capture)
            if not candidates or (_reads_itself(closure, capture) and is_passing(closure)):
                continue
            suspect = _suspect(closure, capture, candidates, known.graph(closure.maker.node))
            found = _late_once(suspect, known.uses(closure)) if suspect else None
            if found is not None:
                yield found


def _rebound_by_loops(closure: Closure, capture: Capture) -> list[Binding]:
    """Return what may rebind a variable that the closure reads; nothing unless a loop does."""
    if not capture.references:
        return []
    found = [binding for binding in capture.variable.bindings if _can_rebind(binding, closure)]
    return found if any(_is_a_loops(binding, closure) for binding in found) else []


def _rebound_outside_loops(closure: Closure, capture: Capture) -> list[Binding]:
    """Return what may rebind a variable that the closure only reads, after its making; nothing if its loops do, too."""
    bindings = capture.variable.bindings
    if not capture.references or capture.writes:
        return []
    if closure.loops and any(_in_loops(binding, closure) for binding in bindings):
        return []
    return [binding for binding in bindings if _can_follow(binding, closure)]


def _can_follow(binding: Binding, closure: Closure) -> bool:
    """Return whether a binding can come after the making of a closure, and changes what the closure reads."""
    return (
        _can_rebind(binding, closure)
        and binding.kind is not BindingKind.IMPORT
        and binding.node is not closure.carrier
        and binding.value is not closure.node
        and end(binding.statement) >= end(closure.carrier)
        and not (closure.loops and _is_a_loops(binding, closure))
    )


def _suspect(closure: Closure, capture: Capture, candidates: Iterable[Binding], flow: Graph) -> _Suspect | None:
    """Return the captured variable with its rebindings; None if no path leads from the closure to one of them."""
    events = {event: binding for binding in candidates for event in _events(binding) if flow.happens(event)}
    suspect = _Suspect(closure, capture, flow, events)
    return suspect if flow.path(suspect.made, events) is not None else None


def _late_once(suspect: _Suspect, uses: Sequence[Use]) -> LateCapture | None:
    """Return the most probable late use of a variable that certainly has a value when the closure is made."""
    if not _has_value(suspect):
        return None
    for use in sorted(uses, key=lambda use: (-use.likelihood, not use.lasting)):
        if use.inner and suspect.read_by_itself:
            continue
        around = [loop for loop in suspect.closure.maker.loops if stands_in(use.node, loop)]
        events = [
            event
            for event, binding in suspect.events.items()
            if not any(stands_in(binding.node, loop) for loop in around)
        ]
        met = use.course(suspect.made).overtaken(suspect.flow, events)
        if met is not None:
            return LateCapture(suspect.closure, suspect.capture, suspect.events[met], use, use.likelihood, True, True)
    return None


def _has_value(suspect: _Suspect) -> bool:
    """Return whether a variable certainly has a value when the closure is made."""
    variable, maker = suspect.capture.variable, suspect.closure.maker
    bindings = [binding for binding in variable.bindings if unit(binding.scope) is maker]
    last, from_entry = suspect.flow.last_before(suspect.made, [event for each in bindings for event in _events(each)])
    is_parameter = any(binding.kind is BindingKind.PARAMETER for binding in bindings)
    return (is_parameter or not from_entry) and not any(event[0] is Do.UNBIND for event in last)


def _can_rebind(binding: Binding, closure: Closure) -> bool:
    if binding.kind in (BindingKind.PARAMETER, BindingKind.ANNOTATION, BindingKind.TYPE_PARAMETER):
        return False
    return unit(binding.scope) is closure.maker


def _is_a_loops(binding: Binding, closure: Closure) -> bool:
    """Return whether a loop binds the variable again: one around the closure, or another over the same name.

    Assignments after the loop are left to CLO104; a deletion there is not.
    """
    return binding.kind in (BindingKind.LOOP_TARGET, BindingKind.DELETE) or _in_loops(binding, closure)


def _late(suspect: _Suspect, uses: Uses, names: Names, takers: Takers, when_called: bool) -> LateCapture | None:
    """Return the most probable late use of a variable that the loops around the closure bind again."""
    closure = suspect.closure
    groups = [(changing, _rounds(closure, changing, inside)) for inside, changing in _changing(suspect, names).items()]
    for use in sorted(uses(closure), key=lambda use: _weight(use, closure), reverse=True) if groups else ():
        if (use.inner and suspect.read_by_itself) or not (when_called or use.inner or use.lasting):
            continue
        met = _overtaken(use, suspect, groups)
        if met is not None and (taken := takers(use, closure.maker)):
            met = _overtaken(replace(use, until=use.until | taken), suspect, groups)
        if met is not None:
            last, from_entry = suspect.last_before_making()
            bound = not from_entry and not any(event[0] is Do.UNBIND for event in last)
            after = any(_follows(binding, closure) for binding in suspect.events.values())
            return LateCapture(closure, suspect.capture, met, use, use.likelihood, bound, after)
    return None


def _changing(suspect: _Suspect, names: Names) -> dict[int, dict[Event, Binding]]:
    """Return the bindings of the loops that change the variable, by how many of the loops make them do so."""
    closure = suspect.closure
    found: dict[int, dict[Event, Binding]] = {}
    for event, binding in suspect.events.items():
        if _is_a_loops(binding, closure):
            inside = steady.changed_by(binding, closure, suspect.capture, suspect.flow, names)
            if inside:
                found.setdefault(inside, {})[event] = binding
    return found


def _overtaken(
    use: Use, suspect: _Suspect, groups: Iterable[tuple[Mapping[Event, Binding], set[Event]]]
) -> Binding | None:
    course = use.course(suspect.made)
    for changing, rounds in groups:
        met = course.overtaken(suspect.flow, changing, rounds)
        if met is not None:
            return changing[met]
    return None


def _weight(use: Use, closure: Closure) -> tuple[float, bool]:
    """Return the rank of a use among those that could be reported."""
    return use.likelihood, use.lasting or not stands_in(use.node, closure.loops[0])


def _rounds(closure: Closure, changing: Mapping[Event, Binding], inside: int) -> set[Event]:
    """Return the events that end the iteration, of the outer loops, in which a closure was made."""
    loops = [clause for loop in closure.loops[:inside] for clause in (loop, *getattr(loop, "generators", ()))]
    # Who leaves the loops for another one that binds the variable is no longer in the iteration either.
    elsewhere = {event for event, binding in changing.items() if not _in_loops(binding, closure)}
    return {(do, loop) for loop in loops for do in (Do.LOOP, Do.BREAK)} | elsewhere


def _read_when_called(
    closure: Closure,
    references: Sequence[Reference],
    by_scope: Mapping[Scope, Closure],
    uses: Uses,
) -> bool:
    """Return whether a call of a closure reads its variable itself, not only a function that it hands out."""
    for reference in references:
        inner: Closure | None = None
        scope = reference.scope
        while scope is not closure.scope and scope.parent is not None:
            inner = by_scope.get(scope, inner)
            scope = scope.parent
        if inner is None:
            return True
        called = any(not use.lasting for use in uses(inner))
        if called and _read_when_called(inner, [reference], by_scope, uses):
            return True
    return False


def _follows(binding: Binding, closure: Closure) -> bool:
    """Return whether a binding comes after the closure in the innermost loop, or binds the closure itself."""
    if binding.node is closure.carrier:
        return True
    loop, node = closure.loops[-1], closure.carrier
    place = position(binding.node)
    return end(node) <= place < end(loop) and binding.kind is not BindingKind.COMPREHENSION_TARGET


def _events(binding: Binding) -> list[Event]:
    if binding.kind is BindingKind.DELETE:
        return [(Do.UNBIND, binding.node)]
    if binding.kind is BindingKind.EXCEPT:
        return [(Do.BIND, binding.node), (Do.UNBIND, binding.node)]
    return [(Do.BIND, binding.node)]


def _in_loops(binding: Binding, closure: Closure) -> bool:
    return bool(closure.loops) and stands_in(binding.node, closure.loops[0])
