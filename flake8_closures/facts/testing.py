"""Does code belong to a test? What that makes lives as long as the test, and may fail on purpose."""

from __future__ import annotations

import re

from flake8_closures.model import Scope, ScopeKind

FRAMEWORKS = ("pytest", "unittest", "nose")
"""The packages whose users are tests, or help them."""
_FILE = re.compile(r"(?:^|[/\\])(?:tests?|testing)[/\\][^/\\]*$|(?:^|[/\\])(?:test_[^/\\]*|[^/\\]*_test|conftest)\.py$")


def is_named_so(path: str) -> bool:
    """Return whether a file is named like one of tests, or stands in a folder of them.

    The folders above that one may be anything: a whole project can be checked out below `tests`.
    """
    return _FILE.search(path) is not None


def in_test(scope: Scope | None) -> bool:
    """Return whether a block stands in a test function."""
    while scope is not None and not (scope.kind is ScopeKind.FUNCTION and scope.name.startswith("test")):
        scope = scope.parent
    return scope is not None
