"""How long does a closure live? Follows the object from where it is made through names, containers and calls.

The trace works outwards from an expression to what surrounds it. Whatever ends it is a `Use`: the closure is called here,
kept there, handed to someone nobody can see. A use says on which way the object got there (`route`), so that `Graph` can
decide what happens in between. Functions of the same file are looked into (`parameter_uses`), until nothing new is found.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flake8_closures.facts import evidence
from flake8_closures.facts.callees import Callees, parameter, runs_later
from flake8_closures.facts.flow import Do, Event, Graph, Stop
from flake8_closures.facts.knowledge import Effect, Knowledge, Known
from flake8_closures.facts.names import Names
from flake8_closures.model import Binding, BindingKind, Closure, Confidence, Scope, ScopeKind, Variable


class Fate(enum.IntEnum):
    """What becomes of a closure, the shortest life first."""

    CALLED = 1
    CONSUMED = 2
    UNKNOWN = 3
    """Handed to a callee that nobody can see."""
    RETURNED = 4
    STORED = 5
    DEFERRED = 6


class Carry(enum.Enum):
    """How the value that is followed has to do with the closure."""

    ITSELF = enum.auto()
    HOLDER = enum.auto()
    """A container or an object that keeps it."""
    LAZY = enum.auto()
    """An iterator that runs it when it is drawn from: a generator expression, `map(f, xs)`, the call of a generator."""
    COROUTINE = enum.auto()
    CLASS = enum.auto()
    """The class whose method it is."""


@dataclass(frozen=True, slots=True)
class Use:
    """One end of the life of a closure in the function that makes it.

    `event` is where it happens. After a `lasting` use the closure lives on, until its slot is refilled by one of `refills`
    or until one of the events of `until` (a join, the end of a `with`). `likelihood` says how probable it is that the
    closure outlives the event: 1.0 where it is known. `node` and `text` are the evidence. An `inner` use is one of a
    function that a call of the closure has made: it reads what the inner function reads, not what the closure itself does.
    """

    fate: Fate
    event: Event
    node: ast.AST
    text: str
    route: tuple[Stop, ...] = ()
    lasting: bool = False
    refills: frozenset[Event] = frozenset()
    until: frozenset[Event] = frozenset()
    likelihood: float = 1.0
    inner: bool = False


@dataclass(slots=True)
class World:
    """What the trace asks about the file."""

    parents: dict[ast.AST, ast.AST]
    names: Names
    callees: Callees
    closures: Sequence[Closure]
    graph: Callable[[ast.AST], Graph]
    knowledge: Knowledge
    closure_uses: dict[Closure, tuple[Use, ...]] = field(default_factory=dict)
    summaries: dict[tuple[Scope, str, Carry], tuple[Use, ...]] = field(default_factory=dict)
    running: int = 0


def unit(scope: Scope) -> Scope:
    """Return the block whose graph a block's events stand in."""
    while scope.parent and scope.kind in (ScopeKind.COMPREHENSION, ScopeKind.CLASS, ScopeKind.TYPE_PARAMETERS):
        scope = scope.parent
    return scope


def uses(closure: Closure, world: World) -> tuple[Use, ...]:
    """Return every use of a closure, as events of the function that makes it."""
    if closure not in world.closure_uses:
        world.closure_uses[closure] = ()
        trace = _Trace(closure.maker, world, closure.scope)
        if closure.carrier is not closure.node:
            trace.defined(closure.carrier, Carry.CLASS)
        elif isinstance(closure.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            trace.defined(closure.node, Carry.ITSELF)
        else:
            trace.follow(closure.node, Carry.LAZY if isinstance(closure.node, ast.GeneratorExp) else Carry.ITSELF)
        found = trace.run()
        if trace.products:
            inner = _Trace(closure.maker, world)
            for product in trace.products:
                inner.follow(product[0], Carry.HOLDER, *product[1:])
            found += tuple(replace(use, inner=True) for use in inner.run())
        world.closure_uses[closure] = found
    return world.closure_uses[closure]


def parameter_uses(function: Scope, name: str, carry: Carry, world: World) -> tuple[Use, ...]:
    """Return what a function of the file does with a parameter. While it is being worked out, recursion adds nothing."""
    key = function, name, carry
    if key not in world.summaries:
        world.summaries[key] = ()
        variable = function.variables.get(name)
        if variable is not None and world.running < 12:
            world.running += 1
            trace = _Trace(function, world)
            trace.variable(variable, None, carry, (), 1.0)
            world.summaries[key] = trace.run()
            world.running -= 1
    return world.summaries[key]


_ENDS = {"join", "result", "wait", "cancel", "shutdown", "exception", "stop", "close", "disconnect"}
_DRAWS = {"values", "items", "keys", "get", "pop", "popleft", "popitem", "copy", "__iter__", "__next__", "reversed"}
_ABSORBS = {"append", "add", "insert", "extend", "update", "appendleft", "extendleft", "remove", "discard", "clear", "sort", "index", "count", "reverse", "setdefault"}
_LIKELY = {Confidence.CERTAIN: 1.0, Confidence.LIKELY: 0.9, Confidence.POSSIBLE: 0.6}
_ITEM_BY_ITEM = (Effect.DRAINED, Effect.NOW, Effect.ITERATED)
_FRESH = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


class _Trace:
    """One trace through one function: a list of values to follow, and the uses found so far."""

    def __init__(self, maker: Scope, world: World, scope: Scope | None = None) -> None:
        self.maker, self.world, self.scope = maker, world, scope
        self.graph = world.graph(maker.node)
        self.found: dict[tuple[object, ...], Use] = {}
        self.pending: list[tuple[ast.AST, Carry, tuple[Stop, ...], float]] = []
        self.seen: set[tuple[object, ...]] = set()
        self.products: list[tuple[ast.Call, tuple[Stop, ...], float]] = []
        """Calls of the closure whose result carries a function made inside it."""

    def run(self) -> tuple[Use, ...]:
        while self.pending:
            self.step(*self.pending.pop())
        return tuple(self.found.values())

    # What to do next, and what was found.

    def follow(self, node: ast.AST, carry: Carry, route: tuple[Stop, ...] = (), likelihood: float = 1.0) -> None:
        key = node, carry, len(route) > 0, likelihood > 0.5, all(stop.refills for stop in route)
        if key not in self.seen and likelihood > 0.02:
            self.seen.add(key)
            self.pending.append((node, carry, route, likelihood))

    def use(
        self,
        fate: Fate,
        event: Event,
        node: ast.AST,
        text: str,
        route: tuple[Stop, ...],
        likelihood: float,
        *,
        refills: Iterable[Event] = (),
        until: Iterable[Event] = (),
    ) -> None:
        lasting = fate >= Fate.UNKNOWN
        key = fate, event, route, frozenset(refills)
        known = self.found.get(key)
        if known is None or known.likelihood < likelihood:
            self.found[key] = Use(
                fate, event, node, text, route, lasting, frozenset(refills), frozenset(until), likelihood
            )

    # Names.

    def defined(self, node: ast.AST, carry: Carry) -> None:
        """Follow a function or class statement: through its decorators, then as its name."""
        likelihood = 1.0
        for decorator in reversed(node.decorator_list):  # type: ignore[attr-defined]
            carry, likelihood = self.decorated(decorator, carry, likelihood)
        variable = self.world.names.variable(node)
        if variable is not None:
            self.bound(node, variable, carry, (), likelihood)

    def bound(
        self, target: ast.AST, variable: Variable, carry: Carry, route: tuple[Stop, ...], likelihood: float
    ) -> None:
        """Follow a value into a variable."""
        event: Event = (Do.BIND, target)
        if variable.scope.kind is ScopeKind.CLASS:
            self.defined_in_class(variable.scope, route, likelihood)
        elif unit(variable.scope) is self.maker:
            self.variable(variable, event, carry, route, likelihood)
        else:
            self.use(Fate.STORED, event, target, f"kept in {variable.name!r}", route, likelihood, refills=self.rebinds(variable))

    def defined_in_class(self, scope: Scope, route: tuple[Stop, ...], likelihood: float) -> None:
        variable = self.world.names.variable(scope.node)
        if unit(scope) is self.maker and variable is not None and (scope.node, "class") not in self.seen:
            self.seen.add((scope.node, "class"))
            self.bound(scope.node, variable, Carry.CLASS, route, likelihood)

    def rebinds(self, variable: Variable) -> frozenset[Event]:
        """Return the events that put another value into a variable."""
        events: list[Event] = []
        for binding in variable.bindings:
            if binding.kind is BindingKind.AUGMENTED:
                continue  # `xs += ys` keeps what `xs` held
            deletes = binding.kind is BindingKind.DELETE
            events.append((Do.UNBIND if deletes else Do.BIND, binding.node))
            if binding.kind is BindingKind.EXCEPT:
                events.append((Do.UNBIND, binding.node))
        return frozenset(event for event in events if self.graph.happens(event))

    def variable(
        self,
        variable: Variable,
        event: Event | None,
        carry: Carry,
        route: tuple[Stop, ...],
        likelihood: float,
        absorbed_at: Event | None = None,
    ) -> None:
        """Follow a value through every read of the variable it was just bound to (None: a parameter, bound on entry).

        With `absorbed_at` the variable was bound before, to the object that takes the value in at that event; the reads
        before it count too, because the object may have got elsewhere by them.
        """
        refills = self.rebinds(variable)
        station = absorbed_at or event
        if station and any(station in stop.events for stop in route):
            # The new value carries the old one on: `it = chain(it, more)`.
            refills -= {station}
            route = tuple(stop for stop in route if station not in stop.events)
        onward = (*route, Stop(frozenset([station]), refills)) if station else route
        captured: list[Scope] = []
        for reference in variable.references:
            if unit(reference.scope) is not self.maker:
                captured.append(reference.scope)
            elif reference.node not in reference.scope.unevaluated:
                read: Event = (Do.READ, reference.node)
                if self.graph.path(station, [[read]], refills) is not None:
                    self.follow(reference.node, carry, onward, likelihood)
                elif absorbed_at and self.graph.path(event, [[read]], refills) is not None:
                    self.follow(reference.node, carry, (*route, Stop(frozenset([absorbed_at]), frozenset())), likelihood)
        if captured:
            self.captured(variable, captured, carry, onward, refills, likelihood)

    def captured(
        self,
        variable: Variable,
        scopes: Sequence[Scope],
        carry: Carry,
        route: tuple[Stop, ...],
        refills: frozenset[Event],
        likelihood: float,
    ) -> None:
        """Follow a value into the functions that read its variable from outside: it is used when they are."""
        for closure in self.world.closures:
            if closure.maker is not self.maker or not any(_inside(scope, closure.scope) for scope in scopes):
                continue
            if closure.scope is self.scope:
                continue
            for use in uses(closure, self.world):
                if use.lasting:
                    self.use(use.fate, use.event, use.node, use.text, route, likelihood * use.likelihood, refills=refills)
                else:
                    self.use(use.fate, use.event, use.node, use.text, route, likelihood)
            if self.maker.kind is ScopeKind.MODULE and isinstance(closure.node, (ast.FunctionDef, ast.ClassDef)):
                text = f"read by {closure.scope.name!r} through {variable.name!r}"
                self.use(Fate.STORED, self.graph.exit, closure.node, text, route, likelihood, refills=refills)

    def targets(self, target: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        """Follow a value into the target of an assignment, a loop or a `with`."""
        names = self.world.names
        if isinstance(target, ast.Name):
            variable = names.variable(target)
            if variable is not None:
                self.bound(target, variable, carry, route, likelihood)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self.targets(part, carry, route, likelihood)
        elif isinstance(target, ast.Starred):
            self.targets(target.value, Carry.HOLDER, route, likelihood)
        elif isinstance(target, ast.Attribute):
            slot = self.slot(target)
            self.absorbed(target.value, (Do.BIND, target), target, f"stored in {ast.unparse(target)}", route, likelihood, slot)
        elif isinstance(target, ast.Subscript):
            text = f"stored in {_brief(target.value)}[...]"
            self.absorbed(target.value, (Do.BIND, target), target, text, route, likelihood, ())

    def slot(self, target: ast.Attribute) -> frozenset[Event]:
        """Return the stores to the same attribute of the same fixed object: each one drops what was there."""
        if not isinstance(target.value, ast.Name):
            return frozenset()
        variable = self.world.names.variable(target.value)
        if variable is None or len(self.rebinds(variable)) > 0:
            return frozenset()
        return frozenset(
            (Do.BIND, parent)
            for reference in variable.references
            if isinstance(parent := self.world.parents.get(reference.node), ast.Attribute)
            and parent.attr == target.attr
            and isinstance(parent.ctx, ast.Store)
        )

    def absorbed(
        self,
        holder: ast.AST,
        event: Event,
        node: ast.AST,
        text: str,
        route: tuple[Stop, ...],
        likelihood: float,
        refills: Iterable[Event] = (),
        until: Iterable[Event] = (),
    ) -> None:
        """Follow a value into the container or object that an expression names: it lives as long as that one."""
        root = holder
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if isinstance(root, ast.Call) and isinstance(root.func, ast.Attribute) and root.func.attr in ("setdefault", "get"):
            self.absorbed(root.func.value, event, node, text, route, likelihood, refills, until)
            return
        variable = self.world.names.variable(root)
        births = self.births(root, variable) if variable else None
        if births is None:
            self.use(Fate.STORED, event, node, text, route, likelihood, refills=refills, until=until)
            return
        assert variable is not None
        if (variable, event) not in self.seen:
            self.seen.add((variable, event))
            for birth in births:
                self.variable(variable, birth, Carry.HOLDER, route, likelihood, absorbed_at=event)

    def births(self, root: ast.AST, variable: Variable) -> list[Event] | None:
        """Return where the object behind a name was made, if it was made here, anew, and only kept under this name."""
        if unit(variable.scope) is not self.maker or not variable.scope.is_function and self.maker.kind is not ScopeKind.MODULE:
            return None
        events = {(Do.BIND, binding.node): binding for binding in variable.bindings}
        last, from_entry = self.graph.last_before((Do.READ, root), events)
        if from_entry and variable.scope is self.maker and any(b.kind is BindingKind.PARAMETER for b in variable.bindings):
            return None
        for event in last:
            if not self.fresh(events[event]):
                return None
        return list(last)

    def fresh(self, binding: Binding) -> bool:
        """Return whether a binding names an object that nobody else has yet."""
        value = binding.value
        if binding.kind is BindingKind.AUGMENTED:
            return True
        if isinstance(value, _FRESH):
            return True
        if not isinstance(value, ast.Call):
            return False
        name = self.world.names.dotted(value.func)
        return evidence.constructs(name or _brief(value.func)) or self.world.callees.constructor(value.func) is not None

    # What surrounds a value.

    def step(self, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        parent = self.world.parents.get(node)
        visit = _CONTEXTS.get(type(parent))
        if visit is not None:
            visit(self, parent, node, carry, route, likelihood)

    def pass_on(self, parent: ast.AST, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        self.follow(parent, carry, route, likelihood)

    def held(self, parent: ast.AST, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        self.follow(parent, Carry.HOLDER if carry is not Carry.COROUTINE else carry, route, likelihood)

    def conditional(self, parent: ast.IfExp, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is not parent.test:
            self.follow(parent, carry, route, likelihood)

    def starred(self, parent: ast.Starred, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        around = self.world.parents[parent]
        if carry is Carry.LAZY:
            # Unpacking draws the iterator to its end.
            event: Event = (Do.CALL, around) if isinstance(around, ast.Call) else self.next_event(around)
            self.use(Fate.CONSUMED, event, parent, "drawn by *", route, likelihood)
        elif isinstance(around, ast.Call):
            self.argument(around, around.args.index(parent), parent, Carry.ITSELF, route, likelihood)
        else:
            self.follow(around, Carry.HOLDER, route, likelihood)

    def next_event(self, node: ast.AST) -> Event:
        """Return an event that happens right after an expression: the nearest call, binding or end around it."""
        while (parent := self.world.parents.get(node)) is not None:
            if isinstance(parent, ast.Call) and self.graph.happens((Do.CALL, parent)):
                return Do.CALL, parent
            if isinstance(parent, (ast.Assign, ast.AnnAssign)):
                target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
                while isinstance(target, (ast.Tuple, ast.List)) and target.elts:
                    target = target.elts[0]
                return Do.BIND, target.value if isinstance(target, ast.Starred) else target
            if isinstance(parent, ast.Return):
                return Do.RETURN, parent
            node = parent
        return self.graph.exit

    def assigned(self, parent: ast.AST, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]  # type: ignore[attr-defined]
        if isinstance(parent, (ast.AnnAssign, ast.NamedExpr)) and node is not parent.value:
            return
        for target in targets:
            if isinstance(target, (ast.Tuple, ast.List)):
                if carry is Carry.LAZY:
                    self.use(Fate.CONSUMED, self.next_event(node), parent, "drawn by unpacking", route, likelihood)
                    continue
                self.unpacked(target, carry, node, route, likelihood)
            else:
                self.targets(target, carry, route, likelihood)
        if isinstance(parent, ast.NamedExpr):
            self.follow(parent, carry, route, likelihood)

    def unpacked(
        self, target: ast.Tuple | ast.List, carry: Carry, node: ast.AST, route: tuple[Stop, ...], likelihood: float
    ) -> None:
        self.targets(target, Carry.ITSELF if carry is Carry.HOLDER else carry, route, likelihood)

    def augmented(self, parent: ast.AugAssign, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is not parent.value:
            return
        if carry is Carry.LAZY:
            self.use(Fate.CONSUMED, (Do.BIND, parent.target), parent, "drawn by an augmented assignment", route, likelihood)
            return
        text = f"added to {_brief(parent.target)}"
        self.absorbed(parent.target, (Do.BIND, parent.target), parent, text, route, likelihood)

    def looped(self, parent: ast.For | ast.AsyncFor, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is parent.iter:
            self.iterated(parent.target, carry, parent, route, likelihood)

    def clause(self, parent: ast.comprehension, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is not parent.iter:
            return
        comprehension = self.world.parents[parent]
        if isinstance(comprehension, ast.GeneratorExp) and carry is Carry.LAZY and comprehension.generators[0] is parent:
            self.follow(comprehension, Carry.LAZY, route, likelihood)
        else:
            self.iterated(parent.target, carry, comprehension, route, likelihood)

    def iterated(self, target: ast.AST, carry: Carry, node: ast.AST, route: tuple[Stop, ...], likelihood: float) -> None:
        if carry is Carry.HOLDER:
            self.targets(target, Carry.ITSELF, route, likelihood)
            return
        part = target
        while isinstance(part, (ast.Tuple, ast.List)) and part.elts:
            part = part.elts[0]
        part = part.value if isinstance(part, ast.Starred) else part
        self.use(Fate.CONSUMED, (Do.BIND, part), node, "drawn from item by item", route, likelihood)

    def element(self, parent: ast.AST, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        """The element of a comprehension is kept by its list, or handed out by a generator expression."""
        if not isinstance(parent, ast.GeneratorExp):
            collected = Stop(frozenset([(Do.BIND, parent)]), frozenset([(Do.MAKE, parent)]))
            self.follow(parent, Carry.HOLDER, (*route, collected), likelihood)
            return
        call = self.world.parents.get(parent)
        event: Event = (Do.SUSPEND, parent)
        known = None
        if isinstance(call, ast.Call) and parent in call.args:
            known = self.known(call, call.args.index(parent), Carry.LAZY)
        if known and known.effect in _ITEM_BY_ITEM or isinstance(call, (ast.For, ast.AsyncFor)):
            self.use(Fate.CALLED, event, parent, "drawn item by item", route, likelihood)
        elif known and known.effect in (Effect.COLLECTED, Effect.KEPT, Effect.RECEIVER):
            self.use(Fate.STORED, event, parent, f"collected by {_brief(call.func)}", route, likelihood)  # type: ignore[union-attr]
        else:
            self.use(Fate.UNKNOWN, event, parent, "handed out by the generator expression", route, likelihood * 0.5)

    def subscript(self, parent: ast.Subscript, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is parent.value and isinstance(parent.ctx, ast.Load) and carry in (Carry.HOLDER, Carry.ITSELF):
            self.follow(parent, Carry.ITSELF, route, likelihood)

    def attribute(self, parent: ast.Attribute, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        call = self.world.parents.get(parent)
        if not isinstance(parent.ctx, ast.Load):
            return
        if not isinstance(call, ast.Call) or call.func is not parent:
            if carry in (Carry.HOLDER, Carry.CLASS) and self.was_stored_as(parent.attr, node):
                self.follow(parent, Carry.ITSELF, route, likelihood)
            return
        event: Event = (Do.CALL, call)
        if parent.attr == "start":
            until = self.endings(node, call)
            self.use(Fate.DEFERRED, event, call, "started", route, likelihood, until=until)
        elif parent.attr in _DRAWS and carry is Carry.HOLDER:
            self.follow(call, Carry.HOLDER, route, likelihood)
        elif parent.attr not in _ABSORBS:
            fate = Fate.CONSUMED if carry is Carry.LAZY else Fate.CALLED
            self.use(fate, event, call, f"called by .{parent.attr}()", route, likelihood)

    def was_stored_as(self, attribute: str, node: ast.AST) -> bool:
        """Return whether an attribute of the same name was assigned on the object: reading it gives the closure back."""
        variable = self.world.names.variable(node)
        return variable is not None and any(
            isinstance(parent := self.world.parents.get(reference.node), ast.Attribute)
            and parent.attr == attribute
            and isinstance(parent.ctx, ast.Store)
            for reference in variable.references
        )

    def returned(self, parent: ast.Return, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        self.use(Fate.RETURNED, (Do.RETURN, parent), parent, "returned", route, likelihood)

    def lambda_body(self, parent: ast.Lambda, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is parent.body:
            self.use(Fate.RETURNED, self.graph.exit, parent, "returned", route, likelihood)

    def yielded(self, parent: ast.Yield, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        self.use(Fate.RETURNED, (Do.SUSPEND, parent), parent, "yielded", route, likelihood * evidence.YIELDED)

    def awaited(self, parent: ast.Await | ast.YieldFrom, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        self.use(Fate.CONSUMED, (Do.SUSPEND, parent), parent, "awaited", route, likelihood)

    def default(self, parent: ast.arguments, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        function = self.world.parents[parent]
        if isinstance(function, ast.Lambda):
            self.follow(function, Carry.HOLDER, route, likelihood)
        else:
            self.defined(function, Carry.HOLDER)

    def with_item(self, parent: ast.withitem, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        statement = self.world.parents[parent]
        if node is parent.context_expr:
            self.use(Fate.CALLED, (Do.LEAVE_WITH, statement), statement, "used by the with statement", route, likelihood)
            if parent.optional_vars is not None and carry is not Carry.LAZY:
                self.targets(parent.optional_vars, Carry.HOLDER, route, likelihood)

    def of_function(self, parent: ast.AST, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        """A value among the decorators of a function is called with it."""
        if node in parent.decorator_list:  # type: ignore[attr-defined]
            self.use(Fate.CALLED, (Do.CALL, node), node, "called as a decorator", route, likelihood)

    def keyword(self, parent: ast.keyword, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        call = self.world.parents[parent]
        if isinstance(call, ast.Call):
            self.argument(call, parent.arg or "**", node, carry, route, likelihood)

    # Calls.

    def call(self, parent: ast.Call, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        if node is not parent.func:
            self.argument(parent, parent.args.index(node), node, carry, route, likelihood)  # type: ignore[arg-type]
            return
        later = runs_later(self.scope) if carry is Carry.ITSELF and self.scope is not None else ""
        if carry is Carry.CLASS:
            self.use(Fate.CALLED, (Do.CALL, parent), parent, "called", route, likelihood)
            self.follow(parent, Carry.HOLDER, route, likelihood)
        elif later:
            self.follow(parent, Carry.LAZY if later == "generator" else Carry.COROUTINE, route, likelihood)
        else:
            self.use(Fate.CALLED, (Do.CALL, parent), parent, "called", route, likelihood)
            if carry is Carry.ITSELF and self.scope is not None and self.hands_out(self.scope):
                self.products.append((parent, route, likelihood))

    def hands_out(self, scope: Scope) -> bool:
        """Return whether the result of a function carries a function made inside it, which reads what its maker captures."""
        return any(
            use.fate is Fate.RETURNED
            for closure in self.world.closures
            if closure.maker is scope
            for use in uses(closure, self.world)
        )

    def argument(
        self, call: ast.Call, argument: int | str, node: ast.AST, carry: Carry, route: tuple[Stop, ...], likelihood: float
    ) -> None:
        """Follow a value into a call."""
        if not self.graph.happens((Do.CALL, call)):
            return
        local = self.local_effects(call, argument, carry)
        if local is not None:
            for use in local:
                self.apply_use(use, call, carry, route, likelihood)
            return
        known = self.known(call, argument, carry)
        if known is not None and not (known.confidence is Confidence.POSSIBLE and known.effect is Effect.KEPT):
            self.apply_known(known, call, carry, route, likelihood)
        else:
            self.unknown(call, argument, node, carry, route, likelihood, known)

    def known(self, call: ast.Call, argument: int | str, carry: Carry) -> Known | None:
        """Return what is known of a callee by its full name, by the class of its receiver, or by its method name."""
        function = carry is Carry.ITSELF
        knowledge, names = self.world.knowledge, self.world.names
        dotted = names.dotted(call.func)
        if dotted and (found := knowledge.callee(dotted, argument, function=function)):
            return found
        if isinstance(call.func, ast.Attribute):
            receiver = self.class_of(call.func.value)
            if receiver and (found := knowledge.class_method(receiver, call.func.attr, argument, function=function)):
                return found
            return knowledge.method(call.func.attr, argument, function=function)
        return None

    def class_of(self, receiver: ast.AST) -> str:
        """Return the full name of the class that an object is made from in this file, where there is one."""
        if isinstance(receiver, ast.Call):
            return self.world.names.dotted(receiver.func)
        variable = self.world.names.variable(receiver)
        found = ""
        for binding in variable.bindings if variable else ():
            value: ast.AST | None = binding.value
            if binding.kind is BindingKind.WITH and isinstance(binding.statement, (ast.With, ast.AsyncWith)):
                value = next((i.context_expr for i in binding.statement.items if i.optional_vars is binding.node), None)
            if isinstance(value, ast.Await):
                value = value.value
            if not isinstance(value, ast.Call):
                return ""
            found = self.world.names.dotted(value.func)
        return found

    def apply_known(self, known: Known, call: ast.Call, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        """Carry out what a known callee does with its argument."""
        event: Event = (Do.CALL, call)
        effect, sure = known.effect, _LIKELY[known.confidence]
        callee = _brief(call.func)
        if effect is Effect.NOW or effect is Effect.DRAINED:
            self.use(Fate.CALLED, event, call, f"called by {callee}()", route, likelihood)
            if sure < 0.9:
                self.use(Fate.UNKNOWN, event, call, f"handed to {callee}()", route, likelihood * evidence.SAID_NOW)
        elif effect is Effect.COLLECTED:
            if carry in (Carry.LAZY, Carry.COROUTINE):
                self.use(Fate.CONSUMED, event, call, f"drawn by {callee}()", route, likelihood)
            else:
                self.follow(call, Carry.HOLDER, route, likelihood)
        elif effect is Effect.ABSORBED and carry in (Carry.LAZY, Carry.COROUTINE):
            self.use(Fate.CONSUMED, event, call, f"drawn by {callee}()", route, likelihood)
        elif effect is Effect.ITERATED:
            self.follow(call, Carry.LAZY, route, likelihood)
        elif effect is Effect.RESULT:
            self.follow(call, Carry.HOLDER, route, likelihood * sure)
        else:
            until = self.endings(call, call)
            holder = call.func.value if isinstance(call.func, ast.Attribute) else None
            if known.keeper is not None and known.keeper < len(call.args):
                holder = call.args[known.keeper]
            if "with" in known.until and holder is not None:
                until |= self.with_end(holder)
            if effect in (Effect.RECEIVER, Effect.ABSORBED) and holder is not None:
                text = f"kept by {callee}()"
                self.absorbed(holder, event, call, text, route, likelihood * sure, until=until)
            else:
                self.use(Fate.DEFERRED, event, call, f"kept by {callee}()", route, likelihood * sure, until=until)

    def with_end(self, holder: ast.AST) -> frozenset[Event]:
        """Return the end of the `with` statement that opened the object behind a name."""
        variable = self.world.names.variable(holder)
        return frozenset(
            (Do.LEAVE_WITH, binding.statement)
            for binding in (variable.bindings if variable else ())
            if binding.kind is BindingKind.WITH
        )

    def endings(self, value: ast.AST, call: ast.Call) -> frozenset[Event]:
        """Return the events that wait for what a call started: `.join()`, `.result()`, `await`, a call given all of them.

        The handle that the call returned is looked for under its name, in the container that holds it, and in loops over
        that container.
        """
        found: set[Event] = set()
        loops: set[Event] = set()
        pending = [value, *(self.reads(value) if isinstance(value, ast.Name) else ())]
        seen = set(pending)

        def also(nodes: Iterable[ast.AST]) -> None:
            for node in nodes:
                if node not in seen:
                    seen.add(node)
                    pending.append(node)

        while pending:
            place = pending.pop()
            around = self.world.parents.get(place)
            if isinstance(around, (ast.Await, ast.YieldFrom)):
                found.add((Do.SUSPEND, around))
            elif isinstance(around, ast.Attribute):
                ending = self.world.parents.get(around)
                if isinstance(ending, ast.Call) and around.attr in _ENDS:
                    found.add((Do.CALL, ending))
                elif isinstance(ending, ast.Call) and around.attr in ("append", "add", "values", "items"):
                    also([ending])
            elif isinstance(around, (ast.List, ast.Tuple, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.Starred, ast.IfExp)):
                also([around])
            elif isinstance(around, (ast.Assign, ast.NamedExpr)):
                target = around.targets[0] if isinstance(around, ast.Assign) else around.target
                also(self.reads(target))
            elif isinstance(around, (ast.For, ast.AsyncFor, ast.comprehension)) and place is around.iter:
                # One handle at least: a loop over them does not end before it has waited.
                loops.add((Do.LOOP, around))
                also(self.reads(around.target))
            elif isinstance(around, ast.Call) and place is not value:
                name = _last(around.func)
                if name in ("append", "add") and isinstance(around.func, ast.Attribute):
                    also(self.reads(around.func.value))
                elif name in ("wait", "gather", "joinall", "wait_for", "run_until_complete", "wait_all"):
                    found.add((Do.CALL, around))
                    also([around])
                elif name in ("as_completed", "list", "tuple", "enumerate", "zip", "reversed"):
                    also([around])
        return frozenset(found | loops) if found else frozenset()

    def reads(self, target: ast.AST) -> list[ast.AST]:
        """Return every read of the variables that a target binds."""
        variables = {self.world.names.variable(part) for part in ast.walk(target) if isinstance(part, ast.Name)}
        return [reference.node for variable in variables if variable for reference in variable.references]

    def local_effects(self, call: ast.Call, argument: int | str, carry: Carry) -> list[Use] | None:
        """Return what the functions of this file that a call can run do with an argument; None where it is another's."""
        if argument == "**":
            return None
        callees = self.world.callees
        found: list[Use] = []
        made = callees.constructor(call.func)
        functions = callees.functions(call.func)
        if made is not None:
            functions = [made[1]] if made[1] is not None else []
        for function in functions:
            bound = made is not None or isinstance(call.func, ast.Attribute) and not _is_static(function)
            name = parameter(function, argument, bound)
            if name is None:
                return None
            arguments: ast.arguments = function.node.args  # type: ignore[attr-defined]
            spread = [a.arg for a in (arguments.vararg, arguments.kwarg) if a]
            later = runs_later(function)
            for use in parameter_uses(function, name, Carry.HOLDER if name in spread else carry, self.world):
                found.append(replace(use, fate=Fate.CONSUMED, text=later) if later and not use.lasting else use)
            if later and not found:
                found.append(Use(Fate.CONSUMED, self.graph.exit, call, later))
        return found if functions else None

    def apply_use(self, use: Use, call: ast.Call, carry: Carry, route: tuple[Stop, ...], likelihood: float) -> None:
        """Carry out at a call what the callee does with its parameter."""
        event: Event = (Do.CALL, call)
        callee = _brief(call.func)
        if use.text in ("generator", "coroutine"):
            self.follow(call, Carry.LAZY if use.text == "generator" else Carry.COROUTINE, route, likelihood)
            return
        likelihood *= use.likelihood
        if not use.lasting:
            self.use(Fate.CALLED, event, call, f"called by {callee}()", route, likelihood)
        elif use.fate is Fate.RETURNED:
            yielded = isinstance(use.node, ast.Yield)
            self.follow(call, Carry.HOLDER if yielded or carry is not Carry.ITSELF else carry, route, likelihood)
        elif use.fate is Fate.UNKNOWN:
            self.use(Fate.UNKNOWN, event, call, f"{callee}() hands it on", route, likelihood)
        elif _on_self(use.node):
            if self.world.callees.constructor(call.func) is not None:
                self.follow(call, Carry.HOLDER, route, likelihood)
            elif isinstance(call.func, ast.Attribute):
                self.absorbed(call.func.value, event, call, f"kept by {callee}()", route, likelihood)
        else:
            self.use(use.fate, event, call, f"kept by {callee}()", route, likelihood)

    def unknown(
        self,
        call: ast.Call,
        argument: int | str,
        node: ast.AST,
        carry: Carry,
        route: tuple[Stop, ...],
        likelihood: float,
        known: Known | None,
    ) -> None:
        """Weigh what speaks for a callee that nobody can see to keep its argument."""
        callee = _brief(call.func)
        kept, carried = evidence.weigh(
            callee,
            argument if isinstance(argument, str) else None,
            result=self.world.parents.get(call),
            function=carry is Carry.ITSELF,
            by_keyword=self.world.knowledge.keyword(argument) if isinstance(argument, str) else None,
            by_method=known,
            in_test=self.in_test(call),
        )
        event: Event = (Do.CALL, call)
        until = self.endings(call, call)
        self.use(Fate.UNKNOWN, event, call, f"handed to {callee}()", route, likelihood * kept, until=until)
        if carry is Carry.ITSELF:
            self.use(Fate.CALLED, event, call, f"called by {callee}()", route, likelihood)
        self.follow(call, Carry.HOLDER, route, likelihood * carried)

    def in_test(self, node: ast.AST) -> bool:
        """Return whether a node stands in a test function."""
        scope: Scope | None = self.maker
        while scope is not None:
            if scope.kind is ScopeKind.FUNCTION and scope.name.startswith("test"):
                return True
            scope = scope.parent
        return False

    def decorated(self, decorator: ast.AST, carry: Carry, likelihood: float) -> tuple[Carry, float]:
        """Follow a function through one decorator and return how its name has to do with it afterwards."""
        event: Event = (Do.CALL, decorator)
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        local = self.world.callees.functions(target)
        if local and not isinstance(decorator, ast.Call):
            for function in local:
                name = parameter(function, 0, False)
                for use in parameter_uses(function, name, Carry.ITSELF, self.world) if name else ():
                    if not use.lasting:
                        self.use(Fate.CALLED, event, decorator, f"called by @{_brief(target)}", (), likelihood)
                    elif use.fate is not Fate.RETURNED:
                        self.use(use.fate, event, decorator, f"kept by @{_brief(target)}", (), likelihood * use.likelihood)
            return Carry.HOLDER if carry is Carry.ITSELF else carry, likelihood
        dotted = self.world.names.dotted(target)
        known = self.world.knowledge.decorator(dotted or f".{_last(target)}")
        if known is not None and known.effect is Effect.RESULT:
            return carry if carry is Carry.CLASS else Carry.ITSELF if "wraps" in dotted else Carry.HOLDER, likelihood
        kept = evidence.DECORATED if known is None else _LIKELY[known.confidence]
        fate = Fate.UNKNOWN if known is None else Fate.DEFERRED
        self.use(fate, event, decorator, f"handed to @{_brief(target)}", (), likelihood * kept)
        return Carry.HOLDER if carry is Carry.ITSELF else carry, likelihood


def _inside(scope: Scope | None, outer: Scope) -> bool:
    while scope is not None:
        if scope is outer:
            return True
        scope = scope.parent
    return False


def _is_static(function: Scope) -> bool:
    decorators = getattr(function.node, "decorator_list", [])
    return any(isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in decorators)


def _on_self(node: ast.AST) -> bool:
    """Return whether a place stores into `self`."""
    target = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return isinstance(target, ast.Name) and target.id == "self"


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _brief(node: ast.AST) -> str:
    """Return an expression as a reader names it: dotted names as they stand, the rest left out."""
    if isinstance(node, ast.Attribute):
        return f"{_brief(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    return f"{_brief(node.func)}()" if isinstance(node, ast.Call) else f"{_brief(node.value)}[]" if isinstance(node, ast.Subscript) else ""


_CONTEXTS: dict[type[ast.AST] | type[None], Callable[..., None]] = {
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set, ast.Dict, ast.BinOp), _Trace.held),
    ast.BoolOp: _Trace.pass_on,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _Trace.element),
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.NamedExpr), _Trace.assigned),
    **dict.fromkeys((ast.For, ast.AsyncFor), _Trace.looped),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), _Trace.of_function),
    **dict.fromkeys((ast.Await, ast.YieldFrom), _Trace.awaited),
    ast.IfExp: _Trace.conditional,
    ast.Starred: _Trace.starred,
    ast.AugAssign: _Trace.augmented,
    ast.comprehension: _Trace.clause,
    ast.Subscript: _Trace.subscript,
    ast.Attribute: _Trace.attribute,
    ast.Return: _Trace.returned,
    ast.Lambda: _Trace.lambda_body,
    ast.Yield: _Trace.yielded,
    ast.arguments: _Trace.default,
    ast.withitem: _Trace.with_item,
    ast.keyword: _Trace.keyword,
    ast.Call: _Trace.call,
}
