"""What makes two events the same one, and what a ticket is called in keys."""

from __future__ import annotations

from hashlib import blake2b

from pipeline.events import Event


def event_hash(event: Event) -> bytes:
    """Return the 8-byte BLAKE2b digest of `source`, NUL, `id`: equal digests within a ticket are one event."""
    return blake2b(f"{event.source}\x00{event.id}".encode(), digest_size=8).digest()


def ticket_key(tenant: str, ticket_id: str) -> bytes:
    """Return the key of a ticket in topics and state, `tenant:ticket_id`; a tenant holds no colon."""
    return f"{tenant}:{ticket_id}".encode()
