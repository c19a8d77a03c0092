"""How much data travels with a function that is sent to other processes, or compiled with what it captured?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.callees import decorated, parameter
from flake8_closures.facts.closures import Captures, descendants
from flake8_closures.facts.knowledge import lifetimes
from flake8_closures.facts.lifetime.origins import Origins, argument
from flake8_closures.facts.lifetime.processes import Pickled
from flake8_closures.facts.weight import Weights
from flake8_closures.model import BindingKind, Closure, Scope, ScopeKind, Variable, Weight

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
_DEPTH = 4
"""How many functions that one function captures are looked into, one from the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """A function or class that is sent by value, and how: `sender` is the decorator or the callee, `system` whose."""

    function: Function
    sender: ast.expr
    system: str
    is_decorator: bool


@dataclass(frozen=True, slots=True, eq=False)
class Cargo:
    """Data that travels with a function: the variable or parameter that has it, the place that shows it, its weight."""

    shipped: Shipped
    name: str
    place: ast.AST
    weight: Weight


@dataclass(frozen=True, slots=True, eq=False)
class Baggage:
    """A bound method that is pickled, and the heavy attribute of the object that goes with it."""

    pickled: Pickled
    method: ast.Attribute
    owner: Scope
    attribute: str
    weight: Weight


def shipped(origins: Origins, decorators: Sequence[str]) -> Iterator[Shipped]:
    """Yield the functions that are sent by value. `decorators` are further names of decorators that do so."""
    own = dict.fromkeys(decorators, "")
    names = {*own, *lifetimes.SHIPPING_DECORATORS, *lifetimes.SHIPPING}

    def leads_there(imported: str) -> bool:
        return any(f"{name}.".startswith(f"{imported}.") for name in names)

    packages = dict.fromkeys(name.partition(".")[0] for name in names)
    for node, dotted in origins.mentions(*packages, wanted=leads_there):
        around, call = origins.parent(node), None
        place = node
        if isinstance(around, ast.Call) and around.func is node:
            call = place = around
            around = origins.parent(around)
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and place in around.decorator_list:
            system = own.get(dotted, lifetimes.SHIPPING_DECORATORS.get(dotted))
            if system is not None:
                yield Shipped(around, node, system, True)
        elif call is not None and dotted in lifetimes.SHIPPING and not _stays(origins, call):
            yield from _given(origins, call, lifetimes.SHIPPING[dotted])
    for package, methods in lifetimes.SHIPPING_METHODS.items():
        if origins.imports(package):
            yield from _by_method(origins, package, frozenset(methods.split()))


def _stays(origins: Origins, call: ast.Call) -> bool:
    """Return whether the jobs that a call makes for joblib run in this process: in threads, or one by one."""
    for outer in origins.around(call):
        if not isinstance(outer, ast.Call) or not isinstance(outer.func, ast.Call):
            continue
        if origins.names.dotted(outer.func.func) in lifetimes.PARALLEL:
            said = {each.arg: getattr(each.value, "value", None) for each in outer.func.keywords}
            words = {said.get("backend"), said.get("prefer"), said.get("require")}
            jobs = argument(outer.func, 0, "n_jobs")
            is_told = bool(outer.func.args) or not {"n_jobs", "backend", None}.isdisjoint(said)
            is_one = isinstance(jobs, ast.Constant) and jobs.value == 1
            return bool(words & lifetimes.IN_THREADS) or is_one or not is_told
    return False


def _given(origins: Origins, call: ast.Call, system: str) -> Iterator[Shipped]:
    """Yield the functions that a call is given and that do not travel as their names."""
    for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
        function = origins.function(given)
        if function is not None and not _is_found_by_name(origins, given, function):
            yield Shipped(function, call.func, system, False)
        elif isinstance(given, ast.Attribute) and (replaced := _replaced(origins, given)) is not None:
            yield Shipped(replaced, call.func, system, False)


def _is_found_by_name(origins: Origins, given: ast.expr, function: ast.AST) -> bool:
    """Return whether the other side can import a function: a plain `def` of a module."""
    variable = origins.names.variable(given)
    if isinstance(function, ast.Lambda) or variable is None:
        return False
    return variable.scope.kind is ScopeKind.MODULE and not decorated(function)  # type: ignore[arg-type]


def _replaced(origins: Origins, attribute: ast.Attribute) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the function that an attribute has, of the object that a decorator of the file has put in its place.

    It can no longer be found under its name.
    """
    function = origins.function(attribute.value)
    if isinstance(function, ast.Lambda) or function is None or len(function.decorator_list) != 1:
        return None
    made = origins.callees.constructor(function.decorator_list[0])
    scopes = [made[1]] if made else origins.callees.functions(function.decorator_list[0])
    name = parameter(scopes[0], 0, made is not None) if len(scopes) == 1 and scopes[0] else None
    taken = scopes[0].variables.get(name) if name and scopes[0] else None
    for reference in taken.references if taken else ():
        around = origins.parent(reference.node)
        targets = around.targets if isinstance(around, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == attribute.attr for target in targets):
            return function
    return None


def _by_method(origins: Origins, package: str, methods: frozenset[str]) -> Iterator[Shipped]:
    """Yield the lambdas and local functions that are given to methods of the objects of a package."""
    for closure in origins.inner:
        node = closure.node
        if isinstance(node, ast.Lambda):
            places: Iterable[ast.AST] = [node]
        elif isinstance(node, ast.FunctionDef) and closure.maker.kind is not ScopeKind.MODULE:
            variable = origins.names.variable(node)
            places = [reference.node for reference in variable.references] if variable else []
        else:
            continue
        for place in places:
            call = origins.parent(place)
            if not isinstance(call, ast.Call) or place not in call.args or not isinstance(call.func, ast.Attribute):
                continue
            method = call.func.attr
            known = method in methods and _root(origins, call.func.value) == package
            if known or (package == "pyspark" and method in lifetimes.SPARK_ALONE):
                yield Shipped(node, call.func, lifetimes.SYSTEMS[package], False)
                break


def _root(origins: Origins, node: ast.expr, depth: int = 6) -> str:
    """Return the package that an object comes from by calls and attributes alone; empty where that cannot be seen."""
    while not (dotted := origins.names.dotted(node)) and isinstance(
        node, ast.Call | ast.Attribute | ast.Subscript | ast.Await
    ):
        node = node.func if isinstance(node, ast.Call) else node.value
    if dotted:
        return dotted.partition(".")[0]
    variable = origins.names.variable(node)
    bindings = variable.bindings if variable else []
    value = bindings[0].value if bindings else None
    if bindings and bindings[0].kind is BindingKind.WITH and isinstance(bindings[0].statement, ast.With):
        items = bindings[0].statement.items
        value = next((item.context_expr for item in items if item.optional_vars is bindings[0].node), None)
    return _root(origins, value, depth - 1) if value is not None and depth else ""


def cargo(
    origins: Origins, captures: Captures, weights: Weights, sent: Iterable[Shipped], least: int
) -> Iterator[Cargo]:
    """Yield the data from a size on, and the loaded data, that each function takes along."""
    for each in sent:
        seen: set[object] = set()
        for name, place, weight in _carried(origins, captures, weights, each.function, seen):
            if (weight.size is not None and weight.size >= least) or (weight.size is None and weight.loader):
                yield Cargo(each, name, place, weight)


def _carried(
    origins: Origins,
    captures: Captures,
    weights: Weights,
    function: Function,
    seen: set[object],
    depth: int = _DEPTH,
) -> Iterator[tuple[str, ast.AST, Weight]]:
    """Yield what a function that is sent by value takes along: defaults, cells, and the globals that it reads."""
    if function in seen or not depth:
        return
    seen.add(function)
    for name, default in _defaults(function):
        yield name, default, weights.expression(default)
    for closure in _closures(origins, function):
        for capture in captures(closure):
            variable = capture.variable
            if variable in seen or not capture.references:
                continue
            seen.add(variable)
            place = capture.references[0].node
            if variable.scope.kind is ScopeKind.MODULE:
                yield variable.name, place, weights.variable(variable)
                continue
            yield variable.name, place, weights.captured(variable, closure)
            inner = origins.function(place)
            if inner is not None:
                yield from _carried(origins, captures, weights, inner, seen, depth - 1)


def _defaults(function: Function) -> list[tuple[str, ast.expr]]:
    if isinstance(function, ast.ClassDef):
        return []
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(named[len(named) - len(arguments.defaults) :], arguments.defaults, strict=True))
    pairs += [(name, value) for name, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    return [(name.arg, value) for name, value in pairs]


def _closures(origins: Origins, function: Function) -> list[Closure]:
    """Return the closure of a function, or those of the methods of a class."""
    if not isinstance(function, ast.ClassDef):
        closure = origins.closure(function)
        return [closure] if closure else []
    scope = origins.callees.scope(function)
    methods = [origins.closure(child.node) for child in descendants(scope)] if scope else []
    return [closure for closure in methods if closure is not None]


def traced(origins: Origins, captures: Captures, weights: Weights, least: int) -> Iterator[Cargo]:
    """Yield the arrays from a size on that are compiled into a traced program as constants."""
    for node, dotted in origins.mentions("jax", "tensorflow", "equinox", "flax"):
        if dotted not in lifetimes.TRACING:
            continue
        for function in _traced_by(origins, node):
            seen: set[object] = set()
            for name, place, weight in _carried(origins, captures, weights, function, seen):
                variable = origins.names.variable(place)
                if weight.size is None or weight.size < least or "." not in weight.kind:
                    continue
                if weight.kind.startswith("builtins.") or (variable and _leaves_nothing(origins, variable, function)):
                    continue
                yield Cargo(Shipped(function, node, dotted, True), name, place, weight)


def _traced_by(origins: Origins, node: ast.expr) -> Iterator[Function]:
    """Yield the functions that `jax.jit` is put above, or given: plainly, by a call, or through `functools.partial`."""
    place, around = node, origins.parent(node)
    while isinstance(around, ast.Call):
        if around.func is place and around.args and (function := origins.function(around.args[0])) is not None:
            yield function
            return
        place, around = around, origins.parent(around)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and place in around.decorator_list:
        yield around


def _leaves_nothing(origins: Origins, variable: Variable, function: Function) -> bool:
    """Return whether a function only asks for the shape or the type of an array that it captured."""
    scope = origins.callees.scope(function)
    inside = set(descendants(scope)) if scope else set()
    for reference in variable.references:
        around = origins.parent(reference.node)
        if reference.scope not in inside or (
            isinstance(around, ast.Attribute) and around.attr in lifetimes.NEVER_EMBEDDED
        ):
            continue
        if not (isinstance(around, ast.Call) and origins.names.dotted(around.func) == "builtins.len"):
            return False
    return True


def baggage(origins: Origins, weights: Weights, sent: Iterable[Pickled], least: int) -> Iterator[Baggage]:
    """Yield the bound methods that are pickled with an object that has an attribute from a size on."""
    for each in sent:
        node = each.argument
        if isinstance(node, ast.Call) and origins.names.dotted(node.func) == "functools.partial" and node.args:
            node = node.args[0]
        owner = _owner(origins, node.value) if isinstance(node, ast.Attribute) else None
        if owner is None or not isinstance(node, ast.Attribute):
            continue
        method = origins.callees.method(owner, node.attr)
        if method is None or not isinstance(method.node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if decorated(method.node) or any(origins.callees.method(owner, name) for name in lifetimes.STATE_METHODS):
            continue
        heavy = {name: weight for name, weight in weights.attributes(owner).items() if (weight.size or 0) >= least}
        if heavy:
            name = max(heavy, key=lambda name: heavy[name].size or 0)
            yield Baggage(each, node, owner, name, heavy[name])


def _owner(origins: Origins, receiver: ast.expr) -> Scope | None:
    """Return the class of the file that a receiver is surely an instance of."""
    if isinstance(receiver, ast.Call):
        made = origins.callees.constructor(receiver.func)
        return made[0] if made else None
    if not isinstance(receiver, ast.Name):
        return None
    own = origins.callees.class_of_self(receiver)
    variable = origins.names.variable(receiver)
    if own is not None or variable is None or len(variable.bindings) != 1:
        return own
    value = variable.bindings[0].value
    return _owner(origins, value) if isinstance(value, ast.Call) else None
