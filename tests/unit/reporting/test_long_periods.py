"""A report of months: tickets that the pipeline has forgotten meanwhile, weeks for days, topics, and an axis for every wait."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from agents.history import Told
from agents.importers.servicenow import ServiceNowLog
from agents.reporting.gathering import from_log
from agents.reporting.page import html
from agents.reporting.tables import write
from pipeline.config import Domain, Retention
from pipeline.engine import Topic
from pipeline.events import Status
from pipeline.offline import OfflineRun
from pipeline.reporting.build import Period, report
from pipeline.reporting.form import Report
from pipeline.windows.slots import MINUTE_MS, WEEK
from tests.support.story import Story, utc
from tests.support.sums import records_of
from tests.unit.backtest.trials import PROPOSED, UNTIL, events

HOUR_MS = 3_600_000
DOMAIN = Domain(
    zone="Europe/Berlin",
    dimensions=("queue", "topic"),
    segments=((), ("queue",)),
    event_tick=HOUR_MS,
    topics={"refunds": ("refund", "money back")},
)


@pytest.fixture(scope="module")
def months() -> Report:
    """Three tickets: two answered and solved in March, of which only the third, of July, is kept at the end."""
    stories = [
        Story("T-1").created("2026-03-02T10:00:00", queue="billing", tags=("refund",)),
        Story("T-2").created("2026-03-03T10:00:00", queue="billing", tags=("other",)),
        Story("T-3").created("2026-07-06T10:00:00", queue="billing", tags=("money back",)),
    ]
    stories[0].reply("2026-03-04T10:00:00").solve("2026-03-04T11:00:00")
    stories[1].reply("2026-03-03T10:01:00").change("2026-03-03T10:02:00", status=Status.PENDING).solve("2026-03-03T12:00:00")
    events = sorted((event for story in stories for event in story.events), key=lambda event: event.occurred_at)
    until_ms = utc("2026-07-08T10:00:00")
    gathered = from_log(DOMAIN, (Told(one.key, one.value, one.timestamp) for one in records_of(events)), until_ms)
    assert {one.ticket_id for one in gathered.ending.tickets} == {"T-3"}, "the others were solved longer than the horizon ago"
    since_ms = utc("2026-03-01T23:00:00")
    return report(DOMAIN, gathered.cube, "acme", Period(since_ms // MINUTE_MS, until_ms // MINUTE_MS), gathered.ending)


def test_the_longest_waits_are_those_of_the_period_not_of_what_is_still_kept(months: Report) -> None:
    assert [(one.ticket_id, one.waited_ms, one.ended_at is None) for one in months.waits] == [
        ("T-1", 48 * HOUR_MS, False),
        ("T-3", 48 * HOUR_MS, True),
        ("T-2", MINUTE_MS, False),
    ]


def test_months_are_told_in_weeks_from_monday_in_the_zone(months: Report) -> None:
    assert months.step_ms == WEEK * MINUTE_MS
    assert months.course[0].since == utc("2026-03-01T23:00:00")
    assert months.course[4].since == utc("2026-03-29T22:00:00"), "the clock went forward on the 29th"
    assert len(months.course) == 19
    assert [one.created for one in months.course] == [2, *[0] * 17, 1]


def test_what_tickets_were_about(months: Report, tmp_path: Path) -> None:
    assert [(one.segment["topic"], one.figures["created"].value) for one in months.by_topic] == [("refunds", 2), ("", 1)]
    write(months, tmp_path)
    rows = list(csv.DictReader((tmp_path / "topics.csv").read_text(encoding="utf-8").splitlines()))
    assert {(row["topic"], row["value"]) for row in rows if row["code"] == "created"} == {("topic=refunds", "2"), ("topic=", "1")}
    assert "<h2>By topic</h2>" in html(months)


def test_a_share_of_time_is_of_time(months: Report) -> None:
    figures = {one.code: one for one in months.figures}
    assert figures["waiting_on_us"].counts_time
    assert not figures["one_touch_rate"].counts_time
    count = figures["waiting_on_us"].count
    assert count is not None
    assert f"{count:,}" not in html(months), "milliseconds are written as a duration"


def test_an_axis_that_shows_a_minute_beside_two_days(months: Report) -> None:
    page = html(months)
    assert all(f">{tick}</text>" in page for tick in ("1m", "1h", "1d"))


def test_the_importer_tells_the_category_as_a_tag() -> None:
    log = Path(__file__).parents[2] / "data" / "servicenow-two-weeks.csv.xz"
    tags = {event.tags for event in ServiceNowLog(log).events()}
    assert ("Category 42",) in tags
    assert all(one is None or len(one) == 1 for one in tags)


def test_an_alert_is_reported_that_has_left_the_topic_since() -> None:
    kept = PROPOSED.model_copy(update={"retention": Retention(alerts=90 * MINUTE_MS)})
    gathered = from_log(kept, (Told(one.key, one.value, one.timestamp) for one in records_of(events())), UNTIL)
    assert [one.rule for one in gathered.ending.alerts] == ["nobody_answers", "nobody_answers"]
    run = OfflineRun(kept)
    run.feed((one.key, one.value or b"", one.timestamp) for one in records_of(events()))
    assert len(run.close(UNTIL).compacted[Topic.ALERTS]) == 1, "the first one was over at 10:26"
