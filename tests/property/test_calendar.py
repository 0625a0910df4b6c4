"""Calendars against the wall clock, asked minute by minute and second by second: no offsets, no tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.hours import CalendarModel, Interval, Weekday, WeekModel
from pipeline.tickets.calendar import Calendar
from tests.support.effort import examples

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"),
    *("Africa/Casablanca", "Pacific/Chatham", "America/St_Johns", "Asia/Gaza", "Pacific/Apia"),
)
CHANGES = (
    *(date(2026, 3, 8), date(2026, 3, 28), date(2026, 3, 29), date(2026, 4, 5), date(2026, 9, 27), date(2026, 10, 4)),
    *(date(2026, 10, 25), date(2026, 11, 1), date(2018, 2, 18), date(2018, 11, 4), date(2026, 2, 15), date(2026, 3, 22)),
    *(date(2024, 2, 29), date(2028, 2, 28), date(2025, 12, 31), date(2011, 12, 30), date(2026, 7, 1)),
)
"""Dates on which clocks change somewhere, leap days, the turn of a year, a date that Samoa left out, an ordinary day."""
DAY = 86_400
DECADE = (2019, 2029)
TEN_ZONES = (
    *("Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/St_Johns", "America/Santiago", "Africa/Casablanca"),
    *("Asia/Beirut", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham"),
)
"""Both hemispheres; changes of half an hour, offsets with quarters, and Morocco, whose clocks change around Ramadan."""


def open_by_wall_clock(model: CalendarModel, zone: ZoneInfo, second: int) -> bool:
    wall = datetime.fromtimestamp(second, UTC).astimezone(zone).replace(tzinfo=None)
    for back in (0, 1):
        on = wall.date() - timedelta(days=back)
        for interval in intervals_of(model, on):
            since, until = datetime.combine(on, interval.since), datetime.combine(on, interval.until)
            if until <= since:
                until += timedelta(days=1)
            if since <= wall < until:
                return True
    return False


def intervals_of(model: CalendarModel, on: date) -> tuple[Interval, ...]:
    if on in model.special:
        return model.special[on]
    hours = ([model.hours] + [version.hours for version in model.versions if version.since <= on])[-1]
    if not hours:
        return (Interval(since=time(0), until=time(0)),)
    return hours.get(list(Weekday)[on.weekday()], ())


def walls(*, to_the_second: bool) -> st.SearchStrategy[time]:
    seconds = st.integers(0, 59) if to_the_second else st.just(0)
    return st.builds(time, st.sampled_from((0, 1, 2, 3, 9, 17, 22, 23)), st.sampled_from((0, 15, 30, 45, 59)), seconds)


@st.composite
def models(draw: st.DrawFn, *, to_the_second: bool = False) -> tuple[CalendarModel, date]:
    """Draw a calendar and a date near which something happens."""
    some = walls(to_the_second=to_the_second)
    intervals = st.lists(st.builds(Interval, since=some, until=some), max_size=3).map(tuple)
    near = draw(st.sampled_from(CHANGES))
    dates = st.integers(-2, 2).map(lambda days: near + timedelta(days=days))
    special = draw(st.dictionaries(dates, intervals, max_size=3))
    since = sorted(draw(st.lists(dates, max_size=2, unique=True)))
    versions = tuple(WeekModel(since=on, hours=draw(weeks(some))) for on in since)
    zone = draw(st.sampled_from(ZONES))
    return CalendarModel(zone=zone, hours=draw(weeks(some)), special=special, versions=versions), near


def weeks(some: st.SearchStrategy[time]) -> st.SearchStrategy[dict[Weekday, tuple[Interval, ...]]]:
    intervals = st.lists(st.builds(Interval, since=some, until=some), max_size=3).map(tuple)
    return st.just({}) | st.dictionaries(st.sampled_from(Weekday), intervals, max_size=7).filter(lambda week: any(week.values()))


def second_of(on: date) -> int:
    return int(datetime.combine(on, time(0), UTC).timestamp())


def changes_of(zone: str) -> list[int]:
    """Return every second of the decade before which the zone's clock stood otherwise."""
    info, found = ZoneInfo(zone), []
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in DECADE)

    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, UTC).astimezone(info).utcoffset()

    for day in range(first, last, DAY):
        if offset(day) != offset(day + DAY):
            found += [s for s in range(day + 60, day + DAY + 60, 60) if offset(s - 60) != offset(s)]
    return found


@pytest.mark.mission("B.4.9")
@pytest.mark.parametrize("zone", TEN_ZONES)
def test_every_change_of_the_clock_in_ten_years(zone: str) -> None:
    rng, changes, count = Random(zone), changes_of(zone), 0
    assert len(changes) >= 18
    for change in rng.sample(changes, examples(len(changes))):
        opens = [time(rng.randrange(24), rng.choice((0, 15, 30, 59))) for _ in range(4)]
        intervals = tuple(Interval(since=a, until=b) for a, b in pairwise(opens))
        model = CalendarModel(zone=zone, hours=dict.fromkeys(Weekday, intervals))
        info, calendar, since = ZoneInfo(zone), Calendar("c", model), change - 6 * 3600
        opened = [second for second in range(since, change + 6 * 3600, 60) if open_by_wall_clock(model, info, second)]
        count += len(opened)
        assert calendar.elapsed(since * 1000, (change + 6 * 3600) * 1000) == len(opened) * 60_000, change
        for index in range(0, len(opened), 37):
            assert calendar.add(since * 1000, (index + 1) * 60_000) == (opened[index] + 60) * 1000, change
    assert count > 0


@settings(max_examples=examples(25), deadline=None)
@given(models(), st.integers(-2 * 1440, 1440), st.integers(1, 1440))
def test_opening_and_closing_minute_by_minute(drawn: tuple[CalendarModel, date], start: int, minutes: int) -> None:
    model, near = drawn
    zone, calendar = ZoneInfo(model.zone), Calendar("c", model)
    since = second_of(near) + start * 60
    until = since + minutes * 60
    for wanted, found in ((True, calendar.opens_at(since * 1000)), (False, calendar.closes_at(since * 1000))):
        first = next((s for s in range(since, until, 60) if open_by_wall_clock(model, zone, s) is wanted), None)
        if first is None:
            assert found is None or found >= until * 1000
        else:
            assert found == first * 1000


@settings(max_examples=examples(60), deadline=None)
@given(models(), st.integers(-2 * 1440, 1440), st.integers(1, 2 * 1440))
def test_minute_by_minute(drawn: tuple[CalendarModel, date], start: int, minutes: int) -> None:
    model, near = drawn
    zone, calendar = ZoneInfo(model.zone), Calendar("c", model)
    since = second_of(near) + start * 60
    opened = [s for s in range(since, since + minutes * 60, 60) if open_by_wall_clock(model, zone, s)]
    assert calendar.elapsed(since * 1000, (since + minutes * 60) * 1000) == len(opened) * 60_000
    if opened:
        assert calendar.add(since * 1000, len(opened) * 60_000) == (opened[-1] + 60) * 1000
        assert calendar.add(since * 1000, len(opened) * 60_000 - 30_001) == (opened[-1] + 60) * 1000 - 30_001


@settings(max_examples=examples(40), deadline=None)
@given(models(to_the_second=True), st.integers(-DAY, 2 * DAY))
def test_second_by_second(drawn: tuple[CalendarModel, date], offset: int) -> None:
    model, near = drawn
    zone, calendar = ZoneInfo(model.zone), Calendar("c", model)
    since = second_of(near) + offset
    # From a random second to the next change of open or closed, and around it.
    first = open_by_wall_clock(model, zone, since)
    edge = next((s for s in range(since, since + 3 * 3600, 60) if open_by_wall_clock(model, zone, s) is not first), since + 120)
    total = 0
    for second in range(edge - 90, edge + 30):
        state = open_by_wall_clock(model, zone, second)
        assert calendar.is_open(second * 1000) is state
        assert calendar.is_open(second * 1000 + 999) is state
        total += state
    assert calendar.elapsed((edge - 90) * 1000, (edge + 30) * 1000) == total * 1000


_moments = st.integers(1_700_000_000_000, 1_830_000_000_000)
"""Late 2023 to the end of 2027."""


@settings(max_examples=examples(50), deadline=None)
@given(models(to_the_second=True), _moments, st.integers(0, 40 * DAY * 1000))
def test_add_is_the_earliest_time(drawn: tuple[CalendarModel, date], start: int, amount: int) -> None:
    calendar = Calendar("c", drawn[0])
    due = calendar.add(start, amount)
    assert due >= start
    assert calendar.elapsed(start, due) == amount
    if amount:
        assert calendar.elapsed(start, due - 1) == amount - 1


@settings(max_examples=examples(50), deadline=None)
@given(models(), st.lists(_moments, min_size=3, max_size=6))
def test_spans_add_up_whatever_was_asked_before(drawn: tuple[CalendarModel, date], moments: list[int]) -> None:
    used = Calendar("c", drawn[0])
    for moment in moments:
        used.is_open(moment)
    steps = sorted(moments)
    total = Calendar("c", drawn[0]).elapsed(steps[0], steps[-1])
    assert sum(used.elapsed(a, b) for a, b in pairwise(steps)) == total == used.elapsed(steps[0], steps[-1])
