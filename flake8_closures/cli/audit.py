"""What does a function really hold? Imports it, and lists its cells, defaults and globals with the bytes behind them.

The run-time companion of CLO301 to CLO343: those prove from the text what must be large, this weighs what is there.
"""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import os
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flake8_closures.cli.reporting import relative
from flake8_closures.facts import Facts
from flake8_closures.facts.positions import line_of
from flake8_closures.model import Closure
from flake8_closures.report import one_line
from flake8_closures.rules.weight import size
from flake8_closures.settings import UsageError
from flake8_closures.source import SourceError, read
from flake8_closures.tree import first_line

_SHARED = (types.ModuleType, type, types.BuiltinFunctionType, types.FrameType)
"""What is not the function's own, whoever refers to it."""
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Holding:
    """One object that a function holds: how, under which name, how many bytes, and where the text shows it.

    `line` is where the function reads a captured variable first, or where its parameters stand; 0 if not known. `depth`
    counts the functions between.
    """

    how: str
    name: str
    kind: str
    count: int
    line: int
    depth: int = 0


def find(target: str) -> Any:
    """Import `package.module:function` (or `:Class.method`) and return it.

    Raises UsageError, which says in one line what was not found, not importable or no function. The module is run by
    that.
    """
    module, colon, path = target.partition(":")
    if not (module and colon and path):
        raise UsageError(f"--audit: {target!r} is not PACKAGE.MODULE:FUNCTION")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does
    try:
        found = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # whatever the module does when it is run
        raise UsageError(one_line(f"--audit: cannot import {target}: {type(error).__name__}: {error}")) from None
    if not callable(found):
        raise UsageError(f"--audit: {target} is a {_kind(found)}, and no function")
    return found


def holdings(function: Any, depth: int = 0, seen: frozenset[int] = frozenset()) -> Iterator[Holding]:
    """Yield what a function holds, the functions that it holds followed by what those hold.

    Taken are functions, bound methods, partials, and what `functools.wraps` and caches put around one. Bytes count
    everything that can be reached and is no module, class or function.
    """
    if id(function) in seen or depth > _DEEPEST:
        return
    seen |= {id(function)}
    if isinstance(function, functools.partial):
        bound = [*((str(place), value) for place, value in enumerate(function.args)), *function.keywords.items()]
        for name, value in bound:
            yield Holding("argument", name, _kind(value), weigh(value), 0, depth)
        yield from holdings(function.func, depth, seen)
    elif isinstance(function, types.MethodType):
        yield Holding("self", "self", _kind(function.__self__), weigh(function.__self__), 0, depth)
        yield from holdings(function.__func__, depth, seen)
    elif isinstance(function, types.FunctionType):
        yield from _of_function(function, depth, seen)
    elif callable(inner := getattr(function, "__wrapped__", None)):
        yield from holdings(inner, depth, seen)


def _of_function(function: types.FunctionType, depth: int, seen: frozenset[int]) -> Iterator[Holding]:
    lines = _lines(function)
    for how, name, value in _referred(function):
        line = function.__code__.co_firstlineno if how == "default" else lines.get(name, 0)
        yield Holding(how, name, _kind(value), weigh(value), line, depth)
        if callable(value) and not isinstance(value, _SHARED):
            yield from holdings(value, depth + 1, seen)


def _referred(function: types.FunctionType) -> Iterator[tuple[str, str, object]]:
    """Yield what a function refers to: how, the name, the object."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield "cell", name, cell.cell_contents
        except ValueError:
            continue  # bound later, or deleted
    positional = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    for name, value in zip(positional[len(positional) - len(defaults) :], defaults, strict=True):
        yield "default", name, value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield "default", name, value
    for name in code.co_names:
        value = function.__globals__.get(name, types)
        if not isinstance(value, _SHARED) and not callable(value):
            yield "global", name, value


def _kind(value: object) -> str:
    return type(value).__qualname__


def weigh(value: object) -> int:
    """Return the bytes that can be reached from an object; of arrays those of the whole that a view belongs to."""
    seen: dict[int, object] = {}
    pending = [value]
    total = 0
    while pending:
        each = pending.pop()
        if id(each) in seen or isinstance(each, _SHARED):
            continue
        seen[id(each)] = each
        if isinstance(each, types.FunctionType):
            pending += [held for how, _, held in _referred(each) if how != "global"]
            continue
        total += sys.getsizeof(each, 0)
        pending += gc.get_referents(each)
        # A view does not tell the garbage collector of what it views.
        for name in ("base", "obj", "string"):
            if not isinstance(each, type) and hasattr(type(each), name):
                pending.append(getattr(each, name, None))
    return total


def _lines(function: types.FunctionType) -> dict[str, int]:
    """Return where a function reads each captured variable and global first, by its name; empty without the source."""
    try:
        path = inspect.getsourcefile(function)
        with open(path or "", "rb") as file:
            source = read(file.read(), path or "")
    except (OSError, TypeError, SourceError):
        return {}
    facts = Facts(source)
    for closure in facts.closures:
        if _is_code_of(closure, function):
            return {
                capture.variable.name: line_of(capture.references[0].node)
                for capture in facts.captures(closure)
                if capture.references
            }
    return {}


def _is_code_of(closure: Closure, function: types.FunctionType) -> bool:
    """Return whether a closure of the text is the function: the same name, line and captured names."""
    code = function.__code__
    names = {name for name, owner in closure.scope.owners.items() if owner is not None}
    place = closure.scope.name, first_line(closure.node)
    return place == (code.co_name, code.co_firstlineno) and names >= {*code.co_freevars}


def report(target: str, limit: int) -> Iterator[str]:
    """Yield the lines of an audit. Holdings of `limit` bytes or more are marked. Raises UsageError."""
    function = find(target)
    found = list(holdings(function))
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = f" ({relative(code.co_filename, os.getcwd())}:{code.co_firstlineno})" if code else ""
    yield f"{target}{place} holds{':' if found else ' nothing'}"
    for held in found:
        where = f"line {held.line}" if held.line else ""
        mark = f"  <- {size(limit)} or more" if held.count >= limit else ""
        indent = "  " * (held.depth + 1)
        line = f"{indent}{held.how:<8} {held.name:<20} {size(held.count):>10}  {held.kind:<16} {where}{mark}"
        yield line.rstrip()
