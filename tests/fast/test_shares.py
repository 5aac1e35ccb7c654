"""Division of series among threads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sktcn._fast.shares import PARTS, divide


@given(n=st.integers(1, 100), n_threads=st.integers(1, 9), most=st.none() | st.integers(0, 100))
def test_parts_follow_each_other_and_threads_have_as_many(n, n_threads, most):
    ends = divide(n, n_threads, most)
    assert [first for first, _ in ends] == [0, *(last for _, last in ends[:-1])]
    assert ends[-1][1] == n
    assert all(first < last for first, last in ends)
    assert len(ends) <= (PARTS * n_threads if n_threads > 1 else 1)
    assert most is None or len(ends) <= max(1, most)
    assert len(ends) < n_threads or len(ends) == n or len(ends) % n_threads == 0
