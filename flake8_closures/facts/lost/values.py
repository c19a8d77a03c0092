"""Which values, of the variable and of the outer one, show that the outer one was meant?

Each function looks for one sign and says in its first line what that is.
"""

from __future__ import annotations

import ast

from flake8_closures.facts.blocks import is_inside, is_part
from flake8_closures.facts.declared import writers
from flake8_closures.facts.lost.case import (
    Case,
    begins_below,
    is_made_alike,
    is_module_state,
    is_of_module,
    is_read_later,
    is_result_of,
    is_setting,
    is_tied,
)
from flake8_closures.facts.lost.placeholders import (
    are_of_different_types,
    begins_as_literal,
    holds_a_place,
    is_blank,
    is_blank_for_ever,
    is_empty,
    is_empty_for_ever,
    is_filled_at_home,
    is_literal,
    value,
)
from flake8_closures.facts.spelling import is_state
from flake8_closures.facts.unbound import is_plain
from flake8_closures.model import Binding, BindingKind, Scope, Variable
from flake8_closures.tree import decorators_of

_CALLABLE = (ast.Name, ast.Attribute, ast.Lambda)
_UNPACKING = (BindingKind.ASSIGN, BindingKind.LOOP_TARGET)

# It has no first value without this function.


def is_only_announced(case: Case, outer: Variable) -> bool:
    """It has an annotation, nobody binds it, and the module has no `__getattr__` that could return it."""
    announced = all(binding.kind is BindingKind.ANNOTATION for binding in outer.bindings)
    return announced and case.alone and case.changes and "__getattr__" not in outer.scope.variables


def is_never_begun(case: Case, outer: Variable) -> bool:
    """All others who bind it rely on its having a value: `count += 1`."""
    return _has_no_beginning(case, outer) and bool(outer.references) and all(map(_is_change, outer.bindings))


def is_set_for_it(case: Case, outer: Variable) -> bool:
    """The function sets it to constants and reads it, and others set it; nobody else reads it."""
    flag = all(isinstance(binding.value, ast.Constant) for binding in case.bindings)
    return flag and not outer.references and _has_no_beginning(case, outer)


def _has_no_beginning(case: Case, outer: Variable) -> bool:
    """Return whether other functions bind a variable of the module, and the module does not."""
    if not is_of_module(outer) or outer.name in outer.scope.writes or not case.alone or not case.changes:
        return False
    return not any(is_inside(block, case.function) for block in writers(outer))


def _is_change(binding: Binding) -> bool:
    if binding.kind in (BindingKind.AUGMENTED, BindingKind.DELETE):
        return True
    parts = ast.walk(binding.value) if binding.value else ()
    return any(isinstance(part, ast.Name) and part.id == binding.name for part in parts)


# It holds a place for a value that comes later.


def is_renamed(case: Case, outer: Variable) -> bool:
    """The function binds its own name to another function: the next call is meant to run that."""
    is_named = all(isinstance(each.value, _CALLABLE) for each in case.bindings)
    return is_named and case.kept and all(each.node is case.function.node for each in outer.bindings)


def replaces_itself(case: Case, outer: Variable) -> bool:
    """The function binds its own name to something new, and calls that with its own arguments."""
    function = case.function.node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or not case.simple:
        return False
    taken = [each.arg for each in (*function.args.posonlyargs, *function.args.args, function.args.vararg) if each]
    if not taken or all(each.node is not function for each in outer.bindings):
        return False
    parts = [part for binding in case.bindings if binding.value for part in ast.walk(binding.value)]
    if any(isinstance(part, ast.Name) and part.id in case.function.variables for part in parts):
        return False
    for reference in case.variable.references:
        call = case.parents.call_of(reference.node)
        if call is not None:
            given = [each.value if isinstance(each, ast.Starred) else each for each in call.args]
            if [getattr(each, "id", "") for each in given] == taken:
                return isinstance(case.parents.get(call), (ast.Return, ast.Expr))
    return False


def is_state_that_waits(case: Case, outer: Variable) -> bool:
    """It is spelled like state, bound once to a literal, and the function computes a value for it.

    A container that the module fills itself is no placeholder.
    """
    taken = all(isinstance(each.value, ast.Name) or is_literal(value(each)) for each in case.bindings)
    if taken or not is_module_state(case, outer) or not case.alone or not holds_a_place(outer):
        return False
    return not is_filled_at_home(outer, case.parents)


def is_state_in_use(case: Case, outer: Variable) -> bool:
    """It is in capitals, begins above the function, which gets a new value for it, and other functions read it."""
    if not is_module_state(case, outer) or not outer.name.isupper() or not case.alone or not case.kept:
        return False
    if is_result_of(case.function, outer) or is_made_alike(case, outer):
        return False
    if begins_below(case, outer):
        return False
    known = {ast.dump(each.value) for each in outer.bindings if each.value}
    new = [each.value for each in case.bindings if each.value and ast.dump(each.value) not in known]
    readers = [block for block in outer.mentions if block.is_function and outer.name in block.reads]
    # What functions inside read is shared with them already.
    inside = (*readers, *(block for block in case.variable.mentions if block is not case.function))
    if any(is_inside(block, case.function) for block in inside):
        return False
    return bool(readers) and not all(_is_table(each, case.function) for each in new)


def _is_table(node: ast.expr, function: Scope) -> bool:
    """Return whether an expression gives the same value in each call of a function: it calls nothing, and reads nothing
    that the function binds.
    """
    parts = [*ast.walk(node)]
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    computes = any(isinstance(part, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)) for part in parts)
    return not computes and names.isdisjoint(function.variables)


def keeps_a_parameter(case: Case, outer: Variable) -> bool:
    """It begins as a literal, or belongs with declared ones, and the function always stores an argument in it."""
    if not is_setting(case, outer) or not (begins_as_literal(outer) or is_tied(case, outer)):
        return False
    if begins_below(case, outer):
        return False
    writes = case.function.writes
    given = {name for name in writes if any(each.kind is BindingKind.PARAMETER for each in writes[name])}
    kept = [each.value for each in case.bindings if each.statement in case.function.body]
    return any(isinstance(each, ast.Name) and each.id in given for each in kept)


def waits(case: Case, outer: Variable) -> bool:
    """It begins as a placeholder above the function, and nothing else in the file mentions it.

    Other modules may read a variable of the module. In an enclosing function, such a variable would be useless.
    """
    first, *others = [each for each in outer.bindings if each.scope is outer.scope] or outer.bindings
    if first.scope is not outer.scope or others or outer.references or not case.changes:
        return False
    if begins_below(case, outer) or all(_is_read_off(each, case.function) for each in case.bindings):
        return False
    if is_of_module(outer):
        if not case.unread and all(isinstance(each.value, ast.Constant) for each in case.bindings):
            return False
        if not case.alone and not (case.unrivalled and case.declared):
            return False
        filled = is_empty(value(first)) and all(is_literal(value(each)) for each in case.bindings)
        return (is_state(outer.name) or not case.returned) and (is_blank(first, outer) or filled)
    # What functions inside read is shared with them already.
    alone = all(is_part(reference.scope, case.function) for reference in case.variable.references)
    tied, known = is_tied(case, outer), is_literal(value(first))
    begun = (known and (tied or case.alone)) or (tied and first.value is not None)
    return not case.unread and alone and begun


def _is_read_off(binding: Binding, function: Scope) -> bool:
    """Return whether a binding reads an attribute of that name from something global: `x = config.x`."""
    source = binding.value
    if not isinstance(source, ast.Attribute) or source.attr != binding.name:
        return False
    return isinstance(source.value, ast.Name) and source.value.id not in function.variables


def is_set_back(case: Case, outer: Variable) -> bool:
    """The function binds it to several values, one of them its initial value, and nobody else reads it.

    A variable of the function itself could begin with a blank, too: then the blank must come later, or others change
    it.
    """
    homes = [each for each in outer.bindings if each.scope is outer.scope]
    if not is_of_module(outer) or len(homes) != 1 or not case.simple or len(case.bindings) < 2:
        return False
    if case.returned or outer.references:
        return False
    first, own = homes[0].value, [ast.dump(each.value) for each in case.bindings if each.value]
    if first is None or len(own) < 2 or ast.dump(first) not in own or begins_below(case, outer):
        return False
    late = own[0] != ast.dump(first) or bool(writers(outer))
    return late if is_blank(homes[0], outer) else not is_literal(first)


def is_awaited(case: Case, outer: Variable) -> bool:
    """It is bound once, to a literal of the same type, and read later."""
    if not holds_a_place(outer) or not _is_meant_by_readers(case, outer):
        return False
    apart = is_of_module(outer) and are_of_different_types(value(outer.bindings[0]), value(case.bindings[0]))
    return not apart and not _changes_nothing(case, outer)


def is_useless(case: Case, outer: Variable) -> bool:
    """It is a variable that is read later.

    If several functions have one of their own, it is a common name and no shared variable.
    """
    if holds_a_place(outer) or not _is_meant_by_readers(case, outer) or _changes_nothing(case, outer):
        return False
    return case.kept and (case.alone or not is_of_module(outer))


def _is_meant_by_readers(case: Case, outer: Variable) -> bool:
    if not is_plain(outer) or not is_read_later(outer, case.function):
        return False
    if any(decorators_of(binding.node) for binding in case.bindings):
        return False
    # The names of a script's own lines recur in its functions: there it takes a blank, or a function that reads.
    return (
        not is_of_module(outer)
        or any(block.is_function and outer.name in block.reads for block in outer.mentions)
        or (len(outer.bindings) == 1 and is_blank(outer.bindings[0], outer))
    )


def _changes_nothing(case: Case, outer: Variable) -> bool:
    """Return whether both variables are only ever bound to the same constant or attribute."""
    values = [each.value for each in (*case.bindings, *outer.bindings)]
    lasting = [ast.dump(each) for each in values if isinstance(each, (ast.Constant, ast.Attribute))]
    return len(lasting) == len(values) and len({*lasting}) == 1


def is_none_for_ever(case: Case, outer: Variable) -> bool:
    """It is read later, and always the same blank constant."""
    if begins_below(case, outer) or _changes_nothing(case, outer):
        return False
    known = is_blank_for_ever(outer) and (case.unrivalled or bool(case.declared))
    unpacked = any(each.value is None and each.kind in _UNPACKING for each in case.bindings)
    return known and (not unpacked or is_tied(case, outer)) and is_read_later(outer, case.function)


def is_never_filled(case: Case, outer: Variable) -> bool:
    """It is read later, and an empty container that nobody fills."""
    return case.changes and is_empty_for_ever(outer, case.parents) and is_read_later(outer, case.function)
