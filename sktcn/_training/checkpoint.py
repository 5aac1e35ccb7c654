"""Checkpoints: the identity of an unfinished fit, and the states of its trainings."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import warnings
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

PRIMITIVES = (bool, int, float, str, type(None), np.generic)


class Checkpoint:
    """A folder that holds the states of an unfinished fit, from which it resumes.

    One file identifies the fit, and each training has a file of its own: a fit with early stopping
    and ``refit=True`` has two trainings for each network. ``identity`` describes the fit, and must
    equal that of a fit in the folder. ``start`` holds initial values, as JSON; those of a fit in
    the folder replace the values given. Raise ValueError if the folder holds another fit or a
    damaged file, OSError if the folder can't be created or written to.
    """

    def __init__(
        self, folder: str | os.PathLike[str], identity: dict[str, str], start: dict[str, Any]
    ):
        self._folder = Path(folder)
        self._identity = identity | {"sktcn": __version__, "torch": torch.__version__}
        self._folder.mkdir(parents=True, exist_ok=True)
        saved = self._read()
        if saved is None:
            self.restart(start)
        else:
            self._check_identity(saved["fit"])
            self.start = saved["start"]
        self._n_trainings = 0

    @property
    def _fit_path(self) -> Path:
        return self._folder / "sktcn-fit.json"

    def _read(self) -> dict[str, Any] | None:
        try:
            saved = json.loads(self._fit_path.read_text(encoding="utf-8"))
            return {"fit": dict(saved["fit"]), "start": dict(saved["start"])}
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{str(self._fit_path)!r} is damaged ({error!r}): remove it to begin anew"
            ) from error

    def _check_identity(self, saved: dict[str, str]) -> None:
        differences = [
            f"{name} was {saved.get(name)} and is {self._identity.get(name)}"
            for name in self._identity | saved
            if saved.get(name) != self._identity.get(name)
        ]
        if differences:
            raise ValueError(
                f"checkpoint={str(self._folder)!r} holds another fit, which was not finished: "
                f"{'; '.join(differences)}. Resume that fit, remove it, or pass another folder"
            )

    def restart(self, start: dict[str, Any]) -> None:
        """Discard the states, and begin with other initial values."""
        self.clear()
        self.start = start
        self._n_trainings = 0
        content = json.dumps({"fit": self._identity, "start": start})
        write_atomic(content.encode(), self._fit_path)

    def clear(self) -> None:
        """Remove the files of the fit; the folder and other files stay."""
        self._fit_path.unlink(missing_ok=True)
        for path in self._folder.glob("sktcn-training-*.safetensors"):
            path.unlink(missing_ok=True)

    def next_training(self) -> TrainingFile:
        """Return the file of the next training."""
        self._n_trainings += 1
        return TrainingFile(self._folder / f"sktcn-training-{self._n_trainings}.safetensors")


class TrainingFile:
    """The file with the state of one training."""

    def __init__(self, path: Path):
        self._path = path

    def load(self) -> dict[str, Any] | None:
        """Read the state of the training; None if there is no file."""
        if not self._path.exists():
            return None
        try:
            state, arrays = unpack(read_checked(self._path))
            return Decoder(arrays).decode_named(state["progress"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"the checkpoint {str(self._path)!r} can't be read: {error}. Remove the file to "
                "train that network again"
            ) from error

    def check(self, state: dict[str, Any]) -> None:
        """Validate that a state can be saved."""
        try:
            Encoder().encode_named(state)
        except TypeError as error:
            raise TypeError(f"checkpoint must be None with these callbacks: {error}") from error

    def save(self, state: dict[str, Any]) -> None:
        """Save a state; on failure warn, and keep the file."""
        encoder = Encoder()
        try:
            raw = pack({"progress": encoder.encode_named(state)}, encoder.arrays)
            write_atomic(raw, self._path)
        except (OSError, TypeError, ValueError) as error:
            warnings.warn(
                f"the checkpoint {str(self._path)!r} could not be written: {error}. The fit goes "
                "on, the last checkpoint stays",
                RuntimeWarning,
                stacklevel=2,
            )


def stable_repr(value: Any) -> str:
    """Represent the value of a parameter by a text that is the same in every process.

    The text is the representation of a primitive, a container or a module, the full name of a class
    or function, with a checksum of the code of a Python function, or the type of any other object.

    Examples
    --------
    >>> import torch
    >>> stable_repr(0.1), stable_repr([torch.optim.Adam, torch.nn.ReLU()])
    ('0.1', '[torch.optim.adam.Adam, ReLU()]')
    >>> stable_repr(lambda x: x + 1) == stable_repr(lambda x: x + 2)
    False
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PRIMITIVES):
        return repr(value)
    if isinstance(value, dict):
        return repr({stable_repr(k): stable_repr(v) for k, v in value.items()})
    if isinstance(value, list | tuple | np.ndarray):
        return f"[{', '.join(stable_repr(item) for item in value)}]"
    if isinstance(value, functools.partial):
        return f"partial({stable_repr([value.func, value.args, value.keywords])})"
    if hasattr(value, "__qualname__"):
        names = (getattr(value, "__module__", None), value.__qualname__, _code_checksum(value))
        return ".".join(filter(None, names))
    if isinstance(value, torch.device):
        return repr(str(value))
    return repr(value) if isinstance(value, nn.Module) else type(value).__name__


def _code_checksum(value: Any) -> str | None:
    """Compute the checksum of a Python function's bytecode and of the primitives bound to it."""
    if not isinstance(value, FunctionType):
        return None
    bound = [*(cell.cell_contents for cell in value.__closure__ or ()), *(value.__defaults__ or ())]
    content = f"{_code_content(value.__code__)} {[x for x in bound if isinstance(x, PRIMITIVES)]}"
    return hashlib.sha256(content.encode()).hexdigest()[:8]


def _code_content(code: CodeType) -> list[Any]:
    constants = [
        _code_content(x) if isinstance(x, CodeType) else stable_repr(x) for x in code.co_consts
    ]
    return [code.co_code.hex(), code.co_names, constants]
