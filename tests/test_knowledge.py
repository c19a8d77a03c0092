"""Are the tables of known callables true? Each line about the standard library is measured by calling what it is about.

A probe is passed where the line says: a function that counts its calls, an iterator that counts what is drawn from it,
or a coroutine. Afterwards weak references tell who still holds the probe: nobody, the result, the receiver, or another.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import os
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from knowledge_probes import (
    CANNOT_RUN,
    DIFFERS,
    FUNCTIONS,
    METHODS,
    NEWER,
    OWN_PROCESS,
    RUNNING,
    SPREAD,
    Coroutine,
    Function,
    Given,
    Items,
)

from flake8_closures.facts import knowledge
from flake8_closures.facts.knowledge import (
    DEFAULT,
    ENDINGS,
    OF_ITERABLES,
    Effect,
    Knowledge,
    Known,
    ecosystem,
    frameworks,
    methods,
    standard_classes,
    standard_library,
)
from flake8_closures.model import Confidence

# What is measured: every argument of every line.


@dataclass(frozen=True)
class Subject:
    """One argument of one callable, as a line of the tables has it."""

    dotted: str
    is_method: bool
    token: str
    effect: Effect

    def __str__(self) -> str:
        return f"{self.dotted}({self.token})"


def subjects() -> Iterator[Subject]:
    for is_method, table in ((False, standard_library.CALLABLES), (True, standard_classes.CLASSES)):
        for modules, names in table.items():
            for line, entry in names.items():
                for name in line.split():
                    for clause in knowledge._clauses(entry):
                        for token in clause.arguments:
                            yield Subject(f"{modules.split()[0]}.{name}", is_method, token, clause.effect)


SUBJECTS = sorted(subjects(), key=str)


# How it is measured.


class Number(float):
    """A number that can be weakly referenced, and used as an index."""

    def __index__(self) -> int:
        return int(self)


class Text(str):
    """A string that can be weakly referenced."""


class Thing:
    """Anything else that can be weakly referenced."""

    def __call__(self) -> None:
        """Be a test."""


@dataclass
class Probe:
    """What was passed, how often it was used, and weak references to it and to the items that it gave out."""

    uses: int = 0
    whole: bool = False
    held: Callable[[], Any] = lambda: None
    items: list[Callable[[], Any]] = field(default_factory=list)


def item_of(value: Any, probe: Probe) -> Any:
    """Return a value that can be watched in place of another, watched."""
    watched: Any
    if isinstance(value, tuple):
        return (*value[:-1], item_of(value[-1], probe))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        watched = Number(value)
    elif isinstance(value, str):
        watched = Text(value)
    elif value is None:
        watched = Thing()
    elif isinstance(value, Coroutine):
        watched = asyncio.sleep(0)
    else:
        return value
    probe.items.append(weakref.ref(watched))
    return watched


def watched(default: Any, probe: Probe, effect: Effect) -> Any:
    """Return the thing to be passed in the place of `default`, which says what kind of thing it has to be."""
    thing: Any
    if isinstance(default, Coroutine):

        async def wait() -> None:
            probe.uses += 1
            probe.whole = True

        thing = wait()
    elif isinstance(default, Items) or effect in OF_ITERABLES:
        values = default.values if isinstance(default, Items) else ()

        def draw() -> Iterator[Any]:
            for value in values:
                probe.uses += 1
                yield item_of(value, probe)
            probe.whole = True

        thing = draw()
        if isinstance(default, Items) and default.sequence:

            class Sequenced:
                def __len__(self) -> int:
                    return len(values)

                def __getitem__(self, index: int) -> Any:
                    probe.uses += 1
                    return values[index]

            thing = Sequenced()
    else:
        function = default.function if isinstance(default, Function) else lambda *_, **__: 0

        def call(*arguments: Any, **keywords: Any) -> Any:
            probe.uses += 1
            return function(*arguments, **keywords)

        thing = call
        if isinstance(default, type):
            thing = type("Watched", (default,), {})
    probe.held = weakref.ref(thing)
    return thing


def plain(default: Any) -> Any:
    """Return an argument that is not measured this time."""
    if isinstance(default, Items):
        return list(default.values)
    return default.function if isinstance(default, Function) else default


def resolve(dotted: str) -> Any:
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise ModuleNotFoundError(dotted)


def in_place(given: Given, token: str) -> tuple[Any, int | str]:
    """Return the default of the argument that a token speaks of, and where it is passed."""
    position, _, keyword = token.partition("=")
    if token == "**":
        return given.keywords.get("**"), given.star
    if position.rstrip("+").isdigit():
        index = int(position.rstrip("+"))
        default = given.arguments[index] if index < len(given.arguments) else None
        if index > len(given.arguments):
            return given.keywords.get(keyword), keyword
        return default, index
    return given.keywords.get(token), token


def probe_of(subject: Subject) -> Given:
    """Return the example for an argument: its own, or that of the whole callable. Raises KeyError without one."""
    probes = METHODS if subject.is_method else FUNCTIONS
    return (probes.get(str(subject)) or probes[subject.dotted])()


def measure(subject: Subject) -> Effect:
    """Call the subject with a probe in the place of one argument, and return what became of the probe."""
    if subject.dotted not in RUNNING:
        return measured(subject, probe_of(subject))

    async def inside() -> Effect:
        try:
            return measured(subject, probe_of(subject))
        finally:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    return asyncio.run(inside())


def measured(subject: Subject, given: Given) -> Effect:
    default, place = in_place(given, subject.token)
    probe = Probe()
    arguments = [plain(argument) for argument in given.arguments]
    keywords = {name: plain(value) for name, value in given.keywords.items() if name != "**" and value is not None}
    it = watched(default, probe, subject.effect)
    if isinstance(place, int):
        arguments[place : place + 1] = [given.wrap(it)]
    else:
        keywords[place] = given.wrap(it)
    del it
    receivers = [given.receiver] if subject.is_method else arguments[:1] if place else []
    given.receiver, given.arguments, given.keywords = None, (), {}
    target = getattr(receivers[0], subject.dotted.rpartition(".")[2]) if subject.is_method else resolve(subject.dotted)
    call = given.call or (lambda function, *some, **more: function(*some, **more))
    try:
        results = [call(target, *arguments, **keywords)]
        arguments.clear()
        keywords.clear()
        target = None
        return classified(probe, results, receivers)
    finally:
        given.clean()


def alive(probe: Probe) -> bool:
    if probe.held() is not None:
        gc.collect()
    return probe.held() is not None


def items_alive(probe: Probe) -> bool:
    if any(item() is not None for item in probe.items):
        gc.collect()
    return any(item() is not None for item in probe.items)


@pytest.fixture(scope="module")
def quick_collection() -> Iterator[None]:
    """Leave all that is there before the tests out of their many garbage collections."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def classified(probe: Probe, results: list[Any], receivers: list[Any]) -> Effect:
    """Let go of the result, then of the receiver, and see when the probe goes."""
    uses = probe.uses
    if not alive(probe):
        if not probe.whole and not probe.items:
            return Effect.NOW
        if not items_alive(probe):
            return Effect.DRAINED
        results.clear()
        return Effect.ABSORBED if items_alive(probe) else Effect.COLLECTED
    mocked = isinstance(results[0], (mock.NonCallableMock, type(mock.call)))
    lazy = not mocked and (hasattr(results[0], "__next__") or hasattr(results[0], "__anext__"))
    if lazy and not uses:
        first = next(results[0], None) if hasattr(results[0], "__next__") else None
        if probe.uses or first is probe.held() or hasattr(results[0], "__anext__"):
            del first
            results.clear()
            return Effect.ITERATED if not alive(probe) else Effect.KEPT
        del first
    results.clear()
    if not alive(probe):
        return Effect.RESULT
    receivers.clear()
    return Effect.KEPT if alive(probe) else Effect.RECEIVER


def cannot_run(dotted: str) -> str:
    """Return why a callable is never measured; empty if it is."""
    return next((why for name, why in CANNOT_RUN.items() if dotted == name or dotted.startswith(f"{name}.")), "")


def missing(subject: Subject) -> str:
    """Return why an argument cannot be measured here; empty if it can."""
    for name, version in NEWER.items():
        if sys.version_info < version and (str(subject) == name or f"{subject.dotted}.".startswith(f"{name}.")):
            return f"new in Python {version[0]}.{version[1]}"
    return cannot_run(subject.dotted)


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
@pytest.mark.usefixtures("quick_collection")
def test_the_standard_library_does_what_the_tables_say(subject: Subject) -> None:
    reason = missing(subject)
    if reason:
        pytest.skip(reason)
    if subject.dotted in OWN_PROCESS:
        program = f"import test_knowledge as t; print(t.measure(t.SUBJECTS[{SUBJECTS.index(subject)}]).name)"
        answer = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parent,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(["..", *sys.path])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert answer.stdout.split() == [subject.effect.name], answer.stderr
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = measure(subject)
    expected = {subject.effect} | DIFFERS.get(str(subject), set())
    assert found in expected, f"{subject} is {found.value}"


def has_probe(subject: Subject) -> bool:
    probes = METHODS if subject.is_method else FUNCTIONS
    return subject.dotted in probes or str(subject) in probes


def test_every_line_about_the_standard_library_has_a_probe() -> None:
    assert [str(subject) for subject in SUBJECTS if not has_probe(subject) and not cannot_run(subject.dotted)] == []


def test_every_probe_has_a_line() -> None:
    known = {subject.dotted for subject in SUBJECTS} | {str(subject) for subject in SUBJECTS}
    assert {*FUNCTIONS, *METHODS, *DIFFERS, *OWN_PROCESS} - known == set()
    for name in (*CANNOT_RUN, *NEWER):
        assert any(dotted == name or dotted.startswith(f"{name}.") for dotted in known), name


@pytest.mark.parametrize("subject", [subject for subject in SUBJECTS if "=" in subject.token], ids=str)
def test_the_keyword_is_that_of_the_position(subject: Subject) -> None:
    if missing(subject) or subject.dotted in SPREAD:
        pytest.skip(missing(subject) or "hands its arguments on")
    names = subject.dotted.split(".")
    own = (METHODS if subject.is_method else FUNCTIONS).get(subject.dotted)
    given = own() if own and subject.is_method and subject.dotted not in RUNNING else Given((), {})
    receiver = given.receiver
    target = getattr(receiver, names[-1]) if receiver is not None else resolve(subject.dotted)
    position, _, keyword = subject.token.partition("=")
    try:
        parameters = list(inspect.signature(target).parameters)
    except (TypeError, ValueError):
        return
    finally:
        given.clean()
    assert parameters[int(position) + (subject.is_method and receiver is None)] == keyword, parameters


# How the tables are asked.


@pytest.mark.parametrize(
    ("dotted", "argument", "function", "effect"),
    [
        ("builtins.sorted", "key", True, Effect.NOW),
        ("builtins.sorted", 0, False, Effect.COLLECTED),
        ("builtins.sorted", 0, True, None),
        ("builtins.map", 0, True, Effect.ITERATED),
        ("builtins.map", 3, False, Effect.ITERATED),
        ("itertools.groupby", 1, True, Effect.ITERATED),
        ("itertools.groupby", "key", True, Effect.ITERATED),
        ("six.moves.map", 0, True, Effect.ITERATED),
        ("builtins.list.append", 1, True, Effect.RECEIVER),
        ("builtins.list.append", 0, False, None),
        ("builtins.str.join", 1, False, Effect.DRAINED),
        ("builtins.set.union", 1, False, Effect.COLLECTED),
        ("scipy.optimize.minimize", 0, True, Effect.NOW),
        ("scipy.optimize.NonlinearConstraint", 0, True, Effect.RESULT),
        ("PyQt5.QtCore.QTimer.singleShot", 1, True, Effect.KEPT),
        ("cytoolz.groupby", 0, True, Effect.NOW),
        ("mock.patch.object", "side_effect", True, Effect.RESULT),
        ("somewhere.anything", 0, True, None),
        ("", 0, True, None),
    ],
)
def test_callees(dotted: str, argument: int | str, function: bool, effect: Effect | None) -> None:
    known = DEFAULT.callee(dotted, argument, function=function)
    assert (known and known.effect) == effect


@pytest.mark.parametrize(
    ("owner", "name", "argument", "known"),
    [
        ("concurrent.futures.ThreadPoolExecutor", "submit", 0, (Effect.KEPT, "result with")),
        ("concurrent.futures.ThreadPoolExecutor", "submit", 3, (Effect.KEPT, "result with")),
        ("contextlib.AsyncExitStack", "callback", 0, (Effect.RECEIVER, "with")),
        ("asyncio.TaskGroup", "create_task", 0, (Effect.KEPT, "result with")),
        ("trio.open_nursery", "start_soon", 0, (Effect.KEPT, "with")),
        ("collections.defaultdict", "setdefault", 1, (Effect.RECEIVER, "")),
        ("hypothesis.strategies.integers", "map", 0, (Effect.RESULT, "")),
        ("builtins.list", "unheard_of", 0, None),
    ],
)
def test_methods_of_known_classes(owner: str, name: str, argument: int, known: tuple[Effect, str] | None) -> None:
    found = DEFAULT.class_method(owner, name, argument, function=True)
    assert (found and (found.effect, found.until)) == known


@pytest.mark.parametrize(
    ("name", "argument", "function", "effect"),
    [
        ("append", 0, True, Effect.RECEIVER),
        ("extend", 0, False, Effect.ABSORBED),
        ("join", 0, False, Effect.DRAINED),
        ("join", 0, True, None),
        ("sort", "key", True, Effect.NOW),
        ("connect", 0, True, Effect.KEPT),
        ("submit", 0, True, Effect.KEPT),
        ("assertRaises", 1, True, Effect.NOW),
        ("assertRaises", 0, True, None),
        ("add_click_handler", 1, True, Effect.KEPT),
        ("on_key", 0, True, Effect.KEPT),
        ("on_", 0, True, None),
        ("unheard_of", 0, True, None),
    ],
)
def test_methods_of_unseen_receivers(name: str, argument: int | str, function: bool, effect: Effect | None) -> None:
    known = DEFAULT.method(name, argument, function=function)
    assert (known and known.effect) == effect


def test_keywords() -> None:
    assert DEFAULT.keyword("key") == Known(Effect.NOW, Confidence.POSSIBLE)
    assert DEFAULT.keyword("on_close") == DEFAULT.keyword("done_callback") == Known(Effect.KEPT, Confidence.POSSIBLE)
    assert DEFAULT.keyword("row_factory") == Known(Effect.RESULT, Confidence.POSSIBLE)
    assert DEFAULT.keyword("colour") is None


@pytest.mark.parametrize(
    ("dotted", "effect"),
    [
        ("functools.wraps", Effect.RESULT),
        ("functools.lru_cache", Effect.RESULT),
        ("builtins.property", Effect.RESULT),
        ("contextlib.contextmanager", Effect.RESULT),
        ("pytest.fixture", Effect.KEPT),
        ("pytest.mark.slow", Effect.RESULT),
        ("atexit.register", Effect.KEPT),
        ("numba.njit", Effect.RESULT),
        ("project.app.route", Effect.KEPT),
        (".route", Effect.KEPT),
        (".setter", Effect.RESULT),
        ("project.decorator", None),
        ("decorated", None),
    ],
)
def test_decorators(dotted: str, effect: Effect | None) -> None:
    known = DEFAULT.decorator(dotted)
    assert (known and known.effect) == effect


def test_confidence_comes_from_what_is_known() -> None:
    measured = DEFAULT.callee("builtins.sorted", "key", function=True)
    read = DEFAULT.callee("networkx.relabel_nodes", 1, function=True)
    named = DEFAULT.method("on_key", 0, function=True)
    assert [known and known.confidence for known in (measured, read, named)] == list(Confidence)


def test_what_the_user_says_comes_first() -> None:
    own = Knowledge(sync=("project.retry", "apply_now", ".later", "batch.*"), deferred=("builtins.sorted:key", ".map"))
    now, kept = Known(Effect.NOW, Confidence.CERTAIN), Known(Effect.KEPT, Confidence.CERTAIN)
    assert own.callee("project.retry", 0, function=True) == own.callee("batch.run.all", "f", function=True) == now
    assert own.callee("apply_now", 0, function=True) == own.callee("other.apply_now", 0, function=True) == now
    assert own.callee("project.retry", 0, function=False) == Known(Effect.DRAINED, Confidence.CERTAIN)
    assert own.method("later", 0, function=True) == own.method("apply_now", 0, function=True) == now
    assert own.callee("builtins.sorted", "key", function=True) == own.method("map", 0, function=True) == kept
    assert own.callee("builtins.sorted", 0, function=False) == DEFAULT.callee("builtins.sorted", 0, function=False)
    assert own.class_method("multiprocessing.pool.Pool", "map", 0, function=True) == kept
    assert own.decorator("project.retry") == now
    assert own.callee("elsewhere.retry", 0, function=True) is None


# The state of the tables.

TABLES: list[Mapping[str, Mapping[str, str]]] = [
    *(standard_library.CALLABLES, standard_library.DECORATORS, standard_classes.CLASSES),
    *(ecosystem.CALLABLES, ecosystem.CLASSES, ecosystem.DECORATORS),
    *(frameworks.CALLABLES, frameworks.CLASSES, frameworks.DECORATORS),
]
NAMES = [methods.NAMES, methods.FAMILIES, methods.KEYWORDS, methods.DECORATORS]


def test_every_line_can_be_read() -> None:
    lines = [entry for table in TABLES for names in table.values() for entry in names.values()]
    for entry in [*lines, *(entry for table in NAMES for entry in table.values())]:
        for clause in knowledge._clauses(entry):
            assert set(clause.until.split()) <= set(ENDINGS)
            assert clause.keeper is None or clause.effect in (Effect.RECEIVER, Effect.ABSORBED)


@pytest.mark.parametrize("entry", ["now", "0", "0 nowhere", "0 kept until doomsday", "0 kept with", "", "0 now,"])
def test_a_line_that_says_nothing_is_noticed(entry: str) -> None:
    with pytest.raises(ValueError, match="not a clause"):
        knowledge._clauses(entry)


def test_no_name_stands_twice() -> None:
    for kind in range(3):
        seen: dict[str, str] = {}
        for table in (TABLES[(0, 2, 1)[kind]], TABLES[3 + kind], TABLES[6 + kind]):
            for modules, names in table.items():
                for line, entry in names.items():
                    for dotted in (f"{module}.{name}" for module in modules.split() for name in line.split()):
                        assert seen.setdefault(dotted, entry) == entry, dotted
    for lines in NAMES:
        flat = [name for line in lines for name in line.split()]
        assert len(flat) == len(set(flat)), [name for name in flat if flat.count(name) > 1]


def test_aliases_and_bases_lead_to_lines() -> None:
    known = {*knowledge._callables(), *knowledge._classes(), *knowledge._decorators()}
    known |= {
        f"{module}.{name}" for table in TABLES for module in table for line in table[module] for name in line.split()
    }
    for alias, target in knowledge._aliases().items():
        assert any(name == target or name.startswith(f"{target}.") for name in known), f"{alias}: {target}"
        assert target not in knowledge._aliases(), f"{target} is an alias itself"
    for name, base in knowledge._bases().items():
        assert base in knowledge._classes(), f"{name}: {base}"
