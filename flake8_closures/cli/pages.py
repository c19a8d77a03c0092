"""What does `--explain` print? The page of a code, and where the same page is with its examples."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.codes import FAILURE, UNUSED, page_of
from flake8_closures.report.paint import Paint, plain
from flake8_closures.rules import all_rules
from flake8_closures.settings import UsageError

NOT_ANALYSED = """not-analysed

This file could not be analysed.

It cannot be read, decoded or parsed as Python, or flake8-closures itself failed on it. The other files, and the other
plugins of flake8, are not affected. A message with `please report it` is a defect of flake8-closures.
"""
UNUSED_NOQA = """unused-noqa

A noqa comment names a code that is not found there.

What it silenced is gone, or it never was there; a comment that stays behind would silence the next bug. Remove the code
from the comment.

Only closure-fix reports it, and only with --unused-noqa. Comments without a code, and the codes of other plugins and of
rules that are off, are left alone.
"""
PAGES_OF_NO_RULE = {FAILURE: NOT_ANALYSED, UNUSED: UNUSED_NOQA}


def page(code: str, paint: Paint = plain) -> str:
    """Return the page of a code, in capitals or not. Raises UsageError if there is none."""
    code = code.upper()
    name, _, text = (PAGES_OF_NO_RULE.get(code) or _of_rule(code)).rstrip().partition("\n")
    text = "\n".join(_shown(text, paint))
    return f"{paint('error', code)} {paint('bold', name)}\n{text}\n\n{paint('note', page_of(code))}\n"


def _shown(text: str, paint: Paint) -> Iterator[str]:
    """Yield the lines of a page with its programs indented, instead of between the fences of Markdown."""
    is_program = False
    for line in text.split("\n"):
        if line.startswith("```"):
            is_program = not is_program
        else:
            yield paint("repair", f"    {line}".rstrip()) if is_program else line


def _of_rule(code: str) -> str:
    rule = all_rules().get(code)
    if rule is None:
        known = ", ".join((*PAGES_OF_NO_RULE, *all_rules()))
        raise UsageError(f"--explain: no rule has the code {code!r}; there are {known}")
    optional = "" if rule.default else f"Opt-in: reported with --extend-select {code} or --closures-extended.\n\n"
    return f"{rule.name}\n\n{rule.summary}\n\n{optional}{rule.explanation}"
