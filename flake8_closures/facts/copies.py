"""How many objects do closures made in loops keep alive together, each closure one of its own?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from flake8_closures.facts import lasting
from flake8_closures.facts.blocks import class_around, methods, unit
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

_GATHERERS = ("builtins.list", "builtins.tuple")


def in_loops(closure: Closure, variable: Variable | None, use: Use, context: RetentionContext) -> int:
    """Return how many objects are kept by the closures that the loops around a closure make."""
    places = [binding.node for binding in variable.bindings] if variable else [closure.node]
    return _count(closure.loops, closure.carrier, places, use, context)


def by_factory(closure: Closure, use: Use, context: RetentionContext) -> tuple[int, ast.expr | None]:
    """Return how many objects the closures keep that a function returns which is called in loops, and its name there.

    So it is with a function that `map` calls for each item, where all that it returns is gathered at once.
    """
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
            most, where = count, call.func
    for place, gathered, count in _mapped(maker, context):
        block = context.names.scope(place)
        home = unit(block) if block is not None else maker
        uses = context.other_uses(gathered, home) if home.is_function and not in_test(home) else ()
        if count > most and lasting.surest(uses, (Do.CALL, gathered), home, context.graph) is not None:
            most, where = count, place
    return most, where


def _count(
    loops: Sequence[ast.AST], carrier: ast.AST, places: Collection[ast.AST], use: Use, context: RetentionContext
) -> int:
    """Return in how many iterations something is made at the given places and kept by a use of its carrier."""
    count = 1
    on_the_way = [use.event, *(event for stop in use.route for event in stop.events)]
    if any(_may_drop(node, context) for _, node in on_the_way):
        return count
    inner: list[ast.AST] = []
    for loop in reversed(loops):
        # What counts is the last keeper: a name that the next round binds again may have handed the closure on.
        is_kept_here = stands_in(use.event[1], loop)
        if is_kept_here and use.fate is Fate.RETURNED:
            continue
        kept = {*use.refills, *(() if is_kept_here or not use.route else use.route[-1].refills)}
        lost = any(node is not loop and stands_in(node, loop) for _, node in kept)
        lost = lost or any(_is_same_place(node, loop, inner, context) for _, node in on_the_way)
        made = [carrier, use.event[1]] if is_kept_here else [carrier]
        always = all(runs_each_round(node, loop, context.parents, inner) for node in made)
        often = context.weights.rounds(loop) if always else 0
        if often:
            inner.append(loop)
        if often and all(stands_in(node, loop) for node in places) and not lost:
            count *= often
    return count


def _is_same_place(target: ast.AST, loop: ast.AST, inner: Collection[ast.AST], context: RetentionContext) -> bool:
    """Return whether a target in a loop is an item whose keys are the same in every round: those of `inner` loops."""
    if not isinstance(target, ast.Subscript) or not stands_in(target, loop):
        return False
    for part in ast.walk(target.slice):
        variable = context.names.variable(part)
        bindings = variable.bindings if variable else ()
        changes = (stands_in(each.node, loop) and each.statement not in inner for each in bindings)
        if isinstance(part, ast.Call) or any(changes):
            return False
    return True


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


def _mapped(function: Scope, context: RetentionContext) -> Iterator[tuple[ast.expr, ast.Call, int]]:
    """Yield where `map` gets a function, the call that gathers what that returns, and how often it is called."""
    for place in _places(function, context):
        drawn = context.parents.get(place)
        gathered = context.parents.get(drawn) if isinstance(drawn, ast.Call) and drawn.args[:1] == [place] else None
        if (
            isinstance(drawn, ast.Call)
            and isinstance(gathered, ast.Call)
            and gathered.args == [drawn]
            and context.names.dotted(drawn.func) == "builtins.map"
            and context.names.dotted(gathered.func) in _GATHERERS
            and context.callees.functions(place) == [function]
        ):
            yield place, gathered, min(context.weights.estimate(items).length or 0 for items in drawn.args[1:])


def _places(function: Scope, context: RetentionContext) -> Iterator[ast.expr]:
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
