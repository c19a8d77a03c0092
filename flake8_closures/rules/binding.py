"""Which repairs bind a late variable, and how safe is each of them? The best one stands first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief, unit
from flake8_closures.facts.knowledge.signatures import Looks
from flake8_closures.facts.late import LateCapture
from flake8_closures.model import Binding, BindingKind, Remedy, Safety, ScopeKind

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
_VALUES = (BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.AUGMENTED, BindingKind.WALRUS)


def remedies(late: LateCapture, facts: Facts) -> tuple[Remedy, ...]:
    """Return the remedies that bind the value early, the best one first; none where an early value is not right."""
    closure, name = late.closure, late.capture.variable.name
    if not _has_a_value(late, facts):
        return ()
    doubt = _doubt(late)
    span = facts.source.span(closure.node)
    return tuple(
        Remedy(action, span, name, TITLES[action].format(name=name), Safety.UNSAFE if why else Safety.SAFE, why)
        for action, reason in _actions(late, facts)
        for why in [reason or doubt]
    )


def advice(found: tuple[Remedy, ...], late: LateCapture, kind: str) -> str:
    """Return the end of a message that says what to do, empty where no remedy is known."""
    if not found:
        return ""
    action, name = found[0].action, found[0].name
    if action == "bind_factory" and _reads_itself(late) and name == late.closure.scope.name:
        action = "own"
    return f": {ADVICE[action].format(name=name, kind=kind)}"


def _has_a_value(late: LateCapture, facts: Facts) -> bool:
    """Return whether the variable has its value when the closure is made, and under the name that the text shows."""
    closure, variable = late.closure, late.capture.variable
    if isinstance(closure.node, ast.GeneratorExp) or late.rebinding.kind is BindingKind.DELETE:
        return False
    if any(getattr(reference.node, "id", variable.name) != variable.name for reference in late.capture.references):
        return False
    if _is_own_name(late):
        return closure.carrier is closure.node
    if not late.bound_before or (late.rebound_later_in_iteration and not _is_counter(late)):
        return False
    made = facts.source.span(closure.node)
    for binding in variable.bindings:
        whole = facts.source.span(binding.statement)
        if binding.kind in _VALUES and (whole.line, whole.column) <= (made.line, made.column) and (
            (made.end_line, made.end_column) <= (whole.end_line, whole.end_column)
        ):
            return False
    return True


def _doubt(late: LateCapture) -> str:
    """Return why another value than the early one may be meant."""
    variable = late.capture.variable
    if late.capture.writes:
        return "each function gets a variable of its own, and the code around no longer sees what it assigns"
    if _is_own_name(late):
        return ""
    if late.rebound_later_in_iteration:
        return "the same iteration binds it again, and the later value may be meant"
    others = (unit(binding.scope) for binding in variable.bindings)
    if any(scope is not late.closure.maker for scope in others):
        return f"another function binds {variable.name!r} too, and its value may be meant"
    return ""


def _actions(late: LateCapture, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the actions that keep what the function is for whoever is given it, with the reason against each."""
    closure, variable = late.closure, late.capture.variable
    node, known = closure.node, facts.looks(closure)
    unknown = LOOKED_AT if known is Looks.UNKNOWN else ""
    decorated = bool(getattr(node, "decorator_list", None))
    if _parent_is_a_class(late):
        if not _hidden_by_the_class(late) and not _keywords(node) and not late.capture.writes:
            if known is not Looks.READS:
                yield "bind_default", unknown or "the parameter becomes part of a method's signature"
        return
    keyword = not (late.capture.writes or _keywords(node) or _reads_itself(late) or known >= Looks.NO_KEYWORDS)
    plain = known in (Looks.NEVER, Looks.UNKNOWN, Looks.NO_KEYWORDS) and not _takes_any(node) and not _reads_itself(late)
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


def _is_own_name(late: LateCapture) -> bool:
    bindings = late.capture.variable.bindings
    return len(bindings) == 1 and bindings[0].node is late.closure.node


def _reads_itself(late: LateCapture) -> bool:
    """Return whether the closure is a def that reads its own name: only made in a function it finds itself."""
    closure = late.closure
    node = closure.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or closure.carrier is not node:
        return False
    owner = closure.scope.owners.get(node.name)
    return owner is not None and any(binding.node is node for binding in owner.bindings)


def _is_counter(late: LateCapture) -> bool:
    """Return whether what binds the variable later in the iteration makes its next value of this one: `n += 1`."""
    made = late.closure.carrier
    later = [
        binding
        for binding in late.capture.variable.bindings
        if (binding.node.lineno, binding.node.col_offset) > (made.lineno, made.col_offset)  # type: ignore[attr-defined]
    ]
    return all(_goes_on(binding) for binding in later)


def _goes_on(binding: Binding) -> bool:
    if binding.kind is BindingKind.AUGMENTED:
        return True
    root = brief(binding.value).partition(".")[0].rstrip("()[]") if binding.value is not None else ""
    return binding.kind is BindingKind.ASSIGN and root == binding.name
