"""Nobody answers, worked by hand: who waits, the last reply, and the hours in which one could be expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.alertrules import SilenceModel
from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.hours import CalendarModel, Weekday
from pipeline.judgement.silence import SilenceJudge
from pipeline.measures import Measure, Work, base
from pipeline.tickets.calendar import Calendar
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.openwork import StartTimes
from tests.support.feed import EDGES_MS, Feed, Reader, apply

M, H, D = 60_000, 3_600_000, 86_400_000
MONDAY_NOON = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""
NOON = MONDAY_NOON // M
LEAF = ("billing", "chat", "normal")
OFFICE: Mapping[str, Any] = {
    "hours": {Weekday.MON: ({"since": "09:00", "until": "17:00"},), Weekday.FRI: ({"since": "09:00", "until": "17:00"},)}
}


def judge(hours: Mapping[str, Any] | None = None, **changes: Any) -> SilenceJudge:
    model = SilenceModel(**({"waiting": 2, "quiet": 30 * M} | changes))
    return SilenceJudge(model, Calendar("c", CalendarModel.model_validate(hours or {})), [StartTimes() for _ in Work])


def waits(one: SilenceJudge, minute: int, work: int = 0, count: int = 1) -> None:
    one._waits[work].add(minute, count, 0)


def replies(one: SilenceJudge, minute: int, amount: int = 1) -> None:
    one.add(minute, {base(Measure.REPLIES): amount})


def test_it_holds_half_an_hour_after_the_second_customer_began_to_wait() -> None:
    one = judge()
    waits(one, NOON - 60)
    waits(one, NOON, work=1)
    assert not one.judge(MONDAY_NOON + 30 * M).holds
    assert one.wake_ms == MONDAY_NOON + 31 * M
    assert one.judge(MONDAY_NOON + 31 * M).holds


def test_one_customer_is_not_enough() -> None:
    one = judge()
    waits(one, NOON - 600)
    assert not one.judge(MONDAY_NOON).holds
    assert one.wake_ms is None
    assert not one.restless


def test_a_reply_to_anybody_starts_the_time_again_and_one_taken_back_does_not() -> None:
    one = judge()
    waits(one, NOON - 600, count=2)
    replies(one, NOON - 10)
    told = one.judge(MONDAY_NOON)
    assert (told.holds, told.clears, told.replied_at) == (False, True, MONDAY_NOON - 9 * M)
    assert one.wake_ms == MONDAY_NOON + 21 * M
    replies(one, NOON - 10, -1)
    assert one.judge(MONDAY_NOON).holds


def test_closed_hours_do_not_count() -> None:
    # The office closes at 17:00 on Monday and opens on Friday at 09:00: 20 minutes on Monday and 10 on Friday.
    one = judge(OFFICE)
    waits(one, NOON + 5 * 60 - 21, count=2)
    friday_9 = MONDAY_NOON + 4 * D - 3 * H
    assert not one.judge(friday_9).holds
    assert one.wake_ms == friday_9 + 10 * M
    assert one.judge(friday_9 + 10 * M).holds


def test_a_reply_of_a_fast_clock_counts_when_its_minute_comes() -> None:
    one = judge()
    waits(one, NOON - 600, count=2)
    replies(one, NOON + 3)
    assert one.judge(MONDAY_NOON).holds
    assert not one.judge(MONDAY_NOON + 3 * M).holds


def test_replies_are_looked_for_over_a_week() -> None:
    one = judge()
    waits(one, NOON - 600, count=2)
    replies(one, NOON - 10_080)
    assert one.judge(MONDAY_NOON).replied_at == MONDAY_NOON - 10_079 * M
    assert one.judge(MONDAY_NOON + M).replied_at is None


@pytest.mark.parametrize("restart", [False, True])
def test_the_engine_raises_it_at_its_time_and_a_reply_resolves_it(restart: bool) -> None:
    domain = Domain(edges=EDGES_MS, silence=SilenceModel(waiting=2, quiet=30 * M, clear_after=0))
    engine, reader, feed = SegmentsEngine(domain, 0, 1, TimeMode.EVENT), Reader(), Feed()
    feed.replied(LEAF, MONDAY_NOON - 20 * M, MONDAY_NOON - 15 * M)
    feed.waits(LEAF, MONDAY_NOON - 20 * M, amount=3)
    apply(engine, reader, [feed.record(MONDAY_NOON, passed=MONDAY_NOON)])
    if restart:
        engine = SegmentsEngine(domain, 0, 1, TimeMode.EVENT)
        engine.restore(reader.changelog())
    apply(engine, reader, [feed.record(0, passed=MONDAY_NOON + H)])
    (alert,) = [alert for alert in reader.decoded("alerts") if alert["rule"] == "nobody_answers"]
    assert (alert["onset_at"], alert["raised_at"]) == (MONDAY_NOON + 16 * M, MONDAY_NOON + 16 * M)
    assert alert["summary"] == (
        "billing: no reply for 30m (since 11:46 UTC); 2 customers wait for an answer; "
        "for a first one 2 customers wait, the longest for 36m (since 11:40 UTC)"
    )
    assert alert["action"]
    feed.replied(LEAF, MONDAY_NOON - 20 * M, MONDAY_NOON + H)
    apply(engine, reader, [feed.record(MONDAY_NOON + H + M, passed=MONDAY_NOON + H + M)])
    assert reader.decoded("alerts")[-1]["state"] == "resolved"


def test_alerts_of_one_queue_name_each_other() -> None:
    silence = SilenceModel(waiting=2, quiet=30 * M, segments=(("queue",), ("queue", "channel"), ("channel",)))
    engine, reader, feed = SegmentsEngine(Domain(edges=EDGES_MS, silence=silence), 0, 1, TimeMode.EVENT), Reader(), Feed()
    feed.waits(LEAF, MONDAY_NOON, amount=2)
    apply(engine, reader, [feed.record(MONDAY_NOON, passed=MONDAY_NOON)])
    feed.waits(LEAF, MONDAY_NOON)
    apply(engine, reader, [feed.record(MONDAY_NOON + 40 * M, passed=MONDAY_NOON + 40 * M)])
    newest = {alert["id"]: alert for alert in reader.decoded("alerts") if alert["rule"] == "nobody_answers"}
    onset = MONDAY_NOON + 31 * M
    names = ("queue=billing", "queue=billing,channel=chat", "channel=chat")
    queue, both, channel = (f"nobody_answers:acme:{name}:{onset}" for name in names)
    assert both in newest[queue]["related"]
    assert queue in newest[both]["related"]
    assert channel not in newest[queue]["related"] + newest[both]["related"]


def test_a_segment_that_is_not_kept_cannot_be_judged() -> None:
    with pytest.raises(ValidationError, match=r"silence.segments: \('team',\) is not among the segments"):
        Domain(silence=SilenceModel(segments=(("team",),)))
