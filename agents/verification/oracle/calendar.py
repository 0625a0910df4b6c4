"""Business time by brute force: an instant is open when the wall clock of the zone, read at that instant, is inside an interval.

Each UTC day is cut into stretches of one UTC offset by asking the zone every quarter of an hour; inside a stretch the wall
clock is the UTC time plus a constant, so that the intervals of the local dates can be laid on it with plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from pipeline.config import Domain
from pipeline.hours import CalendarModel, Weekday

DAY_MS = 86_400_000
QUARTER_MS = 900_000
WEEKDAYS = tuple(Weekday)
EPOCH = date(1970, 1, 1)


class Hours(Protocol):
    """Which hours count."""

    name: str

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        """Return the milliseconds that count in `[since_ms, until_ms)`; 0 when it is empty."""
        ...

    def reach(self, since_ms: int, amount_ms: int, until_ms: int) -> int | None:
        """Return the earliest time at which `amount_ms` have counted since `since_ms`, or `None` when not by `until_ms`."""
        ...


class EveryHour:
    """The calendar clock."""

    name = ""

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        return max(0, until_ms - since_ms)

    def reach(self, since_ms: int, amount_ms: int, until_ms: int) -> int | None:
        return since_ms + amount_ms if since_ms + amount_ms <= until_ms else None


class OpeningHours:
    """The hours of one calendar."""

    def __init__(self, name: str, model: CalendarModel) -> None:
        """Take a calendar."""
        self.name = name
        self._model = model
        self._zone = ZoneInfo(model.zone)
        self._days: dict[int, list[tuple[int, int]]] = {}
        self._totals: dict[int, int] = {}

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        if until_ms <= since_ms:
            return 0
        first, last = since_ms // DAY_MS, (until_ms - 1) // DAY_MS
        if first == last:
            return self._within(first, since_ms, until_ms)
        between = sum(self._total(day) for day in range(first + 1, last))
        return self._within(first, since_ms, until_ms) + between + self._within(last, since_ms, until_ms)

    def reach(self, since_ms: int, amount_ms: int, until_ms: int) -> int | None:
        left = amount_ms
        if left <= 0:
            return since_ms
        for day in range(since_ms // DAY_MS, until_ms // DAY_MS + 1):
            for opens, closes in self.open_on(day):
                begin = max(opens, since_ms)
                if begin < closes:
                    if closes - begin >= left:
                        return begin + left if begin + left <= until_ms else None
                    left -= closes - begin
        return None

    def open_on(self, day: int) -> list[tuple[int, int]]:
        """Return the open pieces `[opens, closes)` of one UTC day (days since the epoch), ms, ascending and apart."""
        if day not in self._days:
            self._days[day] = _union(sorted(self._pieces(day)))
        return self._days[day]

    def _within(self, day: int, since_ms: int, until_ms: int) -> int:
        return sum(max(0, min(closes, until_ms) - max(opens, since_ms)) for opens, closes in self.open_on(day))

    def _total(self, day: int) -> int:
        if day not in self._totals:
            self._totals[day] = sum(closes - opens for opens, closes in self.open_on(day))
        return self._totals[day]

    def _pieces(self, day: int) -> Iterator[tuple[int, int]]:
        for since_ms, until_ms, offset_ms in self._stretches(day):
            # Dates of the wall clock that this stretch shows, and the date before: its night shift may reach in.
            dates = range((since_ms + offset_ms) // DAY_MS - 1, (until_ms + offset_ms - 1) // DAY_MS + 1)
            for local in dates:
                for opens, closes in self._wall(local):
                    begin, end = max(since_ms, opens - offset_ms), min(until_ms, closes - offset_ms)
                    if begin < end:
                        yield begin, end

    def _stretches(self, day: int) -> list[tuple[int, int, int]]:
        """Return `(since, until, offset)` of one UTC day, ms, by asking the zone every quarter of an hour."""
        found: list[tuple[int, int, int]] = []
        for slot in range(day * DAY_MS, (day + 1) * DAY_MS, QUARTER_MS):
            offset = datetime.fromtimestamp(slot / 1000, UTC).astimezone(self._zone).utcoffset()
            assert offset is not None  # noqa: S101 - a zone that is named has an offset; narrows the type
            offset_ms = offset // timedelta(milliseconds=1)
            if found and found[-1][2] == offset_ms:
                found[-1] = (found[-1][0], slot + QUARTER_MS, offset_ms)
            else:
                found.append((slot, slot + QUARTER_MS, offset_ms))
        return found

    def _wall(self, local: int) -> Iterator[tuple[int, int]]:
        """Yield the intervals of one local date (days since the epoch) in milliseconds of the wall clock."""
        on, midnight = EPOCH + timedelta(days=local), local * DAY_MS
        if on in self._model.special:
            intervals = self._model.special[on]
        else:
            week = self._model.hours
            for version in self._model.versions:
                week = version.hours if version.since <= on else week
            if not week:
                yield midnight, midnight + DAY_MS
                return
            intervals = week.get(WEEKDAYS[on.weekday()], ())
        for interval in intervals:
            opens, closes = _of_day(interval.since), _of_day(interval.until)
            yield midnight + opens, midnight + closes + (DAY_MS if closes <= opens else 0)


def hours_of(domain: Domain, cache: dict[str, OpeningHours], queue: str, team: str) -> OpeningHours:
    """Return the hours of a queue's calendar, else of the team's, else the default ones."""
    if queue in domain.queue_calendars:
        return hours_named(domain, cache, domain.queue_calendars[queue])
    return hours_named(domain, cache, domain.team_calendars.get(team, domain.default_calendar))


def hours_named(domain: Domain, cache: dict[str, OpeningHours], name: str) -> OpeningHours:
    """Return the hours of one calendar, made once per calendar."""
    if name not in cache:
        cache[name] = OpeningHours(name, domain.calendars[name])
    return cache[name]


def _of_day(wall: time) -> int:
    return ((wall.hour * 60 + wall.minute) * 60 + wall.second) * 1000 + wall.microsecond // 1000


def _union(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for opens, closes in pieces:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined
