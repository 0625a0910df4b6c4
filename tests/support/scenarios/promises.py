"""SLA clocks: deadlines, policies, changes, pauses."""

from __future__ import annotations

from pipeline.config import Condition
from pipeline.events import EventType, Priority, Status
from pipeline.measures import Work
from tests.support.scenarios.terms import (
    FR,
    HOUR,
    MINUTE,
    NR,
    PROMISED,
    RES,
    RESOLVED,
    WAIT,
    WORK,
    M,
    Scenario,
    domain,
    policy,
    target,
)
from tests.support.story import Story

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
        "a deadline has not passed while the time is the deadline",
        Story().created("2026-03-02 09:00", assignee="ana").events,
        "2026-03-02 10:00",
        PROMISED,
        verdicts=(),
        work={
            Work.OPEN: ["2026-03-02 09:00"],
            Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00"],
            Work.AT_RISK: ["2026-03-02 09:45"],
        },
    ),
    Scenario(
        "nobody need do anything for a breach",
        Story().created("2026-03-02 09:00", assignee="ana").events,
        "2026-03-02 10:00:00.001",
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
        domain(
            policy(target(FR, 10 * MINUTE), name="vip", when=Condition(tags=("vip",))),
            policy(target(FR, HOUR), name="everyone"),
        ),
        verdicts=((FR, 1, "breached", "2026-03-02 09:10"),),
    ),
    Scenario(
        "a ticket that triage puts into a queue with a promise is measured from first contact",
        Story().created("2026-03-02 09:00").change("2026-03-02 09:02", queue="billing").reply("2026-03-02 10:01").events,
        "2026-03-02 13:00",
        domain(policy(target(FR, HOUR), when=Condition(queues=("billing",)))),
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
    Scenario(
        "a clock breached already is not breached again when the promise is tightened",
        Story().created("2026-03-02 09:00").change("2026-03-02 10:30", priority=Priority.URGENT).reply("2026-03-02 11:00").events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
    ),
    Scenario(
        "what an event ends is judged by the promise before it: a reply in time that also raises the priority is in time",
        Story().created("2026-03-02 09:00").reply("2026-03-02 09:40", priority=Priority.URGENT).events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "met", "2026-03-02 09:40"),),
    ),
    Scenario(
        "a breach stands in the leaf of its deadline, not where the ticket went later",
        Story()
        .created("2026-03-02 09:00", queue="billing")
        .change("2026-03-02 09:30", queue="technical")
        .change("2026-03-02 11:00", queue="sales")
        .events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
        leaves={M.SLA_FIRST_REPLY_BREACHED: [("technical", "", "normal")]},
    ),
    Scenario(
        "a promise lost and given again remembers the time between",
        Story()
        .created("2026-03-02 09:00")
        .change("2026-03-02 09:20", priority=Priority.LOW)
        .change("2026-03-02 09:50", priority=Priority.NORMAL)
        .events,
        "2026-03-02 12:00",
        PROMISED,
        verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
    ),
    Scenario(
        "a reopening may show that a promise was broken already: the breach stands at its deadline",
        Story()
        .created("2026-03-02 09:00", queue="billing")
        .solve("2026-03-02 09:20")
        .customer("2026-03-02 10:00")
        .status("2026-03-02 15:00", Status.OPEN, queue="sales")
        .reply("2026-03-02 15:01")
        .events,
        "2026-03-02 16:00",
        PROMISED,
        {M.NEXT_REPLY: [5 * HOUR + MINUTE]},
        ((FR, 1, "met", "2026-03-02 09:20"), (NR, 1, "breached", "2026-03-02 12:00")),
        leaves={M.SLA_NEXT_REPLY_BREACHED: [("sales", "", "normal")]},
    ),
    Scenario(
        "time while the ticket is gone does not run against the promise",
        Story()
        .created("2026-03-02 09:00")
        .add(EventType.SPAM_MARKED, "2026-03-02 09:30")
        .add(EventType.RESTORED, "2026-03-02 15:30")
        .reply("2026-03-02 16:00:00.001")
        .events,
        "2026-03-02 18:00",
        PROMISED,
        {M.FIRST_REPLY: [7 * HOUR + 1]},
        ((FR, 1, "breached", "2026-03-02 16:00"),),
    ),
    Scenario(
        "a promise given to a gone ticket after its deadline is broken at the restoration, on hold or not",
        Story()
        .created("2026-03-02 09:00", priority=Priority.LOW)
        .add(EventType.SPAM_MARKED, "2026-03-02 12:00")
        .change("2026-03-02 12:30", priority=Priority.NORMAL)
        .status("2026-03-02 12:40", Status.HOLD)
        .add(EventType.RESTORED, "2026-03-02 13:00")
        .events,
        "2026-03-02 13:30",
        RESOLVED,
        verdicts=((WORK, 1, "breached", "2026-03-02 13:00"),),
    ),
    Scenario(
        "a change of priority breaks a promise at the change, pending or not",
        Story()
        .created("2026-03-02 09:00", priority=Priority.LOW)
        .status("2026-03-02 14:00", Status.PENDING)
        .change("2026-03-02 15:00", priority=Priority.NORMAL)
        .events,
        "2026-03-02 16:00",
        RESOLVED,
        verdicts=((WORK, 1, "breached", "2026-03-02 15:00"), (WAIT, 1, "breached", "2026-03-02 15:00")),
    ),
    Scenario(
        "a step that a change of priority passes on a paused clock stands at the change, and shows when the clock runs on",
        Story()
        .created("2026-03-02 09:00", priority=Priority.LOW, assignee="ana")
        .reply("2026-03-02 09:00")
        .status("2026-03-02 12:30", Status.PENDING)
        .change("2026-03-02 12:40", priority=Priority.NORMAL)
        .status("2026-03-02 12:50", Status.OPEN)
        .events,
        "2026-03-02 12:55",
        domain(policy(target(WAIT, 4 * HOUR))),
        work={Work.OPEN: ["2026-03-02 09:00"], Work.AT_RISK: ["2026-03-02 12:40"]},
    ),
    Scenario(
        "a ticket deleted at its very deadline breaks no promise",
        Story().created("2026-03-02 09:00").add(EventType.DELETED, "2026-03-02 10:00").events,
        "2026-03-05 16:00",
        PROMISED,
        verdicts=(),
        work={},
    ),
]
