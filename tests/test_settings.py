"""Where do the options of closure-fix come from, and what is said of a bad one?"""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import LATE, ClosureFix, listed, write

from flake8_closures import settings
from flake8_closures.cli import CLEAN, FAILED, FOUND
from flake8_closures.config import Config

pytestmark = pytest.mark.usefixtures("alone")


def test_where_options_come_from(closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch) -> None:
    write("pkg/a.py")
    Path("setup.cfg").write_text("[flake8]\nignore = CLO1\nselect = E,F,C\n")
    monkeypatch.chdir("pkg")
    assert listed(closure_fix, ".") == [], "flake8's section is found on the way up, whatever it says of others"
    assert listed(closure_fix, ".", "--isolated") == ["./a.py"]
    assert listed(closure_fix, ".", "--select", "CLO", "--ignore", "CLO2") == ["./a.py"], "the command line goes before"
    Path("other.cfg").write_text("[flake8]\n")
    assert listed(closure_fix, ".", "--config", "other.cfg") == ["./a.py"]


def test_pyproject(closure_fix: ClosureFix) -> None:
    write("a.py")
    Path("setup.cfg").write_text("[flake8]\nignore = CLO1\nclosures-ship-bytes = 5\n")
    table = 'ignore = ["CLO2"]\nextend-exclude = []\nbind-style = "default"\nclosures-ship-bytes = "2 MB"\n'
    Path("pyproject.toml").write_text(f"[tool.flake8-closures]\n{table}")
    assert listed(closure_fix, ".") == ["./a.py"]
    told = settings.load()
    assert Config.from_values(told.flake8 | told.ours) == Config(
        ignore=("CLO2",), bind_style="default", ship_bytes=2_000_000
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense = 1", "[tool.flake8-closures]: unknown option nonsense"),
        ('select = ["CLO999"]', "[tool.flake8-closures] select: no rule has a code that begins with 'CLO999'"),
        ("ignore = 3", "[tool.flake8-closures] ignore: 3 is not a list of names"),
        ("exclude = 3", "[tool.flake8-closures] exclude: 3 is not a list of names"),
        ("retain-bytes = 'much'", "[tool.flake8-closures] retain-bytes: 'much' is not a size"),
        ("bind-style = []", "[tool.flake8-closures] bind-style: [] is none of keyword, default, partial, factory"),
        ("per-file-ignores = {'a.py' = 3}", "[tool.flake8-closures] per-file-ignores: 3 is not a list of names"),
        ("per-file-ignores = 3", "[tool.flake8-closures] per-file-ignores: expected files: codes, not 3"),
        ("ignore = ", "Invalid value"),
    ],
)
def test_a_bad_pyproject_is_one_line(closure_fix: ClosureFix, text: str, message: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.flake8-closures]\n{text}\n")
    status, _, (line,) = closure_fix(".")
    assert status == FAILED
    assert line.startswith(f"closure-fix: error: {Path('pyproject.toml').resolve()}: {message}")


def test_the_table_may_be_spelled_otherwise(closure_fix: ClosureFix) -> None:
    for text in ("[tool]\nflake8-closures.ignore = ['CLO1']\n", "[tool.'flake8-closures']\nignore = ['CLO1']\n"):
        Path("pyproject.toml").write_text(text)
        assert settings.load().ours == {"ignore": ["CLO1"]}
    Path("pyproject.toml").write_text("[tool]\nflake8-closures = 3\n")
    status, _, (line,) = closure_fix(".")
    assert status == FAILED and line.endswith("[tool] flake8-closures: expected a table of options, not 3")
    for text in ("[project]\ndependencies = ['flake8-closures']\n", "tool = 'flake8-closures'\n"):
        Path("pyproject.toml").write_text(text)
        assert settings.load().files == []


def test_per_file_ignores_may_be_a_table(closure_fix: ClosureFix) -> None:
    write("a.py", "tests/b.py", "tests/c.py")
    text = "[tool.flake8-closures.per-file-ignores]\n'tests/*' = ['CLO1']\n'tests/c.py' = 'CLO2, CLO3'\n"
    Path("pyproject.toml").write_text(text)
    assert listed(closure_fix, ".") == ["./a.py", "./tests/c.py"]


def test_a_table_with_another_name_is_told(closure_fix: ClosureFix) -> None:
    write("a.py")
    for name in settings.MISNAMED:
        Path("pyproject.toml").write_text(f"[tool.{name}]\nignore = ['CLO1']\n")
        status, _, (line,) = closure_fix("--quiet", ".")
        assert status == FOUND
        assert line.endswith(f"pyproject.toml: [tool.{name}] is not read: the table is called [tool.flake8-closures]")


def test_options_of_ours_in_the_table_of_flake8_pyproject_are_told(closure_fix: ClosureFix) -> None:
    write("a.py")
    for line, is_told in (
        ("extend-ignore = ['CLO1']", True),
        ("closures-extended = true", True),
        ("select = []", False),
    ):
        Path("pyproject.toml").write_text(f"[tool.flake8]\n{line}\n")
        told = closure_fix("--quiet", ".")[2]
        assert [each for each in told if "[tool.flake8] is not read" in each] == (told if is_told else [])
        assert len(told) == is_told


def test_a_pyproject_that_is_no_text_is_named(closure_fix: ClosureFix) -> None:
    Path("pyproject.toml").write_bytes(b"\xff")
    status, _, (line,) = closure_fix(".")
    assert status == FAILED and "pyproject.toml: 'utf-8' codec can't decode" in line


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "closures-bindstyle = default",
            "[flake8]: unknown option closures-bindstyle, did you mean closures-bind-style?",
        ),
        ("closures-x = default", "[flake8]: unknown option closures-x"),
        ("closures-bind-style = loud", "[flake8] closures-bind-style: 'loud' is none of"),
        ("per-file-ignores = CLO1", "[flake8] per-file-ignores: expected files: codes, not 'CLO1'"),
        ("extend-ignore = CLO1 # one day", "[flake8] extend-ignore: '#' is not a code or the beginning of one"),
        ("disable-noqa = maybe", "[flake8] disable-noqa: 'maybe' is neither true nor false"),
    ],
)
def test_a_bad_section_of_flake8_is_one_line(closure_fix: ClosureFix, section: str, message: str) -> None:
    Path(".flake8").write_text(f"[flake8]\n{section}\n")
    status, _, (line,) = closure_fix(".")
    assert status == FAILED and line.startswith(f"closure-fix: error: {Path('.flake8').resolve()}: {message}")


def test_a_code_that_no_rule_has_is_told_in_the_section_of_flake8(closure_fix: ClosureFix) -> None:
    """flake8 takes it, so it is no error."""
    write("a.py")
    Path(".flake8").write_text("[flake8]\nselect = E, CLO999\n")
    message = f"{Path('.flake8').resolve()}: [flake8] select: no rule has a code that begins with 'CLO999'"
    assert closure_fix("-q", "a.py") == (CLEAN, [], [f"closure-fix: warning: {message}"])


def test_a_file_that_is_no_configuration_is_told_with_its_line(closure_fix: ClosureFix) -> None:
    message = "this is neither a [section] nor an option with its value"
    for text, line in (("[flake8\nignore = E501\n", 1), ("[flake8]\nignore = E501\n\nselect\n", 4)):
        Path("bad.cfg").write_text(text)
        assert closure_fix("--config=bad.cfg", ".") == (FAILED, [], [f"closure-fix: error: bad.cfg:{line}: {message}"])


def test_a_toml_file_that_cannot_be_read_is_one_line(closure_fix: ClosureFix) -> None:
    message = "closure-fix: error: none.toml: cannot be read: No such file or directory"
    assert closure_fix("--config=none.toml", ".") == (FAILED, [], [message])


@pytest.mark.parametrize("data", [b"[flake8\nselect = CLO1\n", b"[flake8]\nselect = \xff\n"], ids=["syntax", "bytes"])
def test_a_file_that_flake8_passes_over_is_told(closure_fix: ClosureFix, data: bytes) -> None:
    write("a.py")
    Path("setup.cfg").write_bytes(data)
    Path("tox.ini").write_text("[flake8]\nselect = CLO2\n")
    status, _, (line,) = closure_fix("-q", "a.py")
    assert status == CLEAN
    assert line.startswith(f"closure-fix: warning: ignoring unparseable config {Path('setup.cfg').resolve()}: ")


def test_a_toml_file_can_be_named(closure_fix: ClosureFix) -> None:
    write("a.py")
    Path(".flake8").write_text("[flake8]\nselect = CLO2\n")
    Path("other.toml").write_text('[tool.flake8-closures]\nignore = ["CLO1"]\n')
    told = settings.load("other.toml")
    assert (told.flake8, told.ours, told.files) == ({}, {"ignore": ["CLO1"]}, ["other.toml"])
    assert closure_fix("-q", "--config=other.toml", "a.py")[0] == CLEAN


@pytest.mark.parametrize(("name", "section"), [("a.cfg", "flake8"), ("a.toml", "tool.flake8-closures")])
def test_a_named_file_that_says_nothing_is_told(closure_fix: ClosureFix, name: str, section: str) -> None:
    write("a.py")
    Path(name).write_text("[metadata]\nname = 'x'\n")
    status, _, err = closure_fix("-q", f"--config={name}", "a.py")
    expected = f"closure-fix: warning: {name}: there is no [{section}] in it, so it changes nothing"
    assert (status, err) == (FOUND, [expected])


def test_selecting_nothing_is_told(closure_fix: ClosureFix) -> None:
    Path(".flake8").write_text("[flake8]\nselect = E,F\n")
    Path("a.py").write_text(LATE)
    told = f"closure-fix: warning: no rule is selected, see {Path('.flake8').resolve()}: [flake8] select"
    assert closure_fix("-q", ".") == (CLEAN, [], [told])
    assert closure_fix("-q", "--ignore=CLO", ".") == (CLEAN, [], [f"{told} and --ignore"])
