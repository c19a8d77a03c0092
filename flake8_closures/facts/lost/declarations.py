"""What do declarations tell of which variable was meant: those of other functions, and those beside it?

Each function looks for one sign and says in its first line what that is.
"""

from __future__ import annotations

import ast

from flake8_closures.facts.blocks import is_inside
from flake8_closures.facts.declared import writers
from flake8_closures.facts.lost.case import (
    Case,
    is_module_state,
    is_of_module,
    is_read_later,
    is_sent,
    is_setting,
    is_tied,
)
from flake8_closures.facts.lost.placeholders import (
    are_of_different_types,
    begins_as_literal,
    holds_a_place,
    is_blank,
    is_literal,
    value,
)
from flake8_closures.facts.names import last_name
from flake8_closures.facts.unbound import is_plain
from flake8_closures.model import Binding, BindingKind, Variable
from flake8_closures.source import Parents, decorators_of


def is_changed_by_others(case: Case, outer: Variable) -> bool:
    """Another function declares it and changes it."""
    if not is_plain(outer) or not writers(outer) or any(map(_is_incidental, case.bindings)):
        return False
    return not all(_is_tried(each, case.parents) for each in case.bindings)


def is_left_out(case: Case, outer: Variable) -> bool:
    """The function declares others.

    Beside what is imported or defined, a name that several functions use for themselves is a common one.
    """
    left_out = bool(case.declared) and case.kept and (is_plain(outer) or case.alone)
    return left_out and not any(map(_is_incidental, case.bindings))


def _is_incidental(binding: Binding) -> bool:
    """Return whether the name of a binding is not there to be read: a decorator or a generator has what it wants."""
    return bool(decorators_of(binding.node)) or is_sent(binding)


def _is_tried(binding: Binding, parents: Parents) -> bool:
    """Return whether a binding is an import under `try`: who binds nothing else only asks whether it is there."""
    return binding.kind is BindingKind.IMPORT and isinstance(parents.get(binding.statement), ast.Try)


def is_one_of_a_group(case: Case, outer: Variable) -> bool:
    """An enclosing function binds it once, to a literal, and the function declares others of that function."""
    if is_of_module(outer) or not is_tied(case, outer) or not case.changes:
        return False
    return holds_a_place(outer) and is_read_later(outer, case.function)


def shares_an_assignment(case: Case, outer: Variable) -> bool:
    """One assignment binds it with others that the function declares: `total, count = 0, 0`.

    An enclosing function may use the name for a moment: there it has to hold a place.
    """
    if not is_tied(case, outer) or not is_plain(outer):
        return False
    partners = {
        part.id
        for binding in case.bindings
        if isinstance(binding.statement, ast.Assign)
        for target in binding.statement.targets
        for part in ast.walk(target)
        if isinstance(part, ast.Name)
    }
    if not any(other.name in partners for other in case.declared):
        return False
    return is_of_module(outer) or all(
        binding.kind is BindingKind.PARAMETER or is_literal(binding.value)
        for binding in outer.bindings
        if binding.scope is outer.scope
    )


def is_state_beside_others(case: Case, outer: Variable) -> bool:
    """It is spelled like state, and the function declares others."""
    return is_module_state(case, outer) and bool(case.declared)


def is_state_of_others(case: Case, outer: Variable) -> bool:
    """It is spelled like state, and others declare it."""
    if not is_module_state(case, outer) or not case.alone:
        return False
    if writers(outer):
        return _is_on_its_own(case, outer)
    return any(outer.name in block.globals for block in outer.mentions)


def is_declared_together(case: Case, outer: Variable) -> bool:
    """Another function declares it together with one that this function declares."""
    if not is_of_module(outer) or not is_plain(outer) or not case.changes or not _is_on_its_own(case, outer):
        return False
    return any(case.declared & {block.owners.get(name) for name in block.globals} for block in writers(outer))


def is_changed_by_several(case: Case, outer: Variable) -> bool:
    """It begins as a literal, and several others change it: a variable beside it would have another name.

    What the function makes its result of, or takes off another object under that name, is its own.
    """
    if not is_setting(case, outer) or not begins_as_literal(outer) or case.passed_on:
        return False
    if any(getattr(binding.value, "attr", "") == outer.name for binding in case.bindings):
        return False
    return _is_on_its_own(case, outer) and len(writers(outer)) > 1


def _is_on_its_own(case: Case, outer: Variable) -> bool:
    """Return whether a function neither hands its own value to those who change the outer one nor has it from them.

    Else it knows whose is whose.
    """
    return not {block.name for block in writers(outer)} & _partners(case)


def _partners(case: Case) -> set[str]:
    """Return the names, without what comes before a dot, of the callees that a function gives its own variable, or
    takes it from.
    """
    calls = [case.parents.get(node) for node in case.function.reads.get(case.variable.name, ())]
    calls += [value(binding) for binding in case.bindings]
    return {last_name(call.func) for call in calls if isinstance(call, ast.Call)}


def is_set_like_others(case: Case, outer: Variable) -> bool:
    """Others change it, and the function only sets it to a blank, or to what it begins with."""
    return bool(writers(outer)) and _is_set_to_one_literal(case, outer) and is_read_later(outer, case.function)


def is_changed_inside(case: Case, outer: Variable) -> bool:
    """A function inside declares it and changes it: its own variable never shows those changes.

    Others change it, too, or nobody else has a use for it.
    """
    declaring = writers(outer)
    inside = sum(is_inside(block, case.function) for block in declaring)
    if not inside or not case.changes or not is_read_later(outer, case.function):
        return False
    apart = are_of_different_types(value(outer.bindings[0]), value(case.bindings[0]))
    begun = outer.name in outer.scope.writes
    needless = begun and all(block is outer.scope or is_inside(block, case.function) for block in outer.mentions)
    return inside < len(declaring) or (needless and not apart)


def is_declared_by_readers(case: Case, outer: Variable) -> bool:
    """It begins as a constant, and others declare it who only read it: they count on somebody who changes it."""
    begun = any(isinstance(each.value, ast.Constant) for each in outer.bindings if each.scope is outer.scope)
    if not begun or not is_setting(case, outer) or writers(outer):
        return False
    return any(outer.name in block.globals and not is_inside(block, case.function) for block in outer.mentions)


def _is_set_to_one_literal(case: Case, outer: Variable) -> bool:
    own = {ast.dump(each.value) if each.value else "" for each in case.bindings}
    first = {ast.dump(each.value) for each in outer.bindings if each.value and each.scope is outer.scope}
    sample = case.bindings[0].value
    if len(own) > 1 or not is_literal(sample):
        return False
    return own <= first or (is_blank(case.bindings[0], outer) and not case.returned)
