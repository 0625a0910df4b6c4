"""The fold of one ticket: `advance` by one entry in order, `fold` over a log. Rules: docs/semantics.md.

`fold(base, log + [x])` and `advance(fold(base, log), x)` give the same state and, together, say the same: a property
test holds them to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.measures import Measure
from pipeline.signals import SlaEventType
from pipeline.tickets import handling, ownership, ratings, sla, stretches, waits
from pipeline.tickets.entry import (
    ABANDONED,
    ANSWER,
    CONTACT,
    CREATED,
    GOING,
    HANDED_OFF,
    MESSAGE_FAILED,
    RATED,
    REPLY,
    RESTORED,
    SURVEY,
    Entry,
)
from pipeline.tickets.resolution import overlook_solve, reopen, solve
from pipeline.tickets.state import CLOSED, PERIODIC_UPDATE, RESOLUTIONS, RESPONDER, SOLVED, State
from pipeline.tickets.tally import Tally

_HAPPENINGS = frozenset({HANDED_OFF, ABANDONED, RATED})


def fold(base: State, log: Sequence[Entry], until_ms: int, tally: Tally) -> State:
    """Fold a log, in its order, onto `base` (which it changes) and run the timers up to `until_ms`."""
    foresee(base, log)
    go_on(base, log, failures(log), tally)
    sla.expire(base, until_ms, tally)
    return base


def failures(log: Sequence[Entry]) -> frozenset[int]:
    """Return the messages that a log says never left."""
    return frozenset(entry.message_hash for entry in log if entry.type == MESSAGE_FAILED)


def foresee(base: State, log: Sequence[Entry]) -> None:
    """Tell `base` of the creation that a log holds, wherever it sorts."""
    if not base.has_creation:
        creation = next((entry for entry in log if entry.type == CREATED), None)
        if creation is not None:
            know_creation(base, creation)


def go_on(state: State, entries: Sequence[Entry], failed: frozenset[int], tally: Tally) -> None:
    """Advance by a part of a log; `failed` and what `foresee` told are those of the whole log."""
    for entry in entries:
        advance(state, entry, tally, failed=entry.message_hash in failed)


def advance(state: State, entry: Entry, tally: Tally, *, failed: bool = False) -> None:
    """Apply one entry that sorts after everything in `state`. `failed`: its message turned out never to have left."""
    at = entry.at
    sla.expire(state, at, tally)
    changed = entry.type == CREATED
    if not state.began_at:
        state.began_at, changed = at, True
    state.author = entry.author or ""
    if entry.type in GOING:
        state.gone = True
        _say_gone(state, entry, tally)
    if entry.requester is not None:
        state.requester = entry.requester
    before = ownership.leave(state, entry, tally) if tally.rules.owning else None
    if _take_attributes(state, entry, tally):
        changed = True
    if _live(state, entry, before, tally, failed=failed):
        sla.rematch(state, at, tally)
        if not state.gone:
            sla.wake(state, at, tally)
    elif changed:
        sla.rematch(state, at, tally)
    if entry.type == RESTORED:
        sla.restore(state, at, tally)
    sla.synchronise(state, at, tally.rules)
    state.author = ""


def _live(state: State, entry: Entry, before: ownership.Before | None, tally: Tally, *, failed: bool) -> bool:
    """Let happen what an event tells; return whether it reopened the ticket."""
    at = entry.at
    was_solved = state.status in SOLVED
    if entry.status is not None and _take_status(state, entry, tally):
        was_solved = True
    solved = state.status in SOLVED
    created = entry.type == CREATED and state.created_at is None
    if created:
        _create(state, entry, tally, was_solved=was_solved)
    reopened = was_solved and not solved
    if reopened:
        reopen(state, at, tally)
    if state.taken_at is None and (entry.actor == RESPONDER or state.assignee):
        handling.take(state, entry, tally)
    if entry.message:
        _hear(state, entry, tally, failed=failed, parked=was_solved and solved)
    elif entry.type in _HAPPENINGS:
        _happen(state, entry, tally)
    if before is not None:
        if not failed:
            ownership.answer(state, entry, tally)
        ownership.settle(state, entry, before, tally, created=created, reopened=reopened)
    if solved and not was_solved:
        solve(state, entry.actor, at, tally)
    return reopened


def _take_status(state: State, entry: Entry, tally: Tally) -> bool:
    """Take a status; return whether it shows that the ticket had been solved before its first event."""
    if entry.status != state.status:
        stretches.change_status(state, entry, tally)
    unseen = entry.status == CLOSED and not (state.status_known or state.has_creation)
    if unseen:
        overlook_solve(state, entry.at, tally)
    state.status_known = True
    return unseen


def _happen(state: State, entry: Entry, tally: Tally) -> None:
    if entry.type == HANDED_OFF:
        waits.hand_off(state, entry.at)
    elif entry.type == ABANDONED:
        waits.abandon(state, entry.at, tally)
    elif entry.rating:
        ratings.rate(state, entry.rating, entry.at, tally)


def _hear(state: State, entry: Entry, tally: Tally, *, failed: bool, parked: bool) -> None:
    message = entry.message
    if message == CONTACT:
        if parked:
            waits.park(state, entry.at, tally)
        else:
            waits.contact(state, entry.at, tally)
    elif failed:
        return
    elif message == REPLY:
        waits.reply(state, entry.at, tally)
    elif message == ANSWER:
        state.answered = True
    elif message == SURVEY:
        ratings.offer(state, entry.at, tally)


def _take_attributes(state: State, entry: Entry, tally: Tally) -> bool:
    changed = moved = False
    if entry.priority is not None and entry.priority != state.priority:
        state.priority, changed = entry.priority, True
    if entry.channel is not None and entry.channel != state.channel:
        state.channel, changed = entry.channel, True
    if entry.queue is not None and entry.queue != state.queue:
        moved = state.queue != ""
        state.queue, changed = entry.queue, True
    if entry.team is not None and entry.team != state.team:
        moved = moved or state.team != ""
        state.team, changed = entry.team, True
    if entry.brand is not None or entry.region is not None or entry.tags is not None or entry.customer_tier is not None:
        changed = _take_labels(state, entry) or changed
    if entry.assignee is not None and entry.assignee != state.assignee:
        _take_assignee(state, entry.assignee, entry.at, tally)
    if moved:
        tally.count(state, entry.at, Measure.TRANSFERS)
    return changed


def _take_labels(state: State, entry: Entry) -> bool:
    changed = False
    if entry.brand is not None and entry.brand != state.brand:
        state.brand, changed = entry.brand, True
    if entry.region is not None and entry.region != state.region:
        state.region, changed = entry.region, True
    if entry.tags is not None and entry.tags != state.tags:
        state.tags, changed = entry.tags, True
    if entry.customer_tier is not None and entry.customer_tier != state.customer_tier:
        state.customer_tier, changed = entry.customer_tier, True
    return changed


def _take_assignee(state: State, assignee: str, at_ms: int, tally: Tally) -> None:
    held, state.assignee = state.assignee, assignee
    if held:
        tally.count(state, at_ms, Measure.REASSIGNMENTS)
        state.unassigned_since = at_ms
    elif state.unsolved:
        stretches.leave_unassigned(state, at_ms, tally)


def _say_gone(state: State, entry: Entry, tally: Tally) -> None:
    for clock in state.clocks:
        if clock.at_risk_since is not None and not clock.breached:
            tally.say(SlaEventType.CANCELLED, state, clock, entry.at, cause="gone")


def know_creation(state: State, entry: Entry) -> None:
    """Learn who created the ticket, before its events are folded: a message may be dated before the creation."""
    state.has_creation = True
    state.creator = entry.actor if entry.created_by is None else entry.created_by


def _create(state: State, entry: Entry, tally: Tally, *, was_solved: bool) -> None:
    if not state.has_creation:
        know_creation(state, entry)
    state.created_at = entry.at if entry.created_at is None else entry.created_at
    tally.count(state, state.created_at, Measure.CREATED)
    if not state.resolution_over:
        for measure in RESOLUTIONS:
            sla.start(state, measure, 1, state.created_at, entry.at, tally)
        if tally.rules.promised[PERIODIC_UPDATE] and not sla.runs(state, PERIODIC_UPDATE):
            sla.start(state, PERIODIC_UPDATE, state.replies + 1, state.created_at, entry.at, tally)
    if state.by_customer and state.first_contact_at is None and not was_solved:
        waits.begin(state, state.created_at, entry.at, tally)
        waits.ask(state, state.created_at, entry.at, tally)
