"""Which events give a name another value, or empty the container that it names?"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.births import root
from flake8_closures.facts.escape.slots import carries_on, event
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import containers
from flake8_closures.model import BindingKind, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


_USING_UP = containers.EMPTIES | containers.JOINED
_ASKING = (ast.While, ast.Call, ast.Attribute)
"""What stands around a container that is asked whether it is empty."""


def losses(trace: Trace, variable: Variable) -> Iterator[Event]:
    """Yield what may bind a variable to another value, or empty the container that it names."""
    for binding in variable.bindings:
        if binding.kind is BindingKind.AUGMENTED or _may_stay(trace, binding.value, variable):
            continue  # `xs += ys` keeps what `xs` held
        yield Do.UNBIND if binding.kind is BindingKind.DELETE else Do.BIND, binding.node
        if binding.kind is BindingKind.EXCEPT:
            yield Do.UNBIND, binding.node
    for reference in variable.references:
        yield from _emptied_at(trace, reference.node, _USING_UP)


def _may_stay(trace: Trace, value: ast.expr | None, variable: Variable) -> bool:
    """Return whether a value can be the one that the variable has: `last = it if it else last`."""
    if not isinstance(value, (ast.BoolOp, ast.IfExp)):
        return False
    choices = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
    return any(trace.context.names.variable(choice) is variable for choice in choices)


def names_of(trace: Trace, holder: ast.AST) -> list[ast.AST]:
    """Return every expression that names the same container, stores included: a variable, or an attribute of one."""
    path: list[str] = []
    while isinstance(holder, ast.Attribute):
        path.insert(0, holder.attr)
        holder = holder.value
    variable = trace.context.names.variable(holder)
    found: list[ast.AST] = [reference.node for reference in variable.references] if variable else []
    for attribute in path:
        around = (trace.context.parents.get(node) for node in found)
        found = [node for node in around if isinstance(node, ast.Attribute) and node.attr == attribute]
    return found


def bindings(trace: Trace, variable: Variable) -> frozenset[Event]:
    """Return the events by which a variable comes to name another container, or none."""
    return frozenset(
        (do, node)
        for do, node in trace.rebinds(variable)
        if do in (Do.BIND, Do.UNBIND) and not isinstance(node, ast.Subscript)
    )


def empties(trace: Trace, holder: ast.AST) -> frozenset[Event]:
    """Return the events of the function that leave nothing in a container."""
    variable = trace.context.names.variable(root(holder))
    if variable is None:
        return frozenset()
    key = trace.maker, variable, brief(holder)
    if key not in trace.context.emptied:
        found = (each for name in names_of(trace, holder) for each in _emptied_at(trace, name, containers.EMPTIES))
        trace.context.emptied[key] = frozenset(filter(trace.graph.happens, found))
    return trace.context.emptied[key]


def joins(trace: Trace, holder: ast.AST) -> frozenset[Event]:
    """Return the calls of the function that wait until a queue is empty, and everybody is done with it."""
    called = (_called(trace, name, containers.JOINED) for name in names_of(trace, holder))
    return frozenset(filter(trace.graph.happens, ((Do.CALL, call) for call in called if call)))


def _emptied_at(trace: Trace, name: ast.AST, methods: Container[str]) -> Iterator[Event]:
    """Yield the event by which a container is emptied where it is named: `it.clear()`, `it[:] = []`, `its.own = []`.

    Or that is the end of a loop which runs until it is empty. `methods` are those that empty it.
    """
    around = trace.context.parents.get(name)
    if isinstance(name, ast.Attribute) and not isinstance(name.ctx, ast.Load):
        if not carries_on(trace, name):
            yield event(name)
    elif isinstance(around, ast.Attribute) and around.attr in methods:
        if call := trace.context.parents.call_of(around):
            yield Do.CALL, call
    elif isinstance(around, ast.Subscript) and not isinstance(around.ctx, ast.Load):
        part = around.slice
        if isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None:
            yield event(around)
    elif isinstance(around, _ASKING) and (loop := drained_by(trace, name)):
        yield Do.EXHAUST, loop


def drained_by(trace: Trace, name: ast.AST) -> ast.While | None:
    """Return the loop that runs until a container is empty: `while it:`, `while len(it):`, `while not it.empty():`."""
    parents = trace.context.parents
    around = parents.get(name)
    asked = _called(trace, name, ("empty",))
    if asked:
        name, around = asked, parents.get(asked)
        if not isinstance(around, ast.UnaryOp) or not isinstance(around.op, ast.Not):
            return None
    if asked or (isinstance(around, ast.Call) and getattr(around.func, "id", "") == "len"):
        assert around is not None
        name, around = around, parents.get(around)
    return around if isinstance(around, ast.While) and around.test is name else None


def _called(trace: Trace, name: ast.AST, methods: Container[str]) -> ast.Call | None:
    """Return the call of one of some methods of what an expression names."""
    method = trace.context.parents.get(name)
    if not isinstance(method, ast.Attribute) or method.attr not in methods:
        return None
    return trace.context.parents.call_of(method)
