"""Two sums per minute over weeks: one flat array per hour that holds something, so that a busy segment stays small."""

from __future__ import annotations

from array import array

from pipeline.windows.rolling import SlotIndex
from pipeline.windows.slots import HOUR

_SECOND, _FIRST_OF_HOUR, _SECOND_OF_HOUR = 60, 120, 121


class MinuteSums:
    """What was added, by minute; integers, so that corrections are exact."""

    __slots__ = ("_hours", "_index")

    def __init__(self) -> None:
        """Start empty."""
        self._hours: dict[int, array[int]] = {}
        self._index = SlotIndex()

    def add(self, minute: int, first: int, second: int) -> None:
        """Add to both sums of a minute."""
        slot, place = divmod(minute, HOUR)
        hour = self._hours.get(slot)
        if hour is None:
            hour = self._hours[slot] = array("q", bytes(8 * 122))
            self._index.add(slot)
        hour[place] += first
        hour[_SECOND + place] += second
        hour[_FIRST_OF_HOUR] += first
        hour[_SECOND_OF_HOUR] += second

    def between(self, since: int, until: int) -> tuple[int, int]:
        """Return both sums over the minutes `[since, until)`."""
        first_sum = second_sum = 0
        for slot in self._index.between(since // HOUR, -(-until // HOUR)):
            hour = self._hours[slot]
            first, last = max(0, since - slot * HOUR), min(HOUR, until - slot * HOUR)
            if first == 0 and last == HOUR:
                first_sum += hour[_FIRST_OF_HOUR]
                second_sum += hour[_SECOND_OF_HOUR]
            else:
                first_sum += sum(hour[first:last])
                second_sum += sum(hour[_SECOND + first : _SECOND + last])
        return first_sum, second_sum

    def next_at(self, minute: int, until: int) -> int | None:
        """Return the first minute in `[minute, until)` that holds something."""
        for slot in self._index.between(minute // HOUR, -(-until // HOUR)):
            hour = self._hours[slot]
            for place in range(max(0, minute - slot * HOUR), min(HOUR, until - slot * HOUR)):
                if hour[place] or hour[_SECOND + place]:
                    return slot * HOUR + place
        return None

    def forget(self, before: int) -> None:
        """Drop whole hours before a minute."""
        for slot in self._index.between(-(1 << 62), before // HOUR):
            del self._hours[slot]
        self._index.forget(before // HOUR)
