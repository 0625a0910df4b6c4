"""What is no slow-down raises no alarm; what is one does."""

from __future__ import annotations

from datetime import date, time
from functools import cache
from random import Random
from typing import TypeAlias

import pytest

from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.detector.judge import DetectorJudge
from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, WEEK
from tests.support.detection.feeding import Wait, play, steps
from tests.support.detection.queues import BY_DAY, MONDAY, Queue, at, judge_of
from tests.support.detection.rehearsal import Rehearsal, Timeline

QUEUE = Queue()
WEEKS = 2.4
QUIET = QUEUE.waits(WEEKS)
JUMP = at(2, 1, 10)
OFFICE = {day: (Interval(since=time(9), until=time(18)),) for day in list(Weekday)[:5]}
Desk: TypeAlias = tuple[DetectorJudge, StartTimes]


def played(desk: Desk, timeline: Timeline, until: int) -> list[int]:
    """Return the minutes, since the queue began, at which an alarm is raised."""
    return [minute - MONDAY for minute, raised in play(*desk, timeline, until) if raised]


@cache
def beginning() -> Rehearsal[Desk]:
    """Return the weeks that most queues below have in common; no alarm is raised in them."""
    return Rehearsal(judge_of(), steps(sorted(QUIET)), MONDAY + at(2, 0, 0), played)


def alarms(waits: list[Wait], weeks: float = WEEKS, calendar: Calendar | None = None, *, whole: bool = False) -> list[int]:
    """Return the minutes, since the queue began, at which an alarm is raised."""
    follows = steps(sorted(waits))
    resumed = None if whole or calendar is not None else beginning().resume(follows)
    desk, follows = resumed or (judge_of(calendar=calendar), follows)
    return played(desk, follows, MONDAY + round(weeks * WEEK))


def slowed(factor: float, since: int, until: int) -> list[Wait]:
    usual = QUEUE.typical
    slow = QUEUE._replace(typical=lambda minute: usual(minute) * (factor if since <= minute < until else 1))
    return slow.waits(WEEKS)


def test_a_queue_as_usual_is_quiet() -> None:
    assert alarms(QUIET, whole=True) == []


def test_a_jump_to_three_times_the_usual_is_seen_within_two_hours_and_ends() -> None:
    jump = slowed(3, JUMP, JUMP + 5 * HOUR)
    raised = alarms(jump)
    assert len(raised) == 1
    assert JUMP < raised[0] < JUMP + 2 * HOUR
    assert beginning().resume(steps(sorted(jump))) is not None
    assert raised == alarms(jump, whole=True), "what goes on from a rehearsed beginning is what is played through"


def test_when_nobody_is_answered_the_alarm_needs_no_reply() -> None:
    end_ms = (MONDAY + JUMP + 2 * HOUR) * MINUTE_MS
    begin_ms = (MONDAY + JUMP) * MINUTE_MS
    dead = [
        w._replace(end_ms=max(end_ms, w.end_ms or 0)) if (w.end_ms or 0) >= begin_ms else w for w in QUIET if w.start_ms < end_ms
    ]
    raised = alarms(dead, 2 + (JUMP % (7 * DAY) + 2 * HOUR) / (7 * DAY))
    assert len(raised) == 1
    assert raised[0] < JUMP + HOUR


def test_a_seasonal_shift_is_learnt() -> None:
    usual = QUEUE.typical
    season = QUEUE._replace(typical=lambda minute: usual(minute) * (1 + 0.4 * minute / (WEEKS * 7 * DAY)))
    assert alarms(season.waits(WEEKS)) == []


def test_a_holiday_in_the_calendar_raises_nothing() -> None:
    calendar = Calendar("office", CalendarModel(hours=OFFICE, special={date(2026, 1, 20): ()}))
    holiday = at(2, 1, 0)
    waits = []
    for wait in Queue(typical=lambda minute: 12).waits(WEEKS, seed=3):
        took_ms = (wait.end_ms or 0) - wait.start_ms
        waits.append(wait._replace(end_ms=calendar.add(wait.start_ms, took_ms)))
    assert [raised for raised in alarms(waits, calendar=calendar) if holiday <= raised < holiday + 2 * DAY] == []


def test_a_change_of_the_clock_raises_nothing() -> None:
    early, usual = at(2, 0, 0), QUEUE.typical
    shifted = Queue(
        hourly=lambda minute: 8 * BY_DAY[(minute + (HOUR if minute >= early else 0)) // HOUR % 24] / 9,
        typical=lambda minute: usual(minute + (HOUR if minute >= early else 0)),
    )
    assert alarms(shifted.waits(WEEKS)) == []


def test_doubled_volume_raises_nothing() -> None:
    usual = QUEUE.hourly
    doubled = QUEUE._replace(hourly=lambda minute: usual(minute) * (2 if minute >= JUMP else 1))
    assert alarms(doubled.waits(WEEKS)) == []


@pytest.mark.parametrize("hour", [3, 11, 20])
def test_a_source_that_falls_silent_raises_nothing(hour: int) -> None:
    dead_ms = (MONDAY + at(2, 1, hour)) * MINUTE_MS
    heard = [w._replace(end_ms=w.end_ms if (w.end_ms or 0) < dead_ms else None) for w in QUIET if w.start_ms < dead_ms]
    assert alarms(heard) == []


def test_one_forgotten_ticket_raises_nothing() -> None:
    forgotten = [Wait((MONDAY + JUMP) * MINUTE_MS, None), *QUIET]
    assert alarms(forgotten) == []


def test_closing_many_old_tickets_at_once_raises_nothing() -> None:
    random = Random(5)
    swept_ms = (MONDAY + JUMP) * MINUTE_MS
    old = [Wait(swept_ms - random.randrange(60, 48 * 60) * MINUTE_MS, swept_ms, answered=False, told_ms=None) for _ in range(200)]
    kept = [Wait((MONDAY + at(1, 1, 0)) * MINUTE_MS + index, swept_ms, answered=False) for index in range(200)]
    assert [minute for minute in alarms([*QUIET, *kept]) if minute >= JUMP] == []
    assert [minute for minute in alarms([*QUIET, *(w._replace(told_ms=swept_ms) for w in old)]) if minute >= JUMP] == []


def test_a_backfill_of_slow_history_raises_nothing() -> None:
    told_ms = (MONDAY + JUMP) * MINUTE_MS
    random = Random(6)
    history = []
    for _ in range(500):
        start_ms = told_ms - random.randrange(2 * DAY, 12 * DAY) * MINUTE_MS
        history.append(Wait(start_ms, start_ms + random.randrange(60, 600) * MINUTE_MS, told_ms=told_ms))
    waiting = [
        Wait(told_ms - random.randrange(HOUR, 5 * DAY) * MINUTE_MS, told_ms + DAY * MINUTE_MS, told_ms=told_ms)
        for _ in range(100)
    ]
    assert alarms([*QUIET, *history, *waiting]) == []
