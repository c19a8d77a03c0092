"""How often does a loop certainly iterate, and does a place in it run in every iteration?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection

from flake8_closures.facts.knowledge import containers
from flake8_closures.facts.names import Names
from flake8_closures.facts.positions import position
from flake8_closures.facts.weight.estimate import Estimate
from flake8_closures.model import BindingKind
from flake8_closures.tree import Parents

_LEAVING = (ast.Break, ast.Continue, ast.Return, ast.Raise)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_CONDITIONS = (
    *(ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.Match, ast.ExceptHandler, ast.match_case),
    *(ast.For, ast.AsyncFor, ast.While, *_FUNCTIONS),
)


def rounds(loop: ast.AST, of: Callable[[ast.AST], Estimate], names: Names, parents: Parents) -> int:
    """Return the iterations of a loop or comprehension; 0 where the number is unknown, or the loop may end early."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return 0 if _may_leave(loop) else of(loop.iter).length or 0
    if isinstance(loop, ast.While):
        return 0 if _may_leave(loop) else _counted(loop, of, names, parents) or _filled(loop, of, names, parents)
    count = 1
    for clause in getattr(loop, "generators", ()):
        count *= 0 if clause.ifs else of(clause.iter).length or 0
    return count


def runs_each_round(node: ast.AST, loop: ast.AST, parents: Parents, inner: Collection[ast.AST] = ()) -> bool:
    """Return whether a place in a loop runs under no condition, in no function, and in no loop but `inner` ones."""
    at = parents.get(node)
    while at is not None and at is not loop:
        if isinstance(at, _CONDITIONS) and at not in inner:
            return False
        at = parents.get(at)
    return not (isinstance(loop, ast.For | ast.AsyncFor | ast.While) and node in loop.orelse)


def _may_leave(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Return whether an iteration may end early; functions made in the loop do not count."""
    pending: list[ast.AST] = [*loop.body]
    for node in pending:
        if isinstance(node, _LEAVING):
            return True
        if not isinstance(node, _FUNCTIONS):
            pending += ast.iter_child_nodes(node)
    return False


def _filled(loop: ast.While, of: Callable[[ast.AST], Estimate], names: Names, parents: Parents) -> int:
    """Return the rounds of `while len(rows) < 100` where `rows = []` stands before the loop and `append` in it."""
    test = loop.test
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Lt | ast.LtE):
        return 0
    measured, last = test.left, of(test.comparators[0]).value
    if not isinstance(measured, ast.Call) or names.dotted(measured.func) != "builtins.len" or len(measured.args) != 1:
        return 0
    variable = names.variable(measured.args[0])
    binding = variable.bindings[0] if variable is not None and len(variable.bindings) == 1 else None
    if variable is None or binding is None or of(binding.value or loop).length != 0 or not isinstance(last, int):
        return 0
    if parents.get(binding.statement) is not parents.get(loop) or position(binding.node) > position(loop):
        return 0
    methods = [parents.get(reference.node) for reference in variable.references]
    changes = [each for each in methods if isinstance(each, ast.Attribute) and each.attr in containers.CHANGES]
    call = parents.get(changes[0]) if len(changes) == 1 and changes[0].attr == "append" else None
    if call is None or parents.get(call) not in loop.body:
        return 0
    return last + isinstance(test.ops[0], ast.LtE)


def _counted(loop: ast.While, of: Callable[[ast.AST], Estimate], names: Names, parents: Parents) -> int:
    """Return the iterations of `while i < 100` with `i = 0` before the loop and `i += 1` in it; otherwise 0."""
    test = loop.test
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Lt | ast.LtE):
        return 0
    variable = names.variable(test.left)
    bindings = {binding.kind: binding.statement for binding in variable.bindings} if variable else {}
    begin, step = bindings.get(BindingKind.ASSIGN), bindings.get(BindingKind.AUGMENTED)
    if variable is None or len(variable.bindings) != 2:
        return 0
    if not isinstance(begin, ast.Assign) or not isinstance(step, ast.AugAssign) or not isinstance(step.op, ast.Add):
        return 0
    if parents.get(begin) is not parents.get(loop) or position(begin) > position(loop) or step not in loop.body:
        return 0
    first, last, by = (of(value).value for value in (begin.value, test.comparators[0], step.value))
    if not isinstance(first, int) or not isinstance(last, int) or not isinstance(by, int) or by < 1:
        return 0
    return len(range(first, last + isinstance(test.ops[0], ast.LtE), by))
