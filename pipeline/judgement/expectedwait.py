"""What a customer who comes now should be told: how long half, and nine in ten, will wait for a first reply.

Learnt from the latest first replies and from who waits now (`pipeline.judgement.lifetable`), on the hours of the queue's
calendar, so that a customer who comes at night is told the night too. What is told is rounded up to what people say, and is
worked out once a minute. Without enough replies it says that it cannot tell. Its error is measured (`pipeline.judgement.told`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pipeline.duration import show
from pipeline.judgement.ages import Ages
from pipeline.judgement.lifetable import Ended, outlook
from pipeline.judgement.told import Record
from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.standards import ExpectedWaitModel
from pipeline.standings import ExpectedWait
from pipeline.tickets.calendar import Calendar
from pipeline.windows.histogram import representative
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rolling import Read, SlotIndex
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS

_S, _M, _H, _D = 1_000, 60_000, 3_600_000, 86_400_000
_STEPS = ((_M, 10 * _S), (10 * _M, _M), (_H, 5 * _M), (4 * _H, 15 * _M), (_D, _H))
"""Up to this long, told in steps of this much; above, in days."""
_COARSE = 3
"""Eight classes of the histogram count as one: a wait is told in far larger steps."""
_MIDDLE = 1 << _COARSE >> 1
_PPM = 1_000_000
_BEHIND = "cannot tell: the events of tickets lag behind"


class Answers(NamedTuple):
    """Where the first replies of a segment stand."""

    minutes: SlotIndex
    """Minutes that hold something."""
    read: Read


class Kept(msgspec.Struct, array_like=True):
    """What a row keeps: the record of what was told, and what is told now. Append with a default, never reorder."""

    record: Record
    said: ExpectedWait | None = None


class ExpectedWaits:
    """The expected wait of one segment."""

    __slots__ = ("_ages", "_block", "_calendar", "_classes", "_first", "_model", "_waits", "changed", "kept")

    def __init__(self, model: ExpectedWaitModel, calendar: Calendar, waits: StartTimes, *, business: bool) -> None:
        """Start without a past; `waits` are the customers who await a first reply, `business`: the calendar closes at times."""
        self._model = model
        self._calendar = calendar
        self._waits = waits
        self._ages = Ages(calendar, waits)
        self._block = base(Measure.FIRST_REPLY_BUSINESS if business else Measure.FIRST_REPLY) + HISTOGRAM
        self._first = base(Measure.FIRST_REPLY) + HISTOGRAM
        self._classes: dict[int, dict[int, int]] = {}
        """Minute -> coarse class -> first replies, of the minutes looked back at."""
        self.kept = Kept(Record())
        self.changed = False
        """The row is to be written."""

    def add(self, minute: int, cell: Cell) -> None:
        """Compare first replies in a cell with what was told; the minute is read anew."""
        self._classes.pop(minute, None)
        first, last = self._first, self._first + EDGES - HISTOGRAM
        for code, amount in cell.items():
            if first <= code < last and amount and self.kept.record.ended(minute, representative(code - first), amount):
                self.changed = True

    def tell(self, at_ms: int, answers: Answers, *, recent: bool = True) -> ExpectedWait:
        """Say what to tell at a time, ms; the same all through a minute.

        While the events lag behind (not `recent`) whoever has been answered since seems to wait on: then it cannot tell.
        """
        said, minute = self.kept.said, at_ms // MINUTE_MS
        if said is not None and said.told_at // MINUTE_MS == minute and not (recent and said.words == _BEHIND):
            return said
        since, replies = self._period(minute, answers)
        p50 = p90 = None
        if recent and replies >= self._model.minimum:
            p50, p90 = self._outlook(at_ms, since * MINUTE_MS)
        words = _words(p50, p90, replies, self._model) if recent else _BEHIND
        told = p50 is not None
        self.kept.record.tell(minute, p50, p90 if told else None)
        self.kept.said = said = self._said(at_ms, p50, p90 if told else None, replies, words)
        self.changed = True
        return said

    def _said(self, at_ms: int, p50: int | None, p90: int | None, replies: int, words: str) -> ExpectedWait:
        score = self.kept.record.score(at_ms, self._waits.oldest_minute(), self._waits.before)
        judged = score.judged
        return ExpectedWait(
            told_at=at_ms,
            p50_ms=p50,
            p90_ms=p90,
            replies=replies,
            waiting=max(0, self._waits.count),
            words=words,
            judged=judged,
            overdue=score.overdue,
            within_p50_ppm=score.within_p50 * _PPM // judged if judged > 0 else None,
            within_p90_ppm=score.within_p90 * _PPM // judged if judged > 0 else None,
        )

    def _period(self, minute: int, answers: Answers) -> tuple[int, int]:
        """Return the minute from which to learn, and the first replies since: enough of them, for long enough."""
        model = self._model
        earliest, latest = minute - model.at_most // MINUTE_MS, minute - model.at_least // MINUTE_MS
        since, replies = earliest, 0
        for one in reversed(answers.minutes.between(earliest, minute + 1)):
            if replies >= model.replies and one <= latest:
                since = one + 1
                break
            replies += sum(self._of(one, answers.read).values())
        for stale in [one for one in self._classes if one < since]:
            del self._classes[stale]
        return since, replies

    def _of(self, minute: int, read: Read) -> dict[int, int]:
        classes = self._classes.get(minute)
        if classes is None:
            classes = self._classes[minute] = {}
            block, end = self._block, self._block + EDGES - HISTOGRAM
            for cell in read(minute):
                for code, amount in cell.items():
                    if block <= code < end:
                        coarse = (code - block) >> _COARSE
                        classes[coarse] = classes.get(coarse, 0) + amount
        return classes

    def _outlook(self, at_ms: int, since_ms: int) -> tuple[int | None, int | None]:
        reached = self._ages.reached

        def waiting_at(age_ms: int) -> int:
            return reached(at_ms, age_ms) - reached(since_ms, age_ms)

        found = outlook(self._ended(at_ms, since_ms), waiting_at)
        return self._on_the_wall(at_ms, found.p50_ms), self._on_the_wall(at_ms, found.p90_ms)

    def _ended(self, at_ms: int, since_ms: int) -> Iterator[Ended]:
        for minute, classes in self._classes.items():
            end_ms = min(at_ms, minute * MINUTE_MS + MINUTE_MS // 2)
            inside_ms = self._calendar.elapsed(since_ms, end_ms) if classes else 0
            for coarse, count in classes.items():
                lasted_ms = representative((coarse << _COARSE) + _MIDDLE)
                yield Ended(lasted_ms, max(0, lasted_ms - inside_ms), count)

    def _on_the_wall(self, at_ms: int, open_ms: int | None) -> int | None:
        return None if open_ms is None else rounded_up(self._calendar.add(at_ms, open_ms) - at_ms)


def rounded_up(duration_ms: int) -> int:
    """Return a duration, ms, as people say it: never less than it is."""
    step = next((step for limit, step in _STEPS if duration_ms <= limit), _D)
    return -(-duration_ms // step) * step


def _words(p50: int | None, p90: int | None, replies: int, model: ExpectedWaitModel) -> str:
    if p50 is None:
        if replies < model.minimum:
            return f"cannot tell: {replies} first replies in the last {show(model.at_most)}, {model.minimum} are needed"
        return "cannot tell: too many customers wait for longer than anybody who was answered"
    if p90 is None:
        return f"about {show(p50)} for half of the customers; cannot tell for the others"
    return f"about {show(p50)}; nine in ten wait no longer than {show(p90)}"
