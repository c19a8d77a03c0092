"""What is always the same? Conditions with one value, loops that surely run, calls that never return."""

from __future__ import annotations

import ast
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


def passes(iterable: ast.expr, dotted: Callable[[ast.AST], str]) -> tuple[bool, bool]:
    """Return whether a loop over an iterable surely runs once, and whether it can never be exhausted."""
    if isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
        return any(not isinstance(item, ast.Starred) for item in iterable.elts), False
    if isinstance(iterable, ast.Dict):
        return any(key is not None for key in iterable.keys), False
    if isinstance(iterable, ast.Constant):
        return isinstance(iterable.value, (str, bytes)) and bool(iterable.value), False
    if isinstance(iterable, ast.Call) and not any(isinstance(item, ast.Starred) for item in iterable.args):
        name = dotted(iterable.func)
        if name in ("itertools.count", "itertools.cycle") or (name == "itertools.repeat" and len(iterable.args) == 1):
            return name != "itertools.cycle", name != "itertools.cycle"
        if name == "builtins.range":
            bounds = [_integer(argument) for argument in iterable.args]
            if None not in bounds and 1 <= len(bounds) <= 3 and 0 not in bounds[2:]:
                return bool(range(*bounds)), False  # type: ignore[arg-type]
        if name in _SAME_LENGTH and iterable.args:
            return all(
                passes(argument, dotted)[0] for argument in iterable.args[: 9 if name == "builtins.zip" else 1]
            ), False
    return False, False


_SAME_LENGTH = {
    f"builtins.{name}" for name in ("enumerate", "list", "tuple", "sorted", "reversed", "iter", "set", "zip")
}


def _integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _integer(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


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


def never_returns(callee: str, function: ast.AST | None) -> bool:
    """Return whether a call surely raises, by the full name of its callee or by the one function that it can mean.

    A function of the file counts if it is plain: no `return`, no `yield`, and a `raise` at its end.
    """
    if callee in _EXITS:
        return True
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return False
    return isinstance(function.body[-1], ast.Raise) and not any(
        isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) for node in ast.walk(function)
    )
