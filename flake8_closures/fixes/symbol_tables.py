"""Does every name of every block still mean the same variable? CPython's symbol tables before and after tell."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flake8_closures.fixes.promise import Block, Broken, Change, Promise

Pairs = Mapping[Block, Block]
Moves = dict[tuple[Block, str], Promise]
"""The blocks and names of the old text whose promise came true."""


def compare_blocks(old: Block, new: Block, changes: Sequence[Change]) -> None:
    """Check that each name of each block belongs to the same block as before, except for the promised names.

    Raises Broken.
    """
    factories = [change for change in changes if change.promise.is_factory]
    pairs = dict(_pairs(old, new, factories))
    moves = _moves(pairs, [change for change in changes if change.promise.touched is None])
    _check_defaults(pairs, moves)
    fresh = {name for change in changes for name in change.promise.fresh(change)}
    gone = {name for change in changes for name in change.promise.gone(change)}
    for before, after in pairs.items():
        _check_factories(before, after, pairs)
        for name in before.symbols.keys() & after.symbols.keys():
            if after.owner(name) is not _promised_owner(before, name, pairs, moves):
                raise Broken(f"{name!r} in {before.name!r} is no longer the same variable")
        for name in before.symbols.keys() ^ after.symbols.keys():
            if not (
                (name in gone and name not in after.symbols)
                or _is_on_the_way(before, after, name, pairs, moves)
                or _is_made(before, after, name, pairs, fresh)
            ):
                raise Broken(f"{name!r} appeared or vanished in {before.name!r}")


def _check_defaults(pairs: Pairs, moves: Moves) -> None:
    """Check that each default, or argument of a factory, reads the variable that the function read. Raises Broken."""
    for (block, name), promise in moves.items():
        is_own = promise.is_factory and name == block.name
        if not promise.takes or is_own:
            continue
        evaluator = pairs[block].evaluator
        if promise.is_factory:
            evaluator = evaluator.evaluator
        if evaluator.owner(name) is not pairs[block.owner(name)]:
            raise Broken(f"{name!r} is another variable where the default is taken")


def _check_factories(before: Block, after: Block, pairs: Pairs) -> None:
    """Check that the factories put into a block read the same outer variables as the block. Raises Broken."""
    for factory in (child for child in after.children if child.is_factory):
        for name, symbol in factory.symbols.items():
            if not symbol.is_local() and factory.owner(name) is not pairs[before.owner(name)]:
                raise Broken(f"{name!r} is another variable in the factory")


def _moves(pairs: Pairs, changes: Sequence[Change]) -> Moves:
    """Return what moved as promised. Raises Broken if that is more or less than what was promised."""
    moves: Moves = {}
    promised = {(name, change.promise.moved): change.promise for change in changes for name in change.names}
    own = {
        (_name(change.node), change.promise.moved): change.promise for change in changes if change.promise.is_factory
    }
    for before, after in pairs.items():
        for (name, moved), promise in (own | promised).items():
            if moved(before, after, name):
                moves[before, name] = promise
    given = Counter((_name(change.node), name, change.promise.moved) for change in changes for name in change.names)
    # That a function made in a factory finds its own name there is part of the repair, named in it or not.
    found = Counter(
        (block.name, name, promise.moved)
        for (block, name), promise in moves.items()
        if not block.kind.startswith("type")
        and (not promise.is_factory or name != block.name or (block.name, name, promise.moved) in given)
    )
    if found != given:
        raise Broken("the variable did not move to where it was promised")
    return moves


def _name(node: ast.AST) -> str:
    return str(getattr(node, "name", "lambda"))


def _promised_owner(before: Block, name: str, pairs: Pairs, moves: Moves) -> Block:
    """Return the block whose variable a name must mean after the repair."""
    owner = before.owner(name)
    block: Block | None = before
    while block:
        promise = moves.get((block, name))
        # A parameter takes over what came from outside, a declaration gives away what was the function's own.
        if promise and (not owner.inside(block) if promise.takes else owner is block or _is_declared(block, name)):
            wanted = promise.owner(pairs[block], name)
            if wanted is None:
                raise Broken(f"there is no variable {name!r} to declare")
            return wanted
        block = block.parent
    return pairs[owner]


def _is_declared(block: Block, name: str) -> bool:
    """Return whether a block declares a name global, so that it passes on the variable of the module."""
    return name in block.symbols and block.symbols[name].is_declared_global()


def _is_on_the_way(before: Block, after: Block, name: str, pairs: Pairs, moves: Moves) -> bool:
    """Return whether a block passes a variable on to a changed function, or reads it there for a default."""
    for (block, moved), promise in moves.items():
        if moved != name or not (block.inside(before) or before.inside(block)):
            continue
        if name not in after.symbols:
            return True
        if before.inside(block):
            wanted = promise.owner(pairs[block], name)
        else:
            wanted = pairs[block.owner(name)] if promise.takes else pairs[block].owner(name)
        if after.owner(name) is wanted:
            return True
    return False


def _is_made(before: Block, after: Block, name: str, pairs: Pairs, fresh: set[str]) -> bool:
    """Return whether a name of the block around a changed function came with the repair, or moved into the factory."""
    factories = [child for child in after.children if child.is_factory]
    if name in after.symbols:
        return name in fresh
    return any(name in each.symbols and each.owner(name) is pairs[before.owner(name)] for each in factories)


def _pairs(old: Block, new: Block, factories: Sequence[Change]) -> Iterator[tuple[Block, Block]]:
    """Yield each block with its counterpart after the repair. Raises Broken where there is none."""
    children = list(_unfolded(old, new, factories)) if factories else new.children
    if (old.name, old.kind, len(old.children)) != (new.name, new.kind, len(children)):
        raise Broken("the functions of the file are no longer the same")
    yield old, new
    for before, after in zip(old.children, children, strict=True):
        yield from _pairs(before, after, factories)


def _unfolded(old: Block, new: Block, factories: Sequence[Change]) -> Iterator[Block]:
    """Yield the children of a block; instead of a factory, the blocks that it makes."""
    count = 0
    for child in new.children:
        before = old.children[count] if count < len(old.children) else None
        if any(_is_factory(child, before, change) for change in factories):
            child.is_factory = True
            inner = child.children
        else:
            inner = [child]
        count += len(inner)
        yield from inner


def _is_factory(block: Block, before: Block | None, change: Change) -> bool:
    """Return whether a block is the factory of a change; `before` is what it replaced."""
    taken = {name for name, symbol in block.symbols.items() if symbol.is_parameter()}
    if taken != {name for name in change.names if name != getattr(change.node, "name", "")}:
        return False
    if isinstance(change.node, ast.Lambda):
        had = {name for name, symbol in before.symbols.items() if symbol.is_parameter()} if before else set()
        return block.name == "lambda" and not taken & had
    return block.name in change.promise.fresh(change) and block.name != _name(change.node)
