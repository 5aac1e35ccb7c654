"""Encoding of values as JSON: types that JSON lacks are tagged, arrays are kept apart."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

T = TypeVar("T")
RECORDS: dict[str, type] = {}  # registered dataclasses by their tags
NAMESPACES: dict[str, tuple[Any, type]] = {
    "torch.nn": (torch.nn, nn.Module),
    "torch.optim": (torch.optim, torch.optim.Optimizer),
}
NUMERIC_KINDS, MAX_ITEM_BYTES = "biuf", 8  # kinds of dtype; bytes of a number
MAX_TEXT_BYTES = 2**26  # bytes of all arrays of text, whose items all have the longest's size


def record(tag: str) -> Callable[[type[T]], type[T]]:
    """Register a dataclass for encoding under a tag, independent of the class's name."""

    def _register(kind: type[T]) -> type[T]:
        RECORDS[tag] = kind
        return kind

    return _register


class Encoder:
    """Encode values as JSON.

    A value whose type JSON lacks becomes an object with one key, the tag of its type. Arrays are
    collected in ``arrays``, by the names that stand for them in the JSON.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, NDArray[Any]] = {}
        self._encoders: dict[type, Callable[[Any, str], Any]] = {
            list: lambda value, name: list(self._items(value, name)),
            tuple: lambda value, name: {"tuple": list(self._items(value, name))},
            dict: self._dict,
            OrderedDict: self._dict,  # type of a state_dict
            float: lambda value, name: value if math.isfinite(value) else {"float": repr(value)},
            np.ndarray: self._array,
            torch.Tensor: lambda value, name: {"tensor": self._store(value.cpu().numpy(), name)},
            torch.device: lambda value, name: {"device": str(value)},
            np.random.RandomState: self._random_state,
        }

    def encode(self, value: Any, name: str) -> Any:
        """Encode a value; raise TypeError with its ``name`` for other types."""
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) in self._encoders:
            return self._encoders[type(value)](value, name)
        if isinstance(value, Path):
            return {"path": str(value)}
        if isinstance(value, IntEnum):
            return int(value)
        if isinstance(value, np.generic) and _storable(value.dtype, NUMERIC_KINDS + "U"):
            return {"scalar": [value.dtype.str, self.encode(value.item(), name)]}
        if isinstance(value, type):
            return {"class": _class_name(value, name)}
        if type(value) in RECORDS.values():
            attributes = {field.name: getattr(value, field.name) for field in fields(value)}
            tag = next(tag for tag, kind in RECORDS.items() if kind is type(value))
            return {tag: self.encode_named(attributes, f"{name}.")}
        raise TypeError(
            f"{name} can't be saved, it is {_summary(value)}: "
            "a file holds numbers, text, arrays and the like, and no code"
        )

    def encode_named(self, values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        """Encode each value of a dict, by its name."""
        return {name: self.encode(value, prefix + name) for name, value in values.items()}

    def _items(self, values: Any, name: str) -> Any:
        return (self.encode(value, f"{name}.{i}") for i, value in enumerate(values))

    def _dict(self, values: dict[Any, Any], name: str) -> Any:
        items = values.items()
        return {"dict": [[self.encode(k, name), self.encode(v, f"{name}.{k}")] for k, v in items]}

    def _array(self, array: NDArray[Any], name: str) -> Any:
        if _storable(array.dtype, NUMERIC_KINDS):
            return {"array": [array.dtype.str, self._store(array, name)]}
        texts = array.tolist()
        if array.dtype.kind == "U":
            return {"text": [array.dtype.str, texts]}
        if array.dtype.kind == "O" and array.ndim == 1 and all(isinstance(t, str) for t in texts):
            return {"text": ["O", [str(text) for text in texts]]}
        raise TypeError(
            f"{name} can't be saved, it is an array of {array.dtype}, {str(array)[:60]}: "
            "a file holds arrays of numbers, bools or str"
        )

    def _store(self, array: NDArray[Any], name: str) -> str:
        if name in self.arrays:
            name = f"{name}#{len(self.arrays)}"
        self.arrays[name] = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
        return name

    def _random_state(self, state: np.random.RandomState, name: str) -> Any:
        values = state.get_state(legacy=False)
        kind = values["bit_generator"]
        if kind != "MT19937":
            raise TypeError(f"{name} can't be saved: it is a RandomState of {kind}, not of MT19937")
        return {"random_state": self.encode(values, name)}


class Decoder:
    """Decode values from JSON and the arrays of the encoder."""

    def __init__(self, arrays: dict[str, NDArray[Any]]):
        self._arrays = dict(arrays)
        self._text_left = MAX_TEXT_BYTES
        self._decoders: dict[str, Callable[[Any], Any]] = {
            "tuple": lambda content: tuple(self.decode(content)),
            "dict": lambda content: {self.decode(k): self.decode(v) for k, v in content},
            "float": float,
            "array": lambda content: self._array(*content),
            "tensor": lambda content: torch.from_numpy(self._take(content).copy()),
            "text": self._text,
            "scalar": self._scalar,
            "device": torch.device,
            "path": Path,
            "class": _find_class,
            "random_state": self._random_state,
        }

    def decode(self, value: Any) -> Any:
        """Decode a value; any exception may be raised for JSON of no encoder."""
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        ((tag, content),) = value.items()
        if tag in RECORDS:
            return RECORDS[tag](**self.decode_named(content))
        if tag not in self._decoders:
            raise ValueError(f"there are values of an unknown kind in it, {tag!r}")
        return self._decoders[tag](content)

    def decode_named(self, values: dict[str, Any]) -> dict[str, Any]:
        """Decode each value of a dict."""
        return {name: self.decode(value) for name, value in values.items()}

    def _array(self, dtype: str, name: str) -> NDArray[Any]:
        return np.array(self._take(name), dtype=_dtype(dtype, NUMERIC_KINDS))

    def _take(self, name: str) -> NDArray[Any]:
        """Return an array once; copies would let a short file fill the memory."""
        return self._arrays.pop(name)

    def _text(self, content: Any) -> NDArray[Any]:
        name, texts = content
        dtype = _dtype(name, "UO")
        self._text_left -= dtype.itemsize * _count_items(texts)
        if not dtype.itemsize or self._text_left < 0:
            raise ValueError(
                f"there is text in it that would take more than {MAX_TEXT_BYTES} bytes"
            )
        return np.array(texts, dtype=dtype)

    def _scalar(self, content: Any) -> np.generic:
        dtype, value = content
        return _dtype(dtype, NUMERIC_KINDS + "U").type(self.decode(value))

    def _random_state(self, content: Any) -> np.random.RandomState:
        state = np.random.RandomState(0)
        state.set_state(self.decode(content))
        return state


def _storable(dtype: np.dtype[Any], kinds: str) -> bool:
    return dtype.kind in kinds and (dtype.kind == "U" or dtype.itemsize <= MAX_ITEM_BYTES)


def _count_items(texts: Any) -> int:
    return sum(map(_count_items, texts)) if isinstance(texts, list) else 1


def _dtype(name: str, kinds: str) -> np.dtype[Any]:
    dtype = np.dtype(name)
    if dtype.kind not in kinds:
        raise ValueError(f"there are values of an unknown dtype in it, {name!r}")
    return dtype


def _class_name(kind: type, name: str) -> str:
    for space, (namespace, base) in NAMESPACES.items():
        if issubclass(kind, base) and vars(namespace).get(kind.__name__) is kind:
            return f"{space}.{kind.__name__}"
    raise TypeError(
        f"{name} can't be saved, it is {_summary(kind)}: a file holds no code, "
        f"only the names of classes of {' and '.join(NAMESPACES)}"
    )


def _find_class(full_name: str) -> type:
    space, _, name = full_name.rpartition(".")
    namespace, base = NAMESPACES.get(space, (None, object))
    kind = vars(namespace).get(name) if namespace else None
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise ValueError(f"there is a class in it that is none of torch's, {full_name!r}")
    return kind


def _summary(value: Any) -> str:
    return f"{str(value)[:60]} of type {type(value).__name__}"
