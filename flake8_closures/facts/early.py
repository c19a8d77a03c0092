"""Which closures run while a variable that they read has no value: too early, or after it has lost its value?

A closure may be made before its variable is bound, or in an `except` block whose variable ends with the block. What
counts is the moment at which it runs. Every use of the closure that is surely seen is such a moment.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import Captures
from flake8_closures.facts.escape import Carry, Fate, Use, Uses, Way
from flake8_closures.facts.flow import Do, Event, Graph, Graphs
from flake8_closures.facts.guards import expected
from flake8_closures.facts.likelihood import KNOWN
from flake8_closures.facts.positions import position
from flake8_closures.model import Binding, BindingKind, Capture, Closure, Reference, Scope, ScopeKind, Variable
from flake8_closures.source import Parents

_SILENT = (BindingKind.ANNOTATION, BindingKind.PARAMETER, BindingKind.TYPE_PARAMETER)
_UNBINDING = (BindingKind.DELETE, BindingKind.EXCEPT)


@dataclass(frozen=True, slots=True, eq=False)
class EarlyCapture:
    """A captured variable that surely has no value when its closure runs.

    `ended` is the `del` or the `except` clause that took the value away, None where it comes later than the use.
    """

    closure: Closure
    capture: Capture
    read: Reference
    use: Use
    ended: Binding | None


def find(
    closures: Sequence[Closure],
    captures: Captures,
    graph: Graphs,
    uses: Uses,
    parents: Callable[[], Parents],
) -> Iterator[EarlyCapture]:
    """Yield the captured variables that surely have no value at a use of their closure, with the first such use."""
    first: dict[Variable, tuple[int, int] | None] = {}
    for closure in closures:
        if closure.node is not closure.carrier:
            continue
        maker = closure.maker
        for name, owner in closure.scope.owners.items():
            if owner is None or owner.scope is not maker or name not in closure.scope.reads:
                continue
            if owner not in first:
                first[owner] = _first(owner)
            begin = first[owner]
            # A value that comes before the closure, and stays, is there when the closure runs.
            if begin is None or begin < position(closure.node) or not _is_mentioned(closure):
                continue
            capture = next((each for each in captures(closure) if each.variable is owner), None)
            found = _early(closure, capture, graph, uses, parents) if capture and capture.references else None
            if found is not None:
                yield found


def _first(variable: Variable) -> tuple[int, int] | None:
    """Return where a variable is bound first: beyond the end of the file if it can be lost again, None if unclear."""
    bindings = variable.bindings
    if any(binding.kind in _UNBINDING for binding in bindings):
        return 1 << 60, 0
    if any(binding.kind in _SILENT or unit(binding.scope) is not variable.scope for binding in bindings):
        return None
    return min((position(binding.node) for binding in bindings), default=None)


def _is_mentioned(closure: Closure) -> bool:
    """Return whether the block that makes a closure does anything with it: for a `def`, whether it reads its name."""
    if not isinstance(closure.node, (ast.FunctionDef, ast.AsyncFunctionDef)) or closure.node.decorator_list:
        return True
    variable = closure.maker.owners.get(closure.node.name)
    return variable is not None and any(
        unit(block) is closure.maker and variable.name in block.reads for block in variable.mentions
    )


def _early(
    closure: Closure,
    capture: Capture,
    graph: Graphs,
    uses: Uses,
    parents: Callable[[], Parents],
) -> EarlyCapture | None:
    variable, maker = capture.variable, closure.maker
    if maker.kind is ScopeKind.MODULE and ("*" in maker.writes or hasattr(builtins, variable.name)):
        return None
    bindings = variable.bindings
    if any(binding.kind is BindingKind.PARAMETER or unit(binding.scope) is not maker for binding in bindings):
        return None
    own = [reference for reference in capture.references if unit(reference.scope) is closure.scope]
    read = _sure_read(closure, own, graph)
    if read is None or expected(read.node, closure.node, (), parents()):
        return None
    flow = graph(maker.node)
    made = (Do.MAKE, closure.node)
    binds: dict[Event, Binding] = {(Do.BIND, b.node): b for b in bindings if b.kind is not BindingKind.DELETE}
    unbinds: dict[Event, Binding] = {(Do.UNBIND, b.node): b for b in bindings if b.kind in _UNBINDING}
    for use in sorted(uses(closure), key=lambda use: position(use.node)):
        if not _is_sure(use, closure) or flow.path(made, [use.event]) is None:
            continue
        if _may_bind(flow, made, binds, maker):
            bound = flow.reached(made, binds, [use.event])
            if any(flow.path(event, [use.event], unbinds) for event in bound):
                continue
        met = flow.path(made, unbinds) if unbinds and flow.path(made, [use.event], unbinds) is None else None
        ended = unbinds[met] if met else None
        if use.lasting:
            if not unbinds or _may_bind(flow, use.event, binds, maker):
                continue
            ended = ended or _ended(flow, use, unbinds)
            if ended is not None:
                return EarlyCapture(closure, capture, read, use, ended)
        elif ended is not None or _has_none(flow, made, binds, unbinds, closure):
            if expected(use.node, maker.node, bindings, parents()):
                continue
            return EarlyCapture(closure, capture, read, use, ended)
    return None


def _may_bind(flow: Graph, start: Event, binds: Mapping[Event, Binding], maker: Scope) -> bool:
    """Return whether the variable may get a value behind an event. Without loops, later is further down."""
    if not maker.loops and all(position(node) < position(start[1]) for _, node in binds):
        return False
    return flow.path(start, binds) is not None


def _has_none(
    flow: Graph, made: Event, binds: Mapping[Event, Binding], unbinds: Mapping[Event, Binding], closure: Closure
) -> bool:
    """Return whether the variable surely has no value when the closure is made."""
    if not closure.loops and all(position(made[1]) < position(node) for _, node in binds):
        return True
    last, never = flow.last_before(made, [*binds, *unbinds])
    return all(do is Do.UNBIND for do, _ in last) and bool(last or never)


def _ended(flow: Graph, use: Use, unbinds: Mapping[Event, Binding]) -> Binding | None:
    """Return what surely takes the value away after a use that the closure outlives, None if nothing does."""
    if flow.path(use.event, [flow.exit], unbinds) is not None:
        return None
    met = flow.path(use.event, unbinds)
    return unbinds[met] if met else None


def _is_sure(use: Use, closure: Closure) -> bool:
    """Return whether a use is what it seems: a call in plain sight, not one that a callee is believed to make.

    Nobody knows when a decorated generator or coroutine runs.
    """
    if use.likelihood < KNOWN or use.inner:
        return False
    suspended = closure.scope.is_generator or isinstance(closure.node, ast.AsyncFunctionDef)
    if suspended and getattr(closure.node, "decorator_list", None):
        return False
    if use.lasting:
        return use.fate is not Fate.UNKNOWN
    if isinstance(closure.node, ast.GeneratorExp):
        # `sum(x for ...)`: the builtins that draw from an iterator do it at once.
        callee = getattr(use.node, "func", None)
        return use.fate is Fate.CONSUMED or (isinstance(callee, ast.Name) and hasattr(builtins, callee.id))
    if isinstance(use.node, ast.Name):
        return use.node.id == getattr(closure.node, "name", "") and use.event[0] is Do.DECORATE
    # Whoever calls a class calls none of the functions that its attributes keep.
    return isinstance(use.node, ast.Call) and use.way is Way.CALL and use.carry is not Carry.CLASS


def _sure_read(closure: Closure, references: Sequence[Reference], graph: Graphs) -> Reference | None:
    """Return the first read of a variable, if no way through the closure leads past all of them."""
    if not references or isinstance(closure.node, ast.GeneratorExp):
        return references[0] if references else None
    flow = graph(closure.node)
    reads = {(Do.READ, reference.node): reference for reference in references}
    changes = [(Do.BIND, binding.node) for binding in references[0].variable.bindings] if references[0].variable else []
    if flow.path(None, [flow.exit, *changes], reads) is not None:
        return None
    met = flow.path(None, reads)
    return reads[met] if met else None
