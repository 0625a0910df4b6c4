"""Queues that close: who waits behind a pile is no independent witness, and whoever comes later is."""

from __future__ import annotations

from datetime import time
from functools import cache
from random import Random
from typing import NamedTuple

import pytest

from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.detector.detector import Detector
from pipeline.judgement.detector.logs import ln_milli
from pipeline.judgement.detector.piles import Learnt, is_apart, shares
from pipeline.tickets.calendar import Calendar
from pipeline.windows.histogram import index_of
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, WEEK
from tests.support.detection.feeding import Wait, play, steps
from tests.support.detection.queues import BY_DAY, MONDAY, at, judge_of

OFFICE = Calendar("office", CalendarModel(hours={day: (Interval(since=time(9), until=time(18)),) for day in list(Weekday)[:5]}))
BEGIN_MS = MONDAY * MINUTE_MS
WEEKS = 5


class Customer(NamedTuple):
    """When one comes, and how long the desk is taken and the reply is on its way then, minutes."""

    start_ms: int
    taken: float
    reply: float


@cache
def customers() -> list[Customer]:
    """Invent who comes: at most one a minute, five an hour, fewer at weekends."""
    random = Random(7)
    hourly = [5 * BY_DAY[minute // HOUR % 24] / 9 * (0.55 if minute // DAY % 7 >= 5 else 1) for minute in range(WEEK)]
    return [
        Customer(BEGIN_MS + minute * MINUTE_MS, random.expovariate(1 / 2.2), 8 * random.lognormvariate(0, 0.8))
        for minute in range(WEEKS * WEEK)
        if random.random() < hourly[minute % WEEK] / HOUR
    ]


def served(stopped: tuple[int, int] = (0, 0)) -> list[Wait]:
    """Return the waits at a desk that takes one after the other in open hours; nothing is sent while it is stopped, minutes."""
    stops, resumes = (OFFICE.elapsed(BEGIN_MS, BEGIN_MS + minute * MINUTE_MS) / MINUTE_MS for minute in stopped)
    free = 330.0  # the work that the first Monday begins with
    found: list[Wait] = []
    for start_ms, taken, reply in customers():
        begin = max(free, OFFICE.elapsed(BEGIN_MS, start_ms) / MINUTE_MS)
        begin = resumes if stops <= begin < resumes else begin
        free = begin + taken
        replied = begin + reply
        replied = resumes + reply / 8 if stops <= replied < resumes else replied
        found.append(Wait(start_ms, OFFICE.add(BEGIN_MS, round(replied * MINUTE_MS))))
    return found


def judged(waits: list[Wait]) -> tuple[list[int], Detector]:
    """Return the minutes, since the queue began, at which an alarm is raised from the third week on, and who raised it."""
    judge, open_work = judge_of(calendar=OFFICE)
    ticks = play(judge, open_work, steps(sorted(waits)), MONDAY + WEEKS * WEEK)
    return [minute - MONDAY for minute, on in ticks if on and minute >= MONDAY + 2 * WEEK], judge.detector


@pytest.mark.parametrize(("day", "waited", "counts"), [(0, 3 * HOUR, 0), (2, 10, 1)])
def test_mondays_and_who_waits_behind_their_piles_raise_nothing_and_tell_nothing_of_other_days(
    day: int, waited: int, counts: int
) -> None:
    raised, detector = judged(served())
    assert raised == []
    shared = detector.memory.dispersion
    before = shared.count
    detector.replied(MONDAY + at(WEEKS, day, 14), index_of(waited * MINUTE_MS), 1)
    assert shared.count - before == counts


def test_an_outage_is_seen_that_six_customers_of_a_queue_that_closes_meet() -> None:
    begin = at(4, 4, 13)
    assert sum(begin <= one.start_ms // MINUTE_MS - MONDAY < begin + 75 for one in customers()) == 6
    (raised,), _ = judged(served((begin, begin + 75)))
    assert begin < raised < begin + 2 * HOUR


NIGHT = [None, None, 0, 0]
"""Four hours instead of a week: open in the first two, and the others wait for the first."""


def learnt(*minutes: float, arrivals: tuple[int, ...], weeks: int = 1, weights: tuple[int, ...] = (1, 1, 1, 1)) -> Learnt:
    means = [ln_milli(round(minute * MINUTE_MS)) for minute in minutes]
    return Learnt(means, weights, [1_000 * weeks * count for count in arrivals], 1_000 * weeks)


@pytest.mark.parametrize("weeks", [1, 4])
def test_who_waits_for_an_opening_is_divided_by_how_many_do(weeks: int) -> None:
    divided = shares(NIGHT, learnt(10, 10, 300, 300, arrivals=(20, 20, 8, 4), weeks=weeks))
    assert divided == [1_000, 1_000, 4_000, 4_000]  # 1 + 0.25 x 12
    assert [is_apart(share) for share in divided] == [False, False, True, True]


def test_who_comes_behind_a_pile_is_divided_by_how_many_come_while_it_is_worked_off() -> None:
    hours = [None, None, None, None]
    divided = shares(hours, learnt(130, 10, 10, 10, arrivals=(20, 20, 20, 20)))
    assert divided == pytest.approx([11_000, 1_000, 1_000, 1_000], rel=0.01)  # two hours more than usual: 1 + 0.25 x 40
    assert shares(hours, learnt(130, 130, 130, 10, arrivals=(20, 20, 20, 20)))[0] == 1_000  # then that is how it is
    never = shares(hours, learnt(130, 10, 10, 10, arrivals=(20, 20, 20, 20), weights=(1, 1, 0, 0)))
    assert never[0] == 1_000  # of hours whose customers nobody answered yet nothing is known


def test_a_queue_that_never_closes_has_no_piles() -> None:
    assert shares((), learnt(10, 10, 10, 10, arrivals=(1, 1, 1, 1))) == []
