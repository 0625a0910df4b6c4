"""Write an event in the canonical form: CloudEvents 1.0, structured JSON."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from pipeline.assembly import TICKET_SUBJECT
from pipeline.envelope import canonical_attributes
from pipeline.events import ActorKind, Event
from pipeline.identity import ticket_key
from pipeline.timestamps import format_time
from pipeline.wire import Actor, Canonical, CanonicalData, Merge, Message, Rating, Ticket

_ENCODER = msgspec.json.Encoder()
_T = TypeVar("_T")


def encode(event: Event) -> bytes:
    """Return the canonical JSON of an event; `decode` gives back an equal one."""
    return _ENCODER.encode(canonical(event))


def canonical(event: Event) -> Canonical:
    """Return the canonical form as a struct."""
    about_ticket = bool(event.ticket_id)
    return Canonical(
        **canonical_attributes(event),
        type=event.type,
        subject=f"{TICKET_SUBJECT}{event.ticket_id}" if about_ticket else None,
        partitionkey=ticket_key(event.tenant, event.ticket_id).decode() if about_ticket else None,
        data=CanonicalData(
            tenant=event.tenant,
            ticket_id=event.ticket_id or None,
            actor=_group(Actor(event.actor if event.actor is not ActorKind.UNKNOWN else None, event.actor_id)),
            ticket=_group(_ticket(event)),
            message=_group(_message(event)),
            rating=_group(_rating(event)),
            merge=None if event.merged_into is None else Merge(event.merged_into),
        ),
    )


def _ticket(event: Event) -> Ticket:
    return Ticket(
        status=event.status,
        priority=event.priority,
        channel=event.channel,
        queue=_given(event.queue),
        assignee=_given(event.assignee),
        team=_given(event.team),
        brand=_given(event.brand),
        region=_given(event.region),
        tags=_given(event.tags),
        requester=_given(event.requester),
        created_at=None if event.created_at is None else format_time(event.created_at),
        created_by=event.created_by,
        customer_tier=_given(event.customer_tier),
    )


def _message(event: Event) -> Message:
    return Message(
        id=event.message_id,
        direction=event.direction,
        visibility=event.visibility,
        kind=event.message_kind,
        delivery=event.delivery,
    )


def _rating(event: Event) -> Rating:
    return Rating(
        kind=event.rating_kind,  # type: ignore[arg-type] # the event's type is wider; `decode` refuses what is none
        score=event.rating_score,
        scale_min=event.rating_low,
        scale_max=event.rating_high,
    )


def _given(value: _T | None) -> _T | UnsetType:
    return UNSET if value is None else value


def _group(group: _T) -> _T | None:
    """Leave out a group that says nothing."""
    return group if group != type(group)() else None
