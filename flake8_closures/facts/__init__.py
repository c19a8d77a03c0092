"""What is known about a file? Each fact is computed on first use, from other facts, and then kept."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from flake8_closures.facts import (
    classes,
    closures,
    consumers,
    early,
    escape,
    flow,
    handled,
    hiding,
    hoistable,
    late,
    lost,
    misdeclared,
    retained,
    scopes,
    sometimes,
    spots,
    suspended,
    testing,
    unbound,
)
from flake8_closures.facts.callees import Callees
from flake8_closures.facts.certain import Certain
from flake8_closures.facts.classes import ClassName
from flake8_closures.facts.cycles import named, owners
from flake8_closures.facts.cycles.named import NamedCycle
from flake8_closures.facts.cycles.owners import OwnerCycle
from flake8_closures.facts.design import caches, state, wrappers
from flake8_closures.facts.design.caches import Cache
from flake8_closures.facts.design.state import SharedState
from flake8_closures.facts.design.wrappers import Wrapper
from flake8_closures.facts.early import EarlyCapture
from flake8_closures.facts.escape import ClosureFacts, TraceContext, Use
from flake8_closures.facts.flow import Event, Graph
from flake8_closures.facts.hiding import Hidden
from flake8_closures.facts.hoistable import Hoist
from flake8_closures.facts.knowledge import DEFAULT, Knowledge
from flake8_closures.facts.knowledge.signatures import Inspection
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.lifetime import cargo, finalizers, forwarders, outlived, processes, receivers, shipping
from flake8_closures.facts.lifetime.cargo import Baggage, Cargo
from flake8_closures.facts.lifetime.finalizers import SelfKept
from flake8_closures.facts.lifetime.forwarders import Forwarder
from flake8_closures.facts.lifetime.outlived import Outlived
from flake8_closures.facts.lifetime.processes import Pickled, Unpicklable
from flake8_closures.facts.lifetime.receivers import DeadReceiver
from flake8_closures.facts.lost import Lost
from flake8_closures.facts.misdeclared import Misdeclared
from flake8_closures.facts.names import Names
from flake8_closures.facts.positions import line_of
from flake8_closures.facts.retained import Held
from flake8_closures.facts.retention import RetentionContext
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.facts.suspended import Stranded
from flake8_closures.facts.unbound import Unbound
from flake8_closures.facts.undefined import Undefined
from flake8_closures.facts.weight import Weights
from flake8_closures.memo import cached_property
from flake8_closures.model import Binding, Capture, Closure, Limits, Scope, Span, Variable
from flake8_closures.source import Source


class Facts:
    """The facts of one file. The only place where the modules of this room meet."""

    def __init__(self, source: Source, knowledge: Knowledge = DEFAULT, limits: Limits | None = None) -> None:
        """`limits` are the sizes and counts from which on a report is worth it; those of `Limits()` if None."""
        self.source = source
        self.knowledge = knowledge
        self.limits = limits or Limits()
        self._graphs: dict[ast.AST, Graph] = {}
        self._closure_facts = ClosureFacts(self.captures, self.graph, self.uses)
        self._captures: dict[Closure, tuple[Capture, ...]] = {}

    def forget(self) -> None:
        """Break the reference cycles between facts, so that they are freed at once, without the garbage collector.

        No fact can be asked for afterwards.
        """
        for scope in self.__dict__.get("scopes", ()):
            scope.forget()
        self.__dict__.clear()

    @cached_property
    def scopes(self) -> Sequence[Scope]:
        """Every scope of the file, parents before children, the module first."""
        return scopes.build(self.source.tree)

    @cached_property
    def names(self) -> Names:
        """The variables and the full dotted names behind the names of the file."""
        return Names(self.scopes)

    @cached_property
    def closures(self) -> Sequence[Closure]:
        """Every function, lambda, generator expression and method of the file, outer ones first."""
        return closures.find(self.scopes)

    @cached_property
    def _inner(self) -> Sequence[Closure]:
        """The closures without the functions and methods at the top level of the module."""
        return closures.inner(self.closures)

    def captures(self, closure: Closure) -> tuple[Capture, ...]:
        """Return the variables of outer functions and of the module that a closure reads or writes, in the order of the
        reads.
        """
        if closure not in self._captures:
            self._captures[closure] = closures.captures(closure)
        return self._captures[closure]

    def graph(self, node: ast.AST) -> Graph:
        """Return the control flow of a module, function, lambda or generator expression."""
        if node not in self._graphs:
            self._graphs[node] = flow.build(node, self.names.dotted, self.never_returns)
        return self._graphs[node]

    def never_returns(self, call: ast.Call) -> bool:
        """Return whether a call always raises: `sys.exit()`, or a function of this file that always does."""
        if not flow.may_never_return(call.func):
            return False
        variable = self.names.variable(call.func)
        bindings = variable.bindings if variable else []
        function = bindings[0].node if len(bindings) == 1 else None
        return flow.never_returns(self.names.dotted(call.func), function, self.names.dotted)

    def uses(self, closure: Closure) -> tuple[Use, ...]:
        """Return every use of a closure that can be found, with the evidence."""
        return escape.uses(closure, self._trace_context)

    def inspection(self, closure: Closure) -> Inspection:
        """Return the most that anything which gets the closure does with its signature."""
        found = consumers.inspection(closure, self.uses(closure), self._semantics, lambda: self._own_inspection)
        return max(found, consumers.of_type_comment(closure, self.source.lines))

    @cached_property
    def _own_inspection(self) -> Inspection:
        return consumers.of_own_code(self.source.tree, self.names)

    @cached_property
    def _callees(self) -> Callees:
        return Callees(self.scopes, self.names, self.source.parents)

    @cached_property
    def _trace_context(self) -> TraceContext:
        in_tests = testing.is_named_so(self.source.path)
        return TraceContext(
            self.source.parents, self.names, self._callees, self.closures, self.graph, self.knowledge, in_tests
        )

    def _takers(self, use: Use, maker: Scope) -> frozenset[Event]:
        return escape.takers(use, maker, self._trace_context)

    def _traced(self, ask: Callable[..., tuple[Use, ...]]) -> Callable[..., tuple[Use, ...]]:
        """Return a question about uses that brings the context along, which is made when it is first asked."""
        return lambda *arguments: ask(*arguments, context=self._trace_context)

    def _is_passing(self, closure: Closure) -> bool:
        return escape.is_passing(closure, self.source.parents, self.knowledge)

    @cached_property
    def weights(self) -> Weights:
        """How much memory values take: expressions, variables, what closures captured, attributes of instances."""
        return Weights(self._callees, self.graph, self.source, self.knowledge.bulk_loaders)

    @cached_property
    def _is_test(self) -> bool:
        """Whether the file is test code, where what is kept alive goes with the test."""
        return testing.is_named_so(self.source.path) or any(map(self._semantics.imports, testing.FRAMEWORKS))

    @cached_property
    def _inner_outside_tests(self) -> Sequence[Closure]:
        return [] if not self._inner or self._is_test else self._inner

    @cached_property
    def _retention_context(self) -> RetentionContext:
        return RetentionContext(
            self.names,
            self.weights,
            self._callees,
            self.uses,
            self.graph,
            self._traced(escape.value_uses),
            lambda node, maker: escape.value_uses(node, maker, self._trace_context, escape.Carry.HOLDER),
            self._takers,
            self.source.parents,
            self.limits,
        )

    @cached_property
    def held(self) -> Sequence[Held]:
        """The heavy objects that closures keep alive beyond the function that makes them."""
        if not self._inner_outside_tests:
            return []
        return [*retained.find(self._inner_outside_tests, self.captures, self._retention_context)]

    def place_of(self, binding: Binding) -> Span:
        """Return where a bound name stands, or the whole node where the text does not spell the name."""
        return spots.place_of(binding, self.source)

    def hoist(self, held: Held) -> Hoist | None:
        """Return how a closure could let go of a heavy object, None where its behaviour would change."""
        return hoistable.find(held, self._retention_context)

    @cached_property
    def stranded(self) -> Sequence[Stranded]:
        """The heavy local variables of generator functions that nothing reads after a `yield`."""
        if not self._generators or self._is_test:
            return []
        return [*suspended.find(self._generators, self._retention_context)]

    @cached_property
    def _generators(self) -> Sequence[Scope]:
        return [scope for scope in self.scopes if scope.is_generator]

    @cached_property
    def owner_cycles(self) -> Sequence[OwnerCycle]:
        """The closures over `self`, the wrapped methods of it and the generators, that are stored on `self`."""
        semantics = self._semantics
        wrappers = [] if self._is_test else semantics.imported("functools")
        return [
            *owners.of_owners(
                self._inner_outside_tests, self.captures, self.uses, semantics, self.knowledge, self.graph
            ),
            *owners.of_wrapped_methods(wrappers, semantics),
            *owners.of_generators([] if self._is_test else self._generators, semantics),
        ]

    @cached_property
    def named_cycles(self) -> Sequence[NamedCycle]:
        """The local functions that capture their own name, and the local classes that keep something heavy alive."""
        if not self._inner_outside_tests:
            return []
        defined = named.of_functions(self._inner_outside_tests, self.captures, self._semantics)
        return [*named.of_names(defined, self.captures, self.uses, self.weights, self.limits)]

    @cached_property
    def late_captures(self) -> Sequence[LateCapture]:
        """Every variable that a closure made in a loop reads after it was bound again."""
        return [*late.find(self.closures, self._closure_facts, self.names, self._takers, self._is_passing)]

    @cached_property
    def rebound_captures(self) -> Sequence[LateCapture]:
        """Every variable that a closure made outside loops reads after it was bound again."""
        return [*late.find_outside_loops(self._inner, self._closure_facts, self._is_passing)]

    @cached_property
    def unbound(self) -> Sequence[Unbound]:
        """The variables that their function certainly touches while they have no value."""
        return [fact for fact in self._touched if fact.sure]

    @cached_property
    def taken_away(self) -> Sequence[Unbound]:
        """The variables that are read by everybody who comes out of an except block, and elsewhere have a value."""
        return [*handled.find(self._touched, self.graph, self.source.parents)]

    def unbound_beside(self, outer: Variable | None) -> Sequence[Unbound]:
        """Return the variables that are certainly touched too early and hide the given outer variable."""
        return self._unbound_by_outer.get(outer, ()) if outer else ()

    @cached_property
    def _unbound_by_outer(self) -> dict[Variable | None, list[Unbound]]:
        found: dict[Variable | None, list[Unbound]] = {}
        for fact in self.unbound:
            found.setdefault(fact.outer, []).append(fact)
        return found

    @cached_property
    def sometimes_unbound(self) -> Sequence[Unbound]:
        """The variables that have a value on one path to a read and none on another, while an outer one has the same
        name.
        """
        return [*sometimes.find(self._touched, self.source.parents)]

    def comes_round(self, fact: Unbound) -> bool:
        """Return whether a loop can bring a value that the function assigns to the touch."""
        return sometimes.comes_round(fact, self.graph)

    @cached_property
    def _hidden(self) -> Hidden:
        return hiding.find(self.scopes)

    @cached_property
    def _touched(self) -> Sequence[Unbound]:
        return [*unbound.find(self._hidden, self.graph, self.source.parents)]

    @cached_property
    def lost(self) -> Sequence[Lost]:
        """The variables that a function binds for itself by mistake, because an outer one is meant."""
        failing = {fact.variable for fact in self.unbound}
        failing |= {fact.variable for fact in self.sometimes_unbound if sometimes.is_forgotten(fact)}
        undefined = Undefined(self.scopes, self.source.parents, self._is_silenced)
        return [*lost.find(self._hidden, failing, undefined, self.graph, self.source.parents)]

    def _is_silenced(self, name: ast.AST) -> bool:
        """Whether a comment tells linters that a name is undefined on purpose."""
        return self.source.silenced(line_of(name), "F821")

    @cached_property
    def early_captures(self) -> Sequence[EarlyCapture]:
        """Every captured variable that certainly has no value when a closure that reads it runs."""
        certain = Certain(self.names, self._callees, self.graph)
        return [*early.find(self.closures, self._closure_facts, certain, self.source.parents)]

    @cached_property
    def class_names(self) -> Sequence[ClassName]:
        """The names of class bodies that are used where they cannot be seen."""
        return [*classes.find(self.scopes, self.unbound, self.graph, self.source.parents)]

    @cached_property
    def misdeclared(self) -> Sequence[Misdeclared]:
        """The `global` statements that name a variable which only an enclosing function has."""
        return [*misdeclared.find(self.scopes)]

    # Lifetimes: what is handed to someone who keeps it too long, too weakly, or sends it away.

    @cached_property
    def _semantics(self) -> SemanticModel:
        return SemanticModel(self.scopes, self.names, self._callees, self.closures, self.source.parents)

    @cached_property
    def kept_by_finalizers(self) -> Sequence[SelfKept]:
        """The callbacks of `weakref.finalize` that own the object they wait for."""
        return [*finalizers.of_objects(self._semantics, self.captures, self.graph)]

    @cached_property
    def kept_until_exit(self) -> Sequence[SelfKept]:
        """The callbacks of `atexit` that own the object whose method registers them."""
        return [*finalizers.at_exit(self._semantics, self.captures)]

    @cached_property
    def forwarders(self) -> Sequence[Forwarder]:
        """The lambdas that only call a method of `self`, given to an emitter that is not part of it."""
        return [*forwarders.find(self._inner, self._semantics, self.knowledge)]

    @cached_property
    def dead_receivers(self) -> Sequence[DeadReceiver]:
        """The functions that are connected to a signal which holds them weakly, while nobody else keeps them."""
        given, others = self._traced(escape.parameter_uses), self._traced(escape.value_uses)
        return [*receivers.find(self._semantics, self.uses, self.graph, given, others, self.knowledge.weak_signals)]

    @cached_property
    def pickled(self) -> Sequence[Pickled]:
        """The arguments that are pickled for another process, or by the program itself."""
        return [*processes.pickled(self._semantics)]

    @cached_property
    def unpicklable(self) -> Sequence[Unpicklable]:
        """The functions among them that pickle cannot find again."""
        return [*processes.unpicklable(self._semantics, self.pickled, self.graph)]

    @cached_property
    def outlived(self) -> Sequence[Outlived]:
        """The closures and lazy iterators that are used after the end of the `with` block whose resource they use."""
        follow = self._traced(escape.expression_uses)
        return [*outlived.find(self._semantics, self.uses, follow, self.graph, self.knowledge)]

    @cached_property
    def cargo(self) -> Sequence[Cargo]:
        """The data that is sent along with functions that are sent by value, from the limit on."""
        sent = shipping.find(self._inner, self._semantics, self.knowledge.ship_decorators)
        return [*cargo.of_shipped(self._semantics, self.captures, self.weights, sent, self.limits.ship)]

    @cached_property
    def traced(self) -> Sequence[Cargo]:
        """The arrays that are compiled into traced programs, from the same limit on."""
        return [*cargo.of_traced(self._semantics, self.captures, self.weights, self.limits.ship)]

    @cached_property
    def baggage(self) -> Sequence[Baggage]:
        """The bound methods that are pickled together with an object that is as heavy."""
        return [*cargo.of_methods(self._semantics, self.weights, self.pickled, self.limits.ship)]

    # Design: what would be clearer as something else.

    @cached_property
    def shared_states(self) -> Sequence[SharedState]:
        """The functions that hand out several closures over state that they share."""
        closures, limits = self._inner_outside_tests, self.limits
        return [*state.find(closures, self._semantics, self.captures, limits.variables, limits.functions)]

    @cached_property
    def wrappers(self) -> Sequence[Wrapper]:
        """The wrappers that decorators return without `functools.wraps` or the like."""
        return [*wrappers.find(self._inner, self._semantics)]

    @cached_property
    def caches(self) -> Sequence[Cache]:
        """The dicts that closures of the module fill and nobody empties."""
        return [*caches.find(self._inner_outside_tests, self._semantics)]
