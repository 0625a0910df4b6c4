"""What is no jump raises no page of the default rule `frt_jump` either, on a queue that is as steady as the rule assumes.

On queues that fluctuate the rule has false alarms: docs/detection.md grades it. Where it cannot tell, docs/detection.md says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from functools import cache
from random import Random

import pytest

from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.tickets.calendar import Calendar
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, WEEK
from tests.support.detection.feeding import Wait, steps
from tests.support.detection.jumps import ALWAYS, Desk
from tests.support.detection.queues import MONDAY, at
from tests.support.detection.rehearsal import Rehearsal, Timeline

WEEKS = 3.4
UNTIL = MONDAY + round(WEEKS * WEEK)
JUMP = at(3, 1, 10)
JUMP_MS = (MONDAY + JUMP) * MINUTE_MS
OFFICE = {day: (Interval(since=time(9), until=time(18)),) for day in list(Weekday)[:5]}
Minutes = Callable[[int], float]


def by_day(minute: int) -> bool:
    return 7 <= minute // HOUR % 24 < 21


def gap(minute: int) -> int:
    return 6 if by_day(minute) else 20


def typical(minute: int) -> float:
    return 10 if by_day(minute) else 15


def queue(gap: Callable[[int], int] = gap, typical: Minutes = typical) -> list[Wait]:
    """Invent customers who come one after the other and are answered after 0.7, 1.0 and 1.3 times what is typical, in turn."""
    found, minute = [], 0
    while minute < WEEKS * WEEK:
        start_ms = (MONDAY + minute) * MINUTE_MS
        found.append(Wait(start_ms, start_ms + int(typical(minute) * (7 + 3 * (len(found) % 3)) * MINUTE_MS / 10)))
        minute += gap(minute)
    return found


def timeline(waits: list[Wait]) -> Timeline:
    return steps(sorted(waits, key=lambda wait: wait.start_ms))


QUIET = queue()


@cache
def beginning() -> Rehearsal[Desk]:
    """Return the weeks that the queues below have in common."""
    return Rehearsal(Desk(), timeline(QUIET), MONDAY + at(2, 6, 0), Desk.play)


def pages(waits: list[Wait], calendar: Calendar = ALWAYS, *, whole: bool = False) -> list[int]:
    """Return the minutes, since the queue began, at which a page is raised."""
    follows = timeline(waits)
    resumed = None if whole or calendar is not ALWAYS else beginning().resume(follows)
    desk, follows = resumed or (Desk(calendar=calendar), follows)
    desk.play(follows, UNTIL)
    return [begin - MONDAY for begin, _ in desk.spans(UNTIL)]


def test_a_queue_as_usual_is_quiet() -> None:
    assert pages(QUIET, whole=True) == []


def test_a_jump_to_three_times_the_usual_pages_once_within_an_hour() -> None:
    jump = queue(typical=lambda minute: typical(minute) * (3 if JUMP <= minute < JUMP + 5 * HOUR else 1))
    raised = pages(jump)
    assert len(raised) == 1
    assert JUMP < raised[0] < JUMP + HOUR
    assert beginning().resume(timeline(jump)) is not None
    assert raised == pages(jump, whole=True), "what goes on from a rehearsed beginning is what is played through"


def test_a_seasonal_shift_raises_nothing() -> None:
    assert pages(queue(typical=lambda minute: typical(minute) * (1 + 0.6 * minute / (WEEKS * WEEK)))) == []


def test_a_queue_that_closes_and_its_holidays_raise_nothing() -> None:
    holiday = date(2026, 1, 27)
    calendar = Calendar("office", CalendarModel(hours=OFFICE, special={holiday: ()}))
    waits = [wait._replace(end_ms=calendar.add(wait.start_ms, (wait.end_ms or 0) - wait.start_ms)) for wait in QUIET]
    assert pages(waits, calendar) == []
    assert len(pages(waits)) > WEEKS, "without the hours of the queue there is a page after nearly every night"


def test_a_change_of_the_clock_raises_nothing() -> None:
    def shifted(minute: int) -> int:
        return minute + (HOUR if minute >= at(3, 0, 0) else 0)

    assert pages(queue(lambda minute: gap(shifted(minute)), lambda minute: typical(shifted(minute)))) == []


def test_doubled_volume_raises_nothing() -> None:
    assert pages(queue(lambda minute: gap(minute) // (2 if minute >= JUMP else 1))) == []


def test_a_source_that_falls_silent_raises_nothing_where_few_customers_wait() -> None:
    heard = [w._replace(end_ms=w.end_ms if (w.end_ms or 0) < JUMP_MS else None) for w in QUIET if w.start_ms < JUMP_MS]
    assert sum(wait.end_ms is None for wait in heard) < 5
    assert pages(heard) == []


def test_one_forgotten_ticket_raises_nothing() -> None:
    assert pages([Wait(JUMP_MS, None), *QUIET]) == []


@pytest.mark.parametrize("known_before", [False, True])
def test_closing_many_old_tickets_at_once_raises_nothing(known_before: bool) -> None:
    random = Random(5)
    old = [JUMP_MS - random.randrange(60, 48 * 60) * MINUTE_MS for _ in range(200)]
    told_ms = None if known_before else JUMP_MS
    swept = [Wait(start_ms, JUMP_MS, answered=False, told_ms=told_ms) for start_ms in old]
    assert [minute for minute in pages([*QUIET, *swept]) if minute >= JUMP] == []


def test_a_backfill_of_slow_history_raises_nothing() -> None:
    random = Random(6)
    history = []
    for _ in range(500):
        start_ms = JUMP_MS - random.randrange(2 * DAY, 12 * DAY) * MINUTE_MS
        history.append(Wait(start_ms, start_ms + random.randrange(60, 600) * MINUTE_MS, told_ms=JUMP_MS))
    assert pages([*QUIET, *history]) == []
