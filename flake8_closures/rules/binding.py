"""Which repairs bind a late variable, and how safe is each of them? The best one stands first."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.closures import is_method, takes_any_argument, takes_any_keyword
from flake8_closures.facts.knowledge.signatures import Looks
from flake8_closures.facts.late import LateCapture
from flake8_closures.model import Remedy, Safety, ScopeKind
from flake8_closures.rules.early_value import doubt, has_a_value, reads_itself

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
}
LOOKED_AT = "whoever is given the function may look at its parameters"


def remedies(late: LateCapture, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedies that bind the value early, the best one first; none where an early value is not right."""
    closure, name = late.closure, late.capture.variable.name
    if not has_a_value(late, facts):
        return ()
    other = doubt(late)
    span = facts.source.span(closure.node)
    return tuple(
        Remedy(action, span, name, TITLES[action].format(name=name), Safety.UNSAFE if why else Safety.SAFE, why)
        for action, reason in _actions(late, facts)
        for why in [reason or other]
    )


def advice(found: tuple[Remedy, ...], late: LateCapture, kind: str) -> str:
    """Return the end of a message that says what to do, empty where no remedy is known."""
    if not found:
        return ""
    action, name = found[0].action, found[0].name
    if action == "bind_factory" and reads_itself(late) and name == late.closure.scope.name:
        action = "own"
    return f": {ADVICE[action].format(name=name, kind=kind)}"


def _actions(late: LateCapture, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the actions that keep what the function is for whoever is given it, with the reason against each."""
    closure, variable = late.closure, late.capture.variable
    known = facts.looks(closure)
    unknown = LOOKED_AT if known is Looks.UNKNOWN else ""
    decorated = bool(getattr(closure.node, "decorator_list", None))
    if is_method(closure):
        hidden = _hidden_by_the_class(late) or takes_any_keyword(closure) or late.capture.writes
        if not hidden and known is not Looks.READS:
            yield "bind_default", unknown or "the parameter becomes part of a method's signature"
        return
    is_parameter = not (late.capture.writes or takes_any_keyword(closure) or reads_itself(late))
    keyword = is_parameter and known < Looks.NO_KEYWORDS
    plain = is_parameter and known in (Looks.NEVER, Looks.UNKNOWN, Looks.NO_KEYWORDS)
    if keyword:
        yield "bind_default", unknown
    if plain and not takes_any_argument(closure):
        yield "bind_plain", unknown
    if keyword and not decorated and known in (Looks.NEVER, Looks.UNKNOWN):
        yield "bind_partial", unknown or "a partial is no function: it has no name, and is no method"
    if late.capture.writes and variable.scope.kind is ScopeKind.MODULE:
        return
    if closure.scope.kind is ScopeKind.LAMBDA:
        yield "bind_factory", ""
    elif decorated and known is Looks.UNKNOWN:
        yield "bind_factory", "its decorator may look at where the function is made"
    elif closure.maker.kind is ScopeKind.MODULE:
        yield "bind_factory", "the function is no longer found under its qualified name"
    else:
        yield "bind_factory", ""


def _hidden_by_the_class(late: LateCapture) -> bool:
    """Return whether the class around a method has an attribute of the variable's name, which the default would be."""
    scope = late.closure.scope.parent
    while scope is not None and scope is not late.closure.maker:
        if late.capture.variable.name in scope.variables:
            return True
        scope = scope.parent
    return False
