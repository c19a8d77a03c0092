"""Which heavy local variables does a suspended generator keep alive that it never reads again?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.flow import Do, Event, Graph
from flake8_closures.facts.holders import is_independent, may_hold
from flake8_closures.facts.positions import position
from flake8_closures.facts.retention import RetentionContext
from flake8_closures.facts.weight.estimate import BYTES, STRING
from flake8_closures.facts.weight.estimator import VALUES
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable, Weight


@dataclass(frozen=True, slots=True, eq=False)
class Stranded:
    """A heavy local variable of a generator function that is not read after a `yield`."""

    variable: Variable
    binding: Binding
    weight: Weight
    suspension: ast.AST


def find(generators: Sequence[Scope], context: RetentionContext) -> Iterator[Stranded]:
    """Yield the variables of generator functions that are still alive at a `yield` after their last use."""
    for scope in generators:
        if scope.kind is not ScopeKind.FUNCTION:
            continue
        for variable in scope.variables.values():
            found = [
                binding for binding in variable.bindings if binding.kind in VALUES and context.weights.is_worth(binding)
            ]
            if not found or any(unit(place) is not scope for place in variable.mentions):
                continue
            for binding in found:
                assert binding.value is not None
                weight = context.weights.expression(binding.value)
                if not weight.loader and (weight.size or 0) < context.limits.retain:
                    continue
                suspension = _stranded(variable, binding, context.graph(scope.node), context)
                if suspension is not None and not context.weights.may_shrink(variable):
                    yield Stranded(variable, binding, weight, suspension)


def _stranded(variable: Variable, binding: Binding, flow: Graph, context: RetentionContext) -> ast.AST | None:
    """Return the first `yield` after a binding, if nothing reads the value after it; otherwise None."""
    reads: list[Event] = [(Do.READ, reference.node) for reference in variable.references]
    if any(_lives_on(node, context) for _, node in reads):
        return None
    losses = {(Do.UNBIND if each.kind is BindingKind.DELETE else Do.BIND, each.node) for each in variable.bindings}
    yields = [event for event in flow.events() if event[0] is Do.SUSPEND and _is_yield(event[1])]
    for event in _flow_order(yields):
        others = {other for other in yields if other != event}
        if flow.path((Do.BIND, binding.node), [event], losses | others) is None:
            continue
        if flow.path(event, reads, losses) is None:
            return event[1]
    return None


def _flow_order(events: Sequence[Event]) -> list[Event]:
    """Return events in the order in which they stand in the file."""
    return sorted(dict.fromkeys(events), key=lambda event: position(event[1]))


def _is_yield(node: ast.AST) -> bool:
    return isinstance(node, (ast.Yield, ast.YieldFrom))


def _lives_on(read: ast.AST, context: RetentionContext) -> bool:
    """Return whether a read may pass the object on to what keeps it: a loop, an iterator, a view, a container."""
    around = context.parents.get(read)
    if isinstance(around, ast.Call) and read in around.args:
        is_builtin = context.names.dotted(around.func).startswith("builtins.")
        return may_hold(read, context) if is_builtin else not is_independent(around, context)
    if isinstance(around, ast.comprehension):
        return may_hold(read, context)
    if isinstance(around, (ast.For, ast.AsyncFor)):
        items = context.names.variable(around.target)
        if items is None or any(map(_is_yield, ast.walk(around))):
            return True
        return any(_lives_on(item.node, context) for item in items.references)
    if isinstance(around, (ast.Subscript, ast.Attribute)):
        if context.weights.estimate(read).kind in (STRING, BYTES):
            return False
        known = context.weights.estimate(_whole(around, context))
        is_item = isinstance(around, ast.Subscript) and not isinstance(around.slice, ast.Slice)
        return known.base is not None or (not is_item and not known.kind)
    return not isinstance(around, (ast.Compare, ast.BinOp, ast.UnaryOp, ast.If, ast.While, ast.Delete, ast.Assert))


def _whole(part: ast.AST, context: RetentionContext) -> ast.AST:
    """Return the whole expression that begins with a part: `rows[:9].copy()` for `rows[:9]`."""
    while isinstance(around := context.parents.get(part), (ast.Attribute, ast.Subscript, ast.Call)):
        if part is not (around.func if isinstance(around, ast.Call) else around.value):
            break
        part = around
    return part
