"""The FRT jump worked by hand: a queue that answers in three minutes for four weeks answers in ten after one night."""

from __future__ import annotations

from datetime import time

import pytest

from pipeline.config import Domain, JumpModel
from pipeline.engine import TimeMode
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.firstreplies import FirstReplies, FirstWaits, RecentWaits
from pipeline.judgement.jump import JudgedSegment, JumpRule
from pipeline.measures import Measure
from pipeline.tickets.calendar import Calendar
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.histogram import codes_of
from pipeline.windows.openwork import StartTimes
from tests.oracle import JumpOracle, Oracle
from tests.support.feed import EDGES_MS, Feed, Reader, apply
from tests.support.story import Story

M, H, D, WEEK = 60_000, 3_600_000, 86_400_000, 10_080
MONDAY_2AM = 1_767_578_400_000
"""2026-01-05 02:00 UTC."""
LEAF = ("billing", "chat", "normal")
ALWAYS = Calendar("always", CalendarModel())
OFFICE = Calendar("office", CalendarModel(hours={Weekday.MON: (Interval(since=time(9), until=time(18)),)}))


def history(feed: Feed, until_ms: int) -> None:
    """Four weeks of one reply every five minutes, each after three minutes."""
    for at in range(until_ms - 29 * D, until_ms, 5 * M):
        feed.lasted(LEAF, at, Measure.FIRST_REPLY, 3 * M)


@pytest.mark.mission("C1")
def test_a_jump_from_three_minutes_to_ten_fires_once_and_resolves() -> None:
    engine, reader, feed = SegmentsEngine(Domain(edges=EDGES_MS), 0, 1, TimeMode.EVENT), Reader(), Feed()
    now = MONDAY_2AM
    history(feed, now)
    apply(engine, reader, [feed.record(now, passed=now)])
    opened = [now + minute * M + third * 20_000 for minute in range(180) for third in range(3)]
    for minute in range(1, 241):
        # Until 02:30 answers take 3 minutes, then 10 for an hour and a half (none come for 7 minutes), then 3 again.
        at = now + minute * M
        length = 10 * M if 30 <= minute < 120 else 3 * M
        for start in [start for start in opened if at - M < start <= at]:
            feed.waits(LEAF, start)
        for start in [start for start in opened if start <= at - length]:
            opened_at = opened.pop(opened.index(start))
            feed.replied(LEAF, opened_at, at)
        apply(engine, reader, [feed.record(at, passed=at)])
    alerts = reader.decoded("alerts")
    assert len({alert["id"] for alert in alerts}) == 1
    first, last = alerts[0], alerts[-1]
    assert first["id"] == f"frt_jump:acme:queue=billing:{first['onset_at']}"
    assert first["state"] == "firing"
    assert first["raised_at"] == first["onset_at"] + 5 * M
    assert first["usual_ms"] == 3 * M
    assert first["now_ms"] >= 6 * M
    assert 30 * M < first["onset_at"] - now < 60 * M
    assert first["waiting"] > 0
    assert 0 < first["as_of"] - first["oldest_at"] <= 10 * M
    assert last["state"] == "resolved"
    assert [alert["state"] for alert in alerts].count("resolved") == 1
    assert last["resolved_at"] == last["as_of"]
    assert last["peak_ms"] < 11 * M
    assert first["summary"].startswith("billing: first replies take ")
    assert "3m is usual" in first["summary"]


def judged(calendar: Calendar = ALWAYS, **changes: object) -> JudgedSegment:
    jump = JumpModel(**({"window": H, "minimum_count": 2, "baseline_minimum": 2} | changes))
    return JudgedSegment(JumpRule(Domain(jump=jump)), StartTimes(), calendar)


def reply(segment: JudgedSegment, minute: int, length_ms: int) -> None:
    total, cls, edge = codes_of(Measure.FIRST_REPLY, length_ms, EDGES_MS)
    segment.add(minute, FirstWaits(1, length_ms), {total: length_ms, cls: 1, edge: 1})


def test_now_is_waiting_time_over_replies_with_a_prior_of_five() -> None:
    # Window [01:01, 02:01) at 02:00. Usual: cold, 15 min. Two replies of 6 and 12 min inside; one customer waits for 20 min.
    segment, minute = judged(cold_usual=15 * M), MONDAY_2AM // M
    reply(segment, minute - 10, 6 * M)
    reply(segment, minute - 20, 12 * M)
    segment.waits.add(minute - 20, 1, 0)
    verdict = segment.judge(MONDAY_2AM)
    assert verdict.usual_ms == 15 * M
    assert verdict.now_ms == (6 * M + 12 * M + 20 * M + 5 * 15 * M) // (2 + 5)
    assert (verdict.replies, verdict.waiting) == (2, 1)


def test_only_the_part_of_a_wait_inside_the_window_counts() -> None:
    # Answered ten minutes into the window after three hours: ten and a half minutes of it lie inside, within 1 % of three hours.
    segment, minute = judged(), MONDAY_2AM // M
    reply(segment, minute - 49, 3 * H)
    segment.waits.add(minute - 300, 1, 0)
    verdict = segment.judge(MONDAY_2AM)
    waited = verdict.now_ms * 6 - 5 * verdict.usual_ms
    assert abs(waited - (10 * M + 30_000) - 59 * M) <= 3 * H // 100 + 6


def test_the_usual_value_pools_the_same_hour_of_the_weeks_before() -> None:
    segment, minute = judged(baseline_minimum=2), MONDAY_2AM // M
    for week in (1, 2, 3, 4):
        reply(segment, minute - week * WEEK, week * M)
    reply(segment, minute - 5 * WEEK, 99 * M)
    reply(segment, minute - 3 * 60, 50 * M)
    assert segment.judge(MONDAY_2AM).usual_ms == (1 + 2 + 3 + 4) * M // 4


def test_few_replies_in_those_weeks_fall_back_to_seven_days_then_to_the_cold_value() -> None:
    segment, minute = judged(baseline_minimum=3, cold_usual=8 * M), MONDAY_2AM // M
    reply(segment, minute - WEEK, 60 * M)
    reply(segment, minute - 3 * 60, 4 * M)
    assert segment.judge(MONDAY_2AM).usual_ms == 8 * M
    reply(segment, minute - 5 * 60, 6 * M)
    reply(segment, minute - 6 * 60, 8 * M)
    assert segment.judge(MONDAY_2AM).usual_ms == (60 + 4 + 6 + 8) * M // 4


@pytest.mark.parametrize(("waiting", "holds"), [(1, False), (2, True)])
def test_too_few_tickets_are_not_judged(waiting: int, holds: bool) -> None:
    segment = judged(minimum_count=2, cold_usual=M, floor=M)
    segment.waits.add(MONDAY_2AM // M - 120, waiting, 0)
    verdict = segment.judge(MONDAY_2AM)
    assert verdict.holds is holds


def test_a_reply_from_a_fast_clock_counts_when_its_minute_comes() -> None:
    segment, minute = judged(), MONDAY_2AM // M
    reply(segment, minute + 3, M)
    assert segment.judge(MONDAY_2AM).replies == 0
    assert segment.wake_ms == (minute + 3) * M
    assert segment.judge((minute + 3) * M).replies == 1


def test_old_replies_are_forgotten_by_the_hour() -> None:
    replies = FirstReplies()
    replies.add(30, 1, 10)
    replies.add(60, 1, 20)
    replies.forget(90)
    assert replies.between(0, 200) == (1, 20)
    assert replies.next_at(0, 60) is None
    assert replies.next_at(0, 61) == 60
    recent = RecentWaits()
    recent.add(5, {codes_of(Measure.FIRST_REPLY, 600_000, EDGES_MS)[1]: 1})
    assert recent.outside_ms(0, 60) > 0
    assert recent.outside_ms(6, 60) == 0
    recent.forget(6)
    assert not recent


@pytest.mark.parametrize("while_closed", [False, True])
def test_nobody_is_paged_while_a_part_of_the_window_was_closed(while_closed: bool) -> None:
    # Ten customers write at 17:50 on Monday 5 January, and nobody answers. At 18:20 each has waited for half an hour:
    # (10 x 30 + 5 x 15) / 5 = 75 minutes, where 15 are usual. The office closes at 18:00 and opens a week later, at 9:00.
    segment = judged(OFFICE, while_closed=while_closed)
    closing, opening = MONDAY_2AM + 16 * H, MONDAY_2AM + 7 * D + 7 * H
    segment.waits.add((closing - 10 * M) // M, 10, 0)
    before, after = segment.judge(closing - M), segment.judge(closing + 20 * M)
    assert before.now_ms == (10 * 9 + 5 * 15) * M // 5
    assert before.holds
    assert after.now_ms == 75 * M
    assert after.holds is while_closed
    assert not after.clears
    assert segment.wake_ms == (closing + 20 * M if while_closed else opening)
    assert segment.judge(opening + 59 * M).holds is while_closed
    assert segment.judge(opening + 60 * M).holds


def test_the_oracle_rests_over_the_same_hours() -> None:
    hours = {"calendars": {"office": CalendarModel(hours={Weekday.MON: (Interval(since=time(9), until=time(18)),)})}}
    domain = Domain(default_calendar="office", **hours)
    closing = MONDAY_2AM + 16 * H
    stuck = [e for n in range(10) for e in Story(f"T{n}").created(closing - 10 * M, queue="billing").events]
    oracle = JumpOracle(Oracle(domain).run(stuck, closing + 8 * D), "acme", {"queue": "billing"})
    readings = {
        at: oracle.read(at) for at in (closing - M, closing, closing + M, closing + 7 * D - 8 * H, closing + 7 * D - 8 * H - M)
    }
    assert [reading.holds for reading in readings.values()] == [True, True, False, True, False]
    assert readings[closing + M].now_ms > 2 * readings[closing + M].usual_ms
