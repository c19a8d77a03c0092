"""What can follow what in a function? Lays the blocks of its graph in one walk."""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from flake8_closures.facts.flow.constant import passes, truth
from flake8_closures.facts.flow.graph import Block, Do, Graph
from flake8_closures.source import CHILDREN

_MOST_FINALLY_COPIES = 60
"""Beyond this many copies of `finally` bodies in one function they are left out of the way of a jump."""


@dataclass(slots=True)
class _Loop:
    """Where `break` and `continue` lead."""

    after: int
    head: int


@dataclass(slots=True)
class _Leave:
    """What has to run on every way out: the body of a `finally`, or the end of a `with`, a handler, a class body."""

    steps: list[Step]
    catch: int | None


Step = ast.AST | list[ast.stmt] | Callable[[], None] | tuple[Do, ast.AST]


def build(node: ast.AST, dotted: Callable[[ast.AST], str], never_returns: Callable[[ast.Call], bool]) -> Graph:
    """Return the graph of a module, function, lambda or generator expression.

    `dotted` gives the full name of a callee, `never_returns` knows the calls that always raise.
    """
    return _Builder(dotted, never_returns).build(node)


class _Builder:
    """Lays blocks in one walk over a function.

    A stack of steps stands in for recursion, so that no depth is too much.
    """

    def __init__(self, dotted: Callable[[ast.AST], str], never_returns: Callable[[ast.Call], bool]) -> None:
        self.dotted, self.never_returns = dotted, never_returns
        self.blocks = [Block()]
        self.reached = {0}
        """The blocks that some other block leads to."""
        self.current: int | None = 0
        """The block that the next event goes to; None in dead code."""
        self.catch: int | None = None
        """Where an exception goes from here; None: out of the function."""
        self.frames: list[_Loop | _Leave] = []
        self.copies = 0
        self.steps: list[Step] = []
        self.exits = self.new()

    def build(self, node: ast.AST) -> Graph:
        if isinstance(node, ast.GeneratorExp):
            self.clauses(node.generators, 0, [node.elt, (Do.SUSPEND, node)], outermost_is_known=True)
        else:
            # The value of a type alias, or the bound of a type parameter, is an expression.
            self.plan(getattr(node, "body", None) or getattr(node, "value", None) or node)
        while self.steps:
            step = self.steps.pop()
            if isinstance(step, ast.AST):
                if self.current is not None:
                    self.visit(step)
            elif isinstance(step, tuple):
                self.emit(*step)
            elif isinstance(step, list):
                self.steps += reversed(step)
            else:
                step()
        self.jump(self.exits)
        self.blocks[self.exits].events.append((Do.EXIT, node))
        return Graph(self.blocks, node)

    # Laying blocks.

    def new(self) -> int:
        self.blocks.append(Block())
        return len(self.blocks) - 1

    def emit(self, do: Do, node: ast.AST) -> None:
        if self.current is not None:
            self.blocks[self.current].events.append((do, node))

    def edge(self, source: int, target: int) -> None:
        self.blocks[source].successors.append(target)
        self.reached.add(target)

    def link(self, target: int) -> None:
        """Let the block at hand go on to another one too."""
        if self.current is not None:
            self.edge(self.current, target)

    def jump(self, target: int) -> None:
        self.link(target)
        self.current = None

    def resume(self, block: int | None) -> None:
        """Go on behind a block, in a new one."""
        self.current = block
        if block is not None:
            following = self.new()
            self.jump(following)
            self.current = following

    def finish(self, block: int) -> None:
        """Go on in a block where ways meet; what follows is dead if none leads there."""
        self.jump(block)
        self.current = block if block in self.reached else None

    def plan(self, *steps: Step) -> None:
        self.steps += reversed(steps)

    def raising(self) -> None:
        """Note that an exception may come here: behind a statement of a `try` body, or out of a call that was made."""
        if self.catch is not None and self.current is not None:
            self.link(self.catch)
            self.blocks[self.current].raising.add(self.catch)
            self.resume(self.current)

    def first_may_raise(self, body: Sequence[ast.stmt]) -> None:
        """Note that the first statement of a `try` body may raise before anything has happened.

        Where it calls something that is left to the call: whoever waits in `try: thread.join()` has waited.
        """
        if not any(isinstance(part, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)) for part in ast.walk(body[0])):
            self.raising()

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt) and self.catch is not None:
            self.plan(self.raising)
        visit = _VISITORS.get(type(node))
        if visit is not None:
            visit(self, node)
        else:
            steps = self.steps
            for field in reversed(CHILDREN[type(node)]):
                value = getattr(node, field, None)
                if value.__class__ is list:
                    steps += [child for child in reversed(value) if child is not None]
                elif isinstance(value, ast.AST):
                    steps.append(value)

    # Statements that bind.

    def bind(self, target: ast.AST) -> list[Step]:
        """Return the steps that bind a target, part by part."""
        steps: list[Step] = []
        pending = [target]
        while pending:
            part = pending.pop()
            if isinstance(part, (ast.Tuple, ast.List)):
                pending += reversed(part.elts)
            elif isinstance(part, ast.Starred):
                pending.append(part.value)
            elif isinstance(part, ast.Name):
                steps.append((Do.BIND, part))
            else:
                steps += [part, (Do.BIND, part)]
        return steps

    def assign(self, node: ast.Assign) -> None:
        self.plan(node.value, *(step for target in node.targets for step in self.bind(target)))

    def aug_assign(self, node: ast.AugAssign) -> None:
        read: Step = (Do.READ, node.target) if isinstance(node.target, ast.Name) else node.target
        self.plan(read, node.value, (Do.BIND, node.target))

    def ann_assign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.plan(node.value, *self.bind(node.target))

    def walrus(self, node: ast.NamedExpr) -> None:
        self.plan(node.value, (Do.BIND, node.target))

    def delete(self, node: ast.Delete) -> None:
        steps = [step for target in node.targets for step in self.bind(target)]
        self.plan(*((Do.UNBIND, step[1]) if isinstance(step, tuple) else step for step in steps))

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.emit(Do.BIND, alias)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorated: list[Step] = [(Do.DECORATE, decorator) for decorator in reversed(node.decorator_list)]
        annotations = _annotations(node) if sys.version_info < (3, 14) else []
        evaluated = [*node.decorator_list, *_defaults(node.args), *annotations]
        self.plan(*evaluated, (Do.MAKE, node), *decorated, (Do.BIND, node))

    def make_lambda(self, node: ast.Lambda) -> None:
        self.plan(*_defaults(node.args), (Do.MAKE, node))

    def class_statement(self, node: ast.ClassDef) -> None:
        decorated: list[Step] = [(Do.DECORATE, decorator) for decorator in reversed(node.decorator_list)]
        arguments = [*node.bases, *(keyword.value for keyword in node.keywords)]
        self.plan(*node.decorator_list, *arguments, *node.body, (Do.MAKE, node), *decorated, (Do.BIND, node))

    # Branches.

    def if_statement(self, node: ast.If) -> None:
        self.plan(node.test, lambda: self.branch(self.truth(node.test), node.body, node.orelse))

    def conditional(self, node: ast.IfExp) -> None:
        chosen: Step = lambda: self.branch(self.truth(node.test), [node.body], [node.orelse])  # noqa: E731
        self.plan(node.test, (Do.MAKE, node), chosen, (Do.BIND, node))

    def truth(self, test: ast.expr) -> bool | None:
        return truth(test, self.dotted)

    def branch(self, always: bool | None, body: Sequence[Step], orelse: Sequence[Step]) -> None:
        """Lay two branches and the block where they meet; `always` is the value of a constant condition."""
        if always is not None:
            self.plan(*(body if always else orelse))
            return
        before, after = self.current, self.new()

        def other() -> None:
            self.jump(after)
            self.resume(before)

        self.resume(before)
        self.plan(*body, other, *orelse, lambda: self.finish(after))

    def bool_op(self, node: ast.BoolOp) -> None:
        self.plan((Do.MAKE, node), node.values[0], partial(self._behind, node, 0), (Do.BIND, node))

    def _behind(self, node: ast.BoolOp, index: int) -> None:
        """Go on behind one of the values that `and` or `or` joins."""
        if index + 1 < len(node.values):
            rest: list[Step] = [node.values[index + 1], partial(self._behind, node, index + 1)]
            always = self.truth(node.values[index])
            self.branch(None if always is None else always is isinstance(node.op, ast.And), rest, [])

    def assert_statement(self, node: ast.Assert) -> None:
        failing: list[Step] = [*([node.msg] if node.msg else []), self.throw]
        self.plan(node.test, lambda: self.branch(self.truth(node.test), [], failing))

    def match_statement(self, node: ast.Match) -> None:
        after = self.new()

        def case(index: int) -> Callable[[], None]:
            def step() -> None:
                if index == len(node.cases):
                    self.finish(after)
                    return
                this = node.cases[index]
                parts = list(ast.walk(this.pattern))
                names: list[Step] = [
                    (Do.BIND, p) for p in parts if getattr(p, "name", None) or getattr(p, "rest", None)
                ]
                values = [part.value for part in parts if isinstance(part, ast.MatchValue)]
                otherwise = self.new()
                if not _irrefutable(this.pattern):
                    self.link(otherwise)

                def refused() -> None:
                    self.link(otherwise)
                    self.resume(self.current)

                def done() -> None:
                    self.jump(after)
                    self.current = otherwise if otherwise in self.reached else None

                guard: list[Step] = [this.guard, refused] if this.guard else []
                self.resume(self.current)
                self.plan(*values, *names, *guard, *this.body, done, case(index + 1))

            return step

        self.plan(node.subject, case(0))

    # Loops.

    def while_statement(self, node: ast.While) -> None:
        head, after = self.new(), self.new()
        always = self.truth(node.test)
        self.finish(head)
        self.emit(Do.LOOP, node)

        def tested() -> None:
            before, exhausted = self.current, None
            if always is not True:
                exhausted = self.new()
                self.blocks[exhausted].events.append((Do.EXHAUST, node))
                self.link(exhausted)
            self.resume(None if always is False else before)
            self.frames.append(_Loop(after, head))

            def end() -> None:
                self.jump(head)
                self.frames.pop()
                self.current = exhausted

            self.plan(*node.body, end, *node.orelse, lambda: self.finish(after))

        self.plan(node.test, tested)

    def for_statement(self, node: ast.For | ast.AsyncFor) -> None:
        suspend: list[Step] = [(Do.SUSPEND, node)] if isinstance(node, ast.AsyncFor) else []
        self.loop(node, node.iter, [node.iter], [*suspend, *self.bind(node.target), *node.body], node.orelse)

    def loop(
        self, node: ast.AST, iterable: ast.expr, evaluated: Sequence[Step], body: Sequence[Step], orelse: Sequence[Step]
    ) -> None:
        """Lay a loop over an iterable, evaluated once by the steps of `evaluated`. `node` is the loop or its clause."""
        least, most = passes(iterable, self.dotted)
        head, entered, after = self.new(), self.new(), self.new()
        self.blocks[head].events.append((Do.LOOP, node))

        def enter() -> None:
            self.jump(entered if least else head)
            if most > 1 or not least:
                self.blocks[head].successors.append(entered)
            if self.catch is not None:
                self.blocks[head].successors.append(self.catch)
                self.blocks[head].raising.add(self.catch)
            self.reached.add(entered)
            self.current = entered
            self.frames.append(_Loop(after, head))

        def end() -> None:
            self.jump(head)
            self.frames.pop()
            if least < math.inf and head in self.reached:
                self.resume(head)

        self.plan(*evaluated, enter, *body, end, *orelse, lambda: self.finish(after))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> None:
        element: list[Step] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.emit(Do.MAKE, node)
        self.clauses(node.generators, 0, [*element, (Do.BIND, node)])

    def clauses(
        self, generators: list[ast.comprehension], index: int, element: list[Step], *, outermost_is_known: bool = False
    ) -> None:
        """Lay the loops of a comprehension; the outermost iterable of a generator expression is evaluated elsewhere."""
        if index == len(generators):
            self.plan(*element)
            return
        clause = generators[index]
        filters: list[Step] = [step for test in clause.ifs for step in (test, self.skip)]
        inner: Step = lambda: self.clauses(generators, index + 1, element)  # noqa: E731
        evaluated = [] if outermost_is_known else [clause.iter]
        self.loop(clause, clause.iter, evaluated, [*self.bind(clause.target), *filters, inner], [])

    def skip(self) -> None:
        """A filter of a comprehension may go on with the next item."""
        frame = self.frames[-1]
        assert isinstance(frame, _Loop)
        self.link(frame.head)
        self.resume(self.current)

    def generator(self, node: ast.GeneratorExp) -> None:
        self.plan(node.generators[0].iter, (Do.MAKE, node))

    # Blocks that have an end of their own: with and try.

    def with_statement(self, node: ast.With | ast.AsyncWith) -> None:
        left: Step = (Do.LEAVE_WITH, node)
        swallowed = self.new() if any(self.swallows(item.context_expr) for item in node.items) else None
        outer = self.catch

        def enter() -> None:
            self.frames.append(_Leave([left], outer))
            if swallowed is not None:
                self.catch = swallowed
                self.first_may_raise(node.body)

        def end() -> None:
            self.frames.pop()
            self.catch = outer
            if swallowed is not None:
                self.finish(swallowed)

        items: list[Step] = []
        for item in node.items:
            items += [item.context_expr, *(self.bind(item.optional_vars) if item.optional_vars else [])]
        self.plan(*items, enter, *node.body, end, left)

    def swallows(self, context: ast.expr) -> bool:
        """Return whether a context manager is known to keep exceptions in."""
        if not isinstance(context, ast.Call):
            return False
        name = self.dotted(context.func).rpartition(".")[2] or getattr(context.func, "attr", "")
        return name in ("suppress", "raises") or name.startswith("assertRaises")

    def try_statement(self, node: ast.Try) -> None:
        outer, normal, after = self.catch, self.new(), self.new()
        caught = self.new() if node.handlers else None
        escaping = self.new() if node.finalbody else None
        """Where an exception goes that no handler takes: through the `finally`, and out."""
        outside = outer if escaping is None else escaping
        if node.finalbody:
            self.frames.append(_Leave(list(node.finalbody), outer))
        self.catch = outside if caught is None else caught
        self.first_may_raise(node.body)

        def unguarded() -> None:
            self.catch = outside

        def uncaught() -> None:
            if caught is not None and not any(_catches_all(clause) for clause in node.handlers):
                self.edge(caught, self.exits if outside is None else outside)
            self.catch = outer
            if escaping is not None:
                self.frames.pop()
                self.current = escaping if escaping in self.reached else None
                self.plan(*node.finalbody, self.throw, final)
            else:
                final()

        def final() -> None:
            self.current = normal if normal in self.reached else None
            self.plan(*node.finalbody, lambda: self.finish(after))

        handlers = [self.handler(clause, caught, normal) for clause in node.handlers if caught is not None]
        self.plan(*node.body, self.raising, unguarded, *node.orelse, lambda: self.jump(normal), *handlers, uncaught)

    def handler(self, clause: ast.ExceptHandler, caught: int, normal: int) -> Callable[[], None]:
        def step() -> None:
            self.resume(caught)
            unbound: list[Step] = [(Do.UNBIND, clause)] if clause.name else []
            self.frames.append(_Leave(unbound, self.catch))
            bound: list[Step] = [(Do.BIND, clause)] if clause.name else []
            tried = [clause.type] if clause.type else []
            self.plan(*tried, *bound, *clause.body, self.leave_frame, *unbound, lambda: self.jump(normal))

        return step

    def leave_frame(self) -> None:
        self.frames.pop()

    # Ways out.

    def leave(self, frames: int, then: Callable[[], None]) -> None:
        """Run what has to run on the way out of all frames above a number of them, then go."""
        kept, catch = self.frames, self.catch

        def restore() -> None:
            self.frames, self.catch = kept, catch
            self.current = None

        steps: list[Step] = []
        for index in range(len(kept) - 1, frames - 1, -1):
            frame = kept[index]
            if isinstance(frame, _Leave) and frame.steps and self.copies < _MOST_FINALLY_COPIES:
                self.copies += any(not isinstance(step, tuple) for step in frame.steps)
                steps += [self.outside(index, frame), *frame.steps]
        self.plan(*steps, then, restore)

    def outside(self, index: int, frame: _Leave) -> Callable[[], None]:
        def step() -> None:
            self.frames, self.catch = self.frames[:index], frame.catch

        return step

    def return_statement(self, node: ast.Return) -> None:
        self.plan(
            *([node.value] if node.value else []),
            (Do.RETURN, node),
            lambda: self.leave(0, lambda: self.jump(self.exits)),
        )

    def raise_statement(self, node: ast.Raise) -> None:
        self.plan(*[part for part in (node.exc, node.cause) if part], self.throw)

    def throw(self) -> None:
        """An exception goes to the handlers around, or out; what it leaves on the way is on those handlers' paths."""
        self.jump(self.exits if self.catch is None else self.catch)

    def loop_jump(self, node: ast.Break | ast.Continue) -> None:
        loops = [(index, frame) for index, frame in enumerate(self.frames) if isinstance(frame, _Loop)]
        if not loops:
            return  # parsed, but refused by the compiler
        index, loop = loops[-1]
        target = loop.after if isinstance(node, ast.Break) else loop.head
        self.leave(index + 1, lambda: self.jump(target))

    # Expressions with an event of their own.

    def name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.emit(Do.READ, node)

    def call(self, node: ast.Call) -> None:
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        self.plan(node.func, *arguments, lambda: self.returns(node))

    def returns(self, node: ast.Call) -> None:
        self.emit(Do.CALL, node)
        if self.current is not None and self.never_returns(node):
            self.throw()
        else:
            self.raising()

    def starred(self, node: ast.Starred) -> None:
        self.plan(node.value, (Do.DRAW, node), self.raising)

    def suspension(self, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
        self.plan(*([node.value] if node.value else []), (Do.SUSPEND, node), self.raising)


_VISITORS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Builder.name,
    ast.Constant: lambda builder, node: None,
    ast.Call: _Builder.call,
    ast.Starred: _Builder.starred,
    ast.Assign: _Builder.assign,
    ast.AugAssign: _Builder.aug_assign,
    ast.AnnAssign: _Builder.ann_assign,
    ast.NamedExpr: _Builder.walrus,
    ast.Delete: _Builder.delete,
    ast.Import: _Builder.imports,
    ast.ImportFrom: _Builder.imports,
    ast.FunctionDef: _Builder.function,
    ast.AsyncFunctionDef: _Builder.function,
    ast.Lambda: _Builder.make_lambda,
    ast.ClassDef: _Builder.class_statement,
    ast.If: _Builder.if_statement,
    ast.IfExp: _Builder.conditional,
    ast.BoolOp: _Builder.bool_op,
    ast.While: _Builder.while_statement,
    ast.For: _Builder.for_statement,
    ast.AsyncFor: _Builder.for_statement,
    ast.ListComp: _Builder.comprehension,
    ast.SetComp: _Builder.comprehension,
    ast.DictComp: _Builder.comprehension,
    ast.GeneratorExp: _Builder.generator,
    ast.With: _Builder.with_statement,
    ast.AsyncWith: _Builder.with_statement,
    ast.Match: _Builder.match_statement,
    ast.Try: _Builder.try_statement,
    ast.Return: _Builder.return_statement,
    ast.Raise: _Builder.raise_statement,
    ast.Break: _Builder.loop_jump,
    ast.Continue: _Builder.loop_jump,
    ast.Assert: _Builder.assert_statement,
    ast.Yield: _Builder.suspension,
    ast.YieldFrom: _Builder.suspension,
    ast.Await: _Builder.suspension,
    ast.Global: lambda builder, node: None,
    ast.Nonlocal: lambda builder, node: None,
}
if sys.version_info >= (3, 11):
    _VISITORS[ast.TryStar] = _Builder.try_statement
if sys.version_info >= (3, 12):
    _VISITORS[ast.TypeAlias] = lambda builder, node: builder.emit(Do.BIND, node.name)


def _irrefutable(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _irrefutable(pattern.patterns[-1])


def _catches_all(clause: ast.ExceptHandler) -> bool:
    return clause.type is None or (isinstance(clause.type, ast.Name) and clause.type.id == "BaseException")


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """Return what stands behind the colons and the arrow: the `def` evaluates it, unless it is postponed."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    found = [argument.annotation for argument in every if argument and argument.annotation]
    return [*found, function.returns] if function.returns else found


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]
