"""Tell one ticket's story in a few words: a builder of events for scenarios, generators and tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipeline.events import ActorKind, Delivery, Direction, Event, EventType, MessageKind, Status, Visibility

CUSTOMER, RESPONDER, AUTOMATION, SYSTEM = ActorKind.CUSTOMER, ActorKind.RESPONDER, ActorKind.AUTOMATION, ActorKind.SYSTEM


def utc(text: str) -> int:
    """Return `2026-03-02 09:00` (or with an offset, `... +01:00`) as milliseconds since the Unix epoch."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


class Story:
    """One ticket. Times are milliseconds, or text that `utc` reads; ids count up in the order of telling."""

    def __init__(self, ticket_id: str = "T1", tenant: str = "acme", source: str = "/acme/desk") -> None:
        """Begin a ticket without events."""
        self.ticket_id, self.tenant, self.source = ticket_id, tenant, source
        self.events: list[Event] = []

    def add(self, kind: EventType, at: int | str, **fields: Any) -> Story:
        """Add any event."""
        fields.setdefault("id", f"{self.ticket_id}:{len(self.events) + 1}")
        fields.setdefault("source", self.source)
        occurred_at = utc(at) if isinstance(at, str) else at
        self.events.append(Event(type=kind, tenant=self.tenant, ticket_id=self.ticket_id, occurred_at=occurred_at, **fields))
        return self

    def created(self, at: int | str, by: ActorKind = CUSTOMER, **fields: Any) -> Story:
        """Create the ticket."""
        return self.add(EventType.CREATED, at, actor=by, **fields)

    def message(self, at: int | str, actor: ActorKind, kind: MessageKind = MessageKind.REPLY, **fields: Any) -> Story:
        """Add a message; in from the customer, out from everyone else, public unless told otherwise."""
        fields.setdefault("direction", Direction.IN if actor is CUSTOMER else Direction.OUT)
        fields.setdefault("visibility", Visibility.PUBLIC)
        fields.setdefault("message_id", f"{self.ticket_id}:m{len(self.events) + 1}")
        fields.setdefault("delivery", Delivery.SENT)
        return self.add(EventType.MESSAGE_ADDED, at, actor=actor, message_kind=kind, **fields)

    def customer(self, at: int | str, **fields: Any) -> Story:
        """Let the customer write."""
        return self.message(at, CUSTOMER, **fields)

    def reply(self, at: int | str, **fields: Any) -> Story:
        """Let a responder answer."""
        return self.message(at, RESPONDER, **fields)

    def note(self, at: int | str, **fields: Any) -> Story:
        """Let a responder write an internal note."""
        return self.message(at, RESPONDER, MessageKind.NOTE, visibility=Visibility.INTERNAL, **fields)

    def bot(self, at: int | str, **fields: Any) -> Story:
        """Let automation answer."""
        return self.message(at, AUTOMATION, **fields)

    def failed(self, at: int | str, message_id: str, **fields: Any) -> Story:
        """Report that a message never arrived."""
        return self.add(EventType.MESSAGE_FAILED, at, actor=SYSTEM, message_id=message_id, delivery=Delivery.FAILED, **fields)

    def status(self, at: int | str, status: Status, by: ActorKind = RESPONDER, **fields: Any) -> Story:
        """Change the status."""
        return self.add(EventType.STATUS_CHANGED, at, actor=by, status=status, **fields)

    def solve(self, at: int | str, **fields: Any) -> Story:
        """Solve the ticket."""
        return self.status(at, Status.SOLVED, **fields)

    def change(self, at: int | str, **fields: Any) -> Story:
        """Change attributes by the event that vendors send for the first of them."""
        kinds = {
            "priority": EventType.PRIORITY_CHANGED,
            "queue": EventType.QUEUE_CHANGED,
            "assignee": EventType.ASSIGNEE_CHANGED,
            "tags": EventType.TAGS_CHANGED,
        }
        kind = next((kinds[name] for name in fields if name in kinds), EventType.SNAPSHOT)
        return self.add(kind, at, actor=RESPONDER, **fields)
