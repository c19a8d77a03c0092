"""Where may an object be found that a call has returned: under which names, in which containers and loops?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from flake8_closures.facts.escape.births import root
from flake8_closures.facts.knowledge import containers, wording
from flake8_closures.facts.names import last_name

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

_DISPLAYS = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_PASSING_ON = frozenset("as_completed list tuple enumerate zip reversed".split())
_WAITING_FOR_ALL = frozenset("wait gather joinall".split())
"""First words of callables that wait for everything they are given: `wait_for`, `gatherResults`."""


class Spot(NamedTuple):
    """An expression that stands for an object or, if it `holds` it, for a container with the object in it."""

    node: ast.AST
    holds: bool


def spots(trace: Trace, value: ast.AST) -> Iterator[Spot]:
    """Yield every expression by which an object may be found, in the order of the search.

    `value` is an expression of the object: the call that returned it, its name, or an item of a container.
    """
    pending = [Spot(value, holds=False)]
    if isinstance(value, ast.Name):
        pending += [Spot(node, holds=False) for node in reads(trace, value)]
        pending += [Spot(node, holds=True) for node in _drawn_from(trace, value)]
    elif isinstance(value, ast.Subscript):
        pending += [Spot(node, holds=True) for node in reads(trace, value)]
    seen = {spot.node for spot in pending}
    while pending:
        spot = pending.pop()
        yield spot
        new = [each for each in _leads_to(trace, spot, value) if each.node not in seen]
        seen.update(each.node for each in new)
        pending.extend(new)


def _leads_to(trace: Trace, spot: Spot, value: ast.AST) -> Iterator[Spot]:
    """Yield where the object at a spot is found next. `value` is the expression that the search started from."""
    node, holds = spot
    around = trace.context.parents.get(node)
    if isinstance(around, (ast.Starred, ast.IfExp)):
        yield Spot(around, holds)
    elif isinstance(around, _DISPLAYS):
        yield Spot(around, holds=True)
    elif isinstance(around, (ast.Assign, ast.NamedExpr)):
        target = around.targets[0] if isinstance(around, ast.Assign) else around.target
        holds |= isinstance(target, (ast.Attribute, ast.Subscript))
        yield from (Spot(read, holds) for read in reads(trace, target))
    elif loop := loop_over(trace, node):
        yield from (Spot(read, holds=False) for read in reads(trace, loop.target))
    elif isinstance(around, ast.Subscript) and around.value is node:
        yield Spot(around, holds=False)
    elif isinstance(around, ast.Attribute):
        call = trace.context.parents.call_of(around)
        if call and holds and around.attr in containers.HANDS_OUT:
            yield Spot(call, around.attr in containers.SHOWS)
    elif isinstance(around, ast.Call) and (node is not value or isinstance(value, ast.Call)):
        if last_name(around.func) in containers.ADDS and isinstance(around.func, ast.Attribute):
            yield from (Spot(read, holds=True) for read in reads(trace, around.func.value))
        elif waits_for_all(around) or last_name(around.func) in _PASSING_ON:
            yield Spot(around, holds=True)


def _drawn_from(trace: Trace, name: ast.Name) -> list[ast.AST]:
    """Return every read of the containers whose items a loop binds to a name."""
    variable = trace.context.names.variable(name)
    loops = [trace.context.parents.get(binding.node) for binding in variable.bindings] if variable else []
    iterated = [loop.iter for loop in loops if isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension))]
    return [read for container in iterated if isinstance(container, ast.Name) for read in reads(trace, container)]


def reads(trace: Trace, target: ast.AST) -> list[ast.AST]:
    """Return every read of the variables that a target binds, or whose objects it puts something into."""
    parts = [*ast.walk(target)] if isinstance(target, (ast.Tuple, ast.List)) else [root(target)]
    variables = {trace.context.names.variable(part) for part in parts}
    return [reference.node for variable in variables if variable for reference in variable.references]


def loop_over(trace: Trace, place: ast.AST) -> ast.For | ast.AsyncFor | ast.comprehension | None:
    """Return the loop, or the clause of a comprehension, that iterates over a place."""
    around = trace.context.parents.get(place)
    if isinstance(around, (ast.For, ast.AsyncFor, ast.comprehension)) and place is around.iter:
        return around
    return None


def waits_for_all(call: ast.Call) -> bool:
    """Return whether a call waits for everything that it is given."""
    name = last_name(call.func)
    return name == "run_until_complete" or not _WAITING_FOR_ALL.isdisjoint(wording.words(name)[:1])
