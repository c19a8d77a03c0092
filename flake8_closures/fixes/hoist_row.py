"""How does a closure let go of a large array? The row that it uses is copied before: `row = grid[0].copy()`."""

from flake8_closures.fixes import hoisting

NODES = hoisting.NODES
objection, rewrite, promise = hoisting.repair(hoisting.slivers, copies=True)
