"""How does a function come to share a variable of another block? By a declaration before its first statement."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from types import CodeType
from typing import cast

import libcst as cst

from flake8_closures.fixes.parameters import listed
from flake8_closures.fixes.promise import Change, Def, Kept, Moved, Objection, Owner, Promise
from flake8_closures.fixes.vocabulary import bound, private
from flake8_closures.tree import Parents

_DECLARATIONS: dict[str, type[ast.Nonlocal | ast.Global]] = {"nonlocal": ast.Nonlocal, "global": ast.Global}
Rewrite = Callable[[cst.Lambda | cst.FunctionDef, Change], cst.Lambda | cst.FunctionDef | str]


def _objection(keyword: str, node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a declaration with this keyword is not possible, or would not do what is meant."""
    if not isinstance(node, Def):
        return f"only a def can hold a {keyword} statement"
    if name in listed(node):
        return f"{name!r} is a parameter of {node.name!r}"
    around: ast.AST | None = node
    while around is not None:
        if any(parameter.name == name for parameter in getattr(around, "type_params", ())):
            return f"{name!r} is a type parameter of {getattr(around, 'name', '')!r}"
        around = parents.get(around)
    if reason := private(node, name, parents):
        return reason
    binds = False
    for inner in _own(node):
        if isinstance(inner, ast.Nonlocal | ast.Global) and name in inner.names:
            return f"{name!r} is declared in {node.name!r} already"
        if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name) and inner.target.id == name:
            return f"{name!r} is annotated in {node.name!r}, and an annotated name cannot be declared {keyword}"
        if isinstance(inner, ast.ExceptHandler) and inner.name == name:
            return f"the except clause of {node.name!r} would unbind the outer {name!r}"
        binds = binds or name in bound(inner)
    return "" if binds else f"{node.name!r} does not bind {name!r}"


def _own(node: Def) -> list[ast.AST]:
    """Return the nodes of a body, without those of the functions and classes in it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        inner = waiting.pop()
        found.append(inner)
        if isinstance(inner, Def | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(inner, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # A comprehension keeps its targets to itself; a walrus in it belongs to the function.
            waiting += [walrus.target for walrus in ast.walk(inner) if isinstance(walrus, ast.NamedExpr)]
            continue
        waiting += ast.iter_child_nodes(inner)
    return found


def _place(keyword: str, node: Def, names: Sequence[str]) -> tuple[int, bool]:
    """Return the index of the statement that takes the declaration, and whether it is one already.

    A declaration goes behind the docstring, or into the first one with the same keyword that comes before every
    mention of the names.
    """
    for index, statement in enumerate(node.body):
        if isinstance(statement, _DECLARATIONS[keyword]):
            return index, True
        if any(name in _words(inner) for inner in ast.walk(statement) for name in names):
            break
    return int(ast.get_docstring(node, clean=False) is not None), False


def _words(node: ast.AST) -> list[object]:
    """Return every name in the fields of one node, attributes included: too many rather than too few."""
    if isinstance(node, ast.Constant):
        return []
    values = [value for _, value in ast.iter_fields(node)]
    return [word for value in values for word in (value if isinstance(value, list) else [value])]


def _declared(
    keyword: str, function: cst.Lambda | cst.FunctionDef, node: ast.AST, names: Sequence[str]
) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with the names declared, or why that cannot be written."""
    assert isinstance(function, cst.FunctionDef) and isinstance(node, Def)
    index, merge = _place(keyword, node, names)
    suite = function.body
    if isinstance(suite, cst.SimpleStatementSuite):
        return function.with_changes(body=suite.with_changes(body=_inserted(suite.body, index, keyword, names, merge)))
    lines: list[cst.BaseStatement] = [line for line in suite.body if isinstance(line, cst.BaseStatement)]
    for number, line in enumerate(lines):
        small = line.body if isinstance(line, cst.SimpleStatementLine) else [None]
        if index < len(small) and (index or merge):
            assert isinstance(line, cst.SimpleStatementLine)
            lines[number] = line.with_changes(body=_inserted(line.body, index, keyword, names, merge))
            break
        if index == 0:
            leading = cast("Sequence[cst.EmptyLine]", getattr(line, "leading_lines", ()))
            comments, rest = _type_comment(leading) if number == 0 else ([], leading)
            lines[number] = line.with_changes(leading_lines=rest)
            lines.insert(number, cst.SimpleStatementLine([_statement(keyword, names)], leading_lines=comments))
            break
        index -= len(small)
    else:
        return "there is no statement to put the declaration before"
    return function.with_changes(body=suite.with_changes(body=lines))


def _inserted(
    small: Sequence[cst.BaseSmallStatement], index: int, keyword: str, names: Sequence[str], merge: bool
) -> list[cst.BaseSmallStatement]:
    """Return the statements of one line with the declaration among them."""
    found = list(small)
    if merge:
        existing = found[index]
        assert isinstance(existing, cst.Nonlocal | cst.Global)
        listed = [item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in existing.names[-1:]]
        listed += [cst.NameItem(cst.Name(name)) for name in names]
        found[index] = existing.with_changes(names=[*existing.names[:-1], *listed])
    else:
        separator = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))
        found.insert(index, _statement(keyword, names).with_changes(semicolon=separator))
    return found


def _statement(keyword: str, names: Sequence[str]) -> cst.Nonlocal | cst.Global:
    items = [cst.NameItem(cst.Name(name)) for name in names]
    return cst.Nonlocal(items) if keyword == "nonlocal" else cst.Global(items)


def _type_comment(lines: Sequence[cst.EmptyLine]) -> tuple[Sequence[cst.EmptyLine], Sequence[cst.EmptyLine]]:
    """Part the lines behind a type comment: that of a function counts only on the first line of its body."""
    first = next((number for number, line in enumerate(lines) if line.comment), None)
    if first is not None:
        comment = lines[first].comment
        if comment and comment.value.replace(" ", "").startswith("#type:"):
            return lines[: first + 1], lines[first + 1 :]
    return [], lines


# What must be true afterwards.


def _expected(keyword: str, node: ast.AST, names: Sequence[str]) -> ast.AST:
    """Make the change on the syntax tree and return the node."""
    assert isinstance(node, Def)
    index, merge = _place(keyword, node, names)
    statement = node.body[index]
    if merge and isinstance(statement, ast.Nonlocal | ast.Global):
        statement.names += names
    else:
        node.body.insert(index, _DECLARATIONS[keyword](names=[*names]))
    return node


def gave_up(before: CodeType, after: CodeType, name: str) -> bool:
    """Return whether a code object had a variable of its own with this name, and has none any more."""
    was, now = (name in code.co_varnames or name in code.co_cellvars for code in (before, after))
    return was and not now


def repair(keyword: str, moved: Moved, owner: Owner, kept: Kept) -> tuple[Objection, Rewrite, Promise]:
    """Return the parts of a repair that declares names by a keyword: a module's `objection`, `rewrite` and `promise`.

    The other arguments are those of `Promise`.
    """

    def objection(node: ast.AST, name: str, parents: Parents) -> str:
        return _objection(keyword, node, name, parents)

    def rewrite(function: cst.Lambda | cst.FunctionDef, change: Change) -> cst.Lambda | cst.FunctionDef | str:
        return _declared(keyword, function, change.node, change.names)

    promise = Promise(lambda node, change: _expected(keyword, node, change.names), moved, owner, kept)
    return objection, rewrite, promise
