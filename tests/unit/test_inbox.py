from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.partitions.batch import Batch
from agents.partitions.inbox import Inbox
from pipeline.engine import LogRecord


def batch(*offsets: int, follows: int | None = None, seeks: int = 0) -> Batch:
    records = [LogRecord("t", 0, offset, 0, b"", b"") for offset in offsets]
    return Batch("t", 0, records, follows=offsets[0] if follows is None else follows, seeks=seeks)


def inbox(*batches: Batch) -> Inbox:
    waiting = Inbox()
    for one in batches:
        waiting.put(one)
    return waiting


def offsets(run: object) -> list[int]:
    return [record.offset for record in run.records]  # type: ignore[attr-defined] # a run


def test_what_follows_on_itself_goes_together() -> None:
    waiting = inbox(batch(0, 1), batch(4, 5, follows=2), batch(6))
    run = waiting.take(0, 10, 0)
    assert (offsets(run), run.replayed, run.hole, len(waiting)) == ([0, 1, 4, 5, 6], 0, None, 0)


def test_no_batch_is_begun_once_there_is_enough() -> None:
    waiting = inbox(batch(0, 1), batch(2, 3), batch(4))
    assert offsets(waiting.take(0, 3, 0)) == [0, 1, 2, 3]
    assert offsets(waiting.take(4, 3, 0)) == [4]


def test_what_was_applied_is_left_out_and_counted() -> None:
    run = inbox(batch(0, 1), batch(1, 2), batch(2)).take(1, 10, 0)
    assert (offsets(run), run.replayed) == ([1, 2], 3)


def test_a_hole_waits_until_what_lies_before_it_is_applied() -> None:
    gap = batch(7, 8)
    waiting = inbox(batch(0, 1), gap)
    assert (offsets(waiting.take(0, 10, 0)), len(waiting)) == ([0, 1], 1)
    run = waiting.take(2, 10, 0)
    assert (offsets(run), run.hole, len(waiting)) == ([], gap, 0)


def test_what_was_fetched_before_the_seek_is_dropped() -> None:
    waiting = inbox(batch(7, 8), batch(0, 1, seeks=1), batch(2, seeks=1))
    assert offsets(waiting.take(0, 10, 1)) == [0, 1, 2]


@given(st.lists(st.integers(1, 5), max_size=12), st.integers(1, 9), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_each_record_is_taken_once_and_in_order(sizes: list[int], most: int, dropped: set[int], twice: set[int]) -> None:
    cuts = [0]
    for size in sizes:
        cuts.append(cuts[-1] + size)
    waiting, position, taken, seeks, at = Inbox(), 0, [], 0, 0
    story = [(number, number in dropped, number in twice) for number in range(len(sizes))]
    while position < cuts[-1]:
        for number, lost, again in story[at:]:
            for _ in range(1 + again):
                if not lost:
                    waiting.put(batch(*range(cuts[number], cuts[number + 1]), seeks=seeks))
        story = [(number, False, False) for number in range(len(sizes))]
        at = len(sizes)
        while len(waiting):
            run = waiting.take(position, most, seeks)
            taken += offsets(run)
            position = taken[-1] + 1 if taken else 0
            if run.hole is not None:
                waiting.clear()
        seeks, at = seeks + 1, next((number for number in range(len(sizes)) if cuts[number + 1] > position), len(sizes))
    assert taken == list(range(cuts[-1]))
