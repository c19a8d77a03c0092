"""Did a repair do what it promised, and nothing else? CPython's own compiler is asked, before and after."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType

FLAGS = 0x01 | 0x04 | 0x08 | 0x20 | 0x80 | 0x200
"""The co_flags that say what a function is: optimized, *args, **kwargs, generator, coroutine, async generator."""


@dataclass(slots=True, eq=False)
class Block:
    """One block of CPython's symbol table: a module, a class, a function, a lambda or a comprehension."""

    name: str
    kind: str
    parent: Block | None
    symbols: dict[str, symtable.Symbol]
    children: list[Block] = field(default_factory=list)

    def owner(self, name: str) -> Block:
        """Return the block whose variable a name is, seen from this block: the module's for globals and builtins."""
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
        """The blocks around this one, the nearest first."""
        if self.parent:
            yield self.parent
            yield from self.parent.outer

    def has_local(self, name: str) -> bool:
        """Return whether a name is a variable of this very block."""
        return name in self.symbols and self.symbols[name].is_local()

    @property
    def evaluator(self) -> Block:
        """The block that evaluates the defaults of this function. Type parameters stand between, and are not asked."""
        around = self.parent or self
        return around.evaluator if around.kind.startswith("type") else around

    @property
    def root(self) -> Block:
        """The block of the module."""
        return self.parent.root if self.parent else self

    def inside(self, outer: Block) -> bool:
        """Return whether this is `outer` or stands in it."""
        return self is outer or (self.parent is not None and self.parent.inside(outer))


@dataclass(frozen=True, slots=True)
class Promise:
    """What a repair of one kind says will be different afterwards. Everything that it does not say must stay.

    `expect(node, names)` makes the change on the syntax tree. `moved(before, after)` says whether the symbol of one
    block changed as promised; `owner(block, name)` whose variable the name is then. `kept(before, after, name)` is the
    same question for the code object. `parameters` is how many arguments each name adds to the function.
    """

    expect: Callable[[ast.AST, Sequence[str]], None]
    moved: Callable[[symtable.Symbol | None, symtable.Symbol | None], bool]
    owner: Callable[[Block, str], Block | None]
    kept: Callable[[CodeType, CodeType, str], bool]
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One repair of one function of the tree before: the promise, and for which variables it is given."""

    node: ast.AST
    names: tuple[str, ...]
    promise: Promise


@dataclass(frozen=True, slots=True)
class Picture:
    """What CPython makes of a text."""

    tree: str
    blocks: Block
    code: CodeType


Moves = dict[tuple[Block, str], Promise]
"""The blocks and names of the text before that a promise came true for."""


class Broken(Exception):
    """A promise that was not kept; the text says which."""


def prove(before: str, after: str, changes: Sequence[Change]) -> str:
    """Return why a new text must not replace the old one, or an empty string if everything promised is true of it.

    `changes` are all changes between the two texts; their nodes are of the tree of the text before. Raises nothing.
    """
    try:
        try:
            old = _picture(before)
        except (SyntaxError, ValueError) as error:
            raise Broken(f"the file does not compile as it is: {error}") from None
        try:
            new = _picture(after)
        except (SyntaxError, ValueError) as error:
            raise Broken(f"the result does not compile: {_said(error)}") from None
        _compare_trees(before, new, changes)
        _compare_blocks(old.blocks, new.blocks, changes)
        _compare_code(old.code, new.code, changes)
    except Broken as error:
        return str(error)
    except (RecursionError, MemoryError):
        return "the file is nested too deeply to prove a repair"
    return ""


def _said(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)


def _parse(text: str) -> ast.Module:
    """Parse with type comments if they make sense, so that a repair cannot part one from its function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text, type_comments=True)
        except SyntaxError:
            return ast.parse(text)
    for ignore in tree.type_ignores:
        # These are the only nodes whose line is a field like any other.
        ignore.lineno = 0
    return tree


@lru_cache(maxsize=4)
def _picture(text: str) -> Picture:
    """Raises SyntaxError, ValueError, RecursionError and MemoryError as the compiler does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(text, "<text>", "exec", dont_inherit=True, optimize=0)
        table = symtable.symtable(text, "<text>", "exec")
    return Picture(ast.dump(_parse(text)), _block(table, None), code)


def _block(table: symtable.SymbolTable, parent: Block | None) -> Block:
    block = Block(
        table.get_name(),
        str(getattr(table.get_type(), "value", table.get_type())),
        parent,
        # Those with a dot are the compiler's own: `.0` of a comprehension, `.kwdefaults` of a generic function.
        {symbol.get_name(): symbol for symbol in table.get_symbols() if not symbol.get_name().startswith(".")},
    )
    block.children = [_block(child, block) for child in table.get_children()]
    return block


# The syntax tree: make the promised change by hand and compare.


def _compare_trees(before: str, new: Picture, changes: Sequence[Change]) -> None:
    tree = _parse(before)
    wanted = {_place(change.node): change for change in changes}
    for node in list(ast.walk(tree)):
        change = wanted.pop(_place(node), None)
        if change:
            change.promise.expect(node, change.names)
    if wanted or ast.dump(tree) != new.tree:
        raise Broken("the result differs from the original in more than the promised change")


def _place(node: ast.AST) -> tuple[str, int, int]:
    return type(node).__name__, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


# The symbol table: who owns which name.


def _compare_blocks(old: Block, new: Block, changes: Sequence[Change]) -> None:
    """Each name of each block belongs to the block that it belonged to, but for the names that were promised."""
    pairs = dict(_pairs(old, new))
    moves: Moves = {}
    for before, after in pairs.items():
        for change in changes:
            for name in change.names:
                if change.promise.moved(before.symbols.get(name), after.symbols.get(name)):
                    moves[before, name] = change.promise
    given = Counter((_block_name(change.node), name, change.promise) for change in changes for name in change.names)
    if Counter((block.name, name, promise) for (block, name), promise in moves.items()) != given:
        raise Broken("the variable did not move to where it was promised")
    for (block, name), promise in moves.items():
        source = block.owner(name)
        if promise.parameters and pairs[block].evaluator.owner(name) is not pairs[source]:
            raise Broken(f"{name!r} is another variable where the default is taken")
    for before, after in pairs.items():
        for name in before.symbols.keys() & after.symbols.keys():
            if after.owner(name) is not _promised_owner(before, name, pairs, moves):
                raise Broken(f"{name!r} in {before.name!r} is no longer the same variable")
        for name in before.symbols.keys() ^ after.symbols.keys():
            if not _is_on_the_way(before, after, name, pairs, moves):
                raise Broken(f"{name!r} appeared or vanished in {before.name!r}")


def _promised_owner(before: Block, name: str, pairs: Mapping[Block, Block], moves: Moves) -> Block:
    """Return the block after the repair whose variable a name has to be."""
    owner = before.owner(name)
    block: Block | None = before
    while block:
        promise = moves.get((block, name))
        # A parameter takes over what came from outside, a declaration gives away what was the function's own.
        if promise and (owner is block if not promise.parameters else not owner.inside(block)):
            wanted = promise.owner(pairs[block], name)
            if wanted is None:
                raise Broken(f"there is no variable {name!r} to declare")
            return wanted
        block = block.parent
    return pairs[owner]


def _is_on_the_way(before: Block, after: Block, name: str, pairs: Mapping[Block, Block], moves: Moves) -> bool:
    """Return whether a block passes a variable on to a changed function, or reads it there for a default."""
    for (block, moved), promise in moves.items():
        if moved != name or not (block.inside(before) or before.inside(block)):
            continue
        if name not in after.symbols:
            return True
        if before.inside(block):
            wanted = promise.owner(pairs[block], name)
        else:
            wanted = pairs[block.owner(name)] if promise.parameters else pairs[block].owner(name)
        if after.owner(name) is wanted:
            return True
    return False


def _pairs(old: Block, new: Block) -> Iterator[tuple[Block, Block]]:
    if (old.name, old.kind, len(old.children)) != (new.name, new.kind, len(new.children)):
        raise Broken("the functions of the file are no longer the same")
    yield old, new
    for before, after in zip(old.children, new.children, strict=True):
        yield from _pairs(before, after)


def _block_name(node: ast.AST) -> str:
    return str(getattr(node, "name", "lambda"))


# The code objects: what will be executed.


def _compare_code(old: CodeType, new: CodeType, changes: Sequence[Change]) -> None:
    """A code object that mentions none of the names is byte for byte the same, the others are but for these names."""
    names = {name for change in changes for name in change.names}
    kept: Counter[tuple[str, str, Promise]] = Counter()
    for before, after in _code_pairs(old, new):
        added = 0
        for name in names & _mentions(after):
            for promise in dict.fromkeys(change.promise for change in changes if name in change.names):
                if promise.kept(before, after, name):
                    kept[before.co_name, name, promise] += 1
                    added += promise.parameters
        if _shape(before, names) != _shape(after, names, added):
            raise Broken(f"the signature or another variable of {before.co_name!r} changed")
        if (
            not names & (_mentions(before) | _mentions(after))
            and not _is_moved(before)
            and _content(before) != _content(after)
        ):
            raise Broken(f"the code of {before.co_name!r} changed, which the repair has nothing to do with")
    given = Counter((_code_name(change.node), name, change.promise) for change in changes for name in change.names)
    if kept != given:
        raise Broken("the compiled function does not do what was promised")


def _code_pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    inner = [const for const in old.co_consts if isinstance(const, CodeType)]
    others = [const for const in new.co_consts if isinstance(const, CodeType)]
    if [code.co_name for code in inner] != [code.co_name for code in others]:
        raise Broken("the compiled functions of the file are no longer the same")
    yield old, new
    for before, after in zip(inner, others, strict=True):
        yield from _code_pairs(before, after)


def _mentions(code: CodeType) -> set[str]:
    return {*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names}


def _shape(code: CodeType, names: set[str], added: int = 0) -> tuple[object, ...]:
    tables = (code.co_varnames, code.co_cellvars, code.co_freevars, code.co_names)
    arguments = [name for name in code.co_varnames[: code.co_argcount] if not name.startswith(".")]
    return (
        (code.co_name, arguments, code.co_posonlyargcount, code.co_kwonlyargcount - added, code.co_flags & FLAGS),
        # Sorted: a variable that stops being a cell may change its place among those that stay.
        *(sorted(name for name in table if name not in names and not name.startswith(".")) for table in tables),
    )


def _is_moved(code: CodeType) -> bool:
    """Return whether code changes with its place: it hands on the defaults of a generic function, or has its line."""
    return code.co_name.startswith("<generic parameters of") or "__firstlineno__" in code.co_names


def _content(code: CodeType) -> tuple[object, ...]:
    constants = [_constant(const) for const in code.co_consts if not isinstance(const, CodeType)]
    return code.co_code, constants, getattr(code, "co_exceptiontable", b"")


def _code_name(node: ast.AST) -> str:
    return str(getattr(node, "name", "<lambda>"))


def _constant(value: object) -> str:
    """Return a constant with its type; the order of a set is not its own."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_constant, value))})"
    return f"{{{', '.join(sorted(map(_constant, value)))}}}" if isinstance(value, frozenset) else repr(value)
