"""How does a closure let go of what a view keeps alive? It captures a copy of the view: `row_copy = row.copy()`."""

from flake8_closures.fixes import hoisting

NODES = hoisting.NODES
objection, rewrite, promise = hoisting.repair(hoisting.itself, copies=True)
