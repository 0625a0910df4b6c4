"""A customer's row: recent contacts, what the customer register said, and how both are kept as bytes.

Bytes: schema version (1), next timer in ms (8, big-endian, 0 for none), then MessagePack, as those of tickets.
"""

from __future__ import annotations

import msgspec

from pipeline.additions import Leaf
from pipeline.customers.contact import Contact

SCHEMA = 1
_HEADER = 9


class JourneyBefore(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The part of a journey that has been dropped: the contact after it goes on with it."""

    at: int
    leaf: Leaf
    """Of the journey's first contact."""
    channel: str
    """Of its last contact dropped."""
    switched: bool
    """The channel changed within what was dropped."""


class Kept(msgspec.Struct, array_like=True, gc=False):
    """A contact and what is known of it beside itself. Append with a default, never reorder."""

    contact: Contact
    told_at: int
    """The tick in which it was last told, ms."""
    repeat: bool = False
    """It repeats a contact that has been dropped."""
    before: JourneyBefore | None = None
    """It goes on with a journey whose beginning has been dropped."""


class Registered(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """One entry of the customer register."""

    at: int
    event: bytes
    """Identity of the event."""
    won: bool
    leaf: Leaf


class CustomerRow(msgspec.Struct, array_like=True, gc=False):
    """One customer. Append with a default, never reorder."""

    contacts: list[Kept] = msgspec.field(default_factory=list)
    """By time, then by ticket."""
    register: list[Registered] = msgspec.field(default_factory=list)
    """By time, then by event."""
    dropped_to: tuple[int, str] = (0, "")
    """Time and ticket of the last contact dropped: what is not known and sorts before it is not counted."""
    erased_at: int = 0
    """The customer was erased: contacts until then are nobody's. 0: not erased."""
    forget_at: int = 0
    """Until when that is remembered, ms."""

    @property
    def empty(self) -> bool:
        """Return whether nothing is left to remember."""
        return not self.contacts and not self.register and not self.erased_at


class UnknownSchemaError(ValueError):
    """A row was written by a version that this one cannot read."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CustomerRow).decode


def encode(row: CustomerRow, due_ms: int) -> bytes:
    """Write a row with its next timer (0: none)."""
    return bytes((SCHEMA,)) + due_ms.to_bytes(8, "big") + _encode(row)


def decode(data: bytes) -> CustomerRow:
    """Read a row.

    Raises:
        UnknownSchemaError: the row is of another version.

    """
    if data[0] != SCHEMA:
        msg = (
            f"customer row has schema version {data[0]}, this firstreply reads {SCHEMA}: run the version that wrote it, or newer"
        )
        raise UnknownSchemaError(msg)
    return _decode(memoryview(data)[_HEADER:])


def due_of(data: bytes) -> int:
    """Return the next timer of an encoded row, ms, 0 for none."""
    return int.from_bytes(data[1:_HEADER], "big")
