"""Unfinished fits in a folder: what a fit is of, and how far each of its networks is."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import torch
from torch import nn

from sktcn._io.atomic import write_atomic
from sktcn._io.checksummed import pack, read_checked, unpack
from sktcn._io.tagged_json import Decoder, Encoder
from sktcn._version import __version__

Progress = dict[str, Any]
PLAIN = (bool, int, float, str, type(None), np.generic)


class Checkpoint:
    """A folder that holds a fit which may be broken off and gone on with.

    There is one file that tells what the fit is of, and one for each training: a fit with early
    stopping and ``refit=True`` has two of them for each network.

    Parameters
    ----------
    folder : str or path-like
        The folder; it is made if there is none.
    fit : dict of str
        What the fit is of. Another fit than that in the folder is refused.
    start : dict
        What the fit, if it is new, begins with; values that JSON knows.

    Attributes
    ----------
    start : dict
        What the fit has begun with.

    Raises
    ------
    ValueError
        If there is another fit in the folder, or a damaged file.
    OSError
        If the folder can't be made, or not written to.
    """

    def __init__(self, folder: str | os.PathLike[str], fit: dict[str, str], start: dict[str, Any]):
        self._folder = Path(folder)
        self._fit = fit | {"sktcn": __version__, "torch": torch.__version__}
        self._folder.mkdir(parents=True, exist_ok=True)
        found = self._read()
        if found is None:
            self.restart(start)
        else:
            self._check(found["fit"])
            self.start = found["start"]
        self._n_trainings = 0

    @property
    def _head(self) -> Path:
        return self._folder / "sktcn-fit.json"

    def _read(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self._head.read_text(encoding="utf-8"))
            return {"fit": dict(found["fit"]), "start": dict(found["start"])}
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{str(self._head)!r} is damaged ({error!r}): remove it to begin anew"
            ) from error

    def _check(self, fit: dict[str, str]) -> None:
        differences = [
            f"{name} was {fit.get(name)} and is {self._fit.get(name)}"
            for name in self._fit | fit
            if fit.get(name) != self._fit.get(name)
        ]
        if differences:
            raise ValueError(
                f"checkpoint={str(self._folder)!r} holds another fit, which was not finished: "
                f"{'; '.join(differences)}. Go on with that one, remove it, or give another folder"
            )

    def restart(self, start: dict[str, Any]) -> None:
        """Begin anew, with other values."""
        self.clear()
        self.start = start
        self._n_trainings = 0
        write_atomic(json.dumps({"fit": self._fit, "start": start}).encode(), self._head)

    def clear(self) -> None:
        """Remove the fit; the folder stays, and what else is in it."""
        self._head.unlink(missing_ok=True)
        for path in self._folder.glob("sktcn-training-*.safetensors"):
            path.unlink(missing_ok=True)

    def next_training(self) -> TrainingFile:
        """Open the file of the next training."""
        self._n_trainings += 1
        return TrainingFile(self._folder / f"sktcn-training-{self._n_trainings}.safetensors")


class TrainingFile:
    """How far one training is.

    Parameters
    ----------
    path : Path
        Where that is kept.
    """

    def __init__(self, path: Path):
        self._path = path

    def load(self) -> Progress | None:
        """Read how far it is, if it was begun."""
        if not self._path.exists():
            return None
        try:
            state, arrays = unpack(read_checked(self._path))
            return Decoder(arrays).decode_named(state["progress"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"the checkpoint {str(self._path)!r} can't be read: {error}. Remove the file to "
                "train that network anew"
            ) from error

    def check(self, progress: Progress) -> None:
        """Raise if this can't be saved."""
        try:
            Encoder().encode_named(progress)
        except TypeError as error:
            raise TypeError(f"checkpoint must be None with these callbacks: {error}") from error

    def save(self, progress: Progress) -> None:
        """Save, or warn if that can't be: the file stays as it was, the training goes on."""
        encoder = Encoder()
        try:
            raw = pack({"progress": encoder.encode_named(progress)}, encoder.arrays)
            write_atomic(raw, self._path)
        except (OSError, TypeError, ValueError) as error:
            warnings.warn(
                f"the checkpoint {str(self._path)!r} could not be written: {error}. The fit goes "
                "on, the last checkpoint stays",
                RuntimeWarning,
                stacklevel=2,
            )


def describe(value: Any) -> str:
    """Name a parameter's value, so that the same one has the same name in another process.

    Parameters
    ----------
    value : object
        Any value of a parameter.

    Returns
    -------
    str
        Its text if it is plain or a module; a class's or function's full name, with a digest of
        what it does if it is written in Python; an object's kind.

    Examples
    --------
    >>> import torch
    >>> describe(0.1), describe([torch.optim.Adam, torch.nn.ReLU()])
    ('0.1', '[torch.optim.adam.Adam, ReLU()]')
    >>> describe(lambda x: x + 1) == describe(lambda x: x + 2)
    False
    """
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, dict):
        return repr({describe(k): describe(v) for k, v in value.items()})
    if isinstance(value, list | tuple | np.ndarray):
        return f"[{', '.join(describe(item) for item in value)}]"
    if isinstance(value, functools.partial):
        return f"partial({describe([value.func, value.args, value.keywords])})"
    if hasattr(value, "__qualname__"):
        names = (getattr(value, "__module__", None), value.__qualname__, _does(value))
        return ".".join(filter(None, names))
    if isinstance(value, torch.device):
        return repr(str(value))
    return repr(value) if isinstance(value, nn.Module) else type(value).__name__


def _does(value: Any) -> str | None:
    """Digest what a function written in Python does, and which values it has from outside."""
    if not isinstance(value, FunctionType):
        return None
    outside = [cell.cell_contents for cell in value.__closure__ or ()]
    known = [x for x in [*outside, *(value.__defaults__ or ())] if isinstance(x, PLAIN)]
    return hashlib.sha256(f"{_code(value.__code__)} {known}".encode()).hexdigest()[:8]


def _code(code: CodeType) -> list[Any]:
    constants = [_code(x) if isinstance(x, CodeType) else describe(x) for x in code.co_consts]
    return [code.co_code.hex(), code.co_names, constants]


def digest(arrays: Sequence[Any] | Iterator[Any]) -> str:
    """Tell arrays from all others by a short text.

    Parameters
    ----------
    arrays : iterable of array-like
        The arrays.

    Returns
    -------
    str
        First half of the SHA-256 of shapes, dtypes and values.

    Examples
    --------
    >>> digest([[1, 2, 3]]) == digest([[1, 2, 4]])
    False
    """
    found = hashlib.sha256()
    for each in arrays:
        array = np.ascontiguousarray(each)
        found.update(f"{array.shape} {array.dtype.str} ".encode())
        found.update(array.view(np.uint8).data)
    return found.hexdigest()[:32]
