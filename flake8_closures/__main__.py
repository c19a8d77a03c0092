"""What does `python -m flake8_closures` do? The same as `closure-fix`."""

from flake8_closures.cli import run

run()
