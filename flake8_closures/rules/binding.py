"""Which repairs bind a late variable, and how safe is each of them? The best one stands first."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.closures import takes_any_argument, takes_any_keyword
from flake8_closures.facts.knowledge.signatures import Inspection
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.observers import observer
from flake8_closures.model import Note, Remedy, Safety, ScopeKind
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
    closure, variable = late.closure, late.capture.variable
    known = facts.inspection(closure)
    unknown = _LOOKED_AT if known is Inspection.UNKNOWN else ""
    decorated = bool(decorators_of(closure.node))
    if class_around(closure.scope):
        if not _hindrance(late, facts) and known is not Inspection.READS:
            yield "bind_default", unknown or "the parameter becomes part of a method's signature"
        return
    # What a decorator that nobody knows does with a signature shows only when it is too late.
    is_judged = decorated and known is Inspection.UNKNOWN
    is_parameter = not (late.capture.writes or takes_any_keyword(closure) or reads_itself(late) or is_judged)
    keyword = is_parameter and known < Inspection.NO_KEYWORDS
    plain = is_parameter and known in (Inspection.NEVER, Inspection.UNKNOWN, Inspection.NO_KEYWORDS)
    if keyword:
        yield "bind_default", unknown
    if plain and not takes_any_argument(closure):
        yield "bind_plain", unknown
    if keyword and not decorated and known in (Inspection.NEVER, Inspection.UNKNOWN):
        yield "bind_partial", unknown or "a partial is no function: it has no name, and is no method"
    if late.capture.writes and variable.scope.kind is ScopeKind.MODULE:
        return
    if closure.scope.kind is ScopeKind.LAMBDA:
        yield "bind_factory", ""
    elif is_judged:
        yield "bind_factory", "its decorator may look at where the function is made"
    elif closure.maker.kind is ScopeKind.MODULE:
        yield "bind_factory", "the function is no longer found under its qualified name"
    elif watching := observer(closure.maker):
        yield "bind_factory", f"the function around looks at its variables with {watching}()"
    else:
        yield "bind_factory", ""


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
