"""What does the page of a rule say? Its docstring, and what CPython and closure-fix answer to its fixtures now.

Nothing is kept: the programs are run, judged and repaired each time the site is built, so a page cannot say what is no
longer true. Rules come from the registry, examples from `fixtures/`; a new rule has its page without a line here.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness
import interpreters
from docutils import nodes
from harness import Fixture
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import flake8_closures
from flake8_closures import cli
from flake8_closures.cli.pages import PAGES_OF_NO_RULE
from flake8_closures.config import Config
from flake8_closures.model import Rule, Safety
from flake8_closures.remedies import best_remedy
from flake8_closures.rules import all_rules

HERE = Path(__file__).resolve().parent
FOLDER = re.compile(re.escape(tempfile.gettempdir()) + r"[\\/]tmp\w+")
"""A temporary folder: it has another name with every build."""
FAMILIES = {
    "CLO1": ("Late binding", "The closure reads its variable later than its author expected."),
    "CLO2": ("Names that are not bound", "The name belongs to another scope than its author expected."),
    "CLO3": (
        "Memory and lifetimes",
        "The closure keeps more alive than it needs, lives too long, or cannot go where it is sent.",
    ),
    "CLO9": ("Opinions", "Nothing fails. All of these are opt-in."),
}
"""What the families of codes are called. A family that is missing here is called by its prefix."""

PLAINEST = {
    "CLO101": "bad_append",
    "CLO102": "bad_assigned_in_the_body",
    "CLO201": "bad_augmented",
    "CLO203": "bad_flag",
}
"""The example that a page begins with, where it is not the shortest one that can be repaired."""


@dataclass(frozen=True)
class Program:
    """A fixture as a page shows it: without its docstring, its carets and what it announces of its demo."""

    name: str
    kind: str
    title: str
    remarks: tuple[str, ...]
    text: str
    repaired: str | None


def program(fixture: Fixture) -> Program:
    """Return what a page shows of a fixture."""
    page = ast.get_docstring(ast.parse(fixture.text)) or ""
    title, *remarks = [" ".join(part.split()) for part in page.split("\n\n")]
    repaired = _bare(fixture.fixed.read_text(encoding="utf-8")) if fixture.fixed.exists() else None
    text = _bare(harness.strip(fixture.text))
    return Program(fixture.path.stem, fixture.kind, title, tuple(remarks), text, repaired)


def _bare(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        is_announced = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith(("demo.", "(demo."))
        is_docstring = node.lineno <= 2 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_announced or is_docstring:
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines).strip("\n") + "\n"


def programs(code: str) -> list[Program]:
    """Return the programs of a code that this Python can run; the plainest of each kind first."""
    fixtures = [each for each in harness.fixtures() if each.folder == code and each.needs <= sys.version_info[:2]]
    return sorted(map(program, fixtures), key=lambda each: _plainness(code, each))


def _plainness(code: str, shown: Program) -> tuple[bool, bool, int, str]:
    return PLAINEST.get(code) != shown.name, shown.repaired is None, len(shown.text), shown.name


class Answers:
    """What CPython gives for the demos of some programs: one process runs them all."""

    def __init__(self, shown: Sequence[Program]) -> None:
        texts = [(each.name, each.text) for each in shown]
        texts += [(f"{each.name}.fixed", each.repaired) for each in shown if each.repaired is not None]
        self._answers = interpreters.demonstrate(sys.version_info[:2], texts)

    def of(self, name: str) -> str:
        """Return what a Python prompt shows after `demo()`."""
        answer = self._answers[name]
        if answer["raised"] is None:
            return f">>> demo()\n{answer['result']}"
        error = FOLDER.sub("...", answer["error"])
        return f">>> demo()\nTraceback (most recent call last):\n  ...\n{answer['raised']}: {error}".rstrip()


def closure_fix(*arguments: str, text: str = "") -> str:
    """Return what closure-fix prints, to both of its streams, for the arguments and a text on standard input."""
    stdin, stdout = io.TextIOWrapper(io.BytesIO(text.encode())), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before, sys.stdin = sys.stdin, stdin
    try:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(io.StringIO()):
            cli.main(arguments)
    finally:
        sys.stdin = before
    stdout.flush()
    return stdout.buffer.getvalue().decode()  # type: ignore[attr-defined]


def _asked(code: str, shown: Program, *arguments: str) -> str:
    wanted = () if code == harness.TUTORIAL else ("--extend-select", code)
    options = ("--isolated", "--unsafe-fixes", *wanted, "--stdin-filename", f"{shown.name}.py")
    return closure_fix(*options, *arguments, "-", text=shown.text).rstrip("\n")


def fenced(language: str, text: str) -> Iterator[str]:
    """Yield a block of code, and an empty line."""
    yield from (f"````{language}", text.rstrip("\n"), "````", "")


def details(title: str, body: Iterator[str]) -> Iterator[str]:
    """Yield a part that the reader can open."""
    yield from (f"<details><summary>{_html(title)}</summary>", "")
    yield from body
    yield from ("</details>", "")


def _html(text: str) -> str:
    """Return one line of Markdown as HTML, as far as fixtures use it: code between backquotes."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return text
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def wrong(code: str, shown: Program, answers: Answers) -> Iterator[str]:
    """Yield a program that goes wrong: what CPython gives, what closure-fix says, the repair, what it comes to."""
    yield from fenced("python", shown.text)
    yield from ("CPython gives:", "")
    yield from fenced("pycon", answers.of(shown.name))
    yield from (f"`closure-fix {shown.name}.py` says:", "")
    yield from fenced("text", _asked(code, shown))
    for remark in shown.remarks:
        yield from (remark, "")
    if shown.repaired is not None:
        yield from ("The repair:", "")
        yield from fenced("diff", _asked(code, shown, "--diff"))
        yield from ("CPython gives then:", "")
        yield from fenced("pycon", answers.of(f"{shown.name}.fixed"))


def right(shown: Program, answers: Answers) -> Iterator[str]:
    """Yield a program with what CPython gives; closure-fix says nothing."""
    for remark in shown.remarks:
        yield from (remark, "")
    yield from fenced("python", shown.text)
    yield from fenced("pycon", answers.of(shown.name))


def repairs(code: str) -> str:
    """Return in a word or two how safe the repairs of a code are, as its own examples show it."""
    config = Config(extend_select=(code,))
    found = {
        remedy.safety
        for fixture in harness.fixtures()
        if fixture.folder == code and fixture.kind == "bad" and fixture.needs <= sys.version_info[:2]
        for finding in flake8_closures.check(fixture.text, fixture.name, config)
        if finding.code == code and (remedy := best_remedy(finding, config))
    }
    return {
        (True, True): "safe, in some cases unsafe",
        (True, False): "safe",
        (False, True): "unsafe",
        (False, False): "by hand",
    }[Safety.SAFE in found, Safety.UNSAFE in found]


def page(rule: Rule) -> str:
    """Return the page of a rule as Markdown."""
    shown = programs(rule.code)
    of_kind = {kind: [each for each in shown if each.kind == kind] for kind in harness.KINDS}
    return "\n".join(_page(rule, of_kind, Answers(shown)))


def _page(rule: Rule, of_kind: dict[str, list[Program]], answers: Answers) -> Iterator[str]:
    code = rule.code
    yield from (f"# {code} {rule.name}", "", f"**{rule.summary}**", "")
    default = "on by default" if rule.default else f"opt-in: `--extend-select {code}`, or `--closures-extended` for all"
    yield from (f"Reported: {default}. Repair: {repairs(code)}.", "")
    yield from ("## What happens, and why", "", rule.explanation, "")

    for first in of_kind["bad"][:1]:
        yield from ("## A wrong program", "", first.title, "")
        yield from wrong(code, first, answers)
    if of_kind["bad"][1:]:
        yield from ("## More wrong programs", "", "Each of them was run when this page was built.", "")
    for each in of_kind["bad"][1:]:
        yield from details(each.title, wrong(code, each, answers))

    yield from ("## When it stays silent", "", "These programs are right, and nothing is reported:", "")
    for each in of_kind["good"]:
        yield from details(each.title, right(each, answers))

    yield from ("## Known limits", "")
    if not of_kind["missed"] and not of_kind["false_alarm"]:
        yield from ("None is recorded.", "")
    if of_kind["missed"]:
        yield from ("These programs are wrong, and nothing is reported:", "")
    for each in of_kind["missed"]:
        yield from details(each.title, right(each, answers))
    if of_kind["false_alarm"]:
        yield from ("These programs are right, and reported all the same:", "")
    for each in of_kind["false_alarm"]:
        yield from details(each.title, wrong(code, each, answers))

    yield from _silence(code)


def _silence(code: str) -> Iterator[str]:
    yield from ("## How to silence it", "", "One line, with the reason beside it:", "")
    yield from fenced("python", f"handler = lambda: name  # noqa: {code}  the last one is meant")
    yield from ("A file, or the whole project:", "")
    yield from fenced("ini", f"[flake8]\nper-file-ignores =\n    legacy/*.py: {code}\nextend-ignore = {code}")
    yield from ("More in [Configuration](../configuration.md).", "")


def page_of_no_rule(code: str) -> str:
    """Return the page of a code that no rule reports."""
    name, _, text = PAGES_OF_NO_RULE[code].partition("\n")
    return f"# {code} {name}\n{text}"


def index() -> str:
    """Return the list of all rules as Markdown."""
    return "\n".join(_index())


def _index() -> Iterator[str]:
    yield from ("# Rules", "", "Every code has a page, made from the rule and from its examples, which run.", "")
    rules = all_rules()
    for family in dict.fromkeys(code[:4] for code in rules):
        title, sentence = FAMILIES.get(family, (family, ""))
        yield from (f"## {title}", "", sentence, "", "| code | | reported | repair |", "|---|---|---|---|")
        for code, rule in rules.items():
            if code.startswith(family):
                default = "by default" if rule.default else "opt-in"
                yield f"| [{code}]({code}.md) | {rule.summary} | {default} | {repairs(code)} |"
        yield ""
    yield from ("## Codes of no rule", "", "| code | |", "|---|---|")
    for code, text in PAGES_OF_NO_RULE.items():
        yield f"| [{code}]({code}.md) | {text.splitlines()[2]} |"
    yield from ("", "```{toctree}", ":hidden:", "", *rules, *PAGES_OF_NO_RULE, "```", "")


def pages() -> dict[str, str]:
    """Return every generated page by the name of its file, without the suffix."""
    of_no_rule = {code: page_of_no_rule(code) for code in PAGES_OF_NO_RULE}
    return {"index": index(), **of_no_rule, **{code: page(rule) for code, rule in all_rules().items()}}


def write(app: Sphinx) -> None:
    """Write the generated pages into `rules/`; what has not changed is not touched, what is gone goes."""
    folder = HERE / "rules"
    folder.mkdir(exist_ok=True)
    texts = {folder / f"{name}.md": text for name, text in pages().items()}
    for path in set(folder.iterdir()) - set(texts):
        path.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


class FixtureDirective(SphinxDirective):
    """Show one fixture in a page: `{fixture} tutorial/good_counter`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = harness.FIXTURES / f"{self.arguments[0]}.py"
        self.env.note_reread()
        shown = program(Fixture(path))
        lines = [shown.title, ""]
        if shown.kind == "bad":
            lines += wrong(path.parent.name, shown, Answers([shown]))
        else:
            lines += right(shown, Answers([shown]))
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", write)
    app.add_directive("fixture", FixtureDirective)
    return {"parallel_read_safe": True}
