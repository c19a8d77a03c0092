"""Is the list of features true? Every option in it exists, every test in it does, and every option is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flake8_closures import config
from flake8_closures.cli import arguments

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split("|") for line in PAGE.splitlines() if line.startswith("| ")][1:]
ELSEWHERE = {
    *("--help", "--version", "--select", "--ignore", "--extend-select", "--extend-ignore", "--quiet", "--exit-zero"),
    *("--stdin-filename", "--stdin-display-name", *(option.flag for option in config.OPTIONS)),
}
"""Options that the page on options is enough for."""


def flags() -> set[str]:
    actions = [action for action in arguments.command_line()._actions if action.help != "==SUPPRESS=="]
    return {flag for action in actions for flag in action.option_strings if flag.startswith("--")}


def test_the_page_is_read() -> None:
    assert len(ROWS) > 30 and all(len(row) == 3 for row in ROWS)


def test_every_option_in_it_exists_and_every_option_is_in_it() -> None:
    named = {flag for row in ROWS for flag in re.findall(r"--[a-z-]+", row[1])}
    assert named - flags() == set()
    assert flags() - named == ELSEWHERE - {"--closures-bind-style"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:40])
def test_every_test_in_it_exists(row: list[str]) -> None:
    tests = re.findall(r"`(tests/\w+\.py)(?:::(\w+))?`", row[2])
    assert tests
    for path, name in tests:
        assert re.search(rf"^(async )?def {name or 'test_'}", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


COMMANDS = re.findall(
    r"^[\s-]*(?:run: )?closure-fix (.*?)(?: \|.*)?$",
    (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_for_build_servers_are_right(command: str) -> None:
    typed = arguments.command_line().parse_args(
        command.replace('"', "").replace("${{ github.base_ref }}", "main").split()
    )
    assert typed.paths == ["src"] and typed.format != "text"


def test_there_are_commands_for_build_servers() -> None:
    assert len(COMMANDS) >= 4
