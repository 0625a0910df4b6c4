"""Our own rules, run as they are: the very judges that the segments engine drives, fed as it feeds them."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from pipeline.config import Domain, JumpModel
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.detector.clocks import WaitClock
from pipeline.judgement.detector.detector import Detector
from pipeline.judgement.detector.judge import DetectorJudge
from pipeline.judgement.detector.settings import Settings
from pipeline.judgement.jump import JudgedSegment, JumpRule
from pipeline.measures import HISTOGRAM, Measure, base
from pipeline.tickets.calendar import Calendar
from pipeline.windows.histogram import representative
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import MINUTE_MS, Slots
from tests.evaluate.channels import Hours
from tests.evaluate.contenders import graded
from tests.evaluate.grading import Alarm
from tests.evaluate.queues import END, Queue
from tests.evaluate.timeline import MONDAY, waits
from tests.support.detection.feeding import play, steps

_CLASS_0 = base(Measure.FIRST_REPLY) + HISTOGRAM
_UTC = Slots(ZoneInfo("UTC"))


def calendar_of(hours: Hours | None) -> Calendar:
    """Return a queue's calendar."""
    if hours is None:
        return Calendar("always", CalendarModel())
    open_hours = (Interval(since=time(int(hours[0])), until=time(int(hours[1]))),)
    return Calendar("office", CalendarModel(hours=dict.fromkeys(list(Weekday)[:5], open_hours)))


def statistical(queue: Queue, settings: Settings | None = None) -> list[Alarm]:
    """Run the statistical detector."""
    open_work = StartTimes()
    detector = Detector(settings or Settings(), WaitClock(calendar_of(queue.hours), _UTC))
    judge = DetectorJudge("page", detector, open_work)
    alarms: list[Alarm] = []
    begun: float | None = None
    for minute, raised in play(judge, open_work, steps(waits(queue)), MONDAY + int(END)):
        now = float(minute - MONDAY)
        if raised:
            begun = now
        elif begun is not None:
            alarms.append((begun, now))
            begun = None
    return graded([*alarms, (begun, END)] if begun is not None else alarms)


def floor(queue: Queue) -> list[Alarm]:
    """Run the rule `frt_jump` with its defaults: twice the usual for five minutes."""
    model = JumpModel()
    open_work = StartTimes()
    segment = JudgedSegment(JumpRule(Domain(jump=model)), open_work)
    timeline = steps(waits(queue))
    alarms: list[Alarm] = []
    since = cleared = begun = None
    following = [minute for minute, _ in timeline[1:]] + [MONDAY + int(END)]
    for (minute, step), end in zip(timeline, following, strict=True):
        for start, count in step.starts.items():
            if count:
                open_work.add(start, count, 30_000 * count)
        for at, cell in step.replies.items():
            segment.add(at, sum(cell.values()), _sum_ms(cell), cell)
        segment.wake_ms = 0
        tick: int | None = minute
        while tick is not None:
            verdict = segment.judge(tick * MINUTE_MS)
            since = (tick if since is None else since) if verdict.holds else None
            cleared = (tick if cleared is None else cleared) if verdict.clears else None
            if begun is None and since is not None and (tick - since) * MINUTE_MS >= model.raise_after:
                begun = tick
            elif begun is not None and cleared is not None and (tick - cleared) * MINUTE_MS >= model.clear_after:
                alarms.append((float(begun - MONDAY), float(tick - MONDAY)))
                begun = None
            active = begun is not None or since is not None
            wake = tick + 1 if active else None if segment.wake_ms is None else max(tick + 1, -(-segment.wake_ms // MINUTE_MS))
            tick = wake if wake is not None and wake < end else None
    return graded([*alarms, (float(begun - MONDAY), END)] if begun is not None else alarms)


def _sum_ms(cell: dict[int, int]) -> int:
    return sum(representative(code - _CLASS_0) * amount for code, amount in cell.items())
