"""Which nouns does the project speak in? Data only: every other room imports these and adds the verbs."""

from __future__ import annotations

import ast
import enum
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_closures.facts import Facts


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source text: 1-based lines, 0-based columns in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


# What the file says: scopes and names.


class ScopeKind(enum.Enum):
    """The kinds of block that CPython's symbol table knows."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    GENERATOR = "generator expression"
    TYPE_PARAMETERS = "type parameters"
    TYPE_EXPRESSION = "type expression"
    """The value of a `type` statement, the bound or the default of a type parameter: evaluated on demand."""


class BindingKind(enum.Enum):
    """The ways in which Python binds a name."""

    ASSIGN = "assignment"
    AUGMENTED = "augmented assignment"
    ANNOTATED = "annotated assignment"
    ANNOTATION = "annotation without a value"
    """Makes the name local, binds nothing."""
    LOOP_TARGET = "loop target"
    COMPREHENSION_TARGET = "comprehension target"
    WITH = "with target"
    EXCEPT = "except target"
    IMPORT = "import"
    DEF = "function definition"
    CLASS = "class definition"
    PARAMETER = "parameter"
    WALRUS = "walrus"
    PATTERN = "pattern"
    DELETE = "deletion"
    TYPE_PARAMETER = "type parameter"
    TYPE_ALIAS = "type alias"


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """One block of names, as CPython's symbol table has it.

    `writes` and `reads` hold the places of this block alone, by mangled name. `owners` maps each of those names to its
    variable (None: a builtin, or undefined); `unowned` lists the names that have none.
    """

    kind: ScopeKind
    node: ast.AST
    name: str
    parent: Scope | None
    children: list[Scope] = field(default_factory=list)
    writes: dict[str, list[Binding]] = field(default_factory=dict)
    reads: defaultdict[str, list[ast.Name]] = field(default_factory=lambda: defaultdict(list))
    globals: dict[str, ast.Global | ast.NamedExpr] = field(default_factory=dict)
    nonlocals: dict[str, ast.Nonlocal | ast.NamedExpr] = field(default_factory=dict)
    """The names declared, by the statement, or by the walrus of a comprehension that binds a name outside of it."""
    loops: list[ast.AST] = field(default_factory=list)
    """The for and while statements of this block that can run more than once; for a comprehension, its own node."""
    imports: list[Binding] = field(default_factory=list)
    """What the import statements of this block bind."""
    managed: list[Binding] = field(default_factory=list)
    """What its `with` statements bind."""
    is_generator: bool = False
    """Whether a `yield` stands in this block itself."""
    unbound: set[str] = field(default_factory=set)
    """The names that lose their value somewhere in this block: by `del`, or at the end of an except block."""
    unevaluated: set[ast.AST] = field(default_factory=set)
    """Reads that the compiler counts but never executes: annotations of a function's local variables."""
    variables: dict[str, Variable] = field(init=False)
    owners: dict[str, Variable | None] = field(init=False)
    unowned: list[str] = field(init=False)

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name} line {getattr(self.node, 'lineno', 1)}>"

    def forget(self) -> None:
        """Break the reference cycles that lead back to this scope."""
        for held in (self.children, self.writes, self.imports, self.managed, self.variables, self.owners):
            held.clear()

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of a module, a class or a `def`; none of a block that is an expression."""
        body = getattr(self.node, "body", None)
        return body if isinstance(body, list) else []

    @property
    def is_function(self) -> bool:
        """Whether nested blocks can capture the names of this one as cells."""
        return self.kind not in (ScopeKind.MODULE, ScopeKind.CLASS)


@dataclass(slots=True, eq=False, repr=False)
class Binding:
    """One place that binds (or deletes) a name.

    `node` is the name's own node, or the statement that holds the name as plain text (import, def, except, global).
    `statement` is the statement, comprehension clause or walrus that binds; `value` the expression bound as it is.
    `scope` is the block that executes the binding: not the variable's own after `global` and `nonlocal`.
    """

    name: str
    kind: BindingKind
    node: ast.AST
    statement: ast.AST
    scope: Scope
    value: ast.expr | None = None

    def __repr__(self) -> str:
        return f"<{self.kind.value} of {self.name} line {getattr(self.node, 'lineno', 0)}>"


@dataclass(slots=True, eq=False, repr=False)
class Variable:
    """What a closure captures: one name of one block, with every place that binds or reads it."""

    name: str
    scope: Scope
    mentions: list[Scope] = field(default_factory=list)
    """The blocks that bind or read this variable, its own among them, outermost first."""
    _bindings: list[Binding] | None = None
    _references: list[Reference] | None = None

    def __repr__(self) -> str:
        return f"<variable {self.name} of {self.scope!r}>"

    @property
    def bindings(self) -> Sequence[Binding]:
        """Every binding, by `global` and `nonlocal` too, in source order. Complete once the scopes of the file are."""
        if self._bindings is None:
            self._bindings = [binding for scope in self.mentions for binding in scope.writes.get(self.name, ())]
        return self._bindings

    @property
    def is_parameter(self) -> bool:
        """Whether it is a parameter that is never bound again."""
        return [binding.kind for binding in self.bindings] == [BindingKind.PARAMETER]

    @property
    def references(self) -> Sequence[Reference]:
        """Every read, in any block. Complete once the scopes of the file are."""
        if self._references is None:
            self._references = [
                Reference(self.name, node, scope) for scope in self.mentions for node in scope.reads.get(self.name, ())
            ]
        return self._references


@dataclass(slots=True, eq=False)
class Reference:
    """One read of a name."""

    name: str
    node: ast.Name
    scope: Scope

    @property
    def variable(self) -> Variable | None:
        """Whose name it is; None for a builtin and for a name that nobody binds."""
        return self.scope.owners.get(self.name)


@dataclass(slots=True, eq=False)
class Capture:
    """A variable of an outer function, or of the module, that a closure reads or writes."""

    variable: Variable
    references: tuple[Reference, ...]
    writes: tuple[Binding, ...]


@dataclass(slots=True, eq=False)
class Closure:
    """A function, lambda, generator expression or method: an object that is made anew each time its code is evaluated.

    `node` is the expression or statement whose evaluation makes the object; for a method it is the method's `def`, and
    `carrier` is the class statement that contains it (otherwise the node itself). `maker` is the block that makes it
    when it runs: a function, the module, a generator expression. `loops` are the loops of that block around the
    closure, outermost first: for and while statements and comprehensions.
    """

    scope: Scope
    node: ast.AST
    carrier: ast.AST
    maker: Scope
    loops: tuple[ast.AST, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """How much memory a value keeps alive, as far as the text of the file proves it.

    `size` is in bytes, None where nothing is proved; it is a lower bound unless `exact`. `loader` is the bulk loader
    that brought the data (a full dotted name, or `.name` for a method), empty for none: the size of loaded data is not
    in the text. `kind` is the full name of the type, empty where it is unknown. `text` is the expression that the value
    comes from, as it stands in the file, and `span` its place.
    """

    size: int | None = None
    loader: str = ""
    kind: str = ""
    text: str = ""
    span: Span | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes and counts from which on a closure is worth a report.

    `retain` and `ship` are the bytes that a closure keeps alive, or sends to another process. `variables` and
    `functions` say how many variables closures may share, and how many closures a function may return, before a class
    is clearer.
    """

    retain: int = 10_000_000
    ship: int = 1_000_000
    variables: int = 3
    functions: int = 2


# What an editor shows of a place in the file.


class Reach(enum.Enum):
    """Where a name is found, in the order in which Python looks."""

    LOCAL = "local"
    ENCLOSING = "enclosing"
    GLOBAL = "global"
    BUILTIN = "built-in"
    NOWHERE = "bound nowhere"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one occurrence of a name stands for. Holds no tree.

    `owner` is the block that has the variable, in the words of a reader; empty where the file does not bind it.
    `bindings` are the places that bind it, `captured_by` the closures that capture it. `remark` says what else a reader
    should know.
    """

    span: Span
    name: str
    reach: Reach
    owner: str = ""
    bindings: tuple[Note, ...] = ()
    captured_by: tuple[Note, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A closure as shown to a reader: what it captures, what becomes of it, and how long it lives. Holds no tree.

    `span` is where its name stands, or the words that begin it; `title` says what it is.
    """

    span: Span
    title: str
    captures: tuple[Resolution, ...]
    life: str
    uses: tuple[Note, ...]


# What is found.


class Confidence(enum.Enum):
    """How sure a rule is: CERTAIN is proved from this file alone, LIKELY rests on what is known of a callee,
    POSSIBLE on its name.
    """

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Safety(enum.Enum):
    """SAFE changes nothing but the bug, UNSAFE may change more, SHOW is a suggestion that is never applied."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that explains a finding."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would repair a finding: the intent, not yet the text.

    `action` names a module of `fixes/`. `span` is the function to be changed, `name` the variable. `reason` says why
    the remedy is not SAFE; it is empty for one that is.
    """

    action: str
    span: Span
    name: str
    title: str
    safety: Safety
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One closure, one variable, one thing that goes wrong. Holds no tree, so it can be compared, cached and sent."""

    code: str
    span: Span
    name: str
    message: str
    confidence: Confidence = Confidence.CERTAIN
    notes: tuple[Note, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    is_opt_in: bool = False
    """Whether it is reported only with the opt-in codes, although the rule itself is on by default."""


# How it is repaired.


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace text[start:end] by `text`; offsets in characters of the decoded file, line ends as they stand there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A remedy that was not carried out, and why. `was` is its span in the original file, before any repair."""

    remedy: Remedy
    reason: str
    was: Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: its new text, the repaired findings, those that remain, and the refusals.

    `used` are the remedies that repaired the findings of `applied`, in the same order, with their spans in the original
    file.
    """

    text: str
    applied: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()
    used: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A code and its judgement: a pure function of the facts of one file."""

    code: str
    name: str
    summary: str
    explanation: str
    check: Callable[[Facts], Iterator[Finding]]
    default: bool = True
