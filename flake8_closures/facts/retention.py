"""What do the searches for heavy objects ask of the file? One context for all of them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from flake8_closures.facts.callees import Callees
from flake8_closures.facts.escape import Use, Uses
from flake8_closures.facts.flow import Event, Graphs
from flake8_closures.facts.names import Names
from flake8_closures.facts.weight import Weights
from flake8_closures.model import Limits, Scope
from flake8_closures.tree import Parents


@dataclass(frozen=True, slots=True)
class RetentionContext:
    """The facts of the file that the search for heavy objects asks: the same ones for every closure."""

    names: Names
    weights: Weights
    callees: Callees
    uses: Uses
    graph: Graphs
    other_uses: Callable[[ast.AST, Scope], tuple[Use, ...]]
    """Gives what a function itself does with the value of an expression."""
    item_uses: Callable[[ast.AST, Scope], tuple[Use, ...]]
    """The same for the items of what an expression gives."""
    takers: Callable[[Use, Scope], frozenset[Event]]
    parents: Parents
    limits: Limits
