"""Does code belong to a test? Objects of a test live only as long as it, and it may fail on purpose."""

from __future__ import annotations

import re

from flake8_closures.model import Scope, ScopeKind

FRAMEWORKS = ("pytest", "unittest", "nose")
"""Packages whose importers are tests, or helpers of tests."""
_FILE = re.compile(r"(?:^|[/\\])(?:tests?|testing)[/\\][^/\\]*$|(?:^|[/\\])(?:test_[^/\\]*|[^/\\]*_test|conftest)\.py$")


def is_named_so(path: str) -> bool:
    """Return whether the path of a file is that of a test, or of a file in a folder of tests.

    The folders above that one may have any name: a whole project can be checked out below `tests`.
    """
    return _FILE.search(path) is not None


def in_test(scope: Scope | None) -> bool:
    """Return whether a block stands in a test function."""
    while scope is not None and not (scope.kind is ScopeKind.FUNCTION and scope.name.startswith("test")):
        scope = scope.parent
    return scope is not None
