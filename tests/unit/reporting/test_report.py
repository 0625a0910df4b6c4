"""Reports: the same numbers as the service levels, worked out by hand on a small log, and a page that can be forwarded."""

from __future__ import annotations

import csv
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from agents.history import Told
from agents.reporting.gathering import Gathered, from_log
from agents.reporting.page import html
from agents.reporting.tables import write
from agents.reporting.wording import amount, difference, earlier
from agents.simulator import CENTRE, Disorder, lines, simulate
from pipeline.arrival import keyed
from pipeline.catalogue import Unit
from pipeline.config import Domain
from pipeline.events import Channel
from pipeline.reporting.build import Period, report
from pipeline.reporting.figures import Numbers
from pipeline.reporting.form import Report
from pipeline.windows.slots import DAY, MINUTE_MS
from tests.support.scenarios.terms import PROMISED
from tests.support.story import Story, utc
from tests.support.sums import records_of

MONDAY_MS = utc("2026-03-02T09:00:00")


@pytest.fixture(scope="module")
def simulated() -> Gathered:
    told = lines(simulate(CENTRE, 5, MONDAY_MS, 3_600_000), Disorder(), 5)
    return from_log(Domain(), (Told(*one) for one in keyed(value for _, _, value in told)))


def test_the_report_of_a_window_is_its_service_level(simulated: Gathered) -> None:
    compared = 0
    for level in simulated.ending.levels:
        window = level.windows["8h"]
        shape = tuple(level.segment)
        # What came after this level was said waits for the next tick, which the log does not reach.
        since, until = window.since // MINUTE_MS, level.as_of // MINUTE_MS
        cells = simulated.cube.sums(level.tenant, shape, since, until)
        numbers = Numbers(cells.get(tuple(level.segment.values()), {}))
        for code, found in window.durations.items():
            assert numbers.stats(code) == found.now, (level.segment, code)
        for code, counter in window.counters.items():
            assert numbers.value(code) == counter.now, (level.segment, code)
        for code, rate in window.rates.items():
            assert numbers.ratio(code) == (rate.ppm, rate.denominator), (level.segment, code)
            compared += 1
    assert compared > 50


def two_weeks() -> Report:
    """Two Mondays: a ticket answered after 20 minutes; a week later one after 40 minutes, one after 2 hours, one not at all."""
    events = []
    for number, day, minutes in ((1, 2, 20), (2, 9, 40), (3, 9, 120), (4, 9, None)):
        created = f"2026-03-{day:02d}T10:00:00"
        story = Story(f"T-{number}").created(created, queue="<billing>", channel=Channel.EMAIL)
        if minutes is not None:
            story.reply(f"2026-03-{day:02d}T{10 + minutes // 60:02d}:{minutes % 60:02d}:00")
        events += story.events
    records = records_of(sorted(events, key=lambda event: event.occurred_at))
    until_ms = utc("2026-03-10T00:00:00")
    gathered = from_log(PROMISED, (Told(one.key, one.value, one.timestamp) for one in records), until_ms)
    until = until_ms // MINUTE_MS
    return report(PROMISED, gathered.cube, "acme", Period(until - DAY, until), gathered.ending)


def test_numbers_worked_out_by_hand() -> None:
    told = two_weeks()
    figures = {one.code: one for one in told.figures}
    assert figures["created"].value == 3
    assert figures["created"].last_week == 1
    assert figures["created"].previous == 0
    assert figures["created"].month_before is None, "the log does not reach back a month"
    assert figures["first_reply"].value == 80 * MINUTE_MS
    assert figures["first_reply"].count == 2
    assert figures["first_reply"].last_week == 20 * MINUTE_MS
    whole = next(one for one in told.promises if not one.segment)
    assert (whole.promise, whole.met, whole.breached, whole.kept_ppm) == ("first_reply", 1, 2, 333_333)
    assert [(one.ticket_id, one.waited_ms, one.ended_at is None) for one in told.waits] == [
        ("T-4", 14 * 3_600_000, True),
        ("T-3", 2 * 3_600_000, False),
        ("T-2", 40 * MINUTE_MS, False),
    ]
    assert told.volume[0][10] == 3
    assert sum(map(sum, told.volume)) == 3
    assert sum(one.created for one in told.course) == 3
    assert len(told.course) == 24
    assert told.open_work["awaiting_first_reply"] == 1
    assert told.headline[0] == "3 tickets came, 0 were solved."
    assert "1 customers are still waiting for a first reply, the longest for 14 h." in told.headline


def test_days_of_the_course_are_those_of_the_zone_over_a_change_of_the_clock(simulated: Gathered) -> None:
    domain = Domain(zone="Europe/Berlin")
    since, until = (utc(f"2026-{day}T23:00:00") // MINUTE_MS for day in ("03-26", "04-01"))
    told = report(domain, simulated.cube, "demo", Period(since, until - 60), simulated.ending)
    steps = [(later.since - earlier.since) // 3_600_000 for earlier, later in pairwise(told.course)]
    assert steps == [24, 24, 23, 24, 24]


def test_the_page_loads_nothing_and_trusts_no_name() -> None:
    page = html(two_weeks())
    assert "<billing>" not in page
    assert "&lt;billing&gt;" in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert not re.search(r"url\((?!#)", page)
    assert "<script" not in page
    assert page.count("<svg ") == 3
    assert 'id="first_reply"' in page, "the definition stands beside the number"
    assert page == html(two_weeks()), "the same log gives the same page"


def test_tables_are_plain_numbers_and_no_formulas(tmp_path: Path) -> None:
    told = two_weeks()
    files = {
        file.stem: list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) for file in write(told, tmp_path / "csv")
    }
    assert files["queues"][0]["queue"] == "queue=<billing>"
    first = next(row for row in files["figures"] if row["code"] == "first_reply")
    assert (first["value"], first["unit"], first["count"]) == (str(80 * MINUTE_MS), "milliseconds", "2")
    hostile = msgspec.structs.replace(told.waits[0], ticket_id="=HYPERLINK(1)")
    write(msgspec.structs.replace(told, waits=(hostile,)), tmp_path / "csv")
    assert "'=HYPERLINK(1)" in (tmp_path / "csv" / "waits.csv").read_text(encoding="utf-8")


def test_differences_say_which_way_is_better() -> None:
    figures = {one.code: one for one in two_weeks().figures}
    assert difference(figures["first_reply"], figures["first_reply"].last_week) == ("+1h", "worse")
    assert difference(figures["created"], 1) == ("+2", "")
    assert difference(figures["created"], None) == ("-", "")
    share = msgspec.structs.replace(figures["created"], unit=Unit.SHARE, is_rate=True)
    assert amount(666_667, share) == "66.7 %"
    assert difference(msgspec.structs.replace(share, value=666_667), 700_000) == ("-3.3 points", "")
    long = msgspec.structs.replace(figures["first_reply"], value=1_937 * 86_400_000 + 12 * 3_600_000 - 1)
    assert amount(long.value, long) == "1,937d"


def test_an_earlier_period_stands_once() -> None:
    told = two_weeks()
    assert [code for code, _ in earlier(told)] == ["previous", "last_week"]
    week = msgspec.structs.replace(told, since=told.until - 7 * DAY * MINUTE_MS)
    assert [code for code, _ in earlier(week)] == ["previous"], "the period before is last week"
