"""How many objects do closures made in loops keep alive together, each closure one of its own?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from flake8_closures.facts import lasting
from flake8_closures.facts.blocks import class_around, methods
from flake8_closures.facts.callees import attributes_of
from flake8_closures.facts.closures import making
from flake8_closures.facts.escape import Fate, Use
from flake8_closures.facts.flow import Do
from flake8_closures.facts.functions import self_of
from flake8_closures.facts.positions import stands_in
from flake8_closures.facts.retention import RetentionContext
from flake8_closures.facts.testing import in_test
from flake8_closures.facts.weight.estimate import DEQUE
from flake8_closures.facts.weight.rounds import runs_each_round
from flake8_closures.model import Closure, Scope, Variable
from flake8_closures.tree import decorators_of


def in_loops(closure: Closure, variable: Variable | None, use: Use, context: RetentionContext) -> int:
    """Return how many objects are kept by the closures that the loops around a closure make."""
    places = [binding.node for binding in variable.bindings] if variable else [closure.node]
    return _count(closure.loops, closure.carrier, places, use, context)


def by_factory(closure: Closure, use: Use, context: RetentionContext) -> tuple[int, ast.Call | None]:
    """Return how many objects are kept by the closures of a function that is called in loops, and the call."""
    maker = closure.maker
    most, where = 1, None
    if use.event[0] is not Do.RETURN or maker.is_generator or decorators_of(maker.node):
        return most, where
    for call in _calls(maker, context):
        block = context.names.scope(_root(call.func))
        _, home, loops = making(call, block) if block is not None else (None, maker, ())
        if not loops or not home.is_function or in_test(home):
            continue
        kept = lasting.surest(context.other_uses(call, home), (Do.CALL, call), home, context.graph)
        count = _count(loops, call, [call], kept, context) if kept is not None else 1
        if count > most:
            most, where = count, call
    return most, where


def _count(
    loops: Sequence[ast.AST], carrier: ast.AST, places: Collection[ast.AST], use: Use, context: RetentionContext
) -> int:
    """Return in how many iterations something is made at the given places and kept by a use of its carrier."""
    count = 1
    on_the_way = [use.event, *(event for stop in use.route for event in stop.events)]
    if any(_may_drop(node, context) for _, node in on_the_way):
        return count
    for loop in loops:
        # What counts is the last keeper: a name that the next round binds again may have handed the closure on.
        is_kept_here = stands_in(use.event[1], loop)
        if is_kept_here and use.fate is Fate.RETURNED:
            continue
        kept = {*use.refills, *(() if is_kept_here or not use.route else use.route[-1].refills)}
        lost = any(node is not loop and stands_in(node, loop) for _, node in kept)
        made = [carrier, use.event[1]] if is_kept_here else [carrier]
        always = all(runs_each_round(node, loop, context.parents) for node in made)
        if always and all(stands_in(node, loop) for node in places) and not lost:
            count *= context.weights.rounds(loop) or 1
    return count


def _may_drop(node: ast.AST, context: RetentionContext) -> bool:
    """Return whether a call adds to a deque that may be full, and then drops its oldest item."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    holder = context.weights.estimate(node.func.value)
    return holder.kind == DEQUE and holder.length is None


def _calls(function: Scope, context: RetentionContext) -> Iterator[ast.Call]:
    """Yield the calls of a function by its name, or of a method by `self`."""
    for place in _places(function, context):
        call = context.parents.call_of(place)
        if call is not None and context.callees.functions(place) == [function]:
            yield call


def _places(function: Scope, context: RetentionContext) -> Iterator[ast.AST]:
    owner = class_around(function)
    if owner is None:
        variable = context.names.variable(function.node)
        yield from (reference.node for reference in (variable.references if variable else ()))
        return
    for method in methods(owner):
        for attribute in attributes_of(self_of(method), context.parents):
            if attribute.attr == function.name:
                yield attribute


def _root(callee: ast.AST) -> ast.AST:
    return callee.value if isinstance(callee, ast.Attribute) else callee
