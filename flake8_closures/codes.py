"""Which codes belong to no rule, and where is the documentation page of a code?"""

from __future__ import annotations

FAMILY = "CLO"
"""How every code of ours begins."""
FAILURE = "CLO000"
"""A file that could not be analysed."""
UNUSED = "CLO001"
"""A noqa comment that silences nothing."""
OF_NO_RULE = (FAILURE, UNUSED)
"""The codes that report on the file or its comments, not on the program: there is nothing to repair or to silence."""
OPINIONS = "CLO9"
"""The family whose rules are all opt-in, so that this prefix alone names them."""

_PAGE = "https://flake8-closures.readthedocs.io/en/latest/rules/{}.html"


def page_of(code: str) -> str:
    """Return the address of a code's page on the documentation site; codes that belong to no rule have one too."""
    return _PAGE.format(code)
