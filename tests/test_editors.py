"""Do real editors understand us? Neovim and Emacs over the language server; Vim, Emacs and others over plain lines."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import harness
import pytest
from doors import LATE

import flake8_closures
from flake8_closures.config import Config

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "editors.md"
PATIENCE = 240


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def block(name: str, folder: Path) -> Path:
    """Return a file with the block of the documentation that begins with a comment with its name."""
    found = re.search(rf"```\w+\n(?:--|;;) {re.escape(name)}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, name
    path = folder / name
    path.write_text(found[1], encoding="utf-8")
    return path


def told(command: list[str], folder: Path, **variables: str) -> Any:
    """Run an editor in an empty home, with closure-fix on its path, and return the JSON that it writes."""
    answers = folder / "answers.json"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "CLOSURES_ANSWERS": str(answers),
        **variables,
    }
    ran = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert answers.exists(), (ran.stdout + ran.stderr).decode(errors="replace")
    return json.loads(answers.read_text(encoding="utf-8"))


# Over the language server, with the configuration that the documentation gives.


@needs("nvim")
def test_neovim(tmp_path: Path) -> None:
    buffer = tmp_path / "buffer.py"
    buffer.write_text(LATE)
    version = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout
    is_new = tuple(map(int, re.findall(r"\d+", version)[:2])) >= (0, 11)
    variables = {"CLOSURES_ON_SAVE": str(block("on_save.lua", tmp_path))} if is_new else {}
    answers = told(
        ["nvim", "--headless", "--clean", "-n", "-u", "NONE", "-S", str(HERE / "editors" / "neovim.lua")],
        tmp_path,
        CLOSURES_FILE=str(buffer),
        CLOSURES_CONFIG=str(block("init.lua" if is_new else "older.lua", tmp_path)),
        **variables,
    )
    assert "problem" not in answers, answers["problem"]
    first = {"line": 3, "marked": "number", "code": "CLO101", "source": "flake8-closures"}
    assert answers["opened"] == [first]
    assert answers["typed"] == [first, {**first, "line": 5, "marked": "word"}]
    assert "Bind 'word' when the function is made" in answers["titles"]
    typed = LATE + "for word in made:\n    é = '😀'; made.append(lambda *, word=word: word)"
    fixed = typed.replace("lambda: number", "lambda *, number=number: number")
    assert answers["repaired"] == typed
    assert "outlives the iteration that makes it" in answers["hover"]
    assert answers["fixed"] == fixed
    bound = LATE.replace("lambda: number", "lambda *, number=number: number").rstrip("\n")
    assert answers.get("saved") == (bound if is_new else None)
    assert buffer.read_text() == LATE, "nothing was saved"


def has_eglot() -> bool:
    command = ["emacs", "--batch", "--eval", "(unless (require 'eglot nil t) (kill-emacs 1))"]
    return (
        shutil.which("emacs") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def test_emacs(tmp_path: Path) -> None:
    if not has_eglot():
        pytest.skip("Emacs with eglot is not installed")
    buffer = tmp_path / "buffer.py"
    buffer.write_text(LATE)
    answers = told(
        ["emacs", "--batch", "-l", str(HERE / "editors" / "eglot.el")],
        tmp_path,
        CLOSURES_FILE=str(buffer),
        CLOSURES_CONFIG=str(block("init.el", tmp_path)),
    )
    assert "problem" not in answers, answers["problem"]
    ((line, marked, text),) = answers["opened"]
    assert (line, marked) == (3, "number")
    assert "CLO101" in text and "'number' is read late" in text
    assert [(line, marked) for line, marked, _ in answers["typed"]] == [(3, "number"), (5, "word")]
    assert "Bind 'word' when the function is made" in answers["titles"]
    assert answers["repaired"] == LATE + "for word in made:\n    é = '😀'; made.append(lambda *, word=word: word)\n"


# Over the lines of flake8.


class Line(NamedTuple):
    path: str
    line: int
    column: int
    code: str
    text: str


@pytest.fixture(scope="module")
def expected() -> list[Line]:
    """What there is to be read: every finding of every fixture that this Python can run."""
    config = Config(extended=True)
    return [
        Line(str(fixture.path), finding.span.line, finding.span.column + 1, finding.code, finding.message)
        for fixture in harness.fixtures()
        if fixture.needs <= sys.version_info
        for finding in flake8_closures.check(fixture.text, fixture.name, config)
    ]


def printed(form: str) -> list[str]:
    """Return the lines that flake8 prints for all fixtures in a format."""
    command = [sys.executable, "-m", "flake8", "--isolated", "--select=CLO", "--closures-extended", "--jobs=1"]
    paths = [str(fixture.path) for fixture in harness.fixtures() if fixture.needs <= sys.version_info]
    ran = subprocess.run([*command, f"--format={form}", *paths], capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return ran.stdout.splitlines()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return printed("default")


PATTERNS = {
    # As they stand in the sources of each, in the notation of Python.
    "ALE": r"^(?P<path>[a-zA-Z]?:?[^:]+):(?P<line>\d+):?(?P<column>\d+)?: (?P<code>[A-Za-z0-9]+) (?P<text>.*)$",
    "flycheck": r"^(?P<path>.+?):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<code>[A-Za-z]+\d+) (?P<text>.*)$",
    "python-lsp-server": r"(?P<path>.*):(?P<line>\d*):(?P<column>\d*): (?P<code>\w*) (?P<text>.*)",
    "SublimeLinter": r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<code>[A-Z]+\d+) (?P<text>.*)",
}


@pytest.mark.parametrize("editor", PATTERNS)
def test_patterns_over_the_default_lines(editor: str, lines: list[str], expected: list[Line]) -> None:
    assert read(PATTERNS[editor], lines) == sorted(expected)


OTHERS = {
    "nvim-lint": (
        "%(path)s:%(row)d:%(col)d:%(code)s:%(text)s",
        r"(?P<path>[^:]+):(?P<line>\d+):(?P<column>\d+):(?P<code>\w+):(?P<text>.+)",
    ),
    "VS Code": (
        "%(row)d,%(col)d,%(code).1s,%(code)s:%(text)s",
        r"(?P<line>\d+),(?P<column>-?\d+),(?P<type>\w+),(?P<code>\w+\d+):(?P<text>[^\r\n]*)",
    ),
}


@pytest.mark.parametrize("editor", OTHERS)
def test_patterns_over_lines_of_their_own(editor: str, expected: list[Line]) -> None:
    form, pattern = OTHERS[editor]
    is_without_path = "path" not in re.compile(pattern).groupindex
    wanted = [each._replace(path="") for each in expected] if is_without_path else expected
    assert read(pattern, printed(form)) == sorted(wanted)


def read(pattern: str, lines: list[str]) -> list[Line]:
    """Return what a pattern makes of lines, sorted; each has to be one finding whole."""
    found = []
    for line in lines:
        match = re.fullmatch(pattern, line)
        assert match, line
        part = match.groupdict()
        found.append(Line(part.get("path", ""), int(part["line"]), int(part["column"]), part["code"], part["text"]))
    return sorted(found)


@needs("vim")
def test_vim(tmp_path: Path, lines: list[str], expected: list[Line]) -> None:
    (tmp_path / "lines.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = tmp_path / "read.vim"
    script.write_text(
        "set encoding=utf-8\ncgetfile lines.txt\n"
        "let found = map(filter(getqflist(), 'v:val.valid'),"
        " '[fnamemodify(bufname(v:val.bufnr), \":p\"), v:val.lnum, v:val.col, v:val.text]')\n"
        "call writefile([json_encode(found)], $CLOSURES_ANSWERS)\nqall!\n"
    )
    found = told(["vim", "-es", "-u", "NONE", "-N", "-S", str(script)], tmp_path)
    assert sorted((path, line, column, text.strip()) for path, line, column, text in found) == sorted(
        (each.path, each.line, each.column, f"{each.code} {each.text}") for each in expected
    )


@needs("emacs")
def test_compilation_mode(tmp_path: Path, lines: list[str], expected: list[Line]) -> None:
    (tmp_path / "lines.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = HERE / "editors" / "compilation.el"
    found = told(["emacs", "-Q", "--batch", "-l", str(script)], tmp_path, CLOSURES_LINES=str(tmp_path / "lines.txt"))
    assert sorted(map(tuple, found)) == sorted((each.path, each.line, each.column) for each in expected)


@pytest.mark.skipif(importlib.util.find_spec("pylsp") is None, reason="python-lsp-server is not installed")
def test_python_lsp_server(tmp_path: Path) -> None:
    from pylsp import uris
    from pylsp.config.config import Config as Settings
    from pylsp.plugins import flake8_lint
    from pylsp.workspace import Document, Workspace

    path = tmp_path / "buffer.py"
    path.write_text("")
    root = uris.from_fs_path(str(tmp_path))
    settings = Settings(root, {}, None, {})
    flake8 = str(Path(sys.executable).with_name("flake8"))
    settings.update({"plugins": {"flake8": {"enabled": True, "executable": flake8}}})
    workspace = Workspace(root, None, settings)
    document = Document(uris.from_fs_path(str(path)), workspace, LATE)
    (found,) = [each for each in flake8_lint.pylsp_lint(workspace, document) if each["code"].startswith("CLO")]
    assert found["code"] == "CLO101"
    assert found["range"]["start"] == {"line": 2, "character": 24}
    assert "'number' is read late" in found["message"]
