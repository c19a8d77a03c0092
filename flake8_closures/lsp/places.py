"""What is there to tell about the name, or the closure, under the cursor?"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flake8_closures.facts import Facts
from flake8_closures.facts.escape import Fate, Use
from flake8_closures.facts.late import LateCapture
from flake8_closures.facts.likelihood import PROBABLE
from flake8_closures.facts.positions import line_of
from flake8_closures.facts.spots import span_of, spot, text_of
from flake8_closures.model import (
    BindingKind,
    Capture,
    Closure,
    Note,
    Portrait,
    Reach,
    Resolution,
    Scope,
    ScopeKind,
    Span,
    Variable,
)
from flake8_closures.source import GIVEN, Source

_STAR = "*"
_NAMED = {ScopeKind.FUNCTION: "function", ScopeKind.CLASS: "class", ScopeKind.TYPE_PARAMETERS: "type parameters of"}


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """A name as it stands in the text: read, bound or declared. `variable` is None for what the file does not bind."""

    span: Span
    name: str
    scope: Scope
    variable: Variable | None
    declaration: str = ""
    """`global` or `nonlocal`, where the block declares the name."""


def resolution_at(line: int, column: int, facts: Facts, among: Iterable[Occurrence]) -> Resolution | None:
    """Return what the name at a 1-based line and a 0-based column in characters stands for, None for no name.

    `among` are the occurrences of names in the file.
    """
    occurrence = _at(line, column, among)
    return _resolution(occurrence, facts) if occurrence else None


def portrait_at(line: int, column: int, facts: Facts, among: Iterable[Occurrence]) -> Portrait | None:
    """Return what there is to tell of the closure that begins, or is named, at such a place; None where none does."""
    closure = _closure_at(line, column, _at(line, column, among), facts)
    return _portrait(closure, facts) if closure else None


def occurrences(scopes: Sequence[Scope], source: Source) -> list[Occurrence]:
    """Return every occurrence of a name that stands in the text as such.

    Left out are names that only the compiler sees, and, before Python 3.12, those in f-strings, whose places `ast` does
    not tell.
    """
    found: dict[Span, Occurrence] = {}
    for scope in scopes:
        for name, node in _nodes(scope):
            span = spot(name, node, source)
            if span is not None:
                declaration = "global" if name in scope.globals else "nonlocal" if name in scope.nonlocals else ""
                shown = text_of(span, source)
                found.setdefault(span, Occurrence(span, shown, scope, scope.owners.get(name), declaration))
    return list(found.values())


def _at(line: int, column: int, among: Iterable[Occurrence]) -> Occurrence | None:
    """Return the occurrence at a place; the end of a name counts, since a cursor may stand there."""
    for occurrence in among:
        span = occurrence.span
        if span.line == line and span.column <= column <= span.end_column:
            return occurrence
    return None


def _nodes(scope: Scope) -> Iterator[tuple[str, ast.AST]]:
    for name, nodes in scope.reads.items():
        for node in nodes:
            yield name, node
    for name, bindings in scope.writes.items():
        for binding in bindings:
            yield name, binding.node
    for declared in (scope.globals, scope.nonlocals):
        yield from declared.items()


# Names.


def _resolution(occurrence: Occurrence, facts: Facts) -> Resolution:
    """Return what an occurrence stands for, and which closures capture it."""
    variable = occurrence.variable
    remarks = []
    if occurrence.declaration:
        remarks.append(f"declared {occurrence.declaration} in {_block(occurrence.scope)}")
    if variable is None:
        stars = facts.scopes[0].writes.get(_STAR, ())
        remarks += [f"`import *` on line {line_of(star.statement)} may bind it" for star in stars]
        found, owner = _unowned(occurrence.name)
        return Resolution(occurrence.span, occurrence.name, found, owner, remark="; ".join(remarks))
    by = [closure for closure in facts.closures if any(each.variable is variable for each in facts.captures(closure))]
    by.sort(key=lambda closure: line_of(closure.node))
    return Resolution(
        occurrence.span,
        occurrence.name,
        _reach(variable, occurrence.scope),
        _block(variable.scope),
        _bindings(variable, facts.source),
        tuple(Note(_head(closure, facts.source), _title(closure)) for closure in by),
        "; ".join(remarks),
    )


def _reach(variable: Variable, scope: Scope) -> Reach:
    """Return where a block finds a variable."""
    if variable.scope.kind is ScopeKind.MODULE:
        return Reach.GLOBAL
    return Reach.LOCAL if variable.scope is scope else Reach.ENCLOSING


def _unowned(name: str) -> tuple[Reach, str]:
    if name in GIVEN:
        return Reach.GLOBAL, "the module, where the import system puts it"
    return (Reach.BUILTIN if hasattr(builtins, name) else Reach.NOWHERE), ""


def _bindings(variable: Variable, source: Source) -> tuple[Note, ...]:
    """Return the places that bind a variable, in the order of the text."""
    spots = ((spot(binding.name, binding.node, source), binding.kind) for binding in variable.bindings)
    return tuple(sorted((Note(span, kind.value) for span, kind in spots if span), key=lambda note: note.span))


def _block(scope: Scope) -> str:
    """Name a block as a reader would."""
    if scope.kind is ScopeKind.MODULE:
        return "the module"
    kind = _NAMED.get(scope.kind)
    what = f"{kind} {scope.name!r}" if kind else f"the {scope.kind.value}"
    return f"{what} on line {line_of(scope.node)}"


# Closures.


def _title(closure: Closure) -> str:
    """Say what a closure is, and where it stands."""
    node = closure.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        kind = "method" if isinstance(closure.carrier, ast.ClassDef) else "function"
        return f"{kind} {node.name!r} on line {line_of(node)}"
    return f"{closure.scope.kind.value} on line {line_of(node)}"


def _head(closure: Closure, source: Source) -> Span:
    """Return the words that a reader points at to mean a closure: the name of a function, `lambda`, the first `for`."""
    node = closure.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return spot(node.name, node, source) or source.span(node)
    if isinstance(node, ast.GeneratorExp):
        element, target = source.span(node.elt), source.span(node.generators[0].target)
        between = Span(element.end_line, element.end_column, target.line, target.column)
        words = [*re.finditer(r"\bfor\b", text_of(between, source))]
        return span_of(words[-1], between, source) if words else source.span(node)
    span = source.span(node)
    return Span(span.line, span.column, span.line, span.column + len("lambda"))


def _closure_at(line: int, column: int, occurrence: Occurrence | None, facts: Facts) -> Closure | None:
    """Return the closure whose head stands at a place, or else the only one that the variable there is bound to."""
    for closure in facts.closures:
        if line_of(closure.node) <= line <= (getattr(closure.node, "end_lineno", None) or line):
            span = _head(closure, facts.source)
            if span.line == line == span.end_line and span.column <= column <= span.end_column:
                return closure
    bindings = occurrence.variable.bindings if occurrence and occurrence.variable else ()
    if len(bindings) != 1:
        return None
    made = (bindings[0].node, bindings[0].value)
    return next((closure for closure in facts.closures if closure.node in made), None)


def _portrait(closure: Closure, facts: Facts) -> Portrait:
    """Return what a closure captures and what becomes of it."""
    source = facts.source
    late = {
        each.capture.variable: each
        for each in (*facts.rebound_captures, *facts.late_captures)
        if each.closure is closure
    }
    captured = []
    for capture in facts.captures(closure):
        places: Iterable[ast.AST] = [reference.node for reference in capture.references]
        places = places or [binding.node for binding in capture.writes]
        spots = [found for node in places for found in [spot(capture.variable.name, node, source)] if found]
        first = spots[0] if spots else source.span(closure.node)
        captured.append(
            Resolution(
                first,
                text_of(first, source) if spots else capture.variable.name,
                _reach(capture.variable, closure.scope),
                _block(capture.variable.scope),
                _bindings(capture.variable, source),
                remark=_remark(capture, late.get(capture.variable)),
            )
        )
    seen = _seen(facts.uses(closure))
    notes = sorted({(source.span(use.node), _evidence(use)) for use in seen})
    return Portrait(
        _head(closure, source),
        _title(closure),
        tuple(captured),
        _life(closure, seen),
        tuple(Note(span, text) for span, text in notes),
    )


def _seen(uses: Sequence[Use]) -> list[Use]:
    """Return the uses that are worth showing: of an unknown callee only that it was given the closure."""
    unknown = {use.event for use in uses if use.fate is Fate.UNKNOWN}
    return [
        use
        for use in uses
        if use.fate is Fate.UNKNOWN or (use.likelihood >= PROBABLE and not (use.event in unknown and not use.lasting))
    ]


def _evidence(use: Use) -> str:
    return use.text or "used"


def _remark(capture: Capture, late: LateCapture | None) -> str:
    remarks = []
    if capture.writes:
        remarks.append(f"bound by the closure itself on line {line_of(capture.writes[0].node)}")
    if late is not None:
        verb = "deletes" if late.rebinding.kind is BindingKind.DELETE else "rebinds"
        remarks.append(f"read late: line {line_of(late.rebinding.node)} {verb} it while the closure lives on")
    return "; ".join(remarks)


def _life(closure: Closure, seen: Sequence[Use]) -> str:
    """Say how long a closure lives, by the use after which it lives longest."""
    if isinstance(closure.carrier, ast.ClassDef):
        return f"lives as long as class {closure.carrier.name!r}"
    is_def = isinstance(closure.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    if closure.maker.kind is ScopeKind.MODULE and is_def and not closure.loops:
        return "lives as long as the module"
    if not seen:
        return "no use of it is seen"
    longest = max(seen, key=lambda use: (use.fate, line_of(use.node)))
    where = f"{_evidence(longest)} on line {line_of(longest.node)}"
    what = "the iteration" if closure.loops else "the import" if closure.maker.kind is ScopeKind.MODULE else "the call"
    if longest.fate is Fate.UNKNOWN:
        guess = "probably outlives" if longest.likelihood >= PROBABLE else "probably does not outlive"
        return f"{guess} {what} that makes it: {where}, where it cannot be followed"
    return f"outlives {what} that makes it: {where}" if longest.lasting else f"lives until it is {where}"
