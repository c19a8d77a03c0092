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
    """A lambda that calls one method of `self` and does nothing else. `call` gives it to the emitter."""

    function: ast.Lambda
    method: ast.Attribute
    variable: Variable
    call: ast.Call


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
        if variable is None or self_of(variable.scope) is not variable or not _only_forwards(function, function.body):
            continue
        if isinstance(call.func, ast.Attribute) and _is_emitter(semantics, call.func, closure, knowledge):
            yield Forwarder(function, method, variable, call)


def _only_forwards(function: ast.Lambda, body: ast.Call) -> bool:
    """Return whether a lambda calls the method with its own parameters in their order, or with the first of them."""
    arguments = function.args
    if arguments.defaults or any(arguments.kw_defaults) or any(keyword.arg for keyword in body.keywords):
        return False
    taken = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    spread = [f"*{each.arg}" for each in (arguments.vararg, arguments.kwarg) if each]
    given = []
    for part in [*body.args, *(keyword.value for keyword in body.keywords)]:
        inner = part.value if isinstance(part, ast.Starred) else part
        if not isinstance(inner, ast.Name):
            return False
        given.append(f"*{inner.id}" if isinstance(part, ast.Starred) or part not in body.args else inner.id)
    return given == (taken + spread)[: len(given)]


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
