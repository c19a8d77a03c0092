"""How is a value computed on first use and then kept? By `cached_property`.

Before Python 3.12, the one in functools takes a lock each time, which costs more than many facts do. There, a class
without a lock replaces it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

if sys.version_info >= (3, 12):
    from functools import cached_property as cached_property
else:
    T = TypeVar("T")

    class cached_property(Generic[T]):
        """Like that of Python 3.12: after the first use, an attribute of the instance takes the place of the method."""

        def __init__(self, method: Callable[[Any], T]) -> None:
            self.method, self.name, self.__doc__ = method, method.__name__, method.__doc__

        @overload
        def __get__(self, instance: None, owner: type) -> cached_property[T]: ...

        @overload
        def __get__(self, instance: object, owner: type) -> T: ...

        def __get__(self, instance: object | None, owner: type) -> cached_property[T] | T:
            if instance is None:
                return self
            value = self.method(instance)
            instance.__dict__[self.name] = value
            return value
