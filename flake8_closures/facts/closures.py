"""Which functions capture which variables, and in which loops are they made?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from flake8_closures.facts.positions import Position, end, position
from flake8_closures.model import Binding, Capture, Closure, Reference, Scope, ScopeKind, Variable

_CLOSURES = (ScopeKind.FUNCTION, ScopeKind.LAMBDA, ScopeKind.GENERATOR)
_DEFS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
_TRANSPARENT = (ScopeKind.CLASS, ScopeKind.TYPE_PARAMETERS)
"""Blocks that run where they stand: closures in them are made by the block around them."""
Captures = Callable[[Closure], tuple[Capture, ...]]
"""Gives the captures of a closure."""


def find(scopes: Sequence[Scope]) -> list[Closure]:
    """Return every function, lambda, generator expression and method of a file as a closure, parents first."""
    return [
        Closure(scope, scope.node, *making(scope.node, scope.parent))
        for scope in scopes
        if scope.kind in _CLOSURES and scope.parent is not None
    ]


def inner(closures: Sequence[Closure]) -> list[Closure]:
    """Return the closures without the functions and methods at the top level of the module: mostly there are few."""
    module, definitions = ScopeKind.MODULE, (ast.FunctionDef, ast.AsyncFunctionDef)
    return [each for each in closures if each.maker.kind is not module or not isinstance(each.node, definitions)]


def captures(closure: Closure) -> tuple[Capture, ...]:
    """Return the variables of outer functions and of the module that a closure, or a function inside it, reads or
    writes.

    They are in the order of their first read. Builtins and undefined names are not captured.
    """
    reads: dict[Variable, list[Reference]] = {}
    writes: dict[Variable, list[Binding]] = {}
    inside = descendants(closure.scope)
    members = set(inside)
    for scope in inside:
        for name, owner in scope.owners.items():
            if owner is None or owner.scope in members:
                continue
            reads.setdefault(owner, []).extend(
                Reference(name, node, scope) for node in scope.reads.get(name, ()) if node not in scope.unevaluated
            )
            writes.setdefault(owner, []).extend(scope.writes.get(name, ()))
    found = [
        Capture(owner, tuple(sorted(nodes, key=_place)), tuple(writes[owner]))
        for owner, nodes in reads.items()
        if nodes or writes[owner]
    ]
    return tuple(sorted(found, key=lambda capture: _place(capture.references[0]) if capture.references else (0, 0)))


def descendants(scope: Scope) -> list[Scope]:
    """Return a block and every block inside it."""
    found = [scope]
    for block in found:
        found += block.children
    return found


def takes_any_argument(closure: Closure) -> bool:
    """Return whether a closure has `*args`, so that a caller may pass any number of arguments."""
    return isinstance(closure.node, _DEFS) and closure.node.args.vararg is not None


def takes_any_keyword(closure: Closure) -> bool:
    """Return whether a closure has `**kwargs`, so that a caller may pass any keyword, like the name of a variable."""
    return isinstance(closure.node, _DEFS) and closure.node.args.kwarg is not None


def _place(reference: Reference) -> Position:
    return reference.node.lineno, reference.node.col_offset


def making(node: ast.AST, block: Scope) -> tuple[ast.AST, Scope, tuple[ast.AST, ...]]:
    """Return the carrier of what a node makes, the function that makes it, and the loops around it, outermost first.

    A class carries its methods, except those that its body makes in a loop.
    """
    carrier = node
    loops: list[ast.AST] = []
    while True:
        if block.loops:
            loops += [loop for loop in reversed(block.loops) if _runs_in(loop, carrier)]
        if block.kind is ScopeKind.CLASS and not loops:
            carrier = block.node
        if block.kind is not ScopeKind.COMPREHENSION and block.kind not in _TRANSPARENT:
            break
        assert block.parent is not None
        block = block.parent
    loops.sort(key=position)
    return carrier, block, tuple(loops)


def _runs_in(loop: ast.AST, node: ast.AST) -> bool:
    """Return whether a node of the loop's own block is evaluated once an iteration."""
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        begin = end(loop.iter)
    elif isinstance(loop, ast.While):
        begin = position(loop)
    else:
        return True
    return begin <= position(node) < end(loop.body[-1])
