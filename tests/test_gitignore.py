"""Is left out what git ignores, and nothing else? With git itself, and with pathspec where there is no git."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from doors import LATE, ClosureFix, git

from flake8_closures.cli import CLEAN, FOUND, gitignore

FILES = (
    *("a.py", "built/b.py", "built/keep/c.py", "pkg/gen_x.py", "pkg/gen_keep.py", "pkg/sub/gen_y.py", "pkg/private.py"),
    *("pkg/built.py", "deep/one/two/x.py", "deep/keep.py", "tracked.py", "sub/inner.py", "sub/own.py", "spä ce.py"),
)
LEFT = {"a.py", "pkg/gen_keep.py", "pkg/sub/gen_y.py", "pkg/built.py", "deep/keep.py", "tracked.py", "sub/own.py"}


@pytest.fixture
def repository(alone: Path) -> None:
    """Make a repository with files of every sort, and another one in it."""
    git("init", "-q", ".")
    for name in FILES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(LATE)
    git("init", "-q", "sub")
    Path(".gitignore").write_text(
        "built/\n!built/keep/c.py\n/deep/one/**\ntracked.py\nspä*.py\ninner.py\nown.py\n# x\n"
    )
    Path("pkg/.gitignore").write_text("/gen_*.py\n!gen_keep.py\n")
    Path("sub/.gitignore").write_text("inner.py\n")
    Path(".git/info/exclude").write_text("private.py\n")
    git("add", "-f", "tracked.py")


def shown(closure_fix: ClosureFix, *arguments: str) -> set[str]:
    status, lines, _ = closure_fix("--show-files", *arguments)
    assert status == CLEAN
    return {line.removeprefix("./") for line in lines}


def test_git_is_asked(repository: None, closure_fix: ClosureFix) -> None:
    assert shown(closure_fix, ".") == LEFT
    assert shown(closure_fix, ".", "--no-respect-gitignore") == set(FILES)
    assert shown(closure_fix, "deep", "pkg") == {name for name in LEFT if name.startswith(("deep", "pkg"))}


def test_what_is_named_is_read(repository: None, closure_fix: ClosureFix) -> None:
    named = ("built/b.py", "a.py", "spä ce.py")
    assert shown(closure_fix, *named) == {*named}
    assert shown(closure_fix, "built") == {"built/b.py", "built/keep/c.py"}
    Path(".gitignore").write_text("sub/\n")
    assert shown(closure_fix, "sub") == {"sub/own.py"}, "it is a repository with a .gitignore of its own"


def test_with_force_exclude_it_is_not(repository: None, closure_fix: ClosureFix) -> None:
    named = ("built/b.py", "a.py", "spä ce.py")
    assert shown(closure_fix, "--force-exclude", *named) == {"a.py"}
    assert shown(closure_fix, "--force-exclude", "built", "pkg/built.py") == {"pkg/built.py"}


def test_it_does_not_matter_from_where(
    repository: None, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("pkg")
    assert shown(closure_fix, "..") == {f"../{name}" for name in LEFT}


@pytest.mark.skipif(not importlib.util.find_spec("pathspec"), reason="pathspec is not installed (extra gitignore)")
def test_pathspec_says_the_same_without_git(
    repository: None, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert shown(closure_fix, ".") == LEFT - {"tracked.py"}, "what is tracked git alone can know"


@pytest.mark.parametrize(
    ("setting", "reason"), [("PATH", "cannot be run: No such file or directory"), ("GIT_DIR", "not a git repository")]
)
def test_without_both_there_is_a_warning(
    repository: None, closure_fix: ClosureFix, monkeypatch: pytest.MonkeyPatch, alone: Path, setting: str, reason: str
) -> None:
    monkeypatch.setenv(setting, "nowhere")
    monkeypatch.setattr(gitignore.importlib.util, "find_spec", lambda name: None)
    status, lines, told = closure_fix("-q", "built", "a.py")
    assert status == FOUND and len(lines) == 3
    (line,) = told
    assert line.startswith(f"closure-fix: warning: {alone}: .gitignore is not read: git: {reason}")
    assert line.endswith("; pip install 'flake8-closures[gitignore]' does without git")


def test_outside_of_a_repository_it_means_nothing(closure_fix: ClosureFix) -> None:
    Path("a.py").write_text(LATE)
    Path(".gitignore").write_text("a.py\n")
    assert shown(closure_fix, ".") == {"a.py"}
