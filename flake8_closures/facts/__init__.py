"""What is known about a file? Every fact is worked out when it is first asked for, from those before it, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from flake8_closures.facts import closures, scopes
from flake8_closures.model import Closure, Scope
from flake8_closures.source import Source


class Facts:
    """The facts of one file. The only place where the modules of this room meet."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def scopes(self) -> Sequence[Scope]:
        """Every scope of the file, parents before children, the module first."""
        return scopes.build(self.source.tree)

    @cached_property
    def closures(self) -> Sequence[Closure]:
        """Every function of the file that captures a variable of an outer function or of the module, in source order."""
        return closures.find(self.scopes)
