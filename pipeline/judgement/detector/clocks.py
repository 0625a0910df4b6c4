"""The clock on which a segment's waits run, and the hour of the day that a wait began in."""

from __future__ import annotations

from typing import Protocol

from pipeline.windows.slots import HOUR, MINUTE_MS, WEEK, Slots

_REMEMBERED = 20_000
_WEEKEND = 5
_HOURS = 168
_SECOND_MS = 1_000
_A_WEEK = (1_767_571_200_000, 1_767_571_200_000 + WEEK * MINUTE_MS)


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

    __slots__ = ("_calendar", "_cells", "_slots", "closes", "piles")

    def __init__(self, calendar: OpenTime, slots: Slots) -> None:
        """Follow the hours of `calendar`; cells follow the wall clock of `slots`."""
        self._calendar = calendar
        self.closes = calendar.elapsed(_A_WEEK[0], _A_WEEK[1]) < _A_WEEK[1] - _A_WEEK[0]
        """Whether the queue is closed at times: then every hour of the week has a cell, else weekdays share theirs."""
        self._slots = slots
        self._cells: dict[int, int] = {}
        self.piles = self._piles() if self.closes else ()
        """By hour of the week, the hour that the queue opens in next where it is closed; of one that never closes nothing."""

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        """Return the open time, ms, in `[since, until)`."""
        return self._calendar.elapsed(since_ms, until_ms)

    def after(self, start_ms: int, duration_ms: int) -> int:
        """Return the earliest time, ms, by which so much open time has passed since the start."""
        return self._calendar.add(start_ms, duration_ms)

    def cell(self, minute: int) -> int:
        """Return the cell of a wait that began in a minute: the hour of the day, weekend hours after those of weekdays.

        Of a queue that closes: the hour of the week.
        """
        hour = self._slots.hour(minute)
        cell = self._cells.get(hour)
        if cell is None:
            if len(self._cells) >= _REMEMBERED:
                self._cells.clear()
            local = self._slots.local(hour * MINUTE_MS)
            day = local.weekday() if self.closes else local.weekday() >= _WEEKEND
            cell = self._cells[hour] = local.hour + 24 * day
        return cell

    def is_shut(self, at_ms: int) -> bool:
        """Return whether the queue is closed at a time, ms."""
        return self.closes and not self._calendar.elapsed(at_ms, at_ms + _SECOND_MS)

    def hours_of(self, cell: int) -> int:
        """Return how many hours of a week a cell stands for."""
        return 1 if self.closes else 2 if cell >= 24 else 5

    def week(self, minute: int) -> int:
        """Return the number of the calendar week that holds a minute."""
        return (self._slots.local(minute * MINUTE_MS).toordinal() - 1) // 7

    def _piles(self) -> tuple[int | None, ...]:
        opening: list[int | None] = [None] * _HOURS
        for at_ms in range(_A_WEEK[0], _A_WEEK[1], HOUR * MINUTE_MS):
            if self.is_shut(at_ms) and self._calendar.elapsed(at_ms, at_ms + _A_WEEK[1] - _A_WEEK[0]):
                opens_ms = self._calendar.add(at_ms, _SECOND_MS) - _SECOND_MS
                opening[self.cell(at_ms // MINUTE_MS)] = self.cell(opens_ms // MINUTE_MS)
        return tuple(opening)
