"""How does a closure let go of a large object? The sliver that it uses is computed before: `size = len(data)`."""

from flake8_closures.fixes import hoisting

NODES = hoisting.NODES
objection, rewrite, promise = hoisting.repair(hoisting.slivers)
