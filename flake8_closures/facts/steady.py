"""Which bindings give a variable the same value in every iteration of a loop?"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.flow import Do, Event, Graph
from flake8_closures.facts.functions import defaults
from flake8_closures.facts.names import Names
from flake8_closures.facts.positions import stands_in
from flake8_closures.model import Binding, BindingKind, Capture, Closure, ScopeKind, Variable

_CHANGING = (BindingKind.DELETE, BindingKind.EXCEPT, BindingKind.AUGMENTED)
_PLAIN = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Tuple, ast.BinOp, ast.UnaryOp),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.keyword),
)
"""Expressions that have the same value again if their names have."""


def changed_by(binding: Binding, closure: Closure, capture: Capture, flow: Graph, names: Names) -> int:
    """Return how many of the loops around a closure, from the outermost on, change what a binding gives its variable.

    In the others it gives the same value each time: it reads nothing that they bind.
    """
    loops = closure.loops
    if binding.kind is BindingKind.IMPORT:
        return 0
    if not _is_the_last(binding, capture.variable, (Do.MAKE, closure.carrier), flow):
        return len(loops)
    if binding.kind is not BindingKind.DEF:
        return _by_value(binding, capture.variable, closure, names)
    read = {(variable, other) for variable in _read(binding, closure, capture, names) for other in variable.bindings}
    return max((_of_function(binding, other, variable, closure, flow, names) for variable, other in read), default=0)


def _of_function(
    function: Binding, read: Binding, variable: Variable, closure: Closure, flow: Graph, names: Names
) -> int:
    """Return how many of the loops change what a function finds in a variable, by one binding of that."""
    depth = _depth(read, closure.loops)
    if depth and _is_the_last(read, variable, (Do.MAKE, function.node), flow) and read.value is not None:
        return min(depth, _by_value(read, variable, closure, names))
    return depth


def _is_the_last(binding: Binding, variable: Variable, made: Event, flow: Graph) -> bool:
    """Return whether a binding, and no other one, gave a variable the value that it has when a function is made."""
    if binding.kind in _CHANGING or (binding.value is None and binding.kind is not BindingKind.DEF):
        return False
    if any(unit(other.scope) is not unit(binding.scope) for other in variable.bindings):
        return False  # a function writes it: what an older closure left there is set back
    events = [(Do.BIND, other.node) for other in variable.bindings]
    unbound = [(Do.UNBIND, other.node) for other in variable.bindings if other.kind in _CHANGING]
    return flow.last_before(made, [*events, *unbound]) == ({(Do.BIND, binding.node)}, False)


def _by_value(binding: Binding, variable: Variable, closure: Closure, names: Names) -> int:
    """Return how many of the loops change the expression that a variable is bound to."""
    assert binding.value is not None
    parts = list(ast.walk(binding.value))
    mappings = [part for part in parts if _is_mapping(part, names)]
    if not all(isinstance(part, _PLAIN) or part in mappings for part in parts):
        return len(closure.loops)
    if mappings and not _is_only_given(variable, closure):
        return len(closure.loops)
    read = [names.variable(part) for part in parts if isinstance(part, ast.Name)]
    return max((_depth(other, closure.loops) for each in read if each for other in each.bindings), default=0)


def _depth(binding: Binding, loops: Sequence[ast.AST]) -> int:
    """Return how many of some loops, each inside of the one before, come round to a binding."""
    return sum(comes_round(binding.node, loop) for loop in loops)


def comes_round(node: ast.AST, loop: ast.AST) -> bool:
    """Return whether a loop comes round to a node: one that begins in it, and not in its `else`."""
    return stands_in(node, loop) and not any(stands_in(node, part) for part in getattr(loop, "orelse", ()))


def _is_mapping(part: ast.AST, names: Names) -> bool:
    """Return whether a part of an expression makes a dictionary with something in it."""
    if isinstance(part, ast.Call):
        return bool(part.keywords) and not part.args and names.dotted(part.func) == "builtins.dict"
    return isinstance(part, ast.Dict) and bool(part.keys)


def _is_only_given(variable: Variable, closure: Closure) -> bool:
    """Return whether a variable is only ever an argument, so that nothing is seen to fill its object."""
    reads = {reference.node for reference in variable.references}
    given: set[ast.AST] = set()
    for node in ast.walk(closure.maker.node):
        if isinstance(node, ast.Call):
            given |= {*node.args, *(keyword.value for keyword in node.keywords)}
    return reads <= given


def _read(function: Binding, closure: Closure, capture: Capture, names: Names) -> Iterator[Variable]:
    """Yield the outer variables that a function reads, but in defaults that the closure never asks for."""
    idle = {part for default in _idle_defaults(function.statement, closure, capture) for part in ast.walk(default)}
    for part in ast.walk(function.statement):
        variable = names.variable(part) if isinstance(part, ast.Name) and part not in idle else None
        if variable is None or variable.name == function.name:
            continue
        if variable.scope.kind is ScopeKind.MODULE or not stands_in(variable.scope.node, function.statement):
            yield variable


def _idle_defaults(function: ast.AST, closure: Closure, capture: Capture) -> list[ast.expr]:
    """Return the defaults of a function that the closure, which only calls it, always replaces by an argument."""
    reads = {reference.node for reference in capture.references}
    calls = [node for node in ast.walk(closure.carrier) if isinstance(node, ast.Call) and node.func in reads]
    if len(calls) < len(reads) or not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    given = [_named(call, function.args) for call in calls]
    return [default for name, default in defaults(function) if all(name in names for names in given)]


def _named(call: ast.Call, parameters: ast.arguments) -> set[str]:
    """Return the parameters that a call certainly gives a value to."""
    first = list(itertools.takewhile(lambda argument: not isinstance(argument, ast.Starred), call.args))
    positional = [*parameters.posonlyargs, *parameters.args]
    return {each.arg for each in positional[: len(first)]} | {each.arg for each in call.keywords if each.arg}
