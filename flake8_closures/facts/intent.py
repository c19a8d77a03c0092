"""What tells that a function means an outer variable by a name that it binds for itself?

Nothing fails there, so it takes evidence: who else changes the outer variable, what it begins with, how its name is
spelled, what the function declares beside it, and how it is bound here.
"""

from __future__ import annotations

import ast

from flake8_closures.facts.blocks import is_inside, is_part
from flake8_closures.facts.case import Case, Evidence, is_sent, writers
from flake8_closures.facts.placeholders import (
    are_of_different_types,
    holds_a_place,
    is_blank,
    is_blank_for_ever,
    is_empty,
    is_empty_for_ever,
    is_literal,
    value,
)
from flake8_closures.facts.positions import position
from flake8_closures.facts.spelling import is_state
from flake8_closures.facts.unbound import is_plain
from flake8_closures.facts.unowned import of_nobodys
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind, Variable


def evidence(case: Case) -> Evidence | None:
    """Return the strongest evidence that an outer variable was meant, None if there is none."""
    outer = case.outer
    if case.asked and case.changes and (outer is None or outer.scope.kind is ScopeKind.MODULE):
        return Evidence.ASKED
    if outer is None:
        return of_nobodys(case)
    if outer.scope.kind is ScopeKind.TYPE_PARAMETERS:
        return None
    return (
        _of_the_unbegun(case, outer)
        or _of_the_others(case, outer)
        or (
            (_of_waiting(case, outer) if not _is_read_later(outer, case.function) else None)
            or (_in_vain(case, outer) if case.unread else _in_private(case, outer))
        )
    )


# What the others do, and what they leave to do.


def _of_the_unbegun(case: Case, outer: Variable) -> Evidence | None:
    """Judge a variable of the module that without this function has no first value, or one that nobody asks for."""
    if outer.scope.kind is not ScopeKind.MODULE or not case.alone or not case.changes:
        return None
    if all(binding.kind is BindingKind.ANNOTATION for binding in outer.bindings):
        return Evidence.MISSING
    if outer.name in outer.scope.writes or any(is_inside(block, case.function) for block in writers(outer)):
        return None
    if outer.references:
        return Evidence.MISSING if all(map(_is_change, outer.bindings)) else None
    flag = all(isinstance(binding.value, ast.Constant) for binding in case.bindings)
    return Evidence.SHARED if flag and not case.unread else None


def _is_change(binding: Binding) -> bool:
    """Return whether a binding takes it for granted that the variable has a value."""
    if binding.kind in (BindingKind.AUGMENTED, BindingKind.DELETE):
        return True
    parts = ast.walk(binding.value) if binding.value else ()
    return any(isinstance(part, ast.Name) and part.id == binding.name for part in parts)


def _of_the_others(case: Case, outer: Variable) -> Evidence | None:
    plain = is_plain(outer)
    declaring = {block.name for block in writers(outer)}
    # Who hands a value of his own to one that changes the outer variable knows whose is whose.
    shared = bool(declaring) and (case.unread or not declaring & _handed_to(case))
    if case.unread and not any(_is_decorated(binding) or is_sent(binding) for binding in case.bindings):
        if shared and plain:
            return Evidence.SHARED
        if case.declared and case.kept:
            return Evidence.DECLARED_BESIDE
    if _shares_an_assignment(case, outer):
        return Evidence.DECLARED_BESIDE
    if case.simple and _replaces_itself(case, outer):
        return Evidence.VARIABLE
    if not plain or outer.scope.kind is not ScopeKind.MODULE or not case.changes:
        return None
    if is_state(outer.name) and case.simple:
        if case.declared:
            return Evidence.DECLARED_BESIDE
        if case.alone and (shared or (not declaring and any(outer.name in block.globals for block in outer.mentions))):
            return Evidence.SHARED
        if case.alone and holds_a_place(outer) and not all(map(_is_taken_as_it_is, case.bindings)):
            return Evidence.PLACE_HOLDER
    if shared and _is_declared_together(case, outer):
        return Evidence.SHARED
    if not (case.unrivalled and case.simple and _begins_as_literal(outer)):
        return None
    if _keeps_a_parameter(case):
        return Evidence.PLACE_HOLDER
    # What several functions change is known to be shared: a variable beside it would have another name.
    return Evidence.SHARED if shared and len(writers(outer)) > 1 else None


def _is_taken_as_it_is(binding: Binding) -> bool:
    """Return whether a value is a literal or what another name stands for: nothing that was worked out."""
    return isinstance(binding.value, ast.Name) or is_literal(value(binding))


def _begins_as_literal(outer: Variable) -> bool:
    return any(each.scope is outer.scope and is_literal(value(each)) for each in outer.bindings)


def _keeps_a_parameter(case: Case) -> bool:
    """Return whether a function keeps what it is given, whatever happens, under the name of the variable."""
    body: list[ast.stmt] = case.function.node.body  # type: ignore[attr-defined]
    writes = case.function.writes
    given = {name for name in writes if any(each.kind is BindingKind.PARAMETER for each in writes[name])}
    kept = [each.value for each in case.bindings if each.statement in body]
    return any(isinstance(each, ast.Name) and each.id in given for each in kept)


def _replaces_itself(case: Case, outer: Variable) -> bool:
    """Return whether a function binds its own name, and hands its arguments on to what it has bound."""
    function = case.function.node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    taken = [each.arg for each in (*function.args.posonlyargs, *function.args.args, function.args.vararg) if each]
    if not taken or all(each.node is not function for each in outer.bindings):
        return False
    for reference in case.variable.references:
        call = case.parents().get(reference.node)
        if isinstance(call, ast.Call) and call.func is reference.node:
            given = [each.value if isinstance(each, ast.Starred) else each for each in call.args]
            if [getattr(each, "id", "") for each in given] == taken:
                return isinstance(case.parents().get(call), (ast.Return, ast.Expr))
    return False


def _handed_to(case: Case) -> set[str]:
    """Return the names, without what comes before a dot, of the callees that a function gives its own variable."""
    calls = [case.parents().get(node) for node in case.function.reads.get(case.variable.name, ())]
    callees = [call.func for call in calls if isinstance(call, ast.Call)]
    return {getattr(callee, "attr", "") or getattr(callee, "id", "") for callee in callees}


def _is_decorated(binding: Binding) -> bool:
    return bool(getattr(binding.node, "decorator_list", ()))


def _shares_an_assignment(case: Case, outer: Variable) -> bool:
    """Return whether a function binds a variable in one assignment with others that it declares in the same block.

    An enclosing function may use the name for a moment: there it has to hold a place.
    """
    if not case.declared or not is_plain(outer):
        return False
    partners = {
        part.id
        for binding in case.bindings
        if binding.kind is BindingKind.ASSIGN and isinstance(binding.statement, ast.Assign)
        for target in binding.statement.targets
        for part in ast.walk(target)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    if not any(other.name in partners and other.scope is outer.scope for other in case.declared):
        return False
    return outer.scope.kind is ScopeKind.MODULE or all(
        binding.kind is BindingKind.PARAMETER or (binding.value is not None and is_literal(binding.value))
        for binding in outer.bindings
        if binding.scope is outer.scope
    )


def _is_declared_together(case: Case, outer: Variable) -> bool:
    """Return whether another function declares a variable together with one that this function declares."""
    return any(case.declared & {block.owners.get(name) for name in block.globals} for block in writers(outer))


# What the outer variable is.


def _of_waiting(case: Case, outer: Variable) -> Evidence | None:
    """Judge a variable of the module that is `None`, a flag or an empty container, and that the file does not mention
    again.
    """
    first = outer.bindings[0]
    once = first.scope is outer.scope and len(outer.bindings) == 1 and not outer.references
    # Below the function stand the script's own lines, which use a name for themselves.
    once = once and position(first.node) < position(case.function.node)
    blank = is_blank(first, outer) or is_empty(value(first))
    if once and blank and outer.scope.kind is ScopeKind.MODULE and case.alone and case.changes:
        return Evidence.PLACE_HOLDER
    return Evidence.PLACE_HOLDER if _is_exported(case, outer) else None


def _is_exported(case: Case, outer: Variable) -> bool:
    """Return whether a variable of the module is there for other modules, and bound here in vain."""
    return (case.unread and case.kept and is_state(outer.name)) and (
        outer.scope.kind is ScopeKind.MODULE and is_plain(outer) and not outer.references
    )


def _is_declared_only(outer: Variable) -> bool:
    """Return whether a variable of a function is annotated and never bound: others must be meant to do that."""
    annotated = all(binding.kind is BindingKind.ANNOTATION for binding in outer.bindings)
    return annotated and outer.scope.kind is ScopeKind.FUNCTION


def _in_vain(case: Case, outer: Variable) -> Evidence | None:
    """Judge a variable that its function never reads."""
    if not _is_read_later(outer, case.function):
        return None
    if _is_declared_only(outer):
        return Evidence.MISSING
    if not is_plain(outer) or any(_is_decorated(binding) for binding in case.bindings):
        return None
    # The names of a script's own lines recur in its functions: there it takes a blank, or a function that reads.
    if outer.scope.kind is ScopeKind.MODULE and not (
        any(block.is_function and outer.name in block.reads for block in outer.mentions)
        or (len(outer.bindings) == 1 and is_blank(outer.bindings[0], outer))
    ):
        return None
    before, after = value(outer.bindings[0]), value(case.bindings[0])
    if holds_a_place(outer):
        apart = outer.scope.kind is ScopeKind.MODULE and are_of_different_types(before, after)
        return None if apart or _changes_nothing(case, outer) else Evidence.PLACE_HOLDER
    # Where several functions have one of their own, it is a common name and no shared variable.
    common = outer.scope.kind is ScopeKind.MODULE and not case.alone
    return Evidence.VARIABLE if case.kept and not common else None


def _in_private(case: Case, outer: Variable) -> Evidence | None:
    """Judge a variable that its function also reads.

    The outer one is `None` for ever, or a flag that never changes, or a container that nobody fills, or declared and
    never bound, or begins as empty as the one here. Or other functions share the outer one, and the one here only ever
    is the same literal, or the name is declared in a function inside.
    """
    if not _is_read_later(outer, case.function):
        return None
    if is_blank_for_ever(outer) and (case.unrivalled or case.declared):
        return Evidence.PLACE_HOLDER
    if not case.changes:
        return None
    if _is_declared_only(outer):
        return Evidence.MISSING
    if is_empty_for_ever(outer, case.parents()):
        return Evidence.PLACE_HOLDER
    tied = case.declared or (is_state(outer.name) and case.alone)
    if tied and len(outer.bindings) == 1 and _begins_as_empty(case, outer):
        return Evidence.DECLARED_BESIDE
    declaring = writers(outer)
    inside = [block for block in declaring if is_inside(block, case.function)]
    if inside:
        return Evidence.SHARED if len(inside) < len(declaring) else None
    return Evidence.SHARED if declaring and _is_set_to_one_literal(case, outer) else None


def _is_set_to_one_literal(case: Case, outer: Variable) -> bool:
    """Return whether a variable is only ever bound to one constant, or to the literal that the outer one begins as."""
    own = {ast.dump(each.value) if each.value else "" for each in case.bindings}
    first = {ast.dump(each.value) for each in outer.bindings if each.value and each.scope is outer.scope}
    sample = case.bindings[0].value
    return len(own) == 1 and (isinstance(sample, ast.Constant) or (is_literal(sample) and own <= first))


def _changes_nothing(case: Case, outer: Variable) -> bool:
    """Return whether a variable is only ever bound to the constant that the outer one is for good."""
    values = [each.value for each in (*case.bindings, *outer.bindings)]
    constants = {ast.dump(each) for each in values if isinstance(each, ast.Constant)}
    return len(constants) == 1 and all(isinstance(each, ast.Constant) for each in values)


def _begins_as_empty(case: Case, outer: Variable) -> bool:
    """Return whether a variable of a function begins as the same empty container as the outer one."""
    first, own = value(outer.bindings[0]), case.bindings[0].value
    return own is not None and is_empty(first) and first is not None and ast.dump(own) == ast.dump(first)


def _is_read_later(outer: Variable, function: Scope) -> bool:
    """Return whether an outer variable is read where the function may have changed it: below it, or in other
    functions.
    """
    start = position(function.node)
    for block in outer.mentions:
        nodes = [node for node in block.reads.get(outer.name, ()) if node not in block.unevaluated]
        if nodes and (not is_part(block, outer.scope) or any(position(node) > start for node in nodes)):
            return True
    return False
