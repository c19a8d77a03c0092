"""What shows that a function means a name of the module that nobody else binds?"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_closures.facts.blocks import is_inside
from flake8_closures.facts.lost.case import Case, Evidence
from flake8_closures.facts.spelling import family, is_special, is_state
from flake8_closures.model import Binding, BindingKind

_TRUSTED = 12
"""A name that more functions than this need exists, although the file does not say where."""
_FOR_OTHERS = (BindingKind.ASSIGN, BindingKind.ANNOTATED, BindingKind.IMPORT)
"""How a function that does not read a name itself gets it for others."""


def of_nobodys(case: Case) -> Evidence | None:
    """Return the evidence for a name that the module would not have without this function."""
    declared = any(case.variable.name in block.globals for block in case.readers)
    elsewhere = declared or any(not is_inside(block, case.function) for block in case.readers)
    if case.declared:
        if elsewhere and case.changes:
            return Evidence.MISSING
        if case.simple and case.alone and (_goes_with_the_declared(case) or _is_filled_like_the_declared(case)):
            return Evidence.DECLARED_BESIDE
        if case.unread and case.kept and is_state(case.variable.name):
            return Evidence.DECLARED_BESIDE
    there = len(case.readers) > _TRUSTED and not case.unread
    # Who declares it means none of those that other functions have for themselves, or make their results of.
    needed = declared or (case.alone and not case.passed_on and (case.kept or (case.unread and case.unrivalled)))
    kept = (case.changes if declared else case.simple) or (
        case.unread and all(each.kind in _FOR_OTHERS for each in case.bindings)
    )
    return Evidence.MISSING if elsewhere and kept and needed and not there else None


def _goes_with_the_declared(case: Case) -> bool:
    """Return whether a name is of one family with all declared names, and no other variable of the function is.

    A family is `bool_type` with `int_type` and `str_type`, or names that are all in capitals.
    """
    name = case.variable.name
    if is_special(name):
        return any(is_special(other.name) for other in case.declared)
    if len(case.declared) < 2 or any((other.name[0] == "_") != (name[0] == "_") for other in case.declared):
        return False
    if _are_capitals([name, *(other.name for other in case.declared)]):
        return not any(_are_capitals([own]) for own in case.function.variables if own != name)
    word = family(name)
    declared = all(family(other.name) == word for other in case.declared)
    return bool(word) and declared and all(family(own) != word for own in case.function.variables if own != name)


def _are_capitals(names: Sequence[str]) -> bool:
    return all(name.isupper() and is_state(name) for name in names)


def _is_filled_like_the_declared(case: Case) -> bool:
    """Return whether a variable is looked up like a declared one: `a = config["a"]` with `b = config["b"]`.

    No other variable of the function may be looked up like that, and one that the function reads must come from there
    alone. Attributes count if the function does not read the variable.
    """
    attributes = case.unread
    own = _lookups(case.bindings, attributes)
    others = [other for other in case.function.variables.values() if other is not case.variable]
    alone = case.unread or all(_lookups([each], attributes) for each in case.bindings)
    if not own or not alone:
        return False
    if any(own & _lookups(other.bindings, attributes) for other in others):
        return False
    # `a = b = config["a"]` looks it up once.
    statements = {each.statement for each in case.bindings}
    writes = [each for other in case.declared for each in case.function.writes.get(other.name, ())]
    return bool(own & _lookups([each for each in writes if each.statement not in statements], attributes))


def _lookups(bindings: Sequence[Binding], attributes: bool) -> set[str]:
    """Return what bindings look their values up in: by a constant key, or by an attribute."""
    values = [each.value for each in bindings]
    return {
        ast.dump(value.value)
        for value in values
        if (isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant))
        or (attributes and isinstance(value, ast.Attribute))
    }
