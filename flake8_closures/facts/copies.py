"""How many objects do closures made in loops keep alive together, each closure one of its own?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from flake8_closures.facts import lasting
from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import making
from flake8_closures.facts.escape import Fate, Use
from flake8_closures.facts.flow import Do
from flake8_closures.facts.knowledge import containers
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

    So it is with a function that `map` or a generator expression calls for each item, where all that it returns is
    gathered at once.
    """
    maker = closure.maker
    most, where = 1, None
    if use.event[0] is not Do.RETURN or maker.is_generator or decorators_of(maker.node):
        return most, where
    for call in context.callees.calls_of(maker):
        block = context.names.scope(_root(call.func))
        _, home, loops = making(call, block) if block is not None else (None, maker, ())
        if not loops or not home.is_function or in_test(home):
            continue
        kept = lasting.surest(context.other_uses(call, home), (Do.CALL, call), home, context.graph)
        count = _count(loops, call, [call], kept, context) if kept is not None else 1
        if count > most:
            most, where = count, call.func
    for place, drawn, count in _drawn(maker, context):
        own = context.callees.scope(drawn)
        block = own.parent if own is not None else context.names.scope(place)
        home = unit(block) if block is not None else maker
        if count > most and home.is_function and not in_test(home) and _gathers(drawn, home, context):
            most, where = count, place
    return most, where


def _gathers(drawn: ast.expr, home: Scope, context: RetentionContext) -> bool:
    """Return whether the call that gets an iterator draws all its items at once, and they live on together."""
    call = context.parents.get(drawn)
    if not isinstance(call, ast.Call) or call.args != [drawn]:
        return False
    if context.names.dotted(call.func) in _GATHERERS:
        uses = context.other_uses(call, home)
    elif isinstance(call.func, ast.Attribute) and call.func.attr in containers.JOINS:
        uses = context.item_uses(drawn, home)
    else:
        return False
    return lasting.surest(uses, (Do.CALL, call), home, context.graph) is not None


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


def _drawn(function: Scope, context: RetentionContext) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Yield where something lazy calls a function for each item, that iterator, and how often it calls the function."""
    for place in context.callees.places_of(function):
        call = context.parents.get(place)
        if not isinstance(call, ast.Call):
            continue
        made = context.parents.get(call)
        if call.func is place and isinstance(made, ast.GeneratorExp) and made.elt is call:
            yield place, made, context.weights.rounds(made)
        elif call.args[:1] == [place] and context.names.dotted(call.func) == "builtins.map":
            yield place, call, min(context.weights.estimate(items).length or 0 for items in call.args[1:])


def _root(callee: ast.AST) -> ast.AST:
    return callee.value if isinstance(callee, ast.Attribute) else callee
