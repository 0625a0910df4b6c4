"""Who handled a ticket and how: taken by a responder, self-served, solved with one touch, at which cost, moved how often.

What a solve stands for is kept with the ticket and taken back where it stood, as soon as a later event shows that the ticket was
not done with: a reopening or a further reply.
"""

from __future__ import annotations

from pipeline.events import ActorKind
from pipeline.measures import Measure, base
from pipeline.tickets.entry import ACTORS, Entry
from pipeline.tickets.state import RESPONDER, State
from pipeline.tickets.tally import Tally

_CUSTOMER, _AUTOMATION = ACTORS.index(ActorKind.CUSTOMER), ACTORS.index(ActorKind.AUTOMATION)
_SELF_SERVED, _ONE_TOUCH = base(Measure.SELF_SERVED), base(Measure.ONE_TOUCH)
_COST, _COSTED = base(Measure.COST), base(Measure.CONTACTS_COSTED)
_MINUTE_MS = 60_000


def take(state: State, entry: Entry, tally: Tally) -> None:
    """Note the first sign of a responder: an event by one, or an assignee who is no automation. It ends the wait to be taken."""
    if entry.actor != RESPONDER and state.assignee in tally.rules.automations:
        return
    state.taken_at = entry.at
    if state.waiting_since is not None and state.wait_is_first and state.channel in tally.rules.live_channels:
        tally.observe(state, Measure.PICKUP, Measure.PICKUP_BUSINESS, state.waiting_since, entry.at)


def touch(state: State, tally: Tally) -> None:
    """Count a reply by a responder as a touch, unless it belongs to a session on a live channel that had one."""
    if not (state.touched and state.channel in tally.rules.live_channels):
        state.touches += 1
    state.touched = True
    if state.stands_for:
        take_back(state, tally)


def stand(state: State, actor: int, at_ms: int, tally: Tally) -> None:
    """Let a counted solve stand for what it is; the place is that of the full resolution."""
    if state.taken_at is None and (actor == _CUSTOMER or (actor == _AUTOMATION and state.answered)):
        state.stands_for = _SELF_SERVED
    elif state.touches == 1:
        state.stands_for = _ONE_TOUCH
    if state.stands_for:
        tally.ledger.add(state.full_resolution_leaf, at_ms, state.stands_for)
    if tally.rules.costs:
        _charge(state, at_ms, tally)


def take_back(state: State, tally: Tally) -> None:
    """Take back what the last solve stands for."""
    tally.ledger.add(state.full_resolution_leaf, state.full_resolution_at, state.stands_for, -1)
    state.stands_for = 0


def refund(state: State, tally: Tally) -> None:
    """Take back the cost that stands beside the full resolution; the next solve says it anew."""
    if state.cost is not None:
        leaf, at_ms = state.full_resolution_leaf, state.full_resolution_at
        tally.ledger.add(leaf, at_ms, _COST, -state.cost)
        tally.ledger.add(leaf, at_ms, _COSTED, -1)
        state.cost = None


def _charge(state: State, at_ms: int, tally: Tally) -> None:
    rates = tally.rules.costs.get(state.channel)
    if rates is None:
        return
    worked_ms = 0 if state.taken_at is None else tally.rules.calendar(state).elapsed(state.taken_at, at_ms)
    state.cost = rates.contact + worked_ms * rates.minute // _MINUTE_MS
    tally.ledger.add(state.full_resolution_leaf, at_ms, _COST, state.cost)
    tally.ledger.add(state.full_resolution_leaf, at_ms, _COSTED)


def expect(state: State, at_ms: int, tally: Tally, *, left: bool = False) -> None:
    """Say whether the wait for the first reply that ends now was as short as customers of the channel expect."""
    limit_ms = tally.rules.expectations.get(state.channel)
    if limit_ms is not None and state.waiting_since is not None:
        met = not left and at_ms - state.waiting_since <= limit_ms
        tally.count(state, at_ms, Measure.EXPECTATION_MET if met else Measure.EXPECTATION_MISSED)
