"""Does anything remove from an object what makes it heavy: its items, its columns, its memory?"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from flake8_closures.facts.knowledge import containers
from flake8_closures.facts.names import Names
from flake8_closures.model import Reference, Variable
from flake8_closures.tree import Parents

_METHODS = containers.TAKES | containers.DROPS | containers.LOSES
_METHODS |= frozenset("resize resize_ set_ release truncate".split())
"""Methods after which an object may hold less; so may those that are called with `inplace`."""
_MEMORY = "data"
"""The attribute of an array or a tensor that is its memory."""


def may_shrink(variable: Variable, names: Names, parents: Parents) -> bool:
    """Return whether the object of a variable may be made smaller, by this or another name of it."""
    pending, seen = [variable], {variable}
    for each in pending:
        if loses((reference.node for reference in each.references), parents):
            return True
        others = {other for other in _renamed(each.references, names, parents) if other not in seen}
        seen |= others
        pending += others
    return False


def loses(reads: Iterable[ast.AST], parents: Parents) -> bool:
    """Return whether an object may lose something at one of its reads."""
    return any(_takes_out(read, parents) for read in reads)


def _takes_out(read: ast.AST, parents: Parents) -> bool:
    around = parents.get(read)
    if isinstance(around, ast.Subscript):
        return around.value is read and isinstance(around.ctx, ast.Del)
    if not isinstance(around, ast.Attribute):
        return False
    if not isinstance(around.ctx, ast.Load):
        return around.attr == _MEMORY
    call = parents.get(around)
    if not isinstance(call, ast.Call) or call.func is not around:
        return False
    return around.attr in _METHODS or any(keyword.arg == "inplace" for keyword in call.keywords)


def _renamed(references: Iterable[Reference], names: Names, parents: Parents) -> Iterable[Variable]:
    """Yield the variables to which a plain assignment gives the same object."""
    for reference in references:
        around = parents.get(reference.node)
        if isinstance(around, ast.Assign) and around.value is reference.node:
            for target in around.targets:
                variable = names.variable(target)
                if variable is not None:
                    yield variable
