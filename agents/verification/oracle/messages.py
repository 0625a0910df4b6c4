"""What kind of message an event is."""

from __future__ import annotations

from pipeline.events import ActorKind, Delivery, Direction, Event, MessageKind, Visibility


def by_customer(event: Event) -> bool:
    """Return whether the customer wrote to us."""
    is_theirs = event.actor is ActorKind.CUSTOMER and event.direction is Direction.IN
    return is_theirs and event.visibility is not Visibility.INTERNAL


def internal(event: Event) -> bool:
    """Return whether a responder wrote something that the customer does not see."""
    return event.actor is ActorKind.RESPONDER and event.visibility is Visibility.INTERNAL


def is_reply(event: Event) -> bool:
    """Return whether a responder wrote to the customer; whether it failed later is not known here."""
    by_person = event.actor is ActorKind.RESPONDER and event.direction is Direction.OUT
    seen = event.visibility is not Visibility.INTERNAL and event.delivery is not Delivery.FAILED
    return by_person and seen and event.message_kind in {MessageKind.REPLY, MessageKind.VOICE}
