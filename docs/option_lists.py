"""Which options are there? The argument parser, the flake8 plugin and the settings know; nobody writes them down."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from flake8_closures import settings
from flake8_closures.cli import arguments
from flake8_closures.config import Config
from flake8_closures.flake8_plugin import Plugin

TITLES = {"positional arguments": "paths", "options": "in general"}
"""The groups that argparse makes by itself, and what they are called here."""


def of_closure_fix() -> Iterator[str]:
    """Yield the options of the command line as Markdown, group by group as `--help` has them."""
    yield from ("```{program} closure-fix", "```", "")
    for group in arguments.command_line()._action_groups:
        shown = [action for action in group._group_actions if action.help is not argparse.SUPPRESS]
        if not shown:
            continue
        title = TITLES.get(group.title or "", group.title or "")
        yield from (f"### {_sentence(title).rstrip('.')}", "")
        yield from ([group.description, ""] if group.description else [])
        for action in shown:
            yield from _option(action)


def _option(action: argparse.Action) -> Iterator[str]:
    value = "" if action.nargs == 0 else f" {_metavar(action)}"
    names = [f"{name}{value}" for name in action.option_strings] or [_metavar(action)]
    yield from (f"```{{option}} {', '.join(names)}", _sentence(action.help or ""), "```", "")


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _sentence(text: str) -> str:
    text = text.replace("%%", "%")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


class _Recorder:
    """What flake8's OptionManager would be told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def add_option(self, flag: str, **kwargs: Any) -> None:
        self.told.append((flag, kwargs))


def of_flake8() -> Iterator[str]:
    """Yield the options that the plugin adds to flake8 as Markdown."""
    recorder = _Recorder()
    Plugin.add_options(recorder)
    yield from ("```{program} flake8", "```", "")
    for flag, told in recorder.told:
        value = f" {told['metavar']}" if told.get("metavar") else ""
        yield from (f"```{{option}} {flag}{value}", _sentence(told["help"]), "```", "")


def in_files() -> Iterator[str]:
    """Yield a table of the keys of `[tool.flake8-closures]` and what they are if nobody says otherwise."""
    helps = {action.dest: action.help or "" for action in arguments.command_line()._actions}
    defaults = {each.name: each.default for each in fields(Config)}
    yield from ("| key | default | |", "|---|---|---|")
    for key, name in settings.KEYS.items():
        short = key.removeprefix("closures-")
        yield f"| `{short}` | {_value(defaults[name])} | {_sentence(helps[name])} |"
    for key in settings.PLACES:
        yield f"| `{key}` | | {_sentence(helps[key.replace('-', '_')])} |"
    yield from ("", f"Excluded by default: {', '.join(f'`{each}`' for each in settings.EXCLUDE)}.")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(repr, value))}]`"
    return f"`{value!r}`"


LISTS = {"closure-fix": of_closure_fix, "flake8": of_flake8, "files": in_files}


class OptionsDirective(SphinxDirective):
    """Show one of the lists: `{options} flake8`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        return self.parse_text_to_nodes("\n".join(LISTS[self.arguments[0]]()), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("options", OptionsDirective)
    return {"parallel_read_safe": True}
