"""What else does a function do, apart from binding a name for itself, and what for?"""

from __future__ import annotations

import ast

from flake8_closures.facts.guards import around
from flake8_closures.facts.lost.case import Case, is_of_module, is_read_later
from flake8_closures.model import BindingKind, Scope, Variable


def is_handed_out(case: Case) -> bool:
    """Return whether the `__getattr__` of a module returns the value: it may not want to store it."""
    if case.outer is not None or case.function.name != "__getattr__":
        return False
    reads = [reference.node for reference in case.variable.references]
    chains = [around(node, case.function.node, case.parents) for node in reads]
    return any(isinstance(outer, ast.Return) for chain in chains for _, outer in chain)


def is_all_it_does(case: Case, outer: Variable) -> bool:
    """The function only binds names that it never reads: it keeps an argument, or others read the outer variable."""
    if not case.kept or not (case.alone or not is_of_module(outer)):
        return False
    if not all(_is_idle(each, case.function) for each in case.function.body):
        return False
    given = {name for name, writes in case.function.writes.items() if writes[0].kind is BindingKind.PARAMETER}
    values = [each.value for each in case.bindings if each.value is not None]
    words = {part.id for each in values for part in ast.walk(each) if isinstance(part, ast.Name)}
    return bool(given & words) or is_read_later(outer, case.function)


def _is_idle(statement: ast.stmt, function: Scope) -> bool:
    """Return whether a statement only binds names that the function never reads, or does nothing at all."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return all(isinstance(each, ast.Name) and each.id not in function.reads for each in targets)
    return isinstance(statement, (ast.Pass, ast.Global, ast.Nonlocal))
