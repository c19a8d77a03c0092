"""How far has a long run come? A bar on standard error shows it, if that is a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

PATIENCE, RATE = 1.0, 0.1
"""Seconds until a bar appears, and between two pictures of it."""
WIPE = "\r\x1b[K"


class Progress:
    """The bar of one run over `total` files. It draws only on a terminal, and only if it `is_wanted`."""

    def __init__(
        self, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic, *, is_wanted: bool = True
    ) -> None:
        self.total, self.stream, self.clock = total, stream, clock
        self.done = 0
        self.is_drawn = False
        self.next = clock() + PATIENCE if is_wanted and stream.isatty() else float("inf")

    def step(self) -> None:
        """One more file is done."""
        self.done += 1
        if self.clock() >= self.next:
            from shutil import get_terminal_size

            self.next = self.clock() + RATE
            self.is_drawn = True
            self.stream.write(WIPE + self._picture(get_terminal_size().columns - 1))
            self.stream.flush()

    def wipe(self) -> None:
        """Make room for something else."""
        if self.is_drawn:
            self.is_drawn = False
            self.stream.write(WIPE)
            self.stream.flush()

    def _picture(self, columns: int) -> str:
        numbers = f" {self.done}/{self.total} files"
        width = max(0, min(40, columns - len(numbers) - 2))
        full = width * self.done // max(1, self.total)
        return f"[{'#' * full}{'.' * (width - full)}]{numbers}"[:columns]
