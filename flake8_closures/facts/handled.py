"""Which paths come out of an `except` block and read the block's variable, which no longer has a value?

The read must be on every path out of the block. A read under a condition may be meant for the paths that caught
nothing: the condition may tell them apart in a way that is not visible here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flake8_closures.facts.blocks import is_part
from flake8_closures.facts.flow import Do, Event, Graph, Graphs
from flake8_closures.facts.knowledge import wording
from flake8_closures.facts.positions import line_of
from flake8_closures.facts.unbound import Unbound
from flake8_closures.model import BindingKind
from flake8_closures.tree import Parents


def find(touched: Sequence[Unbound], graph: Graphs, parents: Parents) -> Iterator[Unbound]:
    """Yield the variables that are read on every path out of an `except` block, and have a value on other paths.

    `touched` are the variables that are touched where they may have no value.
    """
    for fact in touched:
        if fact.deleted and not fact.sure:
            flow = graph(fact.function.node)
            clauses = [each.node for each in fact.live if each.kind is BindingKind.EXCEPT]
            reads = (_read_behind(clause, fact, flow, parents) for clause in clauses)
            read = next((read for read in reads if read is not None), None)
            if read is not None:
                yield replace(fact, touch=read)


def _read_behind(clause: ast.AST, fact: Unbound, flow: Graph, parents: Parents) -> ast.AST | None:
    """Return the read that every path reaches which leaves an `except` block by its end.

    A path that leads back to the `try` statement is not followed: some iteration leaves the loop at last.
    """
    over: Event = (Do.UNBIND, clause)
    leaving = [(Do.CALL, call) for call in flow.calls() if wording.leaves(ast.unparse(call.func))]
    if flow.path((Do.BIND, clause), [over], leaving) is None:
        return None
    binds = [(Do.BIND, each.node) for each in fact.live]
    reads = [(Do.READ, each.node) for each in fact.variable.references if is_part(each.scope, fact.function)]
    again = _events_of(parents.get(clause), flow)
    found = flow.path(over, reads, [*binds, *again, *leaving])
    if found is None or flow.path(over, [flow.exit, *binds], [*reads, *again]) is not None:
        return None
    return found[1]


def _events_of(tried: ast.AST | None, flow: Graph) -> list[Event]:
    """Return the events in the body of a `try` statement."""
    body: list[ast.stmt] = getattr(tried, "body", [])
    lines = range(body[0].lineno, (body[-1].end_lineno or body[-1].lineno) + 1)
    return [event for event in flow.events() if line_of(event[1]) in lines]
