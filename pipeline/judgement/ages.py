"""How long customers have waited already, on the hours of a calendar."""

from __future__ import annotations

from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import DAY, MINUTE_MS

_LONGEST_MS = 60 * DAY * MINUTE_MS
"""Who waits for longer than this has waited for so long on any calendar that opens at all."""


class Ages:
    """The ages of the open work of one kind; starts are known to the minute."""

    __slots__ = ("_calendar", "_waits")

    def __init__(self, calendar: Calendar, waits: StartTimes) -> None:
        """Read ages on the hours of a calendar."""
        self._calendar = calendar
        self._waits = waits

    def reached(self, at_ms: int, age_ms: int) -> int:
        """Return how many had waited for at least this much open time at a time, ms."""
        start_ms = self._start(at_ms, age_ms)
        return 0 if start_ms is None else self._waits.before(start_ms // MINUTE_MS + 1)

    def over(self, at_ms: int, limit_ms: int) -> int:
        """Return how many have certainly waited for longer than a limit, ms."""
        start_ms = self._start(at_ms, limit_ms)
        return 0 if start_ms is None else self._waits.before(start_ms // MINUTE_MS)

    def _start(self, at_ms: int, age_ms: int) -> int | None:
        """Return when a wait of this age began; `None`: nobody can be as old."""
        if self._waits.count <= 0:
            return None
        horizon_ms = at_ms - _LONGEST_MS
        elapsed_ms = self._calendar.elapsed(horizon_ms, at_ms)
        return None if age_ms > elapsed_ms else self._calendar.add(horizon_ms, elapsed_ms - age_ms)
