"""Which callbacks that run at an object's end, or at the end of the process, keep that very object alive?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_closures.facts.blocks import class_around
from flake8_closures.facts.closures import Captures
from flake8_closures.facts.flow import Do, Graphs
from flake8_closures.facts.functions import BOUND_OTHERWISE, COMPUTED, decorator_names, defaults, self_of
from flake8_closures.facts.semantics import SemanticModel, argument, given_for
from flake8_closures.model import BindingKind, Scope, Variable


@dataclass(frozen=True, slots=True, eq=False)
class SelfKept:
    """A callback that owns the object whose end it waits for.

    `variable` names the object, `holder` is the part of the arguments that owns it, and `how` says in what way. `call`
    is the registration; for a decorator it is the `def` below it.
    """

    call: ast.AST
    variable: Variable
    holder: ast.AST
    how: str


def of_objects(semantics: SemanticModel, captures: Captures, graph: Graphs) -> Iterator[SelfKept]:
    """Yield the calls of `weakref.finalize` whose callback, or its arguments, own the object itself."""
    for call, dotted in semantics.calls("weakref"):
        if dotted != "weakref.finalize":
            continue
        target = argument(call, 0)
        variable = semantics.names.variable(target) if target is not None else None
        if variable is None or not isinstance(target, ast.Name) or _is_class(semantics, target, variable):
            continue
        owners = _Owners(semantics, captures, variable)
        for part in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
            found = owners.holder(part)
            if found is not None and not (found[2] and _loses(semantics, target, variable, call, graph)):
                yield SelfKept(call, variable, found[0], found[1])
                break


def at_exit(semantics: SemanticModel, captures: Captures) -> Iterator[SelfKept]:
    """Yield what methods register with `atexit` that owns their object, in classes that never unregister anything."""
    spared: set[Scope | None] = set()
    found: list[tuple[Scope, SelfKept]] = []
    for node, dotted in semantics.mentions("atexit"):
        scope = _method_around(semantics, node)
        variable = self_of(scope) if scope else None
        if dotted == "atexit.unregister":
            spared.add(class_around(scope) if scope else None)
        if dotted != "atexit.register" or scope is None or variable is None:
            continue
        owners = _Owners(semantics, captures, variable)
        around = semantics.parent(node)
        if isinstance(around, ast.Call) and around.func is node:
            parts = [*around.args, *(keyword.value for keyword in around.keywords)]
        elif isinstance(around, ast.FunctionDef) and node in around.decorator_list:
            parts = []
            if owners.captured(around):
                found.append((scope, SelfKept(around, variable, around, f"{around.name!r} captures it")))
        else:
            continue
        held = next(filter(None, map(owners.holder, parts)), None)
        if held is not None:
            found.append((scope, SelfKept(around, variable, held[0], held[1])))
    for scope, each in found:
        if class_around(scope) not in spared and None not in spared:
            yield each


class _Owners:
    """Finds the expressions that own the object of one variable."""

    def __init__(self, semantics: SemanticModel, captures: Captures, variable: Variable) -> None:
        self.semantics, self.captures, self.variable = semantics, captures, variable

    def holder(self, node: ast.expr, depth: int = 4) -> tuple[ast.AST, str, bool] | None:
        """Return the part of an expression that owns the object, how it does, and whether by a variable alone."""
        names = self.semantics.names
        if isinstance(node, ast.Name) and self._is_object(names.variable(node)):
            return node, "it is among the arguments", False
        function = self.semantics.function(node)
        if function is not None:
            if any(self._is_object(names.variable(default)) for _, default in defaults(function)):
                return function, f"{_title(function)} has it as a default", False
            return (function, f"{_title(function)} captures it", True) if self.captured(function) else None
        if isinstance(node, ast.Name):
            variable = names.variable(node)
            bindings = variable.bindings if variable else []
            value = bindings[0].value if len(bindings) == 1 else None
            return self.holder(value, depth - 1) if value is not None and depth else None
        if isinstance(node, ast.Attribute):
            if self._is_object(names.variable(node.value)) and self._is_method(node):
                return node, f"the bound method '{self.variable.name}.{node.attr}' holds it", False
            return None
        parts: list[ast.expr] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = node.elts
        elif isinstance(node, ast.Dict):
            parts = [part for part in (*node.keys, *node.values) if part is not None]
        elif isinstance(node, ast.Starred):
            parts = [node.value]
        elif isinstance(node, ast.Call) and names.dotted(node.func) == "functools.partial":
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        return next(filter(None, (self.holder(part, depth - 1) for part in parts)), None) if depth else None

    def captured(self, function: ast.AST) -> bool:
        """Return whether a function of the file captures the variable."""
        closure = self.semantics.closure(function)
        return closure is not None and any(self._is_object(each.variable) for each in self.captures(closure))

    def _is_method(self, node: ast.Attribute) -> bool:
        """Return whether an attribute of the object is a method, bound to it: by its class, also as `cls`, or by that
        of the argument which every call of the function in the file gives for it.
        """
        callees, variable = self.semantics.callees, self.variable
        if callees.bound_method(node) is not None:
            return True
        value = variable.bindings[0].value if len(variable.bindings) == 1 else None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and _is_cls(value.func, self.semantics):
            owner = callees.class_of_self(value.func)
            method = callees.method(owner, node.attr) if owner is not None else None
            return method is not None and not decorator_names(method.node) & (BOUND_OTHERWISE | COMPUTED)
        if not variable.is_parameter:
            return False
        calls = callees.calls_of(variable.scope)
        given = [given_for(call, variable.scope, variable.name) for call in calls]
        return bool(given) and all(value is not None and callees.bound(value, node.attr) for value in given)

    def _is_object(self, variable: Variable | None) -> bool:
        """Return whether a variable names the object: its own variable, or one that only gets its value from there."""
        if variable is None or variable is self.variable:
            return variable is not None
        bindings = variable.bindings
        value = bindings[0].value if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN else None
        return value is not None and self.semantics.names.variable(value) is self.variable


def _is_class(semantics: SemanticModel, target: ast.Name, variable: Variable) -> bool:
    """Return whether a name is that of a class, which its module keeps anyway: by its statement, or as `cls`."""
    if any(binding.kind is BindingKind.CLASS for binding in variable.bindings):
        return True
    return _is_cls(target, semantics)


def _is_cls(name: ast.Name, semantics: SemanticModel) -> bool:
    """Return whether a name is the first parameter of a class method."""
    variable = semantics.names.variable(name)
    is_first = semantics.callees.class_of_self(name) is not None
    return is_first and variable is not None and self_of(variable.scope) is None


def _title(function: ast.AST) -> str:
    return repr(function.name) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else "the lambda"


def _loses(semantics: SemanticModel, target: ast.Name, variable: Variable, call: ast.Call, graph: Graphs) -> bool:
    """Return whether a captured variable may get another value, or lose it, after the registration."""
    if len(variable.bindings) == 1:
        return False
    scope = variable.scope
    flow = graph(scope.node)
    events = [(do, binding.node) for binding in variable.bindings for do in (Do.BIND, Do.UNBIND)]
    return semantics.names.scope(target) is not scope or flow.path((Do.CALL, call), events) is not None


def _method_around(semantics: SemanticModel, node: ast.AST) -> Scope | None:
    """Return the nearest function around a place, if it is a method of a class."""
    for outer in semantics.around(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and node not in outer.decorator_list:
            scope = semantics.callees.scope(outer)
            if scope is not None and class_around(scope) is not None:
                return scope
            # A `def` with `atexit.register` above it stands in a method: go on to that.
        node = outer
    return None
