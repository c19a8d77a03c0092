"""The switches of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-carets",
        action="store_true",
        help="write the carets and the repaired texts of fixtures/ as the rules find them now",
    )
    parser.addoption(
        "--update-docs",
        action="store_true",
        help="write the output of the examples in the documentation as it is now",
    )


@pytest.fixture
def update_docs(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-docs"))


@pytest.fixture
def update_carets(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-carets"))
