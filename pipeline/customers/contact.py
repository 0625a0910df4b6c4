"""What a ticket partition tells the customers: the value of a `contacts` record, as MessagePack, keyed tenant:customer.

A contact is told again whenever something in it changes; the newest of a ticket replaces the one before. The customer is a
keyed hash, never the id itself.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b

import msgspec

from pipeline.additions import Leaf

SCHEMA = 1
ERASED = b"\x00"
"""Stands for the customer of a ticket whose customer was erased."""
_DIGEST_BYTES = 16


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A customer's request for help: a ticket, as far as its customer is concerned. Append with a default, never reorder."""

    ticket: str
    at: int
    """When the customer first wrote or called, ms."""
    leaf: Leaf
    """Of the ticket's attributes now."""
    channel: str
    queue: str
    topics: tuple[str, ...] = ()
    """Configured topics that the ticket's tags name, in their order."""
    solved_at: int | None = None
    """The first solve."""
    reopened_at: int | None = None
    """The first reopening."""


class Kind(IntEnum):
    """What a record says. Append, never reorder."""

    TOLD = 0
    """A contact as it stands."""
    TAKEN_BACK = 1
    """A ticket is no contact of this customer, or no contact at all."""
    WON = 2
    LOST = 3
    ERASED = 4
    PASSED = 5
    """Nothing: the source has passed a time."""


class ContactRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One record of `contacts`."""

    schema: int
    tenant: str
    source: int
    """The ticket partition that says so."""
    sequence: int
    tick: int
    """Event time: the tick, ms, that this belongs to. Live: the partition's time when it wrote it."""
    kind: Kind
    customer: bytes = b""
    ticket: str = ""
    contact: Contact | None = None
    at: int = 0
    """When the customer was won, lost or erased, ms."""
    event: bytes = b""
    """Identity of the event that says so."""
    leaf: Leaf = ()
    passed: int = 0
    """Event time: this source partition has passed this time, ms. 0: unsaid."""


def customer_of(tenant: str, requester: str, salt: bytes) -> bytes:
    """Return what stands for a customer's id."""
    key = blake2b(salt, digest_size=32).digest()
    return blake2b(f"{tenant}\x00{requester}".encode(), digest_size=_DIGEST_BYTES, key=key).digest()


def stranger_of(ticket_key: bytes) -> bytes:
    """Return what stands for the customer of a ticket that names none: a customer of this ticket alone."""
    return blake2b(ticket_key, digest_size=_DIGEST_BYTES, person=b"stranger").digest()


def repeat_key(tenant: str, ticket: str, customer_key: bytes) -> bytes:
    """Return the key of what is said of a ticket's repeat, `tenant:ticket_id:digest`.

    The digest is of ticket and customer together. A ticket may come to be another customer's, on another partition, whose word
    the tombstone of the one before must not end; and nothing in the keys says which tickets are one customer's.
    """
    digest = blake2b(ticket.encode() + b"\x00" + customer_key, digest_size=8, person=b"repeat").hexdigest()
    return f"{tenant}:{ticket}:{digest}".encode()


def customer_key(tenant: str, customer: bytes) -> bytes:
    """Return the key of a customer in topics and state."""
    return f"{tenant}:{customer.hex()}".encode()
