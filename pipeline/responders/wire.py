"""The wire form of a responder event: a CloudEvent has its domain fields in `data`, flat JSON beside the envelope's."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, final

import msgspec
from msgspec import Meta

from pipeline.events import Channel
from pipeline.responders.events import Activity, Presence, ResponderEventType
from pipeline.wire import MAX_ID, CanonicalEnvelope, Id, MaybeId, Moment, Sequence, Tenant, Text

MAX_LIST = 256
RESPONDER_SUBJECT = "responder/"

Subject: TypeAlias = Annotated[str, Meta(max_length=MAX_ID + len(RESPONDER_SUBJECT))]
Texts: TypeAlias = Annotated[tuple[Text, ...], Meta(max_length=MAX_LIST)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Duration: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Stars: TypeAlias = Annotated[int, Meta(ge=1, le=5)]


class ResponderBody(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """The domain's fields."""

    tenant: Tenant | None = None
    """Where absent: the first segment of `source`, else `default`."""
    responder_id: MaybeId | None = None
    """Where absent: the rest of `subject` after `responder/`."""
    state: Presence | None = None
    channel: Channel | None = None
    capacity: Count | None = None
    team: Text | None = None
    skills: Texts | None = None
    channels: Annotated[tuple[Channel, ...], Meta(max_length=MAX_LIST)] | None = None
    queues: Texts | None = None
    shift_id: Id | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    activity: Activity | None = None
    ticket_id: Id | None = None
    queue: Text | None = None
    open: bool | None = None
    solved_at: Moment | None = None
    first_reply_ms: Duration | None = None
    resolution_ms: Duration | None = None
    replies: Count = 0
    reopened: Count = 0
    stars: Stars | None = None


@final
class ResponderWire(ResponderBody, omit_defaults=True, kw_only=True, gc=False):
    """One event as it stands in a record: CloudEvents 1.0 structured JSON, or flat JSON."""

    id: Id
    """Semantic id: a vendor's redelivery of the same change has the same one."""
    type: ResponderEventType
    time: Moment
    """When it happened: RFC 3339 with an offset, Unix seconds or Unix milliseconds."""
    source: MaybeId = ""
    specversion: Literal["1.0"] | None = None
    subject: Subject | None = None
    """`responder/<responder id>`."""
    recordedtime: Moment | None = None
    sequence: Sequence = 0
    data: ResponderBody | None = None
    data_base64: Any = None
    """Refused: `data` is JSON here."""


class ResponderCanonical(CanonicalEnvelope, omit_defaults=True, kw_only=True, gc=False):
    """The form that firstreply writes."""

    type: ResponderEventType
    subject: Subject | None = None
    data: ResponderBody
