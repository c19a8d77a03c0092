"""Which captured variables does a closure read too late, after they were bound again?

One rule decides it: a use is late if and only if a path runs from the making of the closure over a rebinding of the
variable to that use, on which the closure's slot is not refilled by a newer one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import Captures
from flake8_closures.facts.escape import Use, Uses
from flake8_closures.facts.flow import Do, Event, Graph, Graphs
from flake8_closures.facts.names import Names
from flake8_closures.facts.positions import end, position
from flake8_closures.model import Binding, BindingKind, Capture, Closure, Reference, Scope, ScopeKind


@dataclass(frozen=True, slots=True, eq=False)
class LateCapture:
    """A captured variable with the rebinding that comes too early and the use that comes too late.

    `likelihood` is how probable the late use is: 1.0 where everything is seen.
    """

    closure: Closure
    capture: Capture
    rebinding: Binding
    use: Use
    likelihood: float
    bound_before: bool
    """Whether the variable surely has a value when the closure is made."""
    rebound_later_in_iteration: bool
    """Whether the run or iteration that makes the closure binds the variable again: it may want that value."""

    @property
    def is_of_target(self) -> bool:
        """Whether the target of a loop or of a comprehension binds the variable again."""
        return self.rebinding.kind in (BindingKind.LOOP_TARGET, BindingKind.COMPREHENSION_TARGET)

    @property
    def lazy(self) -> bool:
        """Whether the closure is a generator expression."""
        return self.closure.scope.kind is ScopeKind.GENERATOR


def find(
    closures: Sequence[Closure],
    captures: Captures,
    graph: Graphs,
    uses: Uses,
    names: Names,
) -> Iterator[LateCapture]:
    """Yield every late capture of the closures made in loops, the most probable use of each.

    Of equals a call in the loop is told last: it may be one that does no harm.
    """
    by_scope = {closure.scope: closure for closure in closures}
    for closure in closures:
        if not closure.loops:
            continue
        flow: Graph | None = None
        for capture in captures(closure):
            if not capture.references:
                continue
            candidates = [binding for binding in capture.variable.bindings if _can_rebind(binding, closure)]
            if not any(_is_a_loops(binding, closure) for binding in candidates):
                continue
            flow = flow or graph(closure.maker.node)
            when_called = _read_when_called(closure, capture.references, by_scope, uses)
            found = _late(closure, capture, candidates, flow, uses, names, when_called)
            if found is not None:
                yield found


def find_outside_loops(
    closures: Sequence[Closure],
    captures: Captures,
    graph: Graphs,
    uses: Uses,
) -> Iterator[LateCapture]:
    """Yield the variables with a value that closures capture, and that code outside their loops changes before a use.

    `closures` are the inner ones: globals that the functions and methods of the module read are meant to be read late.
    So is state that the closure itself writes, the closure's own name, and what a loop sets for the use in it.
    """
    for closure in closures:
        for capture in captures(closure):
            bindings = capture.variable.bindings
            if not capture.references or capture.writes or any(_in_loops(binding, closure) for binding in bindings):
                continue
            candidates = [binding for binding in bindings if _can_follow(binding, closure)]
            if not candidates:
                continue
            flow = graph(closure.maker.node)
            found = _late_once(closure, capture, candidates, flow, uses(closure))
            if found is not None:
                yield found


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


def _late_once(
    closure: Closure, capture: Capture, candidates: Sequence[Binding], flow: Graph, uses: Sequence[Use]
) -> LateCapture | None:
    made: Event = (Do.MAKE, closure.carrier)
    changing = {event: binding for binding in candidates for event in _events(binding) if flow.happens(event)}
    if flow.path(made, changing) is None:
        return None
    bindings = [binding for binding in capture.variable.bindings if unit(binding.scope) is closure.maker]
    last, from_entry = flow.last_before(made, [event for binding in bindings for event in _events(binding)])
    is_parameter = any(binding.kind is BindingKind.PARAMETER for binding in bindings)
    if (from_entry and not is_parameter) or any(event[0] is Do.UNBIND for event in last):
        return None
    own = all(reference.scope is closure.scope for reference in capture.references)
    for use in sorted(uses, key=lambda use: (-use.likelihood, not use.lasting)):
        around = [loop for loop in closure.maker.loops if _holds(loop, use.node)]
        events = {
            event: binding
            for event, binding in changing.items()
            if not any(_holds(loop, binding.node) for loop in around)
        }
        if use.inner and own:
            continue
        met = flow.overtaken(
            made, use.route, use.event, events, lasting=use.lasting, refills=use.refills, until=use.until
        )
        if met is not None:
            return LateCapture(closure, capture, changing[met], use, use.likelihood, True, True)
    return None


def _holds(loop: ast.AST, node: ast.AST) -> bool:
    return position(loop) <= position(node) < end(loop)


def _can_rebind(binding: Binding, closure: Closure) -> bool:
    if binding.kind in (BindingKind.PARAMETER, BindingKind.ANNOTATION, BindingKind.TYPE_PARAMETER):
        return False
    return unit(binding.scope) is closure.maker


def _is_a_loops(binding: Binding, closure: Closure) -> bool:
    """Return whether a loop binds the variable again: one around the closure, or another over the same name.

    What is assigned behind the loop, in plain sight, is left to CLO104; a deletion there is not.
    """
    return binding.kind in (BindingKind.LOOP_TARGET, BindingKind.DELETE) or _in_loops(binding, closure)


def _late(
    closure: Closure,
    capture: Capture,
    candidates: Sequence[Binding],
    flow: Graph,
    uses: Uses,
    names: Names,
    when_called: bool,
) -> LateCapture | None:
    made: Event = (Do.MAKE, closure.carrier)
    events = {event: binding for binding in candidates for event in _events(binding) if flow.happens(event)}
    again = flow.path(made, events)
    if again is None:
        return None
    changing = {
        event: binding
        for event, binding in events.items()
        if _is_a_loops(binding, closure) and not _constant(binding, capture, closure, flow, made, events, names)
    }
    if not changing:
        return None
    best: LateCapture | None = None
    most = 0.0, False
    own = all(reference.scope is closure.scope for reference in capture.references)
    rounds = {(Do.LOOP, loop) for loop in closure.loops} | {
        (Do.LOOP, clause) for loop in closure.loops for clause in getattr(loop, "generators", ())
    }
    # Who leaves the loops for another one that binds the variable is no longer in the iteration either.
    rounds |= {event for event, binding in changing.items() if not _in_loops(binding, closure)}
    for use in uses(closure):
        if (use.inner and own) or not (when_called or use.inner or use.lasting):
            continue
        weight = use.likelihood, use.lasting or not _holds(closure.loops[0], use.node)
        if best is not None and weight <= most:
            continue
        met = flow.overtaken(
            made,
            use.route,
            use.event,
            changing,
            lasting=use.lasting,
            refills=use.refills,
            until=use.until,
            rounds=rounds,
        )
        if met is not None:
            last, from_entry = flow.last_before(made, list(events))
            bound = not from_entry and not any(event[0] is Do.UNBIND for event in last)
            after = any(_follows(binding, closure) for binding in events.values())
            most = weight
            best = LateCapture(closure, capture, changing[met], use, use.likelihood, bound, after)
    return best


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
    """Return whether a binding stands behind the closure in the innermost loop, or binds the closure itself."""
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


def _constant(
    binding: Binding,
    capture: Capture,
    closure: Closure,
    flow: Graph,
    made: Event,
    events: Iterable[Event],
    names: Names,
) -> bool:
    """Return whether a binding gives the same value in every iteration: it reads nothing that the loops rebind."""
    if binding.kind is BindingKind.IMPORT:
        return True
    if any(unit(other.scope) is not closure.maker for other in capture.variable.bindings):
        return False  # a function writes it: what an older closure left there is set back
    changing = (BindingKind.DELETE, BindingKind.EXCEPT, BindingKind.AUGMENTED)
    if binding.kind in changing or (binding.value is None and binding.kind is not BindingKind.DEF):
        return False
    last, from_entry = flow.last_before(made, list(events))
    if from_entry or last != {(Do.BIND, binding.node)}:
        return False
    if binding.value is None:
        return _is_same_function(binding, closure, names)
    for part in ast.walk(binding.value):
        if isinstance(part, ast.Name):
            variable = names.variable(part)
            if variable is not None and any(_in_loops(other, closure) for other in variable.bindings):
                return False
        elif not isinstance(
            part,
            (
                ast.Constant,
                ast.Attribute,
                ast.Tuple,
                ast.BinOp,
                ast.UnaryOp,
                ast.expr_context,
                ast.operator,
                ast.unaryop,
            ),
        ):
            return False
    return True


def _is_same_function(binding: Binding, closure: Closure, names: Names) -> bool:
    """Return whether a `def` makes the same function in every iteration: it reads nothing that they rebind."""
    for part in ast.walk(binding.statement):
        variable = names.variable(part) if isinstance(part, ast.Name) else None
        if variable is None or variable.name == binding.name:
            continue
        if variable.scope.kind is not ScopeKind.MODULE and _holds(binding.statement, variable.scope.node):
            continue
        if any(_in_loops(other, closure) for other in variable.bindings):
            return False
    return True


def _in_loops(binding: Binding, closure: Closure) -> bool:
    return bool(closure.loops) and _holds(closure.loops[0], binding.node)
