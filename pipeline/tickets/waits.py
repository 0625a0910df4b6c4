"""A customer's waits: what begins one, and what ends it."""

from __future__ import annotations

from pipeline.measures import Measure
from pipeline.tickets import handling, sla
from pipeline.tickets.state import EACH_REPLY, FIRST_REPLY, NEXT_REPLY, PERIODIC_UPDATE, RESPONDER, Owed, State
from pipeline.tickets.tally import Tally

REPLY_CLOCKS = (FIRST_REPLY, NEXT_REPLY, EACH_REPLY)
OPENING_MS = 60_000
"""What a customer writes within this time after creating the ticket is part of the creation."""
UNANSWERED_LIMIT = 100
"""Messages of one ticket that may have a clock of their own at a time: a mail loop must not make a row grow for ever."""


def park(state: State, at: int, tally: Tally) -> None:
    """Keep a message by the customer on a solved ticket, in case the ticket is reopened."""
    if state.parked_at is None:
        state.parked_at = at
    elif tally.rules.promised[EACH_REPLY]:
        state.owed = owed = state.owed or Owed()
        if len(owed.parked) < UNANSWERED_LIMIT:
            owed.parked.append(at)


def unpark(state: State) -> list[int]:
    """Take the times of the messages kept."""
    if state.parked_at is None:
        return []
    times, state.parked_at = [state.parked_at], None
    if state.owed is not None:
        times += state.owed.parked
        state.owed.parked = []
    return times


def overlook(state: State) -> None:
    """Forget the messages kept, and a hand-off after them: they are no first contact."""
    unpark(state)
    if state.first_contact_at is None:
        state.handed_off_at = None


def hand_off(state: State, at: int) -> None:
    """Note that the customer is handed to responders: after first contact, or after a message that may come to be it."""
    if (state.first_contact_at is not None or state.parked_at is not None) and state.first_reply_ms is None:
        state.handed_off_at = at


def contact(state: State, at: int, tally: Tally) -> None:
    """Take a message by the customer: it begins a wait unless one runs. A customer's own ticket begins with its creation."""
    if state.created_at is None and state.by_customer:
        return
    if state.waiting_since is None:
        begin(state, at, at, tally)
    if tally.rules.promised[EACH_REPLY] and not (state.by_customer and at <= (state.created_at or 0) + OPENING_MS):
        ask(state, at, at, tally)


def ask(state: State, since: int, at: int, tally: Tally) -> None:
    """Begin the clock of one message by the customer, where such are promised an answer each."""
    if not tally.rules.promised[EACH_REPLY]:
        return
    state.owed = owed = state.owed or Owed()
    owed.asked += 1
    if sum(clock.measure == EACH_REPLY for clock in state.clocks) < UNANSWERED_LIMIT:
        sla.start(state, EACH_REPLY, owed.asked, since, at, tally)


def begin(state: State, since: int, at: int, tally: Tally) -> None:
    """Begin a wait: for the first reply if the customer writes for the first time, else for the next one.

    `since` is its start, `at` the event that shows it.
    """
    new_case = state.owed is not None and state.owed.new_case
    first = (state.first_contact_at is None or new_case) and state.has_creation and state.creator != RESPONDER
    state.waiting_since, state.wait_is_first = since, first
    if first:
        if state.first_contact_at is None:
            state.first_contact_at = since
        case = 1
        if tally.rules.cycles is not None:
            state.owed = owed = state.owed or Owed()
            case = owed.cases = owed.cases + 1
            if owed.new_case:
                owed.new_case, state.handed_off_at = False, None
        sla.start(state, FIRST_REPLY, case, since, at, tally)
    else:
        state.waits += 1
        sla.start(state, NEXT_REPLY, state.waits, since, at, tally)


def reply(state: State, at: int, tally: Tally) -> None:
    """Count a reply; it ends the wait, if one runs."""
    state.replies += 1
    tally.count(state, at, Measure.REPLIES)
    handling.touch(state, tally)
    if state.parked_at is not None:
        overlook(state)
    if tally.rules.promised[PERIODIC_UPDATE]:
        sla.fulfil(state, (PERIODIC_UPDATE,), at, "reply", tally)
        sla.start(state, PERIODIC_UPDATE, state.replies + 1, at, at, tally)
    since = state.waiting_since
    if since is None:
        return
    if state.wait_is_first:
        if tally.rules.expectations:
            handling.expect(state, at, tally)
        state.first_reply_ms = tally.observe(state, Measure.FIRST_REPLY, Measure.FIRST_REPLY_BUSINESS, since, at)
        started = since if state.handed_off_at is None else state.handed_off_at
        tally.observe(state, Measure.FIRST_REPLY_RESPONDER, Measure.FIRST_REPLY_RESPONDER_BUSINESS, started, at)
    else:
        tally.observe(state, Measure.NEXT_REPLY, Measure.NEXT_REPLY_BUSINESS, since, at)
    state.waiting_since = None
    sla.fulfil(state, REPLY_CLOCKS, at, "reply", tally)


def abandon(state: State, at: int, tally: Tally) -> None:
    """End the wait without a reply: the customer left."""
    tally.count(state, at, Measure.ABANDONED)
    state.abandoned += 1
    if state.wait_is_first and state.waiting_since is not None:
        tally.observe(state, Measure.ABANDONED_AFTER, Measure.ABANDONED_AFTER_BUSINESS, state.waiting_since, at)
        if at - state.waiting_since <= tally.rules.domain.short_abandon:
            tally.count(state, at, Measure.ABANDONED_SHORT)
        elif tally.rules.expectations:
            handling.expect(state, at, tally, left=True)
    state.waiting_since = None
    sla.cancel(state, REPLY_CLOCKS, at, "abandoned", tally)
