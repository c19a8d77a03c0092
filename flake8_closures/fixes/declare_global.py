"""How does a function change a variable of its module? By a `global` declaration before its first statement."""

from __future__ import annotations

import builtins
from types import CodeType

from flake8_closures.fixes import declaring
from flake8_closures.fixes.promise import Block
from flake8_closures.source import GIVEN

_ASKING = {"NameError", "UnboundLocalError", "globals"}
"""A function that uses these is ready for a name that is not there, or looks for it."""
_COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}


def _moved(before: Block, after: Block, name: str) -> bool:
    old, new = before.symbols.get(name), after.symbols.get(name)
    return bool(old and new and old.is_local() and new.is_declared_global() and not new.is_local())


def _owner(block: Block, name: str) -> Block | None:
    """The variable must be there before the repair: the module has it, or another function takes it for a global.

    A function that declares other names fills the module, with this one as well; so does one that asks for its names,
    or is asked for them.
    """
    root = block.root
    if name in GIVEN or root.has_local(name) or block.name == "__getattr__":
        return root
    if any(other != name and symbol.is_declared_global() for other, symbol in block.symbols.items()):
        return root
    if hasattr(builtins, name):
        return None
    return root if _ASKING & block.symbols.keys() or _is_used_elsewhere(block, name) else None


def _is_used_elsewhere(block: Block, name: str) -> bool:
    # The module's own table lists every name that is declared global anywhere, also by the repair.
    pending = list(block.root.children)
    for other in pending:
        symbol = other.symbols.get(name)
        if other is not block and symbol and symbol.is_global():
            return True
        pending += other.children
    return False


def _kept(before: CodeType, after: CodeType, name: str, around: CodeType | None) -> bool:
    return declaring.gave_up(before, after, name) and name not in after.co_freevars and _mentions(after, name)


def _mentions(code: CodeType, name: str) -> bool:
    """Before Python 3.12 a walrus in a comprehension stands in a code object of its own."""
    parts = [part for part in code.co_consts if isinstance(part, CodeType) and part.co_name in _COMPREHENSIONS]
    return name in code.co_names or any(_mentions(part, name) for part in parts)


objection, rewrite, promise = declaring.repair("global", _moved, _owner, _kept)
