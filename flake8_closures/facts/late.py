"""Which captured variables does a closure read too late, after they were bound again?

One rule decides it: a use is late if and only if a path runs from the making of the closure over a rebinding of the
variable to that use, on which the closure's slot is not refilled by a newer one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.escape import Use, unit
from flake8_closures.facts.flow import Do, Event, Graph
from flake8_closures.facts.names import Names
from flake8_closures.model import Binding, BindingKind, Capture, Closure


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
    """Whether the iteration that makes the closure binds the variable again: the closure may want that value."""

    @property
    def lazy(self) -> bool:
        """Whether the closure is a generator expression."""
        return isinstance(self.closure.node, ast.GeneratorExp)


def find(
    closures: Sequence[Closure],
    captures: Callable[[Closure], tuple[Capture, ...]],
    graph: Callable[[ast.AST], Graph],
    uses: Callable[[Closure], tuple[Use, ...]],
    names: Names,
) -> Iterator[LateCapture]:
    """Yield every late capture of the closures made in loops, the most probable use of each."""
    for closure in closures:
        if not closure.loops:
            continue
        flow: Graph | None = None
        for capture in captures(closure):
            if not capture.references:
                continue
            candidates = [binding for binding in capture.variable.bindings if _can_rebind(binding, closure)]
            if not candidates:
                continue
            flow = flow or graph(closure.maker.node)
            found = _late(closure, capture, candidates, flow, uses, names)
            if found is not None:
                yield found


def _can_rebind(binding: Binding, closure: Closure) -> bool:
    if binding.kind in (BindingKind.PARAMETER, BindingKind.ANNOTATION, BindingKind.TYPE_PARAMETER):
        return False
    return unit(binding.scope) is closure.maker


def _late(
    closure: Closure,
    capture: Capture,
    candidates: Sequence[Binding],
    flow: Graph,
    uses: Callable[[Closure], tuple[Use, ...]],
    names: Names,
) -> LateCapture | None:
    made: Event = (Do.MAKE, closure.carrier)
    events = {event: binding for binding in candidates for event in _events(binding) if flow.happens(event)}
    again = flow.path(made, [events])
    if again is None:
        return None
    changing = {
        event: binding
        for event, binding in events.items()
        if not _constant(binding, closure, flow, made, events, names)
    }
    if not changing:
        return None
    best: LateCapture | None = None
    own = all(reference.scope is closure.scope for reference in capture.references)
    rounds = {(Do.LOOP, loop) for loop in closure.loops} | {
        (Do.LOOP, clause) for loop in closure.loops for clause in getattr(loop, "generators", ())
    }
    for use in uses(closure):
        if use.inner and own:
            continue
        if best is not None and use.likelihood <= best.likelihood:
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
            best = LateCapture(closure, capture, changing[met], use, use.likelihood, bound, after)
    return best


def _follows(binding: Binding, closure: Closure) -> bool:
    """Return whether a binding stands behind the closure in the innermost loop, or binds the closure itself."""
    if binding.node is closure.carrier:
        return True
    loop, node = closure.loops[-1], closure.carrier
    place = _start(binding.node)
    return _end(node) <= place < _end(loop) and binding.kind is not BindingKind.COMPREHENSION_TARGET


def _start(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _end(node: ast.AST) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def _events(binding: Binding) -> list[Event]:
    if binding.kind is BindingKind.DELETE:
        return [(Do.UNBIND, binding.node)]
    if binding.kind is BindingKind.EXCEPT:
        return [(Do.BIND, binding.node), (Do.UNBIND, binding.node)]
    return [(Do.BIND, binding.node)]


def _constant(
    binding: Binding, closure: Closure, flow: Graph, made: Event, events: Iterable[Event], names: Names
) -> bool:
    """Return whether a binding gives the same value in every iteration: it reads nothing that the loops rebind."""
    if binding.kind is BindingKind.IMPORT:
        return True
    if binding.kind in (BindingKind.DELETE, BindingKind.EXCEPT, BindingKind.AUGMENTED) or binding.value is None:
        return False
    last, from_entry = flow.last_before(made, list(events))
    if from_entry or last != {(Do.BIND, binding.node)}:
        return False
    for part in ast.walk(binding.value):
        if isinstance(part, ast.Name):
            variable = names.variable(part)
            if variable is not None and any(_in_loops(other, closure) for other in variable.bindings):
                return False
        elif not isinstance(
            part, (ast.Constant, ast.Attribute, ast.expr_context, ast.operator, ast.unaryop, ast.BinOp, ast.UnaryOp)
        ):
            return False
    return True


def _in_loops(binding: Binding, closure: Closure) -> bool:
    loop = closure.loops[0]
    return _start(loop) <= _start(binding.node) < _end(loop)
