"""The expected wait through the whole engine: what is told, how it turns out, and that a restart changes nothing."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from pipeline.alertrules import LagModel
from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.expectedwait import rounded_up
from pipeline.measures import Measure
from pipeline.standards import ExpectedWaitModel
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

S, M, H, D = 1_000, 60_000, 3_600_000, 86_400_000
NOON = 1_767_225_600_000 + 12 * H
CHAT = ("billing", "chat", "normal")
KEY = b"acme|queue=billing,channel=chat"
DOMAIN = Domain(
    edges=EDGES_MS,
    windows={"1h": H},
    segments=(("queue",), ("queue", "channel")),
    expected_wait=ExpectedWaitModel(segments=(("channel", "queue"),), minimum=10),
)


def live(domain: Domain = DOMAIN) -> tuple[SegmentsEngine, Reader, Feed]:
    return SegmentsEngine(domain, 0, 1, TimeMode.LIVE), Reader(), Feed()


def told(engine: SegmentsEngine, reader: Reader, feed: Feed, at_ms: int) -> dict[str, Any]:
    feed.counted(CHAT, at_ms, Measure.CREATED)
    apply(engine, reader, [feed.record(at_ms)])
    tick(engine, reader, at_ms)
    wait: dict[str, Any] = reader.latest(KEY)["expected_wait"]
    return wait


def answered(feed: Feed, count: int, since: int, wait: int, every: int = M) -> None:
    for number in range(count):
        at = since + number * every
        feed.waits(CHAT, at - wait)
        feed.replied(CHAT, at - wait, at)


@pytest.mark.mission("C10")
def test_a_customer_is_told_what_the_last_ones_waited() -> None:
    engine, reader, feed = live()
    answered(feed, 10, NOON - 20 * M, 3 * M + 10 * S)
    answered(feed, 10, NOON - 20 * M, 11 * M)
    wait = told(engine, reader, feed, NOON)
    assert (wait["p50_ms"], wait["p90_ms"]) == (4 * M, 15 * M)
    assert (wait["replies"], wait["waiting"], wait["judged"]) == (20, 0, 0)
    assert wait["words"] == "about 4m; nine in ten wait no longer than 15m"
    assert reader.latest(b"acme|queue=billing")["expected_wait"] is None


@pytest.mark.mission("C10")
def test_nothing_is_told_from_events_that_lag_behind() -> None:
    engine, reader, feed = live(DOMAIN.model_copy(update={"lag": LagModel(limit=M)}))
    answered(feed, 20, NOON - 20 * M, 3 * M)
    assert told(engine, reader, feed, NOON)["p90_ms"] is not None
    feed.counted(CHAT, NOON, Measure.CREATED)
    apply(engine, reader, [feed.record(0)])
    tick(engine, reader, NOON + 3 * M)
    wait = reader.latest(KEY)["expected_wait"]
    assert (wait["p50_ms"], wait["p90_ms"], wait["replies"]) == (None, None, 20)
    assert wait["words"] == "cannot tell: the events of tickets lag behind"
    apply(engine, reader, [feed.record(0, passed=NOON + 3 * M + S)])
    wait = told(engine, reader, feed, NOON + 3 * M + S)
    assert wait["words"] == "about 3m; nine in ten wait no longer than 3m", "at once, not with the next minute"


@pytest.mark.mission("C10")
def test_too_few_replies_cannot_tell() -> None:
    engine, reader, feed = live()
    answered(feed, 9, NOON - 20 * M, 3 * M)
    wait = told(engine, reader, feed, NOON)
    assert (wait["p50_ms"], wait["p90_ms"]) == (None, None)
    assert wait["words"] == "cannot tell: 9 first replies in the last 7d, 10 are needed"


@pytest.mark.mission("C10")
def test_when_nobody_is_answered_any_more_the_wait_grows_without_a_reply() -> None:
    engine, reader, feed = live()
    answered(feed, 20, NOON - 30 * M, 5 * M)
    before = told(engine, reader, feed, NOON)
    for number in range(40):
        feed.waits(CHAT, NOON + number * 30 * S)
    after = told(engine, reader, feed, NOON + 25 * M)
    assert before["p50_ms"] == 6 * M
    assert after["p50_ms"] is None
    assert after["words"] == "cannot tell: too many customers wait for longer than anybody who was answered"


@pytest.mark.mission("C10")
def test_at_night_a_customer_is_told_the_night_too() -> None:
    office = CalendarModel(hours=dict.fromkeys(Weekday, (Interval(since=time(9), until=time(17)),)))
    domain = DOMAIN.model_copy(update={"calendars": {"office": office}, "default_calendar": "office"})
    engine, reader, feed = live(domain)
    for number in range(12):
        at = NOON + number * M
        feed.lasted(CHAT, at, Measure.FIRST_REPLY, 32 * M)
        feed.lasted(CHAT, at, Measure.FIRST_REPLY_BUSINESS, 32 * M)
    assert told(engine, reader, feed, NOON + H)["p50_ms"] == 35 * M
    night = told(engine, reader, feed, NOON + 10 * H)  # 22:00: eleven hours to opening, and half an hour
    assert night["p50_ms"] == 12 * H


@pytest.mark.mission("C10")
def test_the_error_is_measured() -> None:
    engine, reader, feed = live()
    answered(feed, 20, NOON - 30 * M, 5 * M)
    told(engine, reader, feed, NOON)  # about 6 min, nine in ten 6 min
    answered(feed, 3, NOON + 10 * M, 5 * M)
    answered(feed, 1, NOON + 20 * M, 15 * M)
    feed.waits(CHAT, NOON + 2 * M)
    wait = told(engine, reader, feed, NOON + 30 * M)
    assert (wait["judged"], wait["overdue"]) == (5, 1)
    assert (wait["within_p50_ppm"], wait["within_p90_ppm"]) == (600_000, 600_000)


def test_it_is_worked_out_once_a_minute() -> None:
    engine, reader, feed = live()
    answered(feed, 20, NOON - 30 * M, 5 * M)
    first = told(engine, reader, feed, NOON)
    answered(feed, 20, NOON - M, 50 * M, every=0)
    assert told(engine, reader, feed, NOON + 30 * S) == first
    assert told(engine, reader, feed, NOON + M) != first


def test_a_restart_goes_on_with_what_was_told() -> None:
    engine, reader, feed = live()
    answered(feed, 20, NOON - 30 * M, 5 * M)
    told(engine, reader, feed, NOON)
    again = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
    again.restore(reader.changelog())
    other = Reader()
    for number in (engine, again):
        feed = Feed()
        answered(feed, 3, NOON + 10 * M, 4 * M)
        said = told(number, reader if number is engine else other, feed, NOON + 20 * M)
        assert said["judged"] == 3
    assert other.latest(KEY) == reader.latest(KEY)


def test_rows_of_segments_that_tell_nothing_any_more_are_deleted() -> None:
    engine, reader, feed = live()
    told(engine, reader, feed, NOON)
    assert any(key[:1] == b"e" for key in reader.rows)
    silent = DOMAIN.model_copy(update={"expected_wait": ExpectedWaitModel()})
    again = SegmentsEngine(silent, 0, 1, TimeMode.LIVE)
    again.restore(reader.changelog())
    tick(again, reader, NOON + M)
    assert not any(key[:1] == b"e" for key in reader.rows)


def test_what_is_told_is_rounded_up_to_what_people_say() -> None:
    given = [1, 10 * S, 59 * S, 61 * S, 10 * M, 10 * M + 1, H + 1, 4 * H + 1, D + 1]
    assert [rounded_up(one) for one in [0, *given]] == [0, *(10 * S, 10 * S, M), 2 * M, 10 * M, 15 * M, 75 * M, 5 * H, 2 * D]
