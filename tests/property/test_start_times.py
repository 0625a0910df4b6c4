from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.windows.openwork import LeafWork, StartTimes

M = 60_000
starts = st.one_of(st.integers(0, 300 * M), st.integers(0, 40 * 1_440 * M))


def filled(opened: list[int], ended: list[int]) -> tuple[StartTimes, LeafWork, list[int]]:
    leaf, times = LeafWork(("acme", "billing")), StartTimes()
    for start in [*opened, *ended]:
        leaf.add(1, start, 1)
    for start in ended:
        leaf.add(1, start, -1)
    for _, minute, count, rest_ms in leaf.drain():
        times.add(minute, count, rest_ms)
    return times, leaf, sorted(opened)


@given(st.lists(starts), st.lists(starts), st.integers(0, 41 * 1_440))
def test_counts_and_ranks_equal_a_sorted_list(opened: list[int], ended: list[int], minute: int) -> None:
    times, leaf, exact = filled(opened, ended)
    assert times.count == len(exact)
    assert times.before(minute) == sum(start < minute * M for start in exact)
    assert leaf.oldest_of(1) == min(exact, default=None)
    assert times.oldest_minute() == (exact[0] // M if exact else None)
    assert times.median_start() == (exact[(len(exact) - 1) // 2] // M if exact else None)
    assert [times.minute_of_rank(rank + 1) for rank in range(len(exact))] == [start // M for start in exact]


@given(st.lists(starts), st.lists(starts), st.integers(0, 41 * 1_440), st.integers(0, 120 * M))
def test_the_overlap_with_a_window_is_exact(opened: list[int], ended: list[int], since: int, length: int) -> None:
    times, _, exact = filled(opened, ended)
    now = since * M + length
    begun = [start for start in exact if start // M <= now // M]
    overlap, growing = times.overlap_ms(since, now)
    assert overlap == max(0, sum(now - max(start, since * M) for start in begun))
    assert growing == sum(start >= since * M for start in exact)


@given(st.lists(starts), st.lists(starts))
def test_rows_bring_it_all_back(opened: list[int], ended: list[int]) -> None:
    _, leaf, exact = filled(opened, ended)
    rows: dict[bytes, bytes | None] = {}
    leaf.write(rows)
    again = LeafWork(leaf.owner)
    for (_, minute), value in zip(sorted({(1, start // M) for start in opened + ended}), rows.values(), strict=True):
        if value is not None:
            again.read(1, minute, value)
    list(again.drain())
    assert again.of(1).count == len(exact)
    assert again.oldest_of(1) == min(exact, default=None)
