"""Which `with` blocks close something at their end, and what can no longer be done with it then?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flake8_closures.facts.functions import Later, runs_later
from flake8_closures.facts.knowledge import Effect, Knowledge, lifetimes
from flake8_closures.facts.names import managed
from flake8_closures.facts.positions import stands_in
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.model import Binding, Confidence

_KINDS = {name: kind for names, kind in lifetimes.RESOURCES.items() for name in names.split()}
_DRAWING = {f"builtins.{name}" for name in "iter next list tuple set sum max min sorted any all map filter zip".split()}
_PRINT = "builtins.print"
PARTIAL = "functools.partial"


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """What a `with` statement names, and closes or removes at its end. `kind` is a key of `FAILING`.

    With `is_many` the name stands for a list, or the values of a dict, of such things.
    """

    binding: Binding
    statement: ast.With | ast.AsyncWith
    kind: str
    confidence: Confidence
    is_many: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is the path of a folder, which is removed."""
        return self.kind == lifetimes.FOLDER


def find(semantics: SemanticModel) -> Iterator[Resource]:
    """Yield what `with` statements name and close, as far as it is known."""
    for binding in semantics.with_targets:
        statement = binding.statement
        if not isinstance(statement, ast.With | ast.AsyncWith):
            continue
        opened = managed(binding)
        if not isinstance(opened, ast.Call):
            continue
        kind, confidence = _kind(semantics, opened)
        if kind:
            yield Resource(binding, statement, kind, confidence)
        if kind == lifetimes.FOLDER:
            yield from _inside(semantics, binding, statement)
        elif semantics.names.dotted(opened.func) in lifetimes.STACKS:
            yield from _entered(semantics, binding, statement)


def _inside(
    semantics: SemanticModel, folder: Binding, statement: ast.With | ast.AsyncWith, depth: int = 3
) -> Iterator[Resource]:
    """Yield the paths that are made of a folder's path, and have a name."""
    variable = semantics.names.variable(folder.node)
    for reference in variable.references if variable and depth else ():
        binding = _bound_to(semantics, _path_of(semantics, reference.node))
        if binding is not None and binding is not folder:
            yield Resource(binding, statement, lifetimes.FOLDER, Confidence.CERTAIN)
            yield from _inside(semantics, binding, statement, depth - 1)


def _entered(semantics: SemanticModel, stack: Binding, statement: ast.With | ast.AsyncWith) -> Iterator[Resource]:
    """Yield what is entered on an `ExitStack`, which closes it at the end, unless `pop_all` hands it on."""
    variable = semantics.names.variable(stack.node)
    methods = [semantics.parent(reference.node) for reference in variable.references] if variable else []
    if any(isinstance(method, ast.Attribute) and method.attr == "pop_all" for method in methods):
        return
    for method in methods:
        call = (
            semantics.parent(method) if isinstance(method, ast.Attribute) and method.attr in lifetimes.ENTERS else None
        )
        opened = call.args[0] if isinstance(call, ast.Call) and call.args else None
        if not isinstance(call, ast.Call) or not isinstance(opened, ast.Call):
            continue
        kind, confidence = _kind(semantics, opened)
        one = _bound_to(semantics, call)
        binding = one or _gathered_in(semantics, call)
        if binding is not None and kind:
            yield Resource(binding, statement, kind, confidence, is_many=one is None)


def _gathered_in(semantics: SemanticModel, item: ast.Call) -> Binding | None:
    """Return the only binding of the list or dict that an item is put into: by a comprehension, or by `append`."""
    around = semantics.parent(item)
    if isinstance(around, ast.ListComp | ast.DictComp):
        return _bound_to(semantics, around) if item is not getattr(around, "key", None) else None
    adds = around.func if isinstance(around, ast.Call) and around.args == [item] else None
    if not isinstance(adds, ast.Attribute) or adds.attr != "append":
        return None
    variable = semantics.names.variable(adds.value)
    binding = variable.bindings[0] if variable is not None and len(variable.bindings) == 1 else None
    return binding if binding is not None and isinstance(binding.value, ast.List) else None


def _bound_to(semantics: SemanticModel, value: ast.AST | None) -> Binding | None:
    """Return the only binding of the name that a value, awaited or not, is assigned to."""
    around = semantics.parent(value) if value is not None else None
    if isinstance(around, ast.Await):
        around = semantics.parent(around)
    variable = semantics.names.variable(around.targets[0]) if isinstance(around, ast.Assign) else None
    return variable.bindings[0] if variable is not None and len(variable.bindings) == 1 else None


def _kind(semantics: SemanticModel, opened: ast.Call) -> tuple[str, Confidence]:
    """Return what kind of resource a call opens, empty if unknown, and how certain that is."""
    dotted = semantics.names.dotted(opened.func)
    if dotted in _KINDS:
        return _KINDS[dotted], Confidence.CERTAIN
    if dotted in lifetimes.CLOSING:
        inner = opened.args[0] if opened.args else None
        if isinstance(inner, ast.Call):
            kind = lifetimes.CLOSED_BY.get(semantics.names.dotted(inner.func), "")
            return (kind, Confidence.CERTAIN) if kind else _by_method(inner)
    return _by_method(opened) if not dotted else ("", Confidence.POSSIBLE)


def _by_method(opened: ast.Call) -> tuple[str, Confidence]:
    method = opened.func.attr if isinstance(opened.func, ast.Attribute) else ""
    return lifetimes.OPENERS.get(method, ""), Confidence.LIKELY


def fails(semantics: SemanticModel, resource: Resource, read: ast.AST) -> bool:
    """Return whether what a read does with the resource is impossible once it is closed."""
    if resource.is_many:
        one = replace(resource, is_many=False)
        return any(fails(semantics, one, item) for item in _items(semantics, read, resource))
    if resource.is_folder:
        return _opens(semantics, resource, read)
    failing = lifetimes.FAILING[resource.kind]
    around = semantics.parent(read)
    if isinstance(around, ast.Attribute):
        return around.attr in failing and isinstance(around.ctx, ast.Load)
    if isinstance(around, ast.For | ast.AsyncFor | ast.comprehension):
        return "for" in failing and around.iter is read
    if isinstance(around, ast.Subscript):
        return "[]" in failing and around.value is read
    if isinstance(around, ast.YieldFrom | ast.Starred):
        return "for" in failing
    is_named = isinstance(around, ast.keyword)
    call = semantics.parent(around) if isinstance(around, ast.keyword) else around
    return isinstance(call, ast.Call) and call.func is not read and _uses(semantics, resource, call.func, is_named)


def _uses(semantics: SemanticModel, resource: Resource, function: ast.expr, is_named: bool) -> bool:
    """Return whether a function uses a resource that it is given, as far as is known: `print` the one named `file`."""
    dotted = semantics.names.dotted(function)
    is_asked = dotted.startswith("builtins.") and dotted not in _DRAWING and not (is_named and dotted == _PRINT)
    return "call" in lifetimes.FAILING[resource.kind] and not is_asked and dotted != PARTIAL


def _items(semantics: SemanticModel, read: ast.AST, resource: Resource) -> Iterator[ast.AST]:
    """Yield what stands for one of many resources, where they are read: an item, a loop's target, `*files`."""
    around = semantics.parent(read)
    if isinstance(around, ast.Subscript | ast.Starred):
        yield around
    elif isinstance(around, ast.For | ast.comprehension) and not isinstance(resource.binding.value, ast.DictComp):
        target = semantics.names.variable(around.target) if around.iter is read else None
        mentions = [reference.node for reference in target.references] if target is not None else []
        yield from (each for each in mentions if isinstance(around, ast.comprehension) or stands_in(each, around))


def _opens(semantics: SemanticModel, resource: Resource, path: ast.AST) -> bool:
    """Return whether a path, or one made of it, is opened, listed or the like."""
    path = _path_of(semantics, path)
    around = semantics.parent(path)
    failing = lifetimes.FAILING[resource.kind]
    if isinstance(around, ast.Attribute):
        return around.attr in failing and semantics.call_of(around) is not None
    return isinstance(around, ast.Call) and path in around.args[:1] and semantics.names.dotted(around.func) in failing


def _path_of(semantics: SemanticModel, path: ast.AST) -> ast.AST:
    """Return the largest expression of a path that is made of another path."""
    around = semantics.parent(path)
    while (
        isinstance(around, ast.BinOp | ast.JoinedStr | ast.FormattedValue)
        or (isinstance(around, ast.Call) and semantics.names.dotted(around.func) in lifetimes.MAKING_PATHS)
        or (isinstance(around, ast.Attribute) and around.attr == "joinpath")
    ):
        call = semantics.parent(around)
        path = call if isinstance(around, ast.Attribute) and isinstance(call, ast.Call) else around
        around = semantics.parent(path)
    return path


def lazy(semantics: SemanticModel, resource: Resource, read: ast.AST, knowledge: Knowledge) -> ast.AST | None:
    """Return the lazy iterator, the bound method or the partial that a read makes of the resource, if it does."""
    drawing = lifetimes.LAZY.get(resource.kind, frozenset())
    around = semantics.parent(read)
    if resource.is_many:
        if isinstance(around, ast.Starred):
            return lazy(semantics, replace(resource, is_many=False), around, knowledge)
        if isinstance(around, ast.Call) and semantics.names.dotted(around.func) == lifetimes.CHAINING:
            return around
        made = semantics.parent(around) if isinstance(around, ast.comprehension) else None
        is_drawn = isinstance(made, ast.GeneratorExp) and made.generators[0] is around
        return made if is_drawn and fails(semantics, resource, read) else None
    if isinstance(around, ast.Attribute):
        call = semantics.parent(around)
        if not isinstance(call, ast.Call) or call.func is not around:
            return _method(semantics, resource, around, call, knowledge)
        return call if around.attr in drawing else None
    partial = semantics.parent(around) if isinstance(around, ast.keyword) else around
    if isinstance(partial, ast.Call) and semantics.names.dotted(partial.func) == PARTIAL and partial.args[:1] != [read]:
        is_used = bool(partial.args) and _uses(semantics, resource, partial.args[0], partial is not around)
        return partial if is_used else None
    if "self" not in drawing:
        return None
    if isinstance(around, ast.comprehension):
        made = semantics.parent(around)
        is_first = isinstance(made, ast.GeneratorExp) and made.generators[0] is around and around.iter is read
        return made if is_first else None
    if isinstance(around, ast.Call) and read in around.args:
        return around if _hands_on(semantics, around, around.args.index(read), knowledge) else None
    return None


def _method(
    semantics: SemanticModel, resource: Resource, method: ast.Attribute, around: ast.AST | None, knowledge: Knowledge
) -> ast.AST | None:
    """Return what keeps a bound method that fails later: the method itself, or the iterator that will call it."""
    if method.attr not in lifetimes.FAILING[resource.kind]:
        return None
    if isinstance(around, ast.Call) and method in around.args:
        known = knowledge.callee(semantics.names.dotted(around.func), around.args.index(method), function=True)
        return around if known is not None and known.effect is Effect.ITERATED else method
    return method


def _hands_on(semantics: SemanticModel, call: ast.Call, place: int, knowledge: Knowledge) -> bool:
    """Return whether a call only makes an iterator that will draw from its argument."""
    functions = semantics.callees.functions(call.func)
    if functions:
        return all(runs_later(function) is Later.GENERATOR for function in functions)
    dotted = semantics.names.dotted(call.func)
    known = knowledge.callee(dotted, place, function=False) if dotted else None
    return known is not None and known.effect is Effect.ITERATED
