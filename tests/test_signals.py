"""Do real signals drop the receivers that we report, and call them after the repair?

The fixtures of CLO330 have stand-ins; here the libraries themselves are asked, those that are installed:
`pip install -e '.[test,frameworks]'`.
"""

from __future__ import annotations

import pytest
from libraries import need, run

import flake8_closures
from flake8_closures.config import Config

pytestmark = pytest.mark.frameworks

RECEIVER = """
result = []
def set_up():
    def receiver(*arguments, **keywords):
        result.append("called")
    {connect}
set_up()
{send}
"""
PUBSUB = RECEIVER.format(connect="pub.subscribe(receiver, 'paid')", send="pub.sendMessage('paid')")
SIGNALS = {
    # library: what makes the signal, how it is connected, how it is sent
    "django": (
        "from django.dispatch import Signal\nsignal = Signal()",
        "signal.connect(receiver)",
        "signal.send(None)",
    ),
    "blinker": ("from blinker import Signal\nsignal = Signal()", "signal.connect(receiver)", "signal.send(None)"),
    "celery": (
        "from celery.signals import task_success as signal",
        "signal.connect(receiver)",
        "signal.send(None, result=1)",
    ),
    "pydispatch": (
        "from pydispatch import dispatcher",
        "dispatcher.connect(receiver, signal='paid')",
        "dispatcher.send('paid')",
    ),
}
DECORATED = """
from django.dispatch import Signal, receiver
signal, result = Signal(), []
def set_up():
    @receiver(signal)
    def on_signal(sender, **keywords):
        result.append("called")
set_up()
signal.send(None)
"""
PROGRAMS = {
    name: f"{make}\n{RECEIVER.format(connect=connect, send=send)}" for name, (make, connect, send) in SIGNALS.items()
} | {"django by decorator": DECORATED}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_receiver_is_gone_until_it_is_held(name: str) -> None:
    text = PROGRAMS[name]
    assert [finding.code for finding in flake8_closures.check(text, "program.py")] == ["CLO330"]
    fixed = flake8_closures.fix(text, "program.py", Config(unsafe_fixes=True)).text
    assert fixed.count("weak=False") == 1
    need(name.partition(" ")[0])
    assert run(text) == []
    assert run(fixed) == ["called"]


def test_a_listener_that_cannot_be_held_is_reported_without_a_repair() -> None:
    text = f"from pubsub import pub\n{PUBSUB}"
    (finding,) = flake8_closures.check(text, "program.py")
    assert finding.code == "CLO330" and not finding.remedies
    need("pubsub")
    assert run(text) == []


@pytest.mark.parametrize("name", SIGNALS)
def test_what_is_told_is_left_alone(name: str) -> None:
    make, connect, send = SIGNALS[name]
    text = f"{make}\n{RECEIVER.format(connect=connect[:-1] + ', weak=True)', send=send)}"
    assert flake8_closures.check(text, "program.py") == []
    need(name)
    assert run(text) == []
