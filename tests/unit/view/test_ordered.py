"""The sorted list in pieces is a sorted list."""

from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.view import ordered
from pipeline.view.ordered import Ordered

ITEMS = st.tuples(st.integers(0, 40))
STEPS = st.lists(st.tuples(st.booleans(), ITEMS), max_size=120)


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "PIECE", 2)


@given(STEPS, st.none() | ITEMS)
def test_it_is_the_sorted_set(steps: list[tuple[bool, tuple[int]]], after: tuple[int] | None) -> None:
    mine: Ordered[tuple[int]] = Ordered()
    truth: set[tuple[int]] = set()
    for adds, item in steps:
        if adds:
            mine.add(item)
            truth.add(item)
        else:
            mine.discard(item)
            truth.discard(item)
        assert len(mine) == len(truth)
    whole = sorted(truth)
    assert list(mine.after(None)) == whole
    if after is not None:
        assert list(mine.after(after)) == whole[bisect_right(whole, after) :]
