"""Which decorators return a wrapper that hides the function it wraps?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.closures import descendants
from flake8_closures.facts.functions import BOUND_OTHERWISE, Later, decorator_names, runs_later, self_of
from flake8_closures.facts.knowledge.wording import words
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.facts.testing import in_test
from flake8_closures.model import Binding, BindingKind, Closure, Scope, ScopeKind, Variable

_FUNCTIONS = frozenset("func fn f fun fcn function method meth view wrapped callable coro coroutine decorated".split())
"""Words in the names of parameters that take the function: `func`, `view_func`, `func_to_wrap`."""
_IDENTITY = frozenset("__name__ __qualname__ __doc__ __module__ __wrapped__ __dict__ __signature__ __class__".split())
"""Attributes by which a wrapper is made to look like what it wraps."""
_CASTS = {"typing.cast", "typing_extensions.cast"}
_PLACES = (ast.Attribute, ast.Subscript)
"""Where else a wrapper may be kept, in a table of handlers for example."""
_INLINE = (ScopeKind.LAMBDA, ScopeKind.COMPREHENSION, ScopeKind.GENERATOR)


@dataclass(frozen=True, slots=True, eq=False)
class Wrapper:
    """A function that a decorator returns in place of the one it was given.

    `binding` is the `def` of the wrapper, `wrapped` the parameter of the decorator that takes the function. `used`: the
    decorator is applied to a function of the file.
    """

    closure: Closure
    binding: Binding
    decorator: Scope
    wrapped: Variable
    used: bool


def find(closures: Sequence[Closure], semantics: SemanticModel) -> Iterator[Wrapper]:
    """Yield the wrappers that are returned as they are, with nothing copied from what they wrap."""
    for closure in closures:
        node, decorator = closure.node, closure.maker
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.decorator_list:
            continue
        if decorator.kind is not ScopeKind.FUNCTION or closure.carrier is not node:
            continue
        wrapped = taken(semantics, decorator)
        if wrapped is None or wrapped.name not in closure.scope.owners or len(wrapped.bindings) != 1:
            continue
        binding = _definition(decorator, node)
        if binding is None:
            continue
        calls = _calls(semantics, wrapped, closure.scope)
        if not calls or not _is_returned_plainly(semantics, decorator.variables[node.name]) or in_test(decorator):
            continue
        if _is_local(semantics, decorator):
            continue
        used, called = _manner(semantics, decorator)
        if not used and runs_later(closure.scope) is Later.GENERATOR:
            continue  # it makes an iterator of the function, which nobody takes for the function
        plain = isinstance(decorator.node, ast.FunctionDef) and decorator_names(decorator.node) <= BOUND_OTHERWISE
        if used or (
            plain
            and not called
            and not _FUNCTIONS.isdisjoint(words(wrapped.name))
            and any(_forwards(node, call) for call in calls)
        ):
            yield Wrapper(closure, binding, decorator, wrapped, used)


def taken(semantics: SemanticModel, decorator: Scope) -> Variable | None:
    """Return the parameter that takes the decorated function, if all other parameters have defaults."""
    node = decorator.node
    if not isinstance(node, ast.FunctionDef):
        return None
    if node.args.vararg or node.args.kwarg:
        return None
    parameters = [*node.args.posonlyargs, *node.args.args]
    required = parameters[: len(parameters) - len(node.args.defaults)]
    # The body of a class can use its own functions as decorators, by their bare names.
    is_method = self_of(decorator) is not None and not references(semantics, decorator)
    if required and (is_method or "classmethod" in decorator_names(node)):
        required = required[1:]
    if len(required) != 1 or any(default is None for default in node.args.kw_defaults):
        return None
    return decorator.variables.get(required[0].arg)


def _definition(decorator: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Binding | None:
    """Return the binding that a `def` makes, if its name is bound by nothing but `def` statements."""
    variable = decorator.variables.get(node.name)
    bindings = variable.bindings if variable else []
    if any(binding.kind is not BindingKind.DEF for binding in bindings):
        return None
    return next((binding for binding in bindings if binding.node is node), None)


def _calls(semantics: SemanticModel, wrapped: Variable, scope: Scope) -> list[ast.Call]:
    """Return the calls of the wrapped function in the wrapper itself, its lambdas and comprehensions."""
    inside = {scope}
    for block in descendants(scope):
        if block.kind in _INLINE and block.parent in inside:
            inside.add(block)
    called = [semantics.call_of(reference.node) for reference in wrapped.references if reference.scope in inside]
    return [call for call in called if call is not None]


def _forwards(node: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> bool:
    """Return whether a call passes on exactly what the wrapper takes, with `*args` among it."""
    own = node.args
    if own.vararg is None:
        return False
    wanted = [f"{each.arg}" for each in (*own.posonlyargs, *own.args)] + [f"*{own.vararg.arg}"]
    wanted += [f"**{own.kwarg.arg}"] if own.kwarg else []
    given = [ast.unparse(part) for part in call.args]
    given += [f"**{ast.unparse(keyword.value)}" for keyword in call.keywords if keyword.arg is None]
    return given == wanted


def _is_returned_plainly(semantics: SemanticModel, variable: Variable) -> bool:
    """Return whether a wrapper is returned, and apart from that only gets attributes of its own."""
    returned = False
    for reference in variable.references:
        around = _taker(semantics, reference.node)
        if isinstance(around, ast.Return):
            returned = True
        elif isinstance(around, ast.Assign) and all(isinstance(target, _PLACES) for target in around.targets):
            continue
        elif not isinstance(around, ast.Attribute) or around.attr in _IDENTITY:
            return False
    return returned


def _taker(semantics: SemanticModel, place: ast.AST) -> ast.AST | None:
    """Return the node that takes the value of an expression, past conditional expressions and casts."""
    around = semantics.parent(place)
    while (isinstance(around, ast.IfExp) and around.test is not place) or (
        isinstance(around, ast.Call) and semantics.names.dotted(around.func) in _CASTS
    ):
        place, around = around, semantics.parent(around)
    return around


def _is_local(semantics: SemanticModel, decorator: Scope) -> bool:
    """Return whether a decorator is a helper of the function around it, which does not return it."""
    if decorator.parent is None or decorator.parent.kind is not ScopeKind.FUNCTION:
        return False
    return not any(
        isinstance(semantics.parent(place), ast.Return | ast.Call) for place in references(semantics, decorator)
    )


def _manner(semantics: SemanticModel, decorator: Scope) -> tuple[bool, bool]:
    """Return whether a function is used as a decorator in the file, and whether it is also called directly.

    This may be the function itself, or what the function around it returns. A function that is only called makes an
    adapter: `f = checked(f)`.
    """
    used = plainly = False
    outer = decorator.parent
    made_by = outer if outer is not None and outer.kind is ScopeKind.FUNCTION else None
    for scope, called in ((decorator, False), (made_by, True)):
        for place in [*references(semantics, scope), *_by_self(semantics, scope)] if scope is not None else ():
            around = semantics.parent(place)
            if called and isinstance(around, ast.Call) and around.func is place:
                place, around = around, semantics.parent(around)
            elif called:
                continue
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and place in around.decorator_list:
                used = True
            elif not _hands_on_its_own(semantics, around, made_by):
                plainly = plainly or semantics.call_of(place) is not None
    return used, plainly


def _hands_on_its_own(semantics: SemanticModel, call: ast.AST | None, outer: Scope | None) -> bool:
    """Return whether a factory applies the decorator that it makes to its own parameter.

    So does `return decorate(func) if func else decorate`.
    """
    if outer is None or not isinstance(call, ast.Call) or not isinstance(_taker(semantics, call), ast.Return):
        return False
    given = semantics.names.variable(call.args[0]) if len(call.args) == 1 and not call.keywords else None
    return given is not None and given.scope is outer and given.bindings[0].kind is BindingKind.PARAMETER


def _by_self(semantics: SemanticModel, method: Scope) -> list[ast.Attribute]:
    """Return every place where a class names one of its own methods through `self`."""
    owner = class_around(method) if self_of(method) is not None else None
    return semantics.attributes(owner).get(method.name, []) if owner is not None else []


def references(semantics: SemanticModel, function: Scope) -> list[ast.expr]:
    """Return every read of the name of a function."""
    variable = semantics.names.variable(function.node)
    if variable is None or any(binding.kind is not BindingKind.DEF for binding in variable.bindings):
        return []
    return [reference.node for reference in variable.references]
