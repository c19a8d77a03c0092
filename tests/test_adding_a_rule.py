"""Is adding a rule one module and one folder? A copy of the project gets a rule dropped in, and its own tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

RULE = '''\
"""A closure reads a variable called `spam`.

Nobody needs this rule; it shows how one is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.model import Finding
from flake8_closures.rules import rule


@rule("CLO998", "spam-captured")
def check(facts: Facts) -> Iterator[Finding]:
    """Find the first read of `spam` in every closure."""
    for closure in facts.closures:
        for capture in facts.captures(closure):
            if capture.variable.name == "spam" and capture.references:
                span = facts.source.span(capture.references[0].node)
                yield Finding("CLO998", span, "spam", "closure reads 'spam'")
'''

BAD = '''\
"""A closure reads `spam`.

No repair: there is no accounting for taste.
"""


def demo():
    spam = 1
    return (lambda: spam)()
    #               ^^^^ CLO998 closure reads 'spam'


demo.wrong, demo.right = 1, 2
'''

GOOD = '''\
"""A closure reads `eggs`."""


def demo():
    eggs = 1
    return (lambda: eggs)()


demo.right = 1
'''


def contents(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("flake8_closures", "fixtures", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "ARCHITECTURE.md", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run_tests(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of the copy that concern the new rule: those with its name, and those about all the rules."""
    concerned = "CLO998 or clo998 or test_every or test_codes or test_the_summary or test_messages"
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-k", concerned]
    command += [f"tests/test_{name}.py" for name in names]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_a_rule_is_one_module_and_one_folder(copy: Path) -> None:
    before = contents(copy)
    added = {
        "flake8_closures/rules/clo998_spam.py": RULE,
        "fixtures/CLO998/bad_spam.py": BAD,
        "fixtures/CLO998/good_eggs.py": GOOD,
    }
    (copy / "fixtures" / "CLO998").mkdir()
    for name, text in added.items():
        (copy / name).write_text(text, encoding="utf-8")

    passed = run_tests(copy, "rules", "behaviour", "house")
    assert passed.returncode == 0, passed.stdout[-3000:]
    for test in (
        "test_rules.py::test_carets_mark_the_findings[CLO998/bad_spam.py]",
        "test_rules.py::test_carets_mark_the_findings[CLO998/good_eggs.py]",
        "test_house.py::test_every_rule_has_fixtures_and_every_fixture_a_rule",
        "test_house.py::test_imports_run_one_way[rules.clo998_spam]",
        f"test_behaviour.py::test_demo[{sys.version_info[0]}.{sys.version_info[1]}-CLO998/bad_spam.py]",
    ):
        assert f"PASSED tests/{test}" in passed.stdout, passed.stdout

    after = contents(copy)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == set(added)

    # The new fixture is measured, not only listed: a caret that stands wrong is a failure.
    (copy / "fixtures" / "CLO998" / "bad_spam.py").write_text(BAD.replace("  ^^^^ ", " ^^^^ "), encoding="utf-8")
    failed = run_tests(copy, "rules")
    assert "FAILED tests/test_rules.py::test_carets_mark_the_findings[CLO998/bad_spam.py]" in failed.stdout
