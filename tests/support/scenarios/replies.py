"""Who waits, from when, and what is a reply."""

from __future__ import annotations

from pipeline.events import ActorKind, Delivery, EventType, MessageKind, Status, Visibility
from pipeline.measures import Work
from tests.support.scenarios.terms import FR, HOUR, MINUTE, NR, PROMISED, M, Scenario
from tests.support.story import AUTOMATION, RESPONDER, Story, utc

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
    Scenario(
        "an internal message is no reply, whatever kind of message it says it is",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10", visibility=Visibility.INTERNAL)
        .reply("2026-03-02 09:30")
        .events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [30 * MINUTE], M.REPLIES: [1]},
    ),
    Scenario(
        "a hand-off before first contact does not begin the responder's view",
        Story()
        .created("2026-03-02 09:00", AUTOMATION)
        .add(EventType.HANDED_OFF, "2026-03-02 09:30")
        .customer("2026-03-02 10:00")
        .reply("2026-03-02 10:20")
        .events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [20 * MINUTE], M.FIRST_REPLY_RESPONDER: [20 * MINUTE]},
    ),
    Scenario(
        "a hand-off after a message that reopening makes the first contact begins the responder's view",
        Story()
        .created("2026-03-02 09:00", AUTOMATION)
        .status("2026-03-02 09:05", Status.SOLVED)
        .customer("2026-03-02 09:10")
        .add(EventType.HANDED_OFF, "2026-03-02 09:20")
        .status("2026-03-02 09:30", Status.OPEN)
        .reply("2026-03-02 09:50")
        .events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [40 * MINUTE], M.FIRST_REPLY_RESPONDER: [30 * MINUTE]},
    ),
    Scenario(
        "a hand-off after a message that was answered while the ticket was solved says nothing of a later contact",
        Story()
        .created("2026-03-02 09:00", AUTOMATION)
        .status("2026-03-02 09:05", Status.SOLVED)
        .customer("2026-03-02 09:10")
        .add(EventType.HANDED_OFF, "2026-03-02 09:20")
        .reply("2026-03-02 09:25")
        .status("2026-03-02 09:30", Status.OPEN)
        .customer("2026-03-02 10:00")
        .reply("2026-03-02 10:20")
        .events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [20 * MINUTE], M.FIRST_REPLY_RESPONDER: [20 * MINUTE]},
    ),
    Scenario(
        "events of the same time follow the vendor's sequence, not the order in which they were written down",
        Story()
        .created("2026-03-02 09:00")
        .status("2026-03-02 10:00", Status.OPEN, sequence=5)
        .status("2026-03-02 10:00", Status.SOLVED, sequence=4)
        .status("2026-03-02 10:00", Status.PENDING, sequence=3)
        .status("2026-03-02 10:00", Status.CLOSED, sequence=2)
        .status("2026-03-02 10:00", Status.OPEN, sequence=1)
        .events,
        "2026-03-02 12:00",
        values={M.SOLVED: [1, 1], M.REOPENED: [1, 1]},
    ),
    Scenario(
        "a creator of unknown kind is the customer",
        Story().created("2026-03-02 09:00", ActorKind.UNKNOWN).reply("2026-03-02 09:10").events,
        "2026-03-02 12:00",
        values={M.FIRST_REPLY: [10 * MINUTE]},
    ),
]
