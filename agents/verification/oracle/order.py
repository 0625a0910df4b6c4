"""Identity and order of a ticket's events."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from pipeline.events import Event, EventType


def sort_key(event: Event) -> tuple[int, int, int, bytes]:
    """Return `(occurred_at, rank, sequence, hash)`."""
    rank = 0 if event.type is EventType.CREATED else 1
    digest = blake2b(f"{event.source}\0{event.id}".encode(), digest_size=8).digest()
    return event.occurred_at, rank, event.sequence, digest


def distinct(log: Iterable[Event]) -> tuple[list[Event], int]:
    """Return one ticket's events without duplicates, in log order, and how many duplicates there were."""
    seen: dict[tuple[str, str], Event] = {}
    duplicates = 0
    for event in log:
        if (event.source, event.id) in seen:
            duplicates += 1
        else:
            seen[event.source, event.id] = event
    return list(seen.values()), duplicates


def out_of_order(log: Iterable[Event]) -> int:
    """Count the events, already distinct and in log order, that sort before one that came earlier."""
    count, highest = 0, None
    for event in log:
        key = sort_key(event)
        if highest is not None and key < highest:
            count += 1
        else:
            highest = key
    return count
