"""What does a decorator do with the function below it, and what runs when the decorated function is called?"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.blocks import is_inside
from flake8_closures.facts.escape import objects
from flake8_closures.facts.escape.endings import receiver_end
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.functions import parameter, spread
from flake8_closures.facts.knowledge import Effect, Known
from flake8_closures.facts.likelihood import OF_TABLES
from flake8_closures.facts.names import last_name
from flake8_closures.model import Scope, Variable
from flake8_closures.tree import decorators_of

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


@dataclass(frozen=True, slots=True)
class Behind:
    """What runs when a decorated function is called by its name.

    `uses` are what unknown decorators may do with an argument. `wrapped` are the variables by which wrappers call the
    function below them.
    """

    functions: list[Scope]
    uses: list[Use] = field(default_factory=list)
    wrapped: set[Variable] = field(default_factory=set)


def decorated(trace: Trace, decorator: ast.AST, value: Value) -> Value | None:
    """Follow a function through one decorator; return what its name stands for then, None if for something else."""
    takers = _takers(trace, decorator)
    if takers:
        return _taken(trace, takers, decorator, value)
    event: Event = (Do.DECORATE, decorator)
    holding = value.at(value.node, Carry.HOLDER if value.carry is Carry.ITSELF else None)
    name = f"@{_name(decorator)}"
    target = _target(decorator)
    dotted, found = trace.context.names.dotted(target), known(trace, decorator)
    if found is not None and found.effect is Effect.RESULT:
        return value if dotted == "functools.wraps" else holding
    until = receiver_end(trace, target)
    if found is None:
        use = Use(Fate.UNKNOWN, event, decorator, f"handed to {name}", until=until, likelihood=evidence.DECORATED)
    else:
        sure = OF_TABLES[found.confidence]
        use = Use(Fate.DEFERRED, event, decorator, f"kept by {name}", until=until, likelihood=sure)
    trace.note(use, value)
    return holding


def _takers(trace: Trace, decorator: ast.AST) -> list[tuple[Scope, str]]:
    """Return the functions of the file that get the decorated function, each with the parameter for it."""
    callees, target = trace.context.callees, _target(decorator)
    made = callees.constructor(target)
    if made is not None:
        method = callees.method(made[0], "__call__") if isinstance(decorator, ast.Call) else made[1]
        given = [(method, True)] if method else []
    else:
        bound = isinstance(decorator, ast.Attribute)
        given = [(function, bound) for function in _of_the_file(trace, decorator)]
    named = [(function, parameter(function, 0, bound)) for function, bound in given]
    return [(function, name) for function, name in named if name and name not in spread(function)]


def _taken(trace: Trace, takers: list[tuple[Scope, str]], decorator: ast.AST, value: Value) -> Value | None:
    """Note what decorators of the file do with the function below them."""
    event: Event = (Do.DECORATE, decorator)
    text = f"kept by @{_name(decorator)}"
    uses = [use for function, name in takers for use in trace.parameter_uses(function, name, Carry.ITSELF)]
    for use in uses:
        if not use.lasting:
            trace.note(Use(Fate.CALLED, event, decorator, f"called by @{_name(decorator)}"), value)
        elif objects.on_self(trace, use):
            _kept_by_object(trace, use, decorator, value)
        elif use.fate is not Fate.RETURNED:
            trace.note(Use(use.fate, event, decorator, text, likelihood=use.likelihood), value)
    if not any(use.lasting for use in uses):
        return None
    return value.at(value.node, Carry.HOLDER if value.carry is Carry.ITSELF else None)


def _kept_by_object(trace: Trace, use: Use, decorator: ast.AST, value: Value) -> None:
    """Note that a decorator keeps the function in its own object, or in the object whose method it is."""
    event: Event = (Do.DECORATE, decorator)
    text = f"kept by @{_name(decorator)}"
    target = _target(decorator)
    made = trace.context.callees.constructor(target)
    objects.is_field(trace, use)
    if made is None:
        if isinstance(target, ast.Attribute):
            trace.absorbed(target.value, Use(Fate.STORED, event, decorator, text), value)
    elif target is not decorator:
        if not isinstance(use.node, ast.Attribute):
            trace.note(Use(use.fate, event, decorator, text, likelihood=use.likelihood), value)
    elif made[1] is not None:
        for kept in objects.of_object(trace, made[1]):
            trace.note(Use(kept.fate, event, decorator, text, likelihood=kept.likelihood), value)


def behind(trace: Trace, function: Scope) -> Behind:
    """Return what runs when a function of the file is called by its decorated name."""
    found = Behind([function])
    for decorator in reversed(decorators_of(function.node)):
        local = _of_the_file(trace, decorator)
        if local:
            bound = isinstance(decorator, ast.Attribute)
            replaced = [_replaced(trace, maker, found, bound) for maker in local]
            found.functions[:] = dict.fromkeys(scope for scopes in replaced for scope in scopes)
            seen = all(replaced)
        else:
            seen = known(trace, decorator) is not None
        if trace.context.knowledge.delays(trace.context.names.dotted(_target(decorator))):
            found.functions.clear()
            found.uses.append(Use(Fate.RETURNED, trace.graph.exit, decorator, "", carry=Carry.HOLDER))
        elif not seen:
            kept = evidence.defers(_name(decorator))
            found.uses.append(Use(Fate.UNKNOWN, trace.graph.exit, decorator, "", likelihood=kept))
    return found


def known(trace: Trace, decorator: ast.AST) -> Known | None:
    """Return what the tables know of a decorator by its full name, or by the name of its method."""
    target = _target(decorator)
    return trace.context.knowledge.decorator(trace.context.names.dotted(target) or f".{last_name(target)}")


def _replaced(trace: Trace, maker: Scope, below: Behind, bound: bool) -> list[Scope]:
    """Return what runs in place of the functions below a decorator of this file; empty if that is unknown."""
    found = _returned(trace, maker)
    first = parameter(maker, 0, bound)
    variable = maker.variables.get(first) if first else None
    if first is None or variable is None:
        return found
    below.wrapped.add(variable)
    uses = trace.parameter_uses(maker, first, Carry.ITSELF)
    handed_back = any(use.fate is Fate.RETURNED and use.carry is Carry.ITSELF for use in uses)
    called = any(
        trace.context.parents.call_of(reference.node) is not None
        and any(is_inside(reference.scope, wrapper) for wrapper in found)
        for reference in variable.references
    )
    return [*found, *below.functions] if handed_back or called else found


def _of_the_file(trace: Trace, decorator: ast.AST) -> list[Scope]:
    """Return the functions of the file that a decorator can be; empty if it may also be something else."""
    functions = trace.context.callees.functions(_target(decorator))
    if not isinstance(decorator, ast.Call):
        return functions
    return [made for function in functions for made in _returned(trace, function)]


def _returned(trace: Trace, maker: Scope) -> list[Scope]:
    """Return the functions made inside a function that it returns."""
    return [
        closure.scope
        for closure in trace.context.made_in.get(maker, ())
        if closure.node is closure.carrier and any(use.fate is Fate.RETURNED for use in trace.uses(closure))
    ]


def _target(decorator: ast.AST) -> ast.AST:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _name(decorator: ast.AST) -> str:
    return brief(_target(decorator))
