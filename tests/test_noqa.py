"""Does a comment silence exactly what it silences in flake8? flake8 itself is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import LATE
from flake8.main.cli import main as flake8_main
from flake8.violation import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

import flake8_closures
from flake8_closures import source

pytestmark = pytest.mark.usefixtures("alone")

LINES = LATE.rstrip("\n")
COMMENTS = [
    *("# noqa", "#noqa", "#  noqa", "# NOQA", "# noqa:", "# noqa: ", "# noqa : E501", "# noqa E501", "x # noqa"),
    *(
        "# noqa: CLO101",
        "# noqa:CLO101",
        "# noqa:  CLO101",
        "# noqa: CLO1",
        "# noqa: CLO",
        "# noqa: C",
        "# noqa: clo101",
    ),
    *("# noqa: E501", "# noqa: E501,CLO101", "# noqa: E501, CLO101", "# noqa: E501 CLO101", "# noqa: E501;CLO101"),
    *("# noqa: CLO101 because", "# noqa: because CLO101", "# noqa: E501 # noqa: CLO101", "# noqa: CLO102,"),
    *("# flake8: noqa", "# type: ignore # noqa: CLO101", "# noqa:E501,\tCLO101", "# noqa: CLO1O1", "# noqa-file"),
]


def silent(text: str) -> bool:
    """Return whether flake8 says nothing of a text."""
    path = Path("asked.py")
    path.write_text(text, encoding="utf-8")
    return flake8_main(["--isolated", "--select=CLO", "--jobs=1", str(path)]) == 0


@pytest.mark.parametrize("comment", COMMENTS)
def test_a_comment_in_the_line(comment: str, capfd: pytest.CaptureFixture[str]) -> None:
    text = f"{LINES}  # {comment}\n" if comment.startswith("x") else f"{LINES}  {comment}\n"
    assert (flake8_closures.check(text) == []) is silent(text)


@pytest.mark.parametrize(
    "line",
    [
        *("# flake8: noqa", "# flake8:noqa", "#flake8: noqa", "  # flake8: noqa", "# flake8=noqa", "# FLAKE8: NOQA"),
        *(
            "# flake8: noqa: E501",
            "# flake8: noqa: CLO101",
            "# flake8: noqa because",
            "x = 1  # flake8: noqa",
            "# noqa",
        ),
    ],
)
def test_a_comment_for_the_file(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    text = f"{line}\n{LINES}\n"
    assert (flake8_closures.check(text) == []) is silent(text)


@pytest.mark.parametrize(
    "text",
    [
        'made = []\nfor n in range(3):\n    made.append((lambda: n, """\n    """))  # noqa: CLO101\n',
        'made = []\nfor n in range(3):\n    made.append((lambda: n, """\n    # noqa: CLO101\n    """))\n',
        "made = []\nfor n in range(3):\n    made.append(lambda: \\\n        n)  # noqa: CLO101\n",
        "made = []\nfor n in range(3):\n    made.append(lambda:  # noqa: CLO101\n        n)\n",
        "made = []\nfor n in range(3):\n    made.append(lambda:\n        n)  # noqa: CLO101\n",
        "made = []\nfor n in range(3):\n    made.append(\n        lambda: n\n    )  # noqa: CLO101\n",
    ],
)
def test_a_comment_of_several_lines(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert (flake8_closures.check(text) == []) is silent(text)


@settings(deadline=None)
@given(comment=st.text(alphabet=st.sampled_from("# noqa:E501,CLO1\t"), max_size=30))
def test_any_comment(comment: str) -> None:
    line = f"x = 1  # noqa{comment}\n"
    theirs = Violation("CLO101", "x.py", 1, 1, "", line).is_inline_ignored(False)
    assert source.read(line.encode(), "x.py").silenced(1, "CLO101") is theirs
