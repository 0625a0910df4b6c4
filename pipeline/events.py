"""The closed set of ticket events, as the fold reads them.

Names follow CloudEvents types `support.<entity>.<verb>`; `pipeline.codec` turns bytes into an `Event` or an `Invalid`.
An attribute that is `None` is unknown or unchanged; an empty string is known to be empty (nobody is assigned).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class EventType(StrEnum):
    """What happened. The order of the members is part of the row format: append, never reorder."""

    CREATED = "support.ticket.created"
    """The ticket came to be: by the customer's first message, or proactively by a responder."""
    MESSAGE_ADDED = "support.ticket.message_added"
    """Somebody wrote or spoke: `actor` and `message` say who, which way, and whether the customer can see it."""
    MESSAGE_FAILED = "support.ticket.message_failed"
    """A message with this `message.id` did not reach the customer: as if it had never been sent."""
    STATUS_CHANGED = "support.ticket.status_changed"
    """`ticket.status` is another one."""
    PRIORITY_CHANGED = "support.ticket.priority_changed"
    """`ticket.priority` is another one."""
    ASSIGNEE_CHANGED = "support.ticket.assignee_changed"
    """`ticket.assignee` is another one, or empty: nobody."""
    QUEUE_CHANGED = "support.ticket.queue_changed"
    """`ticket.queue` is another one."""
    TAGS_CHANGED = "support.ticket.tags_changed"
    """`ticket.tags` are others: always all of them."""
    HANDED_OFF = "support.ticket.handed_off"
    """A bot gave the ticket to people: the time of responders counts from here."""
    MERGED = "support.ticket.merged"
    """The ticket went into another one; it counts nowhere from here on."""
    SPAM_MARKED = "support.ticket.spam_marked"
    """The ticket was none."""
    DELETED = "support.ticket.deleted"
    """The ticket is gone."""
    RESTORED = "support.ticket.restored"
    """A ticket that was gone is back."""
    RATED = "support.ticket.rated"
    """The customer rated: `rating` says on which scale."""
    ABANDONED = "support.ticket.abandoned"
    """The customer left before somebody answered."""
    SNAPSHOT = "support.ticket.snapshot"
    """How the ticket stands, for backfills and repairs; nothing happened."""
    VENDOR_SLA = "support.ticket.vendor_sla"
    """What the help desk itself says of a promise; counted nowhere."""
    CLOCK_PASSED = "support.clock.passed"
    """No ticket's: time has reached `time`, written into every partition by a replay so that nothing idles."""
    CUSTOMER_WON = "support.customer.won"
    """No ticket's: `requester` is a customer from `time` on, as the customer register says."""
    CUSTOMER_LOST = "support.customer.lost"
    """No ticket's: `requester` is a customer no longer."""
    CUSTOMER_ERASED = "support.customer.erased"
    """`requester` is to be forgotten; with a `ticket_id` instead, whose the ticket is."""


CUSTOMER_EVENTS = frozenset({EventType.CUSTOMER_WON, EventType.CUSTOMER_LOST, EventType.CUSTOMER_ERASED})
"""Events about customers."""


class ActorKind(StrEnum):
    """Who acted. A macro that a responder sends is the responder's reply."""

    CUSTOMER = "customer"
    RESPONDER = "responder"
    AUTOMATION = "automation"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    """Waiting on the customer."""
    HOLD = "hold"
    """Waiting on a third party."""
    SNOOZED = "snoozed"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How urgent."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Channel(StrEnum):
    """How the customer came."""

    EMAIL = "email"
    CHAT = "chat"
    MESSAGING = "messaging"
    PHONE = "phone"
    WEB = "web"
    SOCIAL = "social"
    SMS = "sms"
    API = "api"
    OTHER = "other"


class Direction(StrEnum):
    """From the organisation's point of view."""

    IN = "in"
    OUT = "out"


class Visibility(StrEnum):
    """Whether the customer can see it."""

    PUBLIC = "public"
    INTERNAL = "internal"


class MessageKind(StrEnum):
    """What kind of message. Only `reply` and `voice` can count as a reply."""

    REPLY = "reply"
    NOTE = "note"
    AUTOREPLY = "autoreply"
    SURVEY = "survey"
    FORWARD = "forward"
    VOICE = "voice"
    SYSTEM = "system"


class Delivery(StrEnum):
    """Whether the message left."""

    SENT = "sent"
    FAILED = "failed"


class Event(msgspec.Struct, frozen=True, gc=False):
    """One valid ticket event. Times are milliseconds since the Unix epoch, UTC.

    Name the fields where you make one; only decoding goes by position.
    """

    type: EventType
    id: str
    """Semantic id: equal `source` and `id` are the same event."""
    tenant: str
    ticket_id: str
    occurred_at: int
    source: str = ""
    ingested_at: int | None = None
    sequence: int = 0
    """The vendor's order among events of one ticket at the same time; 0 where it gives none."""
    actor: ActorKind = ActorKind.UNKNOWN
    actor_id: str | None = None

    # The ticket after the event.
    status: Status | None = None
    priority: Priority | None = None
    channel: Channel | None = None
    queue: str | None = None
    assignee: str | None = None
    team: str | None = None
    brand: str | None = None
    region: str | None = None
    tags: tuple[str, ...] | None = None
    requester: str | None = None
    created_at: int | None = None
    created_by: ActorKind | None = None
    customer_tier: str | None = None
    """What the customer is to the organisation: `gold`, `enterprise`. Decides about promises, never shown with a name."""

    # The message, for message_added and message_failed.
    message_id: str | None = None
    direction: Direction | None = None
    visibility: Visibility | None = None
    message_kind: MessageKind | None = None
    delivery: Delivery | None = None

    # The rating, for rated.
    rating_kind: str | None = None
    rating_score: int | None = None
    rating_low: int | None = None
    rating_high: int | None = None

    merged_into: str | None = None

    @property
    def counts_as_reply(self) -> bool:
        """Return whether this is a human, public, sent reply: what ends a customer's wait."""
        return (
            self.type is EventType.MESSAGE_ADDED
            and self.actor is ActorKind.RESPONDER
            and self.direction is Direction.OUT
            and self.visibility is not Visibility.INTERNAL
            and self.message_kind in (MessageKind.REPLY, MessageKind.VOICE)
            and self.delivery is not Delivery.FAILED
        )
