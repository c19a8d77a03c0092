"""Could a closure hold a sliver, computed before, in place of the whole object? And what would that change?"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.flow import Do
from flake8_closures.facts.observers import observer
from flake8_closures.facts.retained import Held
from flake8_closures.facts.retention import RetentionContext
from flake8_closures.facts.slivers import Sliver
from flake8_closures.facts.weight import IMMUTABLE, Weights
from flake8_closures.model import Scope, Variable
from flake8_closures.tree import Parents

_PURE = (Sliver.LENGTH, Sliver.SHAPE, Sliver.ITEM, Sliver.SLICE, Sliver.SETTINGS)
_HARMLESS = frozenset(
    f"builtins.{name}"
    for name in "len sum min max any all sorted print repr str type id isinstance bool hash abs round".split()
)
_MATCH = "re.Match"
_REST = 0.01
"""The largest share of the whole that the closure may keep after the repair."""
_COPIED = frozenset("numpy.ndarray cupy.ndarray pandas.Series".split())
"""Types of views whose method `copy` returns the part alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Hoist:
    """How a closure can let go of an object: the statement before which something is computed, and what.

    `reason` says what else could change, empty for nothing. `text` is the first expression that is computed.
    """

    statement: ast.stmt
    action: str
    text: str
    reason: str


def find(held: Held, context: RetentionContext) -> Hoist | None:
    """Return how a closure can let go of an object of which it uses a sliver; None where its behaviour would change."""
    variable, closure = held.variable, held.closure
    if variable is None or held.by_default or closure.carrier is not closure.node or closure.loops:
        return None
    if isinstance(closure.node, ast.GeneratorExp) or observer(closure.maker):
        return None  # a look at all variables would show a new one
    statement = _statement(closure.node, context.parents)
    if (
        statement is None
        or not _is_in_the_body(statement, closure.maker, context.parents)
        or len(variable.bindings) != 1
    ):
        return None
    if not _is_captured_here_alone(variable, closure.scope):
        return None
    if held.part:
        return _of_instance(held, statement, context)
    flow, binding = context.graph(closure.maker.node), variable.bindings[0]
    made = Do.MAKE, closure.carrier
    last, from_entry = flow.last_before(made, [(Do.BIND, binding.node)])
    if from_entry or not last or flow.path(made, [(Do.BIND, binding.node)]) is not None:
        return None
    is_fixed = held.estimate.kind in IMMUTABLE or held.estimate.kind == _MATCH
    if not is_fixed and not _stays_the_same(variable, closure.maker, context):
        return None
    if held.estimate.base is not None:
        return _of_view(held, statement, context)
    return _of_slivers(held, statement, context.weights, is_fixed)


def _of_slivers(held: Held, statement: ast.stmt, weights: Weights, is_fixed: bool) -> Hoist | None:
    """Return how a closure lets go of an object of which it takes only what can be computed before."""
    if not held.slivers or not all(each.sliver in _PURE for each in held.slivers):
        return None
    if not _frees(sum(weights.estimate(each.node).size or 0.0 for each in held.slivers), held.estimate.kept):
        return None
    is_view = any(weights.estimate(each.node).base is not None for each in held.slivers)
    if is_view and held.estimate.kind not in _COPIED:
        return None
    early = any(each.sliver is Sliver.ITEM for each in held.slivers)
    text = weights.written(held.slivers[0].node)
    if is_view:
        return Hoist(statement, "hoist_row", f"{text}.copy()", "the array may be changed before the closure runs")
    if not is_fixed:
        return Hoist(statement, "hoist_sliver", text, "the object may be changed before the closure runs")
    return Hoist(statement, "hoist_sliver", text, "an item that is not there is noticed earlier" if early else "")


def _frees(part: float, whole: float | None) -> bool:
    """Return whether keeping a part instead of the whole is worth it. The size of loaded data is unknown."""
    return whole is None or part <= _REST * whole


def _statement(node: ast.AST, parents: Parents) -> ast.stmt | None:
    """Return the statement that contains a closure, or is it; None inside other functions and classes, and in loop
    heads.
    """
    at: ast.AST | None = node
    while at is not None:
        if isinstance(at, ast.stmt):
            return at if isinstance(at, (ast.FunctionDef, ast.AsyncFunctionDef)) or not hasattr(at, "body") else None
        at = parents.get(at)
        if isinstance(at, (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)):
            return None
    return None


def _is_in_the_body(statement: ast.stmt, maker: Scope, parents: Parents) -> bool:
    """Return whether a statement belongs to the function that makes the closure itself, not to a class in it."""
    at = parents.get(statement)
    while at is not None and at is not maker.node:
        if isinstance(at, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        at = parents.get(at)
    return at is maker.node and isinstance(at, (ast.FunctionDef, ast.AsyncFunctionDef))


def _is_captured_here_alone(variable: Variable, scope: Scope) -> bool:
    """Return whether no other function captures a variable, so that the object is really let go of."""
    for mention in variable.mentions:
        block: Scope | None = mention
        while block is not None and block is not scope and unit(block) is not variable.scope:
            block = block.parent
        if block is None or (block is not scope and unit(mention) is not variable.scope):
            return False
    return True


def _stays_the_same(variable: Variable, maker: Scope, context: RetentionContext) -> bool:
    """Return whether the function that has an object only reads it, and passes it to nobody."""
    for reference in variable.references:
        if unit(reference.scope) is not maker:
            continue
        around = context.parents.get(reference.node)
        if isinstance(around, ast.Call) and reference.node in around.args:
            if context.names.dotted(around.func) not in _HARMLESS:
                return False
        elif isinstance(around, ast.Subscript):
            if not isinstance(around.ctx, ast.Load) or context.weights.estimate(around).base is not None:
                return False
        elif isinstance(around, ast.Attribute):
            if not isinstance(around.ctx, ast.Load) or context.parents.call_of(around) is not None:
                return False
        elif not isinstance(
            around, (ast.Compare, ast.BinOp, ast.UnaryOp, ast.If, ast.While, ast.For, ast.comprehension, ast.Assert)
        ):
            return False
    return True


def _of_view(held: Held, statement: ast.stmt, context: RetentionContext) -> Hoist | None:
    """Return how a closure lets go of what a view keeps alive."""
    whole = held.estimate.base.kept if held.estimate.base is not None else None
    if held.estimate.kind in _COPIED and held.estimate.size is not None and _frees(held.estimate.size, whole):
        return Hoist(
            statement, "hoist_copy", f"{held.name}.copy()", "what changes in the whole no longer changes in the copy"
        )
    if held.estimate.kind != _MATCH:
        return None
    text = ""
    for read in held.reads:
        attribute = context.parents.get(read)
        if not isinstance(attribute, ast.Attribute) or attribute.attr not in ("group", "groups", "groupdict"):
            return None
        call = context.parents.call_of(attribute)
        if call is None or not all(isinstance(argument, ast.Constant) for argument in call.args):
            return None
        text = text or context.weights.written(call)
    return Hoist(statement, "hoist_sliver", text, "without a match it fails earlier")


def _of_instance(held: Held, statement: ast.stmt, context: RetentionContext) -> Hoist | None:
    """Return how a closure lets go of `self`: by reading its attribute before, if the class assigns it in one place."""
    first = held.reads[0]
    owner = context.callees.class_of_self(first) if isinstance(first, ast.Name) else None
    attributes = [context.parents.get(read) for read in held.reads]
    if owner is None or not all(isinstance(each, ast.Attribute) for each in attributes):
        return None
    assigned = context.weights.assigned(owner)
    for each in attributes:
        if isinstance(each, ast.Attribute) and (len(assigned.get(each.attr, ())) != 1 or assigned[each.attr] == [None]):
            return None
    text = context.weights.written(held.slivers[0].node)
    return Hoist(statement, "hoist_sliver", text, "the attribute may be set anew before the closure runs")
