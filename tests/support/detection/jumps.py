"""Drives the rule `frt_jump` as the segments engine does: its judge fed by the minute, its alerts by its terms."""

from __future__ import annotations

from pipeline.config import Domain, JumpModel
from pipeline.hours import CalendarModel
from pipeline.judgement.firstreplies import FirstWaits
from pipeline.judgement.jump import JudgedSegment, JumpRule
from pipeline.measures import HISTOGRAM, Measure, base
from pipeline.tickets.calendar import Calendar
from pipeline.windows.histogram import representative
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import MINUTE_MS
from tests.support.detection.feeding import Step

_CLASS_0 = base(Measure.FIRST_REPLY) + HISTOGRAM
ALWAYS = Calendar("always", CalendarModel())
_HALF_MS = MINUTE_MS // 2
"""A wait is taken to begin in the middle of its minute."""


class Firing:
    """Raises after holding without a break, resolves after clearing without one."""

    def __init__(self, model: JumpModel) -> None:
        self._model = model
        self._since: int | None = None
        self._cleared: int | None = None
        self.begun: int | None = None
        self.spans: list[tuple[int, int]] = []
        """Begin and end of what is over."""

    @property
    def active(self) -> bool:
        return self.begun is not None or self._since is not None

    def step(self, tick: int, *, holds: bool, clears: bool) -> None:
        self._since = (tick if self._since is None else self._since) if holds else None
        self._cleared = (tick if self._cleared is None else self._cleared) if clears else None
        if self.begun is None and self._since is not None and (tick - self._since) * MINUTE_MS >= self._model.raise_after:
            self.begun = tick
        elif self.begun is not None and self._over(tick):
            self.spans.append((self.begun, tick))
            self.begun = None

    def _over(self, tick: int) -> bool:
        return self._cleared is not None and (tick - self._cleared) * MINUTE_MS >= self._model.clear_after


class Desk:
    """The rule on one queue, and its alert."""

    def __init__(self, model: JumpModel | None = None, calendar: Calendar = ALWAYS) -> None:
        model = model or JumpModel()
        self.waits = StartTimes()
        self.segment, self.firing = JudgedSegment(JumpRule(Domain(jump=model)), self.waits, calendar), Firing(model)

    def play(self, timeline: list[tuple[int, Step]], until: int) -> None:
        """Judge at every step, and whenever the rule or its alert wants to before the next one."""
        ends = [minute for minute, _ in timeline[1:]] + [until]
        for (minute, step), end in zip(timeline, ends, strict=True):
            _feed(self.segment, self.waits, step)
            tick: int | None = minute
            while tick is not None:
                verdict = self.segment.judge(tick * MINUTE_MS)
                self.firing.step(tick, holds=verdict.holds, clears=verdict.clears)
                wake = self.segment.wake_ms
                due = tick + 1 if self.firing.active else None if wake is None else max(tick + 1, -(-wake // MINUTE_MS))
                tick = due if due is not None and due < end else None

    def spans(self, until: int) -> list[tuple[int, int]]:
        """Return when alerts were on, minutes; one that goes on ends at `until`."""
        begun = self.firing.begun
        return self.firing.spans if begun is None else [*self.firing.spans, (begun, until)]


def spans(timeline: list[tuple[int, Step]], until: int, calendar: Calendar = ALWAYS) -> list[tuple[int, int]]:
    """Return when alerts were on, minutes; one that goes on ends at `until`."""
    desk = Desk(calendar=calendar)
    desk.play(timeline, until)
    return desk.spans(until)


def _feed(segment: JudgedSegment, waits: StartTimes, step: Step) -> None:
    for start, count in step.starts.items():
        if count:
            waits.add(start, count, _HALF_MS * count)
    for at, cell in step.replies.items():
        total_ms = sum(representative(code - _CLASS_0) * amount for code, amount in cell.items())
        segment.add(at, FirstWaits(sum(cell.values()), total_ms), cell)
    segment.wake_ms = 0
