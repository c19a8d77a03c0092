"""What does a known callable do with a function, or with an iterable, that it is given as an argument?

The tables stand in the modules beside this one, as plain text that is read when a name is first asked for. A table maps
modules (or classes) to names, and the names to what they do; names that behave alike share a line:

    "builtins": {"max min": "0 drained, key now"},
    "concurrent.futures.Executor": {"submit": "0=fn 1+ ** kept until result with"},

A clause is: the arguments, the effect, and whatever qualifies it. An argument is a position (`0`), a position and its
keyword (`0=fn`), a position and all that follow (`1+`), a keyword (`key`) or every keyword (`**`). `kept?` is the
effect with one degree of doubt, `receiver of 1` says that the argument at position 1 is what keeps it, and `until` is
followed by the ways in which the keeping may end. The first clause that fits is the answer.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from flake8_closures.facts.knowledge import ecosystem, frameworks, methods, standard_classes, standard_library, wording
from flake8_closures.model import Confidence

Table = Mapping[str, Mapping[str, str]]


class Effect(enum.Enum):
    """What becomes of an argument."""

    NOW = "now"
    """Called before the call returns, or only inspected: nothing keeps it."""
    RESULT = "result"
    """The result carries it: calling or using the result may run it."""
    MISSING = "missing"
    """The result is a mapping that calls it for a missing key, and never returns it: `defaultdict`."""
    ITERATED = "iterated"
    """The result is a lazy iterator that runs the function, or draws from the iterable, when it is iterated itself."""
    COLLECTED = "collected"
    """An iterable is drawn to its end now, and the result is a container of its items."""
    DRAINED = "drained"
    """An iterable is drawn now, or a coroutine run to its end; its items are not kept."""
    ABSORBED = "absorbed"
    """An iterable is drawn to its end now, and the receiver keeps its items: `list.extend`."""
    KEPT = "kept"
    """Kept beyond the call: by a registry, an event loop, a pool of threads."""
    RECEIVER = "receiver"
    """Kept by the object whose method it is (or by the argument `keeper`), for as long as that object lives."""


OF_ITERABLES = frozenset({Effect.COLLECTED, Effect.DRAINED, Effect.ABSORBED})
"""Effects that a function cannot have, because it is not iterable."""

ENDINGS: Mapping[str, frozenset[str]] = {
    "with": frozenset({"__exit__", "__aexit__", "close", "shutdown", "stop"}),
    "join": frozenset({"join", "cancel", "disconnect", "dispose", "remove", "unsubscribe"}),
    "result": frozenset({"result", "exception", "get", "wait"}),
    "iterated": frozenset(),
    "await": frozenset(),
    "loop": frozenset({"MainLoop", "ShowModal", "exec", "exec_", "mainloop", "run_forever", "wait_window"}),
}
"""The ways in which a keeping ends, and the methods that bring it about.

`with`: the receiver's (or the result's) `with` or `async with` block is left. `join`: that method of the result
returns. `result`: such a method of the result returns, or the result is awaited. `iterated`: the result is iterated to
its end. `await`: the result is awaited. `loop`: such a method of anything returns, the loop that calls what is to be
called once.
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one argument of a callable.

    `until` holds the ways in which a keeping may end, keys of `ENDINGS` parted by spaces; empty where none is known.
    `keeper` is the position of the argument that keeps it (`setattr(0, name, it)`), None for the receiver itself.
    """

    effect: Effect
    confidence: Confidence = Confidence.LIKELY
    until: str = ""
    keeper: int | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The tables, with the callees that the user named put before them.

    `sync` and `deferred` hold full dotted names, `package.*` for all of a package, or the last part alone (`apply`,
    `.apply`) for functions and methods of that name; `name:argument` restricts an entry to one position or keyword.
    `weak_signals` names further signals that hold their receivers weakly, `ship_decorators` further decorators that
    send a function by value to another process, `bulk_loaders` further callables that load data (`.name` for methods).
    """

    sync: Sequence[str] = ()
    deferred: Sequence[str] = ()
    weak_signals: Sequence[str] = ()
    ship_decorators: Sequence[str] = ()
    bulk_loaders: Sequence[str] = ()

    def callee(self, dotted: str, argument: int | str, *, function: bool) -> Known | None:
        """Return what the callable of that full name does with an argument; None where nothing is known.

        `argument` is a position or a keyword. `function` says whether a function is passed, or an iterable or another
        object that carries one.
        """
        return self._named(dotted, argument, function) or _callee(_canonical(dotted), argument, function)

    def only_inspects(self, dotted: str) -> bool:
        """Return whether the callable of that full name only looks at its first argument, and never calls it."""
        return _is_listed(dotted, standard_library.LOOKING)

    def makes(self, dotted: str) -> bool:
        """Return whether the callable of that full name returns a new object that nobody else has yet."""
        return _is_listed(dotted, standard_library.MAKING)

    def calls_back(self, dotted: str) -> bool:
        """Return whether the result of the callable of that full name calls by itself what it carries."""
        return _is_listed(dotted, standard_library.CALLING_BACK)

    def replaces(self, dotted: str) -> bool:
        """Return whether the callable of that full name replaces what it was given before."""
        return _is_listed(dotted, standard_library.REPLACING)

    def delays(self, dotted: str) -> bool:
        """Return whether functions below the decorator of that full name run later than they are called."""
        return _is_listed(dotted, ecosystem.DELAYING)

    def class_method(self, dotted_class: str, name: str, argument: int | str, *, function: bool) -> Known | None:
        """Return the same for a method of an instance of a known class, or of what a known callable returns."""
        return self._named(f"{dotted_class}.{name}", argument, function) or _class_method(
            _canonical(dotted_class), name, argument, function
        )

    def method(self, name: str, argument: int | str, *, function: bool) -> Known | None:
        """Return the same for a method of an unknown receiver, by its name alone."""
        named = self._named(f".{name}", argument, function)
        if named:
            return named
        entry = _methods().get(name) or _family(name, methods.FAMILIES)
        return _clause(entry, argument, function, Confidence.LIKELY) if entry else None

    def withdraws(self, name: str) -> bool:
        """Return whether a method of that name withdraws what another method of its object was given."""
        parts = wording.words(name)
        return bool(parts) and not methods.WITHDRAWING.isdisjoint((parts[0], parts[-1]))

    def keyword(self, name: str) -> Known | None:
        """Return what the name of a keyword alone says."""
        entry = _family(name, methods.KEYWORDS)
        return _clause(entry, name, True, Confidence.POSSIBLE) if entry else None

    def decorator(self, dotted: str) -> Known | None:
        """Return what a decorator, bare or called, does with the function below it.

        RESULT: what stands under the name afterwards is, or carries, that function and nothing else does. KEPT: it is
        registered. For a method of an object that nobody can see pass its name with a dot before it: `.route`.
        """
        named = self._named(dotted, 0, True)
        if named:
            return named
        module, _, name = _canonical(dotted).rpartition(".")
        entry = _entry(_decorators(), module, name) if module else None
        if entry:
            return _clause(entry, 0, True, _confidence(module))
        known = _callee(f"{module}.{name}", 0, True) if module else None
        if known:
            return known
        entry = _decorating().get(name)
        return _clause(entry, 0, True, Confidence.LIKELY) if entry else None

    def _named(self, dotted: str, argument: int | str, function: bool) -> Known | None:
        """Return what the user's own lists say."""
        if any(_matches(pattern, dotted, argument) for pattern in self.deferred):
            return Known(Effect.KEPT, Confidence.CERTAIN)
        if any(_matches(pattern, dotted, argument) for pattern in self.sync):
            return Known(Effect.NOW if function else Effect.DRAINED, Confidence.CERTAIN)
        return None


DEFAULT = Knowledge()
"""The tables without additions."""


def _is_listed(dotted: str, table: Mapping[str, str]) -> bool:
    module, _, name = _canonical(dotted).rpartition(".")
    return name in table.get(module, "").split()


def _matches(pattern: str, dotted: str, argument: int | str) -> bool:
    """Return whether an entry of the user's lists names this argument of this callee."""
    name, _, only = pattern.partition(":")
    if only and only != str(argument):
        return False
    if name.endswith(".*"):
        return dotted.startswith(name[:-1])
    return dotted == name or dotted.rpartition(".")[2] == name.removeprefix(".")


# How the tables are read.


def _callee(dotted: str, argument: int | str, function: bool) -> Known | None:
    """Return what the tables say of a callable, or of an unbound method, by its full name."""
    module, _, name = dotted.rpartition(".")
    if not module:
        return None
    entry = _entry(_callables(), module, name)
    if entry:
        return _clause(entry, argument, function, _confidence(module))
    # An unbound method: the receiver is the first argument.
    if not isinstance(argument, int) or argument == 0:
        return None
    known = _class_method(module, name, argument - 1, function)
    if known is None or known.effect not in (Effect.RECEIVER, Effect.ABSORBED):
        return known
    return Known(known.effect, known.confidence, known.until, 0)


def _class_method(dotted: str, name: str, argument: int | str, function: bool) -> Known | None:
    """Return what the tables say of a method of a class, or of its base."""
    classes, bases = _classes(), _bases()
    owners = [dotted]
    while owners[-1] in bases:
        owners.append(bases[owners[-1]])
    # `integers().map(f)`: what the functions of one module return has the same methods.
    owners.append(f"{dotted.rpartition('.')[0]}.*")
    for owner in owners:
        entry = _entry(classes, owner, name)
        if entry:
            return _clause(entry, argument, function, _confidence(owner))
    return None


def _entry(table: Table, module: str, name: str) -> str | None:
    names = table.get(module)
    return (names.get(name) or names.get("*")) if names else None


def _confidence(module: str) -> Confidence:
    """Return the confidence of a table: the standard library was measured, the others were read."""
    return Confidence.CERTAIN if module in _measured() else Confidence.LIKELY


def _canonical(dotted: str) -> str:
    """Return the name that the tables use for something with several names: `PySide6.QtCore` for `PyQt6.QtCore`."""
    aliases = _aliases()
    prefix, rest = dotted, ""
    while prefix:
        if prefix in aliases:
            return aliases[prefix] + rest
        prefix, dot, last = prefix.rpartition(".")
        rest = f"{dot}{last}{rest}"
    return dotted


class _Clause(NamedTuple):
    arguments: tuple[str, ...]
    effect: Effect
    doubt: bool
    until: str
    keeper: int | None


@cache
def _clauses(entry: str) -> tuple[_Clause, ...]:
    """Parse one line of a table. Raises ValueError for anything that is no clause."""
    clauses = []
    for text in entry.split(","):
        words = text.split()
        place = next((index for index, word in enumerate(words) if word.rstrip("?") in _EFFECTS), 0)
        qualifiers = words[place + 1 :]
        keeper = None
        if qualifiers[:1] == ["of"]:
            keeper, qualifiers = int(qualifiers[1]), qualifiers[2:]
        until = qualifiers[1:] if qualifiers[:1] == ["until"] else []
        if not place or bool(until) != bool(qualifiers) or not ENDINGS.keys() >= set(until):
            raise ValueError(f"not a clause: {text!r}")
        effect = _EFFECTS[words[place].rstrip("?")]
        clauses.append(_Clause(tuple(words[:place]), effect, words[place].endswith("?"), " ".join(until), keeper))
    return tuple(clauses)


_EFFECTS = {effect.value: effect for effect in Effect}
_LESS = {Confidence.CERTAIN: Confidence.LIKELY, Confidence.LIKELY: Confidence.POSSIBLE}


def _clause(entry: str, argument: int | str, function: bool, confidence: Confidence) -> Known | None:
    for clause in _clauses(entry):
        if function and clause.effect in OF_ITERABLES:
            continue
        if any(_fits(token, argument) for token in clause.arguments):
            sure = _LESS.get(confidence, confidence) if clause.doubt else confidence
            return Known(clause.effect, sure, clause.until, clause.keeper)
    return None


def _fits(token: str, argument: int | str) -> bool:
    position, _, keyword = token.partition("=")
    if isinstance(argument, str):
        return token == "**" or argument in (token, keyword)
    return argument >= int(position[:-1]) if position.endswith("+") else position == str(argument)


def _family(name: str, families: Mapping[str, str]) -> str | None:
    """Return the entry of a name, or of the first pattern (`on_*`, `add_*_handler`) that it follows."""
    entry = families.get(name)
    if entry:
        return entry
    for pattern, entry in families.items():
        head, star, tail = pattern.partition("*")
        if star and len(name) > len(pattern) - 1 and name.startswith(head) and name.endswith(tail):
            return entry
    return None


def _spread(*tables: Table) -> Table:
    """Give each name of a line its own entry, and merge the tables."""
    joined: dict[str, dict[str, str]] = {}
    for table in tables:
        for modules, names in table.items():
            for module in modules.split():
                room = joined.setdefault(module, {})
                for line, entry in names.items():
                    room.update(dict.fromkeys(line.split(), entry))
    return joined


@cache
def _callables() -> Table:
    return _spread(standard_library.CALLABLES, ecosystem.CALLABLES, frameworks.CALLABLES)


@cache
def _classes() -> Table:
    return _spread(standard_classes.CLASSES, ecosystem.CLASSES, frameworks.CLASSES)


@cache
def _decorators() -> Table:
    return _spread(standard_library.DECORATORS, ecosystem.DECORATORS, frameworks.DECORATORS)


@cache
def _methods() -> Mapping[str, str]:
    return _by_name(methods.NAMES)


@cache
def _decorating() -> Mapping[str, str]:
    return _by_name(methods.DECORATORS)


def _by_name(lines: Mapping[str, str]) -> Mapping[str, str]:
    return {name: entry for line, entry in lines.items() for name in line.split()}


@cache
def _measured() -> frozenset[str]:
    tables = standard_library.CALLABLES, standard_library.DECORATORS, standard_classes.CLASSES
    return frozenset(_spread(*tables))


@cache
def _bases() -> Mapping[str, str]:
    """Return for each class the base whose methods it shares."""
    tables = standard_classes.BASES, ecosystem.BASES, frameworks.BASES
    return {name: base for table in tables for base, line in table.items() for name in line.split()}


@cache
def _aliases() -> Mapping[str, str]:
    tables = (standard_library.ALIASES, ecosystem.ALIASES, frameworks.ALIASES)
    return {name: target for table in tables for target, line in table.items() for name in line.split()}
