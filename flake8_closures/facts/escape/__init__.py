"""How long does a closure live? Follows the object from where it is made through names, containers and calls.

A trace works outwards from an expression: what the code around it does is one of the `steps`, from there it goes into
calls (`calls`) and through variables and containers (`trace`). Whatever ends it is a `Use`: the closure is called here,
kept there, passed to someone unknown. A use has the route by which the object got there, so that `flow` can decide what
happens in between. Functions of the same file are traced too, until nothing new is found.
"""

from flake8_closures.facts.escape.alone import value_uses
from flake8_closures.facts.escape.passing import is_passing
from flake8_closures.facts.escape.takers import takers
from flake8_closures.facts.escape.trace import expression_uses, parameter_uses, uses
from flake8_closures.facts.escape.use import Carry, ClosureFacts, Fate, TraceContext, Use, Uses, Way

__all__ = [
    "Carry",
    "ClosureFacts",
    "Fate",
    "TraceContext",
    "Use",
    "Uses",
    "Way",
    "expression_uses",
    "is_passing",
    "parameter_uses",
    "takers",
    "uses",
    "value_uses",
]
