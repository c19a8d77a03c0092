"""How does flake8 ask us? It hands over the tree that it has parsed, and gets back lines, columns and messages.

The analysis is imported with the first file, so that it does not slow down a flake8 that is only starting up.
"""

from __future__ import annotations

import argparse
import ast
import gc
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from flake8_closures import __version__
from flake8_closures.codes import FAILURE
from flake8_closures.config import OPTIONS, Config

if TYPE_CHECKING:
    from flake8_closures.model import Finding

SHARED = ("select", "ignore", "extend_select", "extend_ignore")


@cache
def _analysis() -> Callable[[ast.Module, Sequence[str], str, Config], list[Finding]]:
    """Import the analysis, and return it as a function of a tree, its lines, its path and the options.

    The modules loaded by now stay until the end, so they are frozen: flake8 makes so many objects that Python often
    searches all of them for garbage, and skipping the modules saves more than 2 % of flake8's time.
    """
    from flake8_closures import engine
    from flake8_closures.source import Source

    gc.freeze()
    return lambda tree, lines, path, config: engine.check(Source(path, lines, tree), config)


class Plugin:
    """The flake8 plugin. flake8 chooses the arguments by their names."""

    name = "flake8-closures"
    version = __version__
    config: ClassVar[Config] = Config(disable_noqa=True)

    def __init__(self, tree: ast.Module, lines: Sequence[str], filename: str) -> None:
        self.tree, self.lines, self.filename = tree, lines, filename

    @staticmethod
    def add_options(manager: Any) -> None:
        """Register our options with flake8's `OptionManager`, for its command line and its files."""
        for option in OPTIONS:
            kind = {"action": "store_true"} if option.metavar is None else {"metavar": option.metavar}
            manager.add_option(option.flag, default=None, parse_from_config=True, help=option.help, **kind)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Take over the options. Raises flake8's `ExecutionError`, which it prints in one line, for a bad value.

        The selection is needed because flake8 alone would switch on the opt-in codes with `--ignore E501` or `--select
        C`. noqa comments are left to flake8.
        """
        values = {name: getattr(options, name, None) for name in SHARED}
        values |= {option.field: getattr(options, option.key, None) for option in OPTIONS}
        try:
            cls.config = Config.from_values({**values, "disable_noqa": True})
        except ValueError as error:
            from flake8.exceptions import ExecutionError

            raise ExecutionError(f"flake8-closures: {error}") from None

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Yield line, 0-based column in characters, text, type.

        Whatever goes wrong in here becomes one CLO000 of this file: flake8 would end, or blame the user's syntax.
        """
        try:
            findings = _analysis()(self.tree, self.lines, self.filename, self.config)
        except MemoryError:
            raise
        except Exception as error:
            from flake8_closures.report import failure

            yield 1, 0, f"{FAILURE} {failure(error)}", type(self)
            return
        for finding in findings:
            yield finding.span.line, finding.span.column, f"{finding.code} {finding.message}", type(self)
