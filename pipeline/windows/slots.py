"""Slots of time: minutes, and the hours and days of a zone, each named by the number of its first minute.

A minute is `ms // 60_000` since the Unix epoch, UTC. Hours and days begin where the zone's wall clock says so: in a zone
at +05:30 an hour begins at half past, and a day has 23 or 25 hours when the clocks change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
HOUR = 60
"""Minutes of an hour."""
DAY = 24 * HOUR
WEEK = 7 * DAY
MONTH = 4 * WEEK
"""Whole weeks, so that the same weekdays are compared."""

_QUARTER = 15
_REMEMBERED = 100_000


class Slots:
    """Finds the hour and the day of a minute; remembers, because a zone's rules are slow to ask."""

    __slots__ = ("_days", "_hours", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        """Follow the wall clock of `zone`."""
        self.zone = zone
        self._hours: dict[int, int] = {}
        self._days: dict[int, int] = {}

    def hour(self, minute: int) -> int:
        """Return the first minute of the hour that holds `minute`."""
        quarter = minute // _QUARTER
        hour = self._hours.get(quarter)
        if hour is None:
            if len(self._hours) >= _REMEMBERED:
                self._hours.clear()
            hour = self._hours[quarter] = self._first_of_hour(quarter * _QUARTER)
        return hour

    def day(self, hour: int) -> int:
        """Return the first minute of the day that holds an hour."""
        day = self._days.get(hour)
        if day is None:
            if len(self._days) >= _REMEMBERED:
                self._days.clear()
            day = self._days[hour] = self._first_of_day(hour)
        return day

    def local(self, at_ms: int) -> datetime:
        """Return the wall clock at a time, ms."""
        return datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(self.zone)

    def _first_of_hour(self, minute: int) -> int:
        return minute - self.local(minute * MINUTE_MS).minute

    def _first_of_day(self, minute: int) -> int:
        midnight = self.local(minute * MINUTE_MS).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return int(midnight.timestamp()) // 60
