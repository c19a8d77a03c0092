"""How long may one file take? A time limit for the work on it, where the system can interrupt.

It is in processor time, so that a file is not given up only because the computer is busy.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TypeVar

Result = TypeVar("Result")


class OutOfTime(BaseException):
    """The time is over. Not an `Exception`, so that nobody takes it for an ordinary failure."""


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what a function returns. Raises OutOfTime if that takes longer; 0 seconds are no limit.

    Only the main thread of a process can be interrupted, and only on systems with alarms: elsewhere there is no limit.
    """
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return work()
    before = signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _ring(number: int, frame: FrameType | None) -> NoReturn:
    raise OutOfTime
