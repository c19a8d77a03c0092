"""Which `with` blocks close something at their end, and what can no longer be done with it then?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_closures.facts.callees import Later, runs_later
from flake8_closures.facts.knowledge import Effect, Knowledge, lifetimes
from flake8_closures.facts.lifetime.origins import Origins
from flake8_closures.facts.names import managed
from flake8_closures.model import Binding, Confidence

_KINDS = {name: kind for names, kind in lifetimes.RESOURCES.items() for name in names.split()}
_DRAWING = {f"builtins.{name}" for name in "iter next list tuple set sum max min sorted any all map filter zip".split()}


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """What a `with` statement gives a name to, and closes, or removes, at its end. `kind` is a key of `FAILING`."""

    binding: Binding
    statement: ast.With | ast.AsyncWith
    kind: str
    confidence: Confidence

    @property
    def is_folder(self) -> bool:
        """Whether it is the path of a folder, which is removed."""
        return self.kind == lifetimes.FOLDER


def find(origins: Origins) -> Iterator[Resource]:
    """Yield what `with` statements give a name to and close, as far as it is known."""
    for binding in origins.with_targets:
        statement = binding.statement
        if not isinstance(statement, ast.With | ast.AsyncWith):
            continue
        opened = managed(binding)
        if not isinstance(opened, ast.Call):
            continue
        kind, confidence = _kind(origins, opened)
        if kind:
            yield Resource(binding, statement, kind, confidence)
        if kind == lifetimes.FOLDER:
            yield from _inside(origins, binding, statement)
        elif origins.names.dotted(opened.func) in lifetimes.STACKS:
            yield from _entered(origins, binding, statement)


def _inside(
    origins: Origins, folder: Binding, statement: ast.With | ast.AsyncWith, depth: int = 3
) -> Iterator[Resource]:
    """Yield the paths that are made of a folder's, and have a name."""
    variable = origins.names.variable(folder.node)
    for reference in variable.references if variable and depth else ():
        binding = _bound_to(origins, _path_of(origins, reference.node))
        if binding is not None and binding is not folder:
            yield Resource(binding, statement, lifetimes.FOLDER, Confidence.CERTAIN)
            yield from _inside(origins, binding, statement, depth - 1)


def _entered(origins: Origins, stack: Binding, statement: ast.With | ast.AsyncWith) -> Iterator[Resource]:
    """Yield what is entered on an `ExitStack`, which closes it at the end, unless that is handed on by `pop_all`."""
    variable = origins.names.variable(stack.node)
    methods = [origins.parent(reference.node) for reference in variable.references] if variable else []
    if any(isinstance(method, ast.Attribute) and method.attr == "pop_all" for method in methods):
        return
    for method in methods:
        call = origins.parent(method) if isinstance(method, ast.Attribute) and method.attr in lifetimes.ENTERS else None
        opened = call.args[0] if isinstance(call, ast.Call) and call.args else None
        binding = _bound_to(origins, call) if isinstance(opened, ast.Call) else None
        kind, confidence = _kind(origins, opened) if isinstance(opened, ast.Call) else ("", Confidence.POSSIBLE)
        if binding is not None and kind:
            yield Resource(binding, statement, kind, confidence)


def _bound_to(origins: Origins, value: ast.AST | None) -> Binding | None:
    """Return the only binding of the name that a value, or what it gives when it is awaited, is assigned to."""
    around = origins.parent(value) if value is not None else None
    if isinstance(around, ast.Await):
        around = origins.parent(around)
    variable = origins.names.variable(around.targets[0]) if isinstance(around, ast.Assign) else None
    return variable.bindings[0] if variable is not None and len(variable.bindings) == 1 else None


def _kind(origins: Origins, opened: ast.Call) -> tuple[str, Confidence]:
    """Return what kind of resource a call opens, empty where it is not known, and how sure that is."""
    dotted = origins.names.dotted(opened.func)
    if dotted in _KINDS:
        return _KINDS[dotted], Confidence.CERTAIN
    if dotted in lifetimes.CLOSING:
        inner = opened.args[0] if opened.args else None
        if isinstance(inner, ast.Call):
            kind = lifetimes.CLOSED_BY.get(origins.names.dotted(inner.func), "")
            return (kind, Confidence.CERTAIN) if kind else _by_method(inner)
    return _by_method(opened) if not dotted else ("", Confidence.POSSIBLE)


def _by_method(opened: ast.Call) -> tuple[str, Confidence]:
    method = opened.func.attr if isinstance(opened.func, ast.Attribute) else ""
    return lifetimes.OPENERS.get(method, ""), Confidence.LIKELY


def fails(origins: Origins, resource: Resource, read: ast.AST) -> bool:
    """Return whether what is done with the resource at a read is impossible once it is closed."""
    if resource.is_folder:
        return _opens(origins, resource, read)
    failing = lifetimes.FAILING[resource.kind]
    around = origins.parent(read)
    if isinstance(around, ast.Attribute):
        return around.attr in failing and isinstance(around.ctx, ast.Load)
    if isinstance(around, ast.For | ast.AsyncFor | ast.comprehension):
        return "for" in failing and around.iter is read
    if isinstance(around, ast.Subscript):
        return "[]" in failing and around.value is read
    if isinstance(around, ast.YieldFrom | ast.Starred):
        return "for" in failing
    if isinstance(around, ast.Call) and around.func is not read:
        dotted = origins.names.dotted(around.func)
        return "call" in failing and (dotted in _DRAWING or not dotted.startswith("builtins."))
    return False


def _opens(origins: Origins, resource: Resource, path: ast.AST) -> bool:
    """Return whether a path, or one that is made of it, is opened, listed or the like."""
    path = _path_of(origins, path)
    around = origins.parent(path)
    failing = lifetimes.FAILING[resource.kind]
    if isinstance(around, ast.Attribute):
        return around.attr in failing and origins.call_of(around) is not None
    return isinstance(around, ast.Call) and path in around.args[:1] and origins.names.dotted(around.func) in failing


def _path_of(origins: Origins, path: ast.AST) -> ast.AST:
    """Return the whole expression of a path that is made of another one."""
    around = origins.parent(path)
    while (
        isinstance(around, ast.BinOp | ast.JoinedStr | ast.FormattedValue)
        or (isinstance(around, ast.Call) and origins.names.dotted(around.func) in lifetimes.MAKING_PATHS)
        or (isinstance(around, ast.Attribute) and around.attr == "joinpath")
    ):
        call = origins.parent(around)
        path = call if isinstance(around, ast.Attribute) and isinstance(call, ast.Call) else around
        around = origins.parent(path)
    return path


def lazy(origins: Origins, resource: Resource, read: ast.AST, knowledge: Knowledge) -> ast.AST | None:
    """Return the lazy iterator that is made of the resource at a read, or the bound method, if one is."""
    drawing = lifetimes.LAZY.get(resource.kind, frozenset())
    around = origins.parent(read)
    if isinstance(around, ast.Attribute):
        call = origins.parent(around)
        if not isinstance(call, ast.Call) or call.func is not around:
            return _method(origins, resource, around, call, knowledge)
        return call if around.attr in drawing else None
    if "self" not in drawing:
        return None
    if isinstance(around, ast.comprehension):
        made = origins.parent(around)
        is_first = isinstance(made, ast.GeneratorExp) and made.generators[0] is around and around.iter is read
        return made if is_first else None
    if isinstance(around, ast.Call) and read in around.args:
        return around if _hands_on(origins, around, around.args.index(read), knowledge) else None
    return None


def _method(
    origins: Origins, resource: Resource, method: ast.Attribute, around: ast.AST | None, knowledge: Knowledge
) -> ast.AST | None:
    """Return what keeps a bound method that fails later: the method itself, or the iterator that will call it."""
    if method.attr not in lifetimes.FAILING[resource.kind]:
        return None
    if isinstance(around, ast.Call) and method in around.args:
        known = knowledge.callee(origins.names.dotted(around.func), around.args.index(method), function=True)
        return around if known is not None and known.effect is Effect.ITERATED else method
    return method


def _hands_on(origins: Origins, call: ast.Call, place: int, knowledge: Knowledge) -> bool:
    """Return whether a call only makes an iterator that will draw from its argument."""
    functions = origins.callees.functions(call.func)
    if functions:
        return all(runs_later(function) is Later.GENERATOR for function in functions)
    dotted = origins.names.dotted(call.func)
    known = knowledge.callee(dotted, place, function=False) if dotted else None
    return known is not None and known.effect is Effect.ITERATED
