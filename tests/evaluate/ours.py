"""Our own rules, run as they are: the very judges that the segments engine drives, fed as it feeds them."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from pipeline.alertrules import DetectorModel
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.detector.clocks import WaitClock
from pipeline.judgement.detector.detector import Detector
from pipeline.judgement.detector.judge import DetectorJudge
from pipeline.judgement.detector.settings import Settings
from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import Slots
from tests.evaluate.channels import Hours
from tests.evaluate.contenders import graded
from tests.evaluate.grading import Alarm
from tests.evaluate.queues import END, Queue
from tests.evaluate.timeline import MONDAY, waits
from tests.support.detection.feeding import play, steps
from tests.support.detection.jumps import spans

_UTC = Slots(ZoneInfo("UTC"))


def calendar_of(hours: Hours | None) -> Calendar:
    """Return a queue's calendar."""
    if hours is None:
        return Calendar("always", CalendarModel())
    open_hours = (Interval(since=time(int(hours[0])), until=time(int(hours[1]))),)
    return Calendar("office", CalendarModel(hours=dict.fromkeys(list(Weekday)[:5], open_hours)))


def statistical(queue: Queue, settings: Settings | None = None) -> list[Alarm]:
    """Run the statistical detector, as it is shipped unless settings are given."""
    open_work = StartTimes()
    detector = Detector(settings or Settings.of(DetectorModel()), WaitClock(calendar_of(queue.hours), _UTC))
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
    on = spans(steps(waits(queue)), MONDAY + int(END), calendar=calendar_of(queue.hours))
    return graded([(float(begin - MONDAY), float(end - MONDAY)) for begin, end in on])
