"""Which functions hand out several closures over state that they share?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.closures import Captures
from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.knowledge import containers
from flake8_closures.facts.knowledge.wording import constructs
from flake8_closures.facts.positions import position
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.facts.testing import in_test
from flake8_closures.model import BindingKind, Capture, Closure, Scope, ScopeKind, Variable
from flake8_closures.tree import decorators_of


@dataclass(frozen=True, slots=True, eq=False)
class SharedState:
    """A function that returns functions over its own variables.

    `functions` are the returned ones that use the state, `variables` what they rebind or share, in source order.
    """

    maker: Scope
    functions: tuple[Closure, ...]
    variables: tuple[Variable, ...]


def find(
    closures: Sequence[Closure],
    semantics: SemanticModel,
    captures: Captures,
    most_variables: int,
    most_functions: int,
) -> Iterator[SharedState]:
    """Yield the functions that share more variables, or return more functions, than is clear."""
    made: dict[Scope, list[Closure]] = {}
    for closure in closures:
        is_def = isinstance(closure.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if is_def and closure.maker.kind is ScopeKind.FUNCTION and closure.carrier is closure.node:
            made.setdefault(closure.maker, []).append(closure)
    for maker, inner in made.items():
        declared = {name for closure in inner for name in closure.scope.nonlocals}
        if len(inner) < 2 and len(declared) <= most_variables:
            continue
        captured = {closure: _own(closure, maker, captures) for closure in inner}
        rebound = {each.variable for found in captured.values() for each in found if each.writes}
        changed = rebound | {
            each.variable for found in captured.values() for each in found if _is_changed(semantics, each)
        }
        if not changed or in_test(maker):
            continue
        handed = [closure for closure in inner if _is_handed_out(semantics, closure)]
        functions = [closure for closure in handed if any(each.variable in changed for each in captured[closure])]
        shared = _shared(captured, functions, changed)
        kept = sorted(shared, key=lambda variable: position(variable.bindings[0].node))
        # What an `if` defines under one name is one function.
        count = len(
            {closure.scope.name if closure.scope.kind is ScopeKind.FUNCTION else closure for closure in functions}
        )
        if functions and (len(kept) > most_variables or count > most_functions):
            yield SharedState(maker, tuple(functions), tuple(kept))


def _own(closure: Closure, maker: Scope, captures: Captures) -> list[Capture]:
    """Return what a closure captures from its maker, without functions, classes and imports."""
    return [
        each
        for each in captures(closure)
        if each.variable.scope is maker
        and not any(
            binding.kind in (BindingKind.DEF, BindingKind.CLASS, BindingKind.IMPORT)
            for binding in each.variable.bindings
        )
    ]


def _is_changed(semantics: SemanticModel, capture: Capture) -> bool:
    """Return whether a closure changes the container that a variable names."""
    for reference in capture.references:
        around = semantics.parent(reference.node)
        if isinstance(around, ast.Attribute) and around.attr in containers.CHANGES:
            if semantics.call_of(around) is not None:
                return True
        elif isinstance(around, ast.Subscript) and around.value is reference.node and _changes(around):
            return True
    return False


def _changes(item: ast.Subscript) -> bool:
    return not isinstance(item.ctx, ast.Load)


def _shared(captured: dict[Closure, list[Capture]], functions: list[Closure], changed: set[Variable]) -> set[Variable]:
    """Return the variables that the returned functions rebind, or that two of them use and one changes."""
    found: set[Variable] = set()
    users: dict[Variable, int] = {}
    for closure in functions:
        for each in captured[closure]:
            users[each.variable] = users.get(each.variable, 0) + 1
            if each.writes:
                found.add(each.variable)
    return found | {variable for variable, count in users.items() if count > 1 and variable in changed}


def _is_handed_out(semantics: SemanticModel, closure: Closure) -> bool:
    """Return whether a closure is returned, alone, in a container, or as an attribute of something returned.

    A closure that is only called by the returned ones is a helper of theirs.
    """
    if isinstance(closure.node, ast.Lambda):
        return _goes_out(semantics, closure.node)
    variable = closure.maker.variables.get(closure.scope.name)
    reads = [each.node for each in variable.references if each.scope is closure.maker] if variable else []
    return any(_goes_out(semantics, read) for read in reads)


def _goes_out(semantics: SemanticModel, place: ast.AST, hops: int = 2) -> bool:
    """Return whether the value of an expression is part of what the function around returns."""
    around = semantics.parent(place)
    while isinstance(around, _CARRIERS) or (isinstance(around, ast.Call) and _bundles(around, place)):
        place, around = around, semantics.parent(around)
    if isinstance(around, ast.Return):
        return True
    if not isinstance(around, ast.Assign) or around.value is not place or not hops:
        return False
    for target in around.targets:
        root = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        variable = semantics.names.variable(root)
        if variable is None or _is_wrapper(semantics, variable):
            continue
        scope = semantics.names.scope(root)
        for reference in variable.references if scope is variable.scope else ():
            if (
                reference.scope is scope
                and reference.node is not root
                and _goes_out(semantics, reference.node, hops - 1)
            ):
                return True
    return False


def _bundles(call: ast.Call, part: ast.AST) -> bool:
    """Return whether a call makes an object of its arguments: `SimpleNamespace(push=push, pop=pop)`."""
    return call.func is not part and constructs(brief(call.func))


def _is_wrapper(semantics: SemanticModel, variable: Variable) -> bool:
    """Return whether a variable is a function that stands in for another one, and so cannot become a class."""
    decorators = [each for binding in variable.bindings for each in decorators_of(binding.node)]
    return any(
        isinstance(each, ast.Call) and semantics.names.dotted(each.func) == "functools.wraps" for each in decorators
    )


_CARRIERS = (ast.Tuple, ast.List, ast.Dict, ast.keyword, ast.IfExp)
