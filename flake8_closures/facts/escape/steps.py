"""What does the code around an expression do with its value? One step of a trace for each kind of parent node."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flake8_closures.facts import evidence
from flake8_closures.facts.escape import bases, calls, drawing, known, objects, own, readers, slots
from flake8_closures.facts.escape.endings import endings, signals
from flake8_closures.facts.escape.use import Carry, Fate, Use, Value, Way, brief, is_store
from flake8_closures.facts.flow import Do, Event, Stop
from flake8_closures.facts.functions import runs_later
from flake8_closures.facts.knowledge import Effect, containers

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


_JOINING = (ast.Add, ast.BitOr)
"""Operators whose result has what both operands have."""
_LEAVING = (ast.Mult, ast.Sub, ast.BitAnd, ast.BitXor)
"""Operators whose result has some of what a container has."""


def chosen(trace: Trace, parent: ast.BoolOp | ast.IfExp, value: Value) -> None:
    """One of several values is taken, anew each time: the next time it may be another one."""
    if not isinstance(parent, ast.IfExp) or value.node is not parent.test:
        trace.follow(value.by(_gathered(parent)).at(parent))


def _gathered(node: ast.AST) -> Stop:
    """Return the stop of an expression whose beginning and end are events of the graph."""
    return Stop(frozenset([(Do.BIND, node)]), frozenset([(Do.MAKE, node)]))


def held(trace: Trace, parent: ast.AST, value: Value) -> None:
    """A display keeps its parts."""
    whole = value.at(parent, Carry.COROUTINE if value.carry is Carry.COROUTINE else Carry.HOLDER)
    part = (_index(parent.elts, value.node), value.carry) if isinstance(parent, ast.Tuple) else None
    trace.follow(replace(whole, part=part))


def _index(parts: Sequence[ast.AST], part: ast.AST) -> int:
    return parts.index(part)


def summed(trace: Trace, parent: ast.BinOp, value: Value) -> None:
    """`+` joins lists, `*` repeats them, and operators of sets leave some of their items; others make a new value."""
    if isinstance(parent.op, _JOINING) or (isinstance(parent.op, _LEAVING) and trace.is_container(value)):
        held(trace, parent, value)


def starred(trace: Trace, parent: ast.Starred, value: Value) -> None:
    around = trace.context.parents[parent]
    if value.carry is Carry.LAZY:
        trace.note(Use(Fate.CONSUMED, (Do.DRAW, parent), parent, "drawn by `*`"), value)
    elif _gives_keys(value):
        pass
    elif isinstance(around, ast.Call):
        calls.argument(trace, around, around.args.index(parent), value.at(parent, Carry.ITSELF))
    else:
        trace.follow(value.at(around, Carry.HOLDER))


def _gives_keys(value: Value) -> bool:
    """Return whether a container gives its keys when it is iterated, which are not what is followed."""
    return value.carry is Carry.MAPPING or isinstance(value.node, (ast.Dict, ast.DictComp))


def _first_name(target: ast.AST) -> ast.AST:
    while isinstance(target, ast.Starred) or (isinstance(target, (ast.Tuple, ast.List)) and target.elts):
        target = target.value if isinstance(target, ast.Starred) else target.elts[0]
    return target


def assigned(trace: Trace, parent: ast.Assign | ast.AnnAssign | ast.NamedExpr, value: Value) -> None:
    if value.node is not parent.value:
        return
    for target in parent.targets if isinstance(parent, ast.Assign) else [parent.target]:
        if not isinstance(target, (ast.Tuple, ast.List)):
            trace.targets(target, value)
        elif value.carry is Carry.LAZY:
            trace.note(Use(Fate.CONSUMED, (Do.BIND, _first_name(target)), parent, "drawn by unpacking"), value)
        elif value.part and not any(isinstance(each, ast.Starred) for each in [*target.elts, *_items(parent.value)]):
            place, carry = value.part
            trace.targets(target.elts[min(place, len(target.elts) - 1)], value.at(parent, carry))
        else:
            trace.targets(target, value.at(parent, Carry.ITSELF if value.carry is Carry.HOLDER else None))
    if isinstance(parent, ast.NamedExpr):
        trace.follow(value.at(parent))


def _items(value: ast.AST | None) -> list[ast.expr]:
    return value.elts if isinstance(value, ast.Tuple) else []


def augmented(trace: Trace, parent: ast.AugAssign, value: Value) -> None:
    event: Event = (Do.BIND, parent.target)
    if value.node is not parent.value:
        return
    if value.carry is Carry.LAZY:
        trace.note(Use(Fate.CONSUMED, event, parent, "drawn by an augmented assignment"), value)
    elif not isinstance(parent.op, _JOINING):
        text = f"handed to {brief(parent.target)}"
        likelihood = evidence.NAMED[evidence.Sign.OTHER][0]
        trace.note(Use(Fate.UNKNOWN, event, parent, text, likelihood=likelihood), value)
    else:
        trace.absorbed(parent.target, Use(Fate.STORED, event, parent, f"added to {brief(parent.target)}"), value)


def looped(trace: Trace, parent: ast.For | ast.AsyncFor, value: Value) -> None:
    if value.node is parent.iter:
        _iterated(trace, parent.target, parent, value)


def clause(trace: Trace, parent: ast.comprehension, value: Value) -> None:
    if value.node is not parent.iter:
        return
    comprehension: Any = trace.context.parents[parent]
    outermost = comprehension.generators[0] is parent
    if isinstance(comprehension, ast.GeneratorExp) and value.carry in (Carry.LAZY, Carry.ITSELF) and outermost:
        trace.follow(value.at(comprehension, Carry.LAZY))
    elif isinstance(comprehension, ast.GeneratorExp) and value.carry is Carry.HOLDER and outermost:
        readers.drawn_over(trace, comprehension, value)
    else:
        _iterated(trace, parent.target, comprehension, value)


def _iterated(trace: Trace, target: ast.AST, node: ast.AST, value: Value) -> None:
    if _gives_keys(value):
        return
    if value.carry is Carry.HOLDER:
        trace.targets(target, value.at(node, Carry.ITSELF))
    else:
        trace.note(Use(Fate.CONSUMED, (Do.BIND, _first_name(target)), node, "drawn from item by item"), value)


def element(trace: Trace, parent: ast.AST, value: Value) -> None:
    """The element of a comprehension is kept by its list, or handed out by a generator expression."""
    if not isinstance(parent, ast.GeneratorExp):
        trace.follow(value.by(_gathered(parent)).at(parent, Carry.HOLDER))
        return
    call = trace.context.parents.get(parent)
    event: Event = (Do.SUSPEND, parent)
    taker = None
    if isinstance(call, ast.Call) and parent in call.args:
        taker = known.look_up(trace, call, call.args.index(parent), Carry.LAZY)
    generator = trace.context.closure_of[parent]
    if drawing.lets_go(trace, parent, generator.maker, value):
        trace.note(Use(Fate.CALLED, event, parent, "drawn item by item"), value)
    elif taker and isinstance(call, ast.Call):
        if taker.effect is Effect.ABSORBED or trace.elsewhere(generator.maker, Value(call, Carry.HOLDER)):
            trace.note(Use(Fate.STORED, event, parent, f"collected by {brief(call.func)}()"), value)
    elif drawing.by_functions(trace, generator, value):
        trace.note(Use(Fate.CALLED, event, parent, "drawn item by item"), value)
    else:
        text = "handed out by the generator expression"
        trace.note(Use(Fate.UNKNOWN, event, parent, text, likelihood=evidence.HANDED_OUT), value)


def subscript(trace: Trace, parent: ast.Subscript, value: Value) -> None:
    if value.node is not parent.value:
        return
    if value.carry is Carry.MAPPING:
        _looked_up(trace, parent, value)
    elif isinstance(parent.ctx, ast.Load) and value.carry in (Carry.HOLDER, Carry.ITSELF):
        index = parent.slice.value if isinstance(parent.slice, ast.Constant) else None
        stays = type(index) is int and slots.only_grows(trace, parent.value)
        value = slots.looked_up(trace, value, parent.slice)
        trace.follow(replace(value.at(parent, Carry.ITSELF), stays=stays))


def _looked_up(trace: Trace, parent: ast.Subscript, value: Value) -> None:
    """Looking a key up calls the function where the key is missing: `d[k]` and `d[k] += 1`, not `d[k] = 1`."""
    around = trace.context.parents.get(parent)
    if isinstance(parent.ctx, ast.Load) or isinstance(around, ast.AugAssign):
        trace.note(Use(Fate.CALLED, _evaluated(trace, value.node), parent, "called for a missing key"), value)
        if trace.scope is not None:
            trace.products += own.handed_out(trace, trace.scope, parent, value)


def _evaluated(trace: Trace, node: ast.AST) -> Event:
    """Return the event by which an expression is evaluated, or the end of the function if it has none."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    event: Event = (Do.CALL if isinstance(node, ast.Call) else Do.READ, node)
    return event if trace.graph.happens(event) else trace.graph.exit


def attribute(trace: Trace, parent: ast.Attribute, value: Value) -> None:
    if not isinstance(parent.ctx, ast.Load):
        return
    call = trace.context.parents.call_of(parent)
    if call is None:
        # What is taken out of a container can be an object that holds the closure.
        is_member = parent.attr in trace.members and value.carry in (Carry.ITSELF, Carry.HOLDER, Carry.CLASS)
        is_stored = value.carry in (Carry.HOLDER, Carry.CLASS) and _was_stored_as(trace, parent.attr, value.node)
        if is_member or is_stored:
            trace.follow(value.at(parent, trace.members.get(parent.attr, Carry.ITSELF)))
        elif trace.owners:
            own.computed(trace, parent, _evaluated(trace, value.node), value)
        return
    event: Event = (Do.CALL, call)
    if parent.attr in trace.left:
        text = f"called by .{parent.attr}()"
        trace.inner.append(Use(Fate.CALLED, event, call, text, value.route, likelihood=value.likelihood))
    is_seen = value.carry is Carry.HOLDER and own.receiver(trace, call, value)
    if parent.attr == "start":
        until = endings(trace, value.node) | endings(trace, call) | signals(trace)
        trace.note(Use(Fate.DEFERRED, event, call, "started", until=until), value)
    elif value.carry is Carry.MAPPING and parent.attr in containers.HANDS_OUT:
        if parent.attr == "copy":
            trace.follow(value.at(call))
    elif parent.attr in containers.HANDS_OUT and value.carry is Carry.HOLDER and not is_seen:
        trace.follow(slots.handed_out(trace, value, call).at(call))
    elif (is_seen or parent.attr not in containers.KEEPS_TO_ITSELF) and not objects.only_adds(trace, call):
        fate = Fate.CONSUMED if value.carry is Carry.LAZY else Fate.CALLED
        trace.note(Use(fate, event, call, f"called by .{parent.attr}()"), value)


def _was_stored_as(trace: Trace, attribute: str, node: ast.AST) -> bool:
    """Return whether an attribute of that name was assigned on the object, so that reading it returns the closure."""
    variable = trace.context.names.variable(node)
    return variable is not None and any(
        is_store(trace.context.parents.get(reference.node), attribute) for reference in variable.references
    )


def returned(trace: Trace, parent: ast.Return, value: Value) -> None:
    trace.note(Use(Fate.RETURNED, (Do.RETURN, parent), parent, "returned"), value)


def raised(trace: Trace, parent: ast.Raise, value: Value) -> None:
    """An exception takes its arguments out of the function, unless the function may catch it itself."""
    node: ast.AST = parent
    while not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
        around = trace.context.parents[node]
        handlers = getattr(around, "handlers", ())
        if handlers and node in getattr(around, "body", ()):
            trace.members.setdefault("args", Carry.HOLDER)
            for clause in handlers:
                if variable := trace.context.names.variable(clause):
                    trace.bound(clause, variable, value.at(parent, Carry.HOLDER))
            return
        node = around
    trace.note(Use(Fate.RETURNED, _evaluated(trace, value.node), parent, "raised"), value)


def lambda_body(trace: Trace, parent: ast.Lambda, value: Value) -> None:
    if value.node is parent.body:
        trace.note(Use(Fate.RETURNED, trace.graph.exit, parent, "returned"), value)


def yielded(trace: Trace, parent: ast.Yield, value: Value) -> None:
    likelihood = drawing.kept(trace, value)
    trace.note(Use(Fate.RETURNED, (Do.SUSPEND, parent), parent, "yielded", likelihood=likelihood), value)


def awaited(trace: Trace, parent: ast.Await | ast.YieldFrom, value: Value) -> None:
    text = "awaited" if isinstance(parent, ast.Await) else "drawn by `yield from`"
    trace.note(Use(Fate.CONSUMED, (Do.SUSPEND, parent), parent, text), value)


def default(trace: Trace, parent: ast.arguments, value: Value) -> None:
    """A default is kept by the function whose parameter it is for."""
    function = trace.context.parents[parent]
    if isinstance(function, ast.Lambda):
        trace.follow(value.at(function, Carry.HOLDER))
    else:
        trace.defined(value.at(function, Carry.HOLDER))


def with_item(trace: Trace, parent: ast.withitem, value: Value) -> None:
    statement = trace.context.parents[parent]
    if value.node is parent.context_expr:
        trace.note(Use(Fate.CALLED, (Do.LEAVE_WITH, statement), statement, "used by the `with` statement"), value)
        own.entered(trace, parent.context_expr, statement, value)
        if parent.optional_vars is not None and value.carry is not Carry.LAZY:
            trace.targets(parent.optional_vars, value.at(parent, Carry.HOLDER))


def statement(trace: Trace, parent: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, value: Value) -> None:
    """A function, or what a decorator is made of, is called when the decorator is applied."""
    if value.node in parent.decorator_list:
        trace.note(Use(Fate.CALLED, (Do.DECORATE, value.node), value.node, "called as a decorator"), value)
        if trace.scope is not None and value.carry is Carry.ITSELF:
            trace.products += own.handed_out(trace, trace.scope, parent, value)


def keyword(trace: Trace, parent: ast.keyword, value: Value) -> None:
    call = trace.context.parents[parent]
    if isinstance(call, ast.Call):
        calls.argument(trace, call, parent.arg or "**", value)


def call(trace: Trace, parent: ast.Call, value: Value) -> None:
    if value.node is not parent.func:
        calls.argument(trace, parent, _index(parent.args, value.node), value)
        return
    itself = trace.scope if value.carry is Carry.ITSELF else None
    # What wraps a generator function or a coroutine function passes on what a call of that one gives.
    later = runs_later(trace.scope) if trace.scope and value.carry in (Carry.ITSELF, Carry.HOLDER) else None
    if later:
        trace.follow(value.at(parent, own.RESULTS[later]))
        return
    trace.note(Use(Fate.CALLED, (Do.CALL, parent), parent, "called", way=Way.CALL), value)
    if value.carry is Carry.CLASS:
        if isinstance(trace.context.parents.get(parent), ast.Expr) and bases.are_unseen(trace, parent.func):
            likelihood = evidence.DROPPED_OBJECT
            text = f"kept by {brief(parent.func)}()"
            trace.note(Use(Fate.UNKNOWN, (Do.CALL, parent), parent, text, likelihood=likelihood), value)
        if not own.is_done_when_made(trace):
            own.made_with(trace, parent, value.at(parent, Carry.HOLDER))
    elif value.carry is Carry.HOLDER:
        own.receiver(trace, parent, value)
    elif itself:
        trace.inner += own.keeps_inside(trace, itself, parent, value)
        trace.products += own.handed_out(trace, itself, parent, value)


STEPS: dict[type[ast.AST] | type[None], Callable[..., None]] = {
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set, ast.Dict), held),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), element),
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.NamedExpr), assigned),
    **dict.fromkeys((ast.For, ast.AsyncFor), looped),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), statement),
    **dict.fromkeys((ast.Await, ast.YieldFrom), awaited),
    ast.BinOp: summed,
    **dict.fromkeys((ast.BoolOp, ast.IfExp), chosen),
    ast.Starred: starred,
    ast.AugAssign: augmented,
    ast.comprehension: clause,
    ast.Subscript: subscript,
    ast.Attribute: attribute,
    ast.Return: returned,
    ast.Raise: raised,
    ast.Lambda: lambda_body,
    ast.Yield: yielded,
    ast.arguments: default,
    ast.withitem: with_item,
    ast.keyword: keyword,
    ast.Call: call,
}
"""The step by the type of the parent node. Other parents drop the value: `x is None`, `if x:`, f-strings."""
