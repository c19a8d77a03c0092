"""Is what a generator yields released before the next item is drawn? For generator functions and expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_closures.facts import evidence
from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import known, own
from flake8_closures.facts.escape.use import Carry, Use, Value
from flake8_closures.facts.functions import is_static, parameter
from flake8_closures.facts.knowledge import Effect
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.facts.positions import end, line_of, stands_in
from flake8_closures.model import Closure, Scope, ScopeKind

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

_ITEM_BY_ITEM = (Effect.DRAINED, Effect.NOW, Effect.ITERATED)
_HANDS_ON = {f"builtins.{name}" for name in ("enumerate", "filter", "iter", "reversed", "zip")} | {
    f"itertools.{name}" for name in ("batched", "chain", "cycle", "dropwhile", "filterfalse", "islice", "takewhile")
}
"""Iterators that pass on the items that they draw."""


def kept(trace: Trace, yielded: Value) -> float:
    """Return how likely the consumers of a generator function keep what it yields."""
    if trace.maker not in trace.context.drawers:
        trace.context.drawers[trace.maker] = _drawers(trace)
    drawn = trace.context.drawers[trace.maker]
    if drawn is not None and not drawn:
        return evidence.YIELDED_ELSEWHERE
    if drawn and all(lets_go(trace, call, maker, yielded) for call, maker in drawn):
        return evidence.YIELDED_TO_LOOPS
    return evidence.YIELDED


def _drawers(trace: Trace) -> list[tuple[ast.Call, Scope]] | None:
    """Return the calls of a generator function in its file, each with the block that it stands in.

    Calls that are returned or yielded are left out: their receiver draws. None where the function is used in another
    way.
    """
    maker = trace.maker
    home = maker.parent
    variable = home.variables.get(maker.name) if home and maker.is_function else None
    if variable is None or home is None or len(variable.bindings) != 1:
        return None
    places: list[tuple[ast.expr, Scope]] = [(each.node, unit(each.scope)) for each in variable.references]
    if home.kind is ScopeKind.CLASS:
        places += [(part, _block(trace, part)) for part in _by_objects(trace, home)]
    for node, _ in [*places]:
        is_labelled = isinstance(trace.context.parents[node], ast.Attribute)  # `function.__name__ = name`
        if (received := [*_received(trace, node)]) or is_labelled:
            places = [each for each in places if each[0] is not node] + received
    found = [(trace.context.parents[node], node, block) for node, block in places]
    called = [(call, block) for call, node, block in found if isinstance(call, ast.Call) and call.func is node]
    if len(called) != len(found):
        return None
    given = (ast.Return, ast.Yield)
    return [(call, block) for call, block in called if not isinstance(trace.context.parents.get(call), given)]


def _received(trace: Trace, node: ast.expr) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield where functions of the file that get something as an argument name it, each with its block."""
    call = trace.context.parents.get(node)
    if not isinstance(call, ast.Call) or node not in call.args:
        return
    for function in trace.context.callees.functions(call.func):
        bound = isinstance(call.func, ast.Attribute) and not is_static(function)
        variable = function.variables.get(parameter(function, call.args.index(node), bound) or "")
        for each in variable.references if variable else ():
            yield each.node, unit(each.scope)


def _by_objects(trace: Trace, home: Scope) -> Iterator[ast.Attribute]:
    """Yield where a method is named: every attribute of that name in its class, and on objects of its class."""
    maker, callees = trace.maker, trace.context.callees
    for part in trace.context.attributes(maker.name):
        owner = callees.class_of(part.value)
        if stands_in(part, home.node) or (owner is not None and callees.method(owner, part.attr) is maker):
            yield part


def _block(trace: Trace, node: ast.AST) -> Scope:
    """Return the block whose graph a node stands in."""
    while (scope := trace.context.callees.scope(node)) is None:
        node = trace.context.parents[node]
    return unit(scope)


def lets_go(trace: Trace, drawn: ast.AST, maker: Scope, item: Value) -> bool:
    """Return whether all consumers of an iterator, named or not, are done with each item before they draw the next."""
    around = trace.context.parents.get(drawn)
    target: ast.AST | None = around.target if isinstance(around, ast.AnnAssign) else None
    if isinstance(around, ast.Assign) and len(around.targets) == 1:
        target = around.targets[0]
    variable = trace.context.names.variable(target) if target else None
    places = [reference.node for reference in variable.references] if variable else [drawn]
    return bool(places) and all(_lets_go_at(trace, place, maker, item) for place in places)


def _lets_go_at(trace: Trace, drawn: ast.AST, maker: Scope, item: Value) -> bool:
    """Return whether the consumer of an iterator at a place is done with each item before it draws the next."""
    around = trace.context.parents.get(drawn)
    if isinstance(around, ast.Call) and drawn in around.args:
        found = known.look_up(trace, around, around.args.index(drawn), Carry.LAZY)
        if found and found.effect is Effect.ITERATED and trace.context.names.dotted(around.func) in _HANDS_ON:
            return _lets_go_at(trace, around, maker, item)
        return found is not None and found.effect in _ITEM_BY_ITEM
    made = trace.context.parents.get(around) if isinstance(around, ast.comprehension) else None
    if isinstance(made, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        inside = trace.context.closure_of[made].scope if isinstance(made, ast.GeneratorExp) else maker
        return made.generators[0] is around and _uses_each(trace, made, inside, item)
    return isinstance(around, (ast.For, ast.AsyncFor)) and _uses_each(trace, around, maker, item)


def by_functions(trace: Trace, generator: Closure, item: Value) -> bool:
    """Return whether functions of the file, or loops, use each item of a generator expression before the next."""
    drawers = [use.node for use in trace.uses(generator)]
    return bool(drawers) and all(_uses_each(trace, drawer, generator.maker, item) for drawer in drawers)


def _uses_each(trace: Trace, drawer: ast.AST, maker: Scope, item: Value, depth: int = 4) -> bool:
    """Return whether the consumer of an iterator has finished with an item when it asks for the next.

    `drawer` is the node of a use: a loop, a comprehension, a call of a function of this file.
    """
    if isinstance(drawer, ast.Call):
        drawn = own.lazily_given(trace, drawer) if depth else []
        return bool(drawn) and all(_uses_each(trace, use.node, function, item, depth - 1) for function, use in drawn)
    if isinstance(drawer, (ast.For, ast.AsyncFor)):
        clause: ast.For | ast.AsyncFor | ast.comprehension = drawer
    elif isinstance(drawer, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        clause = drawer.generators[0]
    else:
        return False
    target, carry = _item(trace, clause), item.carry
    if item.part and isinstance(target, ast.Tuple) and not any(isinstance(each, ast.Starred) for each in target.elts):
        place, carry = item.part
        target = target.elts[min(place, len(target.elts) - 1)]
    return not any(_keeps(use, drawer) for use in trace.elsewhere(maker, Value(drawer, carry), target))


def _item(trace: Trace, clause: ast.For | ast.AsyncFor | ast.comprehension) -> ast.AST:
    """Return the target that a loop binds an item to: in `for number, it in enumerate(...)` the second name."""
    target = clause.target
    counted = isinstance(clause.iter, ast.Call) and trace.context.names.dotted(clause.iter.func) == "builtins.enumerate"
    return target.elts[1] if counted and isinstance(target, ast.Tuple) and len(target.elts) == 2 else target


def _keeps(item: Use, drawer: ast.AST) -> bool:
    """Return whether a use takes an item elsewhere, or past the end of the loop or comprehension that draws it."""
    if item.likelihood < PROBABLE:
        return False
    inside = line_of(drawer) <= line_of(item.node) <= end(drawer)[0]
    return not inside or len(item.route) > 1 or item.lasting
