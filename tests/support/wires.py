"""One ticket event in each of the accepted forms, and random ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pipeline.events import (
    ActorKind,
    Channel,
    Delivery,
    Direction,
    Event,
    EventType,
    MessageKind,
    Priority,
    Status,
    Visibility,
)

OCCURRED_AT = 1_767_323_045_678
"""2026-01-02T03:04:05.678Z."""
APPENDED_AT = OCCURRED_AT + 1_000

FULL = Event(
    type=EventType.MESSAGE_ADDED,
    id="zendesk:evt:01HN",
    source="/acme/zendesk/12345",
    tenant="acme",
    ticket_id="98766",
    occurred_at=OCCURRED_AT,
    ingested_at=OCCURRED_AT + 500,
    sequence=3,
    actor=ActorKind.RESPONDER,
    actor_id="u-17",
    status=Status.OPEN,
    priority=Priority.HIGH,
    channel=Channel.CHAT,
    queue="billing",
    assignee="",
    team="t-1",
    brand="b",
    region="eu",
    tags=("vip", "über"),
    requester="c-9",
    created_at=OCCURRED_AT - 60_000,
    created_by=ActorKind.CUSTOMER,
    customer_tier="gold",
    message_id="m-1",
    direction=Direction.OUT,
    visibility=Visibility.PUBLIC,
    message_kind=MessageKind.REPLY,
    delivery=Delivery.SENT,
)

DATA: dict[str, Any] = {
    "tenant": "acme",
    "ticket_id": "98766",
    "actor": {"kind": "responder", "id": "u-17"},
    "ticket": {
        "status": "open",
        "priority": "high",
        "channel": "chat",
        "queue": "billing",
        "assignee": "",
        "team": "t-1",
        "brand": "b",
        "region": "eu",
        "tags": ["vip", "über"],
        "requester": "c-9",
        "created_at": "2026-01-02T03:03:05.678Z",
        "created_by": "customer",
        "customer_tier": "gold",
    },
    "message": {"id": "m-1", "direction": "out", "visibility": "public", "kind": "reply", "delivery": "sent"},
}
ENVELOPE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "zendesk:evt:01HN",
    "source": "/acme/zendesk/12345",
    "type": "support.ticket.message_added",
    "subject": "ticket/98766",
    "time": "2026-01-02T03:04:05.678Z",
    "recordedtime": "2026-01-02T03:04:06.178Z",
    "sequence": "000000000003",
}
STRUCTURED = ENVELOPE | {"data": DATA}
FLAT: dict[str, Any] = {
    **{name: ENVELOPE[name] for name in ("id", "source", "type", "time", "recordedtime", "sequence")},
    **DATA["ticket"],
    "tenant": "acme",
    "ticket_id": "98766",
    "actor": "responder",
    "actor_id": "u-17",
    "message_id": "m-1",
    "direction": "out",
    "visibility": "public",
    "message_kind": "reply",
    "delivery": "sent",
}

_text = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12)
_id = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=12)
_tenant = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=":|"), min_size=1, max_size=8)
_time = st.integers(946_684_800_000, 4_102_444_799_999)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw any event that the wire can carry."""
    kind = draw(st.sampled_from(EventType))
    rated, merged = kind is EventType.RATED, kind is EventType.MERGED
    score = st.integers(-1_000_000, 1_000_000)
    return Event(
        type=kind,
        id=draw(_id),
        source=draw(_text.filter(lambda text: text != "/")),
        tenant=draw(_tenant),
        ticket_id=draw(_text if kind is EventType.CLOCK_PASSED else _id),
        occurred_at=draw(_time),
        ingested_at=draw(_maybe(_time)),
        sequence=draw(st.integers(0, 2**63 - 1)),
        actor=draw(st.sampled_from(ActorKind)),
        actor_id=draw(_maybe(_text)),
        status=draw(_maybe(st.sampled_from(Status))),
        priority=draw(_maybe(st.sampled_from(Priority))),
        channel=draw(_maybe(st.sampled_from(Channel))),
        queue=draw(_maybe(_text)),
        assignee=draw(_maybe(_text)),
        team=draw(_maybe(_text)),
        brand=draw(_maybe(_text)),
        region=draw(_maybe(_text)),
        tags=draw(_maybe(st.lists(_text, max_size=64).map(tuple))),
        requester=draw(_maybe(_text)),
        created_at=draw(_maybe(_time)),
        created_by=draw(_maybe(st.sampled_from(ActorKind))),
        customer_tier=draw(_maybe(_text)),
        message_id=draw(_maybe(_text)),
        direction=draw(_maybe(st.sampled_from(Direction))),
        visibility=draw(_maybe(st.sampled_from(Visibility))),
        message_kind=draw(_maybe(st.sampled_from(MessageKind))),
        delivery=draw(_maybe(st.sampled_from(Delivery))),
        rating_kind=draw(_maybe(st.sampled_from(("csat", "ces", "nps")))) if rated else None,
        rating_score=draw(_maybe(score)) if rated else None,
        rating_low=draw(_maybe(score)) if rated else None,
        rating_high=draw(_maybe(score)) if rated else None,
        merged_into=draw(_maybe(_text)) if merged else None,
    )
