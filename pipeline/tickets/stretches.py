"""Time by status, and time that nobody holds a ticket: each stretch is added, as it ends, to the minute of its end."""

from __future__ import annotations

from pipeline.measures import Measure, base
from pipeline.tickets.entry import CREATED, STATUSES, Entry
from pipeline.tickets.state import CLOSED, SOLVED, State
from pipeline.tickets.tally import Tally

_BY_STATUS = tuple(
    None if index in SOLVED else (base(Measure(f"status_{status}_ms")), base(Measure(f"status_{status}_business_ms")))
    for index, status in enumerate(STATUSES)
)
_UNASSIGNED = base(Measure.UNASSIGNED_MS), base(Measure.UNASSIGNED_BUSINESS_MS)


def change_status(state: State, entry: Entry, tally: Tally) -> None:
    """Take a status that is not the present one, and end the time in that one.

    What a creation says holds from the creation; what was before a solve that was not seen is unknown.
    """
    status, at_ms = entry.status, entry.at
    assert status is not None  # noqa: S101 - the caller asked; narrows the type
    if not state.status_known and (
        (status == CLOSED and not state.has_creation) or (entry.type == CREATED and state.created_at is None)
    ):
        state.status_since = at_ms if entry.created_at is None else entry.created_at
    else:
        codes, since_ms = _BY_STATUS[state.status], state.status_since
        state.status_since = at_ms
        if codes is not None:
            tally.spend(state, codes, state.origin if since_ms is None else since_ms, at_ms)
    state.status = status


def leave_unassigned(state: State, at_ms: int, tally: Tally) -> None:
    """End the time that nobody holds the ticket."""
    since_ms = state.unassigned_since
    tally.spend(state, _UNASSIGNED, state.origin if since_ms is None else since_ms, at_ms)
