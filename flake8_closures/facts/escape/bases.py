"""What do the bases of a class do with it, or with its objects?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts.callees import bases
from flake8_closures.facts.escape.use import Carry, Use, Value, brief
from flake8_closures.facts.flow import Do
from flake8_closures.facts.functions import parameter

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace
    from flake8_closures.model import Scope


def subclassed(trace: Trace, node: ast.AST, value: Value) -> None:
    """Note what the `__init_subclass__` of bases that are in this file does with a new class."""
    callees = trace.context.callees
    for base in node.bases if isinstance(node, ast.ClassDef) else ():
        made = callees.constructor(base)
        hook = callees.method(made[0], "__init_subclass__") if made else None
        name = parameter(hook, 0, False) if hook else None
        for use in trace.parameter_uses(hook, name, Carry.CLASS) if hook and name else ():
            if use.lasting:
                text = f"kept by {brief(base)}.__init_subclass__()"
                trace.note(Use(use.fate, (Do.BIND, node), node, text, likelihood=use.likelihood), value)


def are_unseen(trace: Trace, callee: ast.AST) -> bool:
    """Return whether a called class has a base in another file, which may do anything with its objects."""
    made = trace.context.callees.constructor(callee)
    return made is not None and made[1] is None and has_unseen(trace, made[0])


def has_unseen(trace: Trace, owner: Scope) -> bool:
    """Return whether a class of the file has a base in another one."""
    names = trace.context.names
    return any(
        not names.dotted(base).startswith("builtins.") and trace.context.callees.constructor(base) is None
        for base in bases(owner)
    )
