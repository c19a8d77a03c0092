"""Which function of this file does a call run? Plain functions, methods of `self`, constructors of local classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import TypeGuard

from flake8_closures.facts.blocks import class_around, methods
from flake8_closures.facts.functions import BOUND_OTHERWISE, COMPUTED, decorator_names, first_parameter, self_of
from flake8_closures.facts.names import Names, last_name
from flake8_closures.memo import cached_property
from flake8_closures.model import BindingKind, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents

_CALLED = (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
"""The blocks that a call runs with arguments: not class bodies, nor generator expressions."""
_CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.Call)
_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEEPEST = 8
"""How many names, attributes and calls in a row are followed to find the class of an object."""
Assumed = Mapping[object, "Scope | None"]
"""The classes of the variables and attributes that are being looked up, which stops recursion."""


class Callees:
    """Finds the functions and classes of one file that its expressions name."""

    def __init__(self, scopes: Sequence[Scope], names: Names, parents: Parents) -> None:
        self.names = names
        self.parents = parents
        self._giving: dict[Scope, bool] = {}
        self._classes: dict[Variable, Scope | None] = {}
        self._fields: dict[Scope, dict[str, list[ast.AST]]] = {}
        self._scopes = {
            scope.node: scope
            for scope in scopes
            if scope.kind
            in (ScopeKind.FUNCTION, ScopeKind.LAMBDA, ScopeKind.CLASS, ScopeKind.MODULE, ScopeKind.GENERATOR)
        }

    def scope(self, node: ast.AST) -> Scope | None:
        """Return the block that a function, class, generator expression or module opens."""
        return self._scopes.get(node)

    def functions(self, callee: ast.AST) -> list[Scope]:
        """Return every function of the file that an expression can name; none if it may also be something else."""
        if isinstance(callee, ast.Lambda):
            return [self._scopes[callee]]
        if isinstance(callee, ast.Attribute):
            method = self._method_of(callee.value, callee.attr)
            return [method] if method else []
        variable = self.names.variable(callee)
        functions = []
        for node in _values(variable):
            scope = self._scopes.get(node)
            if scope is None or scope.kind not in _CALLED:
                return []
            functions.append(scope)
        return functions

    def _method_of(self, receiver: ast.AST, name: str) -> Scope | None:
        """Return the method of a receiver: an object, `super()`, or a class with a class or static method."""
        if owner := self.class_of(receiver):
            return self.method(owner, name)
        if is_super(receiver):
            below = self._class_around(receiver.func)
            return self._inherited(below, name) if below else None
        named = self._class_named(receiver)
        method = self.method(named, name) if named else None
        return method if method and decorator_names(method.node) & BOUND_OTHERWISE else None

    def _class_around(self, name: ast.AST) -> Scope | None:
        """Return the class in whose body, or in whose methods, a name stands."""
        scope = self.names.scope(name)
        while scope is not None and scope.kind is not ScopeKind.CLASS:
            scope = scope.parent
        return scope

    def calls_of(self, function: Scope) -> Iterator[ast.Call]:
        """Yield every call in the file that certainly runs a function of it; that of its class runs `__init__`."""
        for place in self.places_of(function):
            call = self.parents.call_of(place)
            if call is not None:
                yield call

    def places_of(self, function: Scope) -> Iterator[ast.expr]:
        """Yield every expression that certainly names a function of the file, or for `__init__` its class."""
        owner = class_around(function)
        if owner is not None and function.name != "__init__":
            named = self._attributes.get(function.name, ())
            yield from (place for place in named if self.functions(place) == [function])
            return
        called = owner or function
        variable = self.names.variable(called.node)
        if variable is not None and [*_values(variable)] == [called.node]:
            yield from (reference.node for reference in variable.references)

    @cached_property
    def _attributes(self) -> Mapping[str, list[ast.Attribute]]:
        """The reads of attributes in the file, by their names."""
        found: dict[str, list[ast.Attribute]] = {}
        for node in self.parents:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.attr, []).append(node)
        return found

    def constructor(self, callee: ast.AST) -> tuple[Scope, Scope | None] | None:
        """Return the class of the file that an expression names, with its `__init__` if that is in the file."""
        named = self._class_named(callee)
        return (named, self.method(named, "__init__")) if named else None

    def _class_named(self, expression: ast.AST) -> Scope | None:
        """Return the class of the file that an expression names."""
        return self._class_bound_to(self.names.variable(expression))

    def _class_bound_to(self, variable: Variable | None) -> Scope | None:
        """Return the class of the file that is all that a variable stands for."""
        scope = self._only_block(variable)
        return scope if scope is not None and scope.kind is ScopeKind.CLASS else None

    def _only_block(self, variable: Variable | None) -> Scope | None:
        """Return the function or class that a variable is bound to, and to nothing else."""
        nodes = [*islice(_values(variable), 2)]
        return self._scopes.get(nodes[0]) if len(nodes) == 1 else None

    def class_of(self, expression: ast.AST, assumed: Assumed = MappingProxyType({})) -> Scope | None:
        """Return the class of the file that an object belongs to.

        The object is `self`, a call of the class or of a function that returns such objects, a name or attribute that
        is only ever bound to them, or a function that the class decorates.
        """
        if isinstance(expression, ast.Call):
            return self._makes(expression, assumed)
        if isinstance(expression, ast.Attribute):
            owner = self._class_within(expression.value, assumed)
            return self._class_of_all(self._stored(owner, expression.attr), (owner, expression.attr), assumed)
        if not isinstance(expression, ast.Name):
            return None
        return self.class_of_self(expression) or self._class_of_variable(self.names.variable(expression), assumed)

    def _class_of_variable(self, variable: Variable | None, assumed: Assumed) -> Scope | None:
        """Return the class of the objects in a variable, worked out once: it may be bound in many places."""
        if variable is None or assumed:
            return self._class_of_all([*_values(variable)], variable, assumed)
        if variable not in self._classes:
            self._classes[variable] = self._class_of_all([*_values(variable)], variable, assumed)
        return self._classes[variable]

    def _class_within(self, expression: ast.AST, assumed: Assumed) -> Scope | None:
        """Return the class of the object left of an attribute; a limit ends long chains."""
        return self.class_of(expression, {**assumed, expression: None}) if len(assumed) < _DEEPEST else None

    def _class_of_all(self, values: Sequence[ast.AST], place: object, assumed: Assumed) -> Scope | None:
        """Return the one class that all values of a variable or attribute belong to.

        A value that depends on the variable itself, as in `builder = builder.add(it)`, counts if it has that class
        whenever the others do.
        """
        if place in assumed:
            return assumed[place]
        owners = {self._makes(value, {**assumed, place: None}) for value in values if not is_none(value)}
        if None in owners and len(owners) == 2:
            owner = next(filter(None, owners))
            owners = {self._makes(value, {**assumed, place: owner}) for value in values if not is_none(value)}
        return owners.pop() if len(owners) == 1 else None

    def _makes(self, value: ast.AST, assumed: Assumed) -> Scope | None:
        """Return the class of the object that a call, or the outermost decorator of a function, makes.

        That of a parameter is the one that its annotation names.
        """
        if isinstance(value, (ast.FunctionDef, ast.AsyncFunctionDef)) and value.decorator_list:
            return self._class_named(value.decorator_list[0])
        if isinstance(value, ast.arg):
            return self._class_annotated(value.annotation)
        if isinstance(value, ast.Name):
            return self.class_of(value, assumed)
        if not isinstance(value, ast.Call) or len(assumed) > _DEEPEST:
            return None
        if made := self._class_named(value.func):
            return made
        if not isinstance(value.func, ast.Attribute):
            return None
        owner = self._class_named(value.func.value) or self._class_within(value.func.value, assumed)
        method = self.method(owner, value.func.attr) if owner else None
        gives = method is not None and self._gives_its_object(method)
        return owner if gives else None

    def _class_annotated(self, annotation: ast.expr | None) -> Scope | None:
        """Return the class of the module that an annotation names: `Bus`, `"Bus"`, `Bus | None`, `Optional[Bus]`."""
        if isinstance(annotation, ast.BinOp) and is_none(annotation.right):
            annotation = annotation.left
        elif isinstance(annotation, ast.Subscript) and last_name(annotation.value) == "Optional":
            annotation = annotation.slice
        name = annotation.value if isinstance(annotation, ast.Constant) else getattr(annotation, "id", "")
        return self._class_bound_to(self._scopes[self.parents.module].variables.get(str(name)))

    def _gives_its_object(self, method: Scope) -> bool:
        """Return whether a method returns nothing but `self` or new objects of its class."""
        if not isinstance(method.node, ast.FunctionDef) or method.is_generator:
            return False
        if method not in self._giving:
            made = [value for value in returned(method.node) if value is not None]
            self._giving[method] = bool(made) and all(map(self._is_self_or_new, made))
        return self._giving[method]

    def _is_self_or_new(self, value: ast.AST) -> bool:
        """Return whether an expression in a method is `self`, `cls(...)`, `type(self)(...)` or a call of the class."""
        if not isinstance(value, ast.Call):
            return self._is_self(value)
        made = self._class_named(value.func)
        of_type = isinstance(value.func, ast.Call) and getattr(value.func.func, "id", "") == "type"
        return self._is_self(value.func) or of_type or bool(made and made is self._class_around(value.func))

    def _stored(self, owner: Scope | None, attribute: str, depth: int = 8) -> list[ast.AST]:
        """Return what the methods and bodies of a class and its bases in the file bind an attribute to."""
        if owner is None:
            return []
        if owner not in self._fields:
            self._fields[owner] = self._stores(owner)
        found = [*self._fields[owner].get(attribute, ()), *_values(owner.variables.get(attribute))]
        for base in bases(owner) if depth else ():
            found += self._stored(self._class_named(base), attribute, depth - 1)
        return found

    def _stores(self, owner: Scope) -> dict[str, list[ast.AST]]:
        """Return by attribute the values that the methods of a class store on `self`; the target where the value is
        unclear.
        """
        found: dict[str, list[ast.AST]] = {}
        for method in methods(owner):
            for target in attributes_of(first_parameter(method), self.parents):
                if isinstance(target.ctx, ast.Store):
                    statement = self.parents.get(target)
                    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
                    found.setdefault(target.attr, []).append(value or target)
        return found

    def class_of_self(self, name: ast.Name) -> Scope | None:
        """Return the class whose instance a name is, where it is the first parameter of a method."""
        variable = self.names.variable(name)
        if variable is None or first_parameter(variable.scope) is not variable:
            return None
        return class_around(variable.scope)

    def constructs_base(self, call: ast.Call) -> bool:
        """Return whether a call is `super().__init__(...)` or `Base.__init__(self, ...)`."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "__init__":
            return False
        return is_super(call.func.value) or (bool(call.args) and self._is_self(call.args[0]))

    def is_on_self(self, node: ast.AST) -> bool:
        """Return whether a place belongs to `self` alone, or is a call that may store something there."""
        if isinstance(node, ast.Call) and self.constructs_base(node):
            return True
        root, field = _root(node)
        return self._is_self(root) and (isinstance(node, ast.Attribute) or not self._is_shared(root, field))

    def _is_shared(self, name: ast.AST, field: str) -> bool:
        """Return whether an attribute of `self` is a container of the class, shared by all its objects."""
        owner = self.class_of_self(name) if isinstance(name, ast.Name) else None
        variable = owner.variables.get(field) if owner else None
        return variable is not None and any(isinstance(value, _CONTAINERS) for value in _values(variable))

    def _is_self(self, node: ast.AST) -> bool:
        return is_super(node) or (isinstance(node, ast.Name) and self.class_of_self(node) is not None)

    def field(self, node: ast.AST) -> str:
        """Return the attribute of `self` that a place belongs to, or that a call puts something into; else empty."""
        root, field = _root(node)
        return field if self._is_self(root) else ""

    def method(self, owner: Scope, name: str, depth: int = 8) -> Scope | None:
        """Return a method of a class of the file, inherited ones included if the base is in the file."""
        own = owner.variables.get(name)
        if own is not None:
            scope = self._only_block(own)
            return scope if scope and scope.kind in _CALLED else None
        return self._inherited(owner, name, depth)

    def _inherited(self, owner: Scope, name: str, depth: int = 8) -> Scope | None:
        """Return the method that a class inherits from its bases in the file."""
        for base in bases(owner) if depth else ():
            named = self._class_named(base)
            if named and (found := self.method(named, name, depth - 1)):
                return found
        return None

    def bound_method(self, node: ast.AST) -> Scope | None:
        """Return the method that an attribute of an object is, if the file has its class and the method."""
        return self.bound(node.value, node.attr) if isinstance(node, ast.Attribute) else None

    def bound(self, receiver: ast.AST, name: str) -> Scope | None:
        """Return the method of that name which an object has, if the file has its class and the method."""
        owner = self.class_of(receiver)
        method = self.method(owner, name) if owner else None
        if method is None or not isinstance(method.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        variable = self.names.variable(receiver)
        is_class = variable is not None and self._is_self(receiver) and self_of(variable.scope) is None
        return None if is_class or decorator_names(method.node) & {*BOUND_OTHERWISE, *COMPUTED} else method


def attributes_of(variable: Variable | None, parents: Parents) -> Iterator[ast.Attribute]:
    """Yield every attribute access on a variable: reads, stores and deletions."""
    for reference in variable.references if variable else ():
        around = parents.get(reference.node)
        if isinstance(around, ast.Attribute):
            yield around


def bases(owner: Scope) -> list[ast.expr]:
    """Return the bases of a class, as they are written."""
    return owner.node.bases if isinstance(owner.node, ast.ClassDef) else []


def is_none(node: ast.AST | None) -> bool:
    """Return whether an expression is `None`, which often is a placeholder for an object."""
    return isinstance(node, ast.Constant) and node.value is None


def returned(function: ast.AST) -> Iterator[ast.expr | None]:
    """Yield the values of a function's return statements, without those of nested functions."""
    pending = [function]
    while pending:
        for part in ast.iter_child_nodes(pending.pop()):
            if isinstance(part, ast.Return):
                yield part.value
            elif isinstance(part, (ast.stmt, ast.ExceptHandler, ast.match_case)) and not isinstance(part, _BLOCKS):
                pending.append(part)


def is_super(node: ast.AST) -> TypeGuard[ast.Call]:
    """Return whether an expression is a call of `super`, which stands for the current object."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _root(node: ast.AST) -> tuple[ast.AST, str]:
    """Return the object at the root of a place, or of the receiver of a method call, and the attribute next to it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    field = ""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        field = node.attr if isinstance(node, ast.Attribute) else field
        node = node.value
    return node, field


def _values(variable: Variable | None) -> Iterator[ast.AST]:
    """Yield the functions and classes that a variable is bound to; for any other value, a node that is neither."""
    for binding in variable.bindings if variable else ():
        if binding.kind in (BindingKind.DEF, BindingKind.CLASS):
            yield binding.node
        elif binding.kind is not BindingKind.ANNOTATION:
            yield binding.value or binding.node


def is_spread(call: ast.Call) -> bool:
    """Return whether a call passes `*arguments` or `**keywords`, so that nobody can count them."""
    return any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords)
