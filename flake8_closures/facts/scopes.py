"""Which blocks of names does a file have, and what does each of them bind, read and declare?

This is the first of two passes, as in CPython's own `symtable.c`; the second, in `owners`, decides which variable each
name means. Together they see exactly what CPython's symbol table sees. An explicit stack takes any depth of nesting.
"""

from __future__ import annotations

import ast
import sys
from ast import Attribute, Call, Constant, Name
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from flake8_closures.facts import owners
from flake8_closures.facts.positions import position
from flake8_closures.model import Binding, BindingKind, Scope, ScopeKind
from flake8_closures.tree import CHILDREN, parameters_of

_COMPREHENSION_NAMES = {
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}
_IMPORT, _WITH = BindingKind.IMPORT, BindingKind.WITH
_UNBINDING = (BindingKind.DELETE, BindingKind.EXCEPT)
_INLINE = (ScopeKind.COMPREHENSION, ScopeKind.GENERATOR)


def build(tree: ast.Module) -> list[Scope]:
    """Return every scope of a module, parents before their children, the module first."""
    scopes = _collect(tree)
    owners.resolve(scopes)
    return scopes


def _collect(tree: ast.Module) -> list[Scope]:
    collector = _Collector(tree)
    # The list grows while it is read: every block is finished before the blocks inside it begin.
    for block in collector.blocks:
        collector.visit(*block)
    return [block[0] for block in collector.blocks]


class _Collector:
    """Visits one block after the other; `blocks` has those found so far, each with the nodes to visit in it."""

    def __init__(self, tree: ast.Module) -> None:
        module = Scope(ScopeKind.MODULE, tree, "<module>", None)
        self.blocks: list[tuple[Scope, list[ast.AST], str | None]] = [(module, list(tree.body), None)]
        self.postponed = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(a.name == "annotations" for a in node.names)
            for node in tree.body[:50]
        )

    def visit(self, scope: Scope, stack: list[ast.AST], private: str | None) -> None:
        """Collect the facts of one block. `private` is the class whose name mangles private names, if any."""
        self.scope, self.stack, self.private = scope, stack, private
        reads, handler_of = scope.reads, self.HANDLERS.get
        pop, push = stack.pop, stack.append
        while stack:
            node: Any = pop()
            kind = type(node)
            if kind is Name:
                name = node.id
                if private and name[:2] == "__":
                    name = _mangle(name, private)
                reads[name].append(node)
            elif kind is Constant:
                continue
            elif kind is Attribute:
                push(node.value)
            elif kind is Call:
                push(node.func)
                if node.args:
                    stack += node.args
                if node.keywords:
                    stack += [keyword.value for keyword in node.keywords]
            elif (handler := handler_of(kind)) is not None:
                handler(self, node)
            else:
                for field in CHILDREN[kind]:
                    value = getattr(node, field, None)
                    if value.__class__ is list:
                        stack += value
                    elif value.__class__ in CHILDREN:
                        push(value)
        if "super" in reads and scope.is_function:
            reads["__class__"] += reads["super"]
        if len(scope.children) > 1:
            scope.children.sort(key=lambda child: position(child.node))

    # What binds.

    def _bind(
        self, name: str, kind: BindingKind, node: ast.AST, statement: ast.AST, value: ast.expr | None = None
    ) -> None:
        if self.private and name[:2] == "__":
            name = _mangle(name, self.private)
        scope = self.scope
        binding = Binding(name, kind, node, statement, scope, value)
        scope.writes.setdefault(name, []).append(binding)
        if kind is _IMPORT:
            scope.imports.append(binding)
        elif kind is _WITH:
            scope.managed.append(binding)
        elif kind in _UNBINDING:
            scope.unbound.add(name)

    def _bind_targets(
        self, targets: Iterable[ast.expr], kind: BindingKind, statement: ast.AST, value: ast.expr | None = None
    ) -> None:
        pending = [(target, value) for target in targets]
        while pending:
            target, bound = pending.pop()
            if isinstance(target, ast.Name):
                self._bind(target.id, kind, target, statement, bound)
            elif isinstance(target, (ast.Tuple, ast.List)):
                pending += zip(target.elts, _parts(target, bound), strict=True)
            elif isinstance(target, ast.Starred):
                pending.append((target.value, None))
            else:
                self.stack.append(target)

    def _assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, BindingKind.ASSIGN, target, node, node.value)
            elif isinstance(target, (ast.Attribute, ast.Subscript)):
                self.stack.append(target)
            else:
                self._bind_targets([target], BindingKind.ASSIGN, node, node.value)
        self.stack.append(node.value)

    def _aug_assign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            name = _mangle(node.target.id, self.private)
            self.scope.reads[name].append(node.target)
            self._bind(name, BindingKind.AUGMENTED, node.target, node)
        else:
            self.stack.append(node.target)
        self.stack.append(node.value)

    def _ann_assign(self, node: ast.AnnAssign) -> None:
        if not isinstance(node.target, ast.Name):
            self.stack.append(node.target)
        elif node.value is not None:
            self._bind(node.target.id, BindingKind.ANNOTATED, node.target, node, node.value)
        elif node.simple:
            self._bind(node.target.id, BindingKind.ANNOTATION, node.target, node)
        if node.value is not None:
            self.stack.append(node.value)
        if not self.postponed:
            if self.scope.is_function:
                self.scope.unevaluated.update(part for part in ast.walk(node.annotation) if isinstance(part, ast.Name))
            self.stack.append(node.annotation)

    def _walrus(self, node: ast.NamedExpr) -> None:
        name = _mangle(node.target.id, self.private)
        owner = self.scope
        while owner.kind in _INLINE and owner.parent:
            owner = owner.parent
        if owner is not self.scope:
            # The target of a comprehension's walrus belongs to the block around all comprehensions (PEP 572).
            if owner.kind is ScopeKind.MODULE or name in owner.globals:
                self.scope.globals[name] = node
            else:
                self.scope.nonlocals[name] = node
            owner.writes.setdefault(name, [])
        self._bind(name, BindingKind.WALRUS, node.target, node, node.value)
        self.stack.append(node.value)

    def _delete(self, node: ast.Delete) -> None:
        self._bind_targets(node.targets, BindingKind.DELETE, node)

    def _dict(self, node: ast.Dict) -> None:
        self.stack += [*filter(None, node.keys), *node.values]

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        if _comes_round(node):
            self.scope.loops.append(node)
        self._bind_targets([node.target], BindingKind.LOOP_TARGET, node)
        self.stack.append(node.iter)
        self.stack += node.body
        self.stack += node.orelse

    def _while(self, node: ast.While) -> None:
        if _comes_round(node):
            self.scope.loops.append(node)
        self.stack.append(node.test)
        self.stack += node.body
        self.stack += node.orelse

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._bind_targets([item.optional_vars], BindingKind.WITH, node)
            self.stack.append(item.context_expr)
        self.stack += node.body

    def _except(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name, BindingKind.EXCEPT, node, node)
        if node.type is not None:
            self.stack.append(node.type)
        self.stack += node.body

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0], BindingKind.IMPORT, alias, node)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name, BindingKind.IMPORT, alias, node)

    def _pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._bind(name, BindingKind.PATTERN, node, node)
        if isinstance(node, ast.MatchAs) and node.pattern is not None:
            self.stack.append(node.pattern)
        elif isinstance(node, ast.MatchMapping):
            self.stack += [*node.keys, *node.patterns]

    def _global(self, node: ast.Global) -> None:
        if self.scope.kind is not ScopeKind.MODULE:
            self.scope.globals.update((_mangle(name, self.private), node) for name in node.names)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocals.update((_mangle(name, self.private), node) for name in node.names)

    # What opens a block.

    def _open(self, child: Scope, body: list[ast.AST], private: str | None) -> None:
        """Note a block and what is to be visited in it; `private` is the class whose private names are meant there."""
        if child.parent is not None:
            child.parent.children.append(child)
        self.blocks.append((child, body, private))

    def _type_parameters(self, node: ast.AST, name: str) -> Scope | None:
        """Open the block of `[T, ...]` after a name (PEP 695), if there is one.

        Private names in it are mangled as inside the class where it belongs to a class statement.
        """
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return None
        private = node.name if isinstance(node, ast.ClassDef) else self.private
        block = Scope(ScopeKind.TYPE_PARAMETERS, node, name, self.scope)
        self._open(block, [], private)
        for parameter in parameters:
            mangled = _mangle(parameter.name, private)
            binding = Binding(mangled, BindingKind.TYPE_PARAMETER, parameter, node, block)
            block.writes.setdefault(mangled, []).append(binding)
            for expression in (getattr(parameter, "bound", None), getattr(parameter, "default_value", None)):
                if expression is not None:
                    bound = Scope(ScopeKind.TYPE_EXPRESSION, expression, parameter.name, block)
                    self._open(bound, [expression], private)
        return block

    def _parameters(self, function: Scope, arguments: Iterable[ast.arg]) -> None:
        kind, node, private = BindingKind.PARAMETER, function.node, self.private
        for argument in arguments:
            name = argument.arg
            if private and name[:2] == "__":
                name = _mangle(name, private)
            function.writes[name] = [Binding(name, kind, argument, node, function)]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, BindingKind.DEF, node, node)
        self.stack += node.decorator_list
        self._defaults(node.args)
        generic = self._type_parameters(node, node.name)
        arguments = parameters_of(node.args)
        if not self.postponed:
            annotations = [argument.annotation for argument in arguments if argument.annotation]
            if node.returns:
                annotations.append(node.returns)
            self._evaluate_in(generic, annotations)
        function = Scope(ScopeKind.FUNCTION, node, node.name, generic or self.scope)
        self._open(function, [*node.body], self.private)
        self._parameters(function, arguments)

    def _lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        function = Scope(ScopeKind.LAMBDA, node, "<lambda>", self.scope)
        self._open(function, [node.body], self.private)
        self._parameters(function, parameters_of(node.args))

    def _defaults(self, arguments: ast.arguments) -> None:
        self.stack += arguments.defaults
        if arguments.kw_defaults:
            self.stack += [default for default in arguments.kw_defaults if default is not None]

    def _class(self, node: ast.ClassDef) -> None:
        self._bind(node.name, BindingKind.CLASS, node, node)
        self.stack += node.decorator_list
        generic = self._type_parameters(node, node.name)
        self._evaluate_in(generic, [*node.bases, *(keyword.value for keyword in node.keywords)])
        self._open(Scope(ScopeKind.CLASS, node, node.name, generic or self.scope), [*node.body], node.name)

    def _type_alias(self, node: Any) -> None:
        """Visit an `ast.TypeAlias`, which Python before 3.12 does not have."""
        self._bind(node.name.id, BindingKind.TYPE_ALIAS, node.name, node)
        generic = self._type_parameters(node, node.name.id)
        value = Scope(ScopeKind.TYPE_EXPRESSION, node, node.name.id, generic or self.scope)
        self._open(value, [node.value], self.private)

    def _evaluate_in(self, block: Scope | None, expressions: list[ast.expr]) -> None:
        """Visit expressions in the block of type parameters if there is one, otherwise in the current block."""
        if block is None:
            self.stack += expressions
        else:
            next(entry for entry in reversed(self.blocks) if entry[0] is block)[1].extend(expressions)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        body: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.stack.append(node.generators[0].iter)
        for index, clause in enumerate(node.generators):
            body += [clause] if index else clause.ifs
        kind = ScopeKind.GENERATOR if isinstance(node, ast.GeneratorExp) else ScopeKind.COMPREHENSION
        child = Scope(kind, node, _COMPREHENSION_NAMES[type(node)], self.scope)
        self._open(child, body, self.private)
        child.loops.append(node)
        outer = self.scope, self.stack
        self.scope, self.stack = child, body
        for clause in node.generators:
            self._bind_targets([clause.target], BindingKind.COMPREHENSION_TARGET, clause)
        self.scope, self.stack = outer

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.scope.is_generator = True
        if node.value is not None:
            self.stack.append(node.value)

    def _clause(self, node: ast.comprehension) -> None:
        self.stack.append(node.iter)
        self.stack += node.ifs

    HANDLERS: ClassVar[dict[type[ast.AST], Callable[..., None]]] = {
        ast.Assign: _assign,
        ast.AugAssign: _aug_assign,
        ast.AnnAssign: _ann_assign,
        ast.NamedExpr: _walrus,
        ast.Delete: _delete,
        ast.Dict: _dict,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.ExceptHandler: _except,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.MatchAs: _pattern,
        ast.MatchStar: _pattern,
        ast.MatchMapping: _pattern,
        ast.Global: _global,
        ast.Nonlocal: _nonlocal,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.Lambda: _lambda,
        ast.ClassDef: _class,
        ast.comprehension: _clause,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        **dict.fromkeys(_COMPREHENSION_NAMES, _comprehension),
    }
    if sys.version_info >= (3, 12):
        HANDLERS[ast.TypeAlias] = _type_alias


def _parts(target: ast.Tuple | ast.List, value: ast.expr | None) -> Sequence[ast.expr | None]:
    """Return the values of the parts of a target, where a display of the same length spells them out."""
    parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
    starred = any(isinstance(part, ast.Starred) for part in (*target.elts, *parts))
    return parts if len(parts) == len(target.elts) and not starred else [None] * len(target.elts)


def _comes_round(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Return whether a loop can have a second iteration: `while True: ...; break` has only one."""
    if not isinstance(loop.body[-1], (ast.Break, ast.Return, ast.Raise)):
        return True
    return any(isinstance(part, ast.Continue) for part in ast.walk(loop))


def _mangle(name: str, private: str | None) -> str:
    """Return a private name of a class as the compiler spells it."""
    if private is None or not name.startswith("__") or name.endswith("__"):
        return name
    owner = private.lstrip("_")
    return f"_{owner}{name}" if owner else name
