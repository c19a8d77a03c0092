"""Which declaration would share an outer variable, and may it be written?"""

from __future__ import annotations

from flake8_closures.facts import Facts
from flake8_closures.facts.observers import observer
from flake8_closures.facts.spots import is_mangled
from flake8_closures.facts.unbound import REBINDING, is_plain
from flake8_closures.model import BindingKind, Remedy, Safety, Scope, ScopeKind, Variable

_ANNOTATING = (BindingKind.ANNOTATED, BindingKind.ANNOTATION)
_REFUSED = (*_ANNOTATING, BindingKind.PARAMETER, BindingKind.TYPE_PARAMETER, BindingKind.EXCEPT)
"""With all but the last, a declaration is a syntax error; the end of an except block unbinds the outer variable."""


def advice(variable: Variable, outer: Variable | None, name: str) -> str:
    """Return the words that tell how to share an outer variable with a function."""
    kinds = {binding.kind for binding in variable.bindings}
    declaration = f"add `{keyword(outer)} {name}`"
    if variable.scope.kind is ScopeKind.LAMBDA:
        return f"{declaration}, for which the lambda has to become a def"
    if kinds & {*_ANNOTATING}:
        return f"{declaration} and drop the annotation"
    if BindingKind.EXCEPT in kinds:
        return f"{declaration} and rename the variable of the except clause"
    return declaration


def keyword(outer: Variable | None) -> str:
    """Return the keyword that makes a function share an outer variable; None stands for a missing one of the module."""
    return "global" if outer is None or outer.scope.kind is ScopeKind.MODULE else "nonlocal"


def declare(function: Scope, name: str, outer: Variable | None, facts: Facts, reason: str) -> tuple[Remedy, ...]:
    """Return the remedy that declares an outer variable in a function; none where the language does not allow it.

    `reason` says why the remedy is not safe in any case; it is empty if nothing is known against it yet.
    """
    bindings = function.variables[name].bindings
    if function.kind is not ScopeKind.FUNCTION or any(binding.kind in _REFUSED for binding in bindings):
        return ()
    if any(is_mangled(name, binding.node) for binding in bindings) or (
        outer and outer.scope.kind is ScopeKind.TYPE_PARAMETERS
    ):
        return ()
    verb = keyword(outer)
    others = sorted({binding.kind.value for binding in bindings if binding.kind not in REBINDING})
    watching = observer(function)
    if others:
        reason = reason or f"{name!r} is bound as {' and '.join(others)} here: a variable of its own may be meant"
    elif watching:
        reason = reason or f"the function looks at its variables with {watching}()"
    elif outer and not is_plain(outer):
        reason = reason or "the outer name is imported or defined, not assigned"
    elif verb == "global" and name.isupper() and len(name) > 1:
        reason = reason or "the outer name is spelled as a constant"
    safety = Safety.UNSAFE if reason else Safety.SAFE
    place = facts.source.span(function.node)
    words = f"declare {name!r} {verb} in {function.name!r}"
    return (Remedy(f"declare_{verb}", place, name, words, safety, reason),)
