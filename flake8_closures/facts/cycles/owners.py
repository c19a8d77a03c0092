"""Which closures are stored on the object that they capture, so that the object keeps itself alive?"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts.blocks import class_around, methods, unit
from flake8_closures.facts.callees import attributes_of, is_none
from flake8_closures.facts.closures import Captures
from flake8_closures.facts.escape import Fate, Use, Uses
from flake8_closures.facts.flow import Graphs
from flake8_closures.facts.functions import BOUND_OTHERWISE, COMPUTED, decorator_names, self_of
from flake8_closures.facts.knowledge import Knowledge
from flake8_closures.facts.lasting import keeps_on, stored_on
from flake8_closures.facts.likelihood import SURE
from flake8_closures.facts.semantics import SemanticModel, given_for
from flake8_closures.facts.testing import in_test
from flake8_closures.facts.weight.losses import loses
from flake8_closures.model import BindingKind, Closure, Scope, Variable

_WRAPPERS = frozenset("functools.lru_cache functools.cache functools.partial functools.partialmethod".split())
"""What keeps the method that it is given, and returns a callable."""
_CACHING = "cached_property"
"""A decorator that stores what its method returns on the object."""
_DRAWING_ONE = ("builtins.next", "builtins.anext")
_CLASSES = frozenset(("cls", "klass", "class_"))
"""Usual names of variables for a class."""
_OF_CLASSES = frozenset(("type", "Type"))
_DISPLAYS = (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)


class Kind(enum.Enum):
    """What an object keeps that keeps the object."""

    CLOSURE = "closure that captures it"
    METHOD = "wrapped method of its own"
    GENERATOR = "generator that reads it"


@dataclass(frozen=True, slots=True, eq=False)
class OwnerCycle:
    """A closure over `self`, or a wrapped method of it, that is stored on `self`: the object keeps itself alive.

    `node` is the closure, the expression that wraps the method, or the call that makes the generator; `store` is where
    it is stored.
    """

    node: ast.AST
    variable: Variable
    store: ast.AST
    kind: Kind


def of_owners(
    closures: Sequence[Closure],
    captures: Captures,
    uses: Uses,
    semantics: SemanticModel,
    knowledge: Knowledge,
    graph: Graphs,
) -> Iterator[OwnerCycle]:
    """Yield the closures that are stored on the object that they capture."""
    for closure in closures:
        kind = Kind.GENERATOR if isinstance(closure.node, ast.GeneratorExp) else Kind.CLOSURE
        receiver = self_of(closure.maker)
        is_cached = receiver is not None and _CACHING in decorator_names(closure.maker.node)
        may_store = receiver is not None and (
            is_cached or any(_may_store(place, receiver, semantics) for place in _places(closure, semantics))
        )
        if kind is Kind.GENERATOR and not may_store:
            continue
        captured = {capture.variable for capture in captures(closure)}
        if (
            receiver is not None
            and may_store
            and (receiver in captured or any(_is_own_method(each, receiver, semantics) for each in captured))
            and not _is_class(receiver, semantics)
        ):
            for use in uses(closure):
                if use.likelihood < SURE or _is_for_a_while(use, knowledge):
                    continue
                is_stored = use.fate is Fate.STORED and keeps_on(use, receiver, semantics.names)
                if not is_stored and not (is_cached and use.fate is Fate.RETURNED):
                    continue
                if is_stored and (_is_cut_here(use, closure, graph, semantics) or _runs_in_thread(closure, semantics)):
                    continue
                is_over = kind is Kind.GENERATOR and _is_used_up(use.node, receiver, semantics)
                if not is_over and not _is_cut_by_another(use.node, receiver, semantics):
                    yield OwnerCycle(closure.node, receiver, use.node, kind)
                break
        elif kind is Kind.CLOSURE and closure.maker.is_function and not in_test(closure.maker):
            for target, owner in attributes(closure, semantics):
                if (
                    owner in captured
                    and _is_one_object(owner, closure)
                    and not _is_class(owner, semantics)
                    and not _is_stored_again(target, owner, semantics)
                ):
                    yield OwnerCycle(closure.node, owner, target, kind)
                    break


def _is_for_a_while(use: Use, knowledge: Knowledge) -> bool:
    """Return whether what keeps a closure lets it go of itself: a future drops its callbacks when it is done."""
    method = use.node.func if isinstance(use.node, ast.Call) else None
    known = knowledge.method(method.attr, 0, function=True) if isinstance(method, ast.Attribute) else None
    return bool(use.until) or (known is not None and bool(known.until))


def _runs_in_thread(closure: Closure, semantics: SemanticModel) -> bool:
    """Return whether a closure is the target of a thread, which drops it when it has run."""
    for place in _places(closure, semantics):
        around = semantics.parent(place)
        call = semantics.parent(around) if isinstance(around, ast.keyword) else None
        if isinstance(call, ast.Call) and semantics.names.dotted(call.func) == "threading.Thread":
            return True
    return False


def _is_cut_here(use: Use, closure: Closure, graph: Graphs, semantics: SemanticModel) -> bool:
    """Return whether the place that a use stores a closure in gets something else: before the function ends, or by the
    closure itself. What wraps the closure is nothing else.
    """
    text = ast.unparse(use.node)
    for place in ast.walk(closure.node):
        if isinstance(place, ast.Attribute) and not isinstance(place.ctx, ast.Load) and ast.unparse(place) == text:
            return True
    flow = graph(closure.maker.node)
    others = [event for event in use.refills if event != use.event and not _reads(text, semantics.parent(event[1]))]
    return bool(others) and flow.happens(use.event) and flow.path(use.event, [flow.exit], others) is None


def _reads(text: str, statement: ast.AST | None) -> bool:
    value = getattr(statement, "value", None)
    return value is not None and any(
        ast.unparse(part) == text for part in ast.walk(value) if isinstance(part, ast.expr)
    )


def _is_own_method(variable: Variable, receiver: Variable, semantics: SemanticModel) -> bool:
    """Return whether a variable stands for a bound method of `self`, which holds the object too."""
    value = variable.bindings[0].value if len(variable.bindings) == 1 else None
    if not isinstance(value, ast.Attribute) or semantics.names.variable(value.value) is not receiver:
        return False
    owner = class_around(receiver.scope)
    if owner is None:
        return False
    method = owner.variables.get(value.attr)
    made = [binding.node for binding in method.bindings if binding.kind is BindingKind.DEF] if method else []
    return len(made) == 1 and not decorator_names(made[0]) & (BOUND_OTHERWISE | COMPUTED)


def _is_class(variable: Variable, semantics: SemanticModel) -> bool:
    """Return whether a variable names a class, which lives as long as the program and is in cycles anyway."""
    if variable.name in _CLASSES or any(_asks_for_class(each.node, semantics) for each in variable.references):
        return True
    if len(variable.bindings) != 1:
        return False
    node, value = variable.bindings[0].node, variable.bindings[0].value
    if isinstance(node, ast.arg):
        named = node.annotation and ast.unparse(node.annotation).partition("[")[0].rpartition(".")[2]
        return named in _OF_CLASSES
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "type"


def _asks_for_class(read: ast.AST, semantics: SemanticModel) -> bool:
    """Return whether a read checks for a class: `isinstance(x, type)`, `inspect.isclass(x)`."""
    call = semantics.parent(read)
    if not isinstance(call, ast.Call) or call.args[:1] != [read]:
        return False
    callee = semantics.names.dotted(call.func)
    is_type = callee == "builtins.isinstance" and semantics.names.dotted(call.args[-1]) == "builtins.type"
    return is_type or callee in ("inspect.isclass", "builtins.issubclass")


def _is_cut_by_another(store: ast.AST, receiver: Variable, semantics: SemanticModel) -> bool:
    """Return whether another method empties the attribute that a closure is stored in, or takes something out of it."""
    owner = class_around(receiver.scope)
    stored = {*_attributes_in(store, receiver, semantics)}
    for method in methods(owner) if owner is not None else ():
        if method is receiver.scope or method.name == "__init__":
            continue
        for target in attributes_of(self_of(method), semantics.parents):
            if target.attr not in stored:
                continue
            value = getattr(semantics.parent(target), "value", None)
            is_emptied = is_none(value) or _is_empty(value)
            if isinstance(target.ctx, ast.Del) or is_emptied or loses([target], semantics.parents):
                return True
            if _is_emptied_by_callee(target, semantics):
                return True
    return False


def _is_emptied_by_callee(given: ast.Attribute, semantics: SemanticModel) -> bool:
    """Return whether a function of the file that gets a container may take something out of it."""
    call = semantics.parent(given)
    if not isinstance(call, ast.Call):
        return False
    for function in semantics.callees.functions(call.func):
        for name, variable in function.variables.items():
            if given_for(call, function, name) is given:
                return loses((each.node for each in variable.references), semantics.parents)
    return False


def _is_empty(display: ast.expr | None) -> bool:
    return (isinstance(display, ast.List) and not display.elts) or (
        isinstance(display, ast.Dict) and not display.values
    )


def _attributes_in(store: ast.AST, receiver: Variable, semantics: SemanticModel) -> Iterator[str]:
    """Yield the attributes of `self` that a target or a call names: `self.x[0]`, `self.x.add(f)`, `keep(self.x, f)`."""
    for part in (store.func, *store.args) if isinstance(store, ast.Call) else (store,):
        place = part
        while isinstance(place, (ast.Attribute, ast.Subscript)):
            if isinstance(place, ast.Attribute) and semantics.names.variable(place.value) is receiver:
                yield place.attr
            place = place.value


def _is_used_up(store: ast.AST, receiver: Variable, semantics: SemanticModel) -> bool:
    """Return whether a method of the class draws all items of the generator that an attribute is, or may: it ends then.

    So does one that is closed, or given to somebody else.
    """
    owner = class_around(receiver.scope)
    if owner is None or not isinstance(store, ast.Attribute):
        return True
    for method in methods(owner):
        for read in attributes_of(self_of(method), semantics.parents):
            if read.attr != store.attr or not isinstance(read.ctx, ast.Load):
                continue
            around = semantics.parent(read)
            if isinstance(around, ast.Attribute):
                if around.attr == "close":
                    return True
            elif not isinstance(around, ast.Call) or semantics.names.dotted(around.func) not in _DRAWING_ONE:
                return True
    return False


def attributes(closure: Closure, semantics: SemanticModel) -> Iterator[tuple[ast.Attribute, Variable]]:
    """Yield the attributes that a local function is assigned to, each with the variable of its object."""
    for place in _places(closure, semantics):
        statement = semantics.parent(place)
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            owner = semantics.names.variable(target.value) if isinstance(target, ast.Attribute) else None
            if isinstance(target, ast.Attribute) and owner is not None:
                yield target, owner


def _is_one_object(variable: Variable, closure: Closure) -> bool:
    """Return whether a variable of the function that makes a closure is a parameter, or bound once to a call."""
    binding = variable.bindings[0] if len(variable.bindings) == 1 else None
    if binding is None or variable.scope is not closure.maker:
        return False
    return binding.kind is BindingKind.PARAMETER or isinstance(binding.value, ast.Call)


def _is_stored_again(target: ast.Attribute, owner: Variable, semantics: SemanticModel) -> bool:
    """Return whether the attribute is stored again or deleted elsewhere, which cuts the cycle."""
    places = (semantics.parent(reference.node) for reference in owner.references)
    same = (place for place in places if isinstance(place, ast.Attribute) and place.attr == target.attr)
    return any(place is not target and not isinstance(place.ctx, ast.Load) for place in same)


def of_wrapped_methods(wrappers: Sequence[Variable], semantics: SemanticModel) -> Iterator[OwnerCycle]:
    """Yield the methods that are wrapped and stored on their own object: `self.x = cache(self.method)`.

    `wrappers` are the variables for `functools` and what is imported from it.
    """
    for scope in dict.fromkeys(unit(scope) for variable in wrappers for scope in variable.mentions):
        receiver = self_of(scope)
        if receiver is not None:
            yield from _wrapped(receiver, semantics)


def of_generators(generators: Sequence[Scope], semantics: SemanticModel) -> Iterator[OwnerCycle]:
    """Yield the calls of generator methods whose generators are stored on the object that they read."""
    names: dict[Scope, set[str]] = {}
    for generator in generators:
        owner = class_around(generator)
        if owner is not None and self_of(generator) is not None:
            names.setdefault(owner, set()).add(generator.name)
    for owner, made in names.items():
        for method in methods(owner):
            for attribute in attributes_of(self_of(method), semantics.parents):
                if attribute.attr in made:
                    yield from _stored_generator(attribute, semantics)


def _stored_generator(method: ast.Attribute, semantics: SemanticModel) -> Iterator[OwnerCycle]:
    """Yield the call of a generator method, as an attribute of its object names it, if the object keeps the result."""
    call = semantics.call_of(method)
    statement = semantics.parent(call) if call is not None else None
    receiver = semantics.names.variable(method.value)
    if call is None or receiver is None or not isinstance(statement, ast.Assign):
        return
    for store in statement.targets:
        if not isinstance(store, ast.Attribute) or semantics.names.variable(store.value) is not receiver:
            continue
        if not _is_used_up(store, receiver, semantics) and not _is_cut_by_another(store, receiver, semantics):
            yield OwnerCycle(call, receiver, store, Kind.GENERATOR)


def _places(closure: Closure, semantics: SemanticModel) -> Iterator[ast.AST]:
    """Yield where a closure is used as a value: its own expression, or the reads of its name that are no calls."""
    node = closure.carrier
    around = semantics.parent(node)
    target = around.targets[0] if isinstance(around, ast.Assign) else None
    named = target if isinstance(target, ast.Name) else node if isinstance(node, ast.stmt) else None
    if named is None:
        yield node
        return
    variable = semantics.names.variable(named)
    for reference in variable.references if variable else ():
        if semantics.call_of(reference.node) is None:
            yield reference.node


def _may_store(place: ast.AST, receiver: Variable, semantics: SemanticModel, hops: int = 1) -> bool:
    """Return whether the statement around a place stores something on `self`, or passes something to it.

    So does a statement that gives the place a name, or passes it to something with a name, where another statement does
    that with the name.
    """
    node: ast.AST | None = place
    while node is not None and not isinstance(node, ast.stmt):
        node = semantics.parent(node)
    if isinstance(node, ast.Expr):
        places: list[ast.AST] = [node.value]
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        places = [*node.targets] if isinstance(node, ast.Assign) else [node.target]
    else:
        return isinstance(node, ast.AugAssign)
    for root in (stored_on(place, semantics.names) for place in places):
        variable = semantics.names.variable(root)
        if variable is receiver:
            return True
        others = variable.references if hops and variable is not None and variable.scope is receiver.scope else ()
        if any(_may_store(other.node, receiver, semantics, hops - 1) for other in others):
            return True
    return False


def _wrapped(variable: Variable, semantics: SemanticModel) -> Iterator[OwnerCycle]:
    """Yield `self.x = lru_cache()(self.method)` and the like; `variable` is the `self` of one method."""
    for reference in variable.references:
        method = semantics.parent(reference.node)
        owner = semantics.callees.class_of_self(reference.node)
        if (
            not isinstance(method, ast.Attribute)
            or owner is None
            or semantics.callees.method(owner, method.attr) is None
        ):
            continue
        call = semantics.parent(method)
        if not isinstance(call, ast.Call) or method not in call.args or _callee(call, semantics) not in _WRAPPERS:
            continue
        store = semantics.parent(call)
        while isinstance(store, _DISPLAYS):
            store = semantics.parent(store)
        if not isinstance(store, ast.Assign):
            continue
        for target in store.targets:
            if isinstance(target, ast.Attribute) and semantics.names.variable(target.value) is variable:
                yield OwnerCycle(call, variable, target, Kind.METHOD)


def _callee(call: ast.Call, semantics: SemanticModel) -> str:
    """Return the callee of `partial(...)` and of `lru_cache(maxsize=2)(...)`."""
    function = call.func.func if isinstance(call.func, ast.Call) else call.func
    return semantics.names.dotted(function)
