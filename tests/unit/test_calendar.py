"""Business hours worked out by hand: nights, holidays, leap days and the hours that clocks skip or show twice."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pipeline.config import Domain
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.tickets.calendar import END_MS, Calendar, Calendars
from pipeline.tickets.offsets import CHUNK_MS, spans

HOUR = 3_600_000
WEEK = tuple(Weekday)


def at(text: str, zone: str = "Europe/Berlin") -> int:
    """Return the instant at which the zone's clock first reads this."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


def hours(*texts: str) -> tuple[Interval, ...]:
    pairs = (text.split("-") for text in texts)
    return tuple(Interval(since=time.fromisoformat(since), until=time.fromisoformat(until)) for since, until in pairs)


def every_day(*texts: str, zone: str = "Europe/Berlin", **more: object) -> Calendar:
    return Calendar("c", CalendarModel.model_validate({"zone": zone, "hours": dict.fromkeys(WEEK, hours(*texts)), **more}))


OFFICE = Calendar(
    "office",
    CalendarModel(
        zone="Europe/Berlin",
        hours=dict.fromkeys(WEEK[:5], hours("09:00-12:00", "13:00-18:00")),
        special={date(2026, 12, 25): (), date(2026, 12, 24): hours("09:00-12:00"), date(2026, 12, 26): hours("10:00-11:00")},
        version=3,
    ),
)


@pytest.mark.mission("B.4.9", "C5")
@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-02T09:00", "2026-03-02T18:00", 8),
        ("2026-03-02T00:00", "2026-03-03T00:00", 8),
        ("2026-03-02T11:00", "2026-03-02T14:00", 2),
        ("2026-03-02T12:00", "2026-03-02T13:00", 0),
        ("2026-03-06T17:00", "2026-03-09T10:00", 2),  # over a weekend
        ("2026-03-02T14:00", "2026-03-02T14:00", 0),
        ("2026-03-02T15:00", "2026-03-02T14:00", 0),
        ("2026-12-24T00:00", "2026-12-27T00:00", 4),  # special hours on a Thursday, Friday and Saturday
        ("2026-12-31T00:00", "2027-01-02T00:00", 16),
        ("2028-02-28T00:00", "2028-03-01T00:00", 16),  # Monday and leap day
        ("2026-03-27T09:00", "2026-03-30T18:00", 16),  # clocks go forward on the Sunday between
    ],
)
def test_elapsed(since: str, until: str, expected: float) -> None:
    assert OFFICE.elapsed(at(since), at(until)) == expected * HOUR


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-03-02T09:00", 1, "2026-03-02T10:00"),
        ("2026-03-02T09:00", 3, "2026-03-02T12:00"),  # reached at closing time, not when it opens again
        ("2026-03-02T09:00", 4, "2026-03-02T14:00"),
        ("2026-03-02T03:00", 8, "2026-03-02T18:00"),
        ("2026-03-06T17:00", 2, "2026-03-09T10:00"),
        ("2026-03-07T17:00", 0, "2026-03-07T17:00"),
        ("2026-12-24T11:00", 3, "2026-12-28T10:00"),
    ],
)
def test_add(start: str, amount: int, expected: str) -> None:
    assert OFFICE.add(at(start), amount * HOUR) == at(expected)


def test_the_edges_of_an_interval() -> None:
    opens, closes = at("2026-03-02T09:00"), at("2026-03-02T12:00")
    assert [OFFICE.is_open(moment) for moment in (opens - 1, opens, closes - 1, closes)] == [False, True, True, False]
    assert [OFFICE.elapsed(opens, closes + more) for more in (-1, 0, 1)] == [3 * HOUR - 1, 3 * HOUR, 3 * HOUR]
    assert not OFFICE.is_open(at("2026-12-25T10:00"))


class TestClockChanges:
    def test_a_night_is_shorter_or_longer(self) -> None:
        night = every_day("22:00-06:00")
        assert night.elapsed(at("2026-03-27T12:00"), at("2026-03-28T12:00")) == 8 * HOUR
        assert night.elapsed(at("2026-03-28T12:00"), at("2026-03-29T12:00")) == 7 * HOUR
        assert night.elapsed(at("2026-10-24T12:00"), at("2026-10-25T12:00")) == 9 * HOUR

    @pytest.mark.parametrize(
        ("text", "spring", "autumn"), [("02:00-03:00", 0, 2), ("02:30-03:30", 0.5, 1.5), ("01:30-02:30", 0.5, 1.5)]
    )
    def test_hours_that_the_clock_does_not_show_or_shows_twice(self, text: str, spring: float, autumn: float) -> None:
        calendar = every_day(text)
        assert calendar.elapsed(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == spring * HOUR
        assert calendar.elapsed(at("2026-10-25T00:00"), at("2026-10-26T00:00")) == autumn * HOUR

    def test_half_an_hour(self) -> None:
        zone = "Australia/Lord_Howe"
        calendar = every_day("00:00-00:00", zone=zone)
        assert calendar.elapsed(at("2026-04-05T00:00", zone), at("2026-04-06T00:00", zone)) == 24.5 * HOUR
        assert calendar.elapsed(at("2026-10-04T00:00", zone), at("2026-10-05T00:00", zone)) == 23.5 * HOUR

    def test_midnight_skipped(self) -> None:
        zone = "America/Sao_Paulo"
        night = every_day("22:00-08:00", zone=zone)
        assert night.elapsed(at("2018-11-03T12:00", zone), at("2018-11-04T12:00", zone)) == 9 * HOUR

    def test_a_date_that_never_was(self) -> None:
        zone = "Pacific/Apia"
        calendar = every_day("09:00-17:00", zone=zone)
        assert calendar.elapsed(at("2011-12-29T00:00", zone), at("2012-01-01T00:00", zone)) == 16 * HOUR


def test_midnight_is_the_end_of_the_day_too() -> None:
    assert every_day("09:00-00:00").elapsed(at("2026-03-02T00:00"), at("2026-03-03T00:00")) == 15 * HOUR
    assert every_day("00:00-00:00").elapsed(at("2026-03-02T00:00"), at("2026-03-03T00:00")) == 24 * HOUR


def test_the_end_of_the_day_is_24_00() -> None:
    late = Interval.model_validate({"since": "09:00", "until": "24:00"})
    assert late.until == time(0)
    whole = Interval.model_validate({"since": "00:00", "until": "24:00"})
    calendar = Calendar("whole", CalendarModel(hours={Weekday.MON: (whole,), Weekday.TUE: (late,)}))
    assert calendar.elapsed(at("2026-03-02T00:00", "UTC"), at("2026-03-09T00:00", "UTC")) == (24 + 15) * HOUR
    assert calendar.is_open(at("2026-03-03T00:00", "UTC") - 1)  # not closed for a minute at midnight (zammad #3180)
    with pytest.raises(ValueError, match="hour"):
        Interval.model_validate({"since": "24:00", "until": "12:00"})


class TestVersions:
    LONGER = CalendarModel.model_validate(
        {
            "zone": "Europe/Berlin",
            "hours": {"mon": [{"since": "09:00", "until": "17:00"}], "tue": [{"since": "22:00", "until": "02:00"}]},
            "special": {"2026-03-16": []},
            "versions": [
                {"from": "2026-03-04", "hours": {"mon": [{"since": "08:00", "until": "20:00"}]}},
                {"from": "2026-03-23"},
            ],
        }
    )

    def test_hours_change_on_a_date(self) -> None:
        calendar = Calendar("c", self.LONGER)
        weeks = [at(f"2026-03-{day:02}T00:00") for day in (2, 9, 16, 23)]
        # Monday and the whole of Tuesday's night, which ends on the first date of the new hours; then Mondays of twelve hours,
        # of which the 16th is a holiday; then always open.
        assert [calendar.elapsed(a, b) for a, b in pairwise(weeks)] == [(8 + 4) * HOUR, 12 * HOUR, 0]
        assert calendar.elapsed(weeks[3], weeks[3] + 50 * HOUR) == 50 * HOUR

    def test_dates_are_in_order(self) -> None:
        with pytest.raises(ValueError, match="in the order of their dates"):
            CalendarModel.model_validate({"versions": [{"from": "2026-03-04"}, {"from": "2026-03-04"}]})
        with pytest.raises(ValueError, match="no weekday has open hours"):
            CalendarModel.model_validate({"versions": [{"from": "2026-03-04", "hours": {"mon": []}}]})


def test_when_it_opens_and_closes_next() -> None:
    assert OFFICE.opens_at(at("2026-03-06T18:00")) == at("2026-03-09T09:00")
    assert OFFICE.opens_at(at("2026-03-06T17:59")) == at("2026-03-06T17:59")
    assert OFFICE.closes_at(at("2026-03-06T17:59")) == at("2026-03-06T18:00")
    assert OFFICE.closes_at(at("2026-03-06T18:00")) == at("2026-03-06T18:00")
    always = Calendar("always", CalendarModel())
    assert (always.opens_at(5), always.closes_at(5)) == (5, None)
    all_day = every_day("00:00-00:00")
    assert all_day.closes_at(at("2026-03-06T18:00")) is None
    once = Calendar("once", CalendarModel(hours={Weekday.MON: hours("09:00-10:00")}, versions=()))
    assert once.opens_at(END_MS) is None


def test_overlapping_hours_count_once() -> None:
    calendar = every_day("09:00-12:00", "11:00-13:00", "12:30-12:45", "22:00-10:00")
    assert calendar.elapsed(at("2026-03-02T00:00"), at("2026-03-03T00:00")) == (13 + 2) * HOUR


def test_a_night_belongs_to_the_date_it_begins_on() -> None:
    calendar = every_day("22:00-06:00", special={date(2026, 3, 3): ()})
    assert calendar.elapsed(at("2026-03-02T12:00"), at("2026-03-03T12:00")) == 8 * HOUR
    assert calendar.elapsed(at("2026-03-03T12:00"), at("2026-03-04T12:00")) == 0


def test_seconds_and_milliseconds() -> None:
    calendar = every_day("09:00:00.250-09:00:01.500999")
    opens = at("2026-03-02T09:00") + 250
    assert calendar.elapsed(at("2026-03-02T00:00"), at("2026-03-03T00:00")) == 1_250
    assert calendar.add(at("2026-03-02T00:00"), 7) == opens + 7


class TestAlwaysOpen:
    def test_no_hours_at_all(self) -> None:
        calendar = Calendar("always", CalendarModel())
        assert (calendar.elapsed(5, 9), calendar.elapsed(9, 5), calendar.add(5, 4), calendar.add(5, 0)) == (4, 0, 9, 5)
        assert calendar.is_open(5)

    def test_but_for_holidays(self) -> None:
        calendar = Calendar("always", CalendarModel(special={date(2026, 12, 25): ()}))
        assert calendar.elapsed(at("2026-12-24T00:00", "UTC"), at("2026-12-27T00:00", "UTC")) == 48 * HOUR
        assert not calendar.is_open(at("2026-12-25T10:00", "UTC"))


@pytest.mark.parametrize("week", [{Weekday.MON: ()}, dict.fromkeys(Weekday, ())])
def test_a_calendar_that_never_opens_is_refused(week: dict[Weekday, tuple[Interval, ...]]) -> None:
    with pytest.raises(ValueError, match="no weekday has open hours"):
        CalendarModel(hours=week, special={date(2026, 12, 25): hours("09:00-10:00")})


def test_what_never_comes() -> None:
    assert OFFICE.add(at("2026-03-02T09:00"), 10**15) == END_MS


def test_tables_grow_in_both_directions() -> None:
    calendar = Calendar("mondays", CalendarModel(hours={Weekday.MON: hours("09:00-10:00")}))
    two_years = (at("2012-01-01T00:00", "UTC"), at("2014-01-01T00:00", "UTC"))
    assert calendar.elapsed(*two_years) == 105 * HOUR
    assert calendar.elapsed(at("2030-01-01T00:00", "UTC"), at("2031-01-01T00:00", "UTC")) == 52 * HOUR
    assert calendar.elapsed(at("2000-01-01T00:00", "UTC"), at("2028-01-01T00:00", "UTC")) == 1461 * HOUR  # 28 years of weeks
    assert calendar.elapsed(*two_years) == 105 * HOUR


def test_before_the_first_hours_of_a_table() -> None:
    calendar = Calendar("mondays", CalendarModel(hours={Weekday.MON: hours("09:00-10:00")}))
    begin = 56 * CHUNK_MS  # Thursday, 2025-12-18
    assert not calendar.is_open(begin)
    assert calendar.elapsed(begin, begin + HOUR) == 0
    assert calendar.elapsed(begin - 7 * 24 * HOUR, begin) == HOUR
    assert calendar.add(begin, HOUR) == begin + (4 * 24 + 10) * HOUR


def test_calendars_of_a_domain() -> None:
    night = CalendarModel(hours={Weekday.MON: hours("22:00-06:00")}, version=2)
    domain = Domain(
        calendars={"always": CalendarModel(), "night": night, "day": CalendarModel(hours={Weekday.TUE: hours("09:00-10:00")})},
        queue_calendars={"billing": "night"},
        team_calendars={"tier1": "day"},
    )
    calendars = Calendars(domain)
    assert [calendars.of(queue, "tier1").name for queue in ("billing", "other")] == ["night", "day"]
    assert (calendars.of("billing").name, calendars.of("billing").version) == ("night", 2)
    assert calendars.of("other") is calendars.of("") is calendars.named("always") is calendars.named("dropped")
    assert calendars.named("night") is calendars.of("billing")
    assert (calendars.named("").name, calendars.named("").elapsed(0, 5)) == ("", 5)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Africa/Casablanca", "America/Sao_Paulo", "Antarctica/Troll"])
def test_spans_are_those_of_the_zone(zone: str) -> None:
    info = ZoneInfo(zone)
    for chunk in range(30, 58):
        found = spans(zone, chunk)
        assert (found[0].since, found[-1].until) == (chunk * CHUNK_MS, (chunk + 1) * CHUNK_MS)
        assert all(a.until == b.since and a.offset_ms != b.offset_ms for a, b in pairwise(found))
        for span in found:
            for moment in (span.since, (span.since + span.until) // 2, span.until - 1):
                offset = datetime.fromtimestamp(moment / 1000, info).utcoffset()
                assert offset is not None
                assert offset.total_seconds() * 1000 == span.offset_ms
