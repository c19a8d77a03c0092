"""Which variable does each name mean? Decided for every block, like the second pass of CPython's `symtable.c`."""

from __future__ import annotations

from collections.abc import Sequence

from flake8_closures.model import Scope, ScopeKind, Variable

_IN_CLASSES = (ScopeKind.TYPE_PARAMETERS, ScopeKind.TYPE_EXPRESSION)
"""The blocks that see the names of a class body around them."""


def resolve(scopes: Sequence[Scope]) -> None:
    """Fill in the variables and the owners of every block. Parents come before their children."""
    module = scopes[0]
    for scope in scopes:
        declared = {**scope.globals, **scope.nonlocals} if scope.globals or scope.nonlocals else ()
        scope.variables = {name: Variable(name, scope, [scope]) for name in scope.writes if name not in declared}
        scope.owners = {**scope.variables}
        for name in scope.globals:
            if name in scope.writes and name not in module.variables:
                module.variables[name] = Variable(name, module)
    of_module = module.variables.get
    for scope in scopes:
        owners = scope.owners
        scope.unowned = unowned = []
        is_plain = not scope.globals and _sees_module_alone(scope, module)
        for names in (scope.reads, scope.writes):
            for name in names:
                if name not in owners:
                    owner = of_module(name) if is_plain and name != "__class__" else _owner(name, scope, module)
                    owners[name] = owner
                    if owner is not None:
                        owner.mentions.append(scope)
                    else:
                        unowned.append(name)
        for name in (*scope.globals, *scope.nonlocals):
            if name not in owners:
                owners[name] = _owner(name, scope, module)


def _sees_module_alone(scope: Scope, module: Scope) -> bool:
    """Return whether names that a block does not bind belong to the module: no function is around it."""
    block = scope.parent
    while block is not None and block.kind is ScopeKind.CLASS:
        block = block.parent
    return (block is module or scope is module) and scope.kind not in _IN_CLASSES


def _owner(name: str, scope: Scope, module: Scope) -> Variable | None:
    """Return the variable that a name of a block means; None for a builtin and for a name that nobody binds."""
    if name in scope.globals:
        return module.variables.get(name)
    if name in scope.variables:
        return scope.variables[name]
    sees_class = scope.kind in _IN_CLASSES
    block = scope.parent
    while block is not None and block is not module:
        if block.kind is ScopeKind.CLASS:
            if sees_class and name in block.variables:
                return block.variables[name]
            sees_class = False
            if name == "__class__":
                return block.variables.setdefault(name, _class_cell(block))
        elif name in block.owners:
            return block.owners[name]
        elif name in block.variables:
            return block.variables[name]
        elif name in block.globals:
            break
        else:
            sees_class = sees_class and block.kind is ScopeKind.TYPE_PARAMETERS
        block = block.parent
    return module.variables.get(name)


def _class_cell(block: Scope) -> Variable:
    """Return the `__class__` that methods see: a cell of its own, not a name of the class body."""
    return Variable("__class__", block)
