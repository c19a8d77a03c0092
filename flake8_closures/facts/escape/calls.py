"""What does a call do with an argument? Asks the file's own functions first, then the tables, then the evidence."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_closures.facts.escape import known, objects, own, unknown
from flake8_closures.facts.escape.use import Value
from flake8_closures.facts.flow import Do
from flake8_closures.facts.knowledge import Effect
from flake8_closures.model import Confidence

if TYPE_CHECKING:
    from flake8_closures.facts.escape.trace import Trace


def argument(trace: Trace, call: ast.Call, place: int | str, value: Value) -> None:
    """Follow a value into a call. `place` is its position or keyword."""
    if not trace.graph.happens((Do.CALL, call)):
        return
    uses = own.local_uses(trace, call, place, value.carry)
    if uses is not None:
        for use in uses:
            own.at_call(trace, use, call, value)
        return
    found = known.look_up(trace, call, place, value.carry)
    if found is None or (found.confidence is Confidence.POSSIBLE and found.effect is Effect.KEPT):
        objects.fills_field(trace, call, place, value.carry)
        unknown.carry_out(trace, call, place, value, found)
    else:
        known.carry_out(trace, found, call, value)
