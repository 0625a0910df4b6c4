"""Who holds a ticket: the clocks of being picked up, and of a team's stay. Only where some policy promises either."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.policy import TeamGoal
from pipeline.tickets import sla
from pipeline.tickets.entry import NOTE, REPLY, Entry
from pipeline.tickets.state import PICKUP, TEAM_TIME, Owed, State
from pipeline.tickets.tally import Tally

_STAY = (TEAM_TIME,)
_PICKUP = (PICKUP,)


class Before(NamedTuple):
    """Who held a ticket before an event."""

    holder: str
    assignee: str


def leave(state: State, entry: Entry, tally: Tally) -> Before:
    """End the stay of a team that this event takes the ticket from, in the leaf of that team: before the attributes change."""
    before = Before(state.holder, state.assignee)
    team = state.team if entry.team is None else entry.team
    queue = state.queue if entry.queue is None else entry.queue
    if (team or queue) != before.holder:
        sla.fulfil(state, _STAY, entry.at, "handed_on", tally)
    return before


def answer(state: State, entry: Entry, tally: Tally) -> None:
    """Take an answer by a responder: it fulfils what the team that holds the ticket has promised to answer."""
    if entry.message not in (REPLY, NOTE):
        return
    for clock in state.clocks:
        if clock.measure == TEAM_TIME and clock.promise:
            until = tally.rules.promises[clock.promise].until
            if until == TeamGoal.ANSWER or (until == TeamGoal.REPLY and entry.message == REPLY):
                sla.fulfil(state, _STAY, entry.at, "answer", tally)
                return


def settle(state: State, entry: Entry, before: Before, tally: Tally, *, created: bool, reopened: bool) -> None:
    """Begin the clocks of whoever now holds the ticket, after what happened; end that of nobody."""
    at = entry.at
    if created and not state.resolution_over:
        since = at if state.created_at is None else state.created_at
        _wait_for_pickup(state, since, at, tally)
        _stay(state, since, at, tally)
    elif state.unsolved:
        if not state.assignee and (reopened or before.assignee):
            _wait_for_pickup(state, at, at, tally)
        came = state.holder != before.holder and (before.holder or state.has_creation)
        if reopened or came:
            _stay(state, at, at, tally)
    if state.assignee:
        sla.fulfil(state, _PICKUP, at, "assigned", tally)


def _wait_for_pickup(state: State, since: int, at: int, tally: Tally) -> None:
    if not sla.runs(state, PICKUP):
        state.owed = owed = state.owed or Owed()
        owed.pickups += 1
        sla.start(state, PICKUP, owed.pickups, since, at, tally)


def _stay(state: State, since: int, at: int, tally: Tally) -> None:
    if state.holder and not sla.runs(state, TEAM_TIME):
        state.owed = owed = state.owed or Owed()
        owed.stays += 1
        sla.start(state, TEAM_TIME, owed.stays, since, at, tally)
