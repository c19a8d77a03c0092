"""Are the tables of known callables true? Each line about the standard library is measured by calling what it is about.

A probe is passed where the line says: a function that counts its calls, an iterator that counts what is drawn from it, or
a coroutine. Afterwards weak references tell who still holds the probe: nobody, the result, the receiver, or another.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import os
import subprocess
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import knowledge_probes
import pytest
from knowledge_probes import (
    CANNOT_RUN,
    DIFFERS,
    FUNCTIONS,
    METHODS,
    NEWER,
    OWN_PROCESS,
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
    else:
        return value
    probe.items.append(weakref.ref(watched))
    return watched


def watched(default: Any, probe: Probe, effect: Effect) -> Any:
    """Return the thing to be passed in the place of `default`, which says what kind of thing it has to be."""
    thing: Any
    if isinstance(default, Items) or effect in OF_ITERABLES:
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
    elif isinstance(default, Coroutine):

        async def wait() -> None:
            probe.uses += 1

        thing = wait()
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
    given = probe_of(subject)
    if given.running:

        async def inside() -> Effect:
            try:
                return measured(subject, given)
            finally:
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    task.cancel()

        return asyncio.run(inside())
    return measured(subject, given)


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
    if inspect.isfunction(given.receiver) or given.running and isinstance(given.receiver, type):
        given.receiver = given.receiver()
    receivers = [given.receiver] if subject.is_method else arguments[:1]
    given.receiver = None
    target = getattr(receivers[0], subject.dotted.rpartition(".")[2]) if subject.is_method else resolve(subject.dotted)
    call = given.call or (lambda function, *some, **more: function(*some, **more))
    try:
        results = [call(target, *arguments, **keywords)]
        arguments.clear()
        keywords.clear()
        target = None
        return classified(probe, results, receivers, given.settle)
    finally:
        given.clean()


def alive(probe: Probe) -> bool:
    gc.collect()
    return probe.held() is not None


def items_alive(probe: Probe) -> bool:
    gc.collect()
    return any(item() is not None for item in probe.items)


def classified(probe: Probe, results: list[Any], receivers: list[Any], settle: float) -> Effect:
    """Let go of the result, then of the receiver, and see when the probe goes."""
    if settle:
        time.sleep(settle)
    uses = probe.uses
    if not alive(probe):
        if not probe.uses or not probe.items and not probe.whole:
            return Effect.NOW if not probe.whole else Effect.DRAINED
        if not items_alive(probe):
            return Effect.DRAINED
        results.clear()
        return Effect.ABSORBED if items_alive(probe) else Effect.COLLECTED
    lazy = hasattr(results[0], "__next__") or hasattr(results[0], "__anext__")
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
    if missing(subject):
        pytest.skip(missing(subject))
    target: Any
    if subject.is_method:
        receiver = probe_of(subject).receiver
        target = getattr(receiver, subject.dotted.rpartition(".")[2])
    else:
        target = resolve(subject.dotted)
    position, _, keyword = subject.token.partition("=")
    try:
        parameters = list(inspect.signature(target).parameters)
    except (TypeError, ValueError):
        return
    spread = knowledge_probes.SPREAD.get(subject.dotted, keyword)
    assert parameters[int(position)] in (keyword, spread), parameters
