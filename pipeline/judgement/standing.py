"""Where each segment stands: its service level, its goals, its expected wait. What is not configured is not there.

A segment's state asks once when it is said. Everything but the record of what was told follows from panes and open work, so only
that record has a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.config import Domain
from pipeline.judgement.expectedwait import Answers, ExpectedWaits
from pipeline.judgement.goals import Goals, GoalTracker
from pipeline.judgement.ladder import Ladder, Parts, Seen
from pipeline.standings import ExpectedWait, GoalStanding, LevelStanding
from pipeline.tickets.calendar import Calendars
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS, Slots


class Standing(NamedTuple):
    """What is said of a segment."""

    level: LevelStanding | None = None
    goals: tuple[GoalStanding, ...] = ()
    expected_wait: ExpectedWait | None = None


NOWHERE = Standing()


class SegmentStanding:
    """What one segment is judged by."""

    __slots__ = ("_group", "_ladder", "_slots", "_waits", "goals", "wait")

    def __init__(
        self,
        slots: Slots,
        waits: StartTimes,
        ladder: tuple[Ladder, str] | None,
        goals: list[GoalTracker],
        wait: ExpectedWaits | None,
    ) -> None:
        """Take what applies to the segment; `waits` are the customers who await a first reply."""
        self._slots = slots
        self._waits = waits
        self._ladder = None if ladder is None else ladder[0]
        self._group = "" if ladder is None else ladder[1]
        self.goals = goals
        self.wait = wait

    @property
    def window(self) -> str:
        """Return the name of the window that the level is judged by; empty without a level."""
        return "" if self._ladder is None else self._ladder.window

    def add(self, minute: int, hour: int, cell: Cell) -> None:
        """Note what was added to a minute of an hour."""
        if self.wait is not None:
            self.wait.add(minute, cell)
        if self.goals:
            self.add_day(self._slots.day(hour), cell)

    def add_day(self, day: int, cell: Cell) -> None:
        """Note what was added to a day, named by its first minute."""
        for goal in self.goals:
            goal.add(day, cell)

    def judge(self, at_ms: int, parts: Parts, answers: Answers) -> Standing:
        """Judge at a time, ms; `parts` is the tally of the level's window."""

        def waiting_over(limit_ms: int) -> int:
            return self._waits.before((at_ms - limit_ms) // MINUTE_MS) if self._waits.count > 0 else 0

        return Standing(
            None if self._ladder is None else self._ladder.judge(self._group, Seen(parts, waiting_over)),
            tuple(goal.judge(at_ms, waiting_over(goal.goal.model.within)) for goal in self.goals),
            None if self.wait is None else self.wait.tell(at_ms, answers),
        )


class Standings:
    """What a domain judges its segments by."""

    def __init__(self, domain: Domain, slots: Slots) -> None:
        """Compile it."""
        self._slots = slots
        self._domain = domain
        self._ladder = Ladder(domain)
        self._goals = Goals(domain, slots)
        self._calendars = Calendars(domain)
        self._waits = {frozenset(shape) for shape in domain.expected_wait.segments}
        self._business = {name for name, model in domain.calendars.items() if model.hours or model.special}

    def of(self, tenant: str, segment: Mapping[str, str], waits: StartTimes) -> SegmentStanding | None:
        """Return what a segment is judged by; `None` where nothing applies."""
        group = self._ladder.group_of(segment)
        goals = self._goals.of(tenant, segment)
        wait = self._expected_wait(segment, waits) if frozenset(segment) in self._waits else None
        if group is None and not goals and wait is None:
            return None
        return SegmentStanding(self._slots, waits, None if group is None else (self._ladder, group), goals, wait)

    def _expected_wait(self, segment: Mapping[str, str], waits: StartTimes) -> ExpectedWaits:
        domain, queue = self._domain, segment.get("queue")
        name = domain.queue_calendars.get(queue, domain.default_calendar) if queue is not None else ""
        calendar = self._calendars.named(name)
        return ExpectedWaits(domain.expected_wait, calendar, waits, business=name in self._business)
