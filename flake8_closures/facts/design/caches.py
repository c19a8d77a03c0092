"""Which dicts that closures fill grow for as long as the module lives?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import unit
from flake8_closures.facts.closures import descendants
from flake8_closures.facts.design import wrappers
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.facts.testing import in_test
from flake8_closures.model import BindingKind, Closure, Scope, ScopeKind, Variable

_EMPTY_CALLS = {"builtins.dict", "collections.OrderedDict", "collections.defaultdict"}
_HARMLESS = frozenset("get setdefault items keys values copy update __getitem__ __setitem__ __contains__".split())
"""Methods of a dict that take nothing out of it."""
_WORK = (ast.Call, ast.Await, ast.BinOp, ast.ListComp, ast.SetComp, ast.DictComp)


@dataclass(frozen=True, slots=True, eq=False)
class Cache:
    """A dict of a function that the returned closure fills and nobody ever empties.

    `store` is the place that adds an entry. `used`: the closure certainly lives in the module or in a class.
    """

    variable: Variable
    closure: Closure
    store: ast.AST
    used: bool


def find(closures: Sequence[Closure], semantics: SemanticModel) -> Iterator[Cache]:
    """Yield the caches in functions that a decorator, or a factory called by the module, returns; each once."""
    seen: set[Variable] = set()
    for closure in closures:
        maker = closure.maker
        if maker.kind is not ScopeKind.FUNCTION or not isinstance(closure.node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for name in closure.scope.owners:
            variable = maker.variables.get(name)
            if variable is None or variable in seen or closure.scope.owners[name] is not variable:
                continue
            if not _is_dict(semantics, variable):
                continue
            store = _filled(semantics, variable, closure.scope)
            if store is None or in_test(maker) or not _is_returned(semantics, closure):
                continue
            lives = _lives(semantics, maker)
            if lives is not None:
                seen.add(variable)
                yield Cache(variable, closure, store, lives)


def _is_dict(semantics: SemanticModel, variable: Variable) -> bool:
    bindings = variable.bindings
    if len(bindings) != 1 or bindings[0].kind not in (BindingKind.ASSIGN, BindingKind.ANNOTATED):
        return False
    value = bindings[0].value
    if isinstance(value, ast.Call):
        return semantics.names.dotted(value.func) in _EMPTY_CALLS and not value.keywords
    return isinstance(value, ast.Dict) and None not in value.keys


def _filled(semantics: SemanticModel, variable: Variable, scope: Scope) -> ast.AST | None:
    """Return where a closure stores a result under a key of its own, if it looks there first and nobody empties the
    dict.
    """
    inside = set(descendants(scope))
    store: ast.AST | None = None
    is_read = False
    for reference in variable.references:
        around = semantics.parent(reference.node)
        if isinstance(around, ast.Subscript) and around.value is reference.node:
            if isinstance(around.ctx, ast.Del) or isinstance(around.slice, ast.Constant):
                return None
            if (
                isinstance(around.ctx, ast.Store)
                and reference.scope in inside
                and _varies(semantics, around.slice, inside)
            ):
                store = store or around
            is_read = is_read or isinstance(around.ctx, ast.Load)
        elif isinstance(around, ast.Attribute) and around.attr in _HARMLESS:
            is_read = is_read or around.attr == "get"
            call = semantics.parent(around)
            if around.attr == "setdefault" and isinstance(call, ast.Call) and len(call.args) == 2:
                is_own = reference.scope in inside and _varies(semantics, call.args[0], inside)
                store = store or (call if is_own else None)
        elif isinstance(around, ast.Compare) and isinstance(around.ops[0], ast.In | ast.NotIn):
            is_read = True
        else:
            return None
    return store if is_read and store is not None and _is_result(semantics, store) else None


def _varies(semantics: SemanticModel, key: ast.expr, inside: set[Scope]) -> bool:
    """Return whether a key is made of the closure's own variables, so that another call has another key.

    Types do not count: a program has only so many.
    """
    if _is_type(semantics, key):
        return False
    for node in ast.walk(key):
        owner = semantics.names.variable(node) if isinstance(node, ast.Name) else None
        if owner is not None and owner.scope in inside:
            value = owner.bindings[0].value if len(owner.bindings) == 1 else None
            if owner.name != "cls" and not _is_type(semantics, value):
                return True
    return False


def _is_type(semantics: SemanticModel, value: ast.expr | None) -> bool:
    """Return whether an expression gives the type of something."""
    if isinstance(value, ast.Call):
        return semantics.names.dotted(value.func) == "builtins.type" and len(value.args) == 1
    return isinstance(value, ast.Attribute) and value.attr == "__class__"


def _is_result(semantics: SemanticModel, store: ast.AST) -> bool:
    """Return whether the stored value was computed, by a call or an operation."""
    if isinstance(store, ast.Call):
        value = store.args[1]
        makes_container = isinstance(value, ast.Call) and semantics.names.dotted(value.func).startswith("builtins.")
        return isinstance(value, ast.Call | ast.Await) and not makes_container
    around = semantics.parent(store)
    if not isinstance(around, ast.Assign):
        return False
    values: list[ast.expr | None] = [around.value]
    if isinstance(around.value, ast.Name):
        variable = semantics.names.variable(around.value)
        values = [binding.value for binding in variable.bindings] if variable else []
    return any(isinstance(part, _WORK) for value in values if value is not None for part in ast.walk(value))


def _is_returned(semantics: SemanticModel, closure: Closure) -> bool:
    places = wrappers.references(semantics, closure.scope)
    return any(_returns(semantics, place) for place in places)


def _returns(semantics: SemanticModel, place: ast.AST) -> bool:
    """Return whether a name is returned, as it is or through a call like `update_wrapper(wrapper, function)`."""
    around = semantics.parent(place)
    while isinstance(around, ast.Call) and around.func is not place:
        place, around = around, semantics.parent(around)
    return isinstance(around, ast.Return)


def _lives(semantics: SemanticModel, maker: Scope) -> bool | None:
    """Return whether the module certainly keeps a closure of a function, by a decorator or a name of its own.

    None where the function is only called by others, for a while. A decorator that nobody in the file uses is meant for
    other modules.
    """
    outer = maker.parent
    factory = outer if outer is not None and outer.kind is ScopeKind.FUNCTION else maker
    if factory.parent is None or factory.parent.kind is not ScopeKind.MODULE:
        return None
    places = wrappers.references(semantics, factory)
    if not places:
        return False if wrappers.taken(semantics, maker) is not None else None
    return True if any(_in_module(semantics, place) for place in places) else None


def _in_module(semantics: SemanticModel, place: ast.expr) -> bool:
    """Return whether the closure is made by a decorator or an assignment of the module, or of a class in it."""
    scope = semantics.names.scope(place)
    if scope is None or unit(scope).kind is not ScopeKind.MODULE:
        return False
    around = semantics.parent(place)
    while isinstance(around, ast.Call):
        place, around = around, semantics.parent(around)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
        return place in around.decorator_list
    return isinstance(around, ast.Assign | ast.AnnAssign)
