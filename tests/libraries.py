"""What does a program give under the library that it is written for, where that is installed?"""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

NOT_FROM_PYPI = ("tkinter",)


def run(text: str) -> Any:
    """Return what a program has put into its variable `result`."""
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(text, "program.py", "exec", dont_inherit=True), names)
    return names["result"]


def need(*libraries: str) -> None:
    """Skip the test without one of the libraries. With `FRAMEWORKS=required` only what pip has not may be missing."""
    for library in libraries:
        try:
            importlib.import_module(library)
        except ImportError as error:
            if os.environ.get("FRAMEWORKS") == "required" and library not in NOT_FROM_PYPI:
                raise
            pytest.skip(f"{library} cannot be imported: {error}")
