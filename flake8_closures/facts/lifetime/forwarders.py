"""Which lambdas only call a method of `self`, and are passed to an emitter that is not part of `self`?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.functions import self_of
from flake8_closures.facts.knowledge import Effect, Knowledge, lifetimes
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.model import BindingKind, Closure, Variable


@dataclass(frozen=True, slots=True, eq=False)
class Forwarder:
    """A lambda that calls one method of `self` and does nothing else. `call` gives it to the emitter.

    `dropped` are the parameters that it does not pass on, with their stars.
    """

    function: ast.Lambda
    method: ast.Attribute
    variable: Variable
    call: ast.Call
    dropped: tuple[str, ...]


def find(closures: Sequence[Closure], semantics: SemanticModel, knowledge: Knowledge) -> Iterator[Forwarder]:
    """Yield the lambdas that hold `self` for somebody else, where the bound method would do."""
    if any(map(semantics.imports, ("tkinter", "Tkinter"))):
        return  # Tcl holds every command strongly, a bound method too
    for closure in closures:
        function = closure.node
        if not isinstance(function, ast.Lambda) or not isinstance(function.body, ast.Call):
            continue
        method = function.body.func
        call = semantics.parent(function)
        if isinstance(call, ast.keyword):
            call = semantics.parent(call)
        if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call) or call.func is function:
            continue
        variable = semantics.names.variable(method.value)
        if variable is None or self_of(variable.scope) is not variable:
            continue
        dropped = _dropped(function, function.body)
        if dropped is None or not isinstance(call.func, ast.Attribute):
            continue
        if _is_emitter(semantics, call.func, closure, knowledge):
            yield Forwarder(function, method, variable, call, dropped)


def _dropped(function: ast.Lambda, body: ast.Call) -> tuple[str, ...] | None:
    """Return the last parameters of a lambda, which calls the method with those before them in their order.

    None where it calls the method with anything else.
    """
    arguments = function.args
    if arguments.defaults or any(arguments.kw_defaults) or any(keyword.arg for keyword in body.keywords):
        return None
    taken = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    taken += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    taken += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    given = []
    for part in [*body.args, *(keyword.value for keyword in body.keywords)]:
        inner = part.value if isinstance(part, ast.Starred) else part
        if not isinstance(inner, ast.Name):
            return None
        stars = "*" if isinstance(part, ast.Starred) else "" if part in body.args else "**"
        given.append(f"{stars}{inner.id}")
    return tuple(taken[len(given) :]) if given == taken[: len(given)] else None


def _is_emitter(semantics: SemanticModel, method: ast.Attribute, closure: Closure, knowledge: Knowledge) -> bool:
    """Return whether a function is kept by an object that existed before: a parameter, or one of another block."""
    known = knowledge.method(method.attr, 0, function=True)
    adds = known is not None and known.effect is Effect.KEPT and method.attr.startswith("add")
    if method.attr not in lifetimes.EMITTERS and not adds:
        return False
    root: ast.expr = method.value
    while isinstance(root, ast.Attribute | ast.Subscript):
        root = root.value
    variable = semantics.names.variable(root)
    if variable is None or self_of(variable.scope) is variable:
        return False
    return variable.scope is not closure.maker or all(
        binding.kind is BindingKind.PARAMETER for binding in variable.bindings
    )
