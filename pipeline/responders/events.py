"""The closed set of responder events: who is there, who should be, what they can do and what they hold.

An attribute that is `None` is unknown or unchanged; an empty one is known to be empty.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pipeline.events import Channel


class ResponderEventType(StrEnum):
    """What happened. The order of the members is part of the row format: append, never reorder."""

    PRESENCE_CHANGED = "support.responder.presence_changed"
    CAPACITY_CHANGED = "support.responder.capacity_changed"
    SKILLS_CHANGED = "support.responder.skills_changed"
    """Skills, channels, queues or team; each one present replaces the value."""
    SHIFT_PLANNED = "support.responder.shift_planned"
    """A shift, new or changed: equal `shift_id` is the same shift."""
    SHIFT_CANCELLED = "support.responder.shift_cancelled"
    REMOVED = "support.responder.removed"
    """No longer a responder, until a later event says otherwise."""
    WORK_ITEM_CHANGED = "support.responder.work_item_changed"
    """What became of a ticket, for load and points. The ticket partitions write it; a vendor's own feed may."""
    CLOCK_PASSED = "support.clock.passed"
    """Nobody's: time has reached `time`."""


class Presence(StrEnum):
    """Whether a responder can take a contact. Append, never reorder (row format)."""

    AVAILABLE = "available"
    BUSY = "busy"
    """At work on contacts and taking no more."""
    AWAY = "away"
    """Signed in, not at work: a break, a meeting."""
    OFFLINE = "offline"


class Activity(StrEnum):
    """What a stretch of a rota is for. Append, never reorder (row format)."""

    WORK = "work"
    BREAK = "break"
    MEETING = "meeting"
    TRAINING = "training"
    ABSENCE = "absence"


class ResponderEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One valid event. Times are milliseconds since the Unix epoch, UTC."""

    type: ResponderEventType
    id: str
    tenant: str
    responder_id: str
    """Empty only for a work item that nobody holds, and for time that passes."""
    occurred_at: int
    source: str = ""
    ingested_at: int | None = None
    sequence: int = 0
    """The vendor's order among events of one responder at the same time; 0 where it gives none."""

    state: Presence | None = None
    channel: Channel | None = None
    """presence_changed, capacity_changed: of this channel alone. work_item_changed: how the customer came."""
    capacity: int | None = None
    """Contacts at a time."""

    team: str | None = None
    skills: tuple[str, ...] | None = None
    channels: tuple[Channel, ...] | None = None
    queues: tuple[str, ...] | None = None

    shift_id: str | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    activity: Activity | None = None

    ticket_id: str | None = None
    queue: str | None = None
    open: bool | None = None
    """Whether the ticket is unsolved and not gone."""
    solved_at: int | None = None
    """When it was last solved; `None` while it is open."""
    first_reply_ms: int | None = None
    resolution_ms: int | None = None
    replies: int = 0
    reopened: int = 0
    stars: int | None = None
    """The customer's rating, 1 to 5."""
