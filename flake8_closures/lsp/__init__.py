"""How does an editor ask us? As a language server: it sends its buffers, and gets findings, repairs and hovers.

Needs the extra `lsp` (pygls and lsprotocol), which is imported here alone and when a server is started.
"""

from __future__ import annotations

import importlib.util

from flake8_closures.settings import UsageError

NEEDED = ("pygls", "lsprotocol")


def serve() -> None:
    """Answer an editor on standard input and output until it says goodbye. Raises UsageError without the extra."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise UsageError("--lsp needs pygls: pip install 'flake8-closures[lsp]'")
    from flake8_closures.lsp.server import build

    build().start_io()
