"""May the value be bound early, and may another value be meant?"""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.blocks import is_inside, unit
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.flow import Do
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.positions import position
from flake8_closures.facts.spots import is_mangled
from flake8_closures.model import Binding, BindingKind, Reference, ScopeKind, Span

FRAMES = "the exception keeps the frames of its traceback alive as long as the function lives"
_VALUES = (BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.AUGMENTED, BindingKind.WALRUS)


def has_a_value(late: LateCapture, facts: Facts) -> bool:
    """Return whether the variable has its value when the closure is made, under the name that is in the text."""
    closure, variable = late.closure, late.capture.variable
    if late.lazy or late.rebinding.kind is BindingKind.DELETE:
        return False
    if any(is_mangled(variable.name, reference.node) for reference in late.capture.references):
        return False
    if _is_own_name(late):
        return closure.carrier is closure.node
    if not late.bound_before or (late.rebound_later_in_iteration and not _is_counter(late)):
        return False
    made = facts.source.span(closure.node)
    statements = [binding.statement for binding in variable.bindings if binding.kind in _VALUES]
    return not any(_holds(facts.source.span(statement), made) for statement in statements)


def _holds(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def reader_around(late: LateCapture, facts: Facts) -> Reference | None:
    """Return where other code reads what the closure assigns, so that both must share one variable; None if nowhere."""
    if not late.capture.writes:
        return None
    closure, variable = late.closure, late.capture.variable
    flow, binds = facts.graph(closure.maker.node), [(Do.BIND, binding.node) for binding in variable.bindings]
    for reference in variable.references:
        read = Do.READ, reference.node
        is_elsewhere = unit(reference.scope) is not closure.maker and not is_inside(reference.scope, closure.scope)
        if is_elsewhere or flow.path((Do.MAKE, closure.carrier), [read], binds) is not None:
            return reference
    return None


def doubt(late: LateCapture) -> str:
    """Return why another value than the early one may be meant."""
    variable = late.capture.variable
    if late.capture.writes:
        return "each function gets a variable of its own, and they no longer see what the others assign"
    if _is_own_name(late):
        return ""
    if late.rebound_later_in_iteration:
        return "the same iteration binds it again, and the later value may be meant"
    if late.rebinding.kind is BindingKind.EXCEPT:
        return FRAMES
    others = (unit(binding.scope) for binding in variable.bindings)
    if any(scope is not late.closure.maker for scope in others):
        return f"another function binds {variable.name!r} too, and its value may be meant"
    return ""


def _is_own_name(late: LateCapture) -> bool:
    bindings = late.capture.variable.bindings
    return len(bindings) == 1 and bindings[0].node is late.closure.node


def reads_itself(late: LateCapture) -> bool:
    """Return whether the closure is a def that reads its own name, which it finds only if a function makes it."""
    scope, node = late.closure.scope, late.closure.node
    if scope.kind is not ScopeKind.FUNCTION or late.closure.carrier is not node:
        return False
    owner = scope.owners.get(scope.name)
    return owner is not None and any(binding.node is node for binding in owner.bindings)


def _is_counter(late: LateCapture) -> bool:
    """Return whether later bindings in the iteration compute the next value from this one: `n += 1`."""
    made = position(late.closure.carrier)
    return all(_goes_on(each) for each in late.capture.variable.bindings if position(each.node) > made)


def _goes_on(binding: Binding) -> bool:
    if binding.kind is BindingKind.AUGMENTED:
        return True
    root = brief(binding.value).partition(".")[0].rstrip("()[]") if binding.value is not None else ""
    return binding.kind is BindingKind.ASSIGN and root == binding.name
