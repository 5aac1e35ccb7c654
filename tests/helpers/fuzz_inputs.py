"""Series, targets, weights and parameters of every kind, for the fuzz machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

MOST_SERIES, MOST_CHANNELS, MAX_STEPS = 6, 3, 8
SEEDS = st.integers(0, 2**16)
LARGEST = np.finfo(np.float64).max

# Every fit must take these ...
ORDINARY = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "whole": lambda rng, shape: rng.integers(-3, 4, size=shape).astype(float),
    "zeros": lambda rng, shape: np.zeros(shape),
    "constant": lambda rng, shape: np.broadcast_to(rng.normal(size=(*shape[:2], 1)), shape).copy(),
    "offset": lambda rng, shape: 1e8 + rng.normal(size=shape),
    "subnormal": lambda rng, shape: rng.integers(0, 9, size=shape) * 5e-324,
    "tiny": lambda rng, shape: rng.normal(size=shape) * 1e-300,
}
# ... and none of these must do harm.
ODD = {
    "thousands": lambda rng, shape: rng.normal(size=shape) * 1e6,
    "large": lambda rng, shape: rng.normal(size=shape) * 1e30,
    "largest of float32": lambda rng, shape: rng.choice([-3.4e38, 0, 3.4e38], size=shape),
    "huge": lambda rng, shape: rng.normal(size=shape) * 1e300,
    "largest": lambda rng, shape: rng.choice([-LARGEST, 0, LARGEST], size=shape),
    "spike": lambda rng, shape: spotted(rng, shape, [1e20, -1e38, 1e300]),
    "NaN": lambda rng, shape: spotted(rng, shape, [np.nan]),
    "infinite": lambda rng, shape: spotted(rng, shape, [np.inf, -np.inf]),
    "all NaN": lambda rng, shape: np.full(shape, np.nan),
}
DTYPES = ["f8", "f8", "f8", ">f8", "f4", ">f4", "f2", "g", "i1", "u2", "i8", "u8", ">i4", "?", "O"]
ODD_DTYPES = ["c16", "U8", "S8", "M8[s]"]
REAL = "biuf"


def spotted(rng, shape, values):
    """Noise, and here and there one of some values."""
    x = rng.normal(size=shape)
    return np.where(rng.random(shape) < 0.2, rng.choice(values, size=shape), x)


LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "reversed": lambda x: x[::-1, ..., ::-1].copy()[::-1, ..., ::-1],
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
}
CONTAINERS = {
    "3D": lambda x, rng: x,
    "2D": lambda x, rng: x[:, 0] if x.shape[1] == 1 else x,
    "list": lambda x, rng: list(x),
    "tuple": lambda x, rng: tuple(x),
    "list of 1D": lambda x, rng: list(x[:, 0] if x.shape[1] == 1 else x),
    "lists": lambda x, rng: x.tolist(),
    "rows of numbers": lambda x, rng: (x[:, 0] if x.shape[1] == 1 else x).tolist(),
    "ragged": lambda x, rng: cut(x, rng),
    "ragged lists": lambda x, rng: [each.tolist() for each in cut(x, rng)],
    "array of arrays": lambda x, rng: as_objects(cut(x, rng)),
}


def cut(x, rng):
    """Cut each series somewhere, but not to nothing."""
    most = x.shape[2]
    return [each[:, : rng.integers(1, most + 1)] if most else each for each in x]


def as_objects(series):
    """Put arrays into an array of objects."""
    array = np.empty(len(series), dtype=object)
    for index, each in enumerate(series):
        array[index] = each
    return array


@dataclass(frozen=True)
class Series:
    """Series as a user might give them, and the same ones plainly.

    Attributes
    ----------
    given : object
        What is passed.
    plain : list of ndarray
        The same series as ``(n_channels, n_timepoints)`` in float64; None where there is no such.
    ordinary : bool
        Whether there is nothing that a call might refuse.
    exact : bool
        Whether it makes no difference at all to pass ``plain``.
    """

    given: Any
    plain: list | None
    ordinary: bool
    exact: bool

    @property
    def n_series(self):
        """Number of series."""
        return len(self.given)

    @property
    def n_channels(self):
        """Channels of the first one."""
        return self.plain[0].shape[0]

    @property
    def holds_objects(self):
        """True if the series are in an array of arrays."""
        return isinstance(self.given, np.ndarray) and self.given.dtype.hasobject

    @property
    def is_table(self):
        """True if each series is one row of a fixed length."""
        if isinstance(self.given, np.ndarray):
            return self.given.ndim == 2
        first = self.given[0]
        return isinstance(first, list) and not isinstance(first[0], list)


def make_series(seed, shape, values, dtype, layout, container):
    """Make series of a kind of each sort."""
    rng = np.random.default_rng(seed)
    n_series, n_channels, n_steps = shape
    x = (ORDINARY | ODD)[values](rng, (n_series, n_channels, n_steps))
    with np.errstate(all="ignore"):
        x = x.astype(dtype)
    x = LAYOUTS[layout](x)
    x.flags.writeable = False
    given = CONTAINERS[container](x, rng)
    if 0 in shape:
        return Series(given, None, ordinary=False, exact=False)
    real = x.dtype.kind in REAL or x.dtype.kind == "O"
    plain = [np.atleast_2d(np.asarray(s)).astype(np.float64) for s in given] if real else None
    holds_objects = x.dtype.kind == "O" and container not in ("3D", "2D", "lists", "ragged lists")
    fits = real and all((np.abs(each) < 1e9).all() for each in plain)  # not 1e8 as float16
    ordinary = fits and values in ORDINARY and not holds_objects
    return Series(given, plain, ordinary, exact=x.dtype != np.float32)


MOST = (MOST_SERIES, MOST_CHANNELS, MAX_STEPS)
SHAPES = st.tuples(*(st.integers(1, most) for most in MOST))
EMPTY = st.tuples(*(st.sampled_from([0, 1, most]) for most in MOST))


def series(shapes=SHAPES, odd=("nothing", "nothing", "values", "values", "shape", "dtype")):
    """Draw series, all of which is ordinary, or one thing not."""
    return st.sampled_from(odd).flatmap(
        lambda what: st.builds(
            make_series,
            seed=SEEDS,
            shape=EMPTY if what == "shape" else shapes,
            values=st.sampled_from(list(ODD if what == "values" else ORDINARY)),
            dtype=st.sampled_from(ODD_DTYPES if what == "dtype" else DTYPES),
            layout=st.sampled_from(list(LAYOUTS)),
            container=st.sampled_from(list(CONTAINERS)),
        )
    )


LABELS = {
    "numbers": lambda codes: codes,
    "list": lambda codes: codes.tolist(),
    "negative": lambda codes: 1 - codes,
    "apart": lambda codes: codes * 2**61,
    "bytes": lambda codes: codes.astype("u1"),
    "floats": lambda codes: codes.astype(np.float32),
    "text": lambda codes: np.array(["", "zoë", "猫 🐈", "\0", "a" * 50, " "])[codes],
    "objects": lambda codes: np.array(["b", "a", "ß", "c", "d", "e"], dtype=object)[codes],
    "bools": lambda codes: codes % 2 == 1,
    "big-endian": lambda codes: codes.astype(">i4"),
    "reversed": lambda codes: codes[::-1],
    "column": lambda codes: codes[:, None],
    "mixed": lambda codes: np.array([1, "a", 2.5, None, "b", True], dtype=object)[codes],
    "bytestrings": lambda codes: np.array([b"a", b"b", b"c", b"d", b"e", b"f"])[codes],
    "dates": lambda codes: codes.astype("M8[D]"),
    "NaN": lambda codes: np.where(codes, codes, np.nan),
    "missing": lambda codes: codes[1:],
}
ODD_LABELS = ("mixed", "bytestrings", "dates", "NaN", "missing", "bools", "column")
TARGETS = {
    "numbers": lambda rng, n: rng.normal(size=n),
    "list": lambda rng, n: rng.normal(size=n).tolist(),
    "whole": lambda rng, n: rng.integers(-9, 9, size=n),
    "bools": lambda rng, n: rng.random(n) < 0.5,
    "constant": lambda rng, n: np.full(n, 7.5),
    "two": lambda rng, n: rng.normal(size=(n, 2)),
    "column": lambda rng, n: rng.normal(size=(n, 1)),
    "float16": lambda rng, n: rng.normal(size=n).astype("f2"),
    "subnormal": lambda rng, n: rng.integers(0, 9, size=n) * 5e-324,
    "offset": lambda rng, n: 1e12 + rng.normal(size=n),
    "large": lambda rng, n: rng.normal(size=n) * 1e100,
    "largest": lambda rng, n: rng.choice([-LARGEST, LARGEST], size=n),
    "spike": lambda rng, n: spotted(rng, n, [1e50, 1e308]),
    "NaN": lambda rng, n: spotted(rng, n, [np.nan]),
    "text": lambda rng, n: ["high"] * n,
    "missing": lambda rng, n: rng.normal(size=max(0, n - 1)),
    "nothing": lambda rng, n: None,
}
ODD_TARGETS = ("large", "largest", "spike", "NaN", "text", "missing", "nothing")
WEIGHTS = {
    "none": lambda rng, n: None,
    "ones": lambda rng, n: np.ones(n),
    "whole": lambda rng, n: rng.integers(1, 5, size=n).tolist(),
    "some zero": lambda rng, n: rng.integers(0, 2, size=n),
    "bools": lambda rng, n: rng.random(n) < 0.7,
    "unlike": lambda rng, n: 10.0 ** rng.integers(-9, 9, size=n),
    "subnormal": lambda rng, n: rng.integers(1, 9, size=n) * 5e-324,
    "largest": lambda rng, n: np.full(n, LARGEST),
    "negative": lambda rng, n: rng.normal(size=n),
    "infinite": lambda rng, n: np.full(n, np.inf),
    "one": lambda rng, n: np.float32(2.0),
}
ODD_WEIGHTS = tuple(WEIGHTS)[3:]


@dataclass(frozen=True)
class Target:
    """Labels or targets, weights, and whether a fit might refuse them."""

    y: Any
    weight: Any
    ordinary: bool


def make_target(n_series, *, seed, labels, target, weights, n_classes, classify):
    """Make labels to ``classify``, or else targets."""
    rng = np.random.default_rng(seed)
    weight, ordinary = WEIGHTS[weights](rng, n_series), weights not in ODD_WEIGHTS
    if not classify:
        return Target(
            TARGETS[target](rng, n_series), weight, ordinary and target not in ODD_TARGETS
        )
    codes = rng.integers(0, n_classes, size=n_series)
    ordinary = ordinary and labels not in ODD_LABELS and len(np.unique(codes)) > 1
    return Target(LABELS[labels](codes), weight, ordinary)


def mostly(ordinary, odd):
    """Draw from what is ordinary, and now and then from what is not."""
    return st.sampled_from([*ordinary] * max(1, 2 * len(odd) // len(ordinary)) + [*odd])


TARGET = {
    "seed": SEEDS,
    "labels": mostly([name for name in LABELS if name not in ODD_LABELS], ODD_LABELS),
    "target": mostly([name for name in TARGETS if name not in ODD_TARGETS], ODD_TARGETS),
    "weights": mostly([name for name in WEIGHTS if name not in ODD_WEIGHTS], ODD_WEIGHTS),
    "n_classes": st.sampled_from([2, 2, 3, MOST_SERIES]),
}


def targets():
    """Draw what makes a target, once it is known for how many series; see `make_target`."""
    return st.fixed_dictionaries(TARGET)
