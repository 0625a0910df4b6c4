"""Levels and goals through the whole engine: said with the service levels, shown in /metrics, the same after a restart."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from agents.configuration import default_ladder
from pipeline.config import Domain, Retention
from pipeline.engine import TimeMode
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.measures import Measure
from pipeline.metrics import Metric
from pipeline.standards import GoalModel, LadderModel
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

M, H, D = 60_000, 3_600_000, 86_400_000
NOON = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()) * 1_000
CHAT = ("billing", "chat", "normal")
GOAL = GoalModel(
    name="billing",
    measure=Measure.FIRST_REPLY,
    within=4 * H,
    share=0.9,
    segment={"queue": "billing"},
    starts=date(2026, 1, 1),
    deadline=date(2026, 3, 31),
    baseline=0.5,
    improve=0.01,
)
DOMAIN = Domain(
    edges=EDGES_MS,
    windows={"1h": H, "7d": 7 * D},
    segments=((), ("queue",), ("channel",), ("queue", "channel")),
    ladder=LadderModel.model_validate(default_ladder()),
    goals=(GOAL,),
    retention=Retention(hours=30 * D),
)


def filled() -> tuple[SegmentsEngine, Reader, Feed]:
    engine, reader, feed = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE), Reader(), Feed()
    for day in range(60):
        for number in range(10):
            feed.lasted(CHAT, NOON - day * D - number * M, Measure.FIRST_REPLY, 4 * M if number else 5 * H)
    apply(engine, reader, [feed.record(NOON)])
    for second in range(40):  # rows are settled some at a time
        tick(engine, reader, NOON + second * 1_000)
    return engine, reader, feed


def standing(level: dict[str, Any]) -> tuple[Any, Any]:
    return level["level"], level["goals"]


@pytest.mark.mission("B4", "C3")
def test_levels_and_goals_are_said_with_the_service_levels() -> None:
    engine, reader, feed = filled()
    level = reader.latest(b"acme|queue=billing,channel=chat")
    assert (level["level"]["level"], level["level"]["group"], level["level"]["window"]) == (4, "live", "7d")
    assert level["goals"] == []
    assert reader.latest(b"acme|queue=billing")["level"] is None
    (goal,) = reader.latest(b"acme|queue=billing")["goals"]
    assert (goal["state"], goal["share_ppm"], goal["count"]) == ("on_track", 900_000, 70)
    assert goal["projection"]["days"] == 28
    feed.waits(CHAT, NOON - 2 * H)
    for number in range(20):
        feed.waits(CHAT, NOON - 5 * H - number)
    apply(engine, reader, [feed.record(NOON + M)])
    tick(engine, reader, NOON + M)
    chat = reader.latest(b"acme|queue=billing,channel=chat")["level"]["measures"][0]
    assert (chat["level"], chat["waiting"]) == (1, 21)
    (goal,) = reader.latest(b"acme|queue=billing")["goals"]
    assert (goal["share_ppm"], goal["count"]) == (63 * 1_000_000 // 90, 90)


def test_metrics_show_them() -> None:
    engine, _, _ = filled()
    values = engine.published().values
    assert values[Metric.SERVICE_LEVEL] == {
        ("acme", segment, measure): 4
        for segment in ("channel=chat", "queue=billing,channel=chat")
        for measure in ("overall", "first_reply")
    } | {("acme", segment, "abandoned"): 5 for segment in ("channel=chat", "queue=billing,channel=chat")}
    assert values[Metric.SERVICE_LEVEL_MISSING]["acme", "channel=chat", "first_reply"] == 900_000
    assert values[Metric.GOAL_SHARE] == {("acme", "queue=billing", "billing"): 900_000}
    assert {labels[3] for labels, value in values[Metric.GOAL_STATE].items() if value} == {"on_track"}
    assert len(values[Metric.GOAL_STATE]) == 6


def test_a_restart_says_the_same_and_so_do_days_that_have_been_settled() -> None:
    engine, reader, feed = filled()
    again = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
    again.restore(reader.changelog())
    kinds = {key[:1] for key in reader.rows}
    assert kinds >= {b"m", b"h", b"d"}
    feed.lasted(CHAT, NOON - 50 * D, Measure.FIRST_REPLY, 9 * H)  # older than hours are kept
    feed.lasted(CHAT, NOON - 20 * D, Measure.FIRST_REPLY, 9 * H)
    feed.lasted(CHAT, NOON, Measure.FIRST_REPLY, 9 * H)
    record, other = feed.record(NOON + M), Reader()
    for one, mine in ((engine, reader), (again, other)):
        apply(one, mine, [record])
        tick(one, mine, NOON + 2 * M)
    for key in (b"acme|queue=billing", b"acme|channel=chat"):
        assert standing(other.latest(key)) == standing(reader.latest(key))
    third = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
    reader.take_rows(other)
    third.restore(reader.changelog())
    last = Reader()
    tick(third, last, NOON + 2 * M + 1_000)
    assert last.latest(b"acme|queue=billing")["goals"] == other.latest(b"acme|queue=billing")["goals"]


def test_without_a_ladder_goals_or_waits_nothing_is_judged() -> None:
    plain = SegmentsEngine(Domain(edges=EDGES_MS), 0, 1, TimeMode.LIVE)
    reader, feed = Reader(), Feed()
    feed.lasted(CHAT, NOON, Measure.FIRST_REPLY, M)
    apply(plain, reader, [feed.record(NOON)])
    tick(plain, reader, NOON)
    level = reader.latest(b"acme|queue=billing,channel=chat")
    assert (level["level"], level["goals"], level["expected_wait"]) == (None, [], None)


def test_on_business_hours_a_customer_of_the_night_has_not_waited_yet() -> None:
    office = CalendarModel(hours=dict.fromkeys(Weekday, (Interval(since=time(12), until=time(20)),)))
    ladder = DOMAIN.ladder.model_copy(update={"first_reply": Measure.FIRST_REPLY_BUSINESS})
    changes = {"ladder": ladder, "calendars": {"office": office}, "default_calendar": "office"}
    for domain, level in ((DOMAIN, 1), (DOMAIN.model_copy(update=changes), 5)):
        engine, reader, feed = SegmentsEngine(domain, 0, 1, TimeMode.LIVE), Reader(), Feed()
        for number in range(20):
            feed.lasted(CHAT, NOON - D - number, Measure.FIRST_REPLY, 10_000)
            feed.lasted(CHAT, NOON - D - number, Measure.FIRST_REPLY_BUSINESS, 10_000)
            feed.waits(CHAT, NOON - 9 * H)
        apply(engine, reader, [feed.record(NOON)])
        tick(engine, reader, NOON + 30_000)
        assert reader.latest(b"acme|queue=billing,channel=chat")["level"]["level"] == level
