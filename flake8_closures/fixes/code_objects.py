"""Will the same be executed? CPython's code objects before and after a repair say it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import NamedTuple

from flake8_closures.fixes.promise import Broken, Change, Promise
from flake8_closures.tree import first_line

_FLAGS = 0x01 | 0x04 | 0x08 | 0x20 | 0x80 | 0x200
"""The co_flags that say what a function is: optimized, *args, **kwargs, generator, coroutine, async generator."""
_GENERIC = "<generic parameters of"
"""How the code begins that makes a generic function."""


class _Pair(NamedTuple):
    """A code object before and after. `around` is the factory that the repair put around it, if it did."""

    before: CodeType
    after: CodeType
    around: CodeType | None
    makes: bool
    """Whether there is a factory among its functions now."""


def compare_code(old: CodeType, new: CodeType, changes: Sequence[Change]) -> None:
    """A code object that mentions none of the names is byte for byte the same, the others are but for these names.

    Raises Broken.
    """
    inside = {_executor(change): change.promise.touched for change in changes if change.promise.touched}
    named = [change for change in changes if not change.promise.touched]
    names = {name for change in named for name in change.names}
    beside = names.union(*(change.promise.fresh(change) for change in changes))
    kept: Counter[tuple[str, str, Promise]] = Counter()
    for pair in _pairs(old, new, None, [change for change in named if change.promise.is_factory]):
        before, after = pair.before, pair.after
        here = list(_kept(pair, names, named))
        kept.update((before.co_name, name, promise) for name, promise in here)
        _check_signature(pair, here, beside)
        touched = inside.pop((before.co_name, before.co_firstlineno), None)
        if touched is not None:
            if not touched(before, after):
                raise Broken(f"the code of {before.co_name!r} did not change as promised")
        elif _content(before) != _content(after) and not _may_change(pair, beside):
            raise Broken(f"the code of {before.co_name!r} changed, which the repair has nothing to do with")
    if inside:
        raise Broken("the code around the change was not found")
    given = Counter((_name(change.node), name, change.promise) for change in named for name in change.names)
    if kept != given:
        raise Broken("the compiled function does not do what was promised")


def _check_signature(pair: _Pair, kept: Sequence[tuple[str, Promise]], beside: set[str]) -> None:
    """Check that parameters and variables are those of before, but for the promised ones. Raises Broken."""
    before, after = pair.before, pair.after
    keywords = sum(promise.keyword_parameters for _, promise in kept)
    positions = {name for name, promise in kept if promise.positional_parameters}
    if _head(before) != _head(after, keywords, positions):
        raise Broken(f"the signature of {before.co_name!r} changed")
    # What is evaluated beside a function that is made in a factory now reads its names there.
    if not pair.makes and _tables(before, beside) != _tables(after, beside):
        raise Broken(f"the signature or another variable of {before.co_name!r} changed")


def _may_change(pair: _Pair, beside: set[str]) -> bool:
    """Return whether the instructions may differ: names of the change are in them, or the place of the code is."""
    mentions = _mentions(pair.before) | _mentions(pair.after)
    return bool(beside & mentions) or pair.makes or _is_moved(pair.before)


def _kept(pair: _Pair, names: set[str], changes: Sequence[Change]) -> Iterator[tuple[str, Promise]]:
    """Yield the names of a code object about which a promise came true, with the promise."""
    for name in names & (_mentions(pair.before) | _mentions(pair.after)):
        for promise in dict.fromkeys(change.promise for change in changes if name in change.names):
            if promise.kept(pair.before, pair.after, name, pair.around):
                yield name, promise


def _executor(change: Change) -> tuple[str, int]:
    """Return the name and the first line of the code object that executes the node of a change."""
    inner: ast.AST = change.node
    node = change.parents.get(inner)
    while node is not None and not isinstance(node, ast.Module):
        if isinstance(node, ast.Lambda):
            if inner is node.body:
                return "<lambda>", node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and inner in node.body:
            return node.name, first_line(node)
        inner, node = node, change.parents.get(node)
    return "<module>", 1


def _pairs(old: CodeType, new: CodeType, around: CodeType | None, factories: Sequence[Change]) -> Iterator[_Pair]:
    """Yield each code object with what it has become, the functions of a factory in its place. Raises Broken."""
    inner = [const for const in old.co_consts if isinstance(const, CodeType)]
    others: list[tuple[CodeType, CodeType | None]] = []
    for const in new.co_consts:
        if isinstance(const, CodeType):
            before = inner[len(others)] if len(others) < len(inner) else None
            if any(_is_factory(const, before, change) for change in factories):
                others += [(code, const) for code in const.co_consts if isinstance(code, CodeType)]
            else:
                others.append((const, None))
    if [code.co_name for code in inner] != [code.co_name for code, _ in others]:
        raise Broken("the compiled functions of the file are no longer the same")
    generic = old.co_name.startswith(_GENERIC)
    yield _Pair(old, new, None if generic else around, any(factory for _, factory in others))
    for before, (after, factory) in zip(inner, others, strict=True):
        yield from _pairs(before, after, around if generic else factory, factories)


def _is_factory(code: CodeType, before: CodeType | None, change: Change) -> bool:
    """Return whether a code object is that of the factory of a change; `before` is what stood in its place."""
    names = tuple(name for name in change.names if name != getattr(change.node, "name", ""))
    if _arguments(code) != names:
        return False
    if isinstance(change.node, ast.Lambda):
        return code.co_name == "<lambda>" and (before is None or not set(names) & set(_arguments(before)))
    return code.co_name in change.promise.fresh(change) and code.co_name != _name(change.node)


def _arguments(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount]


def _mentions(code: CodeType) -> set[str]:
    return {*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names}


def _head(code: CodeType, keywords: int = 0, positions: set[str] | None = None) -> tuple[object, ...]:
    """Return what a code object says of itself, without the parameters that were added."""
    arguments = [name for name in _arguments(code) if not name.startswith(".") and name not in (positions or ())]
    added = len(set(positions or ()) & set(code.co_varnames[: code.co_posonlyargcount]))
    kinds = code.co_posonlyargcount - added, code.co_kwonlyargcount - keywords
    return code.co_name, arguments, *kinds, code.co_flags & _FLAGS


def _tables(code: CodeType, names: set[str]) -> tuple[object, ...]:
    tables = (code.co_varnames, code.co_cellvars, code.co_freevars, code.co_names)
    # Sorted: a variable that stops being a cell may change its place among those that stay.
    return tuple(sorted(name for name in table if name not in names and not name.startswith(".")) for table in tables)


def _is_moved(code: CodeType) -> bool:
    """Return whether code changes with its place: it hands on the defaults of a generic function, or has its line."""
    return code.co_name.startswith(_GENERIC) or "__firstlineno__" in code.co_names


def _content(code: CodeType) -> tuple[object, ...]:
    constants = [_constant(const) for const in code.co_consts if not isinstance(const, CodeType)]
    return code.co_code, constants, getattr(code, "co_exceptiontable", b"")


def _name(node: ast.AST) -> str:
    return str(getattr(node, "name", "<lambda>"))


def _constant(value: object) -> str:
    """Return a constant with its type; the order of a set is not its own."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_constant, value))})"
    return f"{{{', '.join(sorted(map(_constant, value)))}}}" if isinstance(value, frozenset) else repr(value)
