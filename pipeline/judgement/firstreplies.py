"""The first replies of one judged segment, as the jump rule reads them.

Counts and sums by minute over weeks, and the lengths of the recent ones.
"""

from __future__ import annotations

from pipeline.judgement.minutesums import MinuteSums
from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.windows.histogram import representative
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS

_FIRST = base(Measure.FIRST_REPLY)
_CLASS_0 = _FIRST + HISTOGRAM
_EDGE_0 = _FIRST + EDGES


class FirstReplies(MinuteSums):
    """Count and sum, ms, of first replies per minute."""

    __slots__ = ()


class RecentReplies:
    """The lengths, by histogram class, of the first replies of the minutes in the rule's window."""

    __slots__ = ("_minutes",)

    def __init__(self) -> None:
        """Start empty."""
        self._minutes: dict[int, dict[int, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._minutes)

    def add(self, minute: int, cell: Cell) -> None:
        """Add the first replies in a cell to a minute."""
        for code, amount in cell.items():
            if _CLASS_0 <= code < _EDGE_0:
                classes = self._minutes.setdefault(minute, {})
                classes[code - _CLASS_0] = classes.get(code - _CLASS_0, 0) + amount

    def forget(self, before: int) -> None:
        """Drop the minutes before one."""
        for minute in [minute for minute in self._minutes if minute < before]:
            del self._minutes[minute]

    def outside_ms(self, since: int, until: int) -> int:
        """Return how much of the waits that ended in `[since, until)` lies before `since`, ms.

        Lengths are within 1 % (their class), ends within half a minute; a wait that began inside adds nothing.
        """
        total = 0
        for minute, classes in self._minutes.items():
            if since <= minute < until:
                room = (minute - since) * MINUTE_MS + MINUTE_MS // 2
                for index, amount in classes.items():
                    excess = representative(index) - room
                    if excess > 0:
                        total += excess * amount
        return total
