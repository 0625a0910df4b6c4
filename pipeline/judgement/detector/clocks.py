"""The clock on which a segment's waits run, and the hour of the day that a wait began in."""

from __future__ import annotations

from typing import Protocol

from pipeline.windows.slots import MINUTE_MS, Slots

_REMEMBERED = 20_000
_WEEKEND = 5


class OpenTime(Protocol):
    """Open time between two instants: a compiled calendar."""

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        """Return the open time, ms, in `[since, until)`."""
        ...

    def add(self, start_ms: int, duration_ms: int) -> int:
        """Return the earliest time by which so much open time has passed since the start."""
        ...


class WaitClock:
    """Measures waits in the open hours of a queue, and says which hour's usual value they belong to."""

    __slots__ = ("_calendar", "_cells", "_slots")

    def __init__(self, calendar: OpenTime, slots: Slots) -> None:
        """Follow the hours of `calendar`; cells follow the wall clock of `slots`."""
        self._calendar = calendar
        self._slots = slots
        self._cells: dict[int, int] = {}

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        """Return the open time, ms, in `[since, until)`."""
        return self._calendar.elapsed(since_ms, until_ms)

    def after(self, start_ms: int, duration_ms: int) -> int:
        """Return the earliest time, ms, by which so much open time has passed since the start."""
        return self._calendar.add(start_ms, duration_ms)

    def cell(self, minute: int) -> int:
        """Return the cell of a wait that began in a minute: the hour of the day, weekend hours after those of weekdays."""
        hour = self._slots.hour(minute)
        cell = self._cells.get(hour)
        if cell is None:
            if len(self._cells) >= _REMEMBERED:
                self._cells.clear()
            local = self._slots.local(hour * MINUTE_MS)
            cell = self._cells[hour] = local.hour + (24 if local.weekday() >= _WEEKEND else 0)
        return cell

    def week(self, minute: int) -> int:
        """Return the number of the calendar week that holds a minute."""
        return (self._slots.local(minute * MINUTE_MS).toordinal() - 1) // 7
