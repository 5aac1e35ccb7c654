"""Containers of series, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._data.panel import as_panel, is_table

lengths_of_series = st.lists(st.integers(1, 6), min_size=1, max_size=6)


def noise(*shape, seed=2):
    return np.random.default_rng(seed).normal(size=shape)


def ragged(lengths, n_channels=2):
    return [noise(n_channels, length, seed=i) for i, length in enumerate(lengths)]


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def assert_holds(panel, series):
    """Compare with series of shape ``(n_channels, n_timepoints)``."""
    assert len(panel) == len(series)
    for i, expected in enumerate(series):
        np.testing.assert_array_equal(panel.series(i), expected.T)


@pytest.mark.parametrize(
    "layout", [np.asarray, np.asfortranarray, read_only, lambda X: X[::-1][::-1]]
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8, np.bool_])
@pytest.mark.parametrize("shape", [(4, 5), (4, 3, 5), (4, 1, 5), (1, 1)])
def test_arrays(layout, dtype, shape):
    X = (10 * np.abs(noise(*shape))).astype(dtype)
    panel = as_panel(layout(X))
    assert panel.values.dtype == (np.float32 if dtype == np.float32 else np.float64)
    assert panel.lengths.tolist() == [shape[-1]] * shape[0]
    assert_holds(panel, X if X.ndim == 3 else X[:, None])


@given(lengths=lengths_of_series, n_channels=st.integers(1, 3))
@settings(deadline=None, max_examples=50)
def test_lists(lengths, n_channels):
    series = ragged(lengths, n_channels)
    panel = as_panel(series)
    assert panel.lengths.tolist() == lengths
    assert panel.n_channels == n_channels
    assert panel.values.shape == (sum(lengths), n_channels)
    assert_holds(panel, series)


@pytest.mark.parametrize("container", [list, tuple])
def test_a_list_of_vectors_is_univariate(container):
    panel = as_panel(container([np.arange(3), [1.5, 2.5], np.ones((1, 4), dtype=np.float32)]))
    assert panel.values.dtype == np.float64
    assert_holds(panel, [np.arange(3)[None], np.array([[1.5, 2.5]]), np.ones((1, 4))])


def test_a_list_of_float32_stays_so():
    assert as_panel([np.ones(3, np.float32), np.ones(2, np.float32)]).values.dtype == np.float32


def test_the_same_series_in_any_container():
    X = noise(4, 3, 5)
    steps_first = np.ascontiguousarray(X.transpose(0, 2, 1)).transpose(0, 2, 1)
    containers = (X, list(X), [np.asfortranarray(x) for x in X], tuple(X), steps_first, X[..., :])
    panels = [as_panel(c) for c in (*containers, np.asfortranarray(X))]
    for panel in panels:
        assert panel.values.flags.c_contiguous  # sums depend on the layout
        np.testing.assert_array_equal(panel.values, panels[0].values)
        np.testing.assert_array_equal(panel.lengths, panels[0].lengths)


@given(lengths=lengths_of_series, data=st.data())
@settings(deadline=None, max_examples=50)
def test_take(lengths, data):
    series = ragged(lengths)
    some = data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=8))
    taken = as_panel(series).take(np.array(some, dtype=np.int64))
    assert taken.n_channels == 2
    assert_holds(taken, [series[i] for i in some])


def test_an_array_of_series_is_a_list_of_them():
    X = np.empty(3, dtype=object)
    X[:] = [np.ones(3), np.ones(4), [5, 6]]
    assert not is_table(X)
    assert_holds(as_panel(X), [np.ones((1, 3)), np.ones((1, 4)), np.array([[5, 6]])])


def test_a_frame_with_series_in_its_cells_is_for_the_adapter():
    X = pd.DataFrame({"channel": [pd.Series([1.0, 2.0]), pd.Series([1.0])]})
    with pytest.raises(TypeError, match=r"series in its cells.*sktime_adapter"):
        is_table(X)


def test_the_input_stays_as_it_was():
    X = [noise(2, 3), noise(2, 5, seed=3)]
    before = [x.copy() for x in X]
    as_panel(X)
    assert all(map(np.array_equal, X, before))


REFUSED = {
    "0-D": (np.array(1.0), (TypeError, ValueError), "(?i)dimension|array"),
    "1-D": (np.ones(3), ValueError, r"2D array.*3D array.*\(3,\)"),
    "4-D": (np.ones((2, 2, 2, 2)), ValueError, r"2D array.*3D array.*\(2, 2, 2, 2\)"),
    "no series": (np.ones((0, 3)), ValueError, "(?i)0 sample|empty"),
    "no channels": (np.ones((2, 0, 3)), ValueError, r"empty.*\(2, 0, 3\)"),
    "no steps": (np.ones((2, 3, 0)), ValueError, r"empty.*\(2, 3, 0\)"),
    "empty list": ([], ValueError, "at least one series"),
    "text": (np.array([["a", "b"]]), ValueError, "(?i)convert|numeric|string"),
    "complex": (np.ones((2, 3)) * 1j, ValueError, "(?i)complex"),
    "text in a list": ([np.ones(3), np.array(["a"])], TypeError, "series 1.*real numbers"),
    "lists of lists of text": ([[["a", "b"]], [["c", "d"]]], TypeError, "series 0.*real numbers"),
    "lists of unequal lists": (
        [[["a"], ["b", "c"]]],
        ValueError,
        "series 0.*each channel.*'b', 'c'",
    ),
    "complex in a list": ([np.ones(3) * 1j], TypeError, "series 0.*real numbers.*complex"),
    "None in a list": ([np.ones(3), None], TypeError, "series 1"),
    "number in a list": ([np.ones(3), 5.0], ValueError, "series 1.*n_timepoints"),
    "3-D in a list": ([np.ones((1, 2, 3))], ValueError, r"series 0.*\(1, 2, 3\)"),
    "empty series": ([np.ones(3), np.ones(0)], ValueError, "series 1 must not be empty"),
    "frame in a list": ([pd.DataFrame(np.ones((3, 2)))], TypeError, r"series 0.*DataFrame.*\.T"),
    "channels differ": (
        [np.ones((2, 3)), np.ones((3, 3))],
        ValueError,
        "same number of channels.*2 in series 0.*3 in series 1$",
    ),
    "axes the wrong way round": (
        [np.ones((20, 3)), np.ones((26, 3))],
        ValueError,
        r"20 in series 0.*26 in series 1; where series are .*, pass .*\[x.T for x in X\] of a list",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    X, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        as_panel(X)


def test_what_is_a_table():
    tables = [np.ones((2, 3)), [[1.0, 2.0], [3.0, 4.0]], ((1, 2), (3, 4))]
    others = [np.ones((2, 1, 3)), [np.ones(3), np.ones(4)], [[1.0], [1.0, 2.0]], [np.ones((2, 3))]]
    others.append([[[1.0, 2.0]], [[3.0, 4.0]]])
    assert all(map(is_table, tables))
    assert not any(map(is_table, others))
