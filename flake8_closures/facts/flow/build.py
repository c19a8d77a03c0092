"""What can follow what in a function? Builds the blocks of its graph in one walk, with a function for each kind of
node.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable

from flake8_closures.facts.flow import binding, branches, exits, loops
from flake8_closures.facts.flow.graph import Do, Graph
from flake8_closures.facts.flow.layer import Layer
from flake8_closures.tree import CHILDREN


def build(node: ast.AST, dotted: Callable[[ast.AST], str], never_returns: Callable[[ast.Call], bool]) -> Graph:
    """Return the graph of a module, function, lambda or generator expression.

    `dotted` returns the full name of a callee, `never_returns` tells whether a call always raises.
    """
    lay = Layer(dotted, never_returns)
    if isinstance(node, ast.GeneratorExp):
        loops.clauses(lay, node.generators, 0, [node.elt, (Do.SUSPEND, node)], outermost_is_known=True)
    else:
        # The value of a type alias, or the bound of a type parameter, is an expression.
        lay.plan(getattr(node, "body", None) or getattr(node, "value", None) or node)
    _lay(lay)
    lay.jump(lay.exits)
    lay.blocks[lay.exits].events.append((Do.EXIT, node))
    return Graph(lay.blocks, node)


def _lay(lay: Layer) -> None:
    """Lay everything that is planned, and what that plans in turn."""
    while lay.steps:
        step = lay.steps.pop()
        if isinstance(step, ast.AST):
            if lay.current is not None:
                _visit(lay, step)
        elif isinstance(step, tuple):
            lay.emit(*step)
        elif isinstance(step, list):
            lay.steps += reversed(step)
        else:
            step()


def _visit(lay: Layer, node: ast.AST) -> None:
    if isinstance(node, ast.stmt) and lay.catch is not None:
        lay.plan(lay.raising)
    visit = _VISITORS.get(type(node))
    if visit is not None:
        visit(lay, node)
    else:
        steps = lay.steps
        for field in reversed(CHILDREN[type(node)]):
            value = getattr(node, field, None)
            if value.__class__ is list:
                steps += [child for child in reversed(value) if child is not None]
            elif isinstance(value, ast.AST):
                steps.append(value)


def _name(lay: Layer, node: ast.Name) -> None:
    if isinstance(node.ctx, ast.Load):
        lay.emit(Do.READ, node)


def _call(lay: Layer, node: ast.Call) -> None:
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    lay.plan(node.func, *arguments, lambda: _returns(lay, node))


def _returns(lay: Layer, node: ast.Call) -> None:
    lay.emit(Do.CALL, node)
    if lay.current is not None and lay.never_returns(node):
        lay.throw()
    else:
        lay.raising()


def _starred(lay: Layer, node: ast.Starred) -> None:
    lay.plan(node.value, (Do.DRAW, node), lay.raising)


def _suspension(lay: Layer, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
    lay.plan(*([node.value] if node.value else []), (Do.SUSPEND, node), lay.raising)


_VISITORS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _name,
    ast.Constant: lambda lay, node: None,
    ast.Call: _call,
    ast.Starred: _starred,
    ast.Assign: binding.assign,
    ast.AugAssign: binding.aug_assign,
    ast.AnnAssign: binding.ann_assign,
    ast.NamedExpr: binding.walrus,
    ast.Delete: binding.delete,
    ast.Import: binding.imports,
    ast.ImportFrom: binding.imports,
    ast.FunctionDef: binding.function,
    ast.AsyncFunctionDef: binding.function,
    ast.Lambda: binding.make_lambda,
    ast.ClassDef: binding.class_statement,
    ast.If: branches.if_statement,
    ast.IfExp: branches.conditional,
    ast.BoolOp: branches.bool_op,
    ast.While: loops.while_statement,
    ast.For: loops.for_statement,
    ast.AsyncFor: loops.for_statement,
    ast.ListComp: loops.comprehension,
    ast.SetComp: loops.comprehension,
    ast.DictComp: loops.comprehension,
    ast.GeneratorExp: loops.generator,
    ast.With: exits.with_statement,
    ast.AsyncWith: exits.with_statement,
    ast.Match: branches.match_statement,
    ast.Try: exits.try_statement,
    ast.Return: exits.return_statement,
    ast.Raise: exits.raise_statement,
    ast.Break: exits.loop_jump,
    ast.Continue: exits.loop_jump,
    ast.Assert: branches.assert_statement,
    ast.Yield: _suspension,
    ast.YieldFrom: _suspension,
    ast.Await: _suspension,
    ast.Global: lambda lay, node: None,
    ast.Nonlocal: lambda lay, node: None,
}
if sys.version_info >= (3, 11):
    _VISITORS[ast.TryStar] = exits.try_statement
if sys.version_info >= (3, 12):
    _VISITORS[ast.TypeAlias] = lambda lay, node: lay.emit(Do.BIND, node.name)
