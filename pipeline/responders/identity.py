"""What makes two responder events the same one, and what a responder is called in keys."""

from __future__ import annotations

from hashlib import blake2b

from pipeline.responders.events import ResponderEvent


def event_digest(event: ResponderEvent) -> bytes:
    """Return the 8-byte BLAKE2b digest of `source`, NUL, `id`: equal digests of a responder are one event."""
    return blake2b(f"{event.source}\x00{event.id}".encode(), digest_size=8).digest()


def person_key(tenant: str, responder_id: str) -> bytes:
    """Return the key of a responder in topics, `tenant:responder_id`; a tenant holds no colon."""
    return f"{tenant}:{responder_id}".encode()
