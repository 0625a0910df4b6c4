"""What scenarios are made of: their shape, the calendars and the promises that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from pipeline.config import Condition, Domain, PolicyModel, SlaMeasure, Target
from pipeline.events import Channel, Event, Priority
from pipeline.hours import CalendarModel, FallbackModel, Interval, Weekday
from pipeline.measures import Clock, Measure, Work
from tests.support.story import utc

M = Measure
MINUTE, HOUR = 60_000, 3_600_000
DAY = 24 * HOUR
FR, NR = SlaMeasure.FIRST_REPLY, SlaMeasure.NEXT_REPLY
RES, WAIT, WORK = SlaMeasure.FIRST_RESOLUTION, SlaMeasure.REQUESTER_WAIT, SlaMeasure.RESPONDER_WORK
Verdict = tuple[SlaMeasure, int, str, str]
"""Measure, instance, met or breached, and when, UTC."""


@dataclass(frozen=True)
class Scenario:
    """One life and what must come of it."""

    rule: str
    """What it checks, in words; its name in the test report."""
    events: list[Event]
    until: str
    """The partition's last time, UTC."""
    domain: Domain = field(default_factory=Domain)
    values: Mapping[Measure, list[int]] = field(default_factory=dict)
    """Durations in order of time; a counter's ones. A measure not named is not checked; an empty list says there is none."""
    verdicts: tuple[Verdict, ...] = ()
    """Every SLA outcome, in any order."""
    work: Mapping[Work, list[str]] | None = None
    """Every piece of open work by its start, UTC; `None` is not checked."""
    leaves: Mapping[Measure, list[tuple[str, ...]]] = field(default_factory=dict)
    """Where the observations of a measure stand."""

    @property
    def until_ms(self) -> int:
        """Return the partition's last time."""
        return utc(self.until)


def on_day(*intervals: tuple[int, int]) -> tuple[Interval, ...]:
    return tuple(Interval(since=time(since), until=time(until % 24)) for since, until in intervals)


def on_weekdays(*intervals: tuple[int, int]) -> dict[Weekday, tuple[Interval, ...]]:
    return {day: on_day(*intervals) for day in list(Weekday)[:5]}


OFFICE = CalendarModel(
    zone="Europe/Berlin",
    hours=on_weekdays((9, 12), (13, 17)),
    special={date(2026, 4, 3): (), date(2026, 4, 6): (), date(2026, 3, 7): on_day((10, 11))},
)
"""Lunch from 12 to 13, Good Friday and Easter Monday closed, one Saturday morning open."""
NIGHT = CalendarModel(zone="Europe/Berlin", hours={day: on_day((22, 6)) for day in Weekday})
"""Every night from 22 to 6, over midnight and over both changes of the clock."""
CALENDARS = {"always": CalendarModel(), "office": OFFICE, "night": NIGHT}


def domain(*policies: PolicyModel, default: str = "always", **queues: str) -> Domain:
    return Domain(calendars=CALENDARS, default_calendar=default, queue_calendars=queues, policies=policies)


def policy(*targets: Target, name: str = "standard", when: Condition | None = None) -> PolicyModel:
    return PolicyModel(name=name, when=when or Condition(), targets=targets)


def target(measure: SlaMeasure, normal: int, urgent: int | None = None, clock: Clock = Clock.CALENDAR) -> Target:
    within = {Priority.NORMAL: normal} | ({} if urgent is None else {Priority.URGENT: urgent})
    return Target(measure=measure, within=within, clock=clock)


PROMISED = domain(policy(target(FR, HOUR, 15 * MINUTE), target(NR, 2 * HOUR, 30 * MINUTE)))
"""First reply within an hour (urgent: a quarter), next reply within two hours (urgent: half an hour), by the calendar."""
RESOLVED = domain(policy(target(RES, 8 * HOUR), target(WAIT, 4 * HOUR), target(WORK, 2 * HOUR)))
OFFICE_HOURS = domain(policy(target(FR, 2 * HOUR, HOUR, Clock.BUSINESS)), default="office")
_LIVE = policy(target(FR, 5 * MINUTE), name="live", when=Condition(channels=(Channel.CHAT,)))
OUT_OF_HOURS = Domain(
    calendars=CALENDARS,
    default_calendar="office",
    queue_calendars={"round": "always"},
    team_calendars={"owls": "night"},
    policies=(_LIVE, policy(target(FR, 2 * HOUR, clock=Clock.BUSINESS))),
    fallbacks=(FallbackModel(channel=Channel.CHAT, to=Channel.EMAIL),),
)
"""Chat within five minutes; while the office is closed, what mail is promised: two working hours."""
