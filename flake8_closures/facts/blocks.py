"""How are the blocks of a file nested, and which of them run as one?"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.model import Scope, ScopeKind

_INLINE = (ScopeKind.COMPREHENSION, ScopeKind.CLASS, ScopeKind.TYPE_PARAMETERS)
"""Blocks that run where they stand, as a part of the function around them."""


def unit(block: Scope) -> Scope:
    """Return the function, or the module, that a block runs as a part of: its graph has the events of the block."""
    while block.kind in _INLINE and block.parent is not None:
        block = block.parent
    return block


def is_part(block: Scope, function: Scope) -> bool:
    """Return whether a block runs as a part of a function."""
    while block is not function:
        if block.kind not in _INLINE or block.parent is None:
            return False
        block = block.parent
    return True


def is_inside(block: Scope | None, function: Scope) -> bool:
    """Return whether a block is a function, or is nested in it at any depth."""
    while block is not None and block is not function:
        block = block.parent
    return block is function


def methods(owner: Scope) -> Iterator[Scope]:
    """Yield the blocks in the body of a class; for generic functions, the function inside its type parameters."""
    for block in owner.children:
        if block.kind is ScopeKind.TYPE_PARAMETERS:
            yield from block.children
        else:
            yield block


def class_around(function: Scope) -> Scope | None:
    """Return the class of which a function is a method, None if it is none."""
    block = function.parent
    while block is not None and block.kind is ScopeKind.TYPE_PARAMETERS:
        block = block.parent
    return block if block is not None and block.kind is ScopeKind.CLASS else None
