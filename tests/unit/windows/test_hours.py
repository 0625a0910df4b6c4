"""Goals behind and levels dropped through the whole engine: judged on the hour, kept over restarts, ended with their rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from agents.configuration import default_ladder
from pipeline.alertrules import GoalAlertsModel, LagModel, LevelAlertsModel
from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.judgement.drop import Held
from pipeline.measures import Measure
from pipeline.standards import GoalModel, LadderModel
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.rows import RowType, unpack
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

M, H, D = 60_000, 3_600_000, 86_400_000
NOON = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()) * 1_000
CHAT = ("billing", "chat", "normal")
GOAL = GoalModel(
    name="quick",
    measure=Measure.FIRST_REPLY,
    within=5 * M,
    share=0.9,
    segment={"queue": "billing"},
    starts=date(2026, 1, 1),
    deadline=date(2026, 3, 31),
)
DOMAIN = Domain(
    edges=EDGES_MS,
    windows={"1h": H, "1d": D},
    segments=(("queue",), ("queue", "channel")),
    ladder=LadderModel.model_validate(default_ladder() | {"window": "1d"}),
    goals=(GOAL,),
    goal_alerts=GoalAlertsModel(),
    level_alerts=LevelAlertsModel(settle_after=6 * H),
)


def hours(feed: Feed, since: int, until: int, minutes: int) -> None:
    """Ten first replies an hour, each after so many minutes."""
    for at_ms in range(since, until, H):
        for number in range(10):
            feed.lasted(CHAT, at_ms + number * M, Measure.FIRST_REPLY, minutes * M)


def said(reader: Reader, rule: str) -> list[dict[str, Any]]:
    """Return what was said of a rule, again only where the state changes."""
    found: list[dict[str, Any]] = []
    for alert in reader.decoded("alerts"):
        if alert["rule"] == rule and (not found or found[-1]["state"] != alert["state"]):
            found.append(alert)
    return found


def slowing(time: TimeMode = TimeMode.EVENT, domain: Domain = DOMAIN) -> tuple[SegmentsEngine, Reader, Feed]:
    """Ten days of replies within four minutes, then two of ten minutes each."""
    engine, reader, feed = SegmentsEngine(domain, 0, 1, time), Reader(), Feed()
    for day in range(-10, 2):
        hours(feed, NOON + day * D, NOON + (day + 1) * D, 4 if day < 0 else 10)
        apply(engine, reader, [feed.record(NOON + (day + 1) * D, passed=NOON + (day + 1) * D)])
    return engine, reader, feed


def fed_hourly(engine: SegmentsEngine, reader: Reader, feed: Feed, since: int, until: int, minutes: int) -> None:
    """Feed an hour of replies at a time, at its end."""
    for at_ms in range(since, until, H):
        hours(feed, at_ms, at_ms + H, minutes)
        apply(engine, reader, [feed.record(at_ms + H, passed=at_ms + H)])


@pytest.mark.mission("B1", "C1", "C3")
def test_a_level_that_falls_is_told_once_and_taken_back_when_it_is_back() -> None:
    engine, reader, feed = SegmentsEngine(DOMAIN, 0, 1, TimeMode.EVENT), Reader(), Feed()
    fed_hourly(engine, reader, feed, NOON - 2 * D, NOON, 4)
    fed_hourly(engine, reader, feed, NOON, NOON + 12 * H, 10)
    (fired,) = said(reader, "level_dropped")
    # 240 replies in a day: chance is 1.645 * 1.94 = 3.18 points, more than the margin, so 86.8 % must be missed. After three slow
    # hours of 24 still 87.5 % are within the limit, after four 83.3 %.
    assert (fired["onset_at"], fired["raised_at"]) == (NOON + 4 * H, NOON + 5 * H)
    assert fired["segment"] == {"queue": "billing", "channel": "chat"}
    assert fired["summary"].startswith("billing on chat: the service level of 1d fell from 4 (above average), to 3 (average);")
    fed_hourly(engine, reader, feed, NOON + 12 * H, NOON + 48 * H, 4)
    over = said(reader, "level_dropped")[-1]
    # The last slow hour but two has left the day's window after 34 hours: 20 slow ones of 240 are few enough for level 4.
    assert (over["state"], over["id"]) == ("resolved", fired["id"])
    assert over["resolved_at"] == NOON + (34 + 6) * H
    assert len(said(reader, "level_dropped")) == 2


@pytest.mark.mission("C3")
def test_a_goal_that_falls_behind_is_told() -> None:
    engine, reader, feed = SegmentsEngine(DOMAIN, 0, 1, TimeMode.EVENT), Reader(), Feed()
    for day in range(-20, 1):
        hours(feed, NOON + day * D, NOON + (day + 1) * D, 10)
        apply(engine, reader, [feed.record(NOON + (day + 1) * D, passed=NOON + (day + 1) * D)])
    (alert,) = said(reader, "goal_behind")
    assert (alert["goal"], alert["segment"], alert["severity"]) == ("quick", {"queue": "billing"}, "warn")
    assert "quick: 90 % within 5m by 2026-03-31: behind, 0 % of" in alert["summary"]
    assert all(alert["id"] not in other.get("related", ()) for other in reader.decoded("alerts") if other["id"] == alert["id"])


def test_time_alone_takes_it_on_where_nobody_writes_any_more() -> None:
    engine, reader, feed = slowing()
    apply(engine, reader, [feed.record(0, passed=NOON + 20 * D)])
    fired, over = said(reader, "level_dropped")
    assert (fired["state"], over["state"]) == ("firing", "resolved")
    # Given up a week after it was lost: there is nothing left to be told, and six hours on it is over.
    assert over["resolved_at"] - fired["onset_at"] == 7 * D + 6 * H
    assert over["summary"] == "billing on chat: the service level of 1d cannot be told any more; nobody waits"


def rules_of(reader: Reader) -> list[tuple[str, str, int]]:
    return [(alert["id"], alert["state"], alert["as_of"]) for alert in reader.decoded("alerts")]


@pytest.mark.parametrize("time", [TimeMode.EVENT, TimeMode.LIVE])
def test_a_restart_tells_nothing_twice(time: TimeMode) -> None:
    whole = Reader()
    parts = Reader()
    for reader, restarts in ((whole, False), (parts, True)):
        engine, feed = SegmentsEngine(DOMAIN, 0, 1, time), Feed()
        for hour in range(-48, 60):
            at_ms = NOON + hour * H
            hours(feed, at_ms, at_ms + H, 10 if 0 <= hour < 12 else 4)
            apply(engine, reader, [feed.record(at_ms + H, passed=at_ms + H)])
            if time is TimeMode.LIVE:
                tick(engine, reader, at_ms + H)
            if restarts and hour % 3 == 0:
                engine = SegmentsEngine(DOMAIN, 0, 1, time)
                engine.restore(reader.changelog())
    assert [alert["state"] for alert in said(whole, "level_dropped")] == ["firing", "resolved"]
    assert rules_of(parts) == rules_of(whole)
    held = [unpack(value, dict[str, Held]) for key, value in whole.rows.items() if key[:1] == RowType.HELD.value]
    levels = [{name: (one.level, one.lost_since) for name, one in row.items()} for row in held]
    assert levels == [{"first_reply": (4, None), "abandoned": (5, None)}]
    assert {key: value for key, value in parts.rows.items() if key[:1] == RowType.HELD.value} == {
        key: value for key, value in whole.rows.items() if key[:1] == RowType.HELD.value
    }


def lost_since(reader: Reader) -> int | None:
    (held,) = (unpack(value, dict[str, Held]) for key, value in reader.rows.items() if key[:1] == RowType.HELD.value)
    since: int | None = held["first_reply"].lost_since
    return since


def test_an_hour_is_judged_once_and_as_soon_as_what_comes_is_recent() -> None:
    domain = DOMAIN.model_copy(update={"lag": LagModel(limit=M)})
    engine, reader, feed = SegmentsEngine(domain, 0, 1, TimeMode.LIVE), Reader(), Feed()

    def heard(at_ms: int) -> None:
        apply(engine, reader, [feed.record(at_ms, passed=at_ms)])
        tick(engine, reader, at_ms)

    for hour in range(30):
        hours(feed, NOON + (hour - 1) * H, NOON + hour * H, 4)
        heard(NOON + hour * H)
    later = NOON + 29 * H
    for number in range(500):
        feed.lasted(CHAT, later + number, Measure.FIRST_REPLY, 10 * M)
    heard(later + 10 * M)
    assert reader.latest(b"acme|queue=billing,channel=chat")["level"]["level"] == 3
    assert lost_since(reader) is None, "this hour has been judged"
    tick(engine, reader, later + H)
    assert lost_since(reader) is None, "the source has said nothing for 50 minutes"
    heard(later + H + 5 * M)
    assert lost_since(reader) == later + H + 5 * M


def test_what_is_no_longer_configured_is_ended() -> None:
    engine, reader, feed = slowing()
    assert [alert["state"] for alert in said(reader, "level_dropped")] == ["firing"]
    bare = DOMAIN.model_copy(update={"level_alerts": None, "goal_alerts": None})
    engine = SegmentsEngine(bare, 0, 1, TimeMode.EVENT)
    engine.restore(reader.changelog())
    apply(engine, reader, [feed.record(0, passed=NOON + 2 * D + 2 * H)])
    assert [alert["state"] for alert in said(reader, "level_dropped")] == ["firing", "resolved"]
    assert not [key for key in reader.rows if key[:1] in (RowType.HELD.value, RowType.ALERT.value)]


def test_without_such_rules_no_hour_is_due() -> None:
    bare = DOMAIN.model_copy(update={"level_alerts": None, "goal_alerts": None, "goals": ()})
    engine, reader, feed = slowing(domain=bare)
    emitted = len(reader.emits)
    apply(engine, reader, [feed.record(0, passed=NOON + 5 * D)])
    assert not [key for key in reader.rows if key[:1] == RowType.HELD.value]
    assert {emit.topic for emit in reader.emits[emitted:]} <= {"service-levels"}


def test_the_hour_is_judged_by_all_that_came_also_between_two_turns() -> None:
    found = []
    for queue_tick in (100, None):
        domain = DOMAIN.model_copy(update={"queue_tick": queue_tick})
        engine, reader, feed = SegmentsEngine(domain, 0, 1, TimeMode.LIVE), Reader(), Feed()
        for at_ms in range(NOON - 48 * H, NOON + 12 * H, H):
            tick(engine, reader, at_ms + H - 100)  # the last turn of most segments
            hours(feed, at_ms, at_ms + H, 4 if at_ms < NOON else 10)
            apply(engine, reader, [feed.record(at_ms + H, passed=at_ms + H)])
            tick(engine, reader, at_ms + H)
        found.append([alert for alert in rules_of(reader) if alert[0].startswith(("level_dropped", "goal_behind"))])
    fine, coarse = found
    assert coarse
    assert fine == coarse
