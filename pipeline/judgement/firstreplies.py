"""The first replies of one judged segment, as the jump rule reads them.

Counts and sums by minute over weeks, and the lengths of the recent ones.
"""

from __future__ import annotations

from array import array

from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.windows.histogram import representative
from pipeline.windows.rolling import SlotIndex
from pipeline.windows.rows import Cell
from pipeline.windows.slots import HOUR, MINUTE_MS

_FIRST = base(Measure.FIRST_REPLY)
_CLASS_0 = _FIRST + HISTOGRAM
_EDGE_0 = _FIRST + EDGES
_SUMS, _COUNT, _SUM = 60, 120, 121


class FirstReplies:
    """Count and sum, ms, per minute: one flat array per hour that holds something, so that weeks of a busy queue stay small."""

    __slots__ = ("_hours", "_index")

    def __init__(self) -> None:
        """Start empty."""
        self._hours: dict[int, array[int]] = {}
        self._index = SlotIndex()

    def add(self, minute: int, count: int, total_ms: int) -> None:
        """Add to a minute."""
        slot, place = divmod(minute, HOUR)
        hour = self._hours.get(slot)
        if hour is None:
            hour = self._hours[slot] = array("q", bytes(8 * 122))
            self._index.add(slot)
        hour[place] += count
        hour[_SUMS + place] += total_ms
        hour[_COUNT] += count
        hour[_SUM] += total_ms

    def between(self, since: int, until: int) -> tuple[int, int]:
        """Return count and sum, ms, of the minutes `[since, until)`."""
        count = total = 0
        for slot in self._index.between(since // HOUR, -(-until // HOUR)):
            hour = self._hours[slot]
            first, last = max(0, since - slot * HOUR), min(HOUR, until - slot * HOUR)
            if first == 0 and last == HOUR:
                count += hour[_COUNT]
                total += hour[_SUM]
            else:
                count += sum(hour[first:last])
                total += sum(hour[_SUMS + first : _SUMS + last])
        return count, total

    def next_at(self, minute: int, until: int) -> int | None:
        """Return the first minute in `[minute, until)` that holds something."""
        for slot in self._index.between(minute // HOUR, -(-until // HOUR)):
            hour = self._hours[slot]
            for place in range(max(0, minute - slot * HOUR), min(HOUR, until - slot * HOUR)):
                if hour[place] or hour[_SUMS + place]:
                    return slot * HOUR + place
        return None

    def forget(self, before: int) -> None:
        """Drop whole hours before a minute."""
        for slot in self._index.between(-(1 << 62), before // HOUR):
            del self._hours[slot]
        self._index.forget(before // HOUR)


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
