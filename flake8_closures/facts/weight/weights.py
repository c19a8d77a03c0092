"""How much memory stays alive with an expression, with a variable that a closure captured, with an instance?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from flake8_closures.facts.blocks import methods, unit
from flake8_closures.facts.callees import Callees, attributes_of
from flake8_closures.facts.flow import Do, Event, Graphs
from flake8_closures.facts.functions import first_parameter
from flake8_closures.facts.spots import text_of
from flake8_closures.facts.weight import expressions, growth, losses, rounds
from flake8_closures.facts.weight.estimate import UNKNOWN, Estimate
from flake8_closures.facts.weight.estimator import ABSURD, Estimator
from flake8_closures.facts.weight.expressions import smallest
from flake8_closures.facts.weight.worth import worth
from flake8_closures.model import Binding, BindingKind, Closure, Scope, Variable, Weight
from flake8_closures.source import Source

LIGHT = 1000
"""Variables that only ever hold fewer bytes are not examined further."""
LONGEST = 60
"""How many characters of an expression a message shows."""


class Weights:
    """The weights of one file. What the text does not prove has no size."""

    def __init__(
        self,
        callees: Callees,
        graph: Graphs,
        source: Source,
        loaders: Collection[str] = (),
    ) -> None:
        """`loaders` are further bulk loaders: full dotted names, or `.name` for methods of that name."""
        self._graph, self._source, self._parents = graph, source, source.parents
        self._estimator = Estimator(callees, graph, loaders)
        self._loaders = {name.rpartition(".")[2] for name in loaders}
        self._names = callees.names
        self._growths: dict[Variable, Estimate] = {}
        self._attributes: dict[Scope, dict[str, Weight]] = {}
        self._values: dict[Scope, dict[str, list[ast.expr | None]]] = {}

    def estimate(self, node: ast.AST) -> Estimate:
        """Return everything that is known of the value of an expression: type, length, shape, what it is a view of."""
        return self._estimator.of(node)

    def taken(self, whole: Estimate, node: ast.Subscript) -> Estimate:
        """Return what a subscript takes of a value that is known under another name."""
        return expressions.taken(self._estimator, whole, node)

    def rounds(self, loop: ast.AST) -> int:
        """Return the iterations of a loop or comprehension; 0 if unknown."""
        return rounds.rounds(loop, self.estimate, self._names, self._parents)

    def expression(self, node: ast.expr) -> Weight:
        """Return what the value of an expression keeps alive."""
        return self._weight(self.estimate(node), node)

    def variable(self, variable: Variable) -> Weight:
        """Return what a variable keeps alive that is bound once: a constant of the module, a local.

        Unknown where it is bound again, or declared `nonlocal` or `global` and bound elsewhere.
        """
        bindings = variable.bindings
        if len(bindings) != 1:
            return Weight()
        found = self._estimator.bound(bindings[0])
        if (found.kept is not None or found.loader) and self.may_shrink(variable):
            return Weight()
        grown = self._grown(variable, found)
        return self._weight(grown, bindings[0].value, grew=grown is not found)

    def may_shrink(self, variable: Variable) -> bool:
        """Return whether something may be removed from the object of a variable."""
        return losses.may_shrink(variable, self._names, self._parents)

    def is_worth(self, binding: Binding) -> bool:
        """Return whether a binding may give a heavy value at all, as far as its outermost node shows."""
        return worth(binding, self._loaders)

    def captured(self, variable: Variable, closure: Closure) -> Weight:
        """Return what the variable of a function keeps alive once a closure made there has captured it.

        That is the least of what it may hold when the closure is made, and of what it may be bound to afterwards.
        """
        found, value = self.captured_estimate(variable, closure)
        grew = value is not None and found is not self.estimate(value) and len(variable.bindings) == 1
        return self._weight(found, value, grew=grew)

    def captured_estimate(self, variable: Variable, closure: Closure) -> tuple[Estimate, ast.expr | None]:
        """Return the same as an estimate, with the expression that gave the variable its value."""
        bindings = [binding for binding in variable.bindings if binding.kind is not BindingKind.ANNOTATION]
        if not any(self.is_worth(binding) for binding in bindings):
            return UNKNOWN, None
        if any(unit(binding.scope) is not variable.scope for binding in bindings):
            return UNKNOWN, None
        values = [(self._estimator.bound(binding), binding) for binding in bindings]
        if all(found.kept is None and not found.loader for found, _ in values):
            return UNKNOWN, None
        if self.may_shrink(variable):
            return UNKNOWN, None
        if len(bindings) == 1:
            return self._grown(variable, values[0][0]), bindings[0].value
        heavy = any(found.loader or (found.kept or 0) >= LIGHT for found, _ in values)
        if variable.scope is not closure.maker or not heavy:
            return UNKNOWN, None
        graph, made = self._graph(closure.maker.node), (Do.MAKE, closure.carrier)
        events: dict[Event, Estimate] = {}
        for found, binding in values:
            events[Do.UNBIND if binding.kind is BindingKind.DELETE else Do.BIND, binding.node] = found
        last, from_entry = graph.last_before(made, events)
        after = {event for event in events if graph.path(made, [event]) is not None}
        if from_entry or any(do is Do.UNBIND for do, _ in last | after):
            return UNKNOWN, None
        least = smallest([events[event] for event in last | after])
        origin = next(
            (b.value for found, b in values if found.kept == least.kept and found.loader == least.loader), None
        )
        return least, origin

    def viewed(self, variable: Variable, closure: Closure) -> Weight | None:
        """Return what a captured view is a view of; None if no expression stands for it."""
        whole = self.whole(variable, closure)
        return self.expression(whole) if whole is not None else None

    def whole(self, variable: Variable, closure: Closure) -> ast.expr | None:
        """Return the expression that makes a captured object, or what it is a view of."""
        _, origin = self.captured_estimate(variable, closure)
        return [None, *self.steps(origin)][-1]

    def steps(self, node: ast.expr | None) -> Iterator[ast.expr]:
        """Yield an expression and what it is a view of, one after the other; names are followed to their values."""
        while node is not None:
            yield node
            variable = self._names.variable(node)
            if variable is not None:
                node = variable.bindings[0].value if len(variable.bindings) == 1 else None
            else:
                node = _viewed_in(node, self.estimate) if self.estimate(node).base is not None else None

    def attributes(self, owner: Scope) -> Mapping[str, Weight]:
        """Return the attributes of the instances of a class whose weight is known, as its methods assign them.

        The weight of an attribute is the least of what any method of the class may assign to it on `self`.
        """
        if owner not in self._attributes:
            self._attributes[owner] = {
                name: weight
                for name, values in self.assigned(owner).items()
                if (weight := self._of_all(values)).size is not None or weight.loader
            }
        return self._attributes[owner]

    def written(self, node: ast.expr) -> str:
        """Return an expression as it stands in the file, shortened, on one line."""
        span = self._source.span(node)
        text = text_of(span, self._source) if span.line == span.end_line else ast.unparse(node)
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."

    def _weight(self, found: Estimate, node: ast.expr | None, *, grew: bool = False) -> Weight:
        kept = found.kept
        if kept is None and not found.loader:
            return Weight(kind=found.kind)
        span = None
        text = ""
        if node is not None:
            text, span = self.written(node) + self._given(node), self._source.span(node)
            text += " and what is put into it" if grew else ""
        return Weight(None if kept is None else round(kept), found.loader, found.kind, text, span, found.exact)

    def _given(self, node: ast.expr) -> str:
        """Return the numbers in words that calls give the parameters in an expression."""
        found = {}
        for part in ast.walk(node):
            variable = self._names.variable(part)
            if variable is not None and variable.is_parameter:
                number = self.estimate(part).value
                if isinstance(number, int):
                    found[variable.name] = f"{variable.name} = {number:_}"
        return f" ({', '.join(found.values())})" if found else ""

    def _grown(self, variable: Variable, found: Estimate) -> Estimate:
        if found.kind not in growth.KINDS or found.length is None:
            return found
        if variable not in self._growths:
            self._growths[variable] = found
            with suppress(*ABSURD):
                self._growths[variable] = growth.grown(variable, found, self._estimator, self._parents)
        return self._growths[variable]

    def _of_all(self, values: Sequence[ast.expr | None]) -> Weight:
        if any(value is None for value in values):
            return Weight()
        known = [value for value in values if value is not None]
        least = smallest([self.estimate(value) for value in known])
        origin = next((value for value in known if self.estimate(value).kept == least.kept), known[0])
        return self._weight(least, origin)

    def assigned(self, owner: Scope) -> Mapping[str, Sequence[ast.expr | None]]:
        """Return the values that methods of a class assign to attributes of `self`; None stands for other changes."""
        if owner not in self._values:
            self._values[owner] = self._stored(owner)
        return self._values[owner]

    def _stored(self, owner: Scope) -> dict[str, list[ast.expr | None]]:
        """Return what each method of a class assigns to the attributes of its instance."""
        found: dict[str, list[ast.expr | None]] = {}
        for method in methods(owner):
            for attribute in attributes_of(first_parameter(method), self._parents):
                if isinstance(attribute.ctx, ast.Load):
                    if losses.loses([attribute], self._parents):
                        found.setdefault(attribute.attr, []).append(None)
                    continue
                statement = self._parents.get(attribute)
                value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
                if isinstance(statement, ast.AnnAssign) and value is None:
                    continue
                found.setdefault(attribute.attr, []).append(value)
        return found


def _viewed_in(node: ast.expr, estimate: Callable[[ast.AST], Estimate]) -> ast.expr | None:
    """Return the part of an expression that gives a view which the view is taken of: the receiver or an argument."""
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return node.value
    if isinstance(node, ast.Call):
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return max([*receiver, *node.args], key=lambda part: estimate(part).kept or 0.0, default=None)
    return None
