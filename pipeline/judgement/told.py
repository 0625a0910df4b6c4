"""What customers were told of their wait, and how it turned out: the measured error of the expected wait.

What was told is kept by the minute from which it held. When a wait ends, its length is compared with what held when it began;
a customer who waits still, longer than nine in ten were to wait, counts as one who was told wrong. Ends are known to the minute
and lengths to 1 %, so what held is found to the minute or so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import msgspec

from pipeline.windows.slots import DAY, MINUTE_MS

DAYS = 28
_KEPT = 128
"""Changes of what was told that are remembered."""


class Telling(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was told from one minute on; 0: it could not be told."""

    minute: int
    p50_ms: int
    p90_ms: int


class Day(msgspec.Struct, array_like=True, gc=False):
    """Waits that ended on one day (UTC): all that can be compared, and those no longer than told."""

    day: int
    ended: int = 0
    within_p50: int = 0
    within_p90: int = 0


class Score(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How what was told has turned out over the last 28 days."""

    judged: int
    overdue: int
    within_p50: int
    within_p90: int


class Record(msgspec.Struct, array_like=True):
    """The record of one segment, as its row keeps it. Append with a default, never reorder."""

    tellings: list[Telling] = []
    days: list[Day] = []

    def tell(self, minute: int, p50_ms: int | None, p90_ms: int | None) -> bool:
        """Note what is told from a minute on; return whether that is news."""
        telling = Telling(minute, p50_ms or 0, p90_ms or 0)
        last = self.tellings[-1] if self.tellings else None
        if last is not None and (last.p50_ms, last.p90_ms) == (telling.p50_ms, telling.p90_ms):
            return False
        if last is not None and last.minute >= minute:
            self.tellings.pop()
        self.tellings.append(telling)
        del self.tellings[:-_KEPT]
        return True

    def ended(self, minute: int, lasted_ms: int, count: int) -> bool:
        """Compare waits that ended in a minute (a negative count takes them back); return whether they could be."""
        began = (minute * MINUTE_MS + MINUTE_MS // 2 - lasted_ms) // MINUTE_MS
        place = bisect_right(self.tellings, began, key=_minute) - 1
        if place < 0 or not (told := self.tellings[place]).p90_ms:
            return False
        day = self._day(minute // DAY)
        if day is None:
            return False
        day.ended += count
        day.within_p50 += count if lasted_ms <= told.p50_ms else 0
        day.within_p90 += count if lasted_ms <= told.p90_ms else 0
        return True

    def score(self, at_ms: int, oldest: int | None, began_before: Callable[[int], int]) -> Score:
        """Return how it turned out; `oldest` is the minute in which the oldest wait of now began, `began_before` counts waits."""
        since = at_ms // MINUTE_MS // DAY - DAYS
        days = [day for day in self.days if day.day > since]
        overdue = 0 if oldest is None else self._overdue(at_ms, oldest, began_before)
        return Score(
            judged=sum(day.ended for day in days) + overdue,
            overdue=overdue,
            within_p50=sum(day.within_p50 for day in days),
            within_p90=sum(day.within_p90 for day in days),
        )

    def _overdue(self, at_ms: int, oldest: int, began_before: Callable[[int], int]) -> int:
        """Return how many wait for longer than nine in ten were to wait when they came."""
        overdue = 0
        ends = [telling.minute for telling in self.tellings[1:]] + [at_ms // MINUTE_MS + 1]
        for telling, end in zip(self.tellings, ends, strict=True):
            late_before = min(end, (at_ms - telling.p90_ms) // MINUTE_MS)
            if end > oldest and telling.p90_ms and late_before > telling.minute:
                overdue += began_before(late_before) - began_before(telling.minute)
        return overdue

    def _day(self, number: int) -> Day | None:
        days = self.days
        if not days or number > days[-1].day:
            days.append(Day(number))
            while days[0].day <= number - DAYS:
                del days[0]
            return days[-1]
        return next((day for day in reversed(days) if day.day == number), None)


def _minute(telling: Telling) -> int:
    return telling.minute
