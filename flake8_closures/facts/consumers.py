"""What is given a closure, and what does it do with the closure's signature?"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from flake8_closures.facts.escape import Fate, Use, Way
from flake8_closures.facts.knowledge import signatures
from flake8_closures.facts.knowledge.signatures import Inspection
from flake8_closures.facts.names import Names
from flake8_closures.facts.semantics import SemanticModel
from flake8_closures.model import BindingKind, Closure
from flake8_closures.tree import RECEIVERS, decorators_of

_TYPE_COMMENT = re.compile(r"#\s*type:\s*\((?!\s*\.\.\.)")


def inspection(
    closure: Closure,
    uses: Sequence[Use],
    semantics: SemanticModel,
    own: Callable[[], Inspection],
) -> Inspection:
    """Return the most that anything which gets the closure does with its signature.

    `own` returns what the file's own code does with signatures.
    """
    judged = (_judge(callee, semantics, own) for callee in _given_to(closure, semantics))
    found = [known for known in judged if known is not None]
    if not found:
        # It is kept by a container, or handed out: then anybody can be the next.
        unknown = any(use.fate is Fate.UNKNOWN for use in uses)
        return Inspection.UNKNOWN if unknown else max(signatures.of_file(semantics.packages), own())
    handed_on = any(use.way is Way.HANDED_ON for use in uses)
    return max(*found, Inspection.UNKNOWN) if handed_on else max(found)


def of_type_comment(closure: Closure, lines: Sequence[str]) -> Inspection:
    """Return what a type checker does with a signature: a comment `# type: (int) -> str` lists all parameters."""
    node = closure.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return Inspection.NEVER
    header = lines[node.lineno - 1 : node.body[0].lineno - 1]
    return Inspection.READS if any(map(_TYPE_COMMENT.search, header)) else Inspection.NEVER


def of_own_code(tree: ast.Module, names: Names) -> Inspection:
    """Return what the file itself does with the signatures of any functions."""
    reads = any(
        node.attr in signatures.ATTRIBUTES and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Attribute)
        else isinstance(node, ast.Call) and signatures.of_callable(names.dotted(node.func)) is Inspection.READS
        for node in ast.walk(tree)
    )
    return Inspection.READS if reads else Inspection.NEVER


def _given_to(closure: Closure, semantics: SemanticModel) -> Iterator[ast.expr]:
    """Yield the callees that get a closure, or the result of such a call, and its decorators."""
    node = closure.node
    yield from decorators_of(node)
    places: list[ast.AST] = [node]
    target = node
    around = semantics.parent(node)
    if isinstance(around, ast.Assign) and len(around.targets) == 1:
        target = around.targets[0]
    elif isinstance(around, ast.NamedExpr | ast.AnnAssign):
        target = around.target
    variable = semantics.names.variable(target)
    if variable is not None and target not in (None, around):
        places += [reference.node for reference in variable.references]
    for place in places:
        while (call := _call(place, semantics)) is not None:
            yield call.func
            place = call


def _call(node: ast.AST, semantics: SemanticModel) -> ast.Call | None:
    """Return the call that has a node among its arguments."""
    around = semantics.parent(node)
    while isinstance(around, ast.IfExp | ast.keyword | ast.BoolOp):
        node, around = around, semantics.parent(around)
    return around if isinstance(around, ast.Call) and around.func is not node else None


def _judge(callee: ast.expr, semantics: SemanticModel, own: Callable[[], Inspection]) -> Inspection | None:
    """Return what a callee does with a signature; None for one that only stores the function.

    `own` answers for the functions of the file.
    """
    while isinstance(callee, ast.Call):
        callee = callee.func
    dotted = semantics.names.dotted(callee)
    if dotted:
        known = signatures.of_callable(dotted)
        if known is not Inspection.UNKNOWN:
            return known
    if isinstance(callee, ast.Attribute):
        owner = semantics.names.class_of(callee.value)
        if owner and (known := signatures.of_callable(f"{owner}.{callee.attr}")) is not Inspection.UNKNOWN:
            return None if callee.attr in signatures.CONTAINERS else known
        known = signatures.of_method(callee.attr, semantics.packages)
        if known is Inspection.UNKNOWN and callee.attr in signatures.CONTAINERS:
            return None
        is_self = isinstance(callee.value, ast.Name) and callee.value.id in RECEIVERS
        return own() if is_self and known is Inspection.UNKNOWN else known
    variable = semantics.names.variable(callee)
    kinds = {binding.kind for binding in variable.bindings} if variable else set()
    return own() if kinds and kinds <= {BindingKind.DEF, BindingKind.CLASS} else Inspection.UNKNOWN
