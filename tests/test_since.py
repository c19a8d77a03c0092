"""Is only told what a change has to do with? Against a real repository."""

from __future__ import annotations

import os
from pathlib import Path

import doors
import pytest
from doors import LATE, ClosureFix

from flake8_closures.cli import CLEAN, FAILED, FOUND, git

OTHER = LATE.replace("made", "others").replace("number", "other")


def commit() -> None:
    doors.git("add", "-A")
    doors.git("commit", "-q", "-m", "so far")


@pytest.fixture
def repository(alone: Path) -> Path:
    """Begin a repository with one file that has a finding."""
    doors.git("init", "-q", "-b", "main", ".")
    Path("a.py").write_text(LATE)
    commit()
    return alone


def places(closure_fix: ClosureFix, *arguments: str) -> list[str]:
    return [":".join(line.split(":")[:2]) for line in closure_fix("-q", *arguments, ".")[1]]


def test_only_what_changed_is_told(repository: Path, closure_fix: ClosureFix) -> None:
    assert places(closure_fix) == ["./a.py:3"]
    assert places(closure_fix, "--since", "HEAD") == []
    Path("a.py").write_text(OTHER + "x = 1\n" * 10 + LATE)
    assert places(closure_fix, "--since", "HEAD") == ["./a.py:3"], "the known one has moved, not changed"
    Path("new.py").write_text(LATE)
    assert places(closure_fix, "--since", "HEAD") == ["./a.py:3", "./new.py:3"], "an untracked file is new"
    Path(".gitignore").write_text("new.py\n")
    assert places(closure_fix, "--since", "HEAD") == ["./a.py:3"]
    commit()
    doors.git("mv", "a.py", "b.py")
    assert places(closure_fix) == ["./b.py:3", "./b.py:16"]
    assert places(closure_fix, "--since", "HEAD") == [], "a renamed file is not new"


def test_the_branch_is_compared_with_where_it_began(repository: Path, closure_fix: ClosureFix) -> None:
    doors.git("checkout", "-q", "-b", "topic")
    Path("mine.py").write_text(LATE)
    commit()
    doors.git("checkout", "-q", "main")
    Path("a.py").write_text("x = 1\n")
    commit()
    doors.git("checkout", "-q", "topic")
    assert places(closure_fix, "--since", "main") == ["./mine.py:3"]


def test_a_change_elsewhere_may_be_what_did_it(repository: Path, closure_fix: ClosureFix) -> None:
    fine = "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n    return inner\n"
    Path("b.py").write_text(fine)
    Path("c.py").write_text("fs = []\ni = 0\nif i:\n    fs.append(lambda: i)\n")
    commit()
    Path("b.py").write_text(fine.replace("        nonlocal n\n", ""))
    Path("c.py").write_text("fs = []\ni = 0\nfor i in fs:\n    fs.append(lambda: i)\n")
    assert places(closure_fix, "--since", "HEAD") == ["./b.py:4", "./c.py:4"]


def test_only_what_changed_is_repaired(repository: Path, closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(OTHER + LATE)
    status, _, told = closure_fix("--apply", "--since", "HEAD", ".")
    assert (status, told) == (CLEAN, ["1 repaired, 0 findings left"])
    assert Path("a.py").read_text() == OTHER.replace("lambda: other", "lambda *, other=other: other") + LATE


def test_names_that_git_quotes(repository: Path, closure_fix: ClosureFix) -> None:
    names = ["with blank.py", 'quo"te\\é\t.py', "ünï/漢.py"]
    for name in names:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x = 1\n")
    commit()
    for name in names:
        Path(name).write_text("x = 1\n" + LATE)
    assert dict(git.changed_lines("HEAD")) == {os.path.realpath(name): frozenset({2, 3, 4}) for name in names}


def test_it_works_from_below(repository: Path, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("sub").mkdir()
    Path("sub/b.py").write_text(LATE)
    doors.git("config", "diff.relative", "true")
    doors.git("config", "diff.noprefix", "true")
    doors.git("config", "diff.external", "false")
    Path("a.py").write_text(OTHER)
    monkeypatch.chdir("sub")
    assert [line.split(":")[0] for line in closure_fix("-q", "--since", "HEAD", "..", ".")[1]] == [
        "../a.py",
        "../sub/b.py",
    ]


def test_a_diff_is_read() -> None:
    diff = (
        b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,0 +2,2 @@ def f\n+++ b/y\n+b\n@@ -7,2 +9,0 @@\n-a\n--- b\n"
        b"@@ -20 +19 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
        b'--- a/z\n+++ "b/t\\303\\244\\t\\"b"\n@@ -0,0 +1 @@\n+x\n'
    )
    assert git.read_diff(diff) == {"x": frozenset({2, 3, 9, 10, 19}), 'tä\t"b': frozenset({1})}


def test_what_git_does_not_know_is_one_line(
    repository: Path, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reference in ("nowhere", "--output=x", ""):
        status, _, told = closure_fix(f"--since={reference}", "a.py")
        assert (status, told) == (FAILED, [f"closure-fix: error: --since: git knows no commit {reference!r}"])
    monkeypatch.setenv("PATH", "")
    status, _, (line,) = closure_fix("--since=HEAD", "a.py")
    assert status == FAILED and line.startswith("closure-fix: error: git: cannot be run: ")


def test_a_shallow_clone_is_named_as_the_reason(repository: Path, closure_fix: ClosureFix) -> None:
    Path("b.py").write_text(LATE)
    commit()
    doors.git("clone", "-q", "--depth=1", f"file://{repository}", "clone")
    os.chdir("clone")
    told = closure_fix("--since=HEAD~1", ".")[2]
    hint = "in this shallow clone, fetch more of the history"
    assert told == [f"closure-fix: error: --since: git knows no commit 'HEAD~1' {hint}"]


def test_what_changed_in_a_submodule_is_told(repository: Path, closure_fix: ClosureFix) -> None:
    doors.git("clone", "-q", ".", "part")
    doors.git("-c", "advice.addEmbeddedRepo=false", "add", "part")
    commit()
    doors.git("config", "diff.ignoreSubmodules", "all")
    assert places(closure_fix, "--since", "HEAD") == []
    Path("part/a.py").write_text(LATE + OTHER)
    assert places(closure_fix, "--since", "HEAD") == ["./part/a.py:6"]
    doors.git("commit", "-q", "-a", "-m", "more", folder=Path("part"))
    assert places(closure_fix, "--since", "HEAD") == ["./part/a.py:6"]


def test_outside_of_a_repository_it_is_one_line(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(LATE)
    status, _, (line,) = closure_fix("--since=HEAD", "a.py")
    assert status == FAILED and line.startswith("closure-fix: error: git: not a git repository")


def test_what_is_on_standard_input_has_no_past(closure_fix: ClosureFix) -> None:
    assert closure_fix("--since=HEAD", "-")[0] == FAILED


def test_statuses(repository: Path, closure_fix: ClosureFix) -> None:
    assert closure_fix("--since", "HEAD", ".")[0] == CLEAN
    Path("a.py").write_text(LATE.replace("range(3)", "range(4)"))
    assert closure_fix("--since", "HEAD", ".")[0] == FOUND, "the loop that the finding names has changed"
