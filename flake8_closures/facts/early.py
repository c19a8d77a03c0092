"""Which closures run while a variable that they read has no value: too early, or after it has lost its value?

A closure may be made before its variable is bound, or in an `except` block whose variable ends with the block. What
counts is the moment at which it runs: every certain use of the closure is such a moment.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.certain import Certain
from flake8_closures.facts.escape import Carry, ClosureFacts, Fate, Use, Uses, Way
from flake8_closures.facts.flow import Do, Event, Graph, Graphs
from flake8_closures.facts.guards import expected
from flake8_closures.facts.likelihood import KNOWN
from flake8_closures.facts.positions import Position, position, stands_in
from flake8_closures.model import Binding, BindingKind, Capture, Closure, Reference, ScopeKind, Variable
from flake8_closures.tree import Parents, decorators_of

_SILENT = (BindingKind.ANNOTATION, BindingKind.PARAMETER, BindingKind.TYPE_PARAMETER)
_UNBINDING = (BindingKind.DELETE, BindingKind.EXCEPT)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BEYOND: Position = 1 << 60, 0
"""After everything in a file."""


@dataclass(frozen=True, slots=True, eq=False)
class EarlyCapture:
    """A captured variable that certainly has no value when its closure runs.

    `ended` is the `del` or the `except` clause that took the value away, None if the value comes later than the use.
    """

    closure: Closure
    capture: Capture
    read: Reference
    use: Use
    ended: Binding | None


def find(
    closures: Sequence[Closure], known: ClosureFacts, certain: Certain, parents: Parents
) -> Iterator[EarlyCapture]:
    """Yield the captured variables that certainly have no value at a use of their closure, with the first such use."""
    first: dict[Variable, Position | None] = {}
    for closure in closures:
        for variable in _suspects(closure, first):
            capture = next((each for each in known.captures(closure) if each.variable is variable), None)
            found = _early(closure, capture, known, certain, parents) if capture and capture.references else None
            if found is not None:
                yield found


def _suspects(closure: Closure, first: dict[Variable, Position | None]) -> Iterator[Variable]:
    """Yield the variables of its maker that a closure reads, and that may have no value yet when it runs.

    `first` keeps where each variable is bound first.
    """
    maker = closure.maker
    # What objects of a module do is not followed.
    if closure.node is not closure.carrier and maker.kind is ScopeKind.MODULE:
        return
    runs_behind = _runs_behind(closure)
    if runs_behind is None:
        return
    for name, owner in closure.scope.owners.items():
        if owner is None or owner.scope is not maker or name not in closure.scope.reads:
            continue
        if owner not in first:
            first[owner] = _first(owner)
        begin = first[owner]
        # A value that comes before the closure, and stays, is there when the closure runs.
        if begin is not None and begin >= runs_behind:
            yield owner


def _first(variable: Variable) -> Position | None:
    """Return where a variable is bound first: after the end of the file if it can lose its value again.

    None if that is unclear: other functions bind it, or it has a value from the start, or may be a builtin.
    """
    home, bindings = variable.scope, variable.bindings
    if home.kind is ScopeKind.MODULE and ("*" in home.writes or hasattr(builtins, variable.name)):
        return None
    if any(binding.kind in _SILENT or unit(binding.scope) is not home for binding in bindings):
        return None
    if any(binding.kind in _UNBINDING for binding in bindings):
        return _BEYOND
    return min((position(binding.node) for binding in bindings), default=None)


def _runs_behind(closure: Closure) -> Position | None:
    """Return the place behind which a closure may run: where it is made. None if it is not seen to run.

    A `def` or a method runs once it, or its class, has its name. What decorators alone are given runs at the end of the
    file, those of the file aside. In a module nobody looks for what others call: that would fail at once.
    """
    carrier, maker = closure.carrier, closure.maker
    line, column = position(carrier)
    if not isinstance(carrier, _NAMED):
        return line, column
    variable = maker.owners.get(carrier.name)
    for block in variable.mentions if variable else ():
        if carrier.name in block.reads and (unit(block) is maker or maker.kind is not ScopeKind.MODULE):
            return line, column + 1
    decorators = decorators_of(carrier)
    known = [maker.owners.get(each.id) for each in decorators if isinstance(each, ast.Name)]
    if any(owner is not None and owner.bindings[0].kind is BindingKind.DEF for owner in known):
        return line, column
    return _BEYOND if decorators else None


def _moments(closure: Closure, uses: Uses, certain: Certain, flow: Graph) -> list[Use]:
    """Return the uses of a closure, those of a method by objects made in plain sight."""
    if closure.node is closure.carrier:
        return sorted(uses(closure), key=lambda use: position(use.node))
    name = closure.scope.name
    calls = (each for each in flow.calls() if name in ("__init__", getattr(each.func, "attr", "")))
    return [Use(Fate.CALLED, (Do.CALL, call), call, "called") for call in calls if certain.runs(call, closure.scope)]


def _early(
    closure: Closure, capture: Capture, known: ClosureFacts, certain: Certain, parents: Parents
) -> EarlyCapture | None:
    """Return the first use of a closure at which a captured variable certainly has no value; None if there is none."""
    read = _sure_read(closure, capture, known.graph)
    if read is None or expected(read.node, closure.node, (), parents):
        return None
    maker, bindings = closure.maker, capture.variable.bindings
    flow = known.graph(maker.node)
    life = _Life(closure, capture.variable, flow)
    at_once = _is_suspended(closure) and _is_read_at_once(read, known.graph(closure.node))
    ordered = _moments(closure, known.uses, certain, flow)
    for use in ordered:
        if (
            not _is_sure(use, closure, at_once and use is ordered[0], certain)
            or not life.comes_to(use)
            or life.may_have_value(use)
        ):
            continue
        ended = life.ended(use)
        # What has lost its value fails whenever it is called; what has none yet may be called later.
        if ended is None and (use.lasting or not life.has_none_yet() or not _is_meant(use, closure, certain)):
            continue
        if use.lasting or not expected(use.node, maker.node, bindings, parents):
            return EarlyCapture(closure, capture, read, use, ended)
    return None


class _Life:
    """How a variable gets and loses its value around the making of a closure."""

    def __init__(self, closure: Closure, variable: Variable, flow: Graph) -> None:
        bindings = variable.bindings
        self.closure, self.flow = closure, flow
        self.made: Event = (Do.MAKE, closure.node)
        self.binds = {(Do.BIND, each.node): each for each in bindings if each.kind is not BindingKind.DELETE}
        self.unbinds = {(Do.UNBIND, each.node): each for each in bindings if each.kind in _UNBINDING}

    def comes_to(self, use: Use) -> bool:
        """Return whether a path leads from the making of the closure to a use."""
        return self.flow.path(self.made, [use.event]) is not None

    def may_have_value(self, use: Use) -> bool:
        """Return whether the variable may have a value when a use happens, or may get one after a lasting use."""
        if use.lasting and (not self.unbinds or self._may_bind(use.event)):
            return True
        if not self._may_bind(self.made):
            return False
        bound = self.flow.reached(self.made, self.binds, [use.event])
        return any(self.flow.path(event, [use.event], self.unbinds) for event in bound)

    def ended(self, use: Use) -> Binding | None:
        """Return what certainly takes the value away before a use, or after a lasting one; None if nothing does."""
        if self.unbinds and self.flow.path(self.made, [use.event], self.unbinds) is None:
            return self._met(self.made)
        if use.lasting and self.flow.path(use.event, [self.flow.exit], self.unbinds) is None:
            ended = self._met(use.event)
            return None if ended and ended.kind is BindingKind.DELETE and self._may_run_before(use) else ended
        return None

    def _may_run_before(self, use: Use) -> bool:
        """Return whether something is called before the value is gone that may run what is kept: an event loop."""
        return self.flow.path(use.event, [(Do.CALL, call) for call in self.flow.calls()], self.unbinds) is not None

    def has_none_yet(self) -> bool:
        """Return whether the variable certainly has no value when the closure is made."""
        if not self.closure.loops and all(position(self.closure.node) < position(node) for _, node in self.binds):
            return True
        last, never = self.flow.last_before(self.made, [*self.binds, *self.unbinds])
        return all(do is Do.UNBIND for do, _ in last) and bool(last or never)

    def _met(self, start: Event) -> Binding | None:
        met = self.flow.path(start, self.unbinds)
        return self.unbinds[met] if met else None

    def _may_bind(self, start: Event) -> bool:
        """Return whether the variable may get a value after an event. Without loops, later is further down."""
        if not self.closure.maker.loops and all(position(node) < position(start[1]) for _, node in self.binds):
            return False
        return self.flow.path(start, self.binds) is not None


def _is_sure(use: Use, closure: Closure, begins: bool, certain: Certain) -> bool:
    """Return whether a use is what it seems: a call in plain sight, not one that a callee is believed to make.

    `begins`: a generator or coroutine runs up to its read. Nobody knows whether it goes on behind a `yield` or `await`,
    what has happened by then, and when a decorated one runs.
    """
    if use.likelihood < KNOWN or use.inner:
        return False
    suspended = _is_suspended(closure)
    if suspended and getattr(closure.node, "decorator_list", None):
        return False
    if use.lasting:
        return use.fate is not Fate.UNKNOWN
    callee = getattr(use.node, "func", None)
    # `sum(x for ...)`: the builtins that draw from an iterator, or call a key, do it at once.
    at_once = isinstance(callee, ast.Name) and hasattr(builtins, callee.id)
    if suspended or isinstance(closure.node, ast.GeneratorExp):
        return (use.fate is Fate.CONSUMED or at_once) and (begins or not suspended)
    if at_once and use.fate in (Fate.CALLED, Fate.CONSUMED):
        return _is_given(closure, use.node)
    if isinstance(use.node, ast.Name) and use.node.id == getattr(closure.node, "name", ""):
        return use.event[0] is Do.DECORATE
    # A call of a class calls none of the functions that its attributes keep.
    called = use.way is Way.CALL and use.carry is not Carry.CLASS
    return (called and isinstance(use.node, ast.Call)) or certain.runs(use.node, closure.scope)


def _is_meant(use: Use, closure: Closure, certain: Certain) -> bool:
    """Return whether a call can mean no other function: not one of several in a container."""
    if use.way is not Way.CALL or not isinstance(use.node, ast.Call) or _is_suspended(closure):
        return True
    return certain.takes_each(use.node.func) or certain.runs(use.node, closure.scope)


def _is_given(closure: Closure, call: ast.AST) -> bool:
    """Return whether a closure, or a name for it, is among the arguments of a call, not of a function made there."""
    maker, node = closure.maker, closure.node
    names = (each for each in maker.variables.values() if any(node in (it.node, it.value) for it in each.bindings))
    reads = (
        read for each in names for block in each.mentions if unit(block) is maker for read in block.reads[each.name]
    )
    return stands_in(node, call) or any(stands_in(read, call) for read in reads)


def _is_suspended(closure: Closure) -> bool:
    """Return whether a function runs only when it is drawn from or awaited."""
    return closure.scope.is_generator or isinstance(closure.node, ast.AsyncFunctionDef)


def _sure_read(closure: Closure, capture: Capture, graph: Graphs) -> Reference | None:
    """Return the first read of a variable by a closure itself, if every path through the closure has one."""
    references = [reference for reference in capture.references if unit(reference.scope) is closure.scope]
    if not references or isinstance(closure.node, ast.GeneratorExp):
        return references[0] if references else None
    flow = graph(closure.node)
    reads: dict[Event, Reference] = {(Do.READ, reference.node): reference for reference in references}
    changes = [(Do.BIND, binding.node) for binding in capture.variable.bindings]
    if flow.path(None, [flow.exit, *changes], reads) is not None:
        return None
    met = flow.path(None, reads)
    return reads[met] if met else None


def _is_read_at_once(read: Reference, flow: Graph) -> bool:
    stops = [event for event in flow.events() if event[0] is Do.SUSPEND]
    return flow.path(None, stops, [(Do.READ, read.node)]) is None
