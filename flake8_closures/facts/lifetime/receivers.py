"""Which functions are held weakly, by a signal, a container or a reference, while nobody else keeps them?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import Use, Uses
from flake8_closures.facts.flow import Do, Event, Graphs
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.lifetime import connections, mediators, weak_containers
from flake8_closures.facts.lifetime.connections import Connection
from flake8_closures.facts.lifetime.mediators import Given
from flake8_closures.facts.names import last_name
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.model import BindingKind, Closure, Scope, ScopeKind

_TALK = ("debug", "info", "warning", "error", "exception", "critical", "log", "print", "getLogger", "super")
_ASKS = frozenset(f"builtins.{name}" for name in "len bool isinstance callable repr id type".split())
_PARTIAL = "functools.partial"
_NAMING = (BindingKind.DEF, BindingKind.ASSIGN, BindingKind.DELETE)
_CONNECTS = ("connect", "subscribe", "receiver", "register", "append", "add")


@dataclass(frozen=True, slots=True, eq=False)
class DeadReceiver:
    """A receiver that is gone before it can be called, and its connection. `kind` is what the receiver is.

    `maker` is the function that keeps it until it returns; None where it is gone as soon as the connection is made.
    """

    connection: Connection
    kind: str
    maker: Scope | None

    @property
    def takes_argument(self) -> bool:
        """Whether the connection can take another argument: a decorator without parentheses cannot."""
        return self.connection.can_be_held and isinstance(self.connection.place, ast.Call)


def find(
    semantics: SemanticModel,
    uses: Uses,
    graph: Graphs,
    given: Given,
    others: Callable[[ast.AST, Scope], Sequence[Use]],
    extra: Sequence[str],
) -> Iterator[DeadReceiver]:
    """Yield the receivers that die. `extra` are further signals: full names, `package.*`, or last parts.

    `others` gives what a function does with the value of an expression.
    """
    found = [*connections.of_signals(semantics, extra), *weak_containers.find(semantics)]
    found += mediators.find(semantics, found, given)
    places = {each.place for each in found}
    for each in found:
        if each.is_explicit or _may_return_it(semantics, each):
            continue
        kind = _made_in_place(semantics, each)
        if kind:
            yield DeadReceiver(each, kind, None)
            continue
        node = _made_here(semantics, each.receiver)
        made = _partial_of(semantics, each.receiver) if node is None else None
        if made is not None:
            call, maker = made
            is_kept = any(use.lasting and use.node not in places for use in others(call, maker))
            if not is_kept and not _is_called_in_time(semantics, each, maker, (Do.CALL, call), graph, places):
                yield DeadReceiver(each, "partial", maker)
            continue
        closure = semantics.closure(node) if node is not None else None
        if closure is None or closure.carrier is not node or closure.maker.kind is ScopeKind.MODULE:
            continue
        begin = Do.MAKE, closure.carrier
        if not _is_kept(closure, uses, places) and not _is_called_in_time(
            semantics, each, closure.maker, begin, graph, places
        ):
            yield DeadReceiver(each, "lambda" if isinstance(node, ast.Lambda) else "function", closure.maker)


def _may_return_it(semantics: SemanticModel, connection: Connection) -> bool:
    """Return whether the result of a connection is used: it may be the receiver, which is kept by that."""
    place = connection.place
    if connection.is_plain or not isinstance(place, ast.Call):
        return False
    return not isinstance(semantics.parent(place), ast.Expr | ast.FunctionDef | ast.AsyncFunctionDef)


def _made_in_place(semantics: SemanticModel, connection: Connection) -> str:
    """Return what a receiver is, in words, if nobody but the connection ever has it; otherwise empty."""
    receiver = connection.receiver
    if isinstance(receiver, ast.Lambda):
        return "lambda"
    if isinstance(receiver, ast.Call) and semantics.names.dotted(receiver.func) == _PARTIAL:
        return "partial"
    if not connection.is_plain or not isinstance(receiver, ast.Attribute):
        return ""
    owner = semantics.callees.class_of(receiver.value)
    if owner is None or semantics.callees.bound_method(receiver) is None:
        return ""
    is_stored = any(not isinstance(each.ctx, ast.Load) for each in semantics.attributes(owner).get(receiver.attr, ()))
    return "" if is_stored else "bound method"


def _made_here(semantics: SemanticModel, receiver: ast.AST) -> ast.AST | None:
    """Return the `def` or lambda that a receiver is, if it belongs to this file and has no other name."""
    if isinstance(receiver, ast.FunctionDef | ast.AsyncFunctionDef):
        return receiver
    variable = semantics.names.variable(receiver)
    if variable is None or any(b.kind not in _NAMING for b in variable.bindings):
        return None
    return semantics.function(receiver)


def _partial_of(semantics: SemanticModel, receiver: ast.AST) -> tuple[ast.Call, Scope] | None:
    """Return the `functools.partial` that a receiver is by a name of its function alone, and that function."""
    variable = semantics.names.variable(receiver)
    value = variable.bindings[0].value if variable is not None and len(variable.bindings) == 1 else None
    if variable is None or not variable.scope.is_function or len(variable.mentions) > 1:
        return None
    is_partial = isinstance(value, ast.Call) and semantics.names.dotted(value.func) == _PARTIAL
    return (value, variable.scope) if isinstance(value, ast.Call) and is_partial else None


def _is_kept(closure: Closure, uses: Uses, places: set[ast.AST]) -> bool:
    """Return whether anybody but the signal may keep a receiver alive."""
    around = closure.scope.parent
    variable = around.owners.get(closure.scope.name) if around else None
    if variable is not None and unit(variable.scope) is not closure.maker:
        return True
    return any(use.lasting and use.node not in places for use in uses(closure))


def _is_called_in_time(
    semantics: SemanticModel,
    connection: Connection,
    maker: Scope,
    made: Event,
    graph: Graphs,
    places: set[ast.AST],
) -> bool:
    """Return whether the function that connects its own receiver may send the signal before it ends.

    Whatever it calls afterwards may send it. So may other code while the function is suspended.
    """
    flow = graph(maker.node)
    later: list[Event] = [
        event
        for event in flow.events()
        if event[0] is Do.SUSPEND or (event[0] in (Do.CALL, Do.DECORATE) and event[1] not in places)
    ]
    may_send = [event for event in later if event[0] is Do.SUSPEND or not _is_idle(semantics, event[1], maker)]
    begins: list[Event] = [(Do.DECORATE, connection.place), (Do.CALL, connection.place), made]
    begin = next(filter(flow.happens, begins), None)
    return begin is None or (bool(may_send) and flow.path(begin, may_send) is not None)


def _is_idle(semantics: SemanticModel, call: ast.AST, maker: Scope) -> bool:
    """Return whether a call sends nothing: it logs, connects something else, or continues the set-up."""
    func = call.func if isinstance(call, ast.Call) else call
    last = last_name(func)
    dotted = semantics.names.dotted(func)
    if dotted in lifetimes.SIGNAL_MAKERS or dotted in _ASKS:
        return True
    above = func.value if isinstance(func, ast.Attribute) else None
    if isinstance(above, ast.Call) and semantics.names.dotted(above.func) == "builtins.super":
        return last == maker.name
    return last in _TALK or last in _CONNECTS
