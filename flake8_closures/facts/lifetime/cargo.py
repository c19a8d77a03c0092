"""What is sent along with a function that is sent by value, compiled with it, or pickled with its object?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import Captures, descendants
from flake8_closures.facts.functions import defaults
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.lifetime.processes import Pickled
from flake8_closures.facts.lifetime.shipping import Function, Shipped
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.facts.weight import Weights
from flake8_closures.model import Closure, Scope, ScopeKind, Variable, Weight
from flake8_closures.tree import decorators_of

_DEPTH = 4
"""How many functions that one function captures are looked into, one from the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Cargo:
    """Data that is sent with a function: the variable or parameter that has it, the place to show, its weight."""

    shipped: Shipped
    name: str
    place: ast.AST
    weight: Weight


@dataclass(frozen=True, slots=True, eq=False)
class Baggage:
    """A bound method that is pickled, and the heavy attribute of the object that goes with it."""

    pickled: Pickled
    method: ast.Attribute
    owner: Scope
    attribute: str
    weight: Weight


def of_shipped(
    semantics: SemanticModel, captures: Captures, weights: Weights, sent: Iterable[Shipped], least: int
) -> Iterator[Cargo]:
    """Yield the data that each function takes along, if it was loaded, or is not smaller than `least`."""
    for each in sent:
        seen: set[object] = set()
        for name, place, weight in _carried(semantics, captures, weights, each.function, seen):
            if (weight.size is not None and weight.size >= least) or (weight.size is None and weight.loader):
                yield Cargo(each, name, place, weight)


def _carried(
    semantics: SemanticModel,
    captures: Captures,
    weights: Weights,
    function: Function,
    seen: set[object],
    depth: int = _DEPTH,
) -> Iterator[tuple[str, ast.AST, Weight]]:
    """Yield what a function that is sent by value takes along: defaults, cells, and the globals that it reads."""
    if function in seen or not depth:
        return
    seen.add(function)
    for name, default in defaults(function):
        yield name, default, weights.expression(default)
    for closure in _closures(semantics, function):
        for capture in captures(closure):
            variable = capture.variable
            if variable in seen or not capture.references:
                continue
            seen.add(variable)
            place = capture.references[0].node
            if variable.scope.kind is ScopeKind.MODULE:
                yield variable.name, place, weights.variable(variable)
                continue
            yield variable.name, place, weights.captured(variable, closure)
            inner = semantics.function(place)
            if inner is not None:
                yield from _carried(semantics, captures, weights, inner, seen, depth - 1)


def _closures(semantics: SemanticModel, function: Function) -> list[Closure]:
    """Return the closure of a function, or those of the methods of a class."""
    if not isinstance(function, ast.ClassDef):
        closure = semantics.closure(function)
        return [closure] if closure else []
    scope = semantics.callees.scope(function)
    methods = [semantics.closure(child.node) for child in descendants(scope)] if scope else []
    return [closure for closure in methods if closure is not None]


def of_traced(semantics: SemanticModel, captures: Captures, weights: Weights, least: int) -> Iterator[Cargo]:
    """Yield the arrays not smaller than `least` that become constants of a traced program."""
    for node, dotted in semantics.mentions("jax", "tensorflow", "equinox", "flax"):
        if dotted not in lifetimes.TRACING:
            continue
        for function in _traced_by(semantics, node):
            seen: set[object] = set()
            for name, place, weight in _carried(semantics, captures, weights, function, seen):
                variable = semantics.names.variable(place)
                if weight.size is None or weight.size < least or "." not in weight.kind:
                    continue
                if weight.kind.startswith("builtins.") or (variable and _leaves_nothing(semantics, variable, place)):
                    continue
                yield Cargo(Shipped(function, node, dotted, True), name, place, weight)


def _traced_by(semantics: SemanticModel, node: ast.expr) -> Iterator[Function]:
    """Yield the functions that `jax.jit` decorates or gets: directly, by a call, or through `functools.partial`."""
    place, around = node, semantics.parent(node)
    while isinstance(around, ast.Call):
        if around.func is place and around.args and (function := semantics.function(around.args[0])) is not None:
            yield function
            return
        place, around = around, semantics.parent(around)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and place in around.decorator_list:
        yield around


def _leaves_nothing(semantics: SemanticModel, variable: Variable, place: ast.AST) -> bool:
    """Return whether the function around a place only reads the shape or the type of a captured array."""
    scope = semantics.names.scope(place)
    inside = set(descendants(unit(scope))) if scope else set()
    for reference in variable.references:
        around = semantics.parent(reference.node)
        if reference.scope not in inside or (
            isinstance(around, ast.Attribute) and around.attr in lifetimes.NEVER_EMBEDDED
        ):
            continue
        if not (isinstance(around, ast.Call) and semantics.names.dotted(around.func) == "builtins.len"):
            return False
    return True


def of_methods(semantics: SemanticModel, weights: Weights, sent: Iterable[Pickled], least: int) -> Iterator[Baggage]:
    """Yield the bound methods that are pickled with an object that has an attribute not smaller than `least`."""
    for each in sent:
        node = each.argument
        if isinstance(node, ast.Call) and semantics.names.dotted(node.func) == "functools.partial" and node.args:
            node = node.args[0]
        method = semantics.callees.bound_method(node)
        owner = semantics.callees.class_of(node.value) if isinstance(node, ast.Attribute) else None
        if method is None or owner is None or not isinstance(node, ast.Attribute):
            continue
        if decorators_of(method.node) or any(semantics.callees.method(owner, name) for name in lifetimes.STATE_METHODS):
            continue
        heavy = {name: weight for name, weight in weights.attributes(owner).items() if (weight.size or 0) >= least}
        if heavy:
            name = max(heavy, key=lambda name: heavy[name].size or 0)
            yield Baggage(each, node, owner, name, heavy[name])
