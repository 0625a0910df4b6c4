"""Turn the bytes of a record into an `Event`, or say why they are none; `encode` writes the canonical form.

Limits come first, so that no input costs more than its size allows, and nothing here raises, whatever the bytes. The
fast path is one typed JSON decode. What it refuses is read again, slowly and tolerantly (`pipeline.leniency`), which
finds either an event written in another accepted way or the exact reason.
"""

from __future__ import annotations

import msgspec

from pipeline.assembly import assemble, refuse_control_characters
from pipeline.encoding import encode
from pipeline.engine import Headers
from pipeline.events import Event
from pipeline.leniency import attributes_of, deeper_than, read_again
from pipeline.reasons import Invalid, Reason, Skipped
from pipeline.timestamps import LATEST_MS
from pipeline.wire import Body, Wire

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Invalid", "Reason", "Skipped", "decode", "encode"]

MAX_BYTES = 65_536
"""Of value and headers together."""
MAX_DEPTH = 32
FUTURE_SKEW_MS = 300_000

_WIRE = msgspec.json.Decoder(Wire)
_BODY = msgspec.json.Decoder(Body)
_BRACKET, _BACKSLASH, _DEL = b"[\\\x7f"


def decode(
    value: bytes | None, headers: Headers = (), *, appended_at: int, future_skew_ms: int = FUTURE_SKEW_MS
) -> Event | Invalid | Skipped:
    """Read one record: CloudEvents 1.0 structured or binary (`ce_` headers), or flat JSON. Never raises.

    `appended_at` is the record's append time, milliseconds; an event dated more than `future_skew_ms` after it is invalid.
    """
    if not value:
        return Invalid(Reason.EMPTY, "the record has no value")
    if len(value) > MAX_BYTES or (headers and len(value) + _size(headers) > MAX_BYTES):
        return Invalid(Reason.TOO_LARGE, f"the record has more than {MAX_BYTES} bytes")
    brackets = value.count(b"{") + (value.count(b"[") if _BRACKET in value else 0)
    if brackets > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
        return Invalid(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels")
    attributes = attributes_of(headers) if headers else None
    wire = attributes if type(attributes) is Invalid else _read(value, attributes)
    if type(wire) is not Wire:
        return wire
    latest_ms = appended_at + future_skew_ms
    event = assemble(wire, latest_ms if latest_ms < LATEST_MS else LATEST_MS - 1)
    if attributes is not None or _BACKSLASH in value or _DEL in value or not value.isascii():
        # In a JSON string a control character needs a backslash, is DEL, or is not ASCII.
        return event if type(event) is Invalid else refuse_control_characters(event)
    return event


def _read(value: bytes, attributes: dict[str, str] | None) -> Wire | Invalid | Skipped:
    try:
        if attributes is None:
            return _WIRE.decode(value)
        wire = msgspec.convert(attributes, Wire)
        wire.data = _BODY.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return read_again(value, attributes)
    return wire


def _size(headers: Headers) -> int:
    return sum(len(name) + len(content or b"") for name, content in headers)
