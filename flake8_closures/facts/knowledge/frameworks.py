"""frameworks?"""

from __future__ import annotations

from collections.abc import Mapping

CALLABLES: Mapping[str, Mapping[str, str]] = {}
CLASSES: Mapping[str, Mapping[str, str]] = {}
DECORATORS: Mapping[str, Mapping[str, str]] = {}
BASES: Mapping[str, str] = {}
ALIASES: Mapping[str, str] = {}
