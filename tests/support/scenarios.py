"""Small lives with numbers worked out by hand, as data: whatever claims to read docs/semantics.md can be run against them.

2 March 2026 is a Monday. Berlin is one hour ahead of UTC until 29 March 2026 02:00 and two hours afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from pipeline.config import CalendarModel, Condition, Domain, Interval, PolicyModel, SlaMeasure, Target, Weekday
from pipeline.events import ActorKind, Delivery, Event, EventType, MessageKind, Priority, Status
from pipeline.measures import Clock, Measure, Work
from tests.support.story import AUTOMATION, RESPONDER, Story, utc

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


def _day(*intervals: tuple[int, int]) -> tuple[Interval, ...]:
    return tuple(Interval(since=time(since), until=time(until % 24)) for since, until in intervals)


def _weekdays(*intervals: tuple[int, int]) -> dict[Weekday, tuple[Interval, ...]]:
    return {day: _day(*intervals) for day in list(Weekday)[:5]}


OFFICE = CalendarModel(
    zone="Europe/Berlin",
    hours=_weekdays((9, 12), (13, 17)),
    special={date(2026, 4, 3): (), date(2026, 4, 6): (), date(2026, 3, 7): _day((10, 11))},
)
"""Lunch from 12 to 13, Good Friday and Easter Monday closed, one Saturday morning open."""
NIGHT = CalendarModel(zone="Europe/Berlin", hours={day: _day((22, 6)) for day in Weekday})
"""Every night from 22 to 6, over midnight and over both changes of the clock."""
CALENDARS = {"always": CalendarModel(), "office": OFFICE, "night": NIGHT}


def _domain(*policies: PolicyModel, default: str = "always", **queues: str) -> Domain:
    return Domain(calendars=CALENDARS, default_calendar=default, queue_calendars=queues, policies=policies)


def _policy(*targets: Target, name: str = "standard", when: Condition | None = None) -> PolicyModel:
    return PolicyModel(name=name, when=when or Condition(), targets=targets)


def _target(measure: SlaMeasure, normal: int, urgent: int | None = None, clock: Clock = Clock.CALENDAR) -> Target:
    within = {Priority.NORMAL: normal} | ({} if urgent is None else {Priority.URGENT: urgent})
    return Target(measure=measure, within=within, clock=clock)


PROMISED = _domain(_policy(_target(FR, HOUR, 15 * MINUTE), _target(NR, 2 * HOUR, 30 * MINUTE)))
"""First reply within an hour (urgent: a quarter), next reply within two hours (urgent: half an hour), by the calendar."""
RESOLVED = _domain(_policy(_target(RES, 8 * HOUR), _target(WAIT, 4 * HOUR), _target(WORK, 2 * HOUR)))
OFFICE_HOURS = _domain(_policy(_target(FR, 2 * HOUR, HOUR, Clock.BUSINESS)), default="office")

REPLIES = [
    Scenario(
        "first reply is measured from creation by the customer, and further messages do not restart it",
        Story().created("2026-03-02 09:00").customer("2026-03-02 09:05").reply("2026-03-02 09:30").events,
        "2026-03-02 10:00",
        PROMISED,
        {M.FIRST_REPLY: [30 * MINUTE], M.FIRST_REPLY_RESPONDER: [30 * MINUTE], M.NEXT_REPLY: [], M.REPLIES: [1], M.CREATED: [1]},
        ((FR, 1, "met", "2026-03-02 09:30"),),
        {Work.OPEN: ["2026-03-02 09:00"], Work.UNASSIGNED: ["2026-03-02 09:00"]},
    ),
    Scenario(
        "a bot's message, an automatic acknowledgement and an internal note are no replies",
        Story()
        .created("2026-03-02 09:00")
        .bot("2026-03-02 09:01")
        .message("2026-03-02 09:02", ActorKind.SYSTEM, MessageKind.AUTOREPLY)
        .note("2026-03-02 09:10")
        .message("2026-03-02 09:11", RESPONDER, MessageKind.SURVEY)
        .reply("2026-03-02 09:40")
        .events,
        "2026-03-02 10:00",
        PROMISED,
        {M.FIRST_REPLY: [40 * MINUTE], M.REPLIES: [1]},
        ((FR, 1, "met", "2026-03-02 09:40"),),
    ),
    Scenario(
        "the responder's view begins at the last hand-off before the reply, the customer's at first contact",
        Story()
        .created("2026-03-02 09:00")
        .bot("2026-03-02 09:00")
        .add(EventType.HANDED_OFF, "2026-03-02 09:20")
        .add(EventType.HANDED_OFF, "2026-03-02 09:25")
        .reply("2026-03-02 09:35")
        .add(EventType.HANDED_OFF, "2026-03-02 09:50")
        .events,
        "2026-03-02 10:00",
        values={M.FIRST_REPLY: [35 * MINUTE], M.FIRST_REPLY_RESPONDER: [10 * MINUTE]},
    ),
    Scenario(
        "a reply that fails later was never sent, whatever order the two arrive in",
        Story()
        .created("2026-03-02 09:00")
        .failed("2026-03-02 09:11", "m-bounced")
        .reply("2026-03-02 09:10", message_id="m-bounced")
        .reply("2026-03-02 09:20", delivery=Delivery.FAILED)
        .reply("2026-03-02 11:00", message_id="m-good")
        .events,
        "2026-03-02 12:00",
        PROMISED,
        {M.FIRST_REPLY: [2 * HOUR], M.REPLIES: [1]},
        ((FR, 1, "breached", "2026-03-02 10:00"),),
    ),
    Scenario(
        "a proactive ticket has no first reply; the customer's answer begins a wait for a next reply",
        Story()
        .created("2026-03-02 09:00", RESPONDER)
        .reply("2026-03-02 09:00")
        .customer("2026-03-02 10:00")
        .reply("2026-03-02 10:20")
        .events,
        "2026-03-02 12:00",
        PROMISED,
        {M.FIRST_REPLY: [], M.NEXT_REPLY: [20 * MINUTE], M.REPLIES: [1, 1]},
        ((NR, 1, "met", "2026-03-02 10:20"),),
    ),
    Scenario(
        "an automatic ticket's first contact is the customer's first message; a reply before it is not a first reply",
        Story()
        .created("2026-03-02 09:00", AUTOMATION)
        .reply("2026-03-02 09:05")
        .customer("2026-03-02 10:00")
        .reply("2026-03-02 10:15")
        .events,
        "2026-03-02 12:00",
        PROMISED,
        {M.FIRST_REPLY: [15 * MINUTE], M.NEXT_REPLY: [], M.REPLIES: [1, 1]},
        ((FR, 1, "met", "2026-03-02 10:15"),),
    ),
    Scenario(
        "created_by overrules the actor of the created event",
        Story().created("2026-03-02 09:00", ActorKind.SYSTEM, created_by=ActorKind.CUSTOMER).reply("2026-03-02 09:07").events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [7 * MINUTE]},
    ),
    Scenario(
        "created_at overrules the time of the created event, and the creation is counted there",
        Story().created("2026-03-02 09:00:30", created_at=utc("2026-03-02 08:59:30")).reply("2026-03-02 09:09:30").events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [10 * MINUTE], M.CREATED: [1]},
        work={Work.OPEN: ["2026-03-02 08:59:30"], Work.UNASSIGNED: ["2026-03-02 08:59:30"]},
    ),
    Scenario(
        "a negative duration is zero and stays counted",
        Story().created("2026-03-02 09:00", created_at=utc("2026-03-02 09:05")).reply("2026-03-02 09:02").events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [0], M.FIRST_REPLY_BUSINESS: [0]},
    ),
    Scenario(
        "every later wait gives a next reply, from the first unanswered message",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10")
        .customer("2026-03-02 10:00")
        .customer("2026-03-02 10:30")
        .reply("2026-03-02 11:00")
        .reply("2026-03-02 11:05")
        .customer("2026-03-02 12:00")
        .reply("2026-03-02 14:00:00.001")
        .events,
        "2026-03-02 15:00",
        PROMISED,
        {M.NEXT_REPLY: [HOUR, 2 * HOUR + 1], M.REPLIES: [1, 1, 1, 1]},
        ((FR, 1, "met", "2026-03-02 09:10"), (NR, 1, "met", "2026-03-02 11:00"), (NR, 2, "breached", "2026-03-02 14:00")),
    ),
    Scenario(
        "a customer who wrote and has no answer waits now",
        Story().created("2026-03-02 09:00", assignee="ana").reply("2026-03-02 09:10").customer("2026-03-02 10:00").events,
        "2026-03-02 10:01",
        work={Work.OPEN: ["2026-03-02 09:00"], Work.AWAITING_NEXT_REPLY: ["2026-03-02 10:00"]},
    ),
    Scenario(
        "a resumed ticket has no creation and no first reply, but waits and next replies count",
        Story().customer("2026-03-02 09:00").reply("2026-03-02 09:30").solve("2026-03-02 10:00").events,
        "2026-03-02 12:00",
        PROMISED,
        {
            M.CREATED: [],
            M.FIRST_REPLY: [],
            M.NEXT_REPLY: [30 * MINUTE],
            M.SOLVED: [1],
            M.FIRST_RESOLUTION: [],
            M.FULL_RESOLUTION: [],
        },
        ((NR, 1, "met", "2026-03-02 09:30"),),
        {},
    ),
    Scenario(
        "abandoning ends the wait without a reply and cancels its clock",
        Story().created("2026-03-02 09:00").add(EventType.ABANDONED, "2026-03-02 09:20").reply("2026-03-02 09:30").events,
        "2026-03-02 12:00",
        PROMISED,
        {M.FIRST_REPLY: [], M.NEXT_REPLY: [], M.REPLIES: [1], M.ABANDONED: [1]},
        (),
        {Work.OPEN: ["2026-03-02 09:00"], Work.UNASSIGNED: ["2026-03-02 09:00"]},
    ),
    Scenario(
        "equal source and id are one event, however often it arrives",
        [e for e in Story().created("2026-03-02 09:00").reply("2026-03-02 09:10").events for _ in range(3)],
        "2026-03-02 12:00",
        values={M.CREATED: [1], M.REPLIES: [1], M.FIRST_REPLY: [10 * MINUTE]},
    ),
    Scenario(
        "creation comes first among events of the same time, then the vendor's sequence",
        Story()
        .solve("2026-03-02 09:00", sequence=2)
        .reply("2026-03-02 09:00", sequence=1)
        .created("2026-03-02 09:00", sequence=9)
        .events,
        "2026-03-02 12:00",
        PROMISED,
        {M.FIRST_REPLY: [0], M.REPLIES: [1], M.SOLVED: [1], M.FIRST_RESOLUTION: [0]},
        ((FR, 1, "met", "2026-03-02 09:00"),),
        {},
    ),
]

STATUSES = [
    Scenario(
        "'thanks' after the solve begins no wait and no clock",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10")
        .solve("2026-03-02 09:20")
        .customer("2026-03-02 09:30")
        .events,
        "2026-03-05 09:00",
        PROMISED,
        {M.NEXT_REPLY: [], M.REOPENED: [], M.SOLVED: [1], M.FIRST_RESOLUTION: [20 * MINUTE]},
        ((FR, 1, "met", "2026-03-02 09:10"),),
        {},
    ),
    Scenario(
        "a reopening begins the wait at the customer's earliest message since the solve, and restarts no first reply",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10")
        .solve("2026-03-02 09:20")
        .customer("2026-03-02 10:00")
        .status("2026-03-02 10:30", Status.OPEN)
        .reply("2026-03-02 11:00")
        .solve("2026-03-02 12:00")
        .events,
        "2026-03-05 09:00",
        PROMISED,
        {
            M.FIRST_REPLY: [10 * MINUTE],
            M.NEXT_REPLY: [HOUR],
            M.REOPENED: [1],
            M.SOLVED: [1, 1],
            M.FIRST_RESOLUTION: [20 * MINUTE],
            M.FULL_RESOLUTION: [3 * HOUR],
        },
        ((FR, 1, "met", "2026-03-02 09:10"), (NR, 1, "met", "2026-03-02 11:00")),
        {},
    ),
    Scenario(
        "solved without a reply there is no first reply; after a reopening five days later the wait is one for a next reply",
        Story()
        .created("2026-03-02 09:00")
        .status("2026-03-02 09:02", Status.SOLVED, AUTOMATION)
        .customer("2026-03-07 09:00", status=Status.OPEN)
        .reply("2026-03-07 09:05")
        .events,
        "2026-03-08 09:00",
        PROMISED,
        {M.FIRST_REPLY: [], M.NEXT_REPLY: [5 * MINUTE], M.REOPENED: [1]},
        ((FR, 1, "met", "2026-03-02 09:02"), (NR, 1, "met", "2026-03-07 09:05")),
    ),
    Scenario(
        "closed after solved is not a second solve",
        Story().created("2026-03-02 09:00").solve("2026-03-02 10:00").status("2026-03-04 10:00", Status.CLOSED).events,
        "2026-03-05 09:00",
        values={M.SOLVED: [1], M.FULL_RESOLUTION: [HOUR], M.REOPENED: []},
        work={},
    ),
    Scenario(
        "a reply that solves is a reply first",
        Story().created("2026-03-02 09:00").reply("2026-03-02 09:30", status=Status.SOLVED).events,
        "2026-03-05 09:00",
        PROMISED,
        {M.FIRST_REPLY: [30 * MINUTE], M.SOLVED: [1], M.REPLIES: [1]},
        ((FR, 1, "met", "2026-03-02 09:30"),),
        {},
    ),
    Scenario(
        "gone tickets leave open work; restored ones are open again with their old start, and the clock stood still",
        Story()
        .created("2026-03-02 09:00", assignee="ana")
        .add(EventType.SPAM_MARKED, "2026-03-02 09:30")
        .add(EventType.RESTORED, "2026-03-02 13:30")
        .events,
        "2026-03-02 13:45",
        PROMISED,
        verdicts=(),
        work={
            Work.OPEN: ["2026-03-02 09:00"],
            Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00"],
            Work.AT_RISK: ["2026-03-02 13:45"],
        },
    ),
    Scenario(
        "a merged ticket never breaches and is no open work",
        Story().created("2026-03-02 09:00").add(EventType.MERGED, "2026-03-02 09:30", merged_into="T2").events,
        "2026-03-09 09:00",
        PROMISED,
        {M.CREATED: [1]},
        (),
        {},
    ),
    Scenario(
        "a wait that begins while the ticket is gone shows once it is restored",
        Story()
        .created("2026-03-02 09:00", assignee="ana")
        .reply("2026-03-02 09:05")
        .add(EventType.DELETED, "2026-03-02 09:30")
        .customer("2026-03-02 10:00")
        .add(EventType.RESTORED, "2026-03-02 11:00")
        .events,
        "2026-03-02 11:30",
        work={Work.OPEN: ["2026-03-02 09:00"], Work.AWAITING_NEXT_REPLY: ["2026-03-02 10:00"]},
    ),
    Scenario(
        "an observation stands in the leaf after its event",
        Story()
        .created("2026-03-02 09:00", queue="sales", channel="email")
        .change("2026-03-02 09:05", queue="billing")
        .reply("2026-03-02 09:10", priority=Priority.URGENT)
        .events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [10 * MINUTE]},
        leaves={M.CREATED: [("sales", "email", "normal")], M.FIRST_REPLY: [("billing", "email", "urgent")]},
    ),
]

PROMISES = [
    Scenario(
        "a reply at the deadline is met",
        Story().created("2026-03-02 09:00").reply("2026-03-02 10:00").events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "met", "2026-03-02 10:00"),),
    ),
    Scenario(
        "a reply a millisecond later is a breach, which stands at the deadline",
        Story().created("2026-03-02 09:00").reply("2026-03-02 10:00:00.001").events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
    ),
    Scenario(
        "nobody need do anything for a breach",
        Story().created("2026-03-02 09:00", assignee="ana").events,
        "2026-03-02 10:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
        work={
            Work.OPEN: ["2026-03-02 09:00"],
            Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00"],
            Work.BREACHED: ["2026-03-02 10:00"],
        },
    ),
    Scenario(
        "at risk from three quarters of the limit",
        Story().created("2026-03-02 09:00", assignee="ana").events,
        "2026-03-02 09:50",
        PROMISED,
        work={
            Work.OPEN: ["2026-03-02 09:00"],
            Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00"],
            Work.AT_RISK: ["2026-03-02 09:45"],
        },
    ),
    Scenario(
        "a raised priority keeps the elapsed time and brings the deadline forward",
        Story().created("2026-03-02 09:00").change("2026-03-02 09:05", priority=Priority.URGENT).events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 09:15"),),
        leaves={M.SLA_FIRST_REPLY_BREACHED: [("", "", "urgent")]},
    ),
    Scenario(
        "a deadline that the change has put into the past is broken at the change",
        Story().created("2026-03-02 09:00").change("2026-03-02 09:40", priority=Priority.URGENT).reply("2026-03-02 09:41").events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 09:40"),),
    ),
    Scenario(
        "a clock breached already stays breached when the promise is loosened",
        Story()
        .created("2026-03-02 09:00", priority=Priority.URGENT)
        .change("2026-03-02 09:20", priority=Priority.NORMAL)
        .reply("2026-03-02 09:30")
        .events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 09:15"),),
    ),
    Scenario(
        "no limit for the priority: the clock is dropped without an outcome",
        Story().created("2026-03-02 09:00").change("2026-03-02 09:20", priority=Priority.LOW).reply("2026-03-02 12:00").events,
        "2026-03-02 13:00",
        PROMISED,
        {M.FIRST_REPLY: [3 * HOUR]},
    ),
    Scenario(
        "the first policy in order whose condition holds is the ticket's",
        Story().created("2026-03-02 09:00", tags=("vip",)).reply("2026-03-02 09:20").events,
        "2026-03-02 13:00",
        _domain(
            _policy(_target(FR, 10 * MINUTE), name="vip", when=Condition(tags=("vip",))),
            _policy(_target(FR, HOUR), name="everyone"),
        ),
        verdicts=((FR, 1, "breached", "2026-03-02 09:10"),),
    ),
    Scenario(
        "a ticket that triage puts into a queue with a promise is measured from first contact",
        Story().created("2026-03-02 09:00").change("2026-03-02 09:02", queue="billing").reply("2026-03-02 10:01").events,
        "2026-03-02 13:00",
        _domain(_policy(_target(FR, HOUR), when=Condition(queues=("billing",)))),
        verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
    ),
    Scenario(
        "pending stops the requester's wait, hold does not; both stop the responder's work; neither stops the resolution",
        Story()
        .created("2026-03-02 09:00")
        .status("2026-03-02 10:00", Status.PENDING)
        .status("2026-03-02 12:00", Status.HOLD)
        .status("2026-03-02 13:00", Status.OPEN)
        .solve("2026-03-02 16:30")
        .events,
        "2026-03-03 09:00",
        RESOLVED,
        {M.FIRST_RESOLUTION: [7 * HOUR + 30 * MINUTE]},
        # Requester: 1 h to 10:00, then from 12:00 on: 4 h are reached at 15:00. Responder: 1 h, then from 13:00 on: 2 h at 14:00.
        (
            (RES, 1, "met", "2026-03-02 16:30"),
            (WAIT, 1, "breached", "2026-03-02 15:00"),
            (WORK, 1, "breached", "2026-03-02 14:00"),
        ),
        {},
    ),
    Scenario(
        "a change from pending straight to solved keeps the time that was paused",
        Story().created("2026-03-02 09:00").status("2026-03-02 09:30", Status.PENDING).solve("2026-03-02 20:00").events,
        "2026-03-03 09:00",
        RESOLVED,
        verdicts=(
            (RES, 1, "breached", "2026-03-02 17:00"),
            (WAIT, 1, "met", "2026-03-02 20:00"),
            (WORK, 1, "met", "2026-03-02 20:00"),
        ),
    ),
    Scenario(
        "a reopened ticket has no new resolution clock",
        Story().created("2026-03-02 09:00").solve("2026-03-02 10:00").status("2026-03-02 11:00", Status.OPEN).events,
        "2026-03-05 09:00",
        RESOLVED,
        verdicts=tuple((measure, 1, "met", "2026-03-02 10:00") for measure in (RES, WAIT, WORK)),
        work={Work.OPEN: ["2026-03-02 09:00"], Work.UNASSIGNED: ["2026-03-02 09:00"]},
    ),
    Scenario(
        "a solve without a reply fulfils the promise of a reply",
        Story().created("2026-03-02 09:00").solve("2026-03-02 09:30").events,
        "2026-03-05 09:00",
        PROMISED,
        {M.FIRST_REPLY: []},
        ((FR, 1, "met", "2026-03-02 09:30"),),
        {},
    ),
]

HOURS = [
    Scenario(
        "the lunch break does not count",
        # 11:30 to 13:15 in Berlin: half an hour before lunch and a quarter after it.
        Story().created("2026-03-02 10:30").reply("2026-03-02 12:15").events,
        "2026-03-03 09:00",
        OFFICE_HOURS,
        {M.FIRST_REPLY: [105 * MINUTE], M.FIRST_REPLY_BUSINESS: [45 * MINUTE]},
        ((FR, 1, "met", "2026-03-02 12:15"),),
    ),
    Scenario(
        "a night and a weekend do not count, a Saturday with special hours does",
        # Friday 6 March 16:30 in Berlin: half an hour, Saturday 10 to 11 one hour, and half an hour of Monday: due 09:30.
        Story().created("2026-03-06 15:30").events,
        "2026-03-09 12:00",
        OFFICE_HOURS,
        verdicts=((FR, 1, "breached", "2026-03-09 08:30"),),
    ),
    Scenario(
        "holidays do not count, and Easter crosses a weekend",
        # Thursday 2 April 16:00 in Berlin (UTC+2): one hour; Friday and Monday are closed; Tuesday 9 to 10: due 08:00 UTC.
        Story().created("2026-04-02 14:00").reply("2026-04-07 07:30").events,
        "2026-04-08 12:00",
        OFFICE_HOURS,
        {M.FIRST_REPLY_BUSINESS: [90 * MINUTE]},
        ((FR, 1, "met", "2026-04-07 07:30"),),
    ),
    Scenario(
        "the deadline of an urgent ticket written at night is an hour after opening, before and after the change to summer time",
        Story("T1").created("2026-03-27 22:00", priority=Priority.URGENT).events
        + Story("T2").created("2026-03-26 22:00", priority=Priority.URGENT).events,
        "2026-04-01 12:00",
        OFFICE_HOURS,
        # Monday 30 March 10:00 in Berlin is 08:00 UTC (summer); Friday 27 March 10:00 is 09:00 UTC (winter).
        verdicts=((FR, 1, "breached", "2026-03-27 09:00"), (FR, 1, "breached", "2026-03-30 08:00")),
    ),
    Scenario(
        "the night in which the clock goes forward has seven working hours",
        Story().created("2026-03-28 20:00").reply("2026-03-29 05:00").events,  # 21:00 winter to 07:00 summer time
        "2026-04-01 12:00",
        _domain(default="night"),
        {M.FIRST_REPLY: [9 * HOUR], M.FIRST_REPLY_BUSINESS: [7 * HOUR]},
    ),
    Scenario(
        "a limit reached at closing time is due then, not at the next opening",
        Story().created("2026-03-02 14:00").reply("2026-03-03 07:59").events,  # 15:00 in Berlin; two hours end at 17:00
        "2026-03-04 12:00",
        OFFICE_HOURS,
        {M.FIRST_REPLY_BUSINESS: [2 * HOUR]},
        ((FR, 1, "breached", "2026-03-02 16:00"),),
    ),
    Scenario(
        "a move to a queue with other hours keeps what has elapsed on the old ones",
        # Always-open queue from 05:00 to 06:00 UTC: one hour of two. Then office hours: from 09:00 to 10:00 in Berlin.
        Story().created("2026-03-02 05:00", queue="round").change("2026-03-02 06:00", queue="office").events,
        "2026-03-04 12:00",
        _domain(_policy(_target(FR, 2 * HOUR, clock=Clock.BUSINESS)), round="always", office="office"),
        verdicts=((FR, 1, "breached", "2026-03-02 09:00"),),
    ),
]

SCENARIOS = [*REPLIES, *STATUSES, *PROMISES, *HOURS]
