"""Customers who leave without a first reply, as the jump rule sees them: they have waited, and nobody replied."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from pipeline.config import Domain
from pipeline.engine import TimeMode, Topic
from pipeline.events import EventType, Status
from pipeline.judgement.firstreplies import FirstWaits
from pipeline.judgement.judge import Scene
from pipeline.judgement.jump import JudgedSegment
from pipeline.measures import Measure
from pipeline.offline import OfflineRun
from pipeline.signals import ServiceLevel
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.histogram import codes_of
from pipeline.windows.slots import Slots
from tests.oracle import JumpOracle, Oracle
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick
from tests.support.story import CUSTOMER, Story
from tests.support.sums import records_of
from tests.unit.windows.test_jump import LEAF, MONDAY_2AM, H, M, judged

SLOTS = Slots(ZoneInfo("UTC"))
NOON = MONDAY_2AM + 10 * H


def left(segment: JudgedSegment, minute: int, length_ms: int) -> None:
    total, cls, edge = codes_of(Measure.ABANDONED_AFTER, length_ms, EDGES_MS)
    segment.add(minute, FirstWaits(0, 0, 1, length_ms), {total: length_ms, cls: 1, edge: 1})


def test_customers_who_left_have_waited_too() -> None:
    # Nobody is answered, and every customer gives up after two minutes: 15 x 2 minutes and 5 x the usual 3, over five.
    segment, minute = judged(cold_usual=3 * M, floor=M, minimum_count=15), MONDAY_2AM // M
    for number in range(14):
        left(segment, minute - number, 2 * M)
    assert segment.judge(MONDAY_2AM).now_ms == (14 * 2 + 5 * 3) * M // 5
    assert not segment.judge(MONDAY_2AM).holds, "one too few"
    assert segment.wake_ms is None
    left(segment, minute - 5, 2 * M)
    verdict = segment.judge(MONDAY_2AM)
    assert (verdict.now_ms, verdict.holds, verdict.left, verdict.replies) == (9 * M, True, 15, 0)
    told = verdict.tell(Scene("billing", MONDAY_2AM, MONDAY_2AM, 0, None, SLOTS))
    assert told.summary.endswith("nobody waits; 15 customers left without a reply")
    assert told.numbers == {"left": 15}
    later = segment.judge(MONDAY_2AM + 50 * M)
    assert later.left == 11, "four of them left longer than an hour ago"
    assert segment.restless
    assert segment.judge(MONDAY_2AM + 2 * H).now_ms == 3 * M
    assert not segment.restless


def test_of_a_wait_that_was_given_up_only_the_part_inside_the_window_counts() -> None:
    segment, minute = judged(), MONDAY_2AM // M
    left(segment, minute - 49, 3 * H)
    verdict = segment.judge(MONDAY_2AM)
    assert abs(verdict.now_ms * 5 - 5 * verdict.usual_ms - (10 * M + 30_000)) <= 3 * H // 100 + 5


def test_who_left_by_a_fast_clock_counts_when_the_minute_comes() -> None:
    segment, minute = judged(minimum_count=1), MONDAY_2AM // M
    left(segment, minute + 3, H)
    assert segment.judge(MONDAY_2AM).left == 0
    assert segment.wake_ms == (minute + 3) * M
    assert segment.judge((minute + 3) * M).left == 1


@pytest.mark.parametrize("time", [TimeMode.EVENT, TimeMode.LIVE])
def test_who_left_is_known_again_after_a_restart(time: TimeMode) -> None:
    domain = Domain(edges=EDGES_MS, segments=(("queue",),))
    engine, reader, feed = SegmentsEngine(domain, 0, 1, time), Reader(), Feed()
    for minute in range(20):
        feed.lasted(LEAF, NOON + minute * M, Measure.ABANDONED_AFTER, 90 * M)
    apply(engine, reader, [feed.record(NOON + 20 * M, passed=NOON + 20 * M)])
    tick(engine, reader, NOON + 20 * M)
    again, later = SegmentsEngine(domain, 0, 1, time), Reader()
    again.restore(reader.changelog())
    heard = []
    for one, into, records in ((engine, reader, Feed()), (again, later, Feed())):
        records.sequence = 5
        records.counted(LEAF, NOON + 30 * M, Measure.CREATED)
        apply(one, into, [records.record(NOON + 30 * M, passed=NOON + 30 * M)])
        tick(one, into, NOON + 30 * M)
        heard.append(into.latest(b"acme|queue=billing")["first_reply_now_ms"])
    # Each of them waited for some 30 to 50 of the last 60 minutes: 20 x 40 minutes over the five tickets of the prior.
    assert heard[0] == heard[1]
    assert abs(heard[0] - (20 * 40 + 5 * 15) * M // 5) < 5 * M


@pytest.mark.mission("A8", "C1")
def test_the_oracle_sees_them_alike() -> None:
    """Twenty customers write in an hour and leave after three minutes each; two tickets are solved unanswered; nobody waits."""
    told = []
    for number in range(20):
        came = NOON + 3 * number * M
        told += Story(f"T{number}").created(came, queue="billing").add(EventType.ABANDONED, came + 3 * M, actor=CUSTOMER).events
    for number in (20, 21):
        told += Story(f"T{number}").created(NOON, queue="billing").status(NOON + 9 * M, Status.SOLVED).events
    told.sort(key=lambda event: event.occurred_at)
    domain, at_ms = Domain(edges=EDGES_MS, segments=((), ("queue",))), NOON + H + M
    run = OfflineRun(domain)
    run.feed((one.key, one.value or b"", one.timestamp) for one in records_of(told))
    value = run.close(at_ms).compacted[Topic.SERVICE_LEVELS][b"acme|queue=billing"]
    level = msgspec.json.decode(value, type=ServiceLevel)
    reading = JumpOracle(Oracle(domain).run(told, at_ms), "acme", {"queue": "billing"}).read(level.as_of)
    # At 13:01 the first minute is out of the window, and at the engine's, which ends with the current minute, the second one. Of
    # the wait that crosses its beginning half a minute and 1 % are not known.
    assert (reading.waiting, reading.replies, reading.waited_ms) == (0, 0, 59 * M)
    assert reading.now_ms == (59 + 5 * 15) * M // 5
    assert level.first_reply_now_ms is not None
    assert abs(level.first_reply_now_ms - (reading.now_ms - M // 5)) <= 32_000 // 5
    assert level.windows["8h"].durations["abandoned_after"].now.count == 20
