"""A customer's waits: what begins one, and what ends it."""

from __future__ import annotations

from pipeline.measures import Measure
from pipeline.tickets import sla
from pipeline.tickets.state import FIRST_REPLY, NEXT_REPLY, RESPONDER, State
from pipeline.tickets.tally import Tally

REPLY_CLOCKS = (FIRST_REPLY, NEXT_REPLY)


def contact(state: State, at: int, tally: Tally) -> None:
    """Take a message by the customer: on a solved ticket it waits for a reopening."""
    if not state.unsolved:
        if state.parked_at is None:
            state.parked_at = at
    elif state.waiting_since is None:
        begin(state, at, tally)


def begin(state: State, at: int, tally: Tally) -> None:
    """Begin a wait at `at`: for the first reply if the customer writes for the first time, else for the next one."""
    if state.first_contact_at is None and state.has_creation and state.creator != RESPONDER:
        first_contact(state, at, tally)
        return
    state.waiting_since, state.wait_is_first = at, False
    state.waits += 1
    sla.start(state, NEXT_REPLY, state.waits, at, tally)


def first_contact(state: State, at: int, tally: Tally) -> None:
    """Begin the wait for the first reply."""
    state.first_contact_at = at
    state.waiting_since, state.wait_is_first = at, True
    sla.start(state, FIRST_REPLY, 1, at, tally)


def reply(state: State, at: int, tally: Tally) -> None:
    """Count a reply; it ends the wait, if one runs."""
    state.replies += 1
    tally.count(state, at, Measure.REPLIES)
    since = state.waiting_since
    if since is None:
        return
    if state.wait_is_first:
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
    state.waiting_since = None
    sla.cancel(state, REPLY_CLOCKS, at, "abandoned", tally)
