"""Where each segment stands: its service level, its goals, its expected wait. What is not configured is not there.

A segment's state asks once when it is said. Everything but the record of what was told follows from panes and open work, so only
that record has a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from pipeline.config import Domain
from pipeline.judgement.ages import Ages
from pipeline.judgement.expectedwait import Answers, ExpectedWaits
from pipeline.judgement.goals import Goals, GoalTracker
from pipeline.judgement.ladder import Ladder, Parts, Seen
from pipeline.measures import Measure
from pipeline.standings import ExpectedWait, GoalStanding, LevelStanding
from pipeline.tickets.calendar import Calendar, Calendars
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import Slots


class Standing(NamedTuple):
    """What is said of a segment."""

    level: LevelStanding | None = None
    goals: tuple[GoalStanding, ...] = ()
    expected_wait: ExpectedWait | None = None


NOWHERE = Standing()


class SegmentStanding:
    """What one segment is judged by."""

    __slots__ = ("_ages", "_group", "_ladder", "_level_ages", "_slots", "goals", "wait")

    def __init__(
        self,
        slots: Slots,
        ages: Ages,
        ladder: tuple[Ladder, str, Ages] | None,
        goals: list[GoalTracker],
        wait: ExpectedWaits | None,
    ) -> None:
        """Take what applies to the segment; `ages` are those of the customers who await a first reply, on every hour."""
        self._slots = slots
        self._ages = ages
        self._level_ages = ages if ladder is None else ladder[2]
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

    def judge(self, at_ms: int, parts: Parts, answers: Answers, *, recent: bool) -> Standing:
        """Judge at a time, ms; `parts` is the tally of the level's window, not `recent`: the events lag behind."""
        return Standing(
            self.level(at_ms, parts),
            tuple(self.goal(place, at_ms) for place in range(len(self.goals))),
            None if self.wait is None else self.wait.tell(at_ms, answers, recent=recent),
        )

    def level(self, at_ms: int, parts: Parts, ladder: Ladder | None = None) -> LevelStanding | None:
        """Return the service level at a time, ms, by the segment's ladder or by another one of the same groups."""
        if self._ladder is None:
            return None
        return (ladder or self._ladder).judge(self._group, Seen(parts, partial(self._level_ages.over, at_ms)))

    def goal(self, place: int, at_ms: int) -> GoalStanding:
        """Return how one of the goals stands at a time, ms."""
        goal = self.goals[place]
        return goal.judge(at_ms, self._ages.over(at_ms, goal.goal.model.within))


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
        always = Ages(self._calendars.named(""), waits)
        ladder = None
        if group is not None:
            business = self._domain.ladder.first_reply is Measure.FIRST_REPLY_BUSINESS
            ladder = self._ladder, group, Ages(self._calendar(segment), waits) if business else always
        return SegmentStanding(self._slots, always, ladder, goals, wait)

    def _name(self, segment: Mapping[str, str]) -> str:
        """Return the name of the calendar of a segment's queue; of the one that never closes where it has no queue."""
        queue = segment.get("queue")
        return "" if queue is None else self._domain.queue_calendars.get(queue, self._domain.default_calendar)

    def _calendar(self, segment: Mapping[str, str]) -> Calendar:
        return self._calendars.named(self._name(segment))

    def _expected_wait(self, segment: Mapping[str, str], waits: StartTimes) -> ExpectedWaits:
        business = self._name(segment) in self._business
        return ExpectedWaits(self._domain.expected_wait, self._calendar(segment), waits, business=business)
