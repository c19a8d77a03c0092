"""Which closures and lazy iterators outlive the `with` block whose resource they draw from?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.callees import Later, runs_later
from flake8_closures.facts.escape import Carry, Fate, Use, Uses
from flake8_closures.facts.flow import Do, Event, Graph, Graphs
from flake8_closures.facts.knowledge import Effect, Knowledge, lifetimes
from flake8_closures.facts.lifetime.origins import Origins
from flake8_closures.facts.likelihood import KNOWN
from flake8_closures.facts.positions import stands_in
from flake8_closures.model import Binding, BindingKind, Closure, Confidence, Scope

Follow = Callable[[Scope, ast.AST, Carry], tuple[Use, ...]]
_KINDS = {name: kind for names, kind in lifetimes.RESOURCES.items() for name in names.split()}
_USED = {
    ast.Lambda: "lambda",
    ast.GeneratorExp: "generator expression",
    ast.Call: "lazy iterator",
    ast.Attribute: "bound method",
}
_DRAWING = {f"builtins.{name}" for name in "iter next list tuple set sum max min sorted any all map filter zip".split()}


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """What a `with` statement gives a name to, and closes, or removes, at its end. `kind` is a key of `FAILING`."""

    binding: Binding
    statement: ast.With | ast.AsyncWith
    kind: str
    confidence: Confidence

    @property
    def is_folder(self) -> bool:
        """Whether it is the path of a folder, which is removed."""
        return self.kind == lifetimes.FOLDER


@dataclass(frozen=True, slots=True, eq=False)
class Outlived:
    """A use, behind the end of a `with` block, of what draws from the block's resource.

    `lazy` is the closure or the lazy iterator, `read` the place in it that names the resource.
    """

    resource: Resource
    lazy: ast.AST
    read: ast.AST
    use: Use

    @property
    def kind(self) -> str:
        """What is used after the block, in words."""
        return _USED.get(type(self.lazy), "function")

    @property
    def is_drawn_from(self) -> bool:
        """Whether it gives items, so that they can be drawn inside the block."""
        return isinstance(self.lazy, ast.GeneratorExp | ast.Call)


def find(
    origins: Origins,
    uses: Uses,
    follow: Follow,
    graph: Graphs,
    knowledge: Knowledge,
) -> Iterator[Outlived]:
    """Yield the closures and lazy iterators that are used after the block, one finding for each and resource."""
    for resource in _resources(origins):
        variable = origins.names.variable(resource.binding.node)
        if variable is None:
            continue
        home = unit(variable.scope)
        judge = _Judge(origins, resource, home, graph)
        seen: set[ast.AST] = set()
        for reference in variable.references:
            if not any(stands_in(reference.node, part) for part in resource.statement.body):
                continue
            closure, reads = _closure_around(origins, reference.scope, home), [reference.node]
            if closure is None:
                closure, reads = _bound_by(origins, reference.node)
            if closure is not None:
                read = next(filter(judge.fails, reads), None)
                if closure.node in seen or read is None:
                    continue
                seen.add(closure.node)
                found = judge.first((Do.MAKE, closure.carrier), uses(closure))
                if found is not None:
                    yield Outlived(resource, closure.node, read, found)
                continue
            lazy = judge.lazy(reference.node, knowledge)
            if lazy is not None and lazy not in seen:
                seen.add(lazy)
                is_method = isinstance(lazy, ast.Attribute)
                event: Event = (Do.MAKE if isinstance(lazy, ast.GeneratorExp) else Do.CALL, lazy)
                if is_method:
                    event = (Do.READ, reference.node)
                found = judge.first(event, follow(home, lazy, Carry.ITSELF if is_method else Carry.LAZY))
                if found is not None:
                    yield Outlived(resource, lazy, reference.node, found)


def _resources(origins: Origins) -> Iterator[Resource]:
    for binding in origins.with_targets:
        statement = binding.statement
        if not isinstance(statement, ast.With | ast.AsyncWith):
            continue
        item = next((item for item in statement.items if item.optional_vars is binding.node), None)
        if item is None or not isinstance(item.context_expr, ast.Call):
            continue
        kind, confidence = _kind(origins, item.context_expr)
        if kind:
            yield Resource(binding, statement, kind, confidence)


def _kind(origins: Origins, opened: ast.Call) -> tuple[str, Confidence]:
    dotted = origins.names.dotted(opened.func)
    if dotted in _KINDS:
        return _KINDS[dotted], Confidence.CERTAIN
    if dotted in lifetimes.CLOSING:
        inner = opened.args[0] if opened.args else None
        if isinstance(inner, ast.Call):
            kind = lifetimes.CLOSED_BY.get(origins.names.dotted(inner.func), "")
            return (kind, Confidence.CERTAIN) if kind else _by_method(inner)
    return _by_method(opened) if not dotted else ("", Confidence.POSSIBLE)


def _by_method(opened: ast.Call) -> tuple[str, Confidence]:
    method = opened.func.attr if isinstance(opened.func, ast.Attribute) else ""
    return lifetimes.OPENERS.get(method, ""), Confidence.LIKELY


class _Judge:
    """Answers for one resource whether something that draws from it is used too late."""

    def __init__(self, origins: Origins, resource: Resource, home: Scope, graph: Graphs) -> None:
        self.origins, self.resource, self.home = origins, resource, home
        self._graph = graph
        self.left: Event = (Do.LEAVE_WITH, resource.statement)
        self._calls: list[Event] | None = None

    @property
    def graph(self) -> Graph:
        """The control flow around the block. Most blocks have nothing lazy in them, and need none."""
        return self._graph(self.home.node)

    def fails(self, read: ast.AST) -> bool:
        """Return whether what is done with the resource at a read is impossible once it is closed."""
        if self.resource.is_folder:
            return self._opens(read)
        failing = lifetimes.FAILING[self.resource.kind]
        around = self.origins.parent(read)
        if isinstance(around, ast.Attribute):
            return around.attr in failing and isinstance(around.ctx, ast.Load)
        if isinstance(around, ast.For | ast.AsyncFor | ast.comprehension):
            return "for" in failing and around.iter is read
        if isinstance(around, ast.Subscript):
            return "[]" in failing and around.value is read
        if isinstance(around, ast.YieldFrom | ast.Starred):
            return "for" in failing
        if isinstance(around, ast.Call) and around.func is not read:
            dotted = self.origins.names.dotted(around.func)
            return "call" in failing and (dotted in _DRAWING or not dotted.startswith("builtins."))
        return False

    def _opens(self, path: ast.AST) -> bool:
        """Return whether a path, or one that is made of it, is opened, listed or the like."""
        dotted, around = self.origins.names.dotted, self.origins.parent(path)
        while (
            isinstance(around, ast.BinOp | ast.JoinedStr | ast.FormattedValue)
            or (isinstance(around, ast.Call) and dotted(around.func) in lifetimes.MAKING_PATHS)
            or (isinstance(around, ast.Attribute) and around.attr == "joinpath")
        ):
            path, around = around, self.origins.parent(around)
        failing = lifetimes.FAILING[self.resource.kind]
        if isinstance(around, ast.Attribute):
            call = self.origins.parent(around)
            return around.attr in failing and isinstance(call, ast.Call) and call.func is around
        return isinstance(around, ast.Call) and path in around.args[:1] and dotted(around.func) in failing

    def lazy(self, read: ast.AST, knowledge: Knowledge) -> ast.AST | None:
        """Return the lazy iterator that is made of the resource at a read, or the bound method, if one is."""
        lazy = lifetimes.LAZY.get(self.resource.kind, frozenset())
        around = self.origins.parent(read)
        if isinstance(around, ast.Attribute):
            call = self.origins.parent(around)
            if not isinstance(call, ast.Call) or call.func is not around:
                return self._method(around, call, knowledge)
            return call if around.attr in lazy else None
        if "self" not in lazy:
            return None
        if isinstance(around, ast.comprehension):
            made = self.origins.parent(around)
            is_first = isinstance(made, ast.GeneratorExp) and made.generators[0] is around and around.iter is read
            return made if is_first else None
        if isinstance(around, ast.Call) and read in around.args:
            return around if self._hands_on(around, around.args.index(read), knowledge) else None
        return None

    def _method(self, method: ast.Attribute, around: ast.AST | None, knowledge: Knowledge) -> ast.AST | None:
        """Return what keeps a bound method that fails later: the method itself, or the iterator that will call it."""
        if method.attr not in lifetimes.FAILING[self.resource.kind]:
            return None
        if isinstance(around, ast.Call) and method in around.args:
            known = knowledge.callee(self.origins.names.dotted(around.func), around.args.index(method), function=True)
            return around if known is not None and known.effect is Effect.ITERATED else method
        return method

    def _hands_on(self, call: ast.Call, place: int, knowledge: Knowledge) -> bool:
        """Return whether a call only makes an iterator that will draw from its argument."""
        functions = self.origins.callees.functions(call.func)
        if functions:
            return all(runs_later(function) is Later.GENERATOR for function in functions)
        dotted = self.origins.names.dotted(call.func)
        known = knowledge.callee(dotted, place, function=False) if dotted else None
        return known is not None and known.effect is Effect.ITERATED

    def first(self, made: Event, uses: Sequence[Use]) -> Use | None:
        """Return the first use that comes, or may come, when the resource is closed."""
        if not self.graph.happens(made):
            return None
        late = [use for use in uses if self._is_late(made, use)]
        return min(late, key=lambda use: (-use.likelihood, getattr(use.node, "lineno", 0)), default=None)

    def _is_late(self, made: Event, use: Use) -> bool:
        if use.fate is Fate.UNKNOWN or use.likelihood < KNOWN or self.origins.expects_failure(use.node):
            return False
        if use.fate is Fate.RETURNED:
            return use.event[0] is Do.RETURN and self._overtaken(made, use) and not self._is_reopened(use)
        if not use.lasting:
            return self._overtaken(made, use) and not self._is_reopened(use)
        return not use.until and self._is_left_alone(use) and (use.fate is Fate.DEFERRED or self._is_read_later(use))

    def _overtaken(self, made: Event, use: Use) -> bool:
        met = self.graph.overtaken(
            made, use.route, use.event, [self.left], lasting=use.lasting, refills=use.refills, until=use.until
        )
        return met is not None

    def _is_reopened(self, use: Use) -> bool:
        """Return whether the name surely stands for something else by then: a file that was opened later."""
        variable = self.origins.names.variable(self.resource.binding.node)
        others = (
            [(Do.BIND, each.node) for each in variable.bindings if each is not self.resource.binding]
            if variable
            else []
        )
        if not others or use.lasting:
            return False
        return self.graph.path(self.left, [use.event], others) is None

    def _is_left_alone(self, use: Use) -> bool:
        """Return whether nothing is called between the use and the end of the block that could run it in time."""
        if self._calls is None:
            self._calls = [
                event
                for block in self.graph.blocks
                for event in block.events
                if event[0] in (Do.CALL, Do.DECORATE, Do.SUSPEND)
            ]
        calls = [event for event in self._calls if event != use.event]
        ends = self.graph.path(use.event, [self.left]) is not None
        return ends and self.graph.path(use.event, calls, [self.left]) is None

    def _is_read_later(self, use: Use) -> bool:
        """Return whether the attribute of `self` that a use stores may be read later: by others, or another method."""
        target = use.node
        if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
            return False
        owner = self.origins.callees.class_of_self(target.value)
        others = self.origins.attributes(owner).get(target.attr, ()) if owner else ()
        if sum(isinstance(each.ctx, ast.Store) for each in others) != 1:
            return False
        reads = [each for each in others if isinstance(each.ctx, ast.Load)]
        is_public = not target.attr.startswith("_")
        return is_public or any(self.origins.names.scope(each.value) is not self.home for each in reads)


def _bound_by(origins: Origins, default: ast.AST) -> tuple[Closure | None, list[ast.AST]]:
    """Return the function that binds a variable by a default, `lambda file=file: ...`, and where it reads that."""
    arguments = origins.parent(default)
    function = origins.parent(arguments) if isinstance(arguments, ast.arguments) else None
    closure = origins.closure(function) if function is not None else None
    parameter = closure.scope.variables.get(getattr(default, "id", "")) if closure else None
    if parameter is None or all(binding.kind is not BindingKind.PARAMETER for binding in parameter.bindings):
        return None, []
    return closure, [reference.node for reference in parameter.references]


def _closure_around(origins: Origins, scope: Scope | None, home: Scope) -> Closure | None:
    """Return the closure that a block belongs to, of those that the function at hand makes."""
    while scope is not None and scope is not home:
        closure = origins.closure(scope.node)
        if closure is not None and closure.scope is scope and closure.maker is home:
            return closure
        scope = scope.parent
    return None
