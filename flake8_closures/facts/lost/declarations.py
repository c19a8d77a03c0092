"""Which declarations show that an outer variable was meant: those of other functions, and those beside it?

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
    is_result_of,
    is_sent,
    is_setting,
    is_tied,
)
from flake8_closures.facts.lost.placeholders import (
    are_of_different_types,
    begins_as_literal,
    holds_a_place,
    is_blank,
    is_filled_at_home,
    is_literal,
    value,
)
from flake8_closures.facts.names import last_name
from flake8_closures.facts.unbound import is_plain
from flake8_closures.model import Binding, BindingKind, Variable
from flake8_closures.tree import Parents, decorators_of


def is_changed_by_others(case: Case, outer: Variable) -> bool:
    """Another function declares it and changes it."""
    if not is_plain(outer) or not writers(outer) or any(map(_is_incidental, case.bindings)):
        return False
    return not all(_is_tried(each, case.parents) for each in case.bindings)


def is_left_out(case: Case, outer: Variable) -> bool:
    """The function declares other variables.

    If the outer name is imported or defined, and several functions use it for themselves, it is only a common name.
    """
    left_out = bool(case.declared) and case.kept and (is_plain(outer) or case.alone)
    return left_out and not any(map(_is_incidental, case.bindings))


def _is_incidental(binding: Binding) -> bool:
    """Return whether nobody needs to read a binding: a decorator registers the function, or a generator is sent the
    value.
    """
    return bool(decorators_of(binding.node)) or is_sent(binding)


def _is_tried(binding: Binding, parents: Parents) -> bool:
    """Return whether a binding is an import under `try`, which may only check whether the module exists."""
    return binding.kind is BindingKind.IMPORT and isinstance(parents.get(binding.statement), ast.Try)


def is_one_of_a_group(case: Case, outer: Variable) -> bool:
    """An enclosing function binds it once, to a literal that it does not fill, and the function declares others."""
    if is_of_module(outer) or not is_tied(case, outer) or not case.changes or is_filled_at_home(outer, case.parents):
        return False
    return holds_a_place(outer) and is_read_later(outer, case.function)


def shares_an_assignment(case: Case, outer: Variable) -> bool:
    """One assignment binds it with others that the function declares: `total, count = 0, 0`.

    A variable of an enclosing function must be a placeholder, since that function may use the name only briefly.
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


def has_no_others(case: Case, outer: Variable) -> bool:
    """It begins as a literal, and the function declares all other names that it binds, and several of them."""
    if len(case.declared) < 2 or not is_tied(case, outer) or not begins_as_literal(outer) or not case.changes:
        return False
    function = case.function
    declared = function.globals.keys() | function.nonlocals.keys()
    own = [each for name, each in function.writes.items() if each and name not in declared]
    return {each[0].name for each in own if each[0].kind is not BindingKind.PARAMETER} == {outer.name}


def is_state_beside_others(case: Case, outer: Variable) -> bool:
    """It is spelled like state, and the function declares others."""
    return is_module_state(case, outer) and bool(case.declared)


def is_state_of_others(case: Case, outer: Variable) -> bool:
    """It is spelled like state, and other functions declare it."""
    if not is_module_state(case, outer) or not case.alone:
        return False
    if writers(outer):
        return _is_on_its_own(case, outer)
    return any(outer.name in block.globals for block in outer.mentions)


def is_declared_together(case: Case, outer: Variable) -> bool:
    """Another function declares it together with one that this function declares."""
    if not is_of_module(outer) or not is_plain(outer) or not case.changes or not _is_on_its_own(case, outer):
        return False
    declaring = (block for block in outer.mentions if outer.name in block.globals)
    return any(case.declared & {block.owners.get(name) for name in block.globals} for block in declaring)


def is_changed_by_several(case: Case, outer: Variable) -> bool:
    """It begins as a literal, and several other functions change it.

    A variable that the function builds its result from, or reads from an attribute of the same name, is its own.
    """
    if not is_setting(case, outer) or not begins_as_literal(outer) or case.passed_on:
        return False
    if any(getattr(binding.value, "attr", "") == outer.name for binding in case.bindings):
        return False
    return _is_on_its_own(case, outer) and len(writers(outer)) > 1


def _is_on_its_own(case: Case, outer: Variable) -> bool:
    """Return whether a function neither passes its value to the functions that change the outer one nor gets it from
    them.

    Otherwise it keeps the two apart on purpose.
    """
    return not {block.name for block in writers(outer)} & _partners(case) and not is_result_of(case.function, outer)


def _partners(case: Case) -> set[str]:
    """Return the names of the callees that get a function's own variable or return its value, without any prefix."""
    calls = [case.parents.get(node) for node in case.function.reads.get(case.variable.name, ())]
    calls += [value(binding) for binding in case.bindings]
    return {last_name(call.func) for call in calls if isinstance(call, ast.Call)}


def is_set_like_others(case: Case, outer: Variable) -> bool:
    """Other functions change it, and the function only sets it to a blank or to its initial value."""
    return bool(writers(outer)) and _is_set_to_one_literal(case, outer) and is_read_later(outer, case.function)


def is_changed_inside(case: Case, outer: Variable) -> bool:
    """A nested function declares it and changes it: the function's own variable never shows those changes.

    Besides, other functions change it too, or nobody else uses it.
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
    """It begins as a constant, and others declare it that only read it: they expect somebody to change it."""
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
