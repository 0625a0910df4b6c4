"""What the responders' partition is told of a ticket: who holds it, and how it went. One event whenever that changes."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.engine import Emit, Topic
from pipeline.responders.codec import encode
from pipeline.responders.events import ResponderEvent, ResponderEventType
from pipeline.tickets.entry import CHANNELS
from pipeline.tickets.row import TicketRow
from pipeline.tickets.scales import CSAT, KIND
from pipeline.tickets.state import State

SOURCE = "/firstreply"
_PPM = 1_000_000


class WorkItem(NamedTuple):
    """What is told of a ticket."""

    assignee: str
    team: str
    queue: str
    channel: int | None
    open: bool
    solved_at: int | None
    first_reply_ms: int | None
    resolution_ms: int | None
    replies: int
    """Of a solved ticket: while it is open, each further reply is no news."""
    reopened: int
    stars: int | None


def item_of(state: State) -> WorkItem:
    """Return what is told of a ticket; only a change of it is news."""
    open_ = state.unsolved and not state.gone
    solved = not open_ and not state.gone and state.full_resolution_ms is not None
    return WorkItem(
        state.assignee,
        state.team,
        state.queue,
        state.channel,
        open_,
        state.full_resolution_at if solved else None,
        state.first_reply_ms,
        state.full_resolution_ms if solved else None,
        state.replies if solved else 0,
        state.reopened,
        _stars(state),
    )


def work_item(key: bytes, tenant: str, row: TicketRow, now_ms: int) -> Emit:
    """Make the event that tells what a ticket has come to; events of a ticket follow each other in one partition."""
    item = item_of(row.state)
    ticket_id = key.decode()[len(tenant) + 1 :]
    event = ResponderEvent(
        type=ResponderEventType.WORK_ITEM_CHANGED,
        id=f"work:{ticket_id}:{now_ms}:{row.last[3].hex()}",
        tenant=tenant,
        responder_id=item.assignee,
        occurred_at=now_ms,
        source=f"{SOURCE}/{tenant}",
        team=item.team,
        queue=item.queue,
        channel=None if item.channel is None else CHANNELS[item.channel],
        ticket_id=ticket_id,
        open=item.open,
        solved_at=item.solved_at,
        first_reply_ms=item.first_reply_ms,
        resolution_ms=item.resolution_ms,
        replies=item.replies,
        reopened=item.reopened,
        stars=item.stars,
    )
    return Emit(Topic.RESPONDER_EVENTS, tenant.encode(), encode(event))


def _stars(state: State) -> int | None:
    """Return the satisfaction that stands, as whole stars, rounded to the nearest."""
    for rated in state.ratings:
        kind, share_ppm = divmod(rated.rating, KIND)
        if kind == CSAT:
            return 1 + (4 * share_ppm + _PPM // 2) // _PPM
    return None
