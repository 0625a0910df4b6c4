from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.windows.histogram import index_of, quantiles, rank_of, representative

TEN_YEARS_MS = 10 * 366 * 86_400_000
durations = st.one_of(st.integers(0, 1_000), st.integers(0, TEN_YEARS_MS), st.integers(0, 39).map(lambda bits: (1 << bits) - 1))


@given(durations)
def test_the_representative_is_within_one_percent(value: int) -> None:
    assert 100 * abs(representative(index_of(value)) - value) <= value


@given(durations, durations)
def test_classes_keep_the_order(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert index_of(low) <= index_of(high)


@given(st.lists(durations, min_size=1, max_size=200), st.integers(1, 1_000_000))
def test_quantiles_are_within_one_percent_of_the_value_at_their_rank(values: list[int], share_ppm: int) -> None:
    rank = rank_of(share_ppm, len(values))
    exact = sorted(values)[rank - 1]
    (estimate,) = quantiles(Counter(map(index_of, values)), (rank,))
    assert 100 * abs(estimate - exact) <= exact


@given(st.lists(durations), st.lists(durations))
def test_histograms_add_and_subtract_exactly(some: list[int], more: list[int]) -> None:
    merged = Counter(map(index_of, some + more))
    merged.subtract(Counter(map(index_of, more)))
    assert +merged == Counter(map(index_of, some))
