"""In which order can things happen? One control-flow graph for each function, lambda, generator expression and module.

A graph is made of blocks of events: a name is read, bound or unbound, a function object is made, a call returns, a
generator is suspended. Comprehensions and class bodies run where they stand, so they are part of the graph around them.
`finally` bodies stand once for each way of leaving their `try`: what follows a `return` never mixes with what follows the
normal end.

Every question is one search for a path of events (`Graph.path`). There is no table of special cases behind it: `return`,
`break`, `else`, loops of one pass and code that nobody reaches all follow from the edges.
"""

from __future__ import annotations

import ast
import enum
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

_MOST_FINALLY_COPIES = 60
"""Beyond this many copies of `finally` bodies in one function they are left out of the way of a jump."""


class Do(enum.Enum):
    """What an event does. The node beside it says with what."""

    READ = "read"
    BIND = "bind"
    UNBIND = "unbind"
    MAKE = "make"
    CALL = "call"
    SUSPEND = "suspend"
    LOOP = "loop"
    """A loop turns to its next iteration, or ends."""
    LEAVE_WITH = "leave with"
    RETURN = "return"
    EXIT = "exit"
    """The end of the function, by whatever way."""

    __hash__ = object.__hash__


Event = tuple[Do, ast.AST]


@dataclass(slots=True, eq=False)
class Block:
    """Events that follow each other, and where it goes on from there."""

    events: list[Event] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)


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
_MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of an object: it gets there by one of `events`, and is dropped from there by one of `refills`."""

    events: frozenset[Event]
    refills: frozenset[Event]


class Graph:
    """The control flow of one function (or module). Block 0 is the entry."""

    def __init__(self, blocks: list[Block], node: ast.AST) -> None:
        self.blocks = blocks
        self.node = node
        self.exit: Event = (Do.EXIT, node)
        self._where: dict[Event, list[tuple[int, int]]] = defaultdict(list)
        for number, block in enumerate(blocks):
            for index, event in enumerate(block.events):
                self._where[event].append((number, index))

    def happens(self, event: Event) -> bool:
        """Return whether an event stands in code that can be reached."""
        return event in self._where

    def path(
        self,
        start: Event | None,
        stages: Sequence[Collection[Event]],
        barriers: Collection[Event] | Sequence[Collection[Event]] = (),
    ) -> list[Event] | None:
        """Search a path of events and return the one event of each stage that it meets, in order; None if there is none.

        The path begins behind `start` (None: at the entry), meets an event of `stages[0]`, then one of `stages[1]`, and
        so on. Where an event of `barriers` comes first, it ends; a sequence of collections gives each stage its own.
        """
        each = [barriers] * len(stages) if not isinstance(barriers, list) else barriers
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for event in {event for group in (*stages, *each) for event in group}:
            for number, index in self._where.get(event, ()):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        begin = [(0, -1)] if start is None else self._where.get(start, [])
        pending: list[tuple[int, int, int, tuple[Event, ...]]] = [(*place, 0, ()) for place in begin]
        seen: set[tuple[int, int]] = set()
        while pending:
            number, index, stage, met = pending.pop()
            stopped = False
            for place, event in marks.get(number, ()):
                if place <= index:
                    continue
                if event in stages[stage]:
                    trail = (*met, event)
                    if stage + 1 == len(stages):
                        return list(trail)
                    pending.append((number, place, stage + 1, trail))
                if event in each[stage]:
                    stopped = True
                    break
            if stopped:
                continue
            for successor in self.blocks[number].successors:
                if (successor, stage) not in seen:
                    seen.add((successor, stage))
                    pending.append((successor, -1, stage, met))
        return None

    def overtaken(
        self,
        made: Event,
        route: Sequence[Stop],
        used: Event,
        rebindings: Collection[Event],
        *,
        lasting: bool,
        refills: Collection[Event] = (),
        until: Collection[Event] = (),
        rounds: Collection[Event] = (),
    ) -> Event | None:
        """Return a rebinding that can come between the making of an object and its use; None if none can.

        The object is made at `made`, passes the stops of `route` in their order (and is lost where a stop is refilled) and
        is used at `used`. A `lasting` use goes on: a rebinding after it counts too, until one of `until`; where the slot
        has `refills`, it counts only if the function can end before the slot is refilled. For a use that does not last the
        path must pass one of `rounds`: who calls a closure further down in the same iteration sees what he does.
        """
        wanted = [stop.events for stop in route]
        dropped: list[Collection[Event]] = [(made,), *(stop.refills for stop in route), {*until, *refills}]
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        interesting = {made, used, self.exit, *rebindings, *until, *refills, *rounds}
        for stop in route:
            interesting |= stop.events | stop.refills
        for event in interesting:
            for number, index in self._where.get(event, ()):
                marks[number].append((index, event))
        for found in marks.values():
            found.sort(key=lambda mark: mark[0])
        last = len(route)
        pending: list[tuple[int, int, int, bool, Event | None]] = [
            (*place, 0, lasting or not rounds, None) for place in self._where.get(made, ())
        ]
        seen: set[tuple[int, int, bool, bool]] = set()
        while pending:
            number, index, stage, round_passed, rebound = pending.pop()
            lost = False
            for place, event in marks.get(number, ()):
                if place <= index:
                    continue
                if stage < last and event in wanted[stage]:
                    stage += 1
                    continue
                if event in dropped[stage]:
                    lost = True
                    break
                if event in rounds:
                    round_passed = True
                if event in rebindings:
                    rebound = event
                if event == used and stage == last:
                    if rebound is not None and round_passed and not (lasting and refills):
                        return rebound
                    stage += lasting
                elif stage > last and rebound is not None and (not refills or event == self.exit):
                    return rebound
            if lost:
                continue
            for successor in self.blocks[number].successors:
                state = successor, stage, round_passed, rebound is not None
                if state not in seen:
                    seen.add(state)
                    pending.append((successor, -1, stage, round_passed, rebound))
        return None

    def last_before(self, event: Event, writes: Collection[Event]) -> tuple[set[Event], bool]:
        """Return which of `writes` can be the last one to happen before an event, and whether none may have happened."""
        marks: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        for write in writes:
            for number, index in self._where.get(write, ()):
                marks[number].append((index, write))
        for stops in marks.values():
            stops.sort(key=lambda mark: mark[0], reverse=True)
        found: set[Event] = set()
        from_entry = False
        pending = list(self._where.get(event, ()))
        seen: set[int] = set()
        while pending:
            number, index = pending.pop()
            nearest = next((write for place, write in marks.get(number, ()) if place < index), None)
            if nearest is not None:
                found.add(nearest)
                continue
            if number == 0:
                from_entry = True
            for previous in self._predecessors[number]:
                if previous not in seen:
                    seen.add(previous)
                    pending.append((previous, len(self.blocks[previous].events)))
        return found, from_entry

    @cached_property
    def _predecessors(self) -> dict[int, list[int]]:
        """The blocks before each block, of those that the entry leads to."""
        backward: dict[int, list[int]] = defaultdict(list)
        reached, pending = {0}, [0]
        while pending:
            number = pending.pop()
            for successor in self.blocks[number].successors:
                backward[successor].append(number)
                if successor not in reached:
                    reached.add(successor)
                    pending.append(successor)
        return backward


def build(node: ast.AST, dotted: Callable[[ast.AST], str], never_returns: Callable[[ast.Call], bool]) -> Graph:
    """Return the graph of a module, function, lambda or generator expression.

    `dotted` gives the full name of a callee, `never_returns` knows the calls that always raise.
    """
    return _Builder(dotted, never_returns).build(node)


class _Builder:
    """Lays blocks in one walk over a function. A stack of steps stands in for recursion, so that no depth is too much."""

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
            self.plan(node.body)  # type: ignore[attr-defined]
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
        """Note that an exception may come between two statements of a `try` body."""
        if self.catch is not None and self.current is not None:
            self.link(self.catch)
            self.resume(self.current)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt) and self.catch is not None:
            self.raising()
            self.plan(self.raising)
        visit = _VISITORS.get(type(node))
        if visit is not None:
            visit(self, node)
        else:
            self.plan(*[child for child in ast.iter_child_nodes(node) if not isinstance(child, _MARKS)])

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
        decorated: list[Step] = [(Do.CALL, decorator) for decorator in reversed(node.decorator_list)]
        annotations = _annotations(node) if sys.version_info < (3, 14) else []
        evaluated = [*node.decorator_list, *_defaults(node.args), *annotations]
        self.plan(*evaluated, (Do.MAKE, node), *decorated, (Do.BIND, node))

    def make_lambda(self, node: ast.Lambda) -> None:
        self.plan(*_defaults(node.args), (Do.MAKE, node))

    def class_statement(self, node: ast.ClassDef) -> None:
        decorated: list[Step] = [(Do.CALL, decorator) for decorator in reversed(node.decorator_list)]
        arguments = [*node.bases, *(keyword.value for keyword in node.keywords)]
        self.plan(*node.decorator_list, *arguments, *node.body, (Do.MAKE, node), *decorated, (Do.BIND, node))

    # Branches.

    def if_statement(self, node: ast.If) -> None:
        self.plan(node.test, lambda: self.branch(self.truth(node.test), node.body, node.orelse))

    def conditional(self, node: ast.IfExp) -> None:
        self.plan(node.test, lambda: self.branch(self.truth(node.test), [node.body], [node.orelse]))

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
        conjunction = isinstance(node.op, ast.And)

        def behind(index: int) -> Callable[[], None]:
            def step() -> None:
                if index + 1 < len(node.values):
                    rest: list[Step] = [node.values[index + 1], behind(index + 1)]
                    always = self.truth(node.values[index])
                    self.branch(None if always is None else always is conjunction, rest, [])

            return step

        self.plan(node.values[0], behind(0))

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
                names: list[Step] = [(Do.BIND, p) for p in parts if getattr(p, "name", None) or getattr(p, "rest", None)]
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
        least, endless = passes(iterable, self.dotted)
        head, entered, after = self.new(), self.new(), self.new()
        self.blocks[head].events.append((Do.LOOP, node))

        def enter() -> None:
            self.jump(entered if least else head)
            self.blocks[head].successors.append(entered)
            if self.catch is not None:
                self.blocks[head].successors.append(self.catch)
            self.reached.add(entered)
            self.current = entered
            self.frames.append(_Loop(after, head))

        def end() -> None:
            self.jump(head)
            self.frames.pop()
            if not endless and head in self.reached:
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
                self.raising()

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
        for index in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[index]
            if isinstance(frame, _Loop):
                target = frame.after if isinstance(node, ast.Break) else frame.head
                self.leave(index + 1, lambda: self.jump(target))
                return

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

    def suspension(self, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
        self.plan(*([node.value] if node.value else []), (Do.SUSPEND, node))


_VISITORS: dict[type[ast.AST], Callable[[_Builder, ast.AST], None]] = {
    ast.Name: _Builder.name,
    ast.Constant: lambda builder, node: None,
    ast.Call: _Builder.call,
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
    **({ast.TryStar: _Builder.try_statement} if sys.version_info >= (3, 11) else {}),
    **({ast.TypeAlias: lambda builder, node: builder.emit(Do.BIND, node.name)} if sys.version_info >= (3, 12) else {}),
}  # type: ignore[dict-item]


def truth(test: ast.expr, dotted: Callable[[ast.AST], str]) -> bool | None:
    """Return the value of a condition that is always the same; None for any other. `TYPE_CHECKING` is false at run time."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, (ast.Name, ast.Attribute)):
        name = dotted(test)
        if name.endswith(".__debug__"):
            return True
        return False if name.rpartition(".")[2] == "TYPE_CHECKING" else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = truth(test.operand, dotted)
        return None if value is None else not value
    if isinstance(test, ast.BoolOp) and len(test.values) < 20:
        values = [truth(value, dotted) for value in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if isinstance(test, (ast.Tuple, ast.List)):
        return True if any(not isinstance(item, ast.Starred) for item in test.elts) else None
    return None


def passes(iterable: ast.expr, dotted: Callable[[ast.AST], str]) -> tuple[bool, bool]:
    """Return whether a loop over an iterable surely runs once, and whether it can never be exhausted."""
    if isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
        return any(not isinstance(item, ast.Starred) for item in iterable.elts), False
    if isinstance(iterable, ast.Dict):
        return any(key is not None for key in iterable.keys), False
    if isinstance(iterable, ast.Constant):
        return isinstance(iterable.value, (str, bytes)) and bool(iterable.value), False
    if isinstance(iterable, ast.Call) and not any(isinstance(item, ast.Starred) for item in iterable.args):
        name = dotted(iterable.func)
        if name in ("itertools.count", "itertools.cycle") or name == "itertools.repeat" and len(iterable.args) == 1:
            return name != "itertools.cycle", name != "itertools.cycle"
        if name == "builtins.range":
            bounds = [_integer(argument) for argument in iterable.args]
            if None not in bounds and 1 <= len(bounds) <= 3 and 0 not in bounds[2:]:
                return bool(range(*bounds)), False  # type: ignore[arg-type]
        if name in _SAME_LENGTH and iterable.args:
            return all(passes(argument, dotted)[0] for argument in iterable.args[: 9 if name == "builtins.zip" else 1]), False
    return False, False


_SAME_LENGTH = {f"builtins.{name}" for name in ("enumerate", "list", "tuple", "sorted", "reversed", "iter", "set", "zip")}


def _integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _integer(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _irrefutable(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _irrefutable(pattern.patterns[-1])


def _catches_all(clause: ast.ExceptHandler) -> bool:
    return clause.type is None or isinstance(clause.type, ast.Name) and clause.type.id == "BaseException"


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """Return what stands behind the colons and the arrow: the `def` evaluates it, unless it is postponed."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    found = [argument.annotation for argument in every if argument and argument.annotation]
    return [*found, function.returns] if function.returns else found


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]


_EXITS = {"sys.exit", "os._exit", "os.abort", "builtins.exit", "builtins.quit", "pytest.fail", "pytest.skip", "pytest.exit"}


def never_returns(callee: str, function: ast.AST | None) -> bool:
    """Return whether a call surely raises, by the full name of its callee or by the one function that it can mean.

    A function of the file counts if it is plain: no `return`, no `yield`, and a `raise` at its end.
    """
    if callee in _EXITS:
        return True
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return False
    return isinstance(function.body[-1], ast.Raise) and not any(
        isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) for node in ast.walk(function)
    )
