"""Which repairs bind a late variable, and how safe is each of them? The best one stands first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_closures.facts import Facts
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
    node, known = closure.node, facts.looks(closure)
    unknown = LOOKED_AT if known is Looks.UNKNOWN else ""
    decorated = bool(getattr(node, "decorator_list", None))
    if _parent_is_a_class(late):
        hidden = _hidden_by_the_class(late) or _keywords(node) or late.capture.writes
        if not hidden and known is not Looks.READS:
            yield "bind_default", unknown or "the parameter becomes part of a method's signature"
        return
    keyword = not (late.capture.writes or _keywords(node) or reads_itself(late) or known >= Looks.NO_KEYWORDS)
    plain = known in (Looks.NEVER, Looks.UNKNOWN, Looks.NO_KEYWORDS) and not _takes_any(node) and not reads_itself(late)
    plain = plain and not late.capture.writes and not _keywords(node)
    if keyword:
        yield "bind_default", unknown
    if plain:
        yield "bind_plain", unknown
    if keyword and not decorated and known in (Looks.NEVER, Looks.UNKNOWN):
        yield "bind_partial", unknown or "a partial is no function: it has no name, and is no method"
    if late.capture.writes and variable.scope.kind is ScopeKind.MODULE:
        return
    if isinstance(node, ast.Lambda):
        yield "bind_factory", ""
    elif decorated and known is Looks.UNKNOWN:
        yield "bind_factory", "its decorator may look at where the function is made"
    elif closure.maker.kind is ScopeKind.MODULE:
        yield "bind_factory", "the function is no longer found under its qualified name"
    else:
        yield "bind_factory", ""


def _keywords(node: ast.AST) -> bool:
    """Return whether a caller may hand in any keyword, so also one like the variable."""
    return isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef) and node.args.kwarg is not None


def _takes_any(node: ast.AST) -> bool:
    return isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef) and node.args.vararg is not None


def _parent_is_a_class(late: LateCapture) -> bool:
    scope = late.closure.scope.parent
    while scope is not None and scope.kind is ScopeKind.TYPE_PARAMETERS:
        scope = scope.parent
    return scope is not None and scope.kind is ScopeKind.CLASS


def _hidden_by_the_class(late: LateCapture) -> bool:
    """Return whether the class around a method has an attribute of the variable's name, which the default would be."""
    scope = late.closure.scope.parent
    while scope is not None and scope is not late.closure.maker:
        if late.capture.variable.name in scope.variables:
            return True
        scope = scope.parent
    return False
