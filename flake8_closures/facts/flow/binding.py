"""What do statements bind? Targets, imports, functions and classes."""

from __future__ import annotations

import ast
import sys

from flake8_closures.facts.flow.graph import Do
from flake8_closures.facts.flow.layer import Layer, Step
from flake8_closures.tree import parameters_of


def bind(target: ast.AST) -> list[Step]:
    """Return the steps that bind a target, part by part."""
    steps: list[Step] = []
    pending = [target]
    while pending:
        part = pending.pop()
        if isinstance(part, (ast.Tuple, ast.List)):
            pending += reversed(part.elts)
        elif isinstance(part, ast.Starred):
            pending.append(part.value)
        elif isinstance(part, ast.Name):
            steps.append((Do.BIND, part))
        else:
            steps += [part, (Do.BIND, part)]
    return steps


def assign(lay: Layer, node: ast.Assign) -> None:
    lay.plan(node.value, *(step for target in node.targets for step in bind(target)))


def aug_assign(lay: Layer, node: ast.AugAssign) -> None:
    read: Step = (Do.READ, node.target) if isinstance(node.target, ast.Name) else node.target
    lay.plan(read, node.value, (Do.BIND, node.target))


def ann_assign(lay: Layer, node: ast.AnnAssign) -> None:
    if node.value is not None:
        lay.plan(node.value, *bind(node.target))


def walrus(lay: Layer, node: ast.NamedExpr) -> None:
    lay.plan(node.value, (Do.BIND, node.target))


def delete(lay: Layer, node: ast.Delete) -> None:
    steps = [step for target in node.targets for step in bind(target)]
    lay.plan(*((Do.UNBIND, step[1]) if isinstance(step, tuple) else step for step in steps))


def imports(lay: Layer, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        lay.emit(Do.BIND, alias)


def function(lay: Layer, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    decorated: list[Step] = [(Do.DECORATE, decorator) for decorator in reversed(node.decorator_list)]
    annotations = _annotations(node) if sys.version_info < (3, 14) else []
    evaluated = [*node.decorator_list, *_defaults(node.args), *annotations]
    lay.plan(*evaluated, (Do.MAKE, node), *decorated, (Do.BIND, node))


def make_lambda(lay: Layer, node: ast.Lambda) -> None:
    lay.plan(*_defaults(node.args), (Do.MAKE, node))


def class_statement(lay: Layer, node: ast.ClassDef) -> None:
    decorated: list[Step] = [(Do.DECORATE, decorator) for decorator in reversed(node.decorator_list)]
    arguments = [*node.bases, *(keyword.value for keyword in node.keywords)]
    lay.plan(*node.decorator_list, *arguments, *node.body, (Do.MAKE, node), *decorated, (Do.BIND, node))


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """Return the annotations of a function, which the `def` evaluates unless they are postponed."""
    found = [each.annotation for each in parameters_of(function.args) if each.annotation]
    return [*found, function.returns] if function.returns else found


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]
