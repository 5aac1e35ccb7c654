"""Constructors under the name of the class that the user calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any


@dataclass(frozen=True)
class ParameterChanges:
    """Parameters that a task omits from those of an architecture, and those it adds.

    Attributes
    ----------
    omitted : sequence of str
        Names of parameters; the architecture need not have all of them.
    added : dict of str to (str, object)
        Annotation and default of each parameter.
    after : sequence of str
        Parameters, one of which the architecture has, whose place the added ones take.
    """

    omitted: Sequence[str]
    added: dict[str, tuple[str, Any]]
    after: Sequence[str]

    def apply(self, signature: inspect.Signature) -> inspect.Signature:
        """Change a signature."""
        added = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in self.added.items()
        ]
        parameters: list[inspect.Parameter] = []
        for name, parameter in signature.parameters.items():
            if name in self.after:
                parameters, added = parameters + added, []
            if name not in self.omitted:
                parameters.append(parameter)
        return signature.replace(parameters=parameters)


def changed_constructor(
    name: str, constructor: Any, changes: ParameterChanges
) -> Callable[..., None]:
    """Build a constructor that assigns the parameters of another one, but for some changes.

    Each parameter is thus written once, with the architecture or with the task.

    Examples
    --------
    >>> from sktcn import TCNStepClassifier
    >>> TCNStepClassifier(delay=3)
    TCNStepClassifier(delay=3)
    >>> TCNStepClassifier(pooling="max")
    Traceback (most recent call last):
    TypeError: TCNStepClassifier.__init__() got an unexpected keyword argument 'pooling'
    """
    signature = changes.apply(inspect.signature(constructor))

    def __init__(self: Any, **parameters: Any) -> None:  # noqa: N807 - it becomes one
        try:
            bound = signature.bind(self, **parameters)
        except TypeError as error:
            raise TypeError(f"{name}.__init__() {error}") from None
        bound.apply_defaults()
        for parameter, value in list(bound.arguments.items())[1:]:
            setattr(self, parameter, value)

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    __init__.__qualname__ = f"{name}.__init__"
    return __init__


def named_constructor(name: str, constructor: Any) -> Callable[..., None]:
    """Copy a constructor, so that Python's messages name the class that the user calls.

    Examples
    --------
    >>> from sktcn import TCNClassifier
    >>> TCNClassifier(width=8)
    Traceback (most recent call last):
    TypeError: TCNClassifier.__init__() got an unexpected keyword argument 'width'
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
