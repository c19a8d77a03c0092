"""Which names of class bodies are used where they cannot be seen?

The names of a class body are attributes. Functions and comprehensions inside the class do not see them, and the class
body itself does not see a variable of the function around it once it binds that name.
"""

from __future__ import annotations

import ast
import builtins
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import class_around, unit
from flake8_closures.facts.flow import Do, Graphs
from flake8_closures.facts.functions import first_parameter
from flake8_closures.facts.guards import expected
from flake8_closures.facts.hiding import outer_variable
from flake8_closures.facts.positions import position
from flake8_closures.facts.spelling import is_special
from flake8_closures.facts.unbound import Unbound
from flake8_closures.facts.undefined import is_filled_unseen, is_made_unseen
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents

_VALUES = {BindingKind.ASSIGN, BindingKind.ANNOTATED}


class Blindness(enum.Enum):
    """What goes wrong with a name of a class body."""

    OUTSIDE = "a function or comprehension in the class reads it"
    BEFORE = "the class body reads it before it binds it, and means a variable of the function around"
    FAILING = "a method changes it like a variable of its own, which has no value"
    VAIN = "a method binds a variable of its own instead, and never reads it"


@dataclass(frozen=True, slots=True, eq=False)
class ClassName:
    """A name of a class body, used at `node` by a block that does not see it.

    `found` is the variable of the module that Python takes instead, if there is one.
    """

    variable: Variable
    node: ast.AST
    place: Scope
    blindness: Blindness
    found: Variable | None = None


def find(
    scopes: Sequence[Scope],
    unbound: Sequence[Unbound],
    graph: Graphs,
    parents: Parents,
) -> Iterator[ClassName]:
    """Yield one fact for each name of a class body and each function that cannot see it."""
    if not any(scope.kind is ScopeKind.CLASS for scope in scopes):
        return
    attributes: set[str] = set()
    for scope in scopes:
        if scope.kind is ScopeKind.CLASS:
            yield from _before(scope, graph, parents)
        elif scope.kind is ScopeKind.FUNCTION:
            for vain in _in_vain(scope):
                attributes = attributes or {node.attr for node in parents if isinstance(node, ast.Attribute)}
                if vain.variable.name in attributes:
                    yield vain
    for fact in unbound:
        around = class_around(fact.function)
        if around and fact.is_attribute and not fact.deleted:
            yield ClassName(around.variables[fact.name], fact.touch, fact.function, Blindness.FAILING)
    yield from _outside(scopes, graph, parents)


def _outside(scopes: Sequence[Scope], graph: Graphs, parents: Parents) -> Iterator[ClassName]:
    """Yield the names that only a class around the reading block has, once for each function."""
    module = scopes[0]
    if "*" in module.writes or is_filled_unseen(module):
        return
    first: dict[tuple[Variable, Scope], ClassName] = {}
    for scope in scopes:
        if scope.parent is None:
            continue
        for name in scope.unowned:
            if name not in scope.reads or name in scope.globals or hasattr(builtins, name):
                continue
            variable, home = _class_variable(scope, name), unit(scope)
            if variable is None:
                continue
            flow = graph(home.node)
            reads = sorted((node for node in scope.reads[name] if flow.happens((Do.READ, node))), key=position)
            known = first.get((variable, home))
            if not reads or (known and position(known.node) < position(reads[0])):
                continue
            if not expected(reads[0], module.node, (), parents) and not is_made_unseen(module, name):
                first[variable, home] = ClassName(variable, reads[0], scope, Blindness.OUTSIDE)
    yield from first.values()


def _class_variable(scope: Scope, name: str) -> Variable | None:
    """Return the variable of the nearest class around a block that binds a name; None for special names."""
    if name == "_" or is_special(name):
        return None
    block = scope.parent
    while block is not None:
        if block.kind is ScopeKind.CLASS and block.writes.get(name):
            return block.variables.get(name)
        block = block.parent
    return None


def _before(scope: Scope, graph: Graphs, parents: Parents) -> Iterator[ClassName]:
    """Yield the names that a class body reads before it binds them, while a function around it has that name."""
    around = unit(scope)
    if around.kind is not ScopeKind.FUNCTION:
        return
    for name, variable in scope.variables.items():
        outer = outer_variable(scope, name) if name in scope.reads else None
        if outer is None or outer.scope.kind is not ScopeKind.FUNCTION or is_special(name):
            continue
        flow = graph(around.node)
        binds = {(Do.BIND, binding.node) for binding in scope.writes.get(name, ())}
        made = Do.MAKE, scope.node
        for node in sorted(scope.reads[name], key=position):
            read = (Do.READ, node)
            # What an earlier round of a loop bound is another class's.
            if flow.happens(read) and flow.last_before(read, {*binds, made})[0] <= {made}:
                if not expected(node, scope.node, (), parents):
                    module = scope
                    while module.parent is not None:
                        module = module.parent
                    yield ClassName(variable, node, scope, Blindness.BEFORE, module.variables.get(name))
                break


def _in_vain(scope: Scope) -> Iterator[ClassName]:
    """Yield the names that a method never reads, but binds to a constant or to a new value of the attribute, while its
    class binds them to a constant.
    """
    around = class_around(scope)
    hidden = scope.variables.keys() & around.variables.keys() if around else ()
    if around is None or not hidden or first_parameter(scope) is None:
        return
    for name, variable in scope.variables.items():
        if name not in hidden or name in scope.reads or outer_variable(scope, name) is not None:
            continue
        bindings, outside = variable.bindings, around.variables[name].bindings
        if not bindings or variable.references or not all(map(_is_constant, outside)):
            continue
        if all(_is_alone(each) and (_is_constant(each) or _is_update(each)) for each in bindings):
            yield ClassName(around.variables[name], bindings[0].node, scope, Blindness.VAIN)


def _is_constant(binding: Binding) -> bool:
    return binding.kind in _VALUES and isinstance(binding.value, ast.Constant)


def _is_update(binding: Binding) -> bool:
    """Return whether a name gets what is computed from an attribute of that name: `count = self.count + 1`."""
    value = binding.value
    parts = [value.left, value.right] if isinstance(value, ast.BinOp) else [getattr(value, "operand", None)]
    return binding.kind in _VALUES and any(
        isinstance(part, ast.Attribute) and part.attr == binding.name for part in parts
    )


def _is_alone(binding: Binding) -> bool:
    """Return whether no other target gets the value, too: `count = self.count = 0`."""
    return len(getattr(binding.statement, "targets", ())) <= 1
