"""A small log and two configurations whose outcome is worked out by hand.

Three customers write to billing at 10:00 and are answered at 10:20; three more at 12:00 are answered at 12:45. `nobody_answers`
counts from the end of the minute, 10:01 and 12:01: after 30 minutes (present) it fires at 12:31 only, after 10 (proposed) at
10:11 and 12:11. A first reply within 30 minutes is broken for the last three at 12:30; within 15 minutes for all six.
"""

from __future__ import annotations

from pipeline.alertrules import SilenceModel
from pipeline.backtest.comparison import Period, backtest
from pipeline.backtest.form import Backtest, Labels
from pipeline.backtest.trial import Trial
from pipeline.codec import encode
from pipeline.config import Domain, PolicyModel, SlaMeasure, Target
from pipeline.events import Event, Priority
from pipeline.measures import Clock
from tests.support.story import Story, utc
from tests.support.sums import records_of

M = 60_000
SINCE, UNTIL = utc("2026-03-02 09:00"), utc("2026-03-02 14:00")


def at(clock: str) -> int:
    return utc(f"2026-03-02 {clock}")


def domain(quiet: int, promise: int) -> Domain:
    target = Target(measure=SlaMeasure.FIRST_REPLY, within={Priority.NORMAL: promise}, clock=Clock.CALENDAR)
    return Domain(silence=SilenceModel(quiet=quiet), policies=(PolicyModel(name="all", targets=(target,)),))


PRESENT, PROPOSED = domain(30 * M, 30 * M), domain(10 * M, 15 * M)


def events(queue: str = "billing") -> list[Event]:
    told: list[Event] = []
    for number, (came, answered) in enumerate([("10:00", "10:20")] * 3 + [("12:00", "12:45")] * 3):
        told += Story(f"T{number}").created(at(came), queue=queue).reply(at(answered)).events
    return sorted(told, key=lambda event: event.occurred_at)


def lines(queue: str = "billing") -> bytes:
    return b"\n".join(encode(event) for event in events(queue)) + b"\n"


def trial(configuration: Domain, rules: tuple[str, ...] = ()) -> Trial:
    one = Trial(configuration, SINCE, rules)
    one.feed([(record.key, record.value or b"", record.timestamp) for record in records_of(events())])
    one.close(UNTIL)
    return one


def compared(labels: Labels | None = None, rules: tuple[str, ...] = ()) -> Backtest:
    period = Period(SINCE, UNTIL, at("10:00"), "UTC")
    return backtest(trial(PRESENT, rules), trial(PROPOSED, rules), period, labels or Labels(), rules)
