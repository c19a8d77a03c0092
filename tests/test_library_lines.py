"""Do the lines about libraries name functions and arguments that there are? Asked of the libraries installed here."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from flake8_closures.facts import knowledge
from flake8_closures.facts.knowledge import ecosystem, frameworks, lifetimes, loaders

GONE = {
    *("celery.task", "django.conf.urls.url", "jax.api.jit", "pandas.DataFrame.applymap", "scipy.misc.derivative"),
    *(
        "PySide6.QtWidgets.QAction",
        "streamlit.cache",
        "PySide6.QtWidgets.QShortcut",
        "scrapy.xlib.pydispatch.dispatcher.connect",
    ),
    *(f"attrs.{name}" for name in ("s", "attrs", "dataclass")),
    *(f"starlette.applications.Starlette.{name}" for name in ("add_event_handler", "add_websocket_route")),
}
"""What only older releases have, or another name of the same library: the tables are for old code as well."""
OF_RELATIVES = {f"starlette.applications.Starlette.{name}" for name in ("add_api_route", "add_task")}
"""What the table lists under a class for the classes that share its entry."""

Line = tuple[str, str]
"""A full dotted name and what the tables say of it; nothing where they only list the name."""


def lines() -> Iterator[Line]:
    for tables in (ecosystem, frameworks):
        for table in (tables.CALLABLES, tables.CLASSES, tables.DECORATORS):
            yield from of_table(table)
    for names in (lifetimes.SIGNAL_MAKERS, lifetimes.NAMESPACES, lifetimes.ALWAYS_WEAK, lifetimes.RECEIVER_DECORATORS):
        yield from ((name, "") for name in names)
    for name, place in lifetimes.WEAK_DISPATCHERS.items():
        yield name, f"{place}=weak now"
    for name in (*lifetimes.SHIPPING_DECORATORS, *lifetimes.SHIPPING, *lifetimes.PARALLEL, *lifetimes.TRACING):
        yield name, ""
    for table in (lifetimes.PROCESS_POOLS, lifetimes.RESOURCES, lifetimes.CLOSED_BY):
        yield from ((name, "") for names in table for name in names.split())
    for name, tokens in lifetimes.PICKLING.items():
        yield name, f"{tokens} now"
    for module, names in loaders.CALLABLES.items():
        yield from ((f"{module}.{name}", "") for name in names.split())


def of_table(table: Mapping[str, Mapping[str, str]]) -> Iterator[Line]:
    for modules, names in table.items():
        for module in modules.split():
            yield from (
                (f"{module}.{name}", entry)
                for line, entry in names.items()
                for name in line.split()
                if name != "*" and not module.endswith(".*")
            )


LINES: dict[str, list[Line]] = {}
for line in lines():
    LINES.setdefault(line[0].partition(".")[0], []).append(line)


def found(dotted: str) -> Any:
    """Return what a dotted name stands for. Raises AttributeError, and ImportError for what is not installed."""
    parts = dotted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:-1]:
            value = getattr(value, part)
        # Of what a function returns, nothing is known here.
        return getattr(value, parts[-1]) if inspect.isclass(value) or inspect.ismodule(value) else None
    raise ImportError(dotted)


@pytest.mark.parametrize("library", LINES)
def test_the_names_and_the_places_of_arguments_are_right(library: str) -> None:
    try:
        importlib.import_module(library)
    except Exception:
        pytest.skip("not installed, or not for a computer like this one")
    for dotted, entry in LINES[library]:
        try:
            value = found(dotted)
        except AttributeError:
            assert dotted in GONE | OF_RELATIVES, f"{dotted} is not there"
            continue
        except Exception:
            continue  # a part of the library that needs another one, or settings
        for argument, place in places(value).items() if entry else ():
            for clause in knowledge._clauses(entry):
                for token in clause.arguments:
                    position, _, keyword = token.partition("=")
                    assert keyword != argument or position == str(place), f"{dotted}: {argument} is at {place}"


def places(value: Any) -> dict[str, int]:
    """Return where the parameters of a callable stand that take one positional argument; none if that is not known."""
    try:
        parameters = [*inspect.signature(value).parameters.values()]
    except (TypeError, ValueError):
        return {}
    if parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    found = enumerate(parameters)
    return {each.name: place for place, each in found if each.kind is each.POSITIONAL_OR_KEYWORD}


def test_a_wrong_place_is_noticed() -> None:
    assert places(sorted) == {} and places(str.split)["maxsplit"] == 1 and places(found) == {"dotted": 0}
