"""With which flake8 does the plugin work? `nox` runs the tests that ask this, on every Python with old and new ones."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
@nox.parametrize("flake8", ["6.0.0", "7.0.0", "7.4.0", "newest"])
def flake8(session: nox.Session, flake8: str) -> None:
    """Run the doors of the plugin with one flake8."""
    session.install("-e", ".[test]")
    session.install("flake8" if flake8 == "newest" else f"flake8=={flake8}")
    asked = ("plugin", "config", "settings", "closure_fix", "bad_input", "noqa")
    session.run("pytest", "-n0", *(f"tests/test_{each}.py" for each in asked), *session.posargs)


@nox.session(python="3.13")
def robust(session: nox.Session) -> None:
    """Run the long searches for a program that does not come through, and the cluster."""
    session.install("-e", ".[test,dask]")
    session.run("pytest", "-m", "slow", "tests/test_robustness.py", *session.posargs)
    session.run("pytest", "-n0", "-m", "cluster", "tests/test_cluster.py")
