"""How is a parameter added to a list of parameters, in the same layout as the others?"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from flake8_closures.fixes.promise import Def, Function
from flake8_closures.fixes.vocabulary import private
from flake8_closures.tree import Parents, parameters_of

Last = cst.Param | cst.ParamSlash
Space = cst.BaseParenthesizableWhitespace
NOTHING, BLANK = cst.SimpleWhitespace(""), cst.SimpleWhitespace(" ")


def objection_to(node: ast.AST, name: str, parents: Parents) -> str:
    """Return why a variable cannot become a parameter of a function of the tree, or an empty string."""
    if isinstance(node, ast.GeneratorExp):
        return "a generator expression has no parameters"
    if not isinstance(node, Function):
        return "only a function can have parameters"
    if name in listed(node):
        return f"{name!r} is a parameter already"
    if getattr(node, "name", "") == name:
        return f"{name!r} is the function itself, which does not exist yet when the default is taken"
    if reason := unbound_yet(node, name, parents):
        return reason
    inside = _inside(node)
    clauses = [inner for inner in inside if isinstance(inner, ast.comprehension)]
    apart = {part for clause in clauses for part in ast.walk(clause.target)}
    if not any(isinstance(inner, ast.Name) and inner.id == name for inner in inside):
        return f"the function does not read {name!r} under this name"
    if any(
        (isinstance(inner, ast.Nonlocal | ast.Global) and name in inner.names)
        or (isinstance(inner, ast.Name) and inner.id == name and not isinstance(inner.ctx, ast.Load))
        for inner in inside
        if inner not in apart
    ):
        return f"the function changes {name!r}"
    return private(node, name, parents)


def listed(node: Function) -> list[str]:
    """Return the names of all parameters of a function."""
    return [each.arg for each in parameters_of(node.args)]


def _inside(node: Function) -> list[ast.AST]:
    body = node.body if isinstance(node.body, list) else [node.body]
    return [inner for statement in body for inner in ast.walk(statement)]


def unbound_yet(node: ast.AST, name: str, parents: Parents) -> str:
    """Return an objection where the value of the variable may depend on the function, as in `f = wrap(lambda: f)`."""
    targets: list[ast.AST] = []
    while not isinstance(node, ast.stmt) or isinstance(node, Def):
        parent = parents.get(node)
        if parent is None or isinstance(node, ast.stmt):
            return ""
        if isinstance(parent, ast.NamedExpr):
            targets.append(parent.target)
        elif isinstance(parent, ast.withitem) and parent.optional_vars:
            targets.append(parent.optional_vars)
        elif isinstance(parent, ast.Assign):
            targets += parent.targets
        elif isinstance(parent, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
            targets.append(parent.target)
        node = parent
    stored = (inner for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name))
    if any(inner.id == name and isinstance(inner.ctx, ast.Store) for inner in stored):
        return f"{name!r} gets its value from the statement that makes the function"
    return ""


def parameter(name: str, annotation: ast.expr | None = None, *, default: bool = True) -> cst.Param:
    """Return `name=name`, or `name: annotation = name` spaced according to PEP 8, or the bare name."""
    space = BLANK if annotation else NOTHING
    return cst.Param(
        cst.Name(name),
        annotation=cst.Annotation(cst.parse_expression(ast.unparse(annotation))) if annotation else None,
        default=cst.Name(name) if default else None,
        equal=cst.AssignEqual(space, space) if default else cst.MaybeSentinel.DEFAULT,
    )


def appended(
    function: cst.Lambda | cst.FunctionDef, added: Sequence[cst.Param], *, keyword_only: bool
) -> cst.Lambda | cst.FunctionDef:
    """Return the function with parameters after the others, or, unless `keyword_only`, after the positional ones."""
    if not keyword_only and (function.params.star_arg or function.params.kwonly_params):
        star = function.params.star_arg
        if isinstance(star, cst.Param | cst.ParamStar) or function.params.kwonly_params:
            return function.with_changes(params=_before_star(function, added))
    before = function.whitespace_before_params if isinstance(function, cst.FunctionDef) else None
    last = _last(function.params)
    if last is None:
        return _first(function, before, added, keyword_only)
    return function.with_changes(params=_extended(function.params, last, before, added, keyword_only))


def prepended(function: cst.Lambda | cst.FunctionDef, added: Sequence[cst.Param]) -> cst.Lambda | cst.FunctionDef:
    """Return the function with positional parameters without defaults before the others."""
    parameters = function.params
    before = function.whitespace_before_params if isinstance(function, cst.FunctionDef) else None
    if not _last(parameters) and not parameters.star_kwarg:
        return _first(function, before, added, False)
    between: Space = BLANK
    above: Space = BLANK
    changes: dict[str, Space] = {"whitespace_after_lambda": BLANK} if isinstance(function, cst.Lambda) else {}
    if isinstance(before, cst.ParenthesizedWhitespace):
        # A parameter a line. Comments above the first one stay there.
        above = before.with_changes(first_line=cst.TrailingWhitespace())
        between = above.with_changes(empty_lines=[])
        changes = {"whitespace_before_params": before.with_changes(empty_lines=[])}
    fresh = [each.with_changes(comma=cst.Comma(whitespace_after=between)) for each in added]
    fresh[-1] = fresh[-1].with_changes(comma=cst.Comma(whitespace_after=above))
    field = "posonly_params" if parameters.posonly_params else "params"
    parameters = parameters.with_changes(**{field: [*fresh, *getattr(parameters, field)]})
    return function.with_changes(params=parameters, **changes)


def _first(
    function: cst.Lambda | cst.FunctionDef, before: Space | None, added: Sequence[cst.Param], keyword_only: bool
) -> cst.Lambda | cst.FunctionDef:
    """Return a function without parameters with its first ones."""
    between: Space = BLANK
    end: Space | None = None
    if isinstance(before, cst.ParenthesizedWhitespace):
        # Comments stand between the parentheses: the parameters come below them, each on its line.
        lines = [line for line in before.empty_lines if line.comment]
        inner = lines[-1].whitespace if lines else cst.SimpleWhitespace(before.last_line.value + "    ")
        indent = lines[-1].indent if lines else before.indent
        end = before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
        before = before.with_changes(last_line=inner, indent=indent)
        between = end.with_changes(last_line=inner, indent=indent)
    fresh = [each.with_changes(comma=cst.Comma(whitespace_after=between)) for each in added]
    fresh[-1] = fresh[-1].with_changes(comma=cst.Comma(whitespace_after=end) if end else cst.MaybeSentinel.DEFAULT)
    if keyword_only:
        star = cst.ParamStar(cst.Comma(whitespace_after=between))
        parameters = function.params.with_changes(star_arg=star, kwonly_params=fresh)
    else:
        parameters = function.params.with_changes(params=fresh)
    if isinstance(function, cst.FunctionDef):
        changes = {"whitespace_before_params": before} if before else {}
        return function.with_changes(params=parameters, **changes)
    return function.with_changes(
        params=parameters,
        whitespace_after_lambda=BLANK,
        colon=function.colon.with_changes(whitespace_before=NOTHING),
    )


def _extended(
    parameters: cst.Parameters, last: Last, before: Space | None, added: Sequence[cst.Param], keyword_only: bool
) -> cst.Parameters:
    """Return the parameters with new ones at the end, in the layout of the last old one."""
    field = "whitespace_after_param" if isinstance(last, cst.Param) else "whitespace_after"
    comma = last.comma if isinstance(last.comma, cst.Comma) else None
    end: Space = comma.whitespace_after if comma else getattr(last, field)
    between: Space = BLANK
    after: Space = BLANK
    if isinstance(end, cst.ParenthesizedWhitespace) and isinstance(before, cst.ParenthesizedWhitespace):
        # A parameter a line. Comments beside and below the last one stay there.
        between = before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
        after = end.with_changes(indent=between.indent, last_line=between.last_line)
        end = end.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    elif comma and isinstance(end, cst.ParenthesizedWhitespace):
        comma, after, end = None, end, NOTHING
    closed = last.with_changes(**{field: NOTHING}, comma=cst.Comma(whitespace_after=after))
    parameters = _replaced(parameters, closed)
    fresh = [each.with_changes(comma=cst.Comma(whitespace_after=between)) for each in added]
    fresh[-1] = fresh[-1].with_changes(
        comma=cst.Comma(whitespace_after=end) if comma else cst.MaybeSentinel.DEFAULT,
        whitespace_after_param=NOTHING if comma else end,
    )
    if not keyword_only:
        return parameters.with_changes(params=[*parameters.params, *fresh])
    star = parameters.star_arg
    if star is cst.MaybeSentinel.DEFAULT:
        star = cst.ParamStar(cst.Comma(whitespace_after=between))
    return parameters.with_changes(star_arg=star, kwonly_params=[*parameters.kwonly_params, *fresh])


def _before_star(function: cst.Lambda | cst.FunctionDef, added: Sequence[cst.Param]) -> cst.Parameters:
    """Return the parameters of a function with new ones between the positional ones and the star."""
    parameters = function.params
    last: Last | None = parameters.params[-1] if parameters.params else None
    if last is None and isinstance(parameters.posonly_ind, cst.ParamSlash):
        last = parameters.posonly_ind
    before = function.whitespace_before_params if isinstance(function, cst.FunctionDef) else None
    is_below = isinstance(before, cst.ParenthesizedWhitespace)
    comma = cst.Comma(whitespace_after=before.with_changes(empty_lines=[]) if before and is_below else BLANK)
    if last and isinstance(last.comma, cst.Comma):
        comma = last.comma
    fresh = [each.with_changes(comma=comma) for each in added]
    return parameters.with_changes(params=[*parameters.params, *fresh])


def _last(parameters: cst.Parameters) -> Last | None:
    """Return the last part of the list, without `**kwargs`; None if it is empty."""
    if parameters.kwonly_params:
        return parameters.kwonly_params[-1]
    if isinstance(parameters.star_arg, cst.Param):
        return parameters.star_arg
    if parameters.params:
        return parameters.params[-1]
    return parameters.posonly_ind if isinstance(parameters.posonly_ind, cst.ParamSlash) else None


def _replaced(parameters: cst.Parameters, last: Last) -> cst.Parameters:
    if parameters.kwonly_params:
        return parameters.with_changes(kwonly_params=[*parameters.kwonly_params[:-1], last])
    if isinstance(parameters.star_arg, cst.Param):
        return parameters.with_changes(star_arg=last)
    if parameters.params:
        return parameters.with_changes(params=[*parameters.params[:-1], last])
    return parameters.with_changes(posonly_ind=last)
