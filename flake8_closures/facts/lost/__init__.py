"""Which updates are lost, because a function binds a variable of its own where an outer one was meant?

`updates` finds the variables that are bound by mistake, each as a `case`. `intent` looks for evidence that the outer
one was meant: signs in `declarations`, in `values` and the `placeholders` among them, in the `purpose` of the function,
in `lookups`, and in what belongs to a name that nobody binds (`unowned`).
"""

from flake8_closures.facts.lost.case import Evidence
from flake8_closures.facts.lost.updates import Lost, find

__all__ = ["Evidence", "Lost", "find"]
