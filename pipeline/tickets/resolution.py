"""Solving, closing and reopening: what a change of status does to a ticket."""

from __future__ import annotations

from pipeline.config import CycleModel
from pipeline.measures import Measure
from pipeline.tickets import handling, sla, stretches, waits
from pipeline.tickets.state import AUTOMATIC, PICKUP, RESOLUTIONS, SURVIVORS, TEAM_TIME, TOTAL_RESOLUTION, Owed, State
from pipeline.tickets.tally import Tally
from pipeline.windows.histogram import add_duration

_ENDED_BY_SOLVE = frozenset({*waits.REPLY_CLOCKS, *RESOLUTIONS, PICKUP, TEAM_TIME}) - SURVIVORS


def solve(state: State, actor: int, at_ms: int, tally: Tally) -> None:
    """Count a solve; it ends the wait and fulfils every clock but those that outlive it. A gone ticket is solved uncounted."""
    if not state.assignee:
        stretches.leave_unassigned(state, at_ms, tally)
    if not state.gone:
        _count_solve(state, actor, at_ms, tally)
        if state.wait_is_first and state.waiting_since is not None and tally.rules.expectations:
            handling.expect(state, at_ms, tally)
    state.resolution_over = True
    if tally.rules.cycles is not None:
        state.owed = owed = state.owed or Owed()
        owed.solved_at, owed.solved_by = at_ms, actor
    state.waiting_since = None
    if state.parked_at is not None:
        waits.overlook(state)
    sla.fulfil(state, _ENDED_BY_SOLVE, at_ms, "solve", tally)
    if tally.rules.promised[TOTAL_RESOLUTION]:
        sla.rest(state, at_ms, tally)


def overlook_solve(state: State, at_ms: int, tally: Tally) -> None:
    """Take a ticket as solved before its first event: closing follows a solve that was not seen, and nothing counts."""
    state.resolution_over = True
    state.waiting_since = None
    sla.cancel(state, _ENDED_BY_SOLVE, at_ms, "closed", tally)


def _count_solve(state: State, actor: int, at_ms: int, tally: Tally) -> None:
    state.solved += 1
    tally.count(state, at_ms, Measure.SOLVED)
    created_at = state.created_at
    if created_at is None:
        return
    if state.first_resolution_ms is None and not state.resolution_over:
        state.first_resolution_ms = tally.observe(
            state, Measure.FIRST_RESOLUTION, Measure.FIRST_RESOLUTION_BUSINESS, created_at, at_ms
        )
    _take_back_resolution(state, tally)
    state.full_resolution_ms = tally.observe(state, Measure.FULL_RESOLUTION, Measure.FULL_RESOLUTION_BUSINESS, created_at, at_ms)
    state.full_resolution_business_ms = tally.rules.calendar(state).elapsed(created_at, at_ms)
    state.full_resolution_at = at_ms
    state.full_resolution_leaf = tally.rules.leaf(state)
    handling.stand(state, actor, at_ms, tally)


def _take_back_resolution(state: State, tally: Tally) -> None:
    if state.full_resolution_ms is None:
        return
    handling.refund(state, tally)
    for measure, value_ms in (
        (Measure.FULL_RESOLUTION, state.full_resolution_ms),
        (Measure.FULL_RESOLUTION_BUSINESS, state.full_resolution_business_ms),
    ):
        add_duration(
            tally.ledger,
            state.full_resolution_leaf,
            state.full_resolution_at,
            measure,
            value_ms,
            tally.rules.edges_ms,
            sign=-1,
        )


def reopen(state: State, at_ms: int, tally: Tally) -> None:
    """Count a reopening; a message that came since the solve begins its wait now, with its own start."""
    state.touched = False
    state.unassigned_since = at_ms
    if state.stands_for:
        handling.take_back(state, tally)
    if not state.gone:
        state.reopened += 1
        if state.reopened_at is None:
            state.reopened_at = at_ms
        tally.count(state, at_ms, Measure.REOPENED)
    if tally.rules.cycles is not None and state.owed is not None and _is_new_case(state, at_ms, tally.rules.cycles):
        state.owed.new_case, state.first_reply_ms = True, None
    written = waits.unpark(state)
    if written:
        waits.begin(state, written[0], at_ms, tally)
    for since in written:
        waits.ask(state, since, at_ms, tally)


def _is_new_case(state: State, at_ms: int, cycles: CycleModel) -> bool:
    owed = state.owed
    if owed is None or owed.solved_at is None or state.created_at is None or state.first_contact_at is None:
        return False
    rested = cycles.reopen_after is not None and at_ms - owed.solved_at >= cycles.reopen_after
    return rested or (cycles.unanswered and state.first_reply_ms is None and owed.solved_by in AUTOMATIC)
