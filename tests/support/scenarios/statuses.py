"""Solving, reopening, and tickets that are gone."""

from __future__ import annotations

from pipeline.events import EventType, Priority, Status
from pipeline.measures import Work
from tests.support.scenarios.terms import FR, HOUR, MINUTE, NR, PROMISED, M, Scenario
from tests.support.story import AUTOMATION, Story

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
        "2026-03-02 13:50",
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
    Scenario(
        "a reply on the solved ticket answers what the customer wrote there, so that a reopening begins at what came after it",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10")
        .solve("2026-03-02 09:20")
        .customer("2026-03-02 10:00")
        .reply("2026-03-02 10:05")
        .customer("2026-03-02 10:30")
        .status("2026-03-02 10:40", Status.OPEN)
        .reply("2026-03-02 11:00")
        .events,
        "2026-03-02 12:00",
        values={M.NEXT_REPLY: [30 * MINUTE], M.REPLIES: [1, 1, 1]},
    ),
    Scenario(
        "a reply that reopens answers what the customer wrote on the solved ticket",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10", status=Status.SOLVED)
        .customer("2026-03-02 10:00")
        .reply("2026-03-02 10:20", status=Status.OPEN)
        .events,
        "2026-03-02 12:00",
        values={M.NEXT_REPLY: [20 * MINUTE], M.REOPENED: [1]},
    ),
    Scenario(
        "a merge that closes the ticket is no solve",
        Story().created("2026-03-02 09:00").add(EventType.MERGED, "2026-03-02 09:30", status=Status.CLOSED).events,
        "2026-03-05 09:00",
        PROMISED,
        {M.SOLVED: [], M.FIRST_RESOLUTION: [], M.FULL_RESOLUTION: []},
        (),
        {},
    ),
    Scenario(
        "nothing is counted while the ticket is gone, though it changes: a reply ends the wait, a solve its clocks",
        Story()
        .created("2026-03-02 09:00")
        .add(EventType.DELETED, "2026-03-02 09:10")
        .reply("2026-03-02 09:20")
        .solve("2026-03-02 09:30")
        .add(EventType.RESTORED, "2026-03-02 09:40")
        .status("2026-03-02 09:50", Status.OPEN)
        .solve("2026-03-02 10:00")
        .events,
        "2026-03-05 09:00",
        PROMISED,
        {M.REPLIES: [], M.FIRST_REPLY: [], M.SOLVED: [1], M.REOPENED: [1], M.FIRST_RESOLUTION: [], M.FULL_RESOLUTION: [HOUR]},
        (),
        {},
    ),
    Scenario(
        "a solved ticket that was quiet for the reopen horizon is forgotten: what comes later is a resumed ticket, and one only",
        Story()
        .created("2026-01-05 09:00")
        .solve("2026-01-05 10:00")
        .status("2026-03-02 09:00", Status.OPEN)
        .change("2026-03-02 10:00", queue="billing")
        .status("2026-03-02 11:00", Status.PENDING)
        .solve("2026-03-02 12:00")
        .status("2026-03-04 12:00", Status.CLOSED)
        .events,
        "2026-03-05 12:00",
        values={M.CREATED: [1], M.SOLVED: [1, 1], M.REOPENED: [], M.FULL_RESOLUTION: [HOUR]},
        work={},
    ),
]
