"""Time by status, and time that nobody holds a ticket: each stretch is added, as it ends, to the minute of its end."""

from __future__ import annotations

from pipeline.measures import Measure, base
from pipeline.tickets.entry import STATUSES
from pipeline.tickets.state import SOLVED, State
from pipeline.tickets.tally import Tally

_BY_STATUS = tuple(
    None if index in SOLVED else (base(Measure(f"status_{status}_ms")), base(Measure(f"status_{status}_business_ms")))
    for index, status in enumerate(STATUSES)
)
_UNASSIGNED = base(Measure.UNASSIGNED_MS), base(Measure.UNASSIGNED_BUSINESS_MS)


def leave_status(state: State, at_ms: int, tally: Tally) -> None:
    """End the time in the present status, before it changes."""
    codes, since_ms = _BY_STATUS[state.status], state.status_since
    state.status_since = at_ms
    if codes is not None:
        tally.spend(state, codes, state.origin if since_ms is None else since_ms, at_ms)


def leave_unassigned(state: State, at_ms: int, tally: Tally) -> None:
    """End the time that nobody holds the ticket."""
    since_ms = state.unassigned_since
    tally.spend(state, _UNASSIGNED, state.origin if since_ms is None else since_ms, at_ms)
