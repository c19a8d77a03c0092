"""How does a function change a variable of the function around it? By a `nonlocal` before its first statement."""

from __future__ import annotations

from types import CodeType

from flake8_closures.fixes import declaring
from flake8_closures.fixes.promise import Block


def _moved(before: Block, after: Block, name: str) -> bool:
    old, new = before.symbols.get(name), after.symbols.get(name)
    return bool(old and new and old.is_local() and new.is_free())


def _owner(block: Block, name: str) -> Block | None:
    return block.owner(name)


def _kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    return declaring.gave_up(before, after, name) and name in after.co_freevars


objection, rewrite, promise = declaring.repair("nonlocal", _moved, _owner, _kept)
