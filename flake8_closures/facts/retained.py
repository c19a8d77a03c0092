"""Which heavy objects does a closure keep alive, how much of them does it use, and who else would keep them?"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from flake8_closures.facts import copies as copies_of
from flake8_closures.facts import lasting
from flake8_closures.facts.blocks import class_around, unit
from flake8_closures.facts.closures import Captures
from flake8_closures.facts.escape import Fate, Use
from flake8_closures.facts.flow import Do
from flake8_closures.facts.functions import defaults, self_of
from flake8_closures.facts.holders import may_hold
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.facts.retention import RetentionContext
from flake8_closures.facts.slivers import Sliver, Taken, taken
from flake8_closures.facts.testing import in_test
from flake8_closures.facts.weight import Estimate
from flake8_closures.facts.weight.arrays import is_array
from flake8_closures.model import BindingKind, Capture, Closure, Limits, Scope, ScopeKind, Variable, Weight
from flake8_closures.tree import Parents

_MOST = 0.5
"""From this share of an object on, who holds a part of it holds mostly what is wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An object that a closure holds: by a variable that it captured, or as the default of a parameter.

    `variable` holds it outside the closure, None where the default is an expression of its own. `reads` are the reads
    inside the closure; `slivers` say what each of them takes of the object, and leave out reads that may need all of
    it. `use` is why the closure lives on.
    """

    closure: Closure
    name: str
    variable: Variable | None
    weight: Weight
    estimate: Estimate
    reads: tuple[ast.AST, ...]
    by_default: bool
    slivers: tuple[Taken, ...]
    use: Use
    part: str = ""
    """The heavy attribute, where the object is the instance whose method makes the closure."""
    copies: int = 1
    """How many such objects are kept at the same time by closures made in loops."""
    called: ast.expr | None = None
    """The function that makes the closure, as it is named where that is called in each round."""

    @property
    def uses_sliver(self) -> bool:
        """Whether all reads together need a sliver of the object."""
        return len(self.slivers) == len(self.reads)


def find(closures: Sequence[Closure], captures: Captures, context: RetentionContext) -> Iterator[Held]:
    """Yield what is kept alive by closures that outlive the function that makes them, from the retain limit on.

    What a bulk loader brought is yielded too, if a closure uses a sliver of it. Left out are test functions, and
    objects that somebody else keeps as long: the caller that gets them, an attribute, closures that need most of them.
    """
    found = [held for closure in closures if closure.maker.is_function for held in _held(closure, captures, context)]
    needed: dict[object, dict[Variable | None, float]] = {}
    for held in found:
        if not held.uses_sliver:
            share = (held.estimate.size or 0.0) if held.estimate.base is not None else math.inf
            needed.setdefault(_whole(held, context), {})[held.variable] = share
    for held in found:
        share = sum(needed.get(_whole(held, context), {}).values())
        is_little = held.uses_sliver or held.estimate.base is not None
        if not (is_little and held.copies == 1 and share and share >= _MOST * (held.estimate.kept or 0.0)):
            yield held


def _whole(held: Held, context: RetentionContext) -> object:
    """Return what stands for an object: the expression that makes it, or what a view of it was taken of."""
    if held.variable is None or held.part:
        return held
    return context.weights.whole(held.variable, held.closure) or held.variable


class _Load(NamedTuple):
    """A heavy object that a closure holds, whether the closure lives on or not: the first fields of `Held`."""

    name: str
    variable: Variable | None
    weight: Weight
    estimate: Estimate
    reads: tuple[ast.AST, ...]
    by_default: bool


def _held(closure: Closure, captures: Captures, context: RetentionContext) -> Iterator[Held]:
    """Yield the heavy objects that a closure keeps alive, and that nothing else keeps."""
    for load in _loads(closure, captures, context):
        if in_test(closure.maker):
            return
        variable, weight = load.variable, load.weight
        use = _lives_on_by(closure, load.reads, context)
        if use is None:
            return
        if not load.reads:
            return  # a default that nobody reads is there to keep its object alive
        slivers = _slivers(load.reads, load.estimate, context)
        copies, called = copies_of.in_loops(closure, variable, use, context) if load.by_default else 1, None
        if copies == 1 and ((weight.size or 0) < context.limits.retain or len(slivers) < len(load.reads)):
            copies, called = copies_of.by_factory(closure, use, context)
        if (weight.size or 0) * copies < context.limits.retain and not weight.loader:
            continue
        if variable is None or not _is_kept_elsewhere(variable, closure, context):
            yield Held(closure, *load, slivers, use, copies=copies, called=called)
    yield from _instances(closure, captures, context)


def _lives_on_by(closure: Closure, reads: Sequence[ast.AST], context: RetentionContext) -> Use | None:
    """Return the use by which the reader of an object most certainly lives on: the closure, or a function made in it.

    None where functions of the file take it back.
    """
    flow = context.graph(closure.maker.node)
    scopes = (context.names.scope(read) for read in reads)
    read_inside = any(scope is not None and unit(scope) is not closure.scope for scope in scopes)
    uses = []
    for use in context.uses(closure):
        taken = context.takers(use, closure.maker)
        if (read_inside or not use.inner) and (not taken or flow.path(use.event, [flow.exit], taken)):
            uses.append(use)
    return lasting.surest(uses, (Do.MAKE, closure.carrier), closure.maker, context.graph)


def _loads(closure: Closure, captures: Captures, context: RetentionContext) -> Iterator[_Load]:
    """Yield the heavy objects that a closure captures, and those that are defaults of its parameters."""
    for capture in _captured_here(closure, captures):
        estimate, _ = context.weights.captured_estimate(capture.variable, closure)
        if _is_heavy(estimate, context.limits):
            weight = context.weights.captured(capture.variable, closure)
            reads = tuple(reference.node for reference in capture.references)
            yield _Load(capture.variable.name, capture.variable, weight, estimate, reads, by_default=False)
    for parameter, default in defaults(closure.node):
        estimate = context.weights.estimate(default)
        if not _is_heavy(estimate, context.limits):
            continue
        weight = context.weights.expression(default)
        variable = context.names.variable(default)
        if variable is not None and (variable.scope is not closure.maker or context.weights.may_shrink(variable)):
            continue
        if variable is not None:
            _, origin = context.weights.captured_estimate(variable, closure)
            if origin is not None:
                weight = replace(weight, text=context.weights.written(origin))
        own = closure.scope.variables.get(parameter)
        reads = tuple(reference.node for reference in own.references) if own else ()
        name = variable.name if variable is not None else parameter
        yield _Load(name, variable, weight, estimate, reads, by_default=True)


def _captured_here(closure: Closure, captures: Captures) -> Iterator[Capture]:
    """Yield the captures of variables of the function that makes a closure."""
    mine = closure.maker
    for capture in captures(closure):
        if capture.variable.scope is mine and capture.references and not capture.writes:
            yield capture


def _is_heavy(estimate: Estimate, limits: Limits) -> bool:
    return bool(estimate.loader) or (estimate.kept is not None and estimate.kept >= _least(limits))


def _least(limits: Limits) -> int:
    """Return the size from which an object is examined: closures made in a loop may keep many of them."""
    return max(1, limits.retain // 1000)


def _slivers(reads: Sequence[ast.AST], estimate: Estimate, context: RetentionContext) -> tuple[Taken, ...]:
    found = [taken(read, estimate, context) for read in reads]
    return tuple(each for each in found if each is not None)


def _is_kept_elsewhere(variable: Variable, closure: Closure, context: RetentionContext) -> bool:
    """Return whether the function that makes a closure passes the object to somebody else who keeps it."""
    for binding in variable.bindings:
        if binding.kind is BindingKind.PARAMETER:
            return True
        if any(_is_had_by_others(step, closure.maker, context) for step in context.weights.steps(binding.value)):
            return True
    estimate, _ = context.weights.captured_estimate(variable, closure)
    for reference in variable.references:
        read = reference.node
        is_sliver = taken(read, estimate, context) is not None
        if unit(reference.scope) is closure.maker and not is_sliver and may_hold(read, context):
            return True
    return False


def _is_had_by_others(value: ast.expr, maker: Scope, context: RetentionContext) -> bool:
    """Return whether a value, or what it is a view of, is a variable of the module, or certainly kept by a use."""
    variable = context.names.variable(value)
    if variable is not None:
        return variable.scope.kind is ScopeKind.MODULE
    if not isinstance(context.parents.get(value), (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        return False
    return any(
        use.lasting
        and use.likelihood >= PROBABLE
        and use.fate is not Fate.UNKNOWN
        and not _is_copied(use.node, context)
        for use in context.other_uses(value, maker)
    )


def _is_copied(place: ast.AST, context: RetentionContext) -> bool:
    """Return whether storing something in a place copies it into an array."""
    return isinstance(place, ast.Subscript) and is_array(context.weights.estimate(place.value))


# The instance whose method makes the closure.


def _instances(closure: Closure, captures: Captures, context: RetentionContext) -> Iterator[Held]:
    """Yield the instance that a closure keeps alive with a heavy attribute, although it only reads light ones."""
    receiver, owner = self_of(closure.maker), class_around(closure.maker)
    if receiver is None or owner is None or len(receiver.bindings) != 1 or isinstance(closure.node, ast.GeneratorExp):
        return
    for capture in _captured_here(closure, captures):
        if capture.variable is not receiver:
            continue
        reads = [reference.node for reference in capture.references]
        if not all(_is_plain_attribute(read, owner, context.parents) for read in reads):
            continue
        heavy = {
            name: weight
            for name, weight in context.weights.attributes(owner).items()
            if (weight.size or 0) >= context.limits.retain
        }
        if not heavy or in_test(closure.maker):
            continue
        slivers = [each for read in reads if (each := _light_attribute(read, owner, heavy, context)) is not None]
        use = _lives_on_by(closure, reads, context)
        if use is None or len(slivers) < len(reads) or lasting.keeps_on(use, receiver, context.names):
            continue
        name, weight = max(heavy.items(), key=lambda item: item[1].size or 0)
        yield Held(
            closure, receiver.name, receiver, weight, Estimate(), tuple(reads), by_default=False,
            slivers=tuple(slivers), use=use, part=name,
        )  # fmt: skip


def _is_plain_attribute(read: ast.AST, owner: Scope, parents: Parents) -> bool:
    """Return whether a read of `self` takes an attribute that is no method, and does not call it."""
    attribute = parents.get(read)
    if not isinstance(attribute, ast.Attribute) or not isinstance(attribute.ctx, ast.Load):
        return False
    return parents.call_of(attribute) is None and attribute.attr not in owner.variables


def _light_attribute(
    read: ast.AST, owner: Scope, heavy: Mapping[str, Weight], context: RetentionContext
) -> Taken | None:
    """Return the attribute that a read of `self` takes, if methods assign it and it is not heavy."""
    attribute = context.parents.get(read)
    if not isinstance(attribute, ast.Attribute) or attribute.attr in heavy:
        return None
    return Taken(attribute, Sliver.ITEM) if attribute.attr in context.weights.assigned(owner) else None
