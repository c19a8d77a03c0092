"""Does the documentation tell the truth? Its examples run, and the site is built without a warning."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import pages
import pytest

import flake8_closures
from flake8_closures import settings
from flake8_closures.cli import arguments
from flake8_closures.cli.pages import PAGES_OF_NO_RULE
from flake8_closures.codes import page_of
from flake8_closures.config import OPTIONS, Config
from flake8_closures.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import option_lists  # noqa: E402
import rule_pages  # noqa: E402

PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "benchmarks" / "README.md"])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_give_what_the_page_says(path: Path, tmp_path: Path, update_docs: bool) -> None:
    text = path.read_text(encoding="utf-8")
    told = pages.rerun(text, tmp_path)
    if update_docs and told != text:
        path.write_text(told, encoding="utf-8")
        text = told
    assert told == text


@pytest.mark.parametrize("code", all_rules())
def test_a_rule_reports_the_program_in_its_own_text(code: str) -> None:
    text = all_rules()[code].explanation
    programs = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert programs and not text.startswith("```"), "words first: SARIF shows the first paragraph alone"
    for program in programs:
        found = flake8_closures.check(program, config=Config(extend_select=(code,)))
        assert code in {finding.code for finding in found}


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in PAGES if pages.MEASURED in path.read_text(encoding="utf-8")])
def test_figures_can_be_taken_anew(path: Path, tmp_path: Path, update_docs: bool) -> None:
    text = path.read_text(encoding="utf-8")
    told = pages.rerun(text, tmp_path, is_measuring=True)
    if update_docs:
        path.write_text(told, encoding="utf-8")
    assert told.count("\n") == text.count("\n"), "the same rows, whatever the figures"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as the README says it."""
    folder = tmp_path_factory.mktemp("site")
    build = Path(sys.executable).with_name("sphinx-build")
    command = [build, "-W", "-n", "--keep-going", "-q", ROOT / "docs", folder]
    built = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    return folder


def test_every_code_has_a_page_where_findings_link_to(site: Path) -> None:
    for code in (*PAGES_OF_NO_RULE, *all_rules()):
        address = re.fullmatch(r"https://.*/en/latest/(?P<path>.*)", page_of(code))
        assert address
        page = (site / address["path"]).read_text(encoding="utf-8")
        assert f"<h1>{code}" in page


def test_a_page_has_all_programs_of_its_rule_and_what_they_give() -> None:
    text = rule_pages.page(all_rules()["CLO101"])
    shown = rule_pages.programs("CLO101")
    assert {"bad", "good"} <= {each.kind for each in shown}
    for each in shown:
        assert each.text in text
        assert "demo." not in each.text and "CLO101" not in each.text
    first = next(each for each in shown if each.kind == "bad")
    at = text.index(first.text)
    wrong, finding, added, right = (
        text.index(part, at)
        for part in ("[105, 105, 105]", "CLO101 'amount'", "+        adders.append", "[6, 15, 105]")
    )
    assert at < wrong < finding < added < right < text.index("## More wrong programs")
    assert "# noqa: CLO101" in text


def test_no_page_shows_a_folder_that_is_gone_with_the_next_build(site: Path) -> None:
    shown = [path.name for path in site.rglob("*.html") if tempfile.gettempdir() in path.read_text(encoding="utf-8")]
    assert shown == []


def test_the_plainest_examples_exist() -> None:
    for code, name in rule_pages.PLAINEST.items():
        assert rule_pages.programs(code)[0].name == name


def test_a_program_is_shown_without_what_is_only_for_tests(tmp_path: Path) -> None:
    path = tmp_path / "bad_x.py"
    path.write_text(
        '# python: 3.10+\n"""Title `x`.\n\nNo repair: why.\n"""\n\nx = 1\n# @0 CLO101 late\n\n\ndemo.right = 1\n'
    )
    shown = rule_pages.program(harness.Fixture(path))
    assert (shown.title, shown.remarks) == ("Title `x`.", ("No repair: why.",))
    assert shown.text == "# python: 3.10+\n\nx = 1\n"


def test_every_option_is_listed() -> None:
    told = "\n".join(option_lists.of_closure_fix())
    for action in arguments.command_line()._actions:
        if action.help is not argparse.SUPPRESS:
            assert all(re.search(rf"[ `]{option}[ ,`\n]", told) for option in action.option_strings), action
    told = "\n".join(option_lists.of_flake8())
    assert all(f"{{option}} {option.flag}" in told for option in OPTIONS)
    told = "\n".join(option_lists.in_files())
    assert all(f"| `{key.removeprefix('closures-')}` |" in told for key in (*settings.KEYS, *settings.PLACES))


# The measure is measured.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("```console\n$ echo one\ntwo\n```\n", "```console\n$ echo one\none\n```\n"),
        ("```console\n$ echo a; echo b >&2; echo c\n...\nc\n```\n", None),
        ("```console\n$ echo a; echo b\n...\nc\n```\n", "```console\n$ echo a; echo b\na\nb\n```\n"),
        ("```console\n$ true\nnoise\n$ echo x\n```\n", "```console\n$ true\n$ echo x\nx\n```\n"),
        ("```text\n# a.txt\nhello\n```\n```console\n$ tail -1 a.txt\nhello\n```\n", None),
        ("- a list\n\n  ```console\n  $ echo x\n  ```\n", "- a list\n\n  ```console\n  $ echo x\n  x\n  ```\n"),
        ("```pycon\n>>> x = 1\n>>> x\n2\n```\n", "```pycon\n>>> x = 1\n>>> x\n1\n```\n"),
        ("```pycon\n>>> x = 1\n```\n```pycon\n>>> x\n1\n```\n", None),
        (
            "```pycon\n>>> 1 / 0\n```\n",
            "```pycon\n>>> 1 / 0\n"
            "Traceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n```\n",
        ),
    ],
)
def test_an_output_is_taken_anew(before: str, after: str | None, tmp_path: Path) -> None:
    assert pages.rerun(before, tmp_path) == (before if after is None else after)


def test_a_figure_is_taken_anew_if_somebody_measures(tmp_path: Path) -> None:
    text = "```console measured\n$ python benchmarks/reports.py --help | head -1 | cut -c 1-20\nold\n```\n"
    assert pages.rerun(text, tmp_path) == text
    assert pages.rerun(text, tmp_path, is_measuring=True) == text.replace("old", "usage: reports.py [-")


EXAMPLE = "for name in names:\n    made.append(lambda: name){}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("```python\n" + EXAMPLE.format("") + "```\n", "line 1: closure-fix finds .*CLO101"),
        ("```python\n" + EXAMPLE.format("  # CLO102 why") + "```\n", "the comments say .*CLO102"),
        ("```python\ndef f(:\n```\n", "cannot be read"),
        ("```python\nif x:\n```\n", "complete"),
        ("```toml\na = = 1\n```\n", "TOMLDecodeError"),
        ("```yaml\na: [\n```\n", "ParserError"),
        ("```ini\na = 1\n```\n", "MissingSectionHeaderError"),
        ("```json\n{,}\n```\n", "JSONDecodeError"),
        ("```sh\nclosure-fix --no-such-thing src\n```\n", "no option --no-such-thing"),
        ("```console measured\n$ python benchmarks/nothing.py\n```\n", "there is no benchmarks/nothing.py"),
        ("```cobol\nDISPLAY\n```\n", "nobody knows how to check"),
        ("```console\noutput\n```\n", "begins with a command"),
    ],
)
def test_what_is_wrong_is_noticed(text: str, reason: str, tmp_path: Path) -> None:
    if "toml" in text and sys.version_info < (3, 11):
        pytest.skip("Python 3.10 reads no TOML")
    with pytest.raises(pages.Wrong, match=reason):
        pages.rerun(text, tmp_path)


def test_what_is_right_passes(tmp_path: Path) -> None:
    text = (
        "```python\n"
        + EXAMPLE.format("  # CLO101 the last one")
        + "```\n```sh\nclosure-fix --diff src | git apply --index\n```\n"
    )
    assert pages.rerun(text, tmp_path) == text
