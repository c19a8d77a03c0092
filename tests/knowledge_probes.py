"""How is each callable of the standard library called when it is measured? One example for every line of the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flake8_closures.facts.knowledge import Effect
