"""What would a page of the documentation say, if its examples were run now? A page is right if it says that already.

The blocks of a page run from top to bottom, in one empty folder and, for a Python prompt, in one namespace:

- `console`: lines after `$ ` are run by bash, what follows is their output, both streams in one; a line `...` in it
  stands for any lines.
- `pycon`: a session at a Python prompt.
- any other block whose first line is a comment with the name of a file, as `# setup.cfg`, is written to that file.
- `python` without a name: closure-fix reports in each line what its comment says (`# CLO101 ...`), and nothing else;
  carets under a line, as in a fixture, serve as well.
- `toml`, `ini`, `json` and `yaml` have to be well formed.
- `console measured`: commands of the clone whose output takes minutes, a network, or is another one each time. They
  are run if somebody wants to measure; otherwise the programs that they name have to be there.
- `sh`: commands that need a network, an editor or the clone. They are not run, but their options exist.
"""

from __future__ import annotations

import code
import configparser
import contextlib
import doctest
import io
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness
import yaml
from markdown_it import MarkdownIt

import flake8_closures
from flake8_closures.cli import arguments
from flake8_closures.settings import parse_toml

SECONDS = 120
NAMED = re.compile(r"(?:#|//|--|;;|\") (?P<name>[\w./-]+\.\w+|\.[\w-]+)")
ANYTHING = "..."
MEASURED = "console measured"
ROOT = Path(__file__).resolve().parent.parent
REWORDED = re.compile(r"(local|free) variable ('\w+') referenced before assignment")
WORDS = r"cannot access \1 variable \2 where it is not associated with a value"
"""What Python 3.10 says, and later ones say otherwise."""


class Wrong(Exception):
    """A block that does not do what the page says, with the reason."""


@dataclass
class Page:
    """A page while its blocks run, one after the other; `is_measuring` says whether measurements are taken anew."""

    folder: Path
    is_measuring: bool = False
    names: dict[str, Any] = field(default_factory=dict)


def rerun(text: str, folder: Path, *, is_measuring: bool = False) -> str:
    """Return the Markdown text of a page with the output of its examples as it is now.

    `folder` is where they run: empty, and used for nothing else. With `is_measuring` figures are taken anew. Raises
    Wrong for a block that cannot be checked, or that has no output and does not hold what it promises.
    """
    page, lines, moved = Page(folder, is_measuring=is_measuring), text.splitlines(keepends=True), 0
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.info.startswith("{") or token.map is None:
            continue
        language, first, last = token.info.strip(), token.map[0] + 1, token.map[1] - 1
        if language not in CHECKS and not NAMED.match(token.content):
            raise Wrong(f"line {first}: nobody knows how to check a block of {language!r}")
        try:
            told = _check(language, token.content, page)
        except Wrong as error:
            raise Wrong(f"line {first}: {error}") from None
        if told is not None and told != token.content:
            indent = re.match(" *", lines[first + moved - 1])[0]  # type: ignore[index]
            new = [(indent + line if line.strip() else line) for line in told.splitlines(keepends=True)]
            lines[first + moved : last + moved] = new
            moved += len(new) - (last - first)
    return "".join(lines)


def _check(language: str, content: str, page: Page) -> str | None:
    """Return what a block should say, or None for one that only has to be right."""
    named = NAMED.match(content)
    if named and language not in ("console", MEASURED, "pycon"):
        path = page.folder / named["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    check = CHECKS.get(language)
    return check(content, page) if check and not (named and language == "python") else None


def _console(content: str, page: Page) -> str:
    return "".join(_run(command, told, page.folder) for command, told in _commands(content))


def _measured(content: str, page: Page) -> str | None:
    if page.is_measuring:
        return "".join(_run(command, told, ROOT) for command, told in _commands(content))
    for command, _ in _commands(content):
        for name in re.findall(r"python ([\w/.-]+)", command):
            if not (ROOT / name).is_file():
                raise Wrong(f"there is no {name}")
    return None


def _commands(content: str) -> Iterator[tuple[str, str]]:
    """Yield each command as it is typed, with the output that the page gives."""
    parts = re.split(r"(?m)^(\$ .*(?:\n> .*)*\n)", content)
    if parts[0]:
        raise Wrong("a console begins with a command after `$ `")
    yield from zip(parts[1::2], parts[2::2], strict=True)


def _run(typed: str, told: str, folder: Path) -> str:
    command = re.sub(r"(?m)^[$>] ", "", typed)
    environment = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PYTHONPATH")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(flake8_closures.__file__).parent.parent)}
    environment |= {} if folder == ROOT else {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / ".cache")}
    environment |= {"COLUMNS": "120"}
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=None if folder == ROOT else SECONDS,
        check=False,
        encoding="utf-8",
    )
    if "/flake8_closures/" in ran.stdout:
        raise Wrong(f"closure-fix fails:\n{ran.stdout}")
    return typed + (told if _is_as_told(told, ran.stdout) else _in_new_words(ran.stdout))


def _is_as_told(told: str, output: str) -> bool:
    pattern = "".join("(?:.*\n)*" if line == ANYTHING else re.escape(f"{line}\n") for line in told.splitlines())
    return ANYTHING in told.splitlines() and bool(re.fullmatch(pattern, _in_new_words(output)))


def _in_new_words(output: str) -> str:
    return REWORDED.sub(WORDS, output)


def _prompt(content: str, page: Page) -> str:
    shown = ""
    for example in doctest.DocTestParser().get_examples(content):
        first, *rest = example.source.splitlines()
        shown += "".join((f">>> {first}\n", *(f"... {line}".rstrip() + "\n" for line in rest)))
        shown += _in_new_words(_typed(example.source, page.names))
    return shown


def _typed(source: str, names: dict[str, Any]) -> str:
    """Return what a Python prompt shows after a statement: of a traceback the first and the last line."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(source, "<prompt>", "single"), names)
        except Exception as error:
            last = traceback.format_exception_only(error)[-1]
            output.write(f"Traceback (most recent call last):\n  ...\n{last}")
    return output.getvalue()


def _program(content: str, page: Page) -> None:
    """Check a program, or a part of one, that is not run: what closure-fix finds in it stands in its comments."""
    try:
        is_complete = code.compile_command(content, symbol="exec")
    except SyntaxError as error:
        raise Wrong(f"the program cannot be read: {error}") from None
    if not is_complete:
        raise Wrong("the program is not complete")
    claimed = [(mark.line, mark.code) for mark in harness.marks(content)]
    for number, line in enumerate(content.splitlines(), 1):
        claimed += [(number, name) for name in re.findall(r"# (CLO\d+)", line)]
    found = [(finding.span.line, finding.code) for finding in flake8_closures.check(content)]
    if found != claimed:
        raise Wrong(f"closure-fix finds {found}, the comments say {claimed}")


def _well_formed(read: Callable[[str], object]) -> Callable[[str, Page], None]:
    def check(content: str, page: Page) -> None:
        try:
            read(content)
        except Exception as error:
            raise Wrong(f"{type(error).__name__}: {error}") from None

    return check


def _commands_exist(content: str, page: Page) -> None:
    """Check lines for a shell that are not run: every option of closure-fix in them is one of its options."""
    known = {option for action in arguments.command_line()._actions for option in action.option_strings}
    for line in content.replace("\\\n", " ").splitlines():
        _, found, rest = line.partition("#")[0].partition("closure-fix ")
        unknown = set(re.findall(r"(?<!\S)--?[a-z][\w-]*", re.split(r"[|;&<>]", rest)[0])) - known if found else set()
        if unknown:
            raise Wrong(f"closure-fix has no option {', '.join(sorted(unknown))}")


CHECKS: dict[str, Callable[[str, Page], str | None]] = {
    "console": _console,
    MEASURED: _measured,
    "pycon": _prompt,
    "python": _program,
    "sh": _commands_exist,
    "ini": _well_formed(lambda content: configparser.ConfigParser().read_string(content)),
    "toml": _well_formed(parse_toml),
    "json": _well_formed(json.loads),
    "yaml": _well_formed(yaml.safe_load),
    "text": lambda content, page: None,
}
