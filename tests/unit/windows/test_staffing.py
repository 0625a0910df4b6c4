"""What readers of a queue's service level are told of its people: the numbers of the page, and what nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.measures import Measure
from pipeline.metrics import Metric
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import Feed, Reader
from tests.support.shortage import CHAT, MONDAY_NOON, Desk, Live, M, domain

pytestmark = pytest.mark.mission("C4")


def told_of(reader: Reader) -> list[Any]:
    """Return what every service level of the queue said of staffing."""
    return [one["staffing"] for one in reader.decoded("service-levels") if one["segment"] == {"queue": "billing"}]


def told_last(reader: Reader) -> Any:
    return told_of(reader)[-1]


def test_readers_are_told_the_numbers_of_the_page() -> None:
    live = Live()
    for minute in range(40):
        live.minute(MONDAY_NOON + minute * M, 1, 9, 9)
    assert told_last(live.reader)["words"] == "enough: 9 needed, 9 there, 9 on the rota"
    live.feed.waits(CHAT, MONDAY_NOON + 38 * M, amount=8)
    for minute in range(40, 46):
        live.minute(MONDAY_NOON + minute * M, 1, 1, 9)
    told = told_last(live.reader)
    assert told == live.alerts[0]["numbers"] | {
        "needed_after_backlog": 9,
        "done_in_ms": None,
        "words": "10 missing: 11 needed, 1 there, 9 on the rota",
    }
    shown = {metric: dict(values) for metric, values in live.engine.published().values.items()}
    place = ("acme", "queue=billing")
    metrics = (Metric.RESPONDERS_NEEDED, Metric.RESPONDERS_THERE, Metric.RESPONDERS_PLANNED, Metric.RESPONDERS_MISSING)
    assert [shown[metric][place] for metric in metrics] == [11, 1, 9, 10]
    assert shown[Metric.RESPONDERS_TOLD] == {place: 1}


def test_a_change_of_who_is_there_is_said_at_the_next_tick() -> None:
    live = Live()
    live.minute(MONDAY_NOON, 1, 9)
    live.crew(MONDAY_NOON + M + 100, 9, 5)
    said = len(told_of(live.reader))
    live.reader.take(live.engine.tick(MONDAY_NOON + M + 1_000))
    assert len(told_of(live.reader)) == said, "a heartbeat of presence changes nothing"
    live.crew(MONDAY_NOON + M + 1_100, 2, 5)
    live.reader.take(live.engine.tick(MONDAY_NOON + M + 2_000))
    assert len(told_of(live.reader)) == said + 1
    assert told_last(live.reader)["there"] == 2


def test_without_presence_readers_are_told_the_need_and_never_a_gap() -> None:
    live = Live()
    live.minute(MONDAY_NOON, 10, 9)
    live.reader.take(live.engine.tick(MONDAY_NOON + 10 * M))
    told = told_last(live.reader)
    assert (told["needed"], told["needed_after_backlog"]) == (4, 4)
    unknown = ("there", "planned", "missing", "missing_after_backlog", "kept_now_ppm", "done_in_ms")
    assert {name: told[name] for name in unknown} == dict.fromkeys(unknown)
    assert told["words"] == "cannot tell who is there: presence is not told; 4 needed"
    shown, place = live.engine.published().values, ("acme", "queue=billing")
    assert (shown[Metric.RESPONDERS_TOLD][place], shown[Metric.RESPONDERS_NEEDED][place]) == (0, 4)
    for metric in (Metric.RESPONDERS_THERE, Metric.RESPONDERS_PLANNED, Metric.RESPONDERS_MISSING):
        assert place not in shown[metric]


def test_of_a_closed_queue_nobody_is_missing() -> None:
    desk = Desk({"hours": {"mon": [{"since": "09:00", "until": "12:00"}]}})
    desk.come("chat", 40)
    desk.there(1)
    told = desk.at().standing()
    assert (told.needed, told.missing, told.there, told.words) == (0, 0, 1, "closed: nobody is needed now")


def test_while_events_lag_nobody_can_tell() -> None:
    live = Live()
    live.domain = Domain.model_validate(live.domain.model_dump() | {"lag": {"limit": "1m"}})
    live.engine = SegmentsEngine(live.domain, 0, 2, TimeMode.LIVE)
    live.minute(MONDAY_NOON, 10, 9)
    told = told_last(live.reader)
    assert told["words"] == "cannot tell: the events of tickets lag behind"
    assert {value for name, value in told.items() if name != "words"} == {None}


@pytest.mark.parametrize(("grid", "told"), [("1m", (4, None)), ("30s", None)])
def test_in_event_time_the_need_is_told_at_whole_minutes(grid: str, told: tuple[int, None] | None) -> None:
    settings = Domain.model_validate(domain().model_dump() | {"event_tick": grid})
    engine, reader, feed = SegmentsEngine(settings, 0, 1, TimeMode.EVENT), Reader(), Feed()
    for _ in range(10):
        feed.counted(CHAT, MONDAY_NOON, Measure.CREATED)
    reader.take(engine.apply([feed.record(MONDAY_NOON + M)]))
    feed.counted(CHAT, MONDAY_NOON + 2 * M, Measure.SOLVED)
    reader.take(engine.apply([feed.record(MONDAY_NOON + 3 * M, passed=MONDAY_NOON + 4 * M)]))
    found = told_last(reader)
    assert (None if found is None else (found["needed"], found["missing"])) == told
