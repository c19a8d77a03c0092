"""Which closures are arguments of a builtin that has finished with them when it returns: `any(x in y for x in z)`?"""

from __future__ import annotations

import ast

from flake8_closures.facts.knowledge import Effect, Knowledge
from flake8_closures.model import Closure, ScopeKind
from flake8_closures.tree import Parents

_DONE = (Effect.NOW, Effect.COLLECTED, Effect.DRAINED)


def is_passing(closure: Closure, parents: Parents, knowledge: Knowledge) -> bool:
    """Return whether a lambda or generator expression is gone when the call around it returns.

    Decided without a trace, because these are the most frequent closures in loops. What they make themselves may live
    on.
    """
    node, block = closure.node, closure.scope.parent
    if isinstance(node, ast.stmt) or block is None:
        return False
    call = parents.get(node)
    argument: int | str | None = None
    if isinstance(call, ast.keyword):
        argument, call = call.arg, parents.get(call)
    elif isinstance(call, ast.Call) and node in call.args:
        argument = call.args.index(node)
    if argument is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return False
    name = call.func.id
    if name not in block.owners or block.owners[name] is not None:
        return False
    function = closure.scope.kind is not ScopeKind.GENERATOR
    known = knowledge.callee(f"builtins.{name}", argument, function=function)
    return known is not None and known.effect in _DONE
