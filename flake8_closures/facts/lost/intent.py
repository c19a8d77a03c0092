"""What shows that a function means an outer variable by a name that it binds for itself?

Nothing fails there, so it takes evidence. Two lists say what each sign stands for, the strongest first. If the function
never reads its own variable, little is enough; if it does, it takes more.
"""

from __future__ import annotations

from collections.abc import Callable

from flake8_closures.facts.lost import declarations, purpose, values
from flake8_closures.facts.lost.case import Case, Evidence
from flake8_closures.facts.lost.placeholders import is_only_filled
from flake8_closures.facts.lost.unowned import of_nobodys
from flake8_closures.model import ScopeKind, Variable


def evidence(case: Case) -> Evidence | None:
    """Return the strongest evidence that an outer variable was meant, None if there is none."""
    outer = case.outer
    if case.looked_up and case.changes and not purpose.is_handed_out(case):
        return Evidence.LOOKED_UP
    if outer is None:
        return of_nobodys(case)
    if outer.scope.kind is ScopeKind.TYPE_PARAMETERS:
        return None
    idle = case.unread or is_only_filled(case.variable, case.parents)
    signs = _OF_THE_UNREAD if idle else _OF_THE_READ
    return next((sign for sign, is_seen in signs if is_seen(case, outer)), None)


_Signs = tuple[tuple[Evidence, Callable[[Case, Variable], bool]], ...]
_OF_THE_UNREAD: _Signs = (
    (Evidence.MISSING, values.is_only_announced),
    (Evidence.SHARED, declarations.is_changed_by_others),
    (Evidence.DECLARED_BESIDE, declarations.is_left_out),
    (Evidence.DECLARED_BESIDE, declarations.shares_an_assignment),
    (Evidence.PLACE_HOLDER, values.waits),
    (Evidence.PLACE_HOLDER, values.is_awaited),
    (Evidence.USELESS, purpose.is_all_it_does),
    (Evidence.VARIABLE, values.is_renamed),
    (Evidence.VARIABLE, values.is_useless),
)
"""The signs for a variable that its function never reads, and which is useless as its own."""
_OF_THE_READ: _Signs = (
    (Evidence.MISSING, values.is_only_announced),
    (Evidence.MISSING, values.is_never_begun),
    (Evidence.DECLARED_BESIDE, declarations.shares_an_assignment),
    (Evidence.DECLARED_BESIDE, declarations.is_one_of_a_group),
    (Evidence.DECLARED_BESIDE, declarations.is_state_beside_others),
    (Evidence.DECLARED_BESIDE, declarations.has_no_others),
    (Evidence.SHARED, declarations.is_state_of_others),
    (Evidence.SHARED, declarations.is_declared_together),
    (Evidence.SHARED, declarations.is_changed_by_several),
    (Evidence.SHARED, declarations.is_set_like_others),
    (Evidence.SHARED, declarations.is_changed_inside),
    (Evidence.SHARED, values.is_set_for_it),
    (Evidence.SHARED, declarations.is_declared_by_readers),
    (Evidence.SHARED, values.is_state_in_use),
    (Evidence.PLACE_HOLDER, values.is_state_that_waits),
    (Evidence.PLACE_HOLDER, values.keeps_a_parameter),
    (Evidence.PLACE_HOLDER, values.waits),
    (Evidence.PLACE_HOLDER, values.is_set_back),
    (Evidence.PLACE_HOLDER, values.is_none_for_ever),
    (Evidence.PLACE_HOLDER, values.is_never_filled),
    (Evidence.VARIABLE, values.replaces_itself),
)
"""The signs for a variable that its function reads: it could well be its own."""
