"""One line of a ticket's log: what the fold needs of an event, packed.

Entries are kept inside the ticket's row as concatenated MessagePack, so that appending is a concatenation and the
identity of an event can be looked for without decoding. Field order is the row format: append, never reorder.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

import msgspec

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
from pipeline.identity import event_hash
from pipeline.tickets.scales import rating_of

EVENT_TYPES = tuple(EventType)
ACTORS = tuple(ActorKind)
STATUSES = tuple(Status)
PRIORITIES = tuple(Priority)
CHANNELS = tuple(Channel)

_TYPE_INDEX = {value: index for index, value in enumerate(EVENT_TYPES)}
_ACTOR_INDEX = {value: index for index, value in enumerate(ACTORS)}
_STATUS_INDEX: dict[Status | None, int | None] = {None: None} | {value: index for index, value in enumerate(STATUSES)}
_PRIORITY_INDEX: dict[Priority | None, int | None] = {None: None} | {value: index for index, value in enumerate(PRIORITIES)}
_CHANNEL_INDEX: dict[Channel | None, int | None] = {None: None} | {value: index for index, value in enumerate(CHANNELS)}
_CREATOR_INDEX: dict[ActorKind | None, int | None] = {None: None} | _ACTOR_INDEX

CREATED = _TYPE_INDEX[EventType.CREATED]
MESSAGE_ADDED = _TYPE_INDEX[EventType.MESSAGE_ADDED]
MESSAGE_FAILED = _TYPE_INDEX[EventType.MESSAGE_FAILED]
HANDED_OFF = _TYPE_INDEX[EventType.HANDED_OFF]
ABANDONED = _TYPE_INDEX[EventType.ABANDONED]
RATED = _TYPE_INDEX[EventType.RATED]
RESTORED = _TYPE_INDEX[EventType.RESTORED]
GOING = frozenset({_TYPE_INDEX[EventType.MERGED], _TYPE_INDEX[EventType.SPAM_MARKED], _TYPE_INDEX[EventType.DELETED]})

REPLY = 1
"""`Entry.message`: a human, public reply that left."""
CONTACT = 2
"""`Entry.message`: a message by the customer."""
SURVEY = 3
"""`Entry.message`: a survey that left."""
ANSWER = 4
"""`Entry.message`: an automation's public answer that left; an acknowledgement is none."""
NOTE = 5
"""`Entry.message`: an internal message by a responder."""

Order: TypeAlias = tuple[int, int, int, bytes]
"""Sorts a ticket's events: occurred_at, rank, sequence, hash."""


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the fold needs of one event. `None` is unknown or unchanged."""

    at: int
    type: int
    hash: bytes
    sequence: int
    actor: int
    message: int
    """0, REPLY, CONTACT, SURVEY, ANSWER or NOTE."""
    message_hash: int
    status: int | None
    priority: int | None
    channel: int | None
    queue: str | None
    assignee: str | None
    team: str | None
    brand: str | None
    region: str | None
    tags: tuple[str, ...] | None
    created_at: int | None
    created_by: int | None
    customer_tier: str | None = None
    rating: int = 0
    """What a rating says (`pipeline.tickets.ratings`); 0 for none."""
    requester: bytes | None = None
    """Keyed hash of the customer's id, where measures of customers are configured; empty for nobody."""
    author: str | None = None
    """The responder who acted, where numbers by author are configured."""

    @property
    def order(self) -> Order:
        """Return the key that a ticket's events are folded in."""
        return (self.at, 0 if self.type == CREATED else 1, self.sequence, self.hash)


_encode = msgspec.msgpack.Encoder().encode
_decode_all = msgspec.msgpack.Decoder(list[Entry]).decode


def entry_of(event: Event, digest: bytes | None = None, requester: bytes | None = None, *, authored: bool = False) -> Entry:
    """Take from an event what the fold needs: `requester` is what stands for the customer's id, `authored` asks who acted."""
    message = 0
    if event.type is EventType.MESSAGE_ADDED:
        if event.counts_as_reply:
            message = REPLY
        elif (
            event.actor is ActorKind.CUSTOMER and event.direction is Direction.IN and event.visibility is not Visibility.INTERNAL
        ):
            message = CONTACT
        elif event.actor is ActorKind.RESPONDER and event.visibility is Visibility.INTERNAL:
            message = NOTE
        elif event.direction is Direction.OUT and event.visibility is not Visibility.INTERNAL:
            message = _automatic(event)
    return Entry(
        event.occurred_at,
        _TYPE_INDEX[event.type],
        event_hash(event) if digest is None else digest,
        event.sequence,
        _ACTOR_INDEX[event.actor],
        message,
        _message_hash(event.message_id) if event.message_id is not None else 0,
        _STATUS_INDEX[event.status],
        _PRIORITY_INDEX[event.priority],
        _CHANNEL_INDEX[event.channel],
        event.queue,
        event.assignee,
        event.team,
        event.brand,
        event.region,
        event.tags,
        event.created_at,
        _CREATOR_INDEX[event.created_by],
        event.customer_tier,
        0 if event.rating_score is None else rating_of(event),
        requester,
        event.actor_id if authored and event.actor is ActorKind.RESPONDER else None,
    )


def _automatic(event: Event) -> int:
    if event.delivery is Delivery.FAILED:
        return 0
    if event.message_kind is MessageKind.SURVEY:
        return SURVEY
    return ANSWER if event.message_kind is MessageKind.REPLY and event.actor is ActorKind.AUTOMATION else 0


def _message_hash(message_id: str) -> int:
    return int.from_bytes(blake2b(message_id.encode(), digest_size=8).digest(), "big") or 1


def pack(entry: Entry) -> bytes:
    """Encode one entry for appending to a log."""
    return _encode(entry)


def unpack(log: bytes, count: int) -> list[Entry]:
    """Decode a log of `count` concatenated entries."""
    return _decode_all(b"\xdd" + count.to_bytes(4, "big") + log)


def holds(log: bytes, digest: bytes) -> bool:
    """Return whether a log holds an event; the digest is looked for as MessagePack wrote it (bin 8 of 8 bytes)."""
    return b"\xc4\x08" + digest in log
