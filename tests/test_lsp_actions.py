"""Is everything that an editor is offered right? Every action on every fixture, carried out and looked at again."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import harness
import pytest
from doors import LATE
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

import flake8_closures
from flake8_closures import engine, source
from flake8_closures.codes import FAILURE
from flake8_closures.config import Config
from flake8_closures.fixes.edits import apply
from flake8_closures.lsp import analysis as analyses
from flake8_closures.lsp.actions import FIX_ALL, QUICK_FIX, Action, actions
from flake8_closures.lsp.analysis import Analysis, Options, analyse
from flake8_closures.lsp.buffers import Buffer, changed, to_text_edit
from flake8_closures.model import Finding, Safety
from flake8_closures.noqa import silence
from flake8_closures.report.position import Ruler, Unit
from flake8_closures.source import split_lines

EVERYTHING = Config(extended=True)


def known(text: str, config: Config = EVERYTHING) -> Analysis:
    analysis = analyse(Buffer("file:///x.py", "/x.py", 1, text), Options(config))
    assert analysis is not None
    return analysis


def offered(analysis: Analysis, *only: str) -> list[Action]:
    return list(actions(analysis, 1, len(analysis.lines), only))


def about(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return sorted((finding.code, finding.name) for finding in findings)


def bad_fixtures() -> Iterator[harness.Fixture]:
    for fixture in harness.fixtures():
        if fixture.kind in ("bad", "false_alarm") and fixture.needs <= sys.version_info:
            yield fixture


@pytest.mark.parametrize("fixture", [*bad_fixtures()], ids=lambda fixture: fixture.name)
def test_every_action_does_what_it_says(fixture: harness.Fixture) -> None:
    analysis = known(harness.strip(fixture.text))
    before = analysis.source.text
    preferred: list[Finding] = []
    silenced: list[Finding] = []
    for action in offered(analysis):
        after = apply(before, action.edits)
        assert after != before
        left = Counter(about(flake8_closures.check(after, fixture.name, EVERYTHING)))
        assert left <= Counter(about(analysis.findings)) - Counter(about(action.findings)), action.title
        if action.kind == FIX_ALL:
            safe = engine.fix(analysis.source, dataclasses.replace(EVERYTHING, unsafe_fixes=False))
            assert (after, action.findings) == (safe.text, safe.applied)
        if action.is_preferred:
            assert action.kind == QUICK_FIX
            preferred += action.findings
            (finding,) = action.findings
            assert any(each.safety is Safety.SAFE for each in finding.remedies)
        if action.title.startswith("Disable"):
            assert ast.dump(ast.parse(after)) == ast.dump(analysis.source.tree)
            silenced += action.findings
        elif action.kind == QUICK_FIX and "loop" not in action.title:
            (finding,) = action.findings
            (remedy,) = (each for each in finding.remedies if action.title.lower().startswith(each.title.lower()))
            # What has to follow may be unsafe where the remedy itself is not.
            assert ("(unsafe: " in action.title) >= (remedy.safety is Safety.UNSAFE)
            assert remedy.safety is not Safety.SHOW
    assert len(preferred) == len(set(preferred)), "one way to repair a finding is preferred"
    assert about(silenced) == about(analysis.findings), "everything can be silenced"


def test_the_way_that_the_user_prefers_comes_first() -> None:
    config = dataclasses.replace(EVERYTHING, bind_style="factory")
    first, second, *_ = offered(known(LATE, config), QUICK_FIX)
    assert first.title == "Make the function in one that takes 'number'"
    assert first.is_preferred
    assert second.title == "Bind 'number' when the function is made"
    assert not second.is_preferred


def test_what_is_not_to_be_repaired_is_only_silenced() -> None:
    config = dataclasses.replace(EVERYTHING, unfixable=("CLO1",))
    assert [action.title for action in offered(known(LATE, config))] == ["Disable CLO101 for this line"]


def test_where_comments_do_not_count_none_is_offered() -> None:
    config = dataclasses.replace(EVERYTHING, disable_noqa=True)
    assert not any("Disable" in action.title for action in offered(known(LATE, config)))


def test_generated_files_are_not_fixed_as_a_whole() -> None:
    marked = "# @" + "generated\n" + LATE
    assert FIX_ALL not in {action.kind for action in offered(known(marked))}


def test_a_closure_that_calls_another_one_is_bound_with_it() -> None:
    text = (
        "def made(names):\n    kept = []\n    for name in names:\n        def inner(): return name\n"
        "        kept.append(lambda: inner())\n    return kept\n"
    )
    bind = offered(known(text), QUICK_FIX)[0]
    assert bind.is_preferred and bind.title == "Bind 'inner' when the function is made"
    assert [edit.text for edit in bind.edits] == ["*, name=name", " *, inner=inner"]


def test_nothing_is_offered_about_other_lines() -> None:
    analysis = known(LATE)
    assert list(actions(analysis, 1, 2, ())) == []
    assert list(actions(analysis, 3, 3, ()))
    assert [action.kind for action in actions(analysis, 1, 1, [FIX_ALL])] == [FIX_ALL]


def test_a_loop_is_bound_as_far_as_it_can_be() -> None:
    text = (
        "def f(rows, unseen):\n    made = []\n    for row in rows:\n        made.append(lambda: row)\n"
        "        made.append(lambda: [row])\n        unseen.register(lambda: row)\n    return made\n"
    )
    (action,) = (each for each in offered(known(text)) if "loop" in each.title)
    assert action.title == "Bind all in this loop (2 of 3 findings)"
    one = text.replace("        made.append(lambda: [row])\n", "")
    assert not [each for each in offered(known(one)) if "loop" in each.title], "of two findings one can be bound"
    assert apply(text, action.edits).count("row=row") == 2


def test_a_failure_of_our_own_is_told_and_not_offered_to_be_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no\nluck")

    monkeypatch.setattr(analyses.engine, "check", fail)
    analysis = known(LATE)
    assert [(finding.code, finding.message) for finding in analysis.findings] == [
        (FAILURE, "this file could not be analysed, please report it: RuntimeError: no luck")
    ]
    assert list(actions(analysis, 1, 3, [QUICK_FIX])) == []


# Silence.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "x = 1  # noqa: CLO101\n"),
        ("x = 1", "x = 1  # noqa: CLO101"),
        ("x = 1   \r\n", "x = 1  # noqa: CLO101\r\n"),
        ("x = 1  # why\n", "x = 1  # why  # noqa: CLO101\n"),
        ("x = 1  # noqa: E501\n", "x = 1  # noqa: E501,CLO101\n"),
        ("x = 1  # NOQA:E501, W291 # why\n", "x = 1  # NOQA:E501, W291, CLO101 # why\n"),
        ('x = """\na"""; y = 2\n', 'x = """\na"""; y = 2  # noqa: CLO101\n'),
        ('x = """\na"""  # noqa: E1\n', 'x = """\na"""  # noqa: E1,CLO101\n'),
        ("x = 1 + \\\n    2\n", "x = 1 + \\\n    2  # noqa: CLO101\n"),
        ("x = (1 +\n    2)\n", "x = (1 +  # noqa: CLO101\n    2)\n"),
        ("x = '# noqa: E501'\n", "x = '# noqa: E501'  # noqa: CLO101\n"),
    ],
)
def test_a_line_is_silenced_as_flake8_reads_it(before: str, after: str) -> None:
    read = source.read(before.encode(), "x.py")
    edit = silence(read, 1, "CLO101")
    if edit is None:
        # The comment that counts is the first one, and here it is text of the program.
        assert "'# noqa" in before
        return
    assert apply(read.text, [edit]) == after
    assert source.read(after.encode(), "x.py").silenced(1, "CLO101")


# Buffers.

texts = st.text(alphabet=st.sampled_from("ab é漢😀\t\f\v\x85\u2028\r\n"), max_size=20)


@pytest.mark.parametrize("unit", Unit)
@settings(deadline=None)
@given(text=texts, changes=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), texts), max_size=4))
def test_a_buffer_follows_its_editor(unit: Unit, text: str, changes: Sequence[tuple[int, int, str]]) -> None:
    buffer = Buffer("file:///x.py", "/x.py", 1, text)
    expected, told = text, []
    for first, second, new in changes:
        start, end = sorted((first % (len(expected) + 1), second % (len(expected) + 1)))
        if any(expected[place - 1 : place + 1] == "\r\n" for place in (start, end)):
            continue  # no editor has a cursor there
        edit = to_text_edit(flake8_closures.model.Edit(start, end, new), Ruler(split_lines(expected), unit))
        told.append(types.TextDocumentContentChangePartial(edit.range, edit.new_text))
        expected = expected[:start] + new + expected[end:]
    after = changed(buffer, 2, told, unit)
    assert (after.text, after.version) == (expected, 2)
    assert buffer.text == text


# The options.


def test_options_are_looked_over_as_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[flake8]\nextend-ignore = CLO1 # one day\n")
    found = analyses.options(str(tmp_path / "a.py"), str(tmp_path), str(tmp_path))
    assert found.problem.endswith("setup.cfg: [flake8] extend-ignore: '#' is not a code or the beginning of one")
    assert found.config == Config(), "as nobody has changed them"
