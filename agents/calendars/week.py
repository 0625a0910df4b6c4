"""A week of a calendar as people read it: what is open on each date, by the calendar's clock, and why a day is unlike others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.hours import CalendarModel
from pipeline.tickets.calendar import Calendar

_DAY = timedelta(days=1)


class Opening(NamedTuple):
    """Open without a break within one date: instants as the zone's clock reads them."""

    opens: datetime
    closes: datetime

    @property
    def length(self) -> timedelta:
        """Return how long, in time that passes: a change of the clock in between counts."""
        return self.closes.astimezone(UTC) - self.opens.astimezone(UTC)

    def __str__(self) -> str:
        """Say `09:00-17:00 +01:00`; with both distances from UTC where the clock changes in between."""
        closes = "24:00" if self.closes.date() != self.opens.date() else _clock(self.closes)
        before, after = _offset(self.opens), _offset(self.closes)
        if before != after:
            return f"{_clock(self.opens)} {before} - {closes} {after}"
        return f"{_clock(self.opens)}-{closes} {after}"


class Day(NamedTuple):
    """One date of the calendar's zone."""

    on: date
    openings: tuple[Opening, ...]
    """A night shift stands on both of its dates."""
    note: str
    """Why it is unlike other days; empty for an ordinary one."""

    @property
    def length(self) -> timedelta:
        """Return the open time."""
        return sum((opening.length for opening in self.openings), timedelta())


def week_of(name: str, model: CalendarModel, on: date) -> list[Day]:
    """Return the seven days from the Monday of a date's week."""
    calendar, zone = Calendar(name, model), ZoneInfo(model.zone)
    monday = on - on.weekday() * _DAY
    days = [monday + number * _DAY for number in range(7)]
    return [Day(day, tuple(_openings(calendar, zone, day)), _note(model, day)) for day in days]


def _openings(calendar: Calendar, zone: ZoneInfo, on: date) -> Iterator[Opening]:
    at, end = _instant(zone, on), _instant(zone, on + _DAY)
    while (opens := calendar.opens_at(at)) is not None and opens < end:
        closes = calendar.closes_at(opens)
        at = end if closes is None else min(closes, end)
        yield Opening(_local(zone, opens), _local(zone, at))


def _instant(zone: ZoneInfo, on: date) -> int:
    return int(datetime.combine(on, time(), zone).timestamp()) * 1000


def _local(zone: ZoneInfo, at_ms: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(zone)


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M" if not moment.second else "%H:%M:%S")


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def dated(model: CalendarModel, year: int) -> list[tuple[date, str]]:
    """Return every date of a year with hours of its own, and what is said of it."""
    return [(on, _note(model, on)) for on in sorted(model.special) if on.year == year]


def _note(model: CalendarModel, on: date) -> str:
    parts = []
    if on in model.special:
        kind = "special hours" if model.special[on] else "closed"
        parts.append(f"{kind}: {model.names[on]}" if on in model.names else kind)
    parts += ["new weekly hours" for version in model.versions if version.since == on]
    return ", ".join(parts)
