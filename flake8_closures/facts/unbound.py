"""Where is a name touched that surely has no value, and whose was meant?

A name that is bound anywhere in a function belongs to that function everywhere in it. So a read before the binding does
not fall back to the variable around it: it fails. One forward analysis over the control flow decides for all suspicious
variables of a function together; which ones are suspicious is told from the positions of their names alone, so that most
functions never need a graph.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flake8_closures.facts.flow import Do, Graph
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable

_INLINE = (ScopeKind.COMPREHENSION, ScopeKind.CLASS, ScopeKind.TYPE_PARAMETERS)
"""Blocks that run where they stand, as a part of the function around them."""
_STRAIGHT = (
    *(BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.AUGMENTED, BindingKind.WITH),
    *(BindingKind.IMPORT, BindingKind.DEF, BindingKind.CLASS),
)
"""Bindings that surely have happened when their statement has."""
_UNBINDING = (BindingKind.DELETE, BindingKind.EXCEPT)
_NAME_ERRORS = {"NameError", "UnboundLocalError"}
_ALL_ERRORS = {"Exception", "BaseException"}

Position = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Unbound:
    """A variable that its function touches while it surely has no value.

    `touch` is the first place that fails, in the block `place`. `maker` is the binding that makes the name belong to the
    function. `outer` is the variable that the name would mean without it, None if that is a builtin or nobody's. `always`:
    on no way through the function the variable gets a value before a touch of it fails. `deleted`: it had one and lost it.
    `live` are the bindings in code that can be reached.
    """

    variable: Variable
    outer: Variable | None
    touch: ast.AST
    place: Scope
    maker: Binding
    live: tuple[Binding, ...]
    always: bool
    deleted: bool

    @property
    def function(self) -> Scope:
        """The function that the name belongs to."""
        return self.variable.scope


def find(
    scopes: Sequence[Scope], graph: Callable[[ast.AST], Graph], parents: Callable[[], Mapping[ast.AST, ast.AST]]
) -> Iterator[Unbound]:
    """Yield one fact for each variable of a function that is surely touched while it has no value."""
    for scope in scopes:
        if scope.kind is not ScopeKind.FUNCTION and scope.kind is not ScopeKind.LAMBDA:
            continue
        suspects = [suspect for suspect in map(_suspect, [scope] * len(scope.variables), scope.variables) if suspect]
        if suspects:
            yield from _judge(suspects, graph(scope.node), parents)


# Who is suspicious?


@dataclass(slots=True, eq=False)
class _Suspect:
    variable: Variable
    outer: Variable | None
    reads: dict[ast.AST, Scope]
    bindings: list[Binding]
    writers: list[ast.AST]
    """The functions made here that bind the variable through `nonlocal`."""
    failing: list[ast.AST] = field(default_factory=list)
    deleted: set[ast.AST] = field(default_factory=set)


def _suspect(scope: Scope, name: str) -> _Suspect | None:
    """Return a variable with what touches it, unless it is clear that it has a value in time."""
    writes = scope.writes.get(name, [])
    unbinds = any(binding.kind in _UNBINDING for binding in writes)
    if not unbinds and writes and writes[0].kind is BindingKind.PARAMETER:
        return None
    outer = outer_variable(scope, name)
    if outer is None and not unbinds and not hasattr(builtins, name):
        return None
    variable = scope.variables[name]
    reads: dict[ast.AST, Scope] = {}
    bindings: list[Binding] = []
    writers: list[ast.AST] = []
    for block in variable.mentions:
        if _is_part(block, scope):
            reads.update((node, block) for node in block.reads.get(name, ()) if node not in block.unevaluated)
            bindings += block.writes.get(name, ())
        elif name in block.writes:
            writers.append(_made_in(block, scope))
    if not reads and not any(binding.kind is BindingKind.DELETE for binding in bindings):
        return None
    if _clearly_bound(scope, reads, bindings, unbinds):
        return None
    return _Suspect(variable, outer, reads, sorted(bindings, key=lambda binding: position(binding.node)), writers)


def outer_variable(scope: Scope, name: str) -> Variable | None:
    """Return the variable that a name would mean in a block if the block did not bind it."""
    block = scope.parent
    while block is not None and block.parent is not None:
        if block.kind is not ScopeKind.CLASS:
            if name in block.owners:
                return block.owners[name]
            if name in block.variables:
                return block.variables[name]
        block = block.parent
    return block.variables.get(name) if block else None


def _is_part(block: Scope, function: Scope) -> bool:
    """Return whether a block runs as a part of a function."""
    while block is not function:
        if block.kind not in _INLINE or block.parent is None:
            return False
        block = block.parent
    return True


def _made_in(block: Scope, function: Scope) -> ast.AST:
    """Return the outermost closure around a block that a function makes."""
    while block.parent is not None and not _is_part(block.parent, function):
        block = block.parent
    return block.node


def position(node: ast.AST) -> Position:
    """Return where a node begins, in bytes: good for comparing alone."""
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _end(node: ast.AST) -> Position:
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def _clearly_bound(scope: Scope, reads: Mapping[ast.AST, Scope], bindings: Sequence[Binding], unbinds: bool) -> bool:
    """Return whether positions alone tell that every read comes after a binding."""
    if unbinds:
        return all(binding.kind is BindingKind.EXCEPT for binding in bindings) and all(
            any(position(binding.node) < position(read) < _end(binding.node) for binding in bindings) for read in reads
        )
    first = min(map(position, reads))
    for binding in bindings:
        statement = binding.statement
        if binding.kind in _STRAIGHT:
            done = position(binding.node) if binding.kind is BindingKind.WITH else _end(statement)
            if binding.kind in (BindingKind.DEF, BindingKind.CLASS) or done > first:
                done = max(done, _end(statement)) if binding.kind is not BindingKind.WITH else done
            if done <= first and statement in scope.node.body:  # type: ignore[attr-defined]
                return True
        elif binding.kind is BindingKind.LOOP_TARGET:
            body: list[ast.stmt] = statement.body  # type: ignore[attr-defined]
            if position(body[0]) <= first and max(map(position, reads)) < _end(body[-1]):
                return True
    return False
