"""Where may a name have no value, and does the code around it know that?

A variable that is bound on some paths only is often read on the same paths only: under the same condition, under a flag
that is set beside the binding, from the second iteration on. The author of such a read knows about it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from flake8_closures.facts.declared import bound_elsewhere
from flake8_closures.facts.flow import Do, Graphs
from flake8_closures.facts.guards import around
from flake8_closures.facts.positions import position, stands_in
from flake8_closures.facts.spelling import is_state
from flake8_closures.facts.unbound import Unbound
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents

_BEGINNING = (BindingKind.ASSIGN, BindingKind.ANNOTATED)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_CONDITIONS = (ast.If, ast.IfExp, ast.While)
_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)


def find(facts: Iterable[Unbound], parents: Parents) -> Iterator[Unbound]:
    """Yield the variables that may have no value where they are read, while an outer variable has the same name."""
    exits: dict[ast.AST, list[ast.If | ast.Assert]] = {}
    for fact in facts:
        if fact.sure or not fact.lacks_declaration:
            continue
        function = fact.function.node
        if function not in exits:
            exits[function] = _exits(function)
        if not _is_minded(fact, exits[function], parents):
            yield fact


def is_forgotten(fact: Unbound) -> bool:
    """Return whether the outer variable is certainly meant, although the function may give itself a value first.

    Another function declares it, or this function declares and binds another variable of the same block. Or it is
    spelled like the state of a module. Or it exists for this function alone: nobody reads it, and it begins above, in
    an enclosing function or as a constant.
    """
    outer = fact.outer
    if outer is None:
        return False
    if _is_shared(outer) or _declares_beside(fact.function, outer):
        return True
    if outer.scope.kind is ScopeKind.MODULE and is_state(fact.name):
        return True
    first = outer.bindings[0]
    if outer.references or position(first.node) > position(fact.function.node):
        return False
    alone = outer.scope.kind is ScopeKind.FUNCTION or isinstance(first.value, ast.Constant)
    return (alone and first.kind in _BEGINNING) or first.kind is BindingKind.PARAMETER


def _is_shared(outer: Variable) -> bool:
    declaring = [block for block in outer.mentions if outer.name in block.globals or outer.name in block.nonlocals]
    return any(block is not outer.scope for block in declaring)


def _declares_beside(function: Scope, outer: Variable) -> bool:
    """Return whether a function declares and binds another variable of the block that has an outer one."""
    declared = bound_elsewhere(function, (*function.globals, *function.nonlocals))
    return any(owner.scope is outer.scope for owner in declared)


def comes_round(fact: Unbound, graph: Graphs) -> bool:
    """Return whether a loop can bring a value that another statement of the function assigns to the touch."""
    flow = graph(fact.function.node)
    return any(
        binding.kind is BindingKind.ASSIGN
        and not stands_in(fact.touch, binding.statement)
        and flow.path((Do.BIND, binding.node), [(Do.READ, fact.touch)]) is not None
        for binding in fact.live
    )


def _is_minded(fact: Unbound, exits: Sequence[ast.If | ast.Assert], parents: Parents) -> bool:
    """Return whether the code around a read shows that its author knows on which paths the name is bound."""
    function = fact.function.node
    outside = _around(fact.touch, function, parents)
    tests = _conditions(outside)
    tested = {ast.unparse(test) for test in tests}
    touch = position(fact.touch)
    tests += [each.test for each in exits if position(each) < touch and parents.get(each) in outside]
    named = {node for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}
    flags = {node.id for node in named}
    loops = {node for node in outside if isinstance(node, _LOOPS)}
    branches: dict[ast.AST, set[object]] = {}
    decisions: set[str] = set()
    for binding in fact.live:
        chain = _around(binding.node, function, parents)
        if binding.node in named:
            return True
        if loops & set(chain) and position(fact.touch) < position(binding.node):
            return True
        # What stands around the read as well decides nothing.
        chain = [node for node in chain if node not in outside]
        deciding = {ast.unparse(test) for test in _conditions(chain)}
        decisions |= deciding
        if tested & deciding or flags & _set_beside(binding, parents):
            return True
        for inner, outer in around(binding.node, function, parents):
            if outer in chain and isinstance(outer, (ast.If, ast.Match, ast.Try)):
                branches.setdefault(outer, set()).add(_branch(inner, outer))
    # Bound in several branches of one statement, or of several: together they may well be all there are.
    return any(len(found) > 1 for found in branches.values()) or any(f"not {each}" in decisions for each in decisions)


def _branch(inner: ast.AST, outer: ast.If | ast.Match | ast.Try) -> object:
    """Return what identifies a branch of a statement: a handler or case itself, otherwise the name of the field."""
    fields = ("body", "orelse", "finalbody")
    return next((field for field in fields if inner in getattr(outer, field, ())), inner)


def _around(node: ast.AST, function: ast.AST, parents: Parents) -> list[ast.AST]:
    """Return the nodes around a node within a function, without those whose condition contains it."""
    return [outer for inner, outer in around(node, function, parents) if inner is not getattr(outer, "test", None)]


def _exits(function: ast.AST) -> list[ast.If | ast.Assert]:
    """Return the statements of a function that leave it, or the loop, unless a condition holds."""
    found: list[ast.If | ast.Assert] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and isinstance(node.body[-1], _LEAVING)):
            found.append(node)
    return found


def _conditions(around: Sequence[ast.AST]) -> list[ast.expr]:
    """Return the tests that decide whether a place is reached."""
    found: list[ast.expr] = []
    for node in around:
        if isinstance(node, _CONDITIONS):
            found.append(node.test)
        elif isinstance(node, ast.BoolOp):
            found += node.values
    return found


def _set_beside(binding: Binding, parents: Parents) -> set[str]:
    """Return the names assigned in the same list of statements as a binding, or in the handlers of its `try`."""
    block = parents.get(binding.statement)
    for field in ("body", "orelse", "finalbody"):
        statements = getattr(block, field, None)
        if isinstance(statements, list) and binding.statement in statements:
            handlers = getattr(block, "handlers", []) if field == "body" else []
            return {
                node.id
                for statement in (*statements, *handlers)
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id != binding.name
            }
    return set()
