"""Build the `Event` from its decoded wire form, and refuse what types alone cannot."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import UNSET
from msgspec.structs import replace

from pipeline.envelope import CONTROL, NOBODY, bad_time, number_of, tenant_of
from pipeline.events import CUSTOMER_EVENTS, ActorKind, Event, EventType
from pipeline.reasons import Invalid, Reason
from pipeline.timestamps import EARLIEST_MS, LATEST_MS, parse_time
from pipeline.wire import MAX_INTEGER, Actor, Attributes, Body, Message, Rating, Wire

_Times: TypeAlias = tuple[int, int | None, int | None]
"""When it occurred, when the ticket was created, when the edge received it."""
_Identity: TypeAlias = tuple[str, str, str, int]
"""Source, tenant, ticket id, sequence."""

TICKET_SUBJECT = "ticket/"

_RATED, _MERGED, _UNKNOWN = EventType.RATED, EventType.MERGED, ActorKind.UNKNOWN  # looking a member up costs 0.1 us
_TEXTS = (
    *("id", "source", "tenant", "ticket_id", "actor_id", "queue", "assignee", "team", "brand", "region", "requester"),
    *("customer_tier", "message_id", "merged_into"),
)


def assemble(wire: Wire, latest_ms: int) -> Event | Invalid:
    """Return the event, or why its times (none after `latest_ms`), its identity or its order are refused."""
    body = wire if wire.data is None else wire.data
    ticket: Attributes = body if body.ticket is None else body.ticket
    times = _times(wire, ticket, latest_ms)
    if type(times) is Invalid:
        return times
    identity = _identity(wire, body)
    if type(identity) is Invalid:
        return identity
    event = _event(wire, body, ticket, times, identity)
    if wire.type is _RATED or wire.type is _MERGED:
        return _outcome(event, body)
    if not event.ticket_id and not event.requester and wire.type in CUSTOMER_EVENTS:
        return Invalid(Reason.MISSING_FIELD, "an event about a customer names it", "requester")
    return event


def _event(wire: Wire, body: Body, ticket: Attributes, times: _Times, identity: _Identity) -> Event:
    actor, actor_id = body.actor, body.actor_id
    if isinstance(actor, Actor):
        actor_id = actor.id
        actor = actor.kind
    message = body.message
    said: Message | Body
    if message is None:
        said, message_id, message_kind = body, body.message_id, body.message_kind
    else:
        said, message_id, message_kind = message, message.id, message.kind
    queue, assignee, team, tags = ticket.queue, ticket.assignee, ticket.team, ticket.tags
    brand, region, requester, tier = ticket.brand, ticket.region, ticket.requester, ticket.customer_tier
    return Event(  # by position: 28 keywords cost as much as reading the JSON
        wire.type,
        wire.id,
        identity[1],
        identity[2],
        times[0],
        identity[0],
        times[2],
        identity[3],
        actor or _UNKNOWN,
        actor_id,
        ticket.status,
        ticket.priority,
        ticket.channel,
        None if queue is UNSET else queue or "",
        None if assignee is UNSET else assignee or "",
        None if team is UNSET else team or "",
        None if brand is UNSET else brand or "",
        None if region is UNSET else region or "",
        None if tags is UNSET else tags or (),
        None if requester is UNSET else requester or "",
        times[1],
        ticket.created_by,
        None if tier is UNSET else tier or "",
        message_id,
        said.direction,
        said.visibility,
        message_kind,
        said.delivery,
    )


def _outcome(event: Event, body: Body) -> Event:
    """Add what only `rated` and `merged` say."""
    if event.type is _MERGED:
        return replace(event, merged_into=body.merged_into if body.merge is None else body.merge.into)
    given = body.rating
    if given is None:
        given = Rating(kind=body.rating_kind, score=body.rating_score, scale_min=body.rating_low, scale_max=body.rating_high)
    return replace(
        event, rating_kind=given.kind, rating_score=given.score, rating_low=given.scale_min, rating_high=given.scale_max
    )


def _identity(wire: Wire, body: Body) -> _Identity | Invalid:
    source, ticket_id, sequence = wire.source, body.ticket_id, wire.sequence
    if source == NOBODY:
        source = ""
    elif not source and wire.specversion is not None:
        return Invalid(Reason.MISSING_FIELD, "a CloudEvent names its source", "source")
    if wire.data_base64 is not None:
        return Invalid(Reason.BAD_FIELD, "binary data is not read: send `data` as JSON", "data_base64")
    tenant = body.tenant or tenant_of(source)
    if ":" in tenant or "|" in tenant:
        return Invalid(Reason.BAD_FIELD, "a tenant holds neither a colon nor a bar, which separate it in keys", "tenant")
    if ticket_id is None and (ticket_id := _ticket_of(wire)) is None:
        return Invalid(Reason.MISSING_FIELD, "neither `ticket_id` nor a subject `ticket/<id>`", "ticket_id")
    order = number_of(sequence) if isinstance(sequence, str) else sequence
    if order is None:
        return Invalid(Reason.BAD_FIELD, f"not a whole number from 0 to {MAX_INTEGER}", "sequence")
    return source, tenant, ticket_id, order


def _ticket_of(wire: Wire) -> str | None:
    """Return the ticket id of the subject; the empty one where the event is no ticket's."""
    subject = wire.subject or ""
    if subject.startswith(TICKET_SUBJECT) and len(subject) > len(TICKET_SUBJECT):
        return subject[len(TICKET_SUBJECT) :]
    return "" if wire.type is EventType.CLOCK_PASSED or wire.type in CUSTOMER_EVENTS else None


def _times(wire: Wire, ticket: Attributes, latest_ms: int) -> _Times | Invalid:
    occurred_at = parse_time(wire.time)
    if occurred_at is None or not EARLIEST_MS <= occurred_at <= latest_ms:
        return bad_time(occurred_at, "time")
    created_at = ingested_at = None
    if ticket.created_at is not None:
        created_at = parse_time(ticket.created_at)
        if created_at is None or not EARLIEST_MS <= created_at <= latest_ms:
            return bad_time(created_at, "created_at")
    if wire.recordedtime is not None:
        ingested_at = parse_time(wire.recordedtime)
        if ingested_at is None or not EARLIEST_MS <= ingested_at < LATEST_MS:
            return bad_time(ingested_at, "recordedtime")
    return occurred_at, created_at, ingested_at


def refuse_control_characters(event: Event) -> Event | Invalid:
    """Return the event, or `Invalid` where one of its texts holds a control character or a line separator."""
    for field in _TEXTS:
        text = getattr(event, field)
        if text and not text.isprintable() and CONTROL.search(text):
            return Invalid(Reason.CONTROL_CHARACTER, "holds a control character", field)
    if any(CONTROL.search(tag) for tag in event.tags or ()):
        return Invalid(Reason.CONTROL_CHARACTER, "holds a control character", "tags")
    return event
