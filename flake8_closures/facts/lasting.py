"""Why does a closure live on after the function that makes it? By which use, and how certain is that?"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from flake8_closures.facts.escape import Fate, Use
from flake8_closures.facts.evidence import YIELDED
from flake8_closures.facts.flow import Do, Event, Graphs
from flake8_closures.facts.functions import decorator_names
from flake8_closures.facts.knowledge import containers, wording
from flake8_closures.facts.likelihood import SURE
from flake8_closures.facts.names import Names
from flake8_closures.model import Scope, Variable

_LENDERS = frozenset("contextmanager asynccontextmanager fixture".split())
"""Decorators of generator functions that are resumed when their item is no longer needed."""


def surest(found: Iterable[Use], made: Event, maker: Scope, graph: Graphs) -> Use | None:
    """Return the use by which an object most certainly lives on, of all uses of what an event makes."""
    lasting = [use for use in found if use.lasting and not use.until and _is_sure(use)]
    if any(use.refills for use in lasting):
        flow = graph(maker.node)
        lasting = [use for use in lasting if use.course(made).overtaken(flow, [use.event]) is not None]
    if _lends(maker):
        lasting = [use for use in lasting if use.event[0] is not Do.SUSPEND]
    return max(lasting, key=lambda use: (use.fate is not Fate.UNKNOWN, use.likelihood), default=None)


def _lends(maker: Scope) -> bool:
    """Return whether a generator function yields its item for the length of a block, or of a test."""
    node = maker.node
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _LENDERS.isdisjoint(decorator_names(node))


def _is_sure(use: Use) -> bool:
    """Return whether a use keeps the closure: seen to, or by a callee whose name says so.

    What is put into a queue is there to be taken out.
    """
    callee = use.node.func if isinstance(use.node, ast.Call) else None
    method = callee.attr if isinstance(callee, ast.Attribute) else ""
    if method in containers.QUEUES:
        return False
    if use.fate is Fate.UNKNOWN:
        return use.likelihood >= YIELDED and wording.subscribes(method)
    return use.likelihood >= (YIELDED if use.fate is Fate.RETURNED else SURE)


def keeps_on(use: Use, variable: Variable, names: Names) -> bool:
    """Return whether a use stores the closure on the object that a variable names."""
    return names.variable(stored_on(use.node, names)) is variable


def stored_on(place: ast.AST, names: Names) -> ast.AST:
    """Return the object on which a target or call stores: `self` in `self.x[0]`, `self.add(f)`, `setattr(self, "f",
    f)`.
    """
    while isinstance(place, (ast.Attribute, ast.Subscript, ast.Call)):
        if not isinstance(place, ast.Call):
            place = place.value
        elif names.dotted(place.func) == "builtins.setattr" and place.args:
            place = place.args[0]
        else:
            place = place.func
    return place
