"""What does an object do with what it holds, if its class is in the file?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_closures.facts.escape.use import Carry, Use, Way
from flake8_closures.facts.functions import is_static, parameter
from flake8_closures.facts.knowledge import containers
from flake8_closures.model import Scope

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def on_self(trace: Trace, use: Use) -> bool:
    """Return whether a method keeps an argument on its own object."""
    return use.way is not Way.PUT_AWAY and trace.context.callees.is_on_self(use.node)


def is_field(trace: Trace, use: Use) -> None:
    """Note the attribute by which an object returns what one of its methods stored there."""
    name = trace.context.callees.field(use.node)
    if name:
        trace.members.setdefault(name, use.carry if isinstance(use.node, ast.Attribute) else Carry.HOLDER)


def fills_field(trace: Trace, call: ast.Call, place: int | str, carry: Carry) -> None:
    """Note the attribute that an argument becomes, for a class with annotated fields and no `__init__`."""
    made = trace.context.callees.constructor(call.func)
    if made is None or made[1] is not None:
        return
    annotated = [each.target for each in made[0].body if isinstance(each, ast.AnnAssign)]
    fields = [target.id for target in annotated if isinstance(target, ast.Name)]
    name = place if isinstance(place, str) else fields[place] if place < len(fields) else ""
    if name in fields:
        trace.members.setdefault(name, carry)


def of_object(trace: Trace, method: Scope) -> Iterator[Use]:
    """Yield the uses of its object that outlive a method call and do more than keep something on the object."""
    name = parameter(method, 0, False)
    if name is None or is_static(method):
        return
    for use in trace.parameter_uses(method, name, Carry.HOLDER, trace.members):
        if use.lasting and not on_self(trace, use):
            yield use


def only_adds(trace: Trace, call: ast.Call) -> bool:
    """Return whether a method of a class of the file only adds to attributes of its object."""
    method = next(iter(trace.context.callees.functions(call.func)), None)
    if method is None or not isinstance(method.node, ast.FunctionDef):
        return False
    variable = method.variables.get(parameter(method, 0, False) or "")
    parents = trace.context.parents
    for reference in variable.references if variable else ():
        attribute = parents[reference.node]
        around = parents[attribute]
        if not isinstance(attribute, ast.Attribute):
            return False
        adds = (
            isinstance(around, ast.Attribute)
            and around.attr in containers.ADDS
            and isinstance(parents[around], ast.Call)
        )
        stores = isinstance(around, ast.Subscript) and isinstance(around.ctx, ast.Store)
        if not (adds or stores or isinstance(attribute.ctx, ast.Store)):
            return False
    return variable is not None
