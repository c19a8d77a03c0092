"""What does a repair promise? The nouns of the proof: blocks of names, promises and changes."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType

from flake8_closures.tree import Parents

Def = ast.FunctionDef | ast.AsyncFunctionDef
Function = Def | ast.Lambda
Objection = Callable[[ast.AST, str, Parents], str]
"""Returns the reason against a repair of a node for a name, an empty string for none."""


@dataclass(slots=True, eq=False)
class Block:
    """One block of CPython's symbol table: a module, a class, a function, a lambda or a comprehension."""

    name: str
    kind: str
    parent: Block | None
    symbols: dict[str, symtable.Symbol]
    children: list[Block] = field(default_factory=list)
    is_factory: bool = False
    """Whether a repair has put this block around functions that were in its parent before."""

    def owner(self, name: str) -> Block:
        """Return the block whose variable a name means, seen from this block: the module's for globals and builtins."""
        symbol = self.symbols.get(name)
        if symbol and symbol.is_local() and not symbol.is_global():
            return self
        if symbol and symbol.is_global():
            return self.root
        around = list(self.outer)
        owners = [block for block in around if block.kind not in ("module", "class") and block.has_local(name)]
        if not owners and symbol:
            # From 3.12 on, a comprehension is part of the block around it: a class and a module can own a cell then.
            owners = [block for block in around if block.has_local(name)]
        return owners[0] if owners else self.root

    @property
    def outer(self) -> Iterator[Block]:
        """The blocks around this one, nearest first."""
        if self.parent:
            yield self.parent
            yield from self.parent.outer

    def has_local(self, name: str) -> bool:
        """Return whether a name is a variable of this very block."""
        return name in self.symbols and self.symbols[name].is_local()

    @property
    def evaluator(self) -> Block:
        """The block that evaluates the defaults of this function. Type parameters stand between, and do not count."""
        around = self.parent or self
        return around.evaluator if around.kind.startswith("type") else around

    @property
    def root(self) -> Block:
        """The block of the module."""
        return self.parent.root if self.parent else self

    def inside(self, outer: Block) -> bool:
        """Return whether this is `outer` or nested in it."""
        return self is outer or (self.parent is not None and self.parent.inside(outer))


Moved = Callable[[Block, Block, str], bool]
Owner = Callable[[Block, str], Block | None]
Kept = Callable[[CodeType, CodeType, str, CodeType | None], bool]


@dataclass(frozen=True, slots=True)
class Promise:
    """What a repair of one kind says will be different afterwards. Everything that it does not say must stay.

    `expect(node, change)` makes the change on a copy of the node and returns what stands in its place then.
    `moved(before, after, name)` says whether a name of one block changed as promised; `owner(block, name)` whose
    variable it is then. `kept(before, after, name, around)` is the same question for the code object; `around` is that
    of the factory, if there is one. The parameters are how many arguments each name adds to the function.
    `fresh(change)` are the other names that the block around binds or reads from now on. `is_factory` says that the
    function is made in a new one, which takes the names as its parameters.

    A repair that no variable changes hands by has `touched(before, after)` instead: whether the code object around the
    node differs as promised. `imports` is the full name of a function that the repair calls: where the module does not
    import it, an import comes along. `gone(change)` are the names that a block need not mention any more.
    """

    expect: Callable[[ast.AST, Change], ast.AST | list[ast.AST]]
    moved: Moved = lambda before, after, name: False
    owner: Owner = lambda block, name: None
    kept: Kept = lambda before, after, name, around: False
    keyword_parameters: int = 0
    positional_parameters: int = 0
    fresh: Callable[[Change], set[str]] = lambda change: set()
    is_factory: bool = False
    touched: Callable[[CodeType, CodeType], bool] | None = None
    imports: str = ""
    gone: Callable[[Change], set[str]] = lambda change: set()

    @property
    def takes(self) -> bool:
        """Whether the value is taken when the function is made."""
        return bool(self.keyword_parameters or self.positional_parameters or self.is_factory)


@dataclass(frozen=True, slots=True)
class Change:
    """One repair of one function of the tree before: the promise, and for which variables it is given.

    `parents` are those of the tree before, `indent` is one step of indentation at this place, `width` how many
    characters a line may have.
    """

    node: ast.AST
    names: tuple[str, ...]
    promise: Promise
    parents: Parents
    indent: str = "    "
    width: int = 88


class Broken(Exception):
    """A promise that was not kept; the text says which one."""
