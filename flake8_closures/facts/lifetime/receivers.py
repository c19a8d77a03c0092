"""Which functions are held weakly, by a signal, a container or a reference, while nobody else keeps them?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import Uses
from flake8_closures.facts.flow import Do, Event, Graphs
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.lifetime import connections, mediators, weak_containers
from flake8_closures.facts.lifetime.connections import Connection
from flake8_closures.facts.lifetime.mediators import Given
from flake8_closures.facts.lifetime.origins import Origins
from flake8_closures.facts.names import last_name
from flake8_closures.model import BindingKind, Closure, Scope, ScopeKind

_TALK = ("debug", "info", "warning", "error", "exception", "critical", "log", "print", "getLogger", "super")
_ASKS = frozenset(f"builtins.{name}" for name in "len bool isinstance callable repr id type".split())
_NAMING = (BindingKind.DEF, BindingKind.ASSIGN, BindingKind.DELETE)
_CONNECTS = ("connect", "subscribe", "receiver", "register", "append", "add")


@dataclass(frozen=True, slots=True, eq=False)
class DeadReceiver:
    """A receiver that is gone before it can be called, and how it was connected. `kind` is what the receiver is.

    `maker` is the function that has it until it returns; None where it is gone as soon as the connection is made.
    """

    connection: Connection
    kind: str
    maker: Scope | None

    @property
    def takes_argument(self) -> bool:
        """Whether an argument can be added to the connection: a decorator without parentheses takes none."""
        return self.connection.can_be_held and isinstance(self.connection.place, ast.Call)


def find(
    origins: Origins,
    uses: Uses,
    graph: Graphs,
    given: Given,
    extra: Sequence[str],
) -> Iterator[DeadReceiver]:
    """Yield the receivers that die. `extra` are further signals: full names, `package.*`, or last parts."""
    found = [*connections.of_signals(origins, extra), *weak_containers.find(origins)]
    found += mediators.find(origins, found, given)
    places = {each.place for each in found}
    for each in found:
        if each.is_explicit or _may_return_it(origins, each):
            continue
        kind = _made_in_place(origins, each)
        if kind:
            yield DeadReceiver(each, kind, None)
            continue
        node = _made_here(origins, each.receiver)
        closure = origins.closure(node) if node is not None else None
        if closure is None or closure.carrier is not node or closure.maker.kind is ScopeKind.MODULE:
            continue
        if not _is_kept(closure, uses, places) and not _is_called_in_time(origins, each, closure, graph, places):
            yield DeadReceiver(each, "lambda" if isinstance(node, ast.Lambda) else "function", closure.maker)


def _may_return_it(origins: Origins, connection: Connection) -> bool:
    """Return whether what a connection returns is used: it may be the receiver, which is kept by that."""
    place = connection.place
    if connection.is_plain or not isinstance(place, ast.Call):
        return False
    return not isinstance(origins.parent(place), ast.Expr | ast.FunctionDef | ast.AsyncFunctionDef)


def _made_in_place(origins: Origins, connection: Connection) -> str:
    """Return what a receiver is that nobody but the connection ever has, in words; empty for others."""
    receiver = connection.receiver
    if isinstance(receiver, ast.Lambda):
        return "lambda"
    if isinstance(receiver, ast.Call) and origins.names.dotted(receiver.func) == "functools.partial":
        return "partial"
    if not connection.is_plain or not isinstance(receiver, ast.Attribute):
        return ""
    owner = origins.callees.class_of(receiver.value)
    if owner is None or origins.callees.bound_method(receiver) is None:
        return ""
    is_stored = any(not isinstance(each.ctx, ast.Load) for each in origins.attributes(owner).get(receiver.attr, ()))
    return "" if is_stored else "bound method"


def _made_here(origins: Origins, receiver: ast.AST) -> ast.AST | None:
    """Return the `def` or lambda that a receiver is, if it is one of this file that has no other name."""
    if isinstance(receiver, ast.FunctionDef | ast.AsyncFunctionDef):
        return receiver
    variable = origins.names.variable(receiver)
    if variable is None or any(b.kind not in _NAMING for b in variable.bindings):
        return None
    return origins.function(receiver)


def _is_kept(closure: Closure, uses: Uses, places: set[ast.AST]) -> bool:
    """Return whether anybody but the signal may keep a receiver alive."""
    around = closure.scope.parent
    variable = around.owners.get(closure.scope.name) if around else None
    if variable is not None and unit(variable.scope) is not closure.maker:
        return True
    return any(use.lasting and use.node not in places for use in uses(closure))


def _is_called_in_time(
    origins: Origins,
    connection: Connection,
    closure: Closure,
    graph: Graphs,
    places: set[ast.AST],
) -> bool:
    """Return whether the function that connects a receiver of its own may send the signal before it ends.

    Whatever it calls afterwards may. So may other code while it is suspended.
    """
    maker = closure.maker
    flow = graph(maker.node)
    later: list[Event] = [
        event
        for event in flow.events()
        if event[0] is Do.SUSPEND or (event[0] in (Do.CALL, Do.DECORATE) and event[1] not in places)
    ]
    may_send = [event for event in later if event[0] is Do.SUSPEND or not _is_idle(origins, event[1], maker)]
    begins: list[Event] = [(Do.DECORATE, connection.place), (Do.CALL, connection.place), (Do.MAKE, closure.carrier)]
    begin = next(filter(flow.happens, begins), None)
    return begin is None or (bool(may_send) and flow.path(begin, may_send) is not None)


def _is_idle(origins: Origins, call: ast.AST, maker: Scope) -> bool:
    """Return whether a call sends nothing: it logs, connects something else, or continues the set-up."""
    func = call.func if isinstance(call, ast.Call) else call
    last = last_name(func)
    dotted = origins.names.dotted(func)
    if dotted in lifetimes.SIGNAL_MAKERS or dotted in _ASKS:
        return True
    above = func.value if isinstance(func, ast.Attribute) else None
    if isinstance(above, ast.Call) and origins.names.dotted(above.func) == "builtins.super":
        return last == maker.name
    return last in _TALK or last in _CONNECTS
