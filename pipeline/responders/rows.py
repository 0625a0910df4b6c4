"""The changelog rows of the responders engine: keys are a type byte and what the row is about; values begin with a version."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

SCHEMA = 1
_VERSION = bytes([SCHEMA])

_pack = msgspec.msgpack.Encoder().encode


class RowType(Enum):
    """The first byte of a key. Append, never reuse."""

    BASE = b"r"
    """A responder after the events that are kept no more."""
    EVENT = b"e"
    """One event of a responder."""
    ITEM = b"i"
    """One ticket: who holds it, and what it has earned."""
    EARNED = b"p"
    """What one responder or team has earned, by day."""
    META = b"m"
    """What the partition remembers of itself."""


class UnknownRowError(Exception):
    """A row that this version cannot read: written by a newer one."""


def key_of(kind: RowType, *parts: str | int | bytes) -> bytes:
    """Return the key of a row."""
    return kind.value + _pack(parts)


def parts_of(key: bytes) -> list[Any]:
    """Return what a key is about."""
    parts: list[Any] = msgspec.msgpack.decode(memoryview(key)[1:])
    return parts


def pack(value: object) -> bytes:
    """Encode a row's value."""
    return _VERSION + _pack(value)


def unpack(value: bytes, kind: Any) -> Any:
    """Decode a row's value as `kind`.

    Raises:
        UnknownRowError: a later version wrote it; run that version, or restore the changelog from before it.

    """
    if value[:1] != _VERSION:
        msg = f"row schema {value[0] if value else 'missing'}; this version reads {SCHEMA}"
        raise UnknownRowError(msg)
    return msgspec.msgpack.decode(memoryview(value)[1:], type=kind)
