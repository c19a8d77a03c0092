"""Which annotation does a bound variable bring along? That of the variable, if the function is annotated itself."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from flake8_closures.fixes.promise import Change, Def
from flake8_closures.tree import Parents, parameters_of

_NOT_FOR_PARAMETERS = ("Final", "ClassVar", "TypeAlias", "InitVar")


def annotation(name: str, change: Change) -> ast.expr | None:
    """Return the annotation for the parameter that binds a variable in the function of a change; None if there is none.

    The annotation of a local variable is never evaluated, that of a parameter is: one that may fail there comes as a
    string.
    """
    node, parents = change.node, change.parents
    if not isinstance(node, Def) or not any(True for _ in _signature(node)):
        return None
    found = next(_annotations(node, name, parents), None)
    if found is None or isinstance(found, ast.Constant):
        return found
    words = {inner.id for inner in ast.walk(found) if isinstance(inner, ast.Name)}
    last = {inner.attr for inner in ast.walk(found) if isinstance(inner, ast.Attribute)}
    if (words | last) & set(_NOT_FOR_PARAMETERS):
        return None
    known = {inner.id for each in _signature(node) for inner in ast.walk(each) if isinstance(inner, ast.Name)}
    if words - known - set(dir(builtins)) and not _is_postponed(parents.module):
        return ast.Constant(ast.unparse(found))
    return found


def _signature(node: Def) -> Iterator[ast.expr]:
    """Yield the annotations of a function."""
    for each in parameters_of(node.args):
        if each.annotation:
            yield each.annotation
    if node.returns:
        yield node.returns


def _annotations(node: ast.AST, name: str, parents: Parents) -> Iterator[ast.expr]:
    """Yield the annotations that a name has in the function or module around a node."""
    around = parents.get(node)
    while around is not None and not isinstance(around, Def | ast.Module):
        if isinstance(around, ast.Lambda | ast.ClassDef | ast.ListComp | ast.SetComp | ast.DictComp):
            return
        around = parents.get(around)
    if around is None:
        return
    waiting: list[ast.AST] = [*around.body]
    if isinstance(around, Def):
        waiting += [*around.args.posonlyargs, *around.args.args, *around.args.kwonlyargs]
    for inner in waiting:
        target = inner.target if isinstance(inner, ast.AnnAssign) else None
        named = inner.arg if isinstance(inner, ast.arg) else getattr(target, "id", "")
        if named == name and isinstance(inner, ast.arg | ast.AnnAssign) and inner.annotation:
            yield inner.annotation
        elif not isinstance(inner, Def | ast.ClassDef | ast.expr):
            waiting += ast.iter_child_nodes(inner)


def _is_postponed(module: ast.Module) -> bool:
    """Return whether a module does not evaluate its annotations."""
    return any(
        isinstance(statement, ast.ImportFrom)
        and statement.module == "__future__"
        and any(alias.name == "annotations" for alias in statement.names)
        for statement in module.body
    )
