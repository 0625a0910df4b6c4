"""The wire form of a ticket event, as structs that one JSON decoder fills in one pass.

`Wire` reads all accepted forms: a CloudEvent has its domain fields in `data`, flat JSON has them beside the envelope's.
Within either, a group (`ticket`, `message`, `rating`, `merge`, `actor`) may be an object or stand side by side under the
names of `pipeline.events.Event`. Names that are not listed here are skipped unread.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pipeline.events import ActorKind, Channel, Delivery, Direction, EventType, MessageKind, Priority, Status, Visibility

MAX_ID = 256
MAX_TEXT = 128
MAX_TAGS = 64
MAX_INTEGER = 2**63 - 1
MAX_SCORE = 1_000_000

Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
MaybeId: TypeAlias = Annotated[str, Meta(max_length=MAX_ID)]
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
Tenant: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Subject: TypeAlias = Annotated[str, Meta(max_length=MAX_ID + len("ticket/"))]
Moment: TypeAlias = Annotated[str, Meta(max_length=64)] | int | float
Sequence: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | Annotated[str, Meta(max_length=32)]
Score: TypeAlias = Annotated[int, Meta(ge=-MAX_SCORE, le=MAX_SCORE)]
Tags: TypeAlias = Annotated[tuple[Text, ...], Meta(max_length=MAX_TAGS)]
RatingKind: TypeAlias = Literal["csat", "ces", "nps"]


@final
class Actor(msgspec.Struct, omit_defaults=True, gc=False):
    """Who acted."""

    kind: ActorKind | None = None
    id: MaybeId | None = None


class Attributes(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """The ticket after the event: an absent field is unknown or unchanged, an empty one (or null) is known to be empty."""

    status: Status | None = None
    priority: Priority | None = None
    channel: Channel | None = None
    queue: Text | UnsetType | None = UNSET
    assignee: MaybeId | UnsetType | None = UNSET
    team: Text | UnsetType | None = UNSET
    brand: Text | UnsetType | None = UNSET
    region: Text | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    requester: MaybeId | UnsetType | None = UNSET
    created_at: Moment | None = None
    created_by: ActorKind | None = None
    customer_tier: Text | UnsetType | None = UNSET


class Ticket(Attributes, omit_defaults=True, kw_only=True, gc=False):
    """The attributes as a group of their own."""


class Message(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """The message of `message_added` and `message_failed`. Never its text."""

    id: MaybeId | None = None
    direction: Direction | None = None
    visibility: Visibility | None = None
    kind: MessageKind | None = None
    delivery: Delivery | None = None


class Rating(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """The rating of `rated`."""

    kind: RatingKind | None = None
    score: Score | None = None
    scale_min: Score | None = None
    scale_max: Score | None = None


class Merge(msgspec.Struct, omit_defaults=True, gc=False):
    """Where a merged ticket went."""

    into: MaybeId | None = None


class Body(Attributes, omit_defaults=True, kw_only=True, gc=False):
    """The domain's fields: `data` of a CloudEvent."""

    tenant: Tenant | None = None
    """Where absent: the first segment of `source`, else `default`."""
    ticket_id: Id | None = None
    """Where absent: the rest of `subject` after `ticket/`."""
    actor: Actor | ActorKind | None = None
    ticket: Ticket | None = None
    message: Message | None = None
    rating: Rating | None = None
    merge: Merge | None = None

    actor_id: MaybeId | None = None
    message_id: MaybeId | None = None
    direction: Direction | None = None
    visibility: Visibility | None = None
    message_kind: MessageKind | None = None
    delivery: Delivery | None = None
    rating_kind: RatingKind | None = None
    rating_score: Score | None = None
    rating_low: Score | None = None
    rating_high: Score | None = None
    merged_into: MaybeId | None = None


@final
class Wire(Body, omit_defaults=True, kw_only=True, gc=False):
    """One event as it stands in a record: CloudEvents 1.0 structured JSON, or flat JSON."""

    id: Id
    """Semantic id: a vendor's redelivery of the same change has the same one."""
    type: EventType
    time: Moment
    """When it happened: RFC 3339 with an offset, Unix seconds or Unix milliseconds."""
    source: MaybeId = ""
    """`/<tenant>/<vendor>/<account>`."""
    specversion: Literal["1.0"] | None = None
    subject: Subject | None = None
    """`ticket/<ticket id>`."""
    recordedtime: Moment | None = None
    """When the edge received it."""
    sequence: Sequence = 0
    """The vendor's order among events of the same time, zero-padded; advisory."""
    data: Body | None = None
    data_base64: Any = None
    """Refused: `data` is JSON here."""


class CanonicalData(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """`data` of the canonical form."""

    tenant: Tenant
    ticket_id: Id | None = None
    actor: Actor | None = None
    ticket: Ticket | None = None
    message: Message | None = None
    rating: Rating | None = None
    merge: Merge | None = None


class CanonicalEnvelope(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What every CloudEvent that firstreply writes begins with, in this order."""

    specversion: Literal["1.0"]
    id: Id
    source: Id
    type: Any
    subject: Any = None
    time: str
    recordedtime: str | None = None
    sequence: str | None = None
    partitionkey: str | None = None
    data: Any


class Canonical(CanonicalEnvelope, omit_defaults=True, kw_only=True, gc=False):
    """The form that firstreply writes: a CloudEvent with every group an object."""

    type: EventType
    subject: Subject | None = None
    data: CanonicalData
