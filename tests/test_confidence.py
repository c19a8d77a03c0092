"""How sure is a finding said to be? As what it rests on: the file alone, what is known of a callee, or a name."""

from __future__ import annotations

import pytest

import flake8_closures
from flake8_closures.config import Config
from flake8_closures.model import Confidence

LATE = "made = []\nfor number in range(3):\n    {}\n"
FLAG = """
def wait(subscribe):
    done = False
    def on_done():
        done = True
    subscribe(on_done)
    return done
"""
PAIR = """
host, port = "", 0
def connect(place):
    global host
    host, port = place.split(":")
    return port.isdigit()
def address():
    return host, port
"""
SLIVER = "import pandas as pd\ndef make(keep, path):\n    data = {}\n    {}\n"
GRID = "bytes(50_000_000)"
SHIPPED = "import pandas as pd\nimport ray\ntable = {}\n@ray.remote\ndef look_up(index):\n    return table[index]\n"
WRAPPER = "def logged(func):\n    def wrapper(*args):\n        return func(*args)\n    return wrapper\n"

PROGRAMS = {
    "called after the loop": ("CLO101", "[f() for f in [lambda: x for x in range(3)]]\n", Confidence.CERTAIN),
    "kept by a list": ("CLO101", LATE.format("made.append(lambda: number)"), Confidence.LIKELY),
    "kept by a callee that is named so": ("CLO101", LATE.format("add_listener(lambda: number)"), Confidence.POSSIBLE),
    "kept by a callee that is known": (
        "CLO101",
        "import atexit\n" + LATE.format("atexit.register(lambda: number)"),
        Confidence.CERTAIN,
    ),
    "the other one of a pair": ("CLO203", PAIR, Confidence.POSSIBLE),
    "a placeholder": ("CLO203", FLAG, Confidence.LIKELY),
    "a size that is proved": ("CLO301", SLIVER.format(GRID, "return lambda: len(data)"), Confidence.CERTAIN),
    "loaded data": ("CLO301", SLIVER.format("pd.read_csv(path)", "return lambda: len(data)"), Confidence.LIKELY),
    "a size, and a callee that is named so": (
        "CLO301",
        SLIVER.format(GRID, "keep.add_listener(lambda: len(data))"),
        Confidence.POSSIBLE,
    ),
    "a size, and a list that is known to keep it": (
        "CLO301",
        "KEPT = []\n" + SLIVER.format(GRID, "KEPT.append(lambda: len(data))"),
        Confidence.LIKELY,
    ),
    "sent data whose size is proved": ("CLO342", SHIPPED.format(GRID), Confidence.CERTAIN),
    "sent data that was loaded": ("CLO342", SHIPPED.format("pd.read_csv('a')"), Confidence.LIKELY),
    "a decorator in use": ("CLO902", WRAPPER + "@logged\ndef work(): pass\n", Confidence.CERTAIN),
    "a decorator for others": ("CLO902", WRAPPER, Confidence.LIKELY),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_finding_is_as_sure_as_its_evidence(name: str) -> None:
    code, text, confidence = PROGRAMS[name]
    found = flake8_closures.check(text, config=Config(extend_select=(code,)))
    assert [(finding.code, finding.confidence) for finding in found] == [(code, confidence)]
