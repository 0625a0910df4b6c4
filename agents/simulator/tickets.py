"""One ticket as its source sees it, and the events that it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.events import ActorKind, Channel, Direction, Event, EventType, MessageKind, Priority, Status, Visibility

if TYPE_CHECKING:
    from random import Random


class Ticket:
    """The state of one ticket; every method is something that happens to it now."""

    __slots__ = (
        *("assignee", "channel", "id", "messages", "now", "priority", "queue", "requester", "rng"),
        *("sequence", "source", "status", "tags", "tenant", "told"),
    )

    def __init__(self, tenant: str, number: int, rng: Random, told: list[Event]) -> None:
        """Give the ticket its number and the list that collects what it tells."""
        self.tenant = tenant
        self.source = f"/{tenant}/simulator"
        self.id = f"T{number:07d}"
        self.rng = rng
        self.told = told
        self.now = 0
        self.sequence = 0
        self.messages = 0
        self.status = Status.NEW
        self.priority = Priority.NORMAL
        self.channel = Channel.EMAIL
        self.queue = ""
        self.assignee = ""
        self.requester = ""
        self.tags: tuple[str, ...] | None = None

    def tell(self, what: EventType, actor: ActorKind, actor_id: str | None = None, **rest: object) -> None:
        """Say that something happened now; the event carries the ticket after it."""
        self.sequence += 1
        self.told.append(
            Event(
                type=what,
                id=f"sim:{self.id}:{self.sequence}",
                source=self.source,
                tenant=self.tenant,
                ticket_id=self.id,
                occurred_at=self.now,
                sequence=self.sequence,
                actor=actor,
                actor_id=actor_id,
                status=self.status,
                priority=self.priority,
                channel=self.channel,
                queue=self.queue,
                assignee=self.assignee,
                **rest,  # type: ignore[arg-type]  # the callers below name fields of Event
            )
        )

    def create(self, by: ActorKind, actor_id: str) -> None:
        """Open the ticket."""
        self.tell(EventType.CREATED, by, actor_id, created_by=by, requester=self.requester)

    def customer_writes(self) -> None:
        """Add a message by the customer."""
        self._message(ActorKind.CUSTOMER, self.requester, Direction.IN, MessageKind.REPLY)

    def responder_replies(self) -> str:
        """Add a public reply by whoever holds the ticket and return the message's id."""
        kind = MessageKind.VOICE if self.channel is Channel.PHONE else MessageKind.REPLY
        return self._message(ActorKind.RESPONDER, self.assignee, Direction.OUT, kind)

    def note(self) -> None:
        """Add an internal note by whoever holds the ticket."""
        self._message(ActorKind.RESPONDER, self.assignee, Direction.OUT, MessageKind.NOTE, Visibility.INTERNAL)

    def automation_writes(self, kind: MessageKind) -> None:
        """Add a message by a bot, an acknowledgement or a survey."""
        self._message(ActorKind.AUTOMATION, "bot", Direction.OUT, kind)

    def fail(self, message_id: str) -> None:
        """Report that a message never reached the customer."""
        self.tell(EventType.MESSAGE_FAILED, ActorKind.SYSTEM, message_id=message_id, direction=Direction.OUT)

    def become(self, status: Status, by: ActorKind) -> None:
        """Change the status, if it is another one."""
        if status is not self.status:
            self.status = status
            self.tell(EventType.STATUS_CHANGED, by, self.assignee if by is ActorKind.RESPONDER else None)

    def assign(self, responder: str) -> None:
        """Give the ticket to a responder, if it is another one."""
        if responder != self.assignee:
            self.assignee = responder
            self.tell(EventType.ASSIGNEE_CHANGED, ActorKind.SYSTEM)

    def move(self, queue: str) -> None:
        """Hand the ticket to another queue, where nobody holds it."""
        by, self.queue, self.assignee = self.assignee, queue, ""
        self.tell(EventType.QUEUE_CHANGED, ActorKind.RESPONDER, by)

    def _message(
        self,
        actor: ActorKind,
        actor_id: str,
        direction: Direction,
        kind: MessageKind,
        visibility: Visibility = Visibility.PUBLIC,
    ) -> str:
        self.messages += 1
        message_id = f"{self.id}-m{self.messages}"
        self.tell(
            EventType.MESSAGE_ADDED,
            actor,
            actor_id,
            message_id=message_id,
            direction=direction,
            visibility=visibility,
            message_kind=kind,
        )
        return message_id
