"""The changelog rows of the segments engine: ordered binary keys, and values that begin with a schema version.

A key is a type byte (never NUL), big-endian numbers, and the owner (tenant and values of the dimensions) as MessagePack.
"""

from __future__ import annotations

from enum import Enum
from struct import Struct
from typing import Any, TypeAlias

import msgspec

SCHEMA = 1
"""Version of the values written here."""
_VERSION = bytes([SCHEMA])

Owner: TypeAlias = tuple[str, ...]
"""Tenant, then the values of the dimensions."""
Cell: TypeAlias = dict[int, int]
"""Code -> amount, zeros left out."""


class RowType(Enum):
    """The first byte of a key. Append, never reuse."""

    MINUTE = b"m"
    """What a leaf added in one minute."""
    HOUR = b"h"
    """What a leaf added in one hour whose minutes are no longer kept, and its first replies by minute."""
    DAY = b"d"
    """What a leaf added in one day whose hours are no longer kept."""
    TOTAL = b"t"
    """What a leaf added since the beginning: upwards and downwards apart."""
    WORK = b"w"
    """Open work of a leaf and kind that began in one minute: start, ms -> amount."""
    ALERT = b"a"
    """The state of a rule on one segment."""
    BUFFERED = b"b"
    """Additions that wait for every source to pass their tick (event time)."""
    SOURCE = b"s"
    """How far a source partition has come (event time)."""
    TICK = b"l"
    """The last tick that was completed."""
    MEMORY = b"j"
    """What a detector remembers of one segment."""
    USUAL = b"u"
    """What is usual on one segment, as its detector has learnt it."""
    PROGRESS = b"p"
    """What is left of a tick that was cut at its bound (event time)."""
    CREW = b"c"
    """Who is there, of one tenant (live)."""
    TOLD = b"e"
    """What the customers of a segment were told of their wait, and how it turned out."""
    HELD = b"v"
    """Which service level each measure of a segment holds."""
    ENDED = b"x"
    """An alert that is over and still stands in the topic."""


_SLOT = Struct(">cq")
_WORK = Struct(">cBq")
_SOURCE = Struct(">cI")
_BUFFERED = Struct(">cqIq")

_pack = msgspec.msgpack.Encoder().encode
_owner = msgspec.msgpack.Decoder(Owner).decode
_cell = msgspec.msgpack.Decoder(Cell).decode


class UnknownRowError(Exception):
    """A row that this version cannot read: written by a newer one."""


def pack(value: object) -> bytes:
    """Encode a row's value."""
    return _VERSION + _pack(value)


def body(value: bytes) -> memoryview:
    """Return what follows the version of a row's value.

    Raises:
        UnknownRowError: a later version wrote it; run that version, or restore the changelog from before it.

    """
    if value[:1] != _VERSION:
        msg = f"row schema {value[0] if value else 'missing'}; this version reads {SCHEMA}"
        raise UnknownRowError(msg)
    return memoryview(value)[1:]


def cell_of(value: bytes) -> Cell:
    """Decode a row whose value is one cell."""
    return _cell(body(value))


def encode_owner(owner: Owner) -> bytes:
    """Return the tail of the keys of an owner."""
    return _pack(owner)


def slot_key(kind: RowType, slot: int, owner: bytes) -> bytes:
    """Return the key of a pane."""
    return _SLOT.pack(kind.value, slot) + owner


def read_slot_key(key: bytes) -> tuple[int, Owner]:
    """Return slot and owner of a pane's key."""
    return _SLOT.unpack_from(key)[1], _owner(memoryview(key)[_SLOT.size :])


def work_key(work_index: int, minute: int, owner: bytes) -> bytes:
    """Return the key of the open work of one kind that began in one minute."""
    return _WORK.pack(RowType.WORK.value, work_index, minute) + owner


def read_work_key(key: bytes) -> tuple[int, int, Owner]:
    """Return kind, minute and owner of a key of open work."""
    _, work_index, minute = _WORK.unpack_from(key)
    return work_index, minute, _owner(memoryview(key)[_WORK.size :])


def owner_key(kind: RowType, owner: bytes) -> bytes:
    """Return the key of a row that an owner has once."""
    return kind.value + owner


def read_owner_key(key: bytes) -> Owner:
    """Return the owner of such a key."""
    return _owner(memoryview(key)[1:])


def source_key(source: int) -> bytes:
    """Return the key of a source partition's mark."""
    return _SOURCE.pack(RowType.SOURCE.value, source)


def read_source_key(key: bytes) -> int:
    """Return the source partition of such a key."""
    source: int = _SOURCE.unpack(key)[1]
    return source


def buffered_key(tick: int, source: int, sequence: int) -> bytes:
    """Return the key of additions that wait: in the order in which they are applied."""
    return _BUFFERED.pack(RowType.BUFFERED.value, tick, source, sequence)


def read_buffered_key(key: bytes) -> tuple[int, int, int]:
    """Return tick, source and sequence of such a key."""
    _, tick, source, sequence = _BUFFERED.unpack(key)
    return tick, source, sequence


def unpack(value: bytes, kind: Any) -> Any:
    """Decode a row's value as `kind`."""
    return msgspec.msgpack.decode(body(value), type=kind)
