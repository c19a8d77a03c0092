"""How many bytes does a closure keep alive? Proved from the text, or not claimed at all.

`Weights` answers for one file, through `Facts.weights`. A `Weight` has a `size` where the text proves one (literals,
repetition, `range`, comprehensions over it, constructors of arrays and tables with a shape and a type), a `loader`
where a bulk loader brought the data, and neither where nothing is known: then no size may be claimed.
"""

from flake8_closures.facts.weight.estimate import IMMUTABLE, UNKNOWN, Estimate
from flake8_closures.facts.weight.weights import Weights

__all__ = ["IMMUTABLE", "UNKNOWN", "Estimate", "Weights"]
