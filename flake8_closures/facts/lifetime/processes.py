"""Which functions are pickled for another process, and which of them cannot be?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from flake8_closures.facts.callees import returned
from flake8_closures.facts.flow import Do, Graphs
from flake8_closures.facts.knowledge import containers, lifetimes
from flake8_closures.facts.semantics import Accepts, SemanticModel, argument, given_for
from flake8_closures.model import BindingKind, Scope, Variable
from flake8_closures.tree import decorators_of

_DEFAULTDICT = "collections.defaultdict"
_ASKING = "builtins.isinstance"
_PACKAGES = ("multiprocessing", "concurrent", "billiard", "torch", "tqdm", "pickle")


@dataclass(frozen=True, slots=True, eq=False)
class Pickled:
    """An argument that is pickled: the expression, the call that gets it, and the sender."""

    argument: ast.expr
    call: ast.Call
    sender: str


@dataclass(frozen=True, slots=True, eq=False)
class Unpicklable:
    """A pickled argument that contains a function which cannot be found by its name.

    `function` is the lambda or the local `def`, `place` the expression in the argument that stands for it.
    """

    pickled: Pickled
    place: ast.expr
    function: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def is_lambda(self) -> bool:
        """Whether it has no name at all; else it has one that does not lead to it."""
        return isinstance(self.function, ast.Lambda)


def pickled(semantics: SemanticModel) -> Iterator[Pickled]:
    """Yield every argument that is known to be pickled by value of its state, or by name of its function."""
    for node, dotted in semantics.mentions(*_PACKAGES):
        call, around = semantics.call_of(node), semantics.parent(node)
        if isinstance(around, ast.arg) and dotted in lifetimes.PROCESS_POOLS:
            for place in _reads(semantics, semantics.names.variable(around)):
                yield from _by_method(semantics, place, lifetimes.PROCESS_POOLS[dotted], dotted)
        elif call is not None:
            yield from _by_call(semantics, call, dotted)


def _by_call(semantics: SemanticModel, call: ast.Call, callee: str) -> Iterator[Pickled]:
    """Yield what a call of a known function pickles, or the pool or context that it makes."""
    if callee in lifetimes.PICKLING:
        yield from _sent(call, lifetimes.PICKLING[callee], callee)
    elif callee in lifetimes.PROCESS_POOLS:
        kind = lifetimes.PROCESS_POOLS[callee]
        yield from _by_pool(semantics, call, kind, callee)
        context = argument(call, 1, "mp_context") if kind == "executor" else None
        if _is_spawning_context(semantics, context) if context is not None else _spawns(semantics):
            yield from _sent(call, lifetimes.INITIALIZERS[kind], callee)
    elif callee in lifetimes.SPAWNED or (callee in lifetimes.PROCESSES and _spawns(semantics)):
        yield from _sent(call, lifetimes.TARGETS, "a spawned process")
    elif callee == "multiprocessing.get_context" or callee == "torch.multiprocessing.get_context":
        yield from _by_context(semantics, call)


def unpicklable(semantics: SemanticModel, sent: Iterable[Pickled], graph: Graphs) -> Iterator[Unpicklable]:
    """Yield the lambdas and local functions among what is pickled, by a function of the file too."""
    pending = [*sent]
    for each in pending:
        pending += _through(semantics, each, graph)
        if semantics.expects_failure(each.call) or _only_asks(semantics, each.call):
            continue
        for place in _parts(semantics, each):
            function = semantics.function(place)
            if function is not None and _has_no_name(semantics, place, function):
                yield Unpicklable(each, place, function)


def _through(semantics: SemanticModel, sent: Pickled, graph: Graphs) -> Iterator[Pickled]:
    """Yield what calls give a function of the file that pickles its parameter whatever happens, and nothing else."""
    variable = semantics.names.variable(sent.argument)
    if variable is None or not variable.is_parameter:
        return
    function = variable.scope
    if semantics.names.scope(sent.argument) is not function or _is_tried(semantics, sent.call):
        return
    if not graph(function.node).is_certain([(Do.CALL, sent.call)]):
        return
    for call in semantics.callees.calls_of(function):
        argument = given_for(call, function, variable.name)
        if argument is not None:
            yield Pickled(argument, call, sent.sender)


def _is_tried(semantics: SemanticModel, call: ast.Call) -> bool:
    """Return whether a function goes on where a call of it fails."""
    inner: ast.AST = call
    for outer in semantics.around(call):
        if isinstance(outer, ast.Try) and outer.handlers and inner in outer.body:
            return True
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        inner = outer
    return False


def _only_asks(semantics: SemanticModel, call: ast.Call) -> bool:
    """Return whether a call is there to see whether it fails: in a `try`, and nobody takes what it makes."""
    statement = semantics.parent(call)
    is_dropped = isinstance(statement, ast.Expr) and isinstance(semantics.parent(statement), ast.Try)
    return is_dropped and semantics.names.dotted(call.func) == "pickle.dumps"


def _sent(call: ast.Call, tokens: str, sender: str) -> Iterator[Pickled]:
    """Yield the arguments of a call that a line of the tables lists."""
    for token in tokens.split():
        position, _, keyword = token.partition("=")
        if position == "**":
            found: list[ast.expr | None] = [each.value for each in call.keywords]
        elif position.endswith("+"):
            found = list(call.args[int(position[:-1]) :])
        else:
            found = [argument(call, int(position), keyword)]
        yield from (Pickled(each, call, sender) for each in found if each is not None)


def _by_pool(semantics: SemanticModel, made: ast.Call, kind: str, sender: str) -> Iterator[Pickled]:
    """Yield what the methods of a pool are given, and what it is given to run by `run_in_executor`."""

    def accepts(value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and lifetimes.PROCESS_POOLS.get(semantics.names.dotted(value.func)) == kind

    for place in _handed_round(semantics, made, accepts):
        yield from _by_method(semantics, place, kind, sender)


def _by_method(semantics: SemanticModel, place: ast.expr, kind: str, sender: str) -> Iterator[Pickled]:
    """Yield what is given to the pool that an expression stands for."""
    around = semantics.parent(place)
    if isinstance(around, ast.Attribute):
        call = semantics.call_of(around)
        tokens = lifetimes.PICKLED[kind].get(around.attr)
        if tokens and call is not None:
            yield from _sent(call, tokens, sender)
    elif isinstance(around, ast.Call) and around.args[:1] == [place]:
        runs = isinstance(around.func, ast.Attribute) and around.func.attr == "run_in_executor"
        yield from _sent(around, "1+" if runs else "", sender)


def _handed_round(semantics: SemanticModel, made: ast.expr, accepts: Accepts) -> Iterator[ast.expr]:
    """Yield what stands for an object, also in the functions of the file that get it or are called to make it."""
    pending, seen = semantics.objects(made, accepts), set[ast.AST]()
    for place in pending:
        if place in seen:
            continue
        seen.add(place)
        yield place
        around = semantics.parent(place)
        if isinstance(around, ast.Call):
            for function in semantics.callees.functions(around.func):
                given = (each for each in function.variables if given_for(around, function, each) is place)
                pending += _reads(semantics, function.variables.get(next(given, "")))
        elif isinstance(around, ast.Return):
            maker = next(filter(None, map(semantics.callees.scope, semantics.around(around))))
            if all(value is place or (value is not None and accepts(value)) for value in returned(maker.node)):
                for call in semantics.callees.calls_of(maker):
                    pending += semantics.objects(call, partial(_is_call, semantics, maker))


def _is_call(semantics: SemanticModel, function: Scope, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and semantics.callees.functions(value.func) == [function]


def _reads(semantics: SemanticModel, variable: Variable | None) -> list[ast.expr]:
    """Return the reads of a parameter, unless it is bound again, or the function asks what it is given."""
    if variable is None or not variable.is_parameter:
        return []
    reads: list[ast.expr] = [each.node for each in variable.references]
    calls = (semantics.parent(read) for read in reads)
    asks = any(isinstance(each, ast.Call) and semantics.names.dotted(each.func) == _ASKING for each in calls)
    return [] if asks else reads


def _by_context(semantics: SemanticModel, made: ast.Call) -> Iterator[Pickled]:
    """Yield what is sent by the pools and processes of a context, `get_context("spawn")`."""

    def accepts(value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and semantics.names.dotted(value.func).endswith(
            "multiprocessing.get_context"
        )

    for place in semantics.objects(made, accepts):
        method = semantics.parent(place)
        call = semantics.call_of(method) if isinstance(method, ast.Attribute) else None
        if not isinstance(method, ast.Attribute) or call is None:
            continue
        if method.attr == "Pool":
            yield from _by_context_pool(semantics, call)
        if _is_spawning(argument(made, 0, "method")):
            if method.attr == "Process":
                yield from _sent(call, lifetimes.TARGETS, "a spawned process")
            elif method.attr == "Pool":
                yield from _sent(call, lifetimes.INITIALIZERS["pool"], "a spawned process")


def _by_context_pool(semantics: SemanticModel, made: ast.Call) -> Iterator[Pickled]:
    def accepts(value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "Pool"

    for place in semantics.objects(made, accepts):
        method = semantics.parent(place)
        call = semantics.call_of(method) if isinstance(method, ast.Attribute) else None
        if isinstance(method, ast.Attribute) and call is not None:
            yield from _sent(call, lifetimes.PICKLED["pool"].get(method.attr, ""), "multiprocessing.Pool")


def _spawns(semantics: SemanticModel) -> bool:
    """Return whether the file says that processes are spawned, and nothing else; unsaid, the platform decides."""
    spawning = [
        _is_spawning(argument(call, 0, "method"))
        for call, dotted in semantics.calls("multiprocessing", "torch", "billiard")
        if dotted.endswith(".set_start_method")
    ]
    return bool(spawning) and all(spawning)


def _is_spawning_context(semantics: SemanticModel, context: ast.expr) -> bool:
    """Return whether an argument surely is a context that spawns: `get_context("spawn")`, or a name for one."""
    variable = semantics.names.variable(context)
    if variable is not None:
        value = variable.bindings[0].value if len(variable.bindings) == 1 else None
        return value is not None and _is_spawning_context(semantics, value)
    made = isinstance(context, ast.Call) and semantics.names.dotted(context.func).endswith(
        "multiprocessing.get_context"
    )
    return made and isinstance(context, ast.Call) and _is_spawning(argument(context, 0, "method"))


def _is_spawning(method: ast.expr | None) -> bool:
    return isinstance(method, ast.Constant) and method.value in lifetimes.START_METHODS


def _parts(semantics: SemanticModel, sent: Pickled) -> list[ast.expr]:
    """Return an argument and what it keeps: the parts of displays, the arguments of `functools.partial`.

    A name stands for the display or the call that it is bound to, as long as nothing of that is replaced.
    """
    found = [sent.argument]
    for part in found:
        if isinstance(part, ast.Name):
            found += _named(semantics, part, sent.call)
        elif isinstance(part, ast.Attribute):
            found += _stored_once(semantics, part)
        elif isinstance(part, ast.Tuple | ast.List | ast.Set):
            found += part.elts
        elif isinstance(part, ast.Dict):
            found += part.values
        elif isinstance(part, ast.Starred):
            found.append(part.value)
        elif isinstance(part, ast.Call):
            found += _kept_by(semantics.names.dotted(part.func), part)
    return found


def _stored_once(semantics: SemanticModel, attribute: ast.Attribute) -> list[ast.expr]:
    """Return the lambda that an attribute of `self` surely is, as no method stores anything else in it."""
    owner = semantics.callees.class_of_self(attribute.value) if isinstance(attribute.value, ast.Name) else None
    places = semantics.attributes(owner).get(attribute.attr, ()) if owner is not None else ()
    stored = [semantics.stored(each) for each in places if not isinstance(each.ctx, ast.Load)]
    return [value for value in stored if isinstance(value, ast.Lambda)] if len(stored) == 1 else []


def _kept_by(callee: str, call: ast.Call) -> list[ast.expr]:
    """Return the arguments of a call that its result is pickled with."""
    if callee == "functools.partial":
        return [*call.args, *(keyword.value for keyword in call.keywords)]
    return call.args[:1] if callee == _DEFAULTDICT else []


def _named(semantics: SemanticModel, name: ast.Name, sender: ast.Call) -> list[ast.expr]:
    """Return what a name is bound to once, if that is a display or a call, and nobody but the sender may change it."""
    variable = semantics.names.variable(name)
    value = variable.bindings[0].value if variable is not None and len(variable.bindings) == 1 else None
    if variable is None or not isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call):
        return []
    reads = [each.node for each in variable.references if semantics.parent(each.node) is not sender]
    is_factory = isinstance(value, ast.Call) and semantics.names.dotted(value.func) == _DEFAULTDICT
    may_change = _may_replace_factory if is_factory else _may_change
    return [] if any(may_change(semantics, read) for read in reads) else [value]


def _may_change(semantics: SemanticModel, read: ast.AST) -> bool:
    """Return whether something may be put in, or taken out of, the container that is read."""
    around = semantics.parent(read)
    if isinstance(around, ast.Subscript):
        return not isinstance(around.ctx, ast.Load)
    if isinstance(around, ast.Attribute):
        return around.attr in containers.CHANGES
    return isinstance(around, ast.Call) and not semantics.names.dotted(around.func).startswith("builtins.")


def _may_replace_factory(semantics: SemanticModel, read: ast.AST) -> bool:
    """Return whether a `defaultdict` that is read may get another factory: its items have nothing to do with that."""
    around = semantics.parent(read)
    if isinstance(around, ast.Attribute):
        return around.attr == "default_factory"
    return _may_change(semantics, read) if isinstance(around, ast.Call) else False


def _has_no_name(semantics: SemanticModel, place: ast.expr, function: ast.AST) -> bool:
    """Return whether pickle cannot find a function again by its qualified name: a lambda, or made by a function."""
    if isinstance(function, ast.Lambda):
        return True
    variable = semantics.names.variable(place)
    if variable is None or not variable.scope.is_function:
        return False
    first = variable.bindings[0]
    return first.kind is BindingKind.DEF and not decorators_of(first.node)
