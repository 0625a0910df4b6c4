"""The lives of tickets, from their creation to their end, as generators.

A life yields milliseconds to wait, or `Work` that a responder must do; the latter gives it the responder's name, or
`None` when nobody picked it up in time.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from agents.simulator.manners import HOUR_MS, MANNERS, MINUTE_MS, SECOND_MS, Manner
from agents.simulator.staff import Work
from agents.simulator.tickets import Ticket
from pipeline.events import ActorKind, EventType, MessageKind, Priority, Status

Steps: TypeAlias = Generator[int | Work, str | None, bool]
"""Returns whether the ticket goes on."""

PROACTIVE, AUTOMATIC = 0.02, 0.01
SPAM, MERGED, DELETED = 0.02, 0.015, 0.004
IMPATIENT, URGED, TAGGED, RECONCILED, VENDOR_SAYS = 0.12, 0.04, 0.15, 0.02, 0.02
NOTED, TRANSFERRED, UNDELIVERED, HELD, SNOOZED = 0.15, 0.04, 0.005, 0.06, 0.02
SOLVED_BY_BOT, THANKS, REOPENED, RATED, SURVEYED, SILENT = 0.25, 0.12, 0.06, 0.15, 0.3, 0.1
CLOSED_AFTER_MS = 96 * HOUR_MS


def live(ticket: Ticket, transfers_to: str, twin: str) -> Steps:
    """Lead a ticket through its life. `twin` is an earlier ticket that this one may be merged into."""
    rng, manner = ticket.rng, MANNERS[ticket.channel]
    chance = rng.random()
    if chance < PROACTIVE:
        return (yield from _proactive(ticket, manner))
    by = ActorKind.SYSTEM if chance < PROACTIVE + AUTOMATIC else ActorKind.CUSTOMER
    ticket.create(by, ticket.requester if by is ActorKind.CUSTOMER else "monitoring")
    yield from _early(ticket)
    if ticket.status is Status.NEW and rng.random() < manner.acknowledged:
        yield _around(ticket, 4 * SECOND_MS, 0.4)
        ticket.automation_writes(MessageKind.AUTOREPLY)
    if not manner.live and rng.random() < SPAM:
        yield _around(ticket, 10 * MINUTE_MS, 1.0)
        ticket.tell(EventType.SPAM_MARKED, ActorKind.SYSTEM)
        return False
    if rng.random() < manner.bot_share and not (yield from _bot(ticket)):
        return False
    if not (yield from _first_pick_up(ticket, manner, transfers_to, twin)):
        return False
    yield from _converse(ticket, manner)
    return (yield from _afterwards(ticket, manner))


def _proactive(ticket: Ticket, manner: Manner) -> Steps:
    """Let a responder write first; half of the customers answer."""
    ticket.assignee = f"{ticket.queue}-lead"
    ticket.status = Status.OPEN
    ticket.create(ActorKind.RESPONDER, ticket.assignee)
    ticket.responder_replies()
    ticket.become(Status.PENDING, ActorKind.RESPONDER)
    if ticket.rng.random() < 0.5:
        yield _around(ticket, 2 * HOUR_MS, 0.8)
        ticket.customer_writes()
        ticket.become(Status.OPEN, ActorKind.SYSTEM)
        yield from _answer(ticket, manner)
    else:
        yield 48 * HOUR_MS
    return (yield from _afterwards(ticket, manner))


def _early(ticket: Ticket) -> Steps:
    """Small things that happen to new tickets: further messages, priorities, tags, what the vendor says of itself."""
    rng = ticket.rng
    if rng.random() < IMPATIENT:
        yield _around(ticket, 30 * SECOND_MS, 0.8)
        ticket.customer_writes()
    if rng.random() < URGED:
        ticket.priority = Priority.HIGH if ticket.priority is not Priority.HIGH else Priority.URGENT
        ticket.tell(EventType.PRIORITY_CHANGED, ActorKind.AUTOMATION)
    if rng.random() < TAGGED:
        ticket.tags = ("vip",) if rng.random() < 0.2 else ("delivery",)
        ticket.tell(EventType.TAGS_CHANGED, ActorKind.AUTOMATION, tags=ticket.tags)
    if rng.random() < RECONCILED:
        ticket.tell(EventType.SNAPSHOT, ActorKind.SYSTEM)
    if rng.random() < VENDOR_SAYS:
        ticket.tell(EventType.VENDOR_SLA, ActorKind.SYSTEM)
    return True


def _bot(ticket: Ticket) -> Steps:
    """Let a bot answer first, and solve the ticket or hand it over."""
    yield 2 * SECOND_MS
    ticket.automation_writes(MessageKind.REPLY)
    yield _around(ticket, 45 * SECOND_MS, 0.5)
    ticket.customer_writes()
    yield 2 * SECOND_MS
    ticket.automation_writes(MessageKind.REPLY)
    if ticket.rng.random() < SOLVED_BY_BOT:
        yield MINUTE_MS
        ticket.become(Status.SOLVED, ActorKind.AUTOMATION)
        return False
    yield _around(ticket, 20 * SECOND_MS, 0.5)
    ticket.tell(EventType.HANDED_OFF, ActorKind.AUTOMATION, "bot")
    return True


def _first_pick_up(ticket: Ticket, manner: Manner, transfers_to: str, twin: str) -> Steps:
    """Wait for a responder, who replies, or sees that this ticket is none, or another queue's."""
    rng = ticket.rng
    if not (yield from _picked_up(ticket, manner)):
        return False
    ticket.become(Status.OPEN, ActorKind.RESPONDER)
    chance = rng.random()
    if chance < MERGED and twin:
        ticket.tell(EventType.MERGED, ActorKind.RESPONDER, ticket.assignee, merged_into=twin)
        return False
    if chance > 1 - DELETED:
        ticket.tell(EventType.DELETED, ActorKind.RESPONDER, ticket.assignee)
        if rng.random() < 0.5:
            return False
        yield 15 * MINUTE_MS
        ticket.tell(EventType.RESTORED, ActorKind.RESPONDER, ticket.assignee)
    if rng.random() < NOTED:
        ticket.note()
    if transfers_to and rng.random() < TRANSFERRED:
        ticket.move(transfers_to)
        if not (yield from _picked_up(ticket, manner)):
            return False
    yield from _write(ticket, manner)
    return True


def _converse(ticket: Ticket, manner: Manner) -> Steps:
    """Go back and forth until nothing is left to say."""
    rng = ticket.rng
    more = manner.follow_ups / (1 + manner.follow_ups)
    while rng.random() < more:
        ticket.become(Status.PENDING, ActorKind.RESPONDER)
        yield _around(ticket, manner.think_ms, 0.9)
        ticket.customer_writes()
        ticket.become(Status.OPEN, ActorKind.SYSTEM)
        if not (yield from _answer(ticket, manner)):
            return False
    chance = rng.random()
    if not manner.live and chance < HELD + SNOOZED:
        ticket.become(Status.HOLD if chance < HELD else Status.SNOOZED, ActorKind.RESPONDER)
        yield _around(ticket, 6 * HOUR_MS, 0.8)
        ticket.become(Status.OPEN, ActorKind.RESPONDER)
        yield from _answer(ticket, manner)
    return True


def _afterwards(ticket: Ticket, manner: Manner) -> Steps:
    """Solve; then thanks, ratings, reopenings, and the end."""
    rng = ticket.rng
    if ticket.status is Status.CLOSED:  # the customer gave up
        return False
    yield _around(ticket, 2 * MINUTE_MS, 0.8)
    ticket.become(Status.SOLVED, ActorKind.RESPONDER if rng.random() > SILENT else ActorKind.AUTOMATION)
    if rng.random() < SURVEYED:
        ticket.automation_writes(MessageKind.SURVEY)
    if rng.random() < RATED:
        yield _around(ticket, 30 * MINUTE_MS, 1.0)
        score = rng.choice((1, 3, 4, 5, 5))
        ticket.tell(
            EventType.RATED,
            ActorKind.CUSTOMER,
            ticket.requester,
            rating_kind="csat",
            rating_score=score,
            rating_low=1,
            rating_high=5,
        )
    chance = rng.random()
    if chance < THANKS + REOPENED:
        yield _around(ticket, 3 * HOUR_MS, 1.0)
        ticket.customer_writes()
        if chance < REOPENED:
            ticket.become(Status.OPEN, ActorKind.SYSTEM)
            if not (yield from _answer(ticket, manner)):
                return False
            ticket.become(Status.SOLVED, ActorKind.RESPONDER)
    yield CLOSED_AFTER_MS
    ticket.become(Status.CLOSED, ActorKind.AUTOMATION)
    return False


def _answer(ticket: Ticket, manner: Manner) -> Steps:
    """Wait for a responder and get a reply."""
    if not (yield from _picked_up(ticket, manner)):
        return False
    yield from _write(ticket, manner)
    return True


def _picked_up(ticket: Ticket, manner: Manner) -> Steps:
    rng = ticket.rng
    busy = int(_around(ticket, manner.write_ms, manner.spread) * manner.busy_factor)
    urgent = ticket.priority in (Priority.URGENT, Priority.HIGH)
    patience = int(rng.expovariate(1 / manner.patience_ms)) + 1 if manner.live else 0
    responder = yield Work(ticket.queue, busy, live=manner.live or urgent, patience_ms=patience)
    if responder is None:
        ticket.tell(EventType.ABANDONED, ActorKind.CUSTOMER, ticket.requester)
        ticket.become(Status.CLOSED, ActorKind.SYSTEM)
        return False
    ticket.assign(responder)
    return True


def _write(ticket: Ticket, manner: Manner) -> Steps:
    yield _around(ticket, manner.write_ms, manner.spread)
    message = ticket.responder_replies()
    if ticket.rng.random() < UNDELIVERED:
        yield 5 * SECOND_MS
        ticket.fail(message)
        yield MINUTE_MS
        ticket.responder_replies()
    return True


def _around(ticket: Ticket, median_ms: int, sigma: float) -> int:
    """Draw from a log-normal distribution, at least a second."""
    return max(SECOND_MS, int(median_ms * ticket.rng.lognormvariate(0.0, sigma)))
