"""Tickets as responders hold them: for load while they are open, for points once they stay solved."""

from __future__ import annotations

import msgspec

from pipeline.responders.events import ResponderEvent
from pipeline.responders.model import PointRule, PointsModel


class Item(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One ticket as last told. Append with a default, never reorder."""

    at: int
    sequence: int
    responder: str
    team: str
    queue: str
    channel: str
    open: bool
    solved_at: int
    """0 while it is open."""
    first_reply_ms: int | None
    resolution_ms: int | None
    replies: int
    reopened: int
    stars: int | None
    earned: tuple[str, ...] = ()
    """Rules that it has earned points by, for `responder` and `team`."""

    def same_ticket_facts(self, other: Item) -> bool:
        """Return whether two tellings say the same."""
        return msgspec.structs.replace(self, at=0, sequence=0, earned=()) == msgspec.structs.replace(
            other, at=0, sequence=0, earned=()
        )


def item_of(event: ResponderEvent) -> Item:
    """Return the item that an event tells."""
    return Item(
        event.occurred_at,
        event.sequence,
        event.responder_id,
        event.team or "",
        event.queue or "",
        "" if event.channel is None else event.channel.value,
        bool(event.open),
        0 if event.open else event.solved_at or 0,
        event.first_reply_ms,
        event.resolution_ms,
        event.replies,
        event.reopened,
        event.stars,
    )


def earns(item: Item, model: PointsModel, at_ms: int) -> tuple[str, ...]:
    """Return the rules by which a ticket earns points at a time, ms.

    None before it has stayed solved for `settle`, none if it was ever reopened, none if it was rated low: so that no
    answer earns anything by being fast alone.
    """
    if not item.responder or item.open or not item.solved_at or item.reopened or at_ms < item.solved_at + model.settle:
        return ()
    if item.stars is not None and item.stars < model.low:
        return ()
    return tuple(rule.name for rule in model.rules if _holds(rule, item))


def _holds(rule: PointRule, item: Item) -> bool:
    return (
        (rule.first_reply is None or (item.first_reply_ms is not None and item.first_reply_ms <= rule.first_reply))
        and (rule.resolution is None or (item.resolution_ms is not None and item.resolution_ms <= rule.resolution))
        and (rule.replies is None or 0 < item.replies <= rule.replies)
        and (rule.stars is None or (item.stars is not None and item.stars >= rule.stars))
    )
