"""Where is a receiver connected to a signal that holds it weakly?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from flake8_closures.facts.callees import is_spread
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.semantics import SemanticModel, argument
from flake8_closures.model import Confidence

_FRAMEWORKS = frozenset(
    name.partition(".")[0]
    for names in (
        *(lifetimes.WEAK_SIGNALS, lifetimes.SIGNAL_MAKERS, lifetimes.NAMESPACES, lifetimes.WEAK_DISPATCHERS),
        *(lifetimes.ALWAYS_WEAK, lifetimes.RECEIVER_DECORATORS, lifetimes.SIGNALS_OF_ARGUMENTS),
    )
    for name in names
)
"""The packages whose signals are known."""
_KNOWN = frozenset(name for names in lifetimes.WEAK_SIGNALS.values() for name in names.split())
_OF_ARGUMENTS = tuple(f"{module}." for module in lifetimes.SIGNALS_OF_ARGUMENTS)
_BY_KEYWORD = 99
"""The position of an argument that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A place where a receiver is passed to something that holds it weakly.

    `place` is the call, the decorator, or the item of a container that is stored to; `signal` is what holds it.
    `is_explicit`: the program says how it is to be held; `can_be_held`: it could say so. A call that is not `is_plain`
    may return the receiver, so that who takes the result keeps it, and holds a method as long as its object lives.
    """

    place: ast.AST
    receiver: ast.expr | ast.FunctionDef | ast.AsyncFunctionDef
    signal: ast.expr
    is_explicit: bool = False
    confidence: Confidence = Confidence.CERTAIN
    can_be_held: bool = True
    is_plain: bool = False
    origin: ast.AST | None = None
    """Where a function of the file connects it, if `place` is a call of that function."""


def of_signals(semantics: SemanticModel, extra: Sequence[str]) -> Iterator[Connection]:
    """Yield every connection to a signal. `extra` are further signals: full names, `package.*`, or last parts."""
    wanted = partial(_may_connect, extra)
    for node, dotted in semantics.mentions(*semantics.packages, wanted=wanted):
        around, call = semantics.parent(node), semantics.call_of(node)
        if call is not None:
            yield from _by_call(semantics, call, dotted)
        if dotted in lifetimes.RECEIVER_DECORATORS:
            yield from _by_decorator(semantics, node)
        elif dotted.startswith(_OF_ARGUMENTS):
            given = around if isinstance(around, ast.Call) else semantics.parent(around) if around else None
            if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "connect":
                yield from _given(given, given.func.value, _BY_KEYWORD)
        elif isinstance(node, ast.Attribute) and node.attr == "connect":
            confidence = _is_signal(semantics, dotted.rpartition(".")[0], extra)
            if confidence is not None:
                yield from _connected(semantics, node.value, confidence)
    yield from _of_namespaces(semantics)


def _by_call(semantics: SemanticModel, call: ast.Call, callee: str) -> Iterator[Connection]:
    """Yield what is connected by a call of a known function, or to the signal that it makes."""
    if callee in lifetimes.SIGNAL_MAKERS:
        for place in semantics.objects(call, lambda value: _makes(semantics, value, lifetimes.SIGNAL_MAKERS)):
            yield from _connected(semantics, place, Confidence.CERTAIN)
    elif callee in lifetimes.WEAK_DISPATCHERS:
        yield from _given(call, call.func, lifetimes.WEAK_DISPATCHERS[callee])
    elif callee in lifetimes.ALWAYS_WEAK:
        listener = argument(call, 0, "listener")
        if listener is not None:
            yield Connection(call, listener, call.func, can_be_held=False)


def _of_namespaces(semantics: SemanticModel) -> Iterator[Connection]:
    """Yield the connections to the signals that are made by a namespace of blinker."""
    for made, dotted in semantics.calls("blinker"):
        if dotted not in lifetimes.NAMESPACES:
            continue
        for space in semantics.objects(made, lambda value: _makes(semantics, value, lifetimes.NAMESPACES)):
            method = semantics.parent(space)
            signal = (
                semantics.call_of(method) if isinstance(method, ast.Attribute) and method.attr == "signal" else None
            )
            if signal is not None:
                for place in semantics.objects(signal, lambda value: isinstance(value, ast.Call)):
                    yield from _connected(semantics, place, Confidence.CERTAIN)


def _connected(semantics: SemanticModel, signal: ast.expr, confidence: Confidence) -> Iterator[Connection]:
    """Yield the connections that are made by `signal.connect(receiver)`, or by that as a decorator."""
    method = semantics.parent(signal)
    if not isinstance(method, ast.Attribute) or method.attr != "connect":
        return
    around = semantics.parent(method)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and method in around.decorator_list:
        yield Connection(method, around, signal, False, confidence)
    elif isinstance(around, ast.Call) and around.func is method:
        below = semantics.parent(around)
        if isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef) and around in below.decorator_list:
            yield Connection(around, below, signal, _says(around, _BY_KEYWORD), confidence)
        else:
            yield from _given(around, signal, 2, confidence)


def _given(
    call: ast.Call, signal: ast.expr, weak: int, confidence: Confidence = Confidence.CERTAIN
) -> Iterator[Connection]:
    """Yield the connection of a call's first argument; `weak` is the position of the one that says how it is held."""
    receiver = argument(call, 0, "receiver")
    if receiver is not None:
        yield Connection(call, receiver, signal, _says(call, weak), confidence)


def _by_decorator(semantics: SemanticModel, node: ast.expr) -> Iterator[Connection]:
    call = semantics.parent(node)
    below = semantics.parent(call) if isinstance(call, ast.Call) else None
    if isinstance(call, ast.Call) and isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef):
        signal = argument(call, 0, "signal")
        if signal is not None and call in below.decorator_list:
            yield Connection(call, below, signal, _says(call, _BY_KEYWORD))


def _says(call: ast.Call, weak: int) -> bool:
    """Return whether a connection says how it holds the receiver; celery's `retry` implies a strong reference."""
    words = {keyword.arg for keyword in call.keywords}
    return is_spread(call) or bool(words & {"weak", "retry"}) or argument(call, weak) is not None


def _may_connect(extra: Sequence[str], full: str) -> bool:
    """Return whether an import may be a signal, or something that makes or connects one."""
    if any(_fits(pattern, full) or pattern.startswith(f"{full}.") for pattern in extra):
        return True
    if "." not in full:
        return full in _FRAMEWORKS
    return "ignal" in full or "dispatch" in full or "pubsub" in full or full.rpartition(".")[2] in _KNOWN


def _is_signal(semantics: SemanticModel, dotted: str, extra: Sequence[str]) -> Confidence | None:
    """Return how surely a full name is that of a signal that holds receivers weakly; None if it is not."""
    module, _, name = dotted.rpartition(".")
    if any(_fits(pattern, dotted) for pattern in extra):
        return Confidence.CERTAIN
    known = lifetimes.WEAK_SIGNALS.get(module, "").split()
    if name in known or "*" in known:
        return Confidence.CERTAIN
    named_so = module.rpartition(".")[2] == "signals"
    if named_so and any(map(semantics.imports, lifetimes.FRAMEWORKS_OF_WEAK_SIGNALS)):
        return Confidence.LIKELY
    return None


def _fits(pattern: str, dotted: str) -> bool:
    if pattern.endswith(".*"):
        return dotted.startswith(pattern[:-1])
    return dotted == pattern or dotted.rpartition(".")[2] == pattern


def _makes(semantics: SemanticModel, value: ast.expr, makers: Collection[str]) -> bool:
    return isinstance(value, ast.Call) and semantics.names.dotted(value.func) in makers
