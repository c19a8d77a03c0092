"""What does a callee do with the parameters of the function it is given?

Most call it with the arguments that they document, and never look. Some count the parameters, some give each of them a
meaning, and some cannot do with keyword-only ones. The lines about libraries were run, see tests/test_frameworks.py; a
callable that is not named here, and is not of the standard library, is not known.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping, Set

from flake8_closures.facts.knowledge.containers import FILLS


class Inspection(enum.IntEnum):
    """What a consumer does with a signature, the more careful one has to be the higher."""

    NEVER = 0
    COUNTS = 1
    """It hands over as many arguments as there are positional places, defaults or not."""
    UNKNOWN = 2
    NO_KEYWORDS = 3
    """It cannot do with keyword-only parameters."""
    READS = 4
    """Every parameter means something: an option of the command line, of the request, a fitted number."""


_MEANINGS = {
    "never": Inspection.NEVER,
    "counts": Inspection.COUNTS,
    "no keywords": Inspection.NO_KEYWORDS,
    "reads": Inspection.READS,
}

CALLABLES: Mapping[str, Mapping[str, str]] = {
    "inspect": {"signature getfullargspec getcallargs": "reads"},
    "inspect.Signature": {"from_callable": "reads"},
    "typing": {"get_type_hints": "reads"},
    "unittest.mock": {"create_autospec": "reads"},
    "scipy.optimize": {"curve_fit": "counts"},
    "hypothesis": {"given": "reads", "example settings seed": "never"},
    "numba": {"njit jit vectorize guvectorize cfunc stencil": "no keywords"},
    "lmfit": {"Model": "reads"},
    "lmfit.models": {"ExpressionModel": "reads"},
    "ipywidgets": {"interact interactive interact_manual interactive_output": "reads"},
    "typer": {"run": "reads"},
    "fire": {"Fire": "reads"},
    "fastapi": {"Depends Security": "reads"},
    "pydantic": {"validate_call validate_arguments": "reads"},
    "click": {"command group option argument pass_context pass_obj": "never"},
    "pytest": {"fixture": "never"},
    "pytest.mark": {"*": "never"},
}
"""By module, then by name."""

_VERBS = "get post put patch delete head options trace"
METHODS: Mapping[str, Mapping[str, str]] = {
    "PyQt5 PyQt6 PySide2 PySide6 qtpy": {"connect singleShot addAction triggered": "counts"},
    "traitlets traits": {"on_trait_change": "counts", "observe": "never"},
    "fastapi": {
        f"{_VERBS} route api_route websocket add_api_route add_api_websocket_route middleware": "reads",
        "add_event_handler on_event exception_handler": "never",
    },
    "typer": {"command callback": "reads"},
    "discord nextcord disnake": {"command group hybrid_command context_menu slash_command": "reads"},
    "flask": {
        f"{_VERBS} route add_url_rule before_request after_request teardown_request errorhandler "
        "context_processor": "never"
    },
    "click": {"command group": "never"},
    "tkinter": {"bind bind_all after after_idle protocol trace_add trace add_command config configure": "never"},
    "hypothesis": {"given": "reads"},
    "numba": {"jit njit": "no keywords"},
    "asyncio": {
        "call_soon call_soon_threadsafe call_later call_at run_in_executor add_reader add_writer add_signal_handler "
        "add_done_callback": "never"
    },
    "concurrent": {"submit add_done_callback": "never"},
}
"""By the libraries of which the file imports one, then by the name of a method of an unknown object."""

ATTRIBUTES = frozenset(
    "__defaults__ __kwdefaults__ __signature__ co_argcount co_kwonlyargcount co_posonlyargcount co_varnames".split()
)
"""The parts of a function, and of its code, that tell its parameters."""

CONTAINERS = FILLS | frozenset("push register_function".split())
"""Methods that keep what they are given and do nothing else, whatever it is."""


def of_callable(dotted: str) -> Inspection:
    """Return what a callable of that full name does with the signature of a function that it is given."""
    module, _, name = dotted.rpartition(".")
    known = _line(CALLABLES.get(module, {}), name)
    if known is not None:
        return known
    root = dotted.partition(".")[0]
    return Inspection.NEVER if root in sys.stdlib_module_names or root == "builtins" else Inspection.UNKNOWN


def of_method(name: str, libraries: Set[str]) -> Inspection:
    """Return what a method of that name does with it in a file that imports these libraries."""
    found = [
        known
        for roots, lines in METHODS.items()
        if set(roots.split()) & set(libraries)
        for known in [_line(lines, name)]
        if known is not None
    ]
    if found:
        return max(found)
    return Inspection.UNKNOWN


def of_file(libraries: Set[str]) -> Inspection:
    """Return what may happen to a function that is kept, in a file that imports these libraries."""
    lines = [(module.partition(".")[0], table) for module, table in CALLABLES.items()]
    lines += [(root, table) for roots, table in METHODS.items() for root in roots.split()]
    foreign = libraries - sys.stdlib_module_names
    found = {_MEANINGS[text] for root, table in lines if root in foreign for text in table.values()} - {
        Inspection.NEVER
    }
    if not found:
        return Inspection.NEVER
    return Inspection.COUNTS if found == {Inspection.COUNTS} else Inspection.UNKNOWN


def _line(lines: Mapping[str, str], name: str) -> Inspection | None:
    return next((_MEANINGS[text] for names, text in lines.items() if name in names.split() or names == "*"), None)
