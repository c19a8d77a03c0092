"""Do repaired lines that became too long look as black would leave them? Each text after a repair is black's own."""

import pytest

import flake8_closures
from flake8_closures.config import Config

LOOP = "for value in values:\n"

CALLS = {
    "what fits stays": (
        """
    register(lambda: value)
""",
        """
    register(lambda *, value=value: value)
""",
    ),
    "below the call": (
        """
    register(lambda: print("the value that it was", value), others, now=True)
""",
        """
    register(
        lambda *, value=value: print("the value that it was", value), others, now=True
    )
""",
    ),
    "each on its own": (
        """
    register(lambda: print("the value that was chosen last is", value), urgent=False)
""",
        """
    register(
        lambda *, value=value: print("the value that was chosen last is", value),
        urgent=False,
    )
""",
    ),
    "and the call inside": (
        """
    register(lambda: print("the value that was chosen last is", value, "not", other))
""",
        """
    register(
        lambda *, value=value: print(
            "the value that was chosen last is", value, "not", other
        )
    )
""",
    ),
    "a row below its call": (
        """
    register(
        "the value that was chosen", lambda: value.upper(), lambda: value.lower(), 1
    )
""",
        """
    register(
        "the value that was chosen",
        lambda *, value=value: value.upper(),
        lambda *, value=value: value.lower(),
        1,
    )
""",
    ),
    "a row of an inner call": (
        """
    register(
        other.callback(first, lambda text: value.send(text, "with some words"), 1, 0)
    )
""",
        """
    register(
        other.callback(
            first,
            lambda text, *, value=value: value.send(text, "with some words"),
            1,
            0,
        )
    )
""",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_a_call_is_laid_out(case: str) -> None:
    before, after = (LOOP + text[1:] for text in CALLS[case])
    assert flake8_closures.fix(before, config=Config(unsafe_fixes=True, extended=True)).text == after


def test_a_comment_stays_where_it_is() -> None:
    before = (
        LOOP
        + """\
    register(
        "the value that was chosen", lambda: value.upper(), lambda: value.lower(), 1
        # no more
    )
"""
    )
    after = before.replace("lambda:", "lambda *, value=value:")
    assert flake8_closures.fix(before, config=Config(unsafe_fixes=True, extended=True)).text == after
