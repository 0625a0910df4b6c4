"""Nobody answers: enough customers wait, and no reply has gone out for a while of the queue's working hours.

The definition is docs/semantics.md, "Nobody answers". The rule needs no usual value and no reply at all: it is what
speaks when a detector of slow replies has nothing to read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.alertrules import SilenceModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.words import count, duration
from pipeline.measures import WORK_INDEX, Measure, Work, base
from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS, WEEK

NAME = "nobody_answers"
_REPLIES = base(Measure.REPLIES)
_WAITS = (WORK_INDEX[Work.AWAITING_FIRST_REPLY], WORK_INDEX[Work.AWAITING_NEXT_REPLY])
_ACTION = "See whether anybody is on the queue, and whether the help desk takes replies at all; answer the longest wait first."


def silence_terms(model: SilenceModel) -> Terms:
    """Return the terms of the rule."""
    return Terms(NAME, model.severity, model.raise_after, model.clear_after)


class Quiet(NamedTuple):
    """What the rule says."""

    holds: bool
    clears: bool
    waiting: int
    """For a first or a further reply."""
    replied_at: int | None
    """The end of the minute of the last reply, ms; `None`: none within reach."""
    at_ms: int

    @property
    def peak(self) -> int:
        """Return the time without a reply, ms."""
        return 0 if self.replied_at is None else max(0, self.at_ms - self.replied_at)

    @property
    def size(self) -> tuple[int, ...]:
        """Return how many wait."""
        return (self.waiting,)

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        if self.replied_at is None:
            last = "no reply within a week"
        else:
            last = f"no reply for {duration(self.at_ms - self.replied_at)} (since {scene.clock(self.replied_at)})"
        waits = f"{count(self.waiting, 'customer')} wait{'s' if self.waiting == 1 else ''} for an answer"
        longest = "" if scene.oldest_at is None else f"; for a first one {scene.who_waits}"
        numbers = {"awaiting": self.waiting} | ({} if self.replied_at is None else {"replied_at": self.replied_at})
        return Told(summary=f"{scene.where}: {last}; {waits}{longest}", action=_ACTION, numbers=numbers)


class SilenceJudge:
    """The rule on one segment."""

    __slots__ = ("_calendar", "_minutes", "_model", "_replies", "_waits", "reach", "terms", "wake_ms")

    def __init__(self, model: SilenceModel, calendar: Calendar, work: Sequence[StartTimes]) -> None:
        """Judge by the hours of `calendar`; `work` is the segment's open work."""
        self.terms = silence_terms(model)
        self.wake_ms: int | None = 0
        self.reach = WEEK
        self._model = model
        self._calendar = calendar
        self._waits = [work[index] for index in _WAITS]
        self._replies: dict[int, int] = {}
        self._minutes: list[int] = []
        """The minutes in `_replies`, ascending."""

    @property
    def restless(self) -> bool:
        """Whether enough customers wait."""
        return sum(waits.count for waits in self._waits) >= self._model.waiting

    def add(self, minute: int, cell: Cell) -> None:
        """Note replies."""
        amount = cell.get(_REPLIES)
        if amount:
            if minute not in self._replies:
                insort(self._minutes, minute)
            self._replies[minute] = self._replies.get(minute, 0) + amount
            self.wake_ms = 0

    def judge(self, at_ms: int) -> Quiet:
        """Judge at a time, ms."""
        replied_at = self._replied_at(at_ms)
        due = self._due(replied_at)
        holds = due is not None and due <= at_ms
        self.wake_ms = at_ms if holds else due
        return Quiet(holds, not holds, sum(waits.count for waits in self._waits), replied_at, at_ms)

    def _due(self, replied_at: int | None) -> int | None:
        """Return when the rule begins to hold if nothing more happens, ms."""
        started = self._enough_since()
        if started is None:
            return None
        return self._calendar.add(max(started, replied_at or 0), self._model.quiet)

    def _enough_since(self) -> int | None:
        """Return since when enough of the customers who wait now have waited: the end of that minute, ms."""
        if not self.restless:
            return None
        enough = self._model.waiting
        minutes = [waits.minute_of_rank(rank) for waits in self._waits for rank in range(1, min(enough, waits.count) + 1)]
        return (sorted(minutes)[enough - 1] + 1) * MINUTE_MS

    def _replied_at(self, at_ms: int) -> int | None:
        now = at_ms // MINUTE_MS
        if self._minutes and self._minutes[0] < now - WEEK:
            old = bisect_left(self._minutes, now - WEEK)
            for minute in self._minutes[:old]:
                del self._replies[minute]
            del self._minutes[:old]
        for place in range(bisect_right(self._minutes, now) - 1, -1, -1):
            if self._replies[self._minutes[place]] > 0:
                return (self._minutes[place] + 1) * MINUTE_MS
        return None
