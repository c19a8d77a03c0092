"""Which functions are sent to other processes by value, instead of by name?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.functions import decorator_names, parameter
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.names import managed
from flake8_closures.facts.semantics import SemanticModel, argument
from flake8_closures.model import BindingKind, Closure, ScopeKind

_KNOWN = (*lifetimes.SHIPPING_DECORATORS, *lifetimes.SHIPPING)
_PACKAGES = tuple(dict.fromkeys(name.partition(".")[0] for name in _KNOWN))
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """A function or class that is sent by value: `sender` is the decorator or the callee, `system` the framework."""

    function: Function
    sender: ast.expr
    system: str
    is_decorator: bool


def find(closures: Sequence[Closure], semantics: SemanticModel, decorators: Sequence[str]) -> Iterator[Shipped]:
    """Yield the functions that are sent by value. `decorators` are further names of decorators that send them."""
    own = dict.fromkeys(decorators, "")
    known = (*_KNOWN, *own)

    def leads_there(imported: str) -> bool:
        return any(f"{name}.".startswith(f"{imported}.") for name in known)

    packages = dict.fromkeys((*_PACKAGES, *(name.partition(".")[0] for name in decorators)))
    for node, dotted in semantics.mentions(*packages, wanted=leads_there):
        call = semantics.call_of(node)
        place = call or node
        around = semantics.parent(place)
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and place in around.decorator_list:
            system = own.get(dotted, lifetimes.SHIPPING_DECORATORS.get(dotted))
            if system is not None:
                yield Shipped(around, node, system, True)
        elif call is not None and dotted in lifetimes.SHIPPING and not _stays(semantics, call):
            yield from _given(semantics, call, lifetimes.SHIPPING[dotted])
    for package, methods in lifetimes.SHIPPING_METHODS.items():
        if semantics.imports(package):
            yield from _by_method(closures, semantics, package, frozenset(methods.split()))


def _stays(semantics: SemanticModel, call: ast.Call) -> bool:
    """Return whether the jobs that a call makes for joblib run in this process: in threads, or one by one."""
    for outer in semantics.around(call):
        if not isinstance(outer, ast.Call) or not isinstance(outer.func, ast.Call):
            continue
        if semantics.names.dotted(outer.func.func) in lifetimes.PARALLEL:
            keywords = {each.arg: getattr(each.value, "value", None) for each in outer.func.keywords}
            words = {keywords.get("backend"), keywords.get("prefer"), keywords.get("require")}
            jobs = argument(outer.func, 0, "n_jobs")
            is_parallel = bool(outer.func.args) or not {"n_jobs", "backend", None}.isdisjoint(keywords)
            is_one = isinstance(jobs, ast.Constant) and jobs.value == 1
            return bool(words & lifetimes.IN_THREADS) or is_one or not is_parallel
    return False


def _given(semantics: SemanticModel, call: ast.Call, system: str) -> Iterator[Shipped]:
    """Yield the functions among the arguments of a call that are not sent by their names."""
    for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
        function = semantics.function(given)
        if function is not None and not _is_found_by_name(semantics, given, function):
            yield Shipped(function, call.func, system, False)
        elif isinstance(given, ast.Attribute) and (replaced := _replaced(semantics, given)) is not None:
            yield Shipped(replaced, call.func, system, False)


def _is_found_by_name(semantics: SemanticModel, given: ast.expr, function: ast.AST) -> bool:
    """Return whether the other side can import a function: a plain `def` of a module."""
    variable = semantics.names.variable(given)
    if isinstance(function, ast.Lambda) or variable is None:
        return False
    return variable.scope.kind is ScopeKind.MODULE and not decorator_names(function)


def _replaced(semantics: SemanticModel, attribute: ast.Attribute) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the function stored in an attribute of the object by which a decorator of the file replaced it.

    It can no longer be found under its name.
    """
    function = semantics.function(attribute.value)
    if isinstance(function, ast.Lambda) or function is None or len(function.decorator_list) != 1:
        return None
    made = semantics.callees.constructor(function.decorator_list[0])
    scopes = [made[1]] if made else semantics.callees.functions(function.decorator_list[0])
    name = parameter(scopes[0], 0, made is not None) if len(scopes) == 1 and scopes[0] else None
    taken = scopes[0].variables.get(name) if name and scopes[0] else None
    for reference in taken.references if taken else ():
        around = semantics.parent(reference.node)
        targets = around.targets if isinstance(around, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == attribute.attr for target in targets):
            return function
    return None


def _by_method(
    closures: Sequence[Closure], semantics: SemanticModel, package: str, methods: frozenset[str]
) -> Iterator[Shipped]:
    """Yield the lambdas and local functions that are passed to methods of a package's objects."""
    for closure in closures:
        node = closure.node
        if isinstance(node, ast.Lambda):
            places: Iterable[ast.AST] = [node]
        elif isinstance(node, ast.FunctionDef) and closure.maker.kind is not ScopeKind.MODULE:
            variable = semantics.names.variable(node)
            places = [reference.node for reference in variable.references] if variable else []
        else:
            continue
        for place in places:
            call = semantics.parent(place)
            if not isinstance(call, ast.Call) or place not in call.args or not isinstance(call.func, ast.Attribute):
                continue
            method = call.func.attr
            known = method in methods and _root(semantics, call.func.value) == package
            if known or (package == "pyspark" and method in lifetimes.SPARK_ALONE):
                yield Shipped(node, call.func, lifetimes.SYSTEMS[package], False)
                break


def _root(semantics: SemanticModel, node: ast.expr, depth: int = 6) -> str:
    """Return the package that an object comes from through calls and attributes alone; empty if unknown."""
    while not (dotted := semantics.names.dotted(node)) and isinstance(
        node, ast.Call | ast.Attribute | ast.Subscript | ast.Await
    ):
        if isinstance(node, ast.Attribute) and node.attr in lifetimes.OF_SPARK:
            return "pyspark"
        node = node.func if isinstance(node, ast.Call) else node.value
    if dotted:
        return dotted.partition(".")[0]
    variable = semantics.names.variable(node)
    bindings = variable.bindings if variable else []
    value = bindings[0].value if bindings else None
    if bindings and isinstance(bindings[0].node, ast.arg):
        value = bindings[0].node.annotation
    if bindings and bindings[0].kind is BindingKind.WITH and isinstance(bindings[0].statement, ast.With):
        value = managed(bindings[0])
    return _root(semantics, value, depth - 1) if value is not None and depth else ""
