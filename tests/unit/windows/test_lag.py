"""While the source lags nobody is judged; the lag is said instead."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from pipeline.additions import Additions
from pipeline.alertrules import LagModel
from pipeline.config import Domain, JumpModel
from pipeline.engine import TimeMode, Topic
from pipeline.judgement.lag import Sources
from pipeline.tickets.engine import TicketsEngine
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

M, S = 60_000, 1_000
NOON = 1_767_225_600_000 + 12 * 3_600_000
LEAF = ("billing", "chat", "normal")
JUMP = JumpModel(floor=M, minimum_count=1, raise_after=2 * S, clear_after=4 * S, cold_usual=M, window=10 * M)
LAG = LagModel(limit=30 * S, raise_after=10 * S, clear_after=5 * S)
DOMAIN = Domain(edges=EDGES_MS, windows={"5m": 5 * M}, jump=JUMP, lag=LAG, heartbeat=15 * S)


def engine(sources: int = 1) -> SegmentsEngine:
    return SegmentsEngine(DOMAIN, 0, sources, TimeMode.LIVE)


def told(reader: Reader) -> list[tuple[str, str]]:
    return [(alert["rule"], alert["state"]) for alert in reader.decoded("alerts")]


def run(one: SegmentsEngine, reader: Reader, since: int, seconds: int) -> None:
    for second in range(seconds):
        tick(one, reader, since + second * S)


def test_a_customer_who_waits_in_an_old_log_pages_nobody_until_the_log_is_read() -> None:
    one, reader, feed = engine(), Reader(), Feed()
    feed.waits(LEAF, NOON - 40 * M)
    apply(one, reader, [feed.record(NOON - 31 * S)])
    run(one, reader, NOON, 10)
    assert told(reader) == []
    run(one, reader, NOON + 10 * S, 5)
    assert told(reader) == [("pipeline_lag", "firing")]
    (lag,) = reader.decoded("alerts")
    assert (lag["id"], lag["severity"], lag["segment"]) == (f"pipeline_lag:acme::{NOON}", "warn", {})
    assert lag["summary"] == "the numbers are 41s old, since 12:00 UTC: alerts on customers rest until they are recent again"
    apply(one, reader, [feed.record(0, passed=NOON + 15 * S)])
    run(one, reader, NOON + 15 * S, 6)
    assert told(reader) == [("pipeline_lag", "firing"), ("frt_jump", "firing"), ("pipeline_lag", "resolved")]


def test_what_fires_goes_on_and_its_time_to_clear_starts_over() -> None:
    one, reader, feed = engine(), Reader(), Feed()
    feed.waits(LEAF, NOON - 40 * M)
    apply(one, reader, [feed.record(NOON, passed=NOON)])
    run(one, reader, NOON, 4)
    assert told(reader) == [("frt_jump", "firing")]
    feed.waits(LEAF, NOON - 40 * M, amount=-1)
    apply(one, reader, [feed.record(NOON + 4 * S)])
    run(one, reader, NOON + 5 * S, 2)
    run(one, reader, NOON + 40 * S, 10)  # nothing heard for more than 30 s: the four seconds to clear do not run on
    assert ("frt_jump", "resolved") not in told(reader)
    apply(one, reader, [feed.record(0, passed=NOON + 50 * S)])
    run(one, reader, NOON + 50 * S, 4)
    assert ("frt_jump", "resolved") not in told(reader)
    run(one, reader, NOON + 54 * S, 1)
    assert ("frt_jump", "resolved") in told(reader)


def test_a_new_owner_judges_once_it_has_heard_of_every_source_and_goes_on_with_the_lag() -> None:
    one, reader, feed = engine(2), Reader(), Feed()
    feed.waits(LEAF, NOON - 40 * M)
    apply(one, reader, [feed.record(NOON, passed=NOON)])
    run(one, reader, NOON, 45)
    assert told(reader) == [("pipeline_lag", "firing")]
    again, later = engine(2), Reader()
    again.restore(reader.changelog())
    run(again, later, NOON + 45 * S, 3)
    assert told(later) == []
    for source in (0, 1):
        apply(again, later, [Feed(source).record(0, passed=NOON + 48 * S)])
    run(again, later, NOON + 48 * S, 7)
    assert told(later) == [("frt_jump", "firing"), ("pipeline_lag", "resolved")]


def test_a_lag_that_is_no_longer_configured_is_over() -> None:
    one, reader, feed = engine(), Reader(), Feed()
    feed.waits(LEAF, NOON - M)
    apply(one, reader, [feed.record(NOON - M)])
    run(one, reader, NOON, 12)
    again, later = SegmentsEngine(DOMAIN.model_copy(update={"lag": None}), 0, 1, TimeMode.LIVE), Reader()
    again.restore(reader.changelog())
    tick(again, later, NOON + 12 * S)
    assert ("pipeline_lag", "resolved") in told(later)


def marks(effects: Any) -> list[Additions]:
    return [unpack_additions(emit.value) for emit in effects.emits if emit.topic is Topic.PANES]


def unpack_additions(value: bytes | None) -> Additions:
    return msgspec.msgpack.decode(value or b"", type=Additions)


def test_a_quiet_ticket_partition_says_how_far_it_has_come() -> None:
    tickets = TicketsEngine(DOMAIN, 3, 4, TimeMode.LIVE, panes_partitions=2)
    assert (tickets.next_due() or 0) <= NOON
    first = marks(tickets.tick(NOON))
    assert [(mark.source, mark.passed, mark.leaves) for mark in first] == [(3, NOON, []), (3, NOON, [])]
    assert tickets.next_due() == NOON + 15 * S
    assert marks(tickets.tick(NOON + 14 * S)) == []
    assert [mark.sequence for mark in marks(tickets.tick(NOON + 15 * S))] == [3, 4]
    assert TicketsEngine(Domain()).next_due() is None


def test_without_a_limit_everything_is_recent() -> None:
    sources = Sources(2, None)
    sources.heard(0, 1)
    assert sources.recent(NOON)


def test_the_limit_leaves_room_for_heartbeats() -> None:
    with pytest.raises(ValidationError, match="twice heartbeat"):
        Domain(lag=LagModel(limit=29 * S))
