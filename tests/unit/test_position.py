from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.partitions.position import Verdict, judge


@pytest.mark.parametrize(
    ("position", "first", "last", "follows", "verdict"),
    [
        (10, 10, 19, 10, Verdict.FRESH),
        (10, 10, 19, 0, Verdict.FRESH),  # the fetcher stood lower: what lies between is not readable
        (10, 13, 19, 10, Verdict.FRESH),  # markers, aborted records
        (10, 13, 19, 7, Verdict.FRESH),
        (10, 13, 19, 11, Verdict.HOLE),  # 10 was handed out and never came
        (10, 13, 19, 13, Verdict.HOLE),
        (10, 0, 9, 0, Verdict.REPLAYED),
        (10, 5, 10, 5, Verdict.PARTLY_REPLAYED),
        (0, 0, 0, 0, Verdict.FRESH),
    ],
)
def test_verdicts(position: int, first: int, last: int, follows: int, verdict: Verdict) -> None:
    assert judge(position, first, last, follows) is verdict


def test_what_was_fetched_before_the_seek_is_stale_and_a_hole_after_it_is_a_hole() -> None:
    assert judge(10, 20, 29, 20, seeks=0, awaited_seek=1) is Verdict.STALE
    assert judge(10, 20, 29, 20, seeks=1, awaited_seek=1) is Verdict.HOLE
    assert judge(10, 10, 19, 10, seeks=1, awaited_seek=1) is Verdict.FRESH


class Fetcher:
    """A log whose readable offsets have gaps, read in order, sent back on demand."""

    def __init__(self, readable: list[int]) -> None:
        self.readable = readable
        self.at = 0
        self.seeks = 0

    def drain(self, most: int) -> tuple[int, int, int, int] | None:
        ahead = [offset for offset in self.readable if offset >= self.at][:most]
        if not ahead:
            return None
        follows, self.at = self.at, ahead[-1] + 1
        return ahead[0], ahead[-1], follows, self.seeks


class Applier:
    """A partition without an engine."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.position = self.awaited = 0
        self.applied: list[int] = []

    def take(self, batch: tuple[int, int, int, int]) -> None:
        first, last, follows, seeks = batch
        match judge(self.position, first, last, follows, seeks=seeks, awaited_seek=self.awaited):
            case Verdict.FRESH | Verdict.PARTLY_REPLAYED:
                self.applied.extend(o for o in self.fetcher.readable if max(first, self.position) <= o <= last)
                self.position = last + 1
            case Verdict.HOLE:
                self.seek_back()

    def seek_back(self) -> None:
        self.fetcher.seeks += 1
        self.fetcher.at, self.awaited = self.position, self.fetcher.seeks


@given(
    st.sets(st.integers(0, 60), min_size=1),
    st.lists(st.tuples(st.integers(1, 7), st.sampled_from(["take", "take", "drop", "replay", "delay"]), st.integers(0, 60))),
)
def test_every_readable_record_is_applied_once_whatever_is_dropped_or_read_again(
    offsets: set[int], story: list[tuple[int, str, int]]
) -> None:
    fetcher = Fetcher(sorted(offsets))
    partition = Applier(fetcher)
    delayed: list[tuple[int, int, int, int]] = []
    for most, what, where in story:
        if what == "replay":  # a rebalance: on from some committed offset, below the position or above
            fetcher.at = where
        elif batch := fetcher.drain(most):
            if what == "take":
                partition.take(batch)
            elif what == "delay":
                delayed.append(batch)
    for batch in delayed:  # what was on its way when the fetcher was sent back
        partition.take(batch)
    partition.seek_back()  # the partition asks again for what it lost
    while batch := fetcher.drain(5):
        partition.take(batch)
    assert partition.applied == fetcher.readable
