"""How does an editor ask us? As a language server: it sends its buffers, and gets findings, repairs and hovers.

Needs the extra `lsp` (pygls and lsprotocol), which is imported here alone and when a server is started.
"""

from __future__ import annotations

import importlib.util
import os
import sys

from flake8_closures.settings import UsageError

NEEDED = ("pygls", "lsprotocol")


def serve() -> None:
    """Answer an editor on standard input and output until it says goodbye. Raises UsageError without the extra."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise UsageError("--lsp needs pygls: pip install 'flake8-closures[lsp]'")
    from flake8_closures.lsp.server import build

    # pygls closes what it writes to; and whatever else prints must not get between the messages.
    with open(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        build().start_io(stdout=answers)
