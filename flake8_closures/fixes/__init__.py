"""Which edit carries out a remedy? Each module of this package is one repair, found by the name of the action.

A function is rewritten with libcst, within the smallest whole statement around it: the cost does not grow with a file,
and nothing beyond that statement can be touched. libcst is imported here alone, when there is something to repair.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from flake8_closures.fixes.pieces import (
    Concrete,
    Piece,
    Refused,
    around,
    concrete,
    edit_of,
    indentation,
    place_in,
    whole,
    width,
)
from flake8_closures.fixes.promise import Change, Promise
from flake8_closures.model import Edit, Remedy, Span
from flake8_closures.source import Source
from flake8_closures.tree import Parents

if TYPE_CHECKING:
    import libcst as cst

FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.GeneratorExp)


class Action(Protocol):
    """What a module of this package offers.

    It may have `NODES`, the kinds of node that it rewrites, where these are not functions.
    """

    promise: Promise

    def objection(self, node: ast.AST, name: str, parents: Parents) -> str:
        """Return why this repair cannot be made, or an empty string."""

    def rewrite(self, function: Any, change: Change) -> cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement] | str:
        """Return what should stand in the place of the function, or why that cannot be written."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The edit for all remedies of one kind for one function, and what it promises."""

    remedies: tuple[Remedy, ...]
    edit: Edit
    change: Change


def repairs(source: Source, remedies: Sequence[Remedy]) -> tuple[list[Repair], dict[Remedy, str]]:
    """Return the edits that carry out the remedies, in source order, and the remedies that cannot be, with the reason.

    Several remedies with the same action for the same function become one edit. Nothing is proved yet. Raises nothing.
    """
    groups: dict[tuple[str, Span], list[Remedy]] = {}
    for remedy in dict.fromkeys(remedies):
        groups.setdefault((remedy.action, remedy.span), []).append(remedy)
    found: list[Repair] = []
    refused: dict[Remedy, str] = {}
    nodes: dict[type[ast.AST], dict[Span, ast.AST]] = {}
    known: dict[Piece, Concrete] = {}
    at_most = width(source) if groups else 0
    for (action, span), group in groups.items():
        try:
            module = _action(action)
            node = _node(source, span, getattr(module, "NODES", FUNCTIONS), nodes)
            if node is None:
                raise Refused("there is no function at this place")
            for remedy in group:
                reason = module.objection(node, remedy.name, source.parents)
                if reason:
                    refused[remedy] = reason
            taken = tuple(remedy for remedy in group if remedy not in refused)
            names = tuple(dict.fromkeys(remedy.name for remedy in taken))
            if names:
                change = Change(node, names, module.promise, source.parents, indentation(source, node), at_most)
                found.append(Repair(taken, _edit(source, change, module, known), change))
        except Refused as error:
            refused.update((remedy, str(error)) for remedy in group if remedy not in refused)
    return sorted(found, key=lambda repair: repair.edit), refused


def apart(found: Sequence[Repair]) -> list[Repair]:
    """Return the repairs whose edits neither overlap nor touch those before them."""
    kept: list[Repair] = []
    for repair in found:
        if not kept or kept[-1].edit.end < repair.edit.start:
            kept.append(repair)
    return kept


def _action(name: str) -> Action:
    full = f"{__name__}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(full) is None:
        raise Refused(f"there is no repair called {name!r}")
    module = importlib.import_module(full)
    if not hasattr(module, "rewrite"):
        raise Refused(f"there is no repair called {name!r}")
    return cast(Action, module)


def _node(
    source: Source, span: Span, kinds: tuple[type[ast.AST], ...], known: dict[type[ast.AST], dict[Span, ast.AST]]
) -> ast.AST | None:
    """Return the node of one of some kinds at a place. `known` keeps what was found for the next question."""
    for kind in kinds:
        if kind not in known:
            known[kind] = {source.span(node): node for node in ast.walk(source.tree) if isinstance(node, kind)}
        if span in known[kind]:
            return known[kind][span]
    return None


def _edit(source: Source, change: Change, action: Action, known: dict[Piece, Concrete]) -> Edit:
    """Return the edit of the file that makes a change. `known` keeps the trees for the next one. Raises Refused."""
    from flake8_closures.fixes import imports, layout  # here: they bring libcst along

    is_import_missing = imports.is_missing(change)
    piece = whole(source) if is_import_missing else around(source, change.node)
    try:
        if piece not in known:
            known[piece] = concrete(piece)
        module, places = known[piece]
        function = places.get(place_in(piece, source, change.node))
        if function is None:
            raise Refused("the function was not found in the concrete syntax tree")
        new = action.rewrite(function, change)
        if isinstance(new, str):
            raise Refused(new)
        changed = cast("cst.Module", module.deep_replace(function, cast("cst.CSTNode", new)))
        if isinstance(change.node, ast.Lambda):
            changed = layout.spread(changed, cast("cst.CSTNode", new), change)
        if is_import_missing:
            changed = imports.written(changed, change)
        return edit_of(piece, changed.code, source)
    except RecursionError:
        raise Refused("the statement is nested too deeply") from None
