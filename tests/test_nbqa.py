"""Can notebooks be checked and repaired? With nbqa, which hands their cells to a command and takes them back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbqa", reason="nbqa is not installed (extra dev)")

CELLS = (
    ["%matplotlib inline\n", "fs = []\n", "for i in range(3):\n", "    fs.append(lambda: i)"],
    ["[f() for f in fs]"],
)


def notebook(*cells: list[str]) -> str:
    """Return a notebook with these cells, as Jupyter writes it."""
    told = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell} for cell in cells
    ]
    told.insert(0, {"cell_type": "markdown", "metadata": {}, "source": ["# Late"]})
    language = {"language_info": {"name": "python"}}
    return json.dumps({"cells": told, "metadata": language, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def nbqa(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "nbqa", *arguments, "it.ipynb"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("command", [("flake8", "--select=CLO"), ("flake8_closures", "-q")])
def test_findings_are_told_by_cell(alone: Path, command: tuple[str, ...]) -> None:
    Path("it.ipynb").write_text(notebook(*CELLS))
    status, told = nbqa(*command)
    assert status == 1 and told.startswith("it.ipynb:cell_1:4:23: CLO101 ")


def test_a_notebook_is_checked_and_repaired(alone: Path) -> None:
    Path("it.ipynb").write_text(notebook(*CELLS))
    assert nbqa("flake8_closures", "--apply", "-q") == (0, "")
    bound = [line.replace("lambda: i", "lambda *, i=i: i") for line in CELLS[0]]
    assert json.loads(Path("it.ipynb").read_text()) == json.loads(notebook(bound, CELLS[1]))
    assert nbqa("flake8_closures", "-q") == (0, "")
