"""Which names are read that neither the file nor Python binds, and which functions need them?"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence

from flake8_closures.model import Binding, Scope, Variable
from flake8_closures.tree import Parents

_INJECTORS = {"globals", "exec", "vars"}


def is_filled_unseen(module: Scope) -> bool:
    """Return whether the top level of a module calls a builtin that may bind any name in it."""
    return any(word in module.reads and module.owners[word] is None for word in _INJECTORS)


def is_made_unseen(module: Scope, name: str) -> bool:
    """Return whether the top level of a module passes a name to a callee, which may bind it: `lazy_import("re",
    "sub")`.

    Only the statements of the module itself count.
    """
    calls = [statement for statement in module.body if isinstance(statement, ast.Expr)]
    return any(isinstance(part, ast.Constant) and part.value == name for call in calls for part in ast.walk(call))


class Undefined:
    """The names that are read and that neither the file nor Python binds.

    Names of one letter are left out: they are undefined on purpose, in code samples that never run.
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        parents: Parents,
        silenced: Callable[[ast.AST], bool],
    ) -> None:
        self.parents = parents
        self.silenced = silenced
        self.module = scopes[0]
        self.star = "*" in scopes[0].writes
        self.readers: dict[str, list[Scope]] = {}
        for scope in () if is_filled_unseen(scopes[0]) else scopes:
            for name in scope.unowned:
                if len(name) > 1 and name in scope.reads and not hasattr(builtins, name):
                    self.readers.setdefault(name, []).append(scope)

    def read(self, variable: Variable, bindings: Sequence[Binding], declared: frozenset[Variable]) -> list[Scope]:
        """Return the functions that need a name of the module which only one function binds, and that for itself.

        The top level of the module counts if the function declares other names. After a star import, which may bind any
        name that is not private, the functions must share a declared name. If the value is made of another undefined
        name, somebody else fills the module.
        """
        name = variable.name
        readers = [block for block in self.readers.get(name, ()) if block.parent or declared]
        readers = [block for block in readers if self._is_in_need(block, name)]
        if readers and is_made_unseen(self.module, name):
            return []
        if self.star and name[0] != "_":
            return [block for block in readers if declared & {*block.owners.values()}]
        values = [binding.value for binding in bindings if binding.value is not None] if readers else []
        words = {part.id for value in values for part in ast.walk(value) if isinstance(part, ast.Name)}
        return [] if any(word != name and word in self.readers for word in words) else readers

    def _is_in_need(self, block: Scope, name: str) -> bool:
        nodes = [node for node in block.reads[name] if not isinstance(self.parents.get(node), ast.Expr)]
        return bool(nodes) and not any(self.silenced(node) for node in nodes)
