"""The waits for a first reply that ended in one judged segment, as the jump rule reads them: by it, or by leaving.

Counts and sums by minute, over weeks of the replies, and the lengths of the recent ones.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.judgement.minutesums import MinuteSums
from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.windows.histogram import representative
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS

_BLOCKS = tuple((base(measure) + HISTOGRAM, base(measure) + EDGES) for measure in (Measure.FIRST_REPLY, Measure.ABANDONED_AFTER))


class FirstWaits(NamedTuple):
    """Waits for a first reply that ended: counts, and sums, ms."""

    replies: int
    replied_ms: int
    left: int = 0
    """Customers who left before it."""
    left_ms: int = 0


NO_WAITS = FirstWaits(0, 0)


class FirstReplies(MinuteSums):
    """Count and sum, ms, of first replies per minute, or of customers who left before it."""

    __slots__ = ()


class RecentWaits:
    """The lengths, by histogram class, of the waits that ended in the minutes of the rule's window."""

    __slots__ = ("_minutes",)

    def __init__(self) -> None:
        """Start empty."""
        self._minutes: dict[int, dict[int, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._minutes)

    def add(self, minute: int, cell: Cell) -> None:
        """Add what ended in a cell to a minute."""
        for code, amount in cell.items():
            for first, end in _BLOCKS:
                if first <= code < end:
                    classes = self._minutes.setdefault(minute, {})
                    classes[code - first] = classes.get(code - first, 0) + amount

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
