"""How does a closure get a variable of its own? It is made in a function that takes the variable as a parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType

import libcst as cst

from flake8_closures.fixes import binding
from flake8_closures.fixes.parameters import listed, unbound_yet
from flake8_closures.fixes.promise import Block, Change, Def, Function, Promise
from flake8_closures.fixes.vocabulary import private, unused, words
from flake8_closures.tree import Parents


def objection(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a function cannot be made in a function of its own, or an empty string."""
    if isinstance(node, ast.GeneratorExp):
        return "a generator expression draws its first iterable at once"
    if not isinstance(node, Function):
        return "only a function can be made in a function"
    if isinstance(parents.get(node), ast.ClassDef):
        return "a method is made by its class"
    if name in listed(node):
        return f"{name!r} is a parameter already"
    if reason := unbound_yet(node, name, parents):
        return reason
    for part in _outside(node):
        for inner in ast.walk(part):
            if isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
                return "what is evaluated when the function is made has to stay where it is"
    return private(node, name, parents)


def _outside(node: Function) -> Iterator[ast.AST]:
    """Yield the parts of a function that are evaluated when it is made."""
    yield node.args
    if isinstance(node, Def):
        yield from node.decorator_list
        if node.returns:
            yield node.returns


def _factory_name(node: Def, parents: Parents) -> str:
    """Return a name for the function that makes another one, which the module uses nowhere."""
    stem = node.name.strip("_") or "function"
    verb = "bind" if stem.startswith("make_") else "make"
    return unused(f"{verb}_{stem}", words(parents.module))


def _parameters(change: Change) -> list[str]:
    """Return the names that the factory takes: a function that reads itself gets its own name from inside."""
    return [name for name in change.names if name != getattr(change.node, "name", "")]


def rewrite(
    function: cst.Lambda | cst.FunctionDef, change: Change
) -> cst.Call | cst.FlattenSentinel[cst.BaseStatement] | str:
    """Return the function inside one that takes the names, and the call of it."""
    names = _parameters(change)
    arguments = [cst.Arg(cst.Name(name)) for name in names]
    if isinstance(function, cst.Lambda):
        bare = cst.Parameters(params=[cst.Param(cst.Name(name)) for name in names])
        outer = cst.Lambda(bare, function, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return cst.Call(outer, arguments)
    assert isinstance(change.node, Def)
    name = _factory_name(change.node, change.parents)
    made = cst.Name(function.name.value)
    body = [function.with_changes(leading_lines=[]), binding.set_off(cst.Return(made))]
    maker = cst.FunctionDef(
        cst.Name(name),
        cst.Parameters(params=binding.added(change, names, default=False)),
        cst.IndentedBlock(body, indent=change.indent),
        leading_lines=function.leading_lines,
    )
    call = cst.Assign([cst.AssignTarget(made)], cst.Call(cst.Name(name), arguments))
    return cst.FlattenSentinel([maker, binding.set_off(call)])


# What must be true afterwards.


def _expect(node: ast.AST, change: Change) -> ast.AST | list[ast.AST]:
    names = _parameters(change)
    taken = binding.expected(change, names)
    parameters = ast.arguments(posonlyargs=[], args=taken, kwonlyargs=[], kw_defaults=[], defaults=[])
    if isinstance(node, ast.Lambda):
        return ast.Call(func=ast.Lambda(args=parameters, body=node), args=binding.values(names), keywords=[])
    assert isinstance(node, Def) and isinstance(change.node, Def)
    name = _factory_name(change.node, change.parents)
    result = ast.Return(value=ast.Name(id=node.name, ctx=ast.Load()))
    maker = ast.FunctionDef(name=name, args=parameters, body=[node, result], decorator_list=[])
    maker.type_params = []  # type: ignore[attr-defined,unused-ignore]
    call = ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=binding.values(names), keywords=[])
    return [maker, ast.Assign(targets=[ast.Name(id=node.name, ctx=ast.Store())], value=call)]


def _moved(before: Block, after: Block, name: str) -> bool:
    """Return whether a name of the function itself became one of its factory."""
    return after.evaluator.is_factory and name in after.symbols and after.owner(name) is after.evaluator


def _owner(block: Block, name: str) -> Block:
    return block.evaluator


def _kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    return around is not None and name in around.co_cellvars and name in after.co_freevars


def _fresh(change: Change) -> set[str]:
    if not isinstance(change.node, Def):
        return set()
    return {_factory_name(change.node, change.parents), change.node.name} | binding.fresh(change)


promise = Promise(_expect, _moved, _owner, _kept, fresh=_fresh, is_factory=True)
