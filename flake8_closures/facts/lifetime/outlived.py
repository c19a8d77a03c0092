"""Which closures and lazy iterators outlive the `with` block whose resource they use?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import Carry, Fate, Use, Uses
from flake8_closures.facts.evidence import YIELDED
from flake8_closures.facts.flow import Do, Event, Graph, Graphs
from flake8_closures.facts.knowledge import Knowledge
from flake8_closures.facts.lifetime import resources
from flake8_closures.facts.lifetime.resources import Resource
from flake8_closures.facts.likelihood import KNOWN
from flake8_closures.facts.positions import line_of, stands_in
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.model import BindingKind, Closure, Reference, Scope

Follow = Callable[[Scope, ast.AST, Carry], tuple[Use, ...]]
_ITERATOR, _EXPRESSION = "lazy iterator", "generator expression"
_USED = {ast.Lambda: "lambda", ast.GeneratorExp: _EXPRESSION}


@dataclass(frozen=True, slots=True, eq=False)
class Outlived:
    """A use, after the end of a `with` block, of something that uses the block's resource.

    `lazy` is the closure or the lazy iterator, `kind` says which in words, and `read` is the place in it that names the
    resource.
    """

    resource: Resource
    lazy: ast.AST
    kind: str
    read: ast.AST
    use: Use

    @property
    def is_drawn_from(self) -> bool:
        """Whether it yields items, so that they can be drawn inside the block."""
        return self.kind in (_ITERATOR, _EXPRESSION)


def find(
    semantics: SemanticModel, uses: Uses, follow: Follow, graph: Graphs, knowledge: Knowledge
) -> Iterator[Outlived]:
    """Yield the closures and lazy iterators that are used after the block, one finding for each and resource."""
    for resource in resources.find(semantics):
        variable = semantics.names.variable(resource.binding.node)
        if variable is None:
            continue
        judge = _Judge(semantics, resource, unit(variable.scope), graph)
        seen: set[ast.AST] = set()
        for reference in variable.references:
            if not any(stands_in(reference.node, part) for part in resource.statement.body):
                continue
            drawer = _of_closure(judge, reference, uses) or _of_iterator(judge, reference, follow, knowledge)
            if drawer is None or drawer.lazy in seen:
                continue
            seen.add(drawer.lazy)
            late = judge.first(drawer.made, drawer.uses)
            if late is not None:
                yield Outlived(resource, drawer.lazy, drawer.kind, drawer.read, late)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawer:
    """What uses a resource later: where it names the resource, the event that makes it, and its own uses."""

    lazy: ast.AST
    kind: str
    read: ast.AST
    made: Event
    uses: Sequence[Use]


def _of_closure(judge: _Judge, reference: Reference, uses: Uses) -> _Drawer | None:
    """Return the closure that reads a resource in a way that fails later, or has it as a default."""
    closure, reads = _closure_around(judge.semantics, reference.scope, judge.home), [reference.node]
    if closure is None:
        closure, reads = _bound_by(judge.semantics, reference.node)
    read = next((read for read in reads if resources.fails(judge.semantics, judge.resource, read)), None)
    if closure is None or read is None:
        return None
    kind = _USED.get(type(closure.node), "function")
    return _Drawer(closure.node, kind, read, (Do.MAKE, closure.carrier), uses(closure))


def _of_iterator(judge: _Judge, reference: Reference, follow: Follow, knowledge: Knowledge) -> _Drawer | None:
    """Return the lazy iterator, the bound method or the partial that the function itself makes of a resource."""
    read = reference.node
    if _closure_around(judge.semantics, reference.scope, judge.home) is not None:
        return None
    lazy = resources.lazy(judge.semantics, judge.resource, read, knowledge)
    if lazy is None:
        return None
    if isinstance(lazy, ast.Attribute):
        return _Drawer(lazy, "bound method", read, (Do.READ, read), follow(judge.home, lazy, Carry.ITSELF))
    if isinstance(lazy, ast.Call) and judge.semantics.names.dotted(lazy.func) == resources.PARTIAL:
        return _Drawer(lazy, "partial", read, (Do.CALL, lazy), follow(judge.home, lazy, Carry.ITSELF))
    is_expression = isinstance(lazy, ast.GeneratorExp)
    made: Event = (Do.MAKE if is_expression else Do.CALL, lazy)
    kind = _EXPRESSION if is_expression else _ITERATOR
    return _Drawer(lazy, kind, read, made, follow(judge.home, lazy, Carry.LAZY))


class _Judge:
    """Decides for one resource whether something that uses it is used too late."""

    def __init__(self, semantics: SemanticModel, resource: Resource, home: Scope, graph: Graphs) -> None:
        self.semantics, self.resource, self.home = semantics, resource, home
        self._graph = graph
        self.left: Event = (Do.LEAVE_WITH, resource.statement)
        self._calls: list[Event] | None = None

    @property
    def graph(self) -> Graph:
        """The control flow around the block. Most blocks have nothing lazy in them and need none."""
        return self._graph(self.home.node)

    def first(self, made: Event, uses: Sequence[Use]) -> Use | None:
        """Return the first use that comes, or may come, after the resource is closed."""
        if not self.graph.happens(made):
            return None
        late = [use for use in uses if self._is_late(made, use)]
        return min(late, key=lambda use: (-use.likelihood, line_of(use.node)), default=None)

    def _is_late(self, made: Event, use: Use) -> bool:
        is_yielded = use.fate is Fate.RETURNED and use.event[0] is not Do.RETURN
        least = YIELDED if is_yielded else KNOWN
        if use.fate is Fate.UNKNOWN or use.likelihood < least or self.semantics.expects_failure(use.node):
            return False
        if use.fate is Fate.RETURNED or not use.lasting:
            return self._overtaken(made, use) and not self._is_reopened(use)
        return not use.until and self._is_left_alone(use) and (use.fate is Fate.DEFERRED or self._is_read_later(use))

    def _overtaken(self, made: Event, use: Use) -> bool:
        # Who is given something by a `yield` may draw from it before the block goes on.
        course = replace(use.course(made), lasting=use.lasting and use.event[0] is not Do.SUSPEND)
        return course.overtaken(self.graph, [self.left]) is not None

    def _is_reopened(self, use: Use) -> bool:
        """Return whether the name certainly stands for something else by then: a file that was opened later."""
        variable = self.semantics.names.variable(self.resource.binding.node)
        others = (
            [(Do.BIND, each.node) for each in variable.bindings if each is not self.resource.binding]
            if variable
            else []
        )
        if not others or use.lasting:
            return False
        return self.graph.path(self.left, [use.event], others) is None

    def _is_left_alone(self, use: Use) -> bool:
        """Return whether nothing that could run it in time is called between the use and the end of the block."""
        if self._calls is None:
            self._calls = [event for event in self.graph.events() if event[0] in (Do.CALL, Do.DECORATE, Do.SUSPEND)]
        calls = [event for event in self._calls if event != use.event]
        ends = self.graph.path(use.event, [self.left]) is not None
        return ends and self.graph.path(use.event, calls, [self.left]) is None

    def _is_read_later(self, use: Use) -> bool:
        """Return whether the attribute of `self` that a use stores may be read later, by others or another method."""
        target = use.node
        if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
            return False
        owner = self.semantics.callees.class_of_self(target.value)
        others = self.semantics.attributes(owner).get(target.attr, ()) if owner else ()
        if sum(isinstance(each.ctx, ast.Store) for each in others) != 1:
            return False
        reads = [each for each in others if isinstance(each.ctx, ast.Load)]
        is_public = not target.attr.startswith("_")
        return is_public or any(self.semantics.names.scope(each.value) is not self.home for each in reads)


def _bound_by(semantics: SemanticModel, default: ast.AST) -> tuple[Closure | None, list[ast.Name]]:
    """Return the function that binds a variable by a default, `lambda file=file: ...`, and where it reads that."""
    arguments = semantics.parent(default)
    function = semantics.parent(arguments) if isinstance(arguments, ast.arguments) else None
    closure = semantics.closure(function) if function is not None else None
    parameter = closure.scope.variables.get(getattr(default, "id", "")) if closure else None
    if parameter is None or all(binding.kind is not BindingKind.PARAMETER for binding in parameter.bindings):
        return None, []
    return closure, [reference.node for reference in parameter.references]


def _closure_around(semantics: SemanticModel, scope: Scope | None, home: Scope) -> Closure | None:
    """Return the closure of the current function that a block belongs to."""
    while scope is not None and scope is not home:
        closure = semantics.closure(scope.node)
        if closure is not None and closure.scope is scope and closure.maker is home:
            return closure
        scope = scope.parent
    return None
