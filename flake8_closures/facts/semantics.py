"""Where does a file use what it imported, and which expressions certainly stand for an object that it makes?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from flake8_closures.facts.blocks import methods
from flake8_closures.facts.callees import Callees, attributes_of, is_none, is_spread
from flake8_closures.facts.functions import is_static, parameter, self_of
from flake8_closures.facts.names import Names, imported, managed
from flake8_closures.memo import cached_property
from flake8_closures.model import Binding, BindingKind, Closure, Scope, ScopeKind, Variable
from flake8_closures.tree import Parents

Mention = tuple[ast.expr, str]
"""The longest expression that names something imported, and its full dotted name."""
Accepts = Callable[[ast.expr], bool]


class SemanticModel:
    """The meaning of the names and calls of one file: what imported things, functions and objects they stand for.

    Nothing is computed before it is asked for.
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        names: Names,
        callees: Callees,
        closures: Sequence[Closure],
        parents: Parents,
    ) -> None:
        self.names, self.callees, self.parents, self._scopes = names, callees, parents, scopes
        self._closures = closures
        self._mentions: dict[str, list[Mention]] = {}
        self._of_self: dict[Scope, dict[str, list[ast.Attribute]]] = {}
        self._closure_of: dict[ast.AST, Closure] = {}

    @property
    def packages(self) -> Set[str]:
        """The packages that the file imports anywhere; '' for relative imports."""
        return self._packages.keys()

    def imports(self, package: str) -> bool:
        """Return whether a file imports a package, or anything of it, anywhere."""
        return package in self._packages

    def imported(self, package: str) -> list[Variable]:
        """Return the variables that stand for a package, or for anything of it."""
        return [variable for variable, _ in self._packages.get(package, ())]

    @cached_property
    def _packages(self) -> dict[str, list[tuple[Variable, str]]]:
        """For each package, the variables that imports bind first, with their full names; relative imports under ''."""
        found: dict[str, list[tuple[Variable, str]]] = {}
        for scope in self._scopes:
            for binding in scope.imports:
                variable = scope.owners[binding.name]
                if variable is not None and scope.writes[binding.name][0] is binding:
                    full = imported(binding)
                    found.setdefault(full.partition(".")[0], []).append((variable, full))
        return found

    @property
    def with_targets(self) -> Iterator[Binding]:
        """Every name that a `with` statement binds."""
        for scope in self._scopes:
            yield from scope.managed

    def mentions(self, *packages: str, wanted: Callable[[str], bool] | None = None) -> Iterator[Mention]:
        """Yield every expression that names a package, or something in it: `weakref.finalize`, `mp.Pool`.

        `wanted` decides by the full name of an import whether its mentions are of interest.
        """
        known = self._packages
        for package in packages:
            if package not in known:
                continue
            if wanted is not None:
                some: list[Mention] = []
                for variable, full in dict.fromkeys(known[package]):
                    if wanted(full):
                        self._follow(variable, some, set())
                yield from some
                continue
            if package not in self._mentions:
                found: list[Mention] = []
                for variable, _ in dict.fromkeys(known[package]):
                    self._follow(variable, found, set())
                self._mentions[package] = found
            yield from self._mentions[package]

    def calls(self, *packages: str) -> Iterator[tuple[ast.Call, str]]:
        """Yield every call of something in a package, with the full name of the callee."""
        for node, dotted in self.mentions(*packages):
            call = self.call_of(node)
            if call is not None:
                yield call, dotted

    def _follow(self, variable: Variable, found: list[Mention], seen: set[Variable]) -> None:
        """Add the expressions that name a variable, or an alias of it, with their full names."""
        seen.add(variable)
        for reference in variable.references:
            node: ast.expr = reference.node
            while isinstance(around := self.parent(node), ast.Attribute):
                node = around
            dotted = self.names.dotted(node)
            if not dotted:
                continue
            found.append((node, dotted))
            if isinstance(around, ast.Assign) and len(around.targets) == 1:
                alias = self.names.variable(around.targets[0])
                if alias is not None and alias not in seen and self.names.dotted(around.targets[0]) == dotted:
                    self._follow(alias, found, seen)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around a node."""
        return self.parents.get(node)

    def call_of(self, callee: ast.AST) -> ast.Call | None:
        """Return the call whose callee a node is; None where something else is done with the node."""
        return self.parents.call_of(callee)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around a node, the nearest first."""
        parents = self.parents
        while (outer := parents.get(node)) is not None:
            yield outer
            node = outer

    def expects_failure(self, node: ast.AST) -> bool:
        """Return whether a place stands in a `with` that expects, or suppresses, an exception: `pytest.raises`.

        A `try` is different: what fails every time is not meant to, even if somebody catches it.
        """
        inner = node
        for outer in self.around(node):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return False
            if isinstance(outer, ast.With | ast.AsyncWith) and inner in outer.body:
                words = set().union(*(_words(item.context_expr) for item in outer.items))
                if any(word in ("raises", "suppress") or word.startswith("assertRaises") for word in words):
                    return True
            inner = outer
        return False

    def closure(self, node: ast.AST) -> Closure | None:
        """Return the closure that a lambda, `def` or generator expression makes."""
        if not self._closure_of:
            self._closure_of = {closure.node: closure for closure in self._closures}
        return self._closure_of.get(node)

    def function(self, expression: ast.AST) -> ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the function of this file that an expression certainly is: a lambda, or a name bound to one alone."""
        if isinstance(expression, ast.Lambda):
            return expression
        variable = self.names.variable(expression)
        bindings = [each for each in variable.bindings if each.kind is not BindingKind.DELETE] if variable else []
        if len(bindings) != 1:
            return None
        if bindings[0].kind is BindingKind.DEF:
            node = bindings[0].node
            return node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
        return bindings[0].value if isinstance(bindings[0].value, ast.Lambda) else None

    def objects(self, made: ast.expr, accepts: Accepts) -> list[ast.expr]:
        """Return every expression that certainly stands for the object that an expression makes.

        `accepts` decides whether another value, bound to the same name or attribute, is of the same kind. If one is
        not, the name may stand for something else, and none of its reads is returned. None is ignored.
        """
        found = [made]
        around = self.parent(made)
        if isinstance(around, ast.Await):
            found.append(around)
            around = self.parent(around)
        targets: list[ast.expr] = []
        if isinstance(around, ast.Assign):
            targets = around.targets
        elif isinstance(around, ast.AnnAssign | ast.NamedExpr):
            targets = [around.target]
        elif isinstance(around, ast.withitem) and around.optional_vars is not None:
            targets = [around.optional_vars]
        for target in targets:
            if isinstance(target, ast.Name):
                found += self._reads(target, accepts)
            elif isinstance(target, ast.Attribute):
                found += self._attribute_reads(target, accepts)
        return found

    def _reads(self, target: ast.Name, accepts: Accepts) -> list[ast.expr]:
        """Return the reads of a name, if every other value bound to it is accepted too."""
        variable = self.names.variable(target)
        if variable is None:
            return []
        for binding in variable.bindings:
            value = binding.value
            if binding.kind is BindingKind.WITH:
                value = managed(binding)
            nothing = binding.kind in (BindingKind.ANNOTATION, BindingKind.DELETE) or is_none(value)
            if not nothing and not (value is not None and accepts(value)):
                return []
        reads: list[ast.expr] = [reference.node for reference in variable.references]
        if variable.scope.kind is ScopeKind.CLASS:
            reads += self._class_attribute_reads(variable, accepts)
        return reads

    def _class_attribute_reads(self, variable: Variable, accepts: Accepts) -> list[ast.expr]:
        """Return the reads of what a class body binds: through `self`, and through the name of the class."""
        owner = variable.scope
        places = list(self.attributes(owner).get(variable.name, ()))
        itself = owner.parent.owners.get(owner.name) if owner.parent else None
        for reference in itself.references if itself else ():
            around = self.parent(reference.node)
            if isinstance(around, ast.Attribute) and around.attr == variable.name:
                places.append(around)
        stored = [self.stored(node) for node in places if not isinstance(node.ctx, ast.Load)]
        if not all(value is not None and accepts(value) for value in stored):
            return []
        return [node for node in places if isinstance(node.ctx, ast.Load)]

    def _attribute_reads(self, target: ast.Attribute, accepts: Accepts) -> list[ast.expr]:
        """Return the reads of an attribute of `self`, if every other value stored in it is accepted too."""
        owner = self.callees.class_of_self(target.value) if isinstance(target.value, ast.Name) else None
        if owner is None:
            return []
        reads: list[ast.expr] = []
        for node in self.attributes(owner).get(target.attr, ()):
            if isinstance(node.ctx, ast.Load):
                reads.append(node)
                continue
            value = self.stored(node)
            if not is_none(value) and not (value is not None and accepts(value)):
                return []
        return reads

    def attributes(self, owner: Scope) -> Mapping[str, list[ast.Attribute]]:
        """Return where the methods of a class name an attribute of `self`, by the name of the attribute."""
        if owner not in self._of_self:
            found: dict[str, list[ast.Attribute]] = {}
            for method in methods(owner):
                for attribute in attributes_of(self_of(method), self.parents):
                    found.setdefault(attribute.attr, []).append(attribute)
            self._of_self[owner] = found
        return self._of_self[owner]

    def stored(self, target: ast.Attribute) -> ast.expr | None:
        """Return the value that a plain assignment stores in an attribute."""
        around = self.parent(target)
        if isinstance(around, ast.Assign) and target in around.targets:
            return around.value
        return around.value if isinstance(around, ast.AnnAssign) else None


def argument(call: ast.Call, position: int, keyword: str = "") -> ast.expr | None:
    """Return an argument of a call by position or keyword; None where it is missing, or passed by a star."""
    for each in call.keywords:
        if keyword and each.arg == keyword:
            return each.value
    before = call.args[: position + 1]
    if len(before) <= position or any(isinstance(each, ast.Starred) for each in before):
        return None
    return before[position]


def given_for(call: ast.Call, function: Scope, name: str) -> ast.expr | None:
    """Return the argument of a call that goes to a parameter of the function, the `__init__` of a class too."""
    if is_spread(call):
        return None
    bound = function.name == "__init__" or (isinstance(call.func, ast.Attribute) and not is_static(function))
    for place, argument in enumerate(call.args):
        if parameter(function, place, bound) == name:
            return argument
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _words(node: ast.AST) -> set[str]:
    found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return found | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
