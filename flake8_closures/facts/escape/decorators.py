"""What does a decorator do with the function below it, and with what the function that stands there then is given?"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.blocks import is_inside
from flake8_closures.facts.callees import parameter
from flake8_closures.facts.escape.endings import receiver_end
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import Effect, Known
from flake8_closures.facts.likelihood import OF_TABLES
from flake8_closures.model import Scope, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


@dataclass(frozen=True, slots=True)
class Behind:
    """What runs when a decorated function is called by its name.

    `uses` are what decorators that are not seen may do with an argument. `wrapped` are the variables by which wrappers
    call the function below them.
    """

    functions: list[Scope]
    uses: list[Use] = field(default_factory=list)
    wrapped: set[Variable] = field(default_factory=set)


def decorated(trace: Trace, decorator: ast.AST, value: Value) -> Value:
    """Follow a function through one decorator and return how its name has to do with it afterwards."""
    from flake8_closures.facts.escape.trace import parameter_uses

    event: Event = (Do.DECORATE, decorator)
    holding = value.at(value.node, Carry.HOLDER if value.carry is Carry.ITSELF else None)
    name = f"@{_told(decorator)}"
    local = _of_the_file(trace, decorator)
    if local:
        for function in local:
            first = parameter(function, 0, False)
            for use in parameter_uses(function, first, Carry.ITSELF, trace.world) if first else ():
                if not use.lasting:
                    trace.use(Fate.CALLED, event, decorator, f"called by {name}", value)
                elif use.fate is not Fate.RETURNED:
                    trace.use(use.fate, event, decorator, f"kept by {name}", value, likelihood=use.likelihood)
        return holding
    target = _target(decorator)
    dotted, found = trace.world.names.dotted(target), known(trace, decorator)
    if found is not None and found.effect is Effect.RESULT:
        return value if dotted == "functools.wraps" else holding
    until = receiver_end(trace, target)
    if found is None:
        trace.use(
            Fate.UNKNOWN, event, decorator, f"handed to {name}", value, until=until, likelihood=evidence.DECORATED
        )
    else:
        sure = OF_TABLES[found.confidence]
        trace.use(Fate.DEFERRED, event, decorator, f"kept by {name}", value, until=until, likelihood=sure)
    return holding


def behind(trace: Trace, function: Scope) -> Behind:
    """Return what runs when a function of the file is called by the name that its decorators leave."""
    found = Behind([function])
    for decorator in reversed(getattr(function.node, "decorator_list", ())):
        local = _of_the_file(trace, decorator)
        if local:
            replaced = [_replaced(trace, maker, found) for maker in local]
            found.functions[:] = dict.fromkeys(scope for scopes in replaced for scope in scopes)
            seen = all(replaced)
        else:
            seen = known(trace, decorator) is not None
        if trace.world.knowledge.delays(trace.world.names.dotted(_target(decorator))):
            found.functions.clear()
            found.uses.append(Use(Fate.RETURNED, trace.graph.exit, decorator, "", carry=Carry.HOLDER))
        elif not seen:
            kept = evidence.defers(_told(decorator))
            found.uses.append(Use(Fate.UNKNOWN, trace.graph.exit, decorator, "", likelihood=kept))
    return found


def known(trace: Trace, decorator: ast.AST) -> Known | None:
    """Return what is known of a decorator by its full name, or by that of the method."""
    target = _target(decorator)
    last = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return trace.world.knowledge.decorator(trace.world.names.dotted(target) or f".{last}")


def _replaced(trace: Trace, maker: Scope, below: Behind) -> list[Scope]:
    """Return what runs in place of the functions below a decorator of this file; empty where it is not seen."""
    from flake8_closures.facts.escape.trace import parameter_uses

    found = _returned(trace, maker)
    first = parameter(maker, 0, False)
    variable = maker.variables.get(first) if first else None
    if first is None or variable is None:
        return found
    below.wrapped.add(variable)
    uses = parameter_uses(maker, first, Carry.ITSELF, trace.world)
    handed_back = any(use.fate is Fate.RETURNED and use.carry is Carry.ITSELF for use in uses)
    called = any(
        getattr(trace.world.parents.get(reference.node), "func", None) is reference.node
        and any(is_inside(reference.scope, wrapper) for wrapper in found)
        for reference in variable.references
    )
    return [*found, *below.functions] if handed_back or called else found


def _of_the_file(trace: Trace, decorator: ast.AST) -> list[Scope]:
    """Return the functions of the file that a decorator can be; empty where it may be another."""
    functions = trace.world.callees.functions(_target(decorator))
    if not isinstance(decorator, ast.Call):
        return functions
    return [made for function in functions for made in _returned(trace, function)]


def _returned(trace: Trace, maker: Scope) -> list[Scope]:
    """Return the functions made inside a function that it returns."""
    from flake8_closures.facts.escape.trace import uses

    return [
        closure.scope
        for closure in trace.world.made_in.get(maker, ())
        if closure.node is closure.carrier and any(use.fate is Fate.RETURNED for use in uses(closure, trace.world))
    ]


def _target(decorator: ast.AST) -> ast.AST:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _told(decorator: ast.AST) -> str:
    return brief(_target(decorator))
