"""Is what a generator function of this file yields let go before the next item is drawn?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Carry, unit

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace
    from flake8_closures.model import Scope


def is_let_go(trace: Trace, carry: Carry) -> bool:
    """Return whether all calls of a function, and there are some, are drawn by loops that keep nothing.

    `carry` is how what the function yields has to do with the closure.
    """
    maker = trace.maker
    variable = maker.parent.variables.get(maker.name) if maker.parent and maker.is_function else None
    if variable is None or len(variable.bindings) != 1 or not variable.references:
        return False
    for reference in variable.references:
        call = trace.world.parents.get(reference.node)
        if not isinstance(call, ast.Call) or call.func is not reference.node:
            return False
        if _is_called_in_comprehension(trace, call, unit(reference.scope), carry):
            continue
        loops = _loops(trace, call)
        if not loops or any(_keeps(trace, loop, unit(reference.scope), carry) for loop in loops):
            return False
    return True


def _is_called_in_comprehension(trace: Trace, call: ast.Call, maker: Scope, carry: Carry) -> bool:
    """Return whether a comprehension draws from a call, and is done with each item before it draws the next."""
    from flake8_closures.facts.escape.contexts import uses_each

    clause = trace.world.parents.get(call)
    made = trace.world.parents.get(clause) if isinstance(clause, ast.comprehension) else None
    first = isinstance(made, (ast.ListComp, ast.SetComp, ast.DictComp)) and made.generators[0] is clause
    return first and uses_each(trace, made, maker, carry)


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
