"""How does a closure keep the value of a variable? As the default of a keyword-only parameter: `lambda *, i=i: i`."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Mapping, Sequence
from types import CodeType

import libcst as cst

from flake8_closures.fixes.proof import Block, Promise

Last = cst.Param | cst.ParamSlash


def objection(node: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST]) -> str:
    """Return why a variable cannot be bound as a parameter of a function of the tree, or an empty string."""
    if isinstance(node, ast.GeneratorExp):
        return "a generator expression has no parameters"
    if not isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
        return "only a function can have parameters"
    arguments = node.args
    if arguments.kwarg:
        return f"**{arguments.kwarg.arg} could hand in another {name!r}"
    listed = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg)
    if any(argument and argument.arg == name for argument in listed):
        return f"{name!r} is a parameter already"
    if getattr(node, "name", "") == name:
        return f"{name!r} is the function itself, which does not exist yet when the default is taken"
    if _is_bound_by_the_same_statement(node, name, parents):
        return f"{name!r} gets its value from the statement that makes the function"
    body = node.body if isinstance(node.body, list) else [node.body]
    inside = [inner for statement in body for inner in ast.walk(statement)]
    if not any(isinstance(inner, ast.Name) and inner.id == name for inner in inside):
        return f"the function does not read {name!r} under this name"
    if any(
        (isinstance(inner, ast.Nonlocal | ast.Global) and name in inner.names)
        or (isinstance(inner, ast.Name) and inner.id == name and not isinstance(inner.ctx, ast.Load))
        for inner in inside
    ):
        return f"the function changes {name!r}"
    around: ast.AST | None = node
    while around is not None:
        if isinstance(around, ast.ClassDef) and name.startswith("__") and not name.endswith("__"):
            return f"{name!r} is private to the class {around.name!r}"
        around = parents.get(around)
    return ""


def _is_bound_by_the_same_statement(node: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Return whether the value of the variable may depend on the function, as in `f = wrap(lambda: f)`."""
    targets: list[ast.AST] = []
    while not isinstance(node, ast.stmt) or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parent = parents.get(node)
        if parent is None or isinstance(node, ast.stmt):
            return False
        if isinstance(parent, ast.NamedExpr):
            targets.append(parent.target)
        elif isinstance(parent, ast.withitem) and parent.optional_vars:
            targets.append(parent.optional_vars)
        elif isinstance(parent, ast.Assign):
            targets += parent.targets
        elif isinstance(parent, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
            targets.append(parent.target)
        node = parent
    return any(
        isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Store)
        for target in targets
        for inner in ast.walk(target)
    )


def rewrite(
    function: cst.Lambda | cst.FunctionDef, node: ast.AST, names: Sequence[str]
) -> cst.Lambda | cst.FunctionDef | str:
    """Return the function with one keyword-only parameter more for each name. `node` is its node of the syntax tree."""
    before = function.whitespace_before_params if isinstance(function, cst.FunctionDef) else None
    parameters = _extended(function.params, names, before)
    if isinstance(function, cst.FunctionDef) or _last(function.params):
        return function.with_changes(params=parameters)
    return function.with_changes(
        params=parameters,
        whitespace_after_lambda=cst.SimpleWhitespace(" "),
        colon=function.colon.with_changes(whitespace_before=cst.SimpleWhitespace("")),
    )


def _extended(
    parameters: cst.Parameters, names: Sequence[str], before: cst.BaseParenthesizableWhitespace | None
) -> cst.Parameters:
    """Return the parameters with the new ones at the end, laid out as the last of the old ones is."""
    between: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    end: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace("")
    comma = False
    last = _last(parameters)
    if last:
        if isinstance(last.comma, cst.Comma):
            comma = True
            after = last.comma.whitespace_after
            if isinstance(after, cst.ParenthesizedWhitespace) and isinstance(before, cst.ParenthesizedWhitespace):
                between = before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
                end = after.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
                after = after.with_changes(indent=between.indent, last_line=between.last_line)
            elif isinstance(after, cst.ParenthesizedWhitespace):
                comma = False
            else:
                after, end = cst.SimpleWhitespace(" "), after
            closed = last.with_changes(comma=last.comma.with_changes(whitespace_after=after))
        else:
            field = "whitespace_after_param" if isinstance(last, cst.Param) else "whitespace_after"
            end = getattr(last, field)
            after = between
            if _is_plain(end) and isinstance(before, cst.ParenthesizedWhitespace):
                between = after = before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
            closed = last.with_changes(**{field: cst.SimpleWhitespace("")}, comma=cst.Comma(whitespace_after=after))
        parameters = _replaced(parameters, closed)
    added = [
        cst.Param(
            cst.Name(name),
            default=cst.Name(name),
            equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
            comma=cst.Comma(whitespace_after=between),
        )
        for name in names
    ]
    added[-1] = added[-1].with_changes(
        comma=cst.Comma(whitespace_after=end) if comma else cst.MaybeSentinel.DEFAULT,
        whitespace_after_param=cst.SimpleWhitespace("") if comma else end,
    )
    star = parameters.star_arg
    if star is cst.MaybeSentinel.DEFAULT:
        star = cst.ParamStar(cst.Comma(whitespace_after=between))
    return parameters.with_changes(star_arg=star, kwonly_params=[*parameters.kwonly_params, *added])


def _is_plain(space: cst.BaseParenthesizableWhitespace) -> bool:
    """Return whether white space ends the line and holds no comment."""
    return (
        isinstance(space, cst.ParenthesizedWhitespace)
        and space.first_line.comment is None
        and all(line.comment is None for line in space.empty_lines)
    )


def _last(parameters: cst.Parameters) -> Last | None:
    """Return what stands last in the list, None if it is empty."""
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


# What must be true afterwards.


def _expect(node: ast.AST, names: Sequence[str]) -> None:
    assert isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef)
    node.args.kwonlyargs += [ast.arg(arg=name, annotation=None, type_comment=None) for name in names]
    node.args.kw_defaults += [ast.Name(id=name, ctx=ast.Load()) for name in names]


def _moved(before: symtable.Symbol | None, after: symtable.Symbol | None) -> bool:
    return after is not None and after.is_parameter() and not (before and before.is_parameter())


def _owner(block: Block, name: str) -> Block:
    return block


def _kept(before: CodeType, after: CodeType, name: str) -> bool:
    def taken(code: CodeType) -> bool:
        first = code.co_argcount
        return name in code.co_varnames[first : first + code.co_kwonlyargcount]

    return taken(after) and not taken(before) and name not in after.co_freevars


promise = Promise(_expect, _moved, _owner, _kept, parameters=1)
