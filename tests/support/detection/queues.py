"""Invented queues: customers come at random, replies take log-normal times with the hour of the day in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.hours import CalendarModel
from pipeline.judgement.detector.clocks import OpenTime, WaitClock
from pipeline.judgement.detector.detector import Detector
from pipeline.judgement.detector.judge import DetectorJudge
from pipeline.judgement.detector.settings import Settings
from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, WEEK, Slots
from tests.support.detection.feeding import Wait

MONDAY = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) // 60
"""The minute in which the queues begin."""
BY_DAY = (2, 2, 1, 1, 1, 2, 4, 7, 11, 16, 18, 17, 14, 14, 16, 16, 15, 13, 11, 10, 8, 6, 4, 3)
"""Customers by hour of the day, relative."""


class Queue(NamedTuple):
    """How a queue behaves: all by the minute since it began."""

    hourly: Callable[[int], float] = lambda minute: 8 * BY_DAY[minute // HOUR % 24] / 9
    """Customers an hour."""
    typical: Callable[[int], float] = lambda minute: 12 if 7 <= minute // HOUR % 24 < 21 else 24
    """Median first reply time, minutes, of who writes at a minute."""

    def waits(self, weeks: float, seed: int = 1) -> list[Wait]:
        """Invent its customers."""
        random = Random(seed)
        found: list[Wait] = []
        for minute in range(round(weeks * WEEK)):
            rate = self.hourly(minute) / HOUR
            at = random.expovariate(rate) if rate else 1
            while at < 1:
                start_ms = (MONDAY + minute) * MINUTE_MS + int(at * MINUTE_MS)
                took_ms = int(self.typical(minute) * random.lognormvariate(0, 0.8) * MINUTE_MS)
                found.append(Wait(start_ms, start_ms + took_ms))
                at += random.expovariate(rate)
        return found


def judge_of(
    settings: Settings | None = None, calendar: OpenTime | None = None, zone: str = "UTC"
) -> tuple[DetectorJudge, StartTimes]:
    """Return a cold judge and the open work that it reads."""
    waits = StartTimes()
    clock = WaitClock(calendar or Calendar("", CalendarModel()), Slots(ZoneInfo(zone)))
    return DetectorJudge("page", Detector(settings or Settings(), clock), waits), waits


def at(week: int, day: int, hour: float) -> int:
    """Return a minute since the queue began; day 0 is Monday."""
    return week * WEEK + day * DAY + round(hour * HOUR)
