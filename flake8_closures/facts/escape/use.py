"""What can become of a closure, and what is followed to find it out? The nouns of this room."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from flake8_closures.facts.callees import Callees
from flake8_closures.facts.closures import Captures
from flake8_closures.facts.flow import Course, Event, Graphs, Stop
from flake8_closures.facts.functions import Later
from flake8_closures.facts.knowledge import Knowledge
from flake8_closures.facts.names import Names
from flake8_closures.model import Closure, Scope, Variable
from flake8_closures.tree import Parents


class Fate(enum.IntEnum):
    """What becomes of a closure, the shortest life first."""

    CALLED = 1
    CONSUMED = 2
    UNKNOWN = 3
    """Passed to an unknown callee."""
    RETURNED = 4
    STORED = 5
    DEFERRED = 6


class Way(enum.Enum):
    """How a use comes about, where something depends on it."""

    CALL = enum.auto()
    """By a call of the value itself, in plain sight."""
    HANDED_ON = enum.auto()
    """By a function of this file, which passes it to an unknown callee."""
    PUT_AWAY = enum.auto()
    """By a function of this file, which stores it outside the object whose method the function is."""


class Carry(enum.Enum):
    """How a followed value is related to the closure."""

    ITSELF = enum.auto()
    HOLDER = enum.auto()
    """A container or an object that keeps it."""
    MAPPING = enum.auto()
    """A mapping that calls it for a missing key, and never returns it: `defaultdict(it)`."""
    LAZY = enum.auto()
    """An iterator that runs it when it is drawn from: a generator expression, `map(f, xs)`, the call of a generator."""
    COROUTINE = enum.auto()
    CLASS = enum.auto()
    """The class whose method it is."""


@dataclass(frozen=True, slots=True)
class Use:
    """One end of the life of a closure in the function that makes it.

    `event` is where it happens. After a `lasting` use the closure lives on, until its slot is refilled by one of
    `refills`, or until one of the events of `until` (a join, the end of a `with`). `route` are the stops on the way
    there. `likelihood` says how probable it is that the use happens as described: 1.0 where it is known. `node` and
    `text` are the evidence. `carry` is how the value was related to the closure then. An `inner` use is one of a
    function that a call of the closure has made: it reads what the inner function reads, not what the closure itself
    does. With `later` it does not happen in the call, but when the result of the call is drawn from or awaited.
    `handed_back`: the caller of the function gets the object that can be waited for.
    """

    fate: Fate
    event: Event
    node: ast.AST
    text: str
    route: tuple[Stop, ...] = ()
    refills: frozenset[Event] = frozenset()
    until: frozenset[Event] = frozenset()
    likelihood: float = 1.0
    carry: Carry = Carry.HOLDER
    inner: bool = False
    way: Way | None = None
    later: Later | None = None
    handed_back: bool = False

    @property
    def lasting(self) -> bool:
        """Whether the closure outlives the event."""
        return self.fate >= Fate.UNKNOWN

    def through(self, reader: str, refills: frozenset[Event]) -> Use:
        """Return the use of a closure as a use of a variable that it captures, which `refills` bind again.

        `reader` names the closure in the text of the evidence.
        """
        if self.lasting:
            return replace(self, refills=self.refills | refills, inner=False)
        return replace(self, text=f"called by {reader}", refills=frozenset(), inner=False, way=None)

    def course(self, made: Event) -> Course:
        """Return the course of a closure from the event that makes it to this use."""
        return Course(made, self.route, self.event, self.lasting, self.refills, self.until)


Uses = Callable[[Closure], tuple[Use, ...]]
"""Gives the uses of a closure."""


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    """What can be asked about every closure of a file: what it captures, the paths through its maker, its uses."""

    captures: Captures
    graph: Graphs
    uses: Uses


@dataclass(frozen=True, slots=True)
class Value:
    """An expression that is related to the closure, and how the closure got there.

    It `stays` if the last stop still has it: the expression is `functions[0]`. `part` is for a tuple: the index of the
    part that is followed, and how that part is related to the closure.
    """

    node: ast.AST
    carry: Carry
    route: tuple[Stop, ...] = ()
    likelihood: float = 1.0
    stays: bool = False
    part: tuple[int, Carry] | None = None

    def at(self, node: ast.AST, carry: Carry | None = None, likelihood: float = 1.0) -> Value:
        """Return the value one step further: at another node, perhaps with another relation, perhaps less likely."""
        return replace(self, node=node, carry=carry or self.carry, likelihood=self.likelihood * likelihood, part=None)

    def by(self, stop: Stop) -> Value:
        """Return the value with one more stop on its route."""
        stop = replace(stop, again=True) if self.stays else stop
        return replace(self, route=(*self.route, stop), stays=False)


@dataclass(slots=True)
class TraceContext:
    """What all traces of a file share: its facts, and the results of the traces that are finished."""

    parents: Parents
    names: Names
    callees: Callees
    closures: Sequence[Closure]
    graph: Graphs
    knowledge: Knowledge
    in_tests: bool
    """Whether the file is one of tests."""
    closure_uses: dict[Closure, tuple[Use, ...]] = field(default_factory=dict)
    summaries: dict[tuple[object, ...], tuple[Use, ...]] = field(default_factory=dict)
    elsewhere: dict[tuple[Scope, ast.AST, Carry, ast.AST | None], tuple[Use, ...]] = field(default_factory=dict)
    lost: dict[tuple[Scope, Variable], frozenset[Event]] = field(default_factory=dict)
    emptied: dict[tuple[Scope, Variable, str], frozenset[Event]] = field(default_factory=dict)
    taken: dict[Variable, tuple[frozenset[Event], frozenset[Event]]] = field(default_factory=dict)
    """Of each container that a variable names: the calls that take its last item out, and the other calls on it."""
    read: dict[Variable, tuple[list[ast.AST], list[Scope]]] = field(default_factory=dict)
    drawers: dict[Scope, list[tuple[ast.Call, Scope]] | None] = field(default_factory=dict)
    """The calls of each function that yields a closure; None where the function is used in another way."""
    depth: int = 0
    length: int = 0
    _attributes: dict[str, list[ast.Attribute]] = field(default_factory=dict)
    closure_of: dict[ast.AST, Closure] = field(init=False)
    closure_in: dict[Scope, Closure] = field(init=False)
    made_in: dict[Scope, list[Closure]] = field(init=False)
    """The closures that each block makes."""

    def __post_init__(self) -> None:
        self.closure_of = {closure.node: closure for closure in self.closures}
        self.closure_in = {closure.scope: closure for closure in self.closures}
        self.made_in = {}
        for closure in self.closures:
            self.made_in.setdefault(closure.maker, []).append(closure)

    def attributes(self, name: str) -> Sequence[ast.Attribute]:
        """Return every attribute of a name in the file."""
        if not self._attributes:
            for node in ast.walk(self.parents.module):
                if isinstance(node, ast.Attribute):
                    self._attributes.setdefault(node.attr, []).append(node)
        return self._attributes.get(name, ())


def brief(node: ast.AST) -> str:
    """Return an expression as a reader names it: dotted names as they stand, without arguments."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(f".{node.attr}")
            node = node.value
        elif isinstance(node, ast.Call):
            parts.append("()")
            node = node.func
        elif isinstance(node, ast.Subscript):
            parts.append("[]")
            node = node.value
        else:
            return getattr(node, "id", "") + "".join(reversed(parts))


def is_store(node: ast.AST | None, attribute: str) -> bool:
    """Return whether a node is the target of an assignment to an attribute of that name."""
    return isinstance(node, ast.Attribute) and node.attr == attribute and isinstance(node.ctx, ast.Store)
