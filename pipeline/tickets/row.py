"""A ticket's row: its state, the log it was folded from, and how both are kept as bytes.

Bytes: schema version (1), next timer in ms (8, big-endian, 0 for none), then MessagePack. Version and timer stand in
front so that a restore builds the timers without decoding a row.

A row keeps the last events as a log, so that an event out of order can be folded in. Older ones are frozen: `base` is
the state after them, and only their ids are remembered for a while.
"""

from __future__ import annotations

import msgspec

from pipeline.tickets.entry import Order
from pipeline.tickets.openwork import Piece
from pipeline.tickets.state import State

SCHEMA = 1
LOG_LIMIT = 256
"""Entries that a log may hold; beyond it the older half is frozen."""
FROZEN_IDS = 256
"""Ids of frozen events that are still known."""

_HEADER = 9


class Told(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The contact that was last told of a ticket."""

    customer: bytes
    digest: bytes
    """Of its content."""


class TicketRow(msgspec.Struct, array_like=True, gc=False):
    """One ticket. Field order is the row format: append with a default, never reorder."""

    state: State
    log: bytes = b""
    count: int = 0
    last: Order = (0, 0, 0, b"")
    """Sort key of the last entry."""
    has_failures: bool = False
    """The log holds a message_failed: whether a reply counts is asked of the log."""
    changed_at: int = 0
    """Time of the partition when the row last changed."""
    retractions: int = 0
    """Breaches taken back so far; part of the ids of later facts."""
    base: bytes = b""
    """Encoded `State` after the frozen events; empty if there are none."""
    frozen_to: Order | None = None
    frozen_ids: bytes = b""
    told: Told | None = None
    """`None`: no contact stands, or customers are not asked about."""


class HotRow:
    """A decoded row while it is worked on, with the open work that it stood for when last told."""

    __slots__ = ("due", "item", "pieces", "row")

    def __init__(self, row: TicketRow, pieces: list[Piece], due: int) -> None:
        """Hold `row`; `due` is the timer that is on the books, 0 for none."""
        self.row = row
        self.pieces = pieces
        self.due = due
        self.item: tuple[object, ...] | None = None
        """What the responders were last told of the ticket, where they are told."""


_encode_row = msgspec.msgpack.Encoder().encode
_decode_row = msgspec.msgpack.Decoder(TicketRow).decode
_encode_state = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(State).decode


class UnknownSchemaError(ValueError):
    """A row was written by a version that this one cannot read."""


def encode(row: TicketRow, due_ms: int) -> bytes:
    """Write a row with its next timer (0: none)."""
    return bytes((SCHEMA,)) + due_ms.to_bytes(8, "big") + _encode_row(row)


def decode(data: bytes) -> TicketRow:
    """Read a row.

    Raises:
        UnknownSchemaError: the row is of another version.

    """
    if data[0] != SCHEMA:
        msg = f"ticket row has schema version {data[0]}, this firstreply reads {SCHEMA}: run the version that wrote it, or newer"
        raise UnknownSchemaError(msg)
    return _decode_row(memoryview(data)[_HEADER:])


def due_of(data: bytes) -> int:
    """Return the next timer of an encoded row, ms, 0 for none."""
    return int.from_bytes(data[1:_HEADER], "big")


def freeze(state: State) -> bytes:
    """Encode a state as a base."""
    return _encode_state(state)


def thaw(base: bytes) -> State:
    """Decode a base, or begin a new life where there is none."""
    return _decode_state(base) if base else State()
