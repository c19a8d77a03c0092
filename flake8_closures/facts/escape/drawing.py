"""Is what a generator function of this file yields let go before the next item is drawn?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape.use import Carry
from flake8_closures.model import Scope, ScopeKind

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def is_let_go(trace: Trace, carry: Carry) -> bool:
    """Return whether all calls of a function, and there are some, are drawn by loops that keep nothing.

    `carry` is how what the function yields has to do with the closure.
    """
    calls = _calls(trace)
    return bool(calls) and all(_lets_go(trace, call, maker, carry) for call, maker in calls)


def _calls(trace: Trace) -> list[tuple[ast.Call, Scope]]:
    """Return the calls of a function in its file, or of a method in its class, with the block that each stands in.

    None where anything else is done with the function.
    """
    maker = trace.maker
    home = maker.parent
    variable = home.variables.get(maker.name) if home and maker.is_function else None
    if variable is None or home is None or len(variable.bindings) != 1:
        return []
    places = [(reference.node, unit(reference.scope)) for reference in variable.references]
    if home.kind is ScopeKind.CLASS:
        named = [part for part in ast.walk(home.node) if isinstance(part, ast.Attribute) and part.attr == maker.name]
        places += [(part, _block(trace, part)) for part in named]
    found = [(trace.world.parents[node], node, block) for node, block in places]
    calls = [(call, block) for call, node, block in found if isinstance(call, ast.Call) and call.func is node]
    return calls if len(calls) == len(found) else []


def _block(trace: Trace, node: ast.AST) -> Scope:
    """Return the block whose graph a node stands in."""
    while (scope := trace.world.callees.scope(node)) is None:
        node = trace.world.parents[node]
    return unit(scope)


def _lets_go(trace: Trace, call: ast.Call, maker: Scope, carry: Carry) -> bool:
    """Return whether loops or a comprehension draw from a call, and keep nothing of what they draw."""
    if _is_called_in_comprehension(trace, call, maker, carry):
        return True
    loops = _loops(trace, call)
    return bool(loops) and not any(_keeps(trace, loop, maker, carry) for loop in loops)


def _is_called_in_comprehension(trace: Trace, call: ast.Call, maker: Scope, carry: Carry) -> bool:
    """Return whether a comprehension draws from a call, and is done with each item before it draws the next."""
    from flake8_closures.facts.escape.contexts import uses_each

    clause = trace.world.parents.get(call)
    made = trace.world.parents.get(clause) if isinstance(clause, ast.comprehension) else None
    if isinstance(made, ast.GeneratorExp):
        maker = trace.world.closure_of[made].scope
    elif not isinstance(made, (ast.ListComp, ast.SetComp, ast.DictComp)):
        return False
    return made.generators[0] is clause and uses_each(trace, made, maker, carry)


def _loops(trace: Trace, call: ast.Call) -> list[ast.For | ast.AsyncFor]:
    """Return the loops over the result of a call, directly or by one name; none where anything else is done with it."""
    drawers: list[ast.AST | None] = []
    around = trace.world.parents.get(call)
    if isinstance(around, ast.Assign) and len(around.targets) == 1:
        variable = trace.world.names.variable(around.targets[0])
        drawers += [trace.world.parents.get(reference.node) for reference in (variable.references if variable else ())]
    else:
        drawers.append(around)
    loops = [drawer for drawer in drawers if isinstance(drawer, (ast.For, ast.AsyncFor))]
    return loops if len(loops) == len(drawers) else []


def _keeps(trace: Trace, loop: ast.For | ast.AsyncFor, maker: Scope, carry: Carry) -> bool:
    """Return whether one of the targets of a loop is kept, or used behind the loop."""
    from flake8_closures.facts.escape.trace import expression_uses

    lines = range(loop.lineno, (loop.body[-1].end_lineno or 0) + 1)
    for part in ast.walk(loop.target):
        variable = trace.world.names.variable(part) if isinstance(part, ast.Name) else None
        for reference in variable.references if variable else ():
            if reference.scope is not maker:
                return True
            uses = expression_uses(maker, reference.node, carry, trace.world)
            places = [reference.node, *(use.node for use in uses)]
            behind = any(place.lineno not in lines for place in places)  # type: ignore[attr-defined]
            if behind or any(use.lasting and use.likelihood >= 0.5 for use in uses):
                return True
    return False
