"""Where is a name touched that certainly has no value, and which variable was meant?

A name that is bound anywhere in a function belongs to that function everywhere in it. So a read before the binding does
not fall back to the outer variable: it fails. The positions of the names tell which variables are suspicious, so that
most functions need no graph; `assigned` tells for these which state they may have where.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flake8_closures.facts.assigned import Watched, follow
from flake8_closures.facts.blocks import class_around, is_part, unit
from flake8_closures.facts.declared import writers
from flake8_closures.facts.flow import Do, Graph, Graphs
from flake8_closures.facts.guards import expected, is_provoked
from flake8_closures.facts.hiding import Hidden, outer_variable
from flake8_closures.facts.positions import Position, end, line_of, position, stands_in, suite_of
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable
from flake8_closures.source import GIVEN
from flake8_closures.tree import Parents

_STRAIGHT = (
    *(BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.AUGMENTED, BindingKind.WITH),
    *(BindingKind.IMPORT, BindingKind.DEF, BindingKind.CLASS),
)
"""Bindings that have certainly happened after their statement."""
_PRESENT = {*dir(builtins), *GIVEN}
"""The names that every module has from the start."""

REBINDING = (
    *(BindingKind.ASSIGN, BindingKind.AUGMENTED, BindingKind.ANNOTATED),
    *(BindingKind.WALRUS, BindingKind.PATTERN, BindingKind.DELETE),
)
"""Bindings that change a variable, and have no other purpose."""
_PLAIN = (*REBINDING, BindingKind.PARAMETER, BindingKind.LOOP_TARGET, BindingKind.WITH)


@dataclass(frozen=True, slots=True, eq=False)
class Unbound:
    """A variable that its function touches while it surely has no value.

    `touch` is the first place that fails, in the block `place`. `maker` is the binding that makes the name belong to
    the function, `live` are the bindings in code that can be reached. `outer` is the variable that the name would mean
    without them, None if that is a builtin or nobody's. `sure`: whoever gets to the touch fails; else there is also a
    way there on which the variable has a value. `always`: on no way through the function the variable gets a value
    before a touch of it fails. `deleted`: it had one and lost it.
    """

    variable: Variable
    outer: Variable | None
    touch: ast.AST
    place: Scope
    maker: Binding
    live: tuple[Binding, ...]
    sure: bool
    always: bool
    deleted: bool
    called: bool
    """Whether the touch is a call of the name."""

    @property
    def function(self) -> Scope:
        """The function that the name belongs to."""
        return self.variable.scope

    @property
    def name(self) -> str:
        """The name as it is written."""
        return self.touch.id if isinstance(self.touch, ast.Name) else self.variable.name

    @property
    def is_deletion(self) -> bool:
        """Whether the touch is a `del` of the name."""
        return isinstance(getattr(self.touch, "ctx", None), ast.Del)

    @property
    def hides(self) -> bool:
        """Whether an outer variable or a builtin has the same name."""
        return self.outer is not None or hasattr(builtins, self.name)

    @property
    def is_attribute(self) -> bool:
        """Whether no outer block has a variable of the name, but the class around has such an attribute."""
        around = class_around(self.function)
        return self.outer is None and around is not None and self.name in around.variables

    @property
    def is_setting(self) -> bool:
        """Whether the outer variable is a parameter of a decorator factory: its setting."""
        if self.outer is None or self.function.parent is None or unit(self.function.parent) is self.outer.scope:
            return False
        return all(binding.kind is BindingKind.PARAMETER for binding in self.outer.bindings)

    @property
    def lacks_declaration(self) -> bool:
        """Whether the function rebinds a variable of an outer block, which is then meant."""
        if self.deleted or not (is_plain(self.outer) if self.outer else self.name in GIVEN):
            return False
        return any(binding.kind in REBINDING for binding in self.live)


def find(hidden: Hidden, graph: Graphs, parents: Parents) -> Iterator[Unbound]:
    """Yield one fact for each variable of a function that is touched where it certainly or possibly has no value."""
    for scope, hides in hidden.items():
        names = _read_above(scope)
        names.update(hides, scope.unbound)
        if not _PRESENT.isdisjoint(scope.variables):
            names |= _PRESENT & scope.variables.keys()
        if not names:
            continue
        suspects = [
            suspect for name in scope.variables if name in names and (suspect := _suspect(scope, name)) is not None
        ]
        if suspects:
            yield from _judge(suspects, graph(scope.node), parents)


# Who is suspicious?


def _read_above(scope: Scope) -> set[str]:
    """Return the names that a function reads above, or on, the first line that binds them."""
    found: set[str] = set()
    reads_of = scope.reads.get
    for name, bindings in scope.writes.items():
        reads = reads_of(name)
        if reads and bindings and bindings[0].kind is not BindingKind.PARAMETER:
            bound = line_of(bindings[0].node)
            if len(bindings) > 1:
                bound = min(line_of(binding.node) for binding in bindings)
            for read in reads:
                if read.lineno <= bound:
                    found.add(name)
                    break
    return found


@dataclass(slots=True, eq=False)
class _Suspect:
    variable: Variable
    outer: Variable | None
    reads: dict[ast.AST, Scope]
    bindings: list[Binding]
    writers: list[ast.AST]
    """The functions made here that may give the variable a value, through `nonlocal`."""

    @property
    def watched(self) -> Watched:
        """What the flow analysis has to follow."""
        places = [*self.reads, *(binding.node for binding in self.bindings)]
        given = any(binding.kind is BindingKind.PARAMETER for binding in self.bindings)
        return Watched(places, self.writers, given)


def _suspect(scope: Scope, name: str) -> _Suspect | None:
    """Return a variable with what touches it, unless it clearly has a value in time."""
    writes = scope.writes.get(name, [])
    unbinds = name in scope.unbound
    if not unbinds and writes and writes[0].kind is BindingKind.PARAMETER:
        return None
    outer = outer_variable(scope, name)
    variable = scope.variables[name]
    reads: dict[ast.AST, Scope] = {}
    bindings: list[Binding] = []
    writers: list[ast.AST] = []
    for block in variable.mentions:
        if is_part(block, scope):
            reads.update((node, block) for node in block.reads.get(name, ()) if node not in block.unevaluated)
            bindings += block.writes.get(name, ())
        elif any(binding.kind is not BindingKind.AUGMENTED for binding in block.writes.get(name, ())):
            writers.append(_made_in(block, scope))
    if not reads and not any(binding.kind is BindingKind.DELETE for binding in bindings):
        return None
    if _clearly_bound(scope, reads, bindings, unbinds):
        return None
    return _Suspect(variable, outer, reads, sorted(bindings, key=lambda binding: position(binding.node)), writers)


def is_plain(variable: Variable) -> bool:
    """Return whether a variable is meant to change: assigned or passed, not only imported or defined."""
    return any(binding.kind in _PLAIN for binding in variable.bindings)


def _made_in(block: Scope, function: Scope) -> ast.AST:
    """Return the outermost closure around a block that a function makes."""
    while block.parent is not None and not is_part(block.parent, function):
        block = block.parent
    return block.node


def _clearly_bound(scope: Scope, reads: Mapping[ast.AST, Scope], bindings: Sequence[Binding], unbinds: bool) -> bool:
    """Return whether positions alone show that every read comes after a binding."""
    if unbinds:
        return all(binding.kind is BindingKind.EXCEPT for binding in bindings) and all(
            any(stands_in(read, binding.node) for binding in bindings) for read in reads
        )
    if scope.kind is ScopeKind.LAMBDA:
        return False
    regions = sorted(region for binding in bindings if (region := _bound_region(binding, scope)) is not None)
    begun, reach = 0, (0, 0)
    for read in sorted(map(position, reads)):
        while begun < len(regions) and regions[begun][0] <= read:
            reach = max(reach, regions[begun][1])
            begun += 1
        if read >= reach:
            return False
    return True


def _bound_region(binding: Binding, function: Scope) -> tuple[Position, Position] | None:
    """Return the region in which a binding has certainly happened: the rest of its suite, or the body of its loop."""
    statement = binding.statement
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return position(statement.body[0]), end(statement.body[-1])
    if binding.kind not in _STRAIGHT:
        return None
    done = position(binding.node) if binding.kind is BindingKind.WITH else end(statement)
    return done, end(suite_of(statement, function.body)[-1])


# The judgement: which values can a variable have where?


def _judge(suspects: Sequence[_Suspect], graph: Graph, parents: Parents) -> Iterator[Unbound]:
    """Yield the suspects that have no value somewhere that they are touched, with the first such place."""
    watched = [suspect.watched for suspect in suspects]
    follow(graph, watched)
    for suspect, followed in zip(suspects, watched, strict=True):
        scope, states = suspect.variable.scope, followed.states
        lacking = [node for node, state in states.items() if state.never | state.lost]
        failing = [node for node in lacking if not states[node].bound]
        sure = bool(failing)
        if not sure and all(binding.kind is not BindingKind.DELETE for binding in suspect.bindings):
            failing = [node for node in lacking if states[node].lost]
        gone = bool(failing) and not sure
        if not failing and suspect.outer is not None and is_plain(suspect.outer) and not suspect.writers:
            failing = lacking
        if not failing or is_provoked(scope, parents):
            continue
        # Where others share the outer variable, a guard asks for that one: it waits for the first of them.
        shared = suspect.outer is not None and is_plain(suspect.outer) and bool(writers(suspect.outer))
        if not (sure and shared) and any(expected(node, scope.node, suspect.bindings, parents) for node in lacking):
            continue
        touch = min(failing, key=position)
        yield Unbound(
            suspect.variable,
            suspect.outer,
            touch,
            suspect.reads.get(touch, scope),
            _maker(suspect, touch),
            tuple(binding for binding in suspect.bindings if graph.happens((_doing(binding), binding.node))),
            sure,
            not followed.filled,
            gone or not states[touch].never,
            parents.call_of(touch) is not None,
        )


def _doing(binding: Binding) -> Do:
    return Do.UNBIND if binding.kind is BindingKind.DELETE else Do.BIND


def _maker(suspect: _Suspect, touch: ast.AST) -> Binding:
    """Return the binding to show: the one that touches the variable itself, otherwise the first."""
    return next((binding for binding in suspect.bindings if binding.node is touch), suspect.bindings[0])
