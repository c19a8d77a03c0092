"""What may other programs import? `check`, `fix`, `Finding` and `__version__`; everything behind them may change.

Importing this module costs nothing: flake8 imports it at every start, so the work is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_closures.config import Config
    from flake8_closures.model import Finding, Outcome
    from flake8_closures.source import Source

__all__ = ["Finding", "__version__", "check", "fix"]
__version__ = "0.1.0"


def check(text: str | bytes, path: str = "<string>", config: Config | None = None) -> list[Finding]:
    """Return the findings of one Python file, in the order in which a reader meets them.

    `text` as bytes is decoded as Python does; `path` is only a name and is not opened; `config` defaults to the
    options nobody has changed. Raises `flake8_closures.source.SourceError` for what is not Python.
    """
    from flake8_closures import engine
    from flake8_closures.config import Config

    return engine.check(_source(text, path), config or Config())


def fix(text: str | bytes, path: str = "<string>", config: Config | None = None) -> Outcome:
    """Return the repaired text of one Python file, with the findings that were repaired and those that remain.

    Arguments and errors are those of `check`. Nothing is written.
    """
    from flake8_closures import engine
    from flake8_closures.config import Config

    return engine.fix(_source(text, path), config or Config())


def _source(text: str | bytes, path: str) -> Source:
    from flake8_closures import source

    return source.read(text, path) if isinstance(text, bytes) else source.of_text(text, path)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "Finding":
            from flake8_closures.model import Finding

            return Finding
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
