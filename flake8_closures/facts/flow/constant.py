"""What is always the same? Conditions with one value, loops that always run, calls that never return."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable


def truth(test: ast.expr, dotted: Callable[[ast.AST], str]) -> bool | None:
    """Return the value of a condition that is always the same; None for any other.

    `TYPE_CHECKING` is false at run time.
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, (ast.Name, ast.Attribute)):
        name = dotted(test)
        if name.endswith(".__debug__"):
            return True
        return False if name.rpartition(".")[2] == "TYPE_CHECKING" else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = truth(test.operand, dotted)
        return None if value is None else not value
    if isinstance(test, ast.BoolOp) and len(test.values) < 20:
        values = [truth(value, dotted) for value in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if isinstance(test, (ast.Tuple, ast.List)):
        return True if any(not isinstance(item, ast.Starred) for item in test.elts) else None
    return None


def passes(iterable: ast.expr, dotted: Callable[[ast.AST], str]) -> tuple[float, float]:
    """Return the minimum and maximum number of iterations over an iterable, if nothing leaves the loop."""
    if isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
        spelled = sum(not isinstance(item, ast.Starred) for item in iterable.elts)
        return min(spelled, 1) if isinstance(iterable, ast.Set) else spelled, _or_more(iterable.elts, spelled)
    if isinstance(iterable, ast.Dict):
        spelled = sum(key is not None for key in iterable.keys)
        return min(spelled, 1), spelled if spelled == len(iterable.keys) else math.inf
    if isinstance(iterable, ast.Constant) and isinstance(iterable.value, (str, bytes)):
        return len(iterable.value), len(iterable.value)
    if isinstance(iterable, ast.Call) and not any(isinstance(item, ast.Starred) for item in iterable.args):
        name = dotted(iterable.func)
        if name == "itertools.count" or (name == "itertools.repeat" and len(iterable.args) == 1):
            return math.inf, math.inf
        if name == "builtins.range":
            bounds = [bound for argument in iterable.args if (bound := _integer(argument)) is not None]
            if len(bounds) == len(iterable.args) and 1 <= len(bounds) <= 3 and 0 not in bounds[2:]:
                return _length(range(*bounds))
        if name in _SAME_LENGTH and iterable.args:
            each = [passes(argument, dotted) for argument in iterable.args[: 9 if name == "builtins.zip" else 1]]
            return min(least for least, _ in each), min(most for _, most in each)
    return 0, math.inf


def _or_more(items: list[ast.expr], spelled: int) -> float:
    return spelled if spelled == len(items) else math.inf


_SAME_LENGTH = {
    f"builtins.{name}" for name in ("enumerate", "list", "tuple", "sorted", "reversed", "iter", "set", "zip")
}


def _integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _integer(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _length(numbers: range) -> tuple[float, float]:
    try:
        return len(numbers), len(numbers)
    except OverflowError:  # more than any index can count
        return math.inf, math.inf


_EXITS = {
    "sys.exit",
    "os._exit",
    "os.abort",
    "builtins.exit",
    "builtins.quit",
    "pytest.fail",
    "pytest.skip",
    "pytest.exit",
}
_NEVER = {"NoReturn", "Never"}
_EXIT_NAMES = {dotted.rpartition(".")[2] for dotted in _EXITS}


def may_never_return(callee: ast.expr) -> bool:
    """Return whether a callee needs a closer look: an attribute is only known by its name."""
    return not isinstance(callee, ast.Attribute) or callee.attr in _EXIT_NAMES


def never_returns(callee: str, function: ast.AST | None, dotted: Callable[[ast.AST], str]) -> bool:
    """Return whether a call always raises, by the full name of its callee or by the one function that it can mean.

    A function of the file counts if its annotation says so, or if it is plain: no `return`, no `yield`, and a `raise`
    or an exit at its end.
    """
    if callee in _EXITS:
        return True
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return False
    if function.returns is not None and dotted(function.returns).rpartition(".")[2] in _NEVER:
        return True
    last = function.body[-1]
    leaves = isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and dotted(last.value.func) in _EXITS
    )
    return leaves and not any(isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) for node in ast.walk(function))
