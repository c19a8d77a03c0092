"""Was the object behind a name made here, so that nobody else knows it?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flake8_closures.facts.blocks import is_inside, unit
from flake8_closures.facts.escape.bases import has_unseen
from flake8_closures.facts.escape.use import Use, brief
from flake8_closures.facts.flow import Do, Event
from flake8_closures.facts.knowledge import containers, wording
from flake8_closures.facts.positions import position
from flake8_closures.facts.testing import in_test
from flake8_closures.model import Binding, BindingKind, ScopeKind, Variable

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace

DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
_FRESH = (*DISPLAYS, ast.GeneratorExp, ast.Lambda)


def births(trace: Trace, root: ast.AST, variable: Variable) -> list[Event] | None:
    """Return where the object behind a name was made, if it was made here; None if others may know it."""
    if unit(variable.scope) is not trace.maker or variable.scope.kind is ScopeKind.CLASS:
        return None
    # `xs += ys` leaves the object as it is.
    making = [binding for binding in variable.bindings if binding.kind is not BindingKind.AUGMENTED]
    events: dict[Event, Binding] = {(Do.BIND, binding.node): binding for binding in making}
    last, from_entry = trace.graph.last_before((Do.READ, root), events)
    if from_entry and any(binding.kind is BindingKind.PARAMETER for binding in variable.bindings):
        return None
    return list(last) if last and all(_is_fresh(trace, events[event]) for event in last) else None


def places(variable: Variable, born: Sequence[Event]) -> list[ast.Attribute | ast.Subscript]:
    """Return where else the statements that make an object put it: `table = self.table = {}`."""
    statements = {binding.statement for binding in variable.bindings if (Do.BIND, binding.node) in born}
    targets = [target for made in statements if isinstance(made, ast.Assign) for target in made.targets]
    return [target for target in targets if isinstance(target, (ast.Attribute, ast.Subscript))]


def root(holder: ast.AST) -> ast.AST:
    """Return the expression of the object that an attribute, an item or a looked-up value finally belongs to."""
    while (outer := _owner(holder)) is not None:
        holder = outer
    return holder


def attributes(holder: ast.AST) -> Iterator[str]:
    """Yield the attributes on the way to an object: `slots` in `window.slots[key]`."""
    node: ast.AST | None = holder
    while node is not None:
        if isinstance(node, ast.Attribute):
            yield node.attr
        node = _owner(node)


def _owner(node: ast.AST) -> ast.AST | None:
    """Return what an attribute, an item, or what `d.get(...)` or `d.setdefault(...)` returns belongs to; else None."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in containers.LOOKS_UP:
        return node.func.value
    return node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None


def passing(trace: Trace, root: ast.AST, event: Event) -> list[Event]:
    """Return where a name is bound, in each iteration, to another object that a call returned for that iteration alone.

    In a test, such an object is rarely used in the next iteration. The same holds if setting its attributes prepares it
    for another call, or if what it is asked to tell is of a call that runs with it.
    """
    variable = trace.context.names.variable(root)
    if variable is None:
        return []
    events: dict[Event, Binding] = {(Do.BIND, binding.node): binding for binding in variable.bindings}
    last, _ = trace.graph.last_before((Do.READ, root), events)
    values = [getattr(events[birth].statement, "value", None) for birth in last]
    made = [value for value in values if isinstance(value, ast.Call)]
    if len(made) < len(values) or trace.graph.path(event, last) is None:
        return []
    if trace.in_test:
        return list(last)
    taken_by = _taken_by(trace, variable, root)
    if event[0] is Do.BIND:
        kept = any(wording.keeps(brief(call.func)) for call in made)
        passes = not kept and any(not wording.keeps(each) and not wording.constructs(each) for each in taken_by)
    else:
        is_new = all(wording.constructs(brief(call.func)) and not call.args and not call.keywords for call in made)
        passes = is_new and bool(taken_by) and all(map(wording.runs, taken_by))
    return list(last) if passes else []


def is_left_ready(trace: Trace, variable: Variable, born: Sequence[Event], stored: Event) -> bool:
    """Return whether an object of an unknown class gets an attribute as the last thing that is done with it.

    That would be useless unless somebody else has the object: what it was made with, or a list of all such objects.
    """
    made = [binding.value for binding in variable.bindings if (Do.BIND, binding.node) in born]
    if trace.in_test or not isinstance(stored[1], ast.Attribute):
        return False
    if not all(isinstance(value, ast.Call) and _is_of_unseen_class(trace, value.func) for value in made):
        return False
    others = [each for each in variable.references if trace.scope is None or not is_inside(each.scope, trace.scope)]
    if any(unit(reference.scope) is not trace.maker for reference in others):
        return False
    reads = [reference.node for reference in others if not _makes_ready(trace, reference.node)]
    return not trace.graph.reached(stored, [(Do.READ, read) for read in reads], trace.rebinds(variable))


def is_patch(trace: Trace, use: Use) -> bool:
    """Return whether a test puts something into the same attribute each time, for what it calls next."""
    return in_test(trace.maker) and isinstance(use.node, ast.Attribute) and bool(use.refills)


def _is_of_unseen_class(trace: Trace, function: ast.expr) -> bool:
    made, dotted = trace.context.callees.constructor(function), trace.context.names.dotted(function)
    if made is not None:
        return has_unseen(trace, made[0])
    return wording.constructs(dotted or brief(function)) and not trace.context.knowledge.makes(dotted)


def _makes_ready(trace: Trace, read: ast.AST) -> bool:
    """Return whether a read only sets an attribute: `it.size = 3`, `it.label.text = "on"`."""
    around = trace.context.parents.get(read)
    while isinstance(around, ast.Attribute) and isinstance(around.ctx, ast.Load):
        around = trace.context.parents.get(around)
    return isinstance(around, ast.Attribute)


def _taken_by(trace: Trace, variable: Variable, root: ast.AST) -> list[str]:
    """Return the callees that an object is later an argument of."""
    calls = [(each.node, trace.context.parents.get(each.node)) for each in variable.references]
    return [
        brief(call.func)
        for node, call in calls
        if isinstance(call, ast.Call) and node in call.args and position(call) > position(root)
    ]


def _is_fresh(trace: Trace, binding: Binding) -> bool:
    """Return whether a binding names an object that nobody else has yet."""
    value = binding.value
    if isinstance(value, _FRESH):
        return True
    if not isinstance(value, ast.Call):
        return False
    dotted = trace.context.names.dotted(value.func)
    name = dotted or brief(value.func)
    if (
        wording.constructs(name)
        or wording.constructs_otherwise(name)
        or trace.context.knowledge.makes(dotted)
        or name.endswith(".copy")
    ):
        return True
    return trace.context.callees.constructor(value.func) is not None
