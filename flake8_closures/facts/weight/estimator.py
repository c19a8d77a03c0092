"""How much memory does an expression's value take? Asks the constructors, follows names to what they are bound to."""

from __future__ import annotations

import ast
from collections.abc import Collection
from contextlib import suppress

from flake8_closures.facts.callees import Callees, is_spread
from flake8_closures.facts.flow import Do, Graphs
from flake8_closures.facts.knowledge import containers, loaders
from flake8_closures.facts.names import managed
from flake8_closures.facts.weight import array_makers, arrays, calls, losses, methods, parameters, tables, texts
from flake8_closures.facts.weight.estimate import INTEGER, STRING, UNKNOWN, Estimate
from flake8_closures.facts.weight.expressions import EXPRESSIONS, smallest
from flake8_closures.model import Binding, BindingKind

ABSURD = (ArithmeticError, ValueError)
"""The exceptions for lengths that no object can have: `range(10 ** 30)`, `np.arange(1e400)`."""
_DEEPEST = 40
"""How many nested expressions are examined."""
_MOST = 4
"""How many bindings of one name are compared."""
VALUES = (BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.WALRUS)
"""The bindings that give a name the value of one expression."""
_DRAWN = (BindingKind.LOOP_TARGET, BindingKind.COMPREHENSION_TARGET)
_LOADERS = frozenset(f"{module}.{name}" for module, names in loaders.CALLABLES.items() for name in names.split())
_READERS = {maker: names.split() for makers, names in loaders.READERS.items() for maker in makers.split()}
_KINDS = {method: kind for names, kind in loaders.KINDS.items() for method in names.split()}
_RESPONSES = frozenset(
    f"{module}.{name}"
    for modules, names in loaders.DOWNLOADS.items()
    for module in modules.split()
    for name in names.split()
)
_RESPONSE = "requests.Response"


class Estimator:
    """Estimates the values of one file, each expression once."""

    def __init__(self, callees: Callees, graph: Graphs, more_loaders: Collection[str] = ()) -> None:
        """`more_loaders` are full dotted names of further bulk loaders, or `.name` for methods."""
        self._callees, self._graph = callees, graph
        self.names, self._parents = callees.names, callees.parents
        self._loaders = _LOADERS | {name for name in more_loaders if not name.startswith(".")}
        self._methods = {*loaders.METHODS, *(name[1:] for name in more_loaders if name.startswith("."))}
        self._known: dict[ast.AST, Estimate] = {}
        self._depth = 0

    def of(self, node: ast.AST) -> Estimate:
        """Return what is known of the value of an expression."""
        known = self._known.get(node)
        if known is not None:
            return known
        if self._depth >= _DEEPEST:
            return UNKNOWN
        # A value that depends on itself is not known.
        self._known[node] = UNKNOWN
        self._depth += 1
        with suppress(*ABSURD):
            self._known[node] = self._evaluated(node)
        self._depth -= 1
        return self._known[node]

    def _evaluated(self, node: ast.AST) -> Estimate:
        if isinstance(node, ast.Name):
            return self._named(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        visit = EXPRESSIONS.get(type(node))
        return visit(self, node) if visit else UNKNOWN

    # Names.

    def _named(self, node: ast.Name) -> Estimate:
        variable = self.names.variable(node)
        if variable is None:
            return UNKNOWN
        bindings = variable.bindings
        if len(bindings) == 1:
            found = self.bound(bindings[0])
            is_emptied = found.length and losses.loses((each.node for each in variable.references), self._parents)
            return UNKNOWN if is_emptied else found
        scope = self.names.scope(node)
        if scope is not variable.scope or not scope.is_function or not 1 < len(bindings) <= _MOST:
            return UNKNOWN
        events = {(Do.BIND, binding.node): binding for binding in bindings}
        last, from_entry = self._graph(scope.node).last_before((Do.READ, node), events)
        return UNKNOWN if from_entry or not last else smallest([self.bound(events[event]) for event in last])

    def bound(self, binding: Binding) -> Estimate:
        """Return what is known of the value that a binding gives to its name."""
        if binding.kind in VALUES and binding.value is not None:
            return self.of(binding.value)
        if binding.kind in _DRAWN:
            source = getattr(binding.statement, "iter", None)
            target = getattr(binding.statement, "target", None)
            if source is None:
                return UNKNOWN
            drawn = self.of(source)
            item = smallest([member for _, member in drawn.members]) if drawn.members else drawn.item
            if target is binding.node:
                return item or UNKNOWN
            return self.part(item, target, binding.node)
        if binding.kind is BindingKind.PARAMETER:
            return parameters.number(binding, self.of, self._callees)
        manager = managed(binding) if binding.kind is BindingKind.WITH else None
        return self.of(manager) if manager is not None else UNKNOWN

    @staticmethod
    def part(item: Estimate | None, target: ast.AST | None, node: ast.AST) -> Estimate:
        """Return the part of a pair that a target like `key, value` takes."""
        if item is None or item.length != 2 or not isinstance(target, (ast.Tuple, ast.List)) or len(target.elts) != 2:
            return UNKNOWN
        part = item.item if target.elts[0] is node else item.content
        return part or UNKNOWN

    def is_filled(self, node: ast.expr | None) -> bool:
        """Return whether an expression names a container that is bound once, and then filled by its methods."""
        variable = self.names.variable(node) if node is not None else None
        methods = (self._parents.get(each.node) for each in (variable.references if variable is not None else ()))
        return any(isinstance(each, ast.Attribute) and each.attr in containers.FILLS for each in methods)

    def is_drawn(self, node: ast.Name) -> bool:
        """Return whether a name is the target of the loop or comprehension around it."""
        variable = self.names.variable(node)
        return variable is not None and any(binding.kind in _DRAWN for binding in variable.bindings)

    # Calls.

    def _called(self, node: ast.Call) -> Estimate:
        arguments = Arguments(self, node)
        dotted = self.names.dotted(node.func)
        if dotted:
            found = self._by_name(dotted, arguments)
            if found is not None:
                return found
        return self._method(node.func, arguments) if isinstance(node.func, ast.Attribute) else UNKNOWN

    def _by_name(self, dotted: str, arguments: Arguments) -> Estimate | None:
        """Return the result of a callable by its full name; None for one that may be a method of a known value."""
        if dotted in self._loaders:
            small = arguments.has(None, "mmap_mode") or arguments.has(None, "chunksize") or arguments.has(None, "nrows")
            return UNKNOWN if small else Estimate(_kind_of(dotted), loader=dotted)
        if dotted in _READERS:
            return Estimate(dotted)
        if dotted in _RESPONSES:
            return Estimate(_RESPONSE)
        if arguments.is_open:
            return None
        make = calls.CALLS.get(dotted)
        if make is not None:
            return make(arguments)
        library, _, name = dotted.rpartition(".")
        if library in tables.FRAMES and name in ("DataFrame", "Series", "date_range"):
            return tables.made(dotted, arguments)
        if library in arrays.FAMILIES or library in ("numpy.random", "cupy.random", "jax.random"):
            return array_makers.made(dotted, arguments)
        return None

    def _method(self, function: ast.Attribute, arguments: Arguments) -> Estimate:
        receiver, name = self.of(function.value), function.attr
        if name in self._methods or (name in _READERS.get(receiver.kind, ()) and not arguments.all()):
            return Estimate(_KINDS.get(name, ""), loader=f".{name}")
        if receiver.kind == _RESPONSE and name == "json":
            return Estimate(loader=".json")
        if arguments.is_open:
            return UNKNOWN
        make = methods.METHODS.get((receiver.kind, name))
        if make is not None and not receiver.loader:
            return make(receiver, arguments)
        if arrays.is_array(receiver):
            found = arrays.method(receiver, name, arguments)
            # Nobody has the array itself: `arange(n).reshape(2, -1)`.
            is_whole = isinstance(function.value, ast.Call) and found.base is receiver and found.size == receiver.size
            return found.copied() if is_whole else found
        if receiver.kind == array_makers.GENERATOR:
            return array_makers.drawn(name, arguments)
        return tables.method(receiver, name, arguments) if tables.is_table(receiver) else UNKNOWN

    def _attribute(self, node: ast.Attribute) -> Estimate:
        receiver = self.of(node.value)
        if arrays.is_array(receiver):
            return arrays.attribute(receiver, node.attr)
        if tables.is_table(receiver):
            return tables.attribute(receiver, node.attr)
        if receiver.kind == _RESPONSE and node.attr in ("content", "text"):
            return Estimate(loader=f".{node.attr}")
        return UNKNOWN

    # Subscripts.

    def index(self, node: ast.expr) -> object:
        """Return an index: a number, a slice of numbers, `int` for an unknown number, None for anything else."""
        if isinstance(node, ast.Slice):
            bounds = [self.of(part).value if part else None for part in (node.lower, node.upper, node.step)]
            spelled_out = [part for part in (node.lower, node.upper, node.step) if part]
            numbers = [bound for bound in bounds if isinstance(bound, int)]
            return slice(*bounds) if len(numbers) == len(spelled_out) and 0 not in bounds[2:] else None
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return Ellipsis
        found = self.of(node)
        if isinstance(found.value, int):
            return found.value
        return int if found.kind == INTEGER else None


class Arguments:
    """The arguments of one call, by position and by name."""

    def __init__(self, estimator: Estimator, call: ast.Call) -> None:
        self._estimator, self._call = estimator, call

    @property
    def is_open(self) -> bool:
        """Whether `*` or `**` hides which arguments there are."""
        return is_spread(self._call)

    @property
    def count(self) -> int:
        """How many positional arguments there are."""
        return len(self._call.args)

    @property
    def has_keywords(self) -> bool:
        """Whether there is an argument by name, or `**`."""
        return bool(self._call.keywords)

    def node(self, place: int | None, name: str) -> ast.expr | None:
        """Return the argument at a position, or with that keyword."""
        if place is not None and place < len(self._call.args):
            return self._call.args[place]
        return next((keyword.value for keyword in self._call.keywords if keyword.arg == name), None)

    def has(self, place: int | None, name: str) -> bool:
        """Return whether there is an argument at a position, or with that keyword."""
        return self.node(place, name) is not None

    def all(self) -> list[ast.expr]:
        """Return every argument."""
        return [*self._call.args, *(keyword.value for keyword in self._call.keywords)]

    def of(self, place: int | None, name: str) -> Estimate:
        """Return the estimate of the argument at a position, or with that keyword."""
        node = self.node(place, name)
        return self._estimator.of(node) if node is not None else UNKNOWN

    def value(self, place: int | None, name: str) -> object:
        """Return the folded value of an argument; None if unknown."""
        return self.of(place, name).value

    def is_filled(self, place: int) -> bool:
        """Return whether an argument is a container that holds more, at some time, than it was made with."""
        return self._estimator.is_filled(self.node(place, ""))

    def dotted(self, node: ast.expr) -> str:
        """Return the dotted name that an expression stands for."""
        return self._estimator.names.dotted(node)

    def folded(self, node: ast.expr) -> object:
        """Return the folded value of an expression, such as a part of an argument; None if unknown."""
        return self._estimator.of(node).value

    def result_of(self, place: int, item: Estimate) -> Estimate:
        """Return what a function among the arguments makes of one value."""
        node = self.node(place, "")
        if node is None:
            return UNKNOWN
        dotted = self.dotted(node)
        if dotted == STRING:
            return texts.spelled(item)
        make = calls.CALLS.get(dotted)
        return make(Arguments(self._estimator, ast.Call(node, [], []))) if dotted in _PLAIN and make else UNKNOWN


_PLAIN = ("builtins.float", "builtins.complex")


def _kind_of(loader: str) -> str:
    """Return the type of what a loader returns, if it is known."""
    library, _, name = loader.rpartition(".")
    if library in tables.FRAMES and name.startswith("read"):
        return tables.FRAMES[library]
    return {"numpy.load": "numpy.ndarray", "pyarrow.parquet.read_table": "pyarrow.Table"}.get(loader, "")
