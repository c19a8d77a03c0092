"""Where does a value go by name? One trace through one function: through variables, containers and attributes."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flake8_closures.facts import evidence
from flake8_closures.facts.blocks import unit
from flake8_closures.facts.escape import aliases, bases, births, decorators, emptying, own, readers, slots, steps
from flake8_closures.facts.escape.endings import with_end
from flake8_closures.facts.escape.takers import takers
from flake8_closures.facts.escape.use import Carry, Fate, TraceContext, Use, Value, brief
from flake8_closures.facts.flow import Do, Event, Stop
from flake8_closures.facts.knowledge import containers
from flake8_closures.facts.likelihood import FAINTEST, PROBABLE
from flake8_closures.facts.testing import in_test
from flake8_closures.model import Closure, Scope, ScopeKind, Variable
from flake8_closures.tree import decorators_of

_DEEPEST = 12
"""How many functions of the file in a row a trace enters, each called by the one before."""
_COLLECTING = frozenset(f"builtins.{name}" for name in ("dict", "list", "set", "tuple"))


def uses(closure: Closure, context: TraceContext) -> tuple[Use, ...]:
    """Return every use of a closure, as events of the function that makes it."""
    if closure not in context.closure_uses:
        if context.length >= readers.LONGEST:
            return ()
        context.closure_uses[closure] = ()
        context.length += 1
        trace = Trace(closure.maker, context, closure.scope)
        if closure.carrier is not closure.node:
            trace.members[closure.scope.name] = Carry.ITSELF
            trace.left = frozenset(own.left_in_object(trace, closure.scope))
            trace.members.update(dict.fromkeys(trace.left, Carry.HOLDER))
            trace.defined(Value(closure.carrier, Carry.CLASS))
        elif isinstance(closure.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            trace.defined(Value(closure.node, Carry.ITSELF))
        else:
            lazy = isinstance(closure.node, ast.GeneratorExp)
            trace.follow(Value(closure.node, Carry.LAZY if lazy else Carry.ITSELF))
        found = trace.run()
        if trace.products:
            inner = Trace(closure.maker, context)
            for product in trace.products:
                variable = context.names.variable(product.node)
                if variable is not None:
                    inner.bound(product.node, variable, product)
                else:
                    inner.follow(product)
            found += tuple(replace(use, inner=True) for use in inner.run())
        found += tuple(replace(use, inner=True) for use in trace.inner)
        context.length -= 1
        context.closure_uses[closure] = found
    return context.closure_uses[closure]


def expression_uses(maker: Scope, node: ast.AST, carry: Carry, context: TraceContext) -> tuple[Use, ...]:
    """Return every use of the value of an expression, as events of the function that it stands in."""
    return Trace(maker, context).elsewhere(maker, Value(node, carry))


def parameter_uses(function: Scope, name: str, context: TraceContext) -> tuple[Use, ...]:
    """Return what a function of the file does with a parameter, as events of that function."""
    return Trace(function, context).parameter_uses(function, name, Carry.ITSELF)


class Trace:
    """A list of values to follow through one function, and the uses found so far."""

    def __init__(self, maker: Scope, context: TraceContext, scope: Scope | None = None) -> None:
        self.maker, self.context, self.scope = maker, context, scope
        self.graph = context.graph(maker.node)
        self.products: list[Value] = []
        """Calls of the closure whose result carries a function made inside it."""
        self.inner: list[Use] = []
        """What calls of the closure start for functions made inside it."""
        self.left: frozenset[str] = frozenset()
        """The attributes of `self` in which the closure, a method, stores functions that it makes."""
        self._found: dict[tuple[object, ...], Use] = {}
        self.members: dict[str, Carry] = {}
        """The attributes of a class, or of an object, that return the closure."""
        self.owners: dict[Scope, None] = {}
        """The classes of the file whose objects hold the closure."""
        self._older: list[tuple[Closure, Value, frozenset[Event]]] = []
        """Where an older instance of the closure, or what carries one, is captured by a newer one."""
        self._pending: list[Value] = []
        self._seen: set[tuple[object, ...]] = set()

    @property
    def in_test(self) -> bool:
        """Whether the current function belongs to a test, or to a file of tests."""
        return in_test(self.maker) or (self.context.in_tests and self.maker.kind is not ScopeKind.MODULE)

    @property
    def run_as(self) -> str:
        """How the text of the evidence calls the running of the closure."""
        return "drawn" if self.scope is not None and self.scope.kind is ScopeKind.GENERATOR else "called"

    def run(self) -> tuple[Use, ...]:
        """Follow all pending values to their ends, and return the uses found."""
        while self._pending:
            value = self._pending.pop()
            parent = self.context.parents.get(value.node)
            visit = steps.STEPS.get(type(parent))
            if visit is not None:
                visit(self, parent, value)
        for closure, older, refills in self._older:
            self._by_newer(closure, older, refills)
        return tuple(self._found.values())

    def _by_newer(self, closure: Closure, older: Value, refills: frozenset[Event]) -> None:
        """Note that an instance of the closure is used by a newer one that captured it: `chain = link`.

        A function that calls itself by its name is different: the name is bound again with each instance.
        """
        made: Event = (Do.MAKE, closure.carrier)
        name = f"a newer {closure.scope.name!r}"
        for use in [use for use in self._found.values() if not any(refills & stop.events for stop in use.route)]:
            newer = [replace(stop, refills=stop.refills | refills) for stop in use.route]
            route = (*older.route, Stop(frozenset([made]), refills), *newer)
            self.note(use.through(name, refills), replace(older, route=route))

    def follow(self, value: Value) -> None:
        """Continue from an expression, unless it was followed before in the same way."""
        key = value.node, value.carry, value.part, value.route[-1:], value.likelihood > PROBABLE
        if value.likelihood > FAINTEST and key not in self._seen:
            self._seen.add(key)
            self._pending.append(value)

    def note(self, use: Use, value: Value) -> None:
        """Note a use of a value, with the route of the value and at most its likelihood.

        Of two uses that differ only in their likelihood, the likelier one is kept.
        """
        found = replace(use, route=value.route, carry=value.carry, likelihood=use.likelihood * value.likelihood)
        key = found.fate, found.event, found.route, found.refills, found.carry
        known = self._found.get(key)
        if known is None or known.likelihood < found.likelihood:
            self._found[key] = found

    def uses(self, closure: Closure) -> tuple[Use, ...]:
        """Return every use of another closure, as events of the function that makes it."""
        return uses(closure, self.context)

    def parameter_uses(
        self, function: Scope, name: str, carry: Carry, members: Mapping[str, Carry] | None = None
    ) -> tuple[Use, ...]:
        """Return what a function of the file does with a parameter, as events of that function.

        `members` are the attributes of an object that return what is followed. A recursive call adds nothing.
        """
        summaries = self.context.summaries
        key = function, name, carry, frozenset(members.items() if members else ())
        if key not in summaries:
            summaries[key] = ()
            variable = function.variables.get(name)
            if variable is not None and self.context.depth < _DEEPEST:
                self.context.depth += 1
                trace = Trace(function, self.context)
                trace.members.update(members or {})
                trace.variable(variable, None, Value(function.node, carry))
                summaries[key] = trace.run()
                self.context.depth -= 1
        return summaries[key]

    def elsewhere(self, maker: Scope, value: Value, target: ast.AST | None = None) -> tuple[Use, ...]:
        """Return the uses of another value, perhaps bound to a target, in this function or another one."""
        key = maker, value.node, value.carry, target
        if key not in self.context.elsewhere:
            self.context.elsewhere[key] = ()
            trace = Trace(maker, self.context)
            if target is None:
                trace.follow(value)
            else:
                trace.targets(target, value)
            self.context.elsewhere[key] = trace.run()
        return self.context.elsewhere[key]

    # Variables.

    def defined(self, value: Value) -> None:
        """Follow a function or class statement: through its decorators, then as its name."""
        node = value.node
        for decorator in reversed(decorators_of(node)):
            below = decorators.decorated(self, decorator, value)
            if below is None:
                return
            value = below
        bases.subclassed(self, node, value)
        variable = self.context.names.variable(node)
        if variable is not None:
            self.bound(node, variable, value)

    def bound(self, target: ast.AST, variable: Variable, value: Value) -> None:
        """Follow a value into a variable, by the node that binds it."""
        event: Event = (Do.BIND, target)
        kept = Use(Fate.STORED, event, target, f"kept in {variable.name!r}")
        if variable.scope.kind is ScopeKind.CLASS:
            if self._is_made_once(variable.scope):
                self.note(kept, value)
            self.members[variable.name] = value.carry
            self._member(variable.scope, value)
        elif unit(variable.scope) is self.maker:
            if self.is_container(value) and variable.scope is self.maker and self.maker.kind is ScopeKind.MODULE:
                self._published(variable, kept, value)
            self.variable(variable, event, value)
        else:
            self.note(replace(kept, refills=self.rebinds(variable)), value)

    def _member(self, scope: Scope, value: Value) -> None:
        """Follow what a class body binds: it goes where the class goes."""
        variable = self.context.names.variable(scope.node)
        if unit(scope) is self.maker and variable is not None and (scope,) not in self._seen:
            self._seen.add((scope,))
            bases.subclassed(self, scope.node, value)
            self.bound(scope.node, variable, value.at(scope.node, Carry.CLASS))

    def _is_made_once(self, scope: Scope) -> bool:
        """Return whether a class belongs to the module, and is not made in a loop."""
        made: Event = (Do.BIND, scope.node)
        return self.maker.kind is ScopeKind.MODULE and self.graph.path(made, [made]) is None

    def rebinds(self, variable: Variable) -> frozenset[Event]:
        """Return the events that bind a variable to another value, or empty the container that it names."""
        key = self.maker, variable
        if key not in self.context.lost:
            self.context.lost[key] = frozenset(filter(self.graph.happens, emptying.losses(self, variable)))
        return self.context.lost[key]

    def variable(
        self,
        variable: Variable,
        event: Event | None,
        value: Value,
        absorbed: Event | None = None,
        dropped: frozenset[Event] = frozenset(),
    ) -> None:
        """Follow a value through every read of the variable that `event` bound to it (None: a parameter).

        With `absorbed` the variable was bound before, to the object that takes the value in at that event; the reads
        before it count too, because the object may have got elsewhere by them. The object lets the value go by
        `dropped`.
        """
        refills = self.rebinds(variable)
        station = absorbed or event
        if station and any(station in stop.events for stop in value.route):
            # The new value carries the old one on: `it = chain(it, more)`.
            refills -= {station}
            value = replace(value, route=tuple(stop for stop in value.route if station not in stop.events))
        onward = value.by(Stop(frozenset([station]), refills | dropped)) if station else value
        own, captured = self._telling_reads(variable)
        events: list[Event] = [(Do.READ, read) for read in own]
        reached = self.graph.reached(station, events, refills)
        for read in events:
            if read in reached:
                newest = absorbed if absorbed and slots.is_of_newest(self, read[1], absorbed) else None
                by = value.by(Stop(frozenset([newest]), refills | dropped | {newest})) if newest else onward
                self.follow(by.at(read[1]))
            if absorbed and aliases.is_alias(self, variable, event, read[1], absorbed):
                aliases.follow(self, variable, read[1], absorbed, value)
        if captured:
            # What cannot come any more refills nothing; among functions that call each other it would add up.
            coming = self.graph.reached(station, refills, ()) if refills else refills
            self._captured(variable, captured, onward, frozenset(coming))

    def _telling_reads(self, variable: Variable) -> tuple[list[ast.AST], list[Scope]]:
        """Return the reads of a variable in its function that can pass on its value, and other blocks that read it."""
        if variable not in self.context.read:
            own: list[ast.AST] = []
            others: list[Scope] = []
            home = unit(variable.scope)
            for reference in variable.references:
                if unit(reference.scope) is not home:
                    others.append(reference.scope)
                elif reference.node not in reference.scope.unevaluated and not self._only_fills(reference.node):
                    own.append(reference.node)
            self.context.read[variable] = own, others
        return self.context.read[variable]

    def _only_fills(self, read: ast.AST) -> bool:
        """Return whether a read only puts something into a container: `kept.append(it)`."""
        method = self.context.parents.get(read)
        if not isinstance(method, ast.Attribute) or method.attr not in containers.KEEPS_TO_ITSELF:
            return False
        return self.context.parents.call_of(method) is not None

    def _captured(self, variable: Variable, scopes: Sequence[Scope], value: Value, refills: frozenset[Event]) -> None:
        """Follow a value into the functions that capture its variable: it is used when they are."""
        for closure in {self._closure_around(scope): None for scope in scopes}:
            if closure is None:
                continue
            if closure.scope is self.scope:
                if value.route:
                    self._older.append((closure, value, refills))
                continue
            readers.used_with(self, closure, value, refills)
            is_def = isinstance(closure.node, (ast.FunctionDef, ast.AsyncFunctionDef))
            if self.maker.kind is ScopeKind.MODULE and is_def and self._is_left(value, refills):
                text = f"read by {closure.scope.name!r} through {variable.name!r}"
                self.note(Use(Fate.STORED, self.graph.exit, closure.node, text, refills=refills), value)

    def _is_left(self, value: Value, refills: frozenset[Event]) -> bool:
        """Return whether a value can still be where it got last when the function ends."""
        here = value.route[-1].events if value.route else [None]
        return any(self.graph.path(event, [self.graph.exit], refills) for event in here)

    def _closure_around(self, scope: Scope | None) -> Closure | None:
        """Return the closure of the current function that a block belongs to."""
        while scope is not None:
            closure = self.context.closure_in.get(scope)
            if closure is not None and closure.maker is self.maker:
                return closure
            scope = scope.parent
        return None

    # Containers and objects.

    def targets(self, target: ast.AST, value: Value) -> None:
        """Follow a value into the target of an assignment, a loop or a `with`."""
        variable = self.context.names.variable(target)
        if variable is not None:
            self.bound(target, variable, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self.targets(part, value)
        elif isinstance(target, ast.Starred):
            self.targets(target.value, value.at(target, Carry.HOLDER))
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            text, refills = f"stored in {brief(target)}", slots.of_target(self, target)
            self.absorbed(target.value, Use(Fate.STORED, (Do.BIND, target), target, text, refills=refills), value)

    def absorbed(self, holder: ast.AST, use: Use, value: Value) -> None:
        """Follow a value into the container or object that an expression names: it lives as long as that one.

        The `refills` of the use replace the value, as long as the expression names the same object.
        """
        root = births.root(holder)
        self.members.update(dict.fromkeys(births.attributes(holder), Carry.HOLDER))
        variable = self.context.names.variable(root)
        born = births.births(self, root, variable) if variable else None
        if born is None or variable is None:
            slots.read_back(self, use, value)
            ends = aliases.emptied(self, holder, use.event, use.refills)
            is_emptied = not ends <= use.refills
            use = replace(use, until=use.until | with_end(self, root), refills=ends)
            if is_emptied:
                aliases.follow_again(self, holder, use, value)
            born = births.passing(self, root, use.event)
            passes = born or births.is_patch(self, use)
            self.note(replace(use, likelihood=evidence.PASSING_OBJECT if passes else 1.0), value)
        if not born or variable is None:
            return
        if variable.scope is self.maker and self.maker.kind is ScopeKind.MODULE:
            self._published(variable, use, value)
        if births.is_left_ready(self, variable, born, use.event):
            kept = Use(Fate.UNKNOWN, use.event, use.node, use.text, likelihood=evidence.DROPPED_OBJECT)
            self.note(kept, value)
        if (variable, use.event) not in self._seen:
            self._seen.add((variable, use.event))
            emptied = {event for event in self.rebinds(variable) if event[0] is Do.CALL}
            for place in births.places(variable, born):
                self.note(replace(use, refills=slots.of_target(self, place) | emptied, until=frozenset()), value)
            dropped = use.refills | takers(use, self.maker, self.context) | slots.taken_out(self, root, use.node)
            for birth in born:
                holding = value.at(use.node, Carry.HOLDER)
                self.variable(variable, birth, holding, absorbed=use.event, dropped=dropped)

    def _published(self, variable: Variable, use: Use, value: Value) -> None:
        """Note that a container is a global of the module, where importers of the module can find it."""
        refills = use.refills | self.rebinds(variable)
        if self.graph.path(use.event, [self.graph.exit], refills) is not None:
            self.note(replace(use, refills=refills, until=frozenset()), value)

    def is_container(self, value: Value) -> bool:
        """Return whether a value is a display, a comprehension or a call that collects: `list(...)`."""
        node = value.node
        return isinstance(node, births.DISPLAYS) or (
            isinstance(node, ast.Call)
            and value.carry is Carry.HOLDER
            and self.context.names.dotted(node.func) in _COLLECTING
        )
