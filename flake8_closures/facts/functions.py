"""What does a function say of itself? Its parameters and defaults, its decorators, and what a call of it returns."""

from __future__ import annotations

import ast
import enum

from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.names import last_name
from flake8_closures.model import Scope, ScopeKind, Variable

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def self_of(method: Scope) -> Variable | None:
    """Return the first parameter of a method of a class, which stands for the instance; None for other functions."""
    if class_around(method) is None:
        return None
    return None if decorator_names(method.node) & BOUND_OTHERWISE else first_parameter(method)


def first_parameter(function: Scope) -> Variable | None:
    """Return the first positional parameter of a `def`; None where it has none, and for other blocks."""
    node = function.node
    if function.kind is not ScopeKind.FUNCTION or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    first = next(iter([*node.args.posonlyargs, *node.args.args]), None)
    return function.variables.get(first.arg) if first else None


BOUND_OTHERWISE = {"staticmethod", "classmethod"}
"""Decorators of methods that do not get the instance."""

COMPUTED = {"property", "cached_property", "lazyproperty", "abstractproperty"}
"""Decorators that turn a method into a plain attribute for its readers."""


def is_static(function: Scope) -> bool:
    """Return whether a function is a static method: it is given neither the instance nor the class."""
    return "staticmethod" in decorator_names(function.node)


def decorator_names(function: ast.AST) -> set[str]:
    """Return the last parts of the names of a function's decorators; none for a lambda."""
    found = set()
    for decorator in getattr(function, "decorator_list", ()):
        callee = decorator.func if isinstance(decorator, ast.Call) else decorator
        found.add(last_name(callee))
    return found


def parameter(function: Scope, argument: int | str, bound: bool) -> str | None:
    """Return the name of the parameter that takes an argument of a call; None where there is none.

    `argument` is a position from 0, or a keyword. `bound`: the receiver takes the first parameter.
    """
    arguments = _arguments(function)
    positional = [*arguments.posonlyargs, *arguments.args]
    if isinstance(argument, str):
        if any(a.arg == argument for a in [*arguments.args, *arguments.kwonlyargs]):
            return argument
        return arguments.kwarg.arg if arguments.kwarg else None
    index = argument + bound
    if index < len(positional):
        return positional[index].arg
    return arguments.vararg.arg if arguments.vararg else None


def spread(function: Scope) -> set[str]:
    """Return the parameters of a function that take several arguments: `*args` and `**kwargs`."""
    arguments = _arguments(function)
    return {each.arg for each in (arguments.vararg, arguments.kwarg) if each}


def _arguments(function: Scope) -> ast.arguments:
    assert isinstance(function.node, Function)
    return function.node.args


def defaults(function: ast.AST) -> list[tuple[str, ast.expr]]:
    """Return the defaults of a function, each with the name of its parameter; none for any other node."""
    if not isinstance(function, Function):
        return []
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(last, arguments.defaults, strict=True)]
    pairs += [(each, value) for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    return [(each.arg, value) for each, value in pairs]


class Later(enum.Enum):
    """What a call returns if it does not run the body of the function yet."""

    GENERATOR = enum.auto()
    COROUTINE = enum.auto()


def runs_later(function: Scope) -> Later | None:
    """Return what a call of a function returns instead of running its body; None where it runs it."""
    if function.is_generator:
        return Later.GENERATOR
    return Later.COROUTINE if isinstance(function.node, ast.AsyncFunctionDef) else None
