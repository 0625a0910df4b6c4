from __future__ import annotations

import pytest

from pipeline.judgement.told import DAYS, Record, Score

M, H = 60_000, 3_600_000
NOON = 29_453_040
"""A minute."""


def score(record: Record, minute: int, waits: tuple[int, ...] = ()) -> Score:
    return record.score(minute * M, min(waits, default=None), lambda before: sum(wait < before for wait in waits))


@pytest.mark.mission("C10")
def test_a_wait_is_compared_with_what_held_when_it_began() -> None:
    record = Record()
    assert record.tell(NOON, 5 * M, 20 * M)
    assert record.tell(NOON + 10, 10 * M, 40 * M)
    assert record.ended(NOON + 30, 25 * M, 1)  # began at 12:05: told 5 and 20 min
    assert record.ended(NOON + 40, 25 * M, 1)  # began at 12:15: told 10 and 40 min
    assert record.ended(NOON + 41, 4 * M, 2)
    assert not record.ended(NOON + 5, 30 * M, 1)  # nobody was told anything then
    assert score(record, NOON + 60) == Score(judged=4, overdue=0, within_p50=2, within_p90=3)


def test_what_is_taken_back_leaves_no_trace() -> None:
    record = Record()
    record.tell(NOON, 5 * M, 20 * M)
    record.ended(NOON + 9, 3 * M, 1)
    record.ended(NOON + 9, 3 * M, -1)
    assert score(record, NOON + 10) == Score(0, 0, 0, 0)


@pytest.mark.mission("C10")
def test_who_waits_longer_than_told_counts_as_told_wrong() -> None:
    record = Record()
    record.tell(NOON, 5 * M, 20 * M)
    record.tell(NOON + 10, 10 * M, 60 * M)
    waits = (NOON - 5, NOON + 1, NOON + 9, NOON + 11, NOON + 12)  # the first came before anything was told
    assert score(record, NOON + 31, waits) == Score(judged=2, overdue=2, within_p50=0, within_p90=0)
    assert score(record, NOON + 90, waits).overdue == 4


def test_cannot_tell_ends_what_was_told() -> None:
    record = Record()
    record.tell(NOON, 5 * M, 20 * M)
    assert record.tell(NOON + 10, None, None)
    assert not record.tell(NOON + 20, None, None)
    assert not record.ended(NOON + 30, 15 * M, 1)
    assert score(record, NOON + 90, (NOON + 15,)).overdue == 0


def test_the_same_again_is_no_news_and_a_minute_has_one_telling() -> None:
    record = Record()
    assert record.tell(NOON, 5 * M, 20 * M)
    assert not record.tell(NOON + 1, 5 * M, 20 * M)
    assert record.tell(NOON, 6 * M, 20 * M)
    assert len(record.tellings) == 1


def test_old_days_and_old_tellings_are_forgotten() -> None:
    record = Record()
    for day in range(DAYS + 5):
        record.tell(NOON + 1_440 * day, 5 * M + day, 20 * M)
        record.ended(NOON + 1_440 * day + 10, 5 * M, 1)
    assert len(record.days) == DAYS
    assert score(record, NOON + 1_440 * (DAYS + 4)).judged == DAYS
    assert not record.ended(NOON, 0, 1)
    for change in range(500):
        record.tell(NOON + 100_000 + change, change, 20 * M)
    assert len(record.tellings) == 128
