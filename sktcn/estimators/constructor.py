"""Constructors under the name of the class that the user calls."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any


def named_constructor(name: str, constructor: Any) -> Callable[..., None]:
    """Copy a constructor, so that Python's messages name the class that the user calls.

    Examples
    --------
    >>> from sktcn import TCNClassifier
    >>> TCNClassifier(n_filter=8)
    Traceback (most recent call last):
    TypeError: TCNClassifier.__init__() got an unexpected keyword argument 'n_filter'
    """
    copied = FunctionType(
        constructor.__code__,
        constructor.__globals__,
        constructor.__name__,
        constructor.__defaults__,
        constructor.__closure__,
    )
    copied.__kwdefaults__ = constructor.__kwdefaults__
    copied.__annotations__ = constructor.__annotations__
    copied.__doc__, copied.__module__ = constructor.__doc__, constructor.__module__
    copied.__qualname__ = f"{name}.__init__"
    return copied
