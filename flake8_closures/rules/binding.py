"""Which repairs bind a late variable, and how safe is each of them? The best one stands first."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.closures import takes_any_argument, takes_any_keyword
from flake8_closures.facts.knowledge.signatures import Inspection
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.observers import observer
from flake8_closures.model import Closure, Note, Remedy, Safety, ScopeKind
from flake8_closures.rules.early_value import doubt, has_a_value, reader_around, reads_itself
from flake8_closures.tree import decorators_of

ADVICE = {
    "bind_default": "bind it with `*, {name}={name}`",
    "bind_plain": "bind it with `{name}={name}`",
    "bind_factory": "make the {kind} in one that takes {name!r}",
    "own": "make the {kind} in one of its own",
}
TITLES = {
    "bind_default": "bind {name!r} when the function is made",
    "bind_plain": "bind {name!r} as a plain default",
    "bind_partial": "hand in {name!r} with functools.partial",
    "bind_factory": "make the function in one that takes {name!r}",
    "own": "make the function in one of its own",
}
_LOOKED_AT = "whoever is given the function may look at its parameters"


def remedies(late: LateCapture, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedies that bind the value early, the best one first; none where an early value would be wrong."""
    closure, name = late.closure, late.capture.variable.name
    if not has_a_value(late, facts) or reader_around(late, facts):
        return ()
    other = doubt(late)
    span = facts.source.span(closure.node)
    return tuple(
        Remedy(action, span, name, title, Safety.UNSAFE if why else Safety.SAFE, why)
        for action, reason in _actions(late, facts)
        for why, title in [(reason or other, TITLES[_wording(action, late)].format(name=name))]
    )


def advice(found: tuple[Remedy, ...], late: LateCapture, kind: str) -> str:
    """Return the end of a message that says what to do; empty if no remedy is known."""
    if not found:
        return ""
    return f": {ADVICE[_wording(found[0].action, late)].format(name=found[0].name, kind=kind)}"


def _wording(action: str, late: LateCapture) -> str:
    is_own = reads_itself(late) and late.capture.variable.name == late.closure.scope.name
    return "own" if action == "bind_factory" and is_own else action


def _actions(late: LateCapture, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the actions that keep the function usable for its callers, with the reason against each."""
    known = facts.inspection(late.closure)
    if not class_around(late.closure.scope):
        yield from _by_parameter(late, known)
        yield from _by_factory(late, known)
    elif not _hindrance(late, facts) and known is not Inspection.READS:
        yield "bind_default", _unknown(known) or "the parameter becomes part of a method's signature"


def _unknown(known: Inspection) -> str:
    return _LOOKED_AT if known is Inspection.UNKNOWN else ""


def _is_judged(closure: Closure, known: Inspection) -> bool:
    """Return whether a decorator that nobody knows gets the function: what it does shows only when it is too late."""
    return known is Inspection.UNKNOWN and bool(decorators_of(closure.node))


def _by_parameter(late: LateCapture, known: Inspection) -> Iterator[tuple[str, str]]:
    """Yield the actions that give the function one more parameter."""
    closure = late.closure
    if late.capture.writes or takes_any_keyword(closure) or reads_itself(late) or _is_judged(closure, known):
        return
    takes_keyword = known < Inspection.NO_KEYWORDS
    takes_position = known not in (Inspection.COUNTS, Inspection.READS)
    if takes_keyword:
        yield "bind_default", _unknown(known)
    if takes_position and not takes_any_argument(closure):
        yield "bind_plain", _unknown(known)
    if takes_keyword and takes_position and not decorators_of(closure.node):
        yield "bind_partial", _unknown(known) or "a partial is no function: it has no name, and is no method"


def _by_factory(late: LateCapture, known: Inspection) -> Iterator[tuple[str, str]]:
    """Yield the action that makes the function in another one, which takes the variable as its parameter."""
    closure = late.closure
    if late.capture.writes and late.capture.variable.scope.kind is ScopeKind.MODULE:
        return
    reason = ""
    if closure.scope.kind is not ScopeKind.LAMBDA:
        if _is_judged(closure, known):
            reason = "its decorator may look at where the function is made"
        elif closure.maker.kind is ScopeKind.MODULE:
            reason = "the function is no longer found under its qualified name"
        elif watching := observer(closure.maker):
            reason = f"the function around looks at its variables with {watching}()"
    yield "bind_factory", reason


def obstacle(late: LateCapture, facts: Facts) -> Note | None:
    """Return what prevents an early binding that would otherwise be right, and why; None if nothing does."""
    if not has_a_value(late, facts):
        return None
    if reader := reader_around(late, facts):
        return Note(facts.source.span(reader.node), "not repaired: this reads what the function assigns")
    return _hindrance(late, facts) if class_around(late.closure.scope) else None


def _hindrance(late: LateCapture, facts: Facts) -> Note | None:
    closure, name = late.closure, late.capture.variable.name
    scope = closure.scope.parent
    while scope is not None and scope is not closure.maker:
        if name in scope.variables:
            why = f"not repaired: a default of the method would be this {name!r} of the class"
            return Note(facts.source.span(scope.variables[name].bindings[0].node), why)
        scope = scope.parent
    if takes_any_keyword(closure):
        why = f"not repaired: a caller's keyword could take the place of a parameter {name!r}"
        return Note(facts.source.span(closure.node), why)
    if late.capture.writes:
        why = "not repaired: the method assigns it, and a parameter would forget that after each call"
        return Note(facts.source.span(late.capture.writes[0].node), why)
    return None
