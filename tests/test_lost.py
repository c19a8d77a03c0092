"""What shows that an outer variable was meant, and what speaks against it? Programs for each sign, in a text beside.

The first program of a sign shows it. The others differ from it by as little as possible: most lack one thing that the
sign takes. Every program says in its first line which evidence there is for its variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_closures.facts import Facts
from flake8_closures.source import read

TEXT = Path(__file__).with_name("lost_updates.txt").read_text(encoding="utf-8")


def programs() -> Iterator[tuple[str, str]]:
    """Yield each program with the name of its sign and its number there."""
    for section in f"\n{TEXT}".split("\n== ")[1:]:
        sign, texts = section.split("\n", 1)
        for number, text in enumerate(texts.strip().split("\n\n")):
            yield f"{sign}-{number}", text


@pytest.mark.parametrize("program", [pytest.param(text, id=name) for name, text in programs()])
def test_the_signs_of_a_lost_update(program: str) -> None:
    expected = program.split("\n", 1)[0].removeprefix("# ")
    facts = Facts(read(program.encode(), "program.py"))
    assert (", ".join(sorted(fact.evidence.name for fact in facts.lost)) or "nothing") == expected


def test_no_two_programs_are_the_same() -> None:
    texts = [text for _, text in programs()]
    assert len(texts) == len(set(texts)) > 250
