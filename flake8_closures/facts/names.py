"""What does an expression name? Dotted names as they were imported, whatever they are called here."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from flake8_closures.memo import cached_property
from flake8_closures.model import Binding, BindingKind, Scope, Variable


class Names:
    """Resolves the names of one file."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self._scopes = scopes

    @cached_property
    def _places(self) -> dict[ast.AST, tuple[Scope, str]]:
        """The block and the name of each name node: reads first, then bindings."""
        places: dict[ast.AST, tuple[Scope, str]] = {}
        for scope in self._scopes:
            for name, nodes in scope.reads.items():
                place = scope, name
                for node in nodes:
                    places[node] = place
        for scope in self._scopes:
            for name, bindings in scope.writes.items():
                place = scope, name
                for binding in bindings:
                    places.setdefault(binding.node, place)
        return places

    def variable(self, node: ast.AST) -> Variable | None:
        """Return the variable that a name node reads or binds; None for a builtin and for any other node."""
        place = self._places.get(node)
        return place[0].owners.get(place[1]) if place else None

    def scope(self, node: ast.AST) -> Scope | None:
        """Return the block that a name node stands in; None for any other node."""
        place = self._places.get(node)
        return place[0] if place else None

    def dotted(self, node: ast.AST) -> str:
        """Return the full name of what an expression names; empty where the file does not say.

        That is `threading.Thread` for `T` after `from threading import Thread as T`, and `builtins.map` for `map`.
        """
        parts: list[str] = []
        aliases: set[Variable] = set()
        while True:
            while isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            if not isinstance(node, ast.Name) or node not in self._places:
                return ""
            variable = self.variable(node)
            if variable is None:
                root = f"builtins.{node.id}" if hasattr(builtins, node.id) else ""
                break
            root = _imported(variable.bindings)
            value = None if root else _alias(variable)
            if value is None or variable in aliases:
                break
            aliases.add(variable)
            node = value
        return ".".join([root, *reversed(parts)]) if root else ""

    def class_of(self, receiver: ast.AST) -> str:
        """Return the full name of the class or function whose call makes an object; empty if that is unclear."""
        if isinstance(receiver, ast.Call):
            return self.dotted(receiver.func)
        variable = self.variable(receiver)
        found = ""
        for binding in variable.bindings if variable else ():
            value: ast.AST | None = binding.value
            if binding.kind is BindingKind.WITH:
                value = managed(binding)
            if isinstance(value, ast.Await):
                value = value.value
            if not isinstance(value, ast.Call):
                return ""
            found = self.dotted(value.func)
        return found


def last_name(node: ast.AST) -> str:
    """Return the last part of a name: `join` for `thread.join`, a bare name as it is; empty for other nodes."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def managed(binding: Binding) -> ast.expr | None:
    """Return the context manager of the `with` item that a binding belongs to."""
    items: list[ast.withitem] = getattr(binding.statement, "items", [])
    return next((item.context_expr for item in items if item.optional_vars is binding.node), None)


def imported(binding: Binding) -> str:
    """Return the full name of what an import binds; that of a relative import begins with a dot."""
    alias, statement = binding.node, binding.statement
    assert isinstance(alias, ast.alias)
    if isinstance(statement, ast.ImportFrom):
        return f"{'.' * statement.level}{statement.module or ''}.{alias.name}"
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _alias(variable: Variable) -> ast.expr | None:
    """Return the right side of `chain = itertools.chain`, if that is the only binding of a variable."""
    bindings = variable.bindings
    value = bindings[0].value if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN else None
    return value if isinstance(value, (ast.Attribute, ast.Name)) else None


def _imported(bindings: Sequence[Binding]) -> str:
    """Return the full name of a variable that is only ever imported; of several, the first."""
    if not bindings or any(binding.kind is not BindingKind.IMPORT for binding in bindings):
        return ""
    return imported(bindings[0])
