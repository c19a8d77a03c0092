"""Which functions are connected to a signal that holds them weakly, while nobody else keeps them?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import Uses
from flake8_closures.facts.flow import Do, Event, Graphs
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.lifetime.origins import Origins, argument, is_spread
from flake8_closures.model import BindingKind, Closure, Confidence, Scope, ScopeKind

_FRAMEWORKS = frozenset(
    "django celery blinker flask pelican quart wagtail allauth pydispatch louie scrapy flask_login flask_security "
    "mongoengine django_celery_beat pubsub wx".split()
)
"""The packages whose signals are known."""
_TALK = ("debug", "info", "warning", "error", "exception", "critical", "log", "print", "getLogger", "super")
_CONNECTS = ("connect", "subscribe", "receiver", "register", "append", "add")


@dataclass(frozen=True, slots=True, eq=False)
class DeadReceiver:
    """A receiver that is gone before the signal is sent.

    `call` is the connection, or the decorator that makes it; `receiver` the expression or the `def`. `kind` is what the
    receiver is. `at_once` says that it is dropped as soon as the connection returns, else when the function does.
    `can_be_held` says that the connection can be told to hold the receiver.
    """

    call: ast.AST
    receiver: ast.AST
    kind: str
    signal: ast.expr
    at_once: bool
    maker: Scope | None
    confidence: Confidence
    can_be_held: bool

    @property
    def takes_argument(self) -> bool:
        """Whether the connection can be told by an argument: a decorator without parentheses has none."""
        return self.can_be_held and isinstance(self.call, ast.Call)


def find(
    origins: Origins,
    uses: Uses,
    graph: Graphs,
    extra: Sequence[str],
) -> Iterator[DeadReceiver]:
    """Yield the receivers that die. `extra` are further signals: full names, `package.*`, or last parts."""
    connections = list(_connections(origins, extra))
    places = {id(each.call) for each in connections}
    for each in connections:
        if each.is_explicit:
            continue
        if isinstance(each.receiver, ast.Lambda) or _is_partial(origins, each.receiver):
            if not isinstance(origins.parent(each.call), ast.Expr):
                continue  # blinker hands the receiver back: who takes it may keep it
            kind = "lambda" if isinstance(each.receiver, ast.Lambda) else "partial"
            yield DeadReceiver(
                each.call, each.receiver, kind, each.signal, True, None, each.confidence, each.can_be_held
            )
            continue
        node = _made_here(origins, each.receiver)
        closure = origins.closure(node) if node is not None else None
        if node is None or closure is None or closure.carrier is not node:
            continue
        maker = closure.maker
        if maker.kind is ScopeKind.MODULE or _is_kept(closure, uses, places):
            continue
        if not _is_called_in_time(origins, each.call, maker, graph, places):
            kind = "lambda" if isinstance(node, ast.Lambda) else "function"
            yield DeadReceiver(
                each.call, each.receiver, kind, each.signal, False, maker, each.confidence, each.can_be_held
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Connection:
    call: ast.AST
    receiver: ast.expr | ast.FunctionDef | ast.AsyncFunctionDef
    signal: ast.expr
    is_explicit: bool
    confidence: Confidence = Confidence.CERTAIN
    can_be_held: bool = True


def _connections(origins: Origins, extra: Sequence[str]) -> Iterator[_Connection]:
    """Yield every connection of a receiver to a signal that holds it weakly, unless it is told not to."""
    wanted = partial(_may_connect, extra)
    for node, dotted in origins.mentions(*origins.packages, wanted=wanted):
        around = origins.parent(node)
        called = around if isinstance(around, ast.Call) and around.func is node else None
        if called and dotted in lifetimes.SIGNAL_MAKERS:
            for place in origins.objects(called, lambda value: _makes_signal(origins, value)):
                yield from _connected(origins, place, Confidence.CERTAIN)
        elif called and dotted in lifetimes.WEAK_DISPATCHERS:
            yield from _connection(called, node, lifetimes.WEAK_DISPATCHERS[dotted])
        elif called and dotted in lifetimes.ALWAYS_WEAK:
            listener = argument(called, 0, "listener")
            if listener is not None:
                yield _Connection(called, listener, node, False, can_be_held=False)
        elif dotted in lifetimes.RECEIVER_DECORATORS:
            yield from _by_decorator(origins, node)
        elif dotted.startswith(tuple(f"{module}." for module in lifetimes.SIGNALS_OF_ARGUMENTS)):
            call = around if isinstance(around, ast.Call) else origins.parent(around) if around else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
                yield from _connection(call, call.func.value, 99)
        elif isinstance(node, ast.Attribute) and node.attr == "connect":
            confidence = _is_signal(origins, dotted.rpartition(".")[0], extra)
            if confidence is not None:
                yield from _connected(origins, node.value, confidence)
    for node, dotted in origins.mentions("blinker"):
        made = origins.parent(node)
        if dotted in lifetimes.NAMESPACES and isinstance(made, ast.Call):
            for space in origins.objects(made, lambda value: _is_call_of(origins, value, lifetimes.NAMESPACES)):
                method = origins.parent(space)
                if not isinstance(method, ast.Attribute) or method.attr != "signal":
                    continue
                signal = origins.parent(method)
                if isinstance(signal, ast.Call) and signal.func is method:
                    for place in origins.objects(signal, lambda value: isinstance(value, ast.Call)):
                        yield from _connected(origins, place, Confidence.CERTAIN)


def _connected(origins: Origins, signal: ast.expr, confidence: Confidence) -> Iterator[_Connection]:
    """Yield the connections that are made by `signal.connect(receiver)`, or by that as a decorator."""
    method = origins.parent(signal)
    if not isinstance(method, ast.Attribute) or method.attr != "connect":
        return
    around = origins.parent(method)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and method in around.decorator_list:
        yield _Connection(method, around, signal, False, confidence)
    elif isinstance(around, ast.Call) and around.func is method:
        below = origins.parent(around)
        if isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef) and around in below.decorator_list:
            yield _Connection(around, below, signal, _says(around, 99), confidence)
        else:
            yield from _connection(around, signal, 2, confidence)


def _connection(
    call: ast.Call, signal: ast.expr, weak: int, confidence: Confidence = Confidence.CERTAIN
) -> Iterator[_Connection]:
    receiver = argument(call, 0, "receiver")
    if receiver is not None:
        yield _Connection(call, receiver, signal, _says(call, weak), confidence)


def _by_decorator(origins: Origins, node: ast.expr) -> Iterator[_Connection]:
    call = origins.parent(node)
    below = origins.parent(call) if isinstance(call, ast.Call) else None
    if isinstance(call, ast.Call) and isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef):
        signal = argument(call, 0, "signal")
        if signal is not None and call in below.decorator_list:
            yield _Connection(call, below, signal, _says(call, 99))


def _says(call: ast.Call, position: int) -> bool:
    """Return whether a connection says how it holds the receiver; celery's `retry` makes it hold it strongly."""
    words = {keyword.arg for keyword in call.keywords}
    return is_spread(call) or bool(words & {"weak", "retry"}) or argument(call, position) is not None


_KNOWN = frozenset(name for names in lifetimes.WEAK_SIGNALS.values() for name in names.split())


def _may_connect(extra: Sequence[str], full: str) -> bool:
    """Return whether an import can be of a signal, or of what makes or connects one."""
    if any(_fits(pattern, full) or pattern.startswith(f"{full}.") for pattern in extra):
        return True
    if "." not in full:
        return full in _FRAMEWORKS
    return "ignal" in full or "dispatch" in full or "pubsub" in full or full.rpartition(".")[2] in _KNOWN


def _is_signal(origins: Origins, dotted: str, extra: Sequence[str]) -> Confidence | None:
    """Return how surely a full name is that of a signal that holds receivers weakly; None if it is not."""
    module, _, name = dotted.rpartition(".")
    if any(_fits(pattern, dotted) for pattern in extra):
        return Confidence.CERTAIN
    known = lifetimes.WEAK_SIGNALS.get(module, "").split()
    if name in known or "*" in known:
        return Confidence.CERTAIN
    named_so = module.rpartition(".")[2] == "signals"
    if named_so and any(map(origins.imports, lifetimes.FRAMEWORKS_OF_WEAK_SIGNALS)):
        return Confidence.LIKELY
    return None


def _fits(pattern: str, dotted: str) -> bool:
    if pattern.endswith(".*"):
        return dotted.startswith(pattern[:-1])
    return dotted == pattern or dotted.rpartition(".")[2] == pattern


def _is_call_of(origins: Origins, value: ast.expr, makers: set[str]) -> bool:
    return isinstance(value, ast.Call) and origins.names.dotted(value.func) in makers


def _makes_signal(origins: Origins, value: ast.expr) -> bool:
    return _is_call_of(origins, value, lifetimes.SIGNAL_MAKERS)


def _is_partial(origins: Origins, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and origins.names.dotted(node.func) == "functools.partial"


def _made_here(origins: Origins, receiver: ast.AST) -> ast.AST | None:
    """Return the `def` or lambda that a receiver is, if it is one of this file that has no other name."""
    if isinstance(receiver, ast.FunctionDef | ast.AsyncFunctionDef):
        return receiver
    variable = origins.names.variable(receiver)
    if variable is None or any(b.kind not in (BindingKind.DEF, BindingKind.ASSIGN) for b in variable.bindings):
        return None
    return origins.function(receiver)


def _is_kept(closure: Closure, uses: Uses, connections: set[int]) -> bool:
    """Return whether anybody but the signal may keep a receiver alive."""
    around = closure.scope.parent
    variable = around.owners.get(closure.scope.name) if around else None
    if variable is not None and unit(variable.scope) is not closure.maker:
        return True
    return any(use.lasting and id(use.node) not in connections for use in uses(closure))


def _is_called_in_time(origins: Origins, call: ast.AST, maker: Scope, graph: Graphs, connections: set[int]) -> bool:
    """Return whether the function that connects a receiver of its own may send the signal before it ends.

    Whatever it calls afterwards may. So may whoever goes on while it is suspended.
    """
    flow = graph(maker.node)
    later: list[Event] = [
        event
        for block in flow.blocks
        for event in block.events
        if event[0] is Do.SUSPEND or (event[0] in (Do.CALL, Do.DECORATE) and id(event[1]) not in connections)
    ]
    telling = [event for event in later if event[0] is Do.SUSPEND or not _is_idle(origins, event[1], maker)]
    decorates: Event = (Do.DECORATE, call)
    connected = decorates if flow.happens(decorates) else (Do.CALL, call)
    return bool(telling) and flow.path(connected, telling) is not None


def _is_idle(origins: Origins, call: ast.AST, maker: Scope) -> bool:
    """Return whether a call sends nothing: it tells the log, connects something else, or goes on with the set-up."""
    func = call.func if isinstance(call, ast.Call) else call
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if origins.names.dotted(func) in lifetimes.SIGNAL_MAKERS:
        return True
    above = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call)
    if above and origins.names.dotted(func.value.func) == "builtins.super":  # type: ignore[attr-defined]
        return last == maker.name
    return last in _TALK or last in _CONNECTS
