"""Which functions keep themselves alive through their own name, and what else do they keep alive?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from flake8_closures.facts.closures import Captures
from flake8_closures.facts.cycles.owners import attributes
from flake8_closures.facts.escape import Use, Uses
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.facts.positions import position
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.facts.testing import in_test
from flake8_closures.facts.weight import Weights
from flake8_closures.model import BindingKind, Closure, Limits, Variable, Weight

_DEFINITIONS = (BindingKind.DEF, BindingKind.CLASS)
_TENSORS = frozenset("torch.Tensor jax.Array cupy.ndarray".split())
"""Types whose memory is mostly on a device, where it triggers no garbage collection."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedCycle:
    """A local function that captures its own name, directly or through others, or a local class.

    `pinned` are the heavy captured objects that stay alive until the garbage collector runs. `escapes`: somebody keeps
    the function anyway; this is computed only where something is pinned.
    """

    closure: Closure
    variable: Variable
    pinned: tuple[tuple[str, Weight], ...]
    escapes: bool
    through: str = ""
    """The next function of the cycle, if there are several."""

    @property
    def is_class(self) -> bool:
        """Whether it is a class: every class refers to itself."""
        return isinstance(self.closure.carrier, ast.ClassDef)


def of_names(
    defined: Mapping[Variable, list[Closure]], captures: Captures, uses: Uses, weights: Weights, limits: Limits
) -> Iterator[NamedCycle]:
    """Yield the local functions that refer to themselves, and the local classes that keep something heavy alive.

    `defined` has the functions by their variables.
    """
    circling = _circling(defined, captures)
    reported: set[Closure] = set()
    for variable, members in sorted(defined.items(), key=lambda item: position(item[1][0].carrier)):
        closure = members[0]
        if closure in reported:
            continue
        ring = members
        if closure.carrier is closure.node:
            ring = _ring(variable, defined, captures) if variable in circling else []
        if not ring or in_test(closure.maker):
            continue
        pinned = tuple(_pinned(ring, captures, weights, limits))
        if isinstance(closure.carrier, ast.ClassDef) and not pinned:
            continue
        reported |= {*ring}
        others = [each.scope.name for each in ring if each not in members]
        through = others[-1] if others and closure.carrier is closure.node else ""
        escapes = bool(pinned) and any(_is_kept(use) for each in members for use in uses(each))
        yield NamedCycle(closure, variable, pinned, escapes, through)


def of_functions(
    closures: Sequence[Closure], captures: Captures, semantics: SemanticModel
) -> dict[Variable, list[Closure]]:
    """Return the local functions by the variable that names them and nothing else.

    A function that is stored in an attribute of such a function lives as long, and is listed with it.
    """
    defined: dict[Variable, list[Closure]] = {}
    made = [closure for closure in closures if closure.maker.is_function]
    for closure in made:
        if isinstance(closure.node, ast.Lambda):
            variable = _own_name(closure, captures)
        else:
            variable = semantics.names.variable(closure.carrier)
            if variable is None or any(each.kind not in _DEFINITIONS for each in variable.bindings):
                continue
        if variable is not None:
            defined.setdefault(variable, []).append(closure)
    words = {variable.name for variable in defined}
    for closure in made:
        if words.isdisjoint(closure.scope.owners):
            continue
        captured = {capture.variable for capture in captures(closure)} & defined.keys()
        for _, owner in attributes(closure, semantics) if captured else ():
            if owner in captured and closure not in defined[owner]:
                defined[owner].append(closure)
    return defined


def _own_name(closure: Closure, captures: Captures) -> Variable | None:
    """Return the captured variable that is bound to this lambda and nothing else."""
    for capture in captures(closure):
        bindings = capture.variable.bindings
        if len(bindings) == 1 and bindings[0].value is closure.node:
            return capture.variable
    return None


def _is_kept(use: Use) -> bool:
    """Return whether a use probably keeps the function, so that it is not freed in time anyway."""
    return use.lasting and use.likelihood >= PROBABLE


def _circling(defined: Mapping[Variable, list[Closure]], captures: Captures) -> Set[Variable]:
    """Return the variables whose functions can refer to each other in a circle.

    Found by elimination: first go the functions that refer to none of them, then those that refer only to these, and so
    on.
    """
    ahead: dict[Variable, int] = {}
    behind: dict[Variable, list[Variable]] = {}
    for variable, members in defined.items():
        captured = {capture.variable for closure in members for capture in captures(closure)}
        others = [other for other in captured if other in defined and other.scope is variable.scope]
        ahead[variable] = len(others)
        for other in others:
            behind.setdefault(other, []).append(variable)
    ending = [variable for variable, count in ahead.items() if not count]
    for variable in ending:
        for other in behind.get(variable, ()):
            ahead[other] -= 1
            if not ahead[other]:
                ending.append(other)
    return defined.keys() - {*ending}


def _ring(variable: Variable, defined: Mapping[Variable, list[Closure]], captures: Captures) -> list[Closure]:
    """Return the functions through which a function refers to itself; none if it does not."""
    before: dict[Variable, Variable | None] = {variable: None}
    pending = [variable]
    for at in pending:
        for closure in defined[at]:
            for capture in captures(closure):
                other = capture.variable
                if other is variable and capture.references:
                    ring: list[Closure] = []
                    back: Variable | None = at
                    while back is not None:
                        ring += defined[back]
                        back = before[back]
                    return ring
                if other in defined and other not in before and other.scope is variable.scope:
                    before[other] = at
                    pending.append(other)
    return []


def _pinned(
    ring: Sequence[Closure], captures: Captures, weights: Weights, limits: Limits
) -> Iterator[tuple[str, Weight]]:
    """Yield the captured objects of proved weight, and the tensors, that the functions of a cycle keep alive."""
    seen: set[Variable] = set()
    for closure in ring:
        for capture in captures(closure):
            variable = capture.variable
            if variable in seen or variable.scope is not closure.maker or not capture.references:
                continue
            seen.add(variable)
            weight = weights.captured(variable, closure)
            if (weight.size or 0) >= limits.retain or (weight.kind in _TENSORS and weight.size is None):
                yield variable.name, weight
