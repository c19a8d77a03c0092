"""Does anything that is made of an object outlive the function, and hold the object too?"""

from __future__ import annotations

import ast

from flake8_closures.facts.escape.use import brief
from flake8_closures.facts.knowledge.wording import constructs
from flake8_closures.facts.retention import RetentionContext

_LAZY = frozenset(f"builtins.{name}" for name in "iter map filter zip enumerate reversed memoryview super".split())
_INDEPENDENT = ("builtins", "numpy", "pandas", "math", "statistics", "json", "hashlib", "zlib", "base64")
"""Modules whose functions return something of their own, unless the result is known to be a view or lazy."""
_VIEWING = frozenset(
    f"numpy.{name}"
    for name in (
        "asarray asanyarray ascontiguousarray asfortranarray require squeeze ravel reshape transpose swapaxes moveaxis "
        "rollaxis expand_dims broadcast_to atleast_1d atleast_2d atleast_3d split array_split hsplit vsplit dsplit "
        "diagonal real imag flip fliplr flipud rot90 frombuffer"
    ).split()
)
"""Functions of numpy that may return a view of their argument, or the argument itself."""
_ADDRESS = "ctypes"
"""The attribute of an array that exposes its address: somebody has to keep the array."""
_GROUPS = (ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.keyword, ast.IfExp, ast.Await)


def may_hold(read: ast.AST, context: RetentionContext) -> bool:
    """Return whether what is made of an object at a read may hold the object and outlive the function.

    That is an object of a class, a `partial`, a lazy iterator, a bound method, or the result of an unknown function.
    """
    around = context.parents.get(read)
    if isinstance(around, ast.comprehension):
        made = context.parents.get(around)
        if made is None or around.iter is not read or not (_draws_later(made, around) or _keeps_items(made, around)):
            return False
        return _lives(made, context)
    if isinstance(around, ast.Attribute):
        return around.attr == _ADDRESS or _lives(around, context)
    if isinstance(around, ast.keyword):
        around = context.parents.get(around)
    if not isinstance(around, ast.Call) or around.func is read:
        return False
    if is_independent(around, context):
        return False
    return _lives(around, context, to_calls=_keeps(around, context))


def is_independent(call: ast.Call, context: RetentionContext) -> bool:
    """Return whether the result of a call certainly holds none of its arguments."""
    module = context.names.dotted(call.func).partition(".")[0]
    return module in _INDEPENDENT and not _keeps(call, context)


def _keeps(call: ast.Call, context: RetentionContext) -> bool:
    """Return whether the result of a call holds its arguments, as far as is known or can be guessed."""
    callee = context.names.dotted(call.func)
    is_lazy = callee in _LAZY or callee in _VIEWING or callee == "functools.partial"
    return is_lazy or constructs(brief(call.func)) or context.weights.estimate(call).base is not None


def _draws_later(made: ast.AST, clause: ast.comprehension) -> bool:
    return isinstance(made, ast.GeneratorExp) and made.generators[0] is clause


def _keeps_items(made: ast.AST, clause: ast.comprehension) -> bool:
    """Return whether a comprehension collects the items that it draws, as they are or in objects of a class."""
    part = made.value if isinstance(made, ast.DictComp) else getattr(made, "elt", None)
    parts = [part, *(part.args if isinstance(part, ast.Call) and constructs(brief(part.func)) else ())]
    return any(isinstance(each, ast.Name) and each.id == getattr(clause.target, "id", "") for each in parts)


def _lives(node: ast.AST, context: RetentionContext, *, to_calls: bool = True, hops: int = 3) -> bool:
    """Return whether a value is returned, stored, captured, or, with `to_calls`, passed to an unknown call."""
    around = context.parents.get(node)
    while isinstance(around, _GROUPS):
        node, around = around, context.parents.get(around)
    if isinstance(around, ast.Return | ast.Yield | ast.YieldFrom):
        return True
    if isinstance(around, ast.Call):
        callee = context.names.dotted(around.func)
        return to_calls and around.func is not node and (callee in _LAZY or not callee.startswith("builtins."))
    if not isinstance(around, ast.Assign | ast.AnnAssign) or not hops:
        return False
    targets = around.targets if isinstance(around, ast.Assign) else [around.target]
    for target in targets:
        variable = context.names.variable(target)
        if variable is None or len(variable.mentions) > 1:
            return True
        if any(_lives(each.node, context, to_calls=to_calls, hops=hops - 1) for each in variable.references):
            return True
    return False
