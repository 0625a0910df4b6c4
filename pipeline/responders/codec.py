"""Turn the bytes of a record into a `ResponderEvent`, or say why they are none; `encode` writes the canonical form.

The same rules as for ticket events (`pipeline.codec`): limits first, nothing raises, and what the typed decoder refuses is read
again tolerantly - closed sets in any case of letters, numbers as ids, `null` for what is absent - or explained.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.codec import FUTURE_SKEW_MS, MAX_BYTES, MAX_DEPTH
from pipeline.engine import Headers
from pipeline.envelope import CONTROL, NOBODY, bad_time, canonical_attributes, number_of, tenant_of
from pipeline.explanation import explain
from pipeline.leniency import attributes_of, deeper_than
from pipeline.reasons import Invalid, Reason, Skipped
from pipeline.responders.events import ResponderEvent, ResponderEventType
from pipeline.responders.wire import RESPONDER_SUBJECT, ResponderBody, ResponderCanonical, ResponderWire
from pipeline.timestamps import EARLIEST_MS, LATEST_MS, TimeInput, format_time, parse_time
from pipeline.wire import MAX_INTEGER

_WIRE = msgspec.json.Decoder(ResponderWire)
_ENCODER = msgspec.json.Encoder()
_TYPES = frozenset(ResponderEventType)
_IDS = frozenset({"id", "responder_id", "shift_id", "ticket_id"})
_CLOSED = frozenset({"state", "activity", "channel"})
_TEXTS = ("id", "source", "tenant", "responder_id", "team", "shift_id", "ticket_id", "queue")
_LISTS = ("skills", "queues")
_NEEDS: dict[ResponderEventType, tuple[str, ...]] = {
    ResponderEventType.PRESENCE_CHANGED: ("state",),
    ResponderEventType.CAPACITY_CHANGED: ("capacity",),
    ResponderEventType.SHIFT_PLANNED: ("shift_id", "starts_at", "ends_at"),
    ResponderEventType.SHIFT_CANCELLED: ("shift_id",),
    ResponderEventType.WORK_ITEM_CHANGED: ("ticket_id", "open"),
}


def decode(
    value: bytes | None, headers: Headers = (), *, appended_at: int, future_skew_ms: int = FUTURE_SKEW_MS
) -> ResponderEvent | Invalid | Skipped:
    """Read one record: CloudEvents 1.0 structured or binary (`ce_` headers), or flat JSON. Never raises.

    `appended_at` is the record's append time, milliseconds; an event dated more than `future_skew_ms` after it is invalid.
    """
    if not value:
        return Invalid(Reason.EMPTY, "the record has no value")
    if len(value) + sum(len(name) + len(content or b"") for name, content in headers) > MAX_BYTES:
        return Invalid(Reason.TOO_LARGE, f"the record has more than {MAX_BYTES} bytes")
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
        return Invalid(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels")
    attributes = attributes_of(headers) if headers else None
    if isinstance(attributes, Invalid):
        return attributes
    wire = _read(value, attributes)
    if not isinstance(wire, ResponderWire):
        return wire
    event = _assemble(wire, min(appended_at + future_skew_ms, LATEST_MS - 1))
    return event if isinstance(event, Invalid) else _without_control_characters(event)


def encode(event: ResponderEvent) -> bytes:
    """Return the canonical JSON of an event; `decode` gives back an equal one."""
    body = {name: getattr(event, name) for name in ResponderBody.__struct_fields__}
    for name in ("starts_at", "ends_at", "solved_at"):
        body[name] = None if body[name] is None else format_time(body[name])
    body["responder_id"] = event.responder_id or None
    return _ENCODER.encode(
        ResponderCanonical(
            **canonical_attributes(event),
            type=event.type,
            subject=f"{RESPONDER_SUBJECT}{event.responder_id}" if event.responder_id else None,
            partitionkey=event.tenant,
            data=ResponderBody(**body),
        )
    )


def _read(value: bytes, attributes: dict[str, str] | None) -> ResponderWire | Invalid | Skipped:
    if attributes is None:
        try:
            return _WIRE.decode(value)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass
    try:
        tree = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Invalid(Reason.NOT_JSON, "not JSON in UTF-8")
    return _read_again(tree if attributes is None else {**attributes, "data": tree})


def _read_again(tree: Any) -> ResponderWire | Invalid | Skipped:
    if not isinstance(tree, dict):
        return Invalid(Reason.WRONG_SHAPE, "not a JSON object")
    given = tree.get("type")
    if given is None:
        return Invalid(Reason.MISSING_FIELD, "an event names its type", "type")
    if not isinstance(given, str) or not given.isprintable() or not 0 < len(given) <= 128:
        return Invalid(Reason.BAD_FIELD, "not a text of 1 to 128 visible characters", "type")
    if given not in _TYPES:
        return Skipped(given)
    tidied = _tidy(tree)
    if isinstance(data := tidied.get("data"), dict):
        tidied["data"] = _tidy(data)
    try:
        return msgspec.convert(tidied, ResponderWire)
    except msgspec.ValidationError as error:
        return explain(str(error))


def _tidy(group: dict[str, Any]) -> dict[str, Any]:
    tidied: dict[str, Any] = {}
    for name, value in group.items():
        if value is None:
            continue
        if name in _CLOSED and isinstance(value, str):
            tidied[name] = value.lower()
        elif name == "channels" and isinstance(value, list):
            tidied[name] = [one.lower() if isinstance(one, str) else one for one in value]
        elif name in _IDS and type(value) is int and abs(value) <= MAX_INTEGER:
            tidied[name] = str(value)
        else:
            tidied[name] = value
    return tidied


def _assemble(wire: ResponderWire, latest_ms: int) -> ResponderEvent | Invalid:
    body = wire if wire.data is None else wire.data
    source = "" if wire.source == NOBODY else wire.source
    tenant = body.tenant or tenant_of(source)
    responder_id = body.responder_id or _named(wire)
    wrong = _wrong(wire, body, tenant, responder_id)
    if wrong is not None:
        return wrong
    times: dict[str, int | None] = {}
    moments: dict[str, TimeInput | None] = {"time": wire.time, "recordedtime": wire.recordedtime}
    moments |= {name: getattr(body, name) for name in ("starts_at", "ends_at", "solved_at")}
    for name, moment in moments.items():
        at_ms = times[name] = None if moment is None else parse_time(moment)
        # A shift lies in the future; what has happened does not.
        limit = latest_ms if name in ("time", "solved_at") else LATEST_MS - 1
        if moment is not None and (at_ms is None or not EARLIEST_MS <= at_ms <= limit):
            return bad_time(at_ms, name)
    if times["starts_at"] is not None and times["ends_at"] is not None and times["ends_at"] <= times["starts_at"]:
        return Invalid(Reason.BAD_FIELD, "a shift ends after it starts", "ends_at")
    sequence = wire.sequence if isinstance(wire.sequence, int) else number_of(wire.sequence)
    if sequence is None:
        return Invalid(Reason.BAD_FIELD, f"not a whole number from 0 to {MAX_INTEGER}", "sequence")
    fields = {name: getattr(body, name) for name in ResponderBody.__struct_fields__}
    fields |= {name: times[name] for name in ("starts_at", "ends_at", "solved_at")}
    fields |= {"tenant": tenant, "responder_id": responder_id}
    return ResponderEvent(
        type=wire.type,
        id=wire.id,
        occurred_at=times["time"] or 0,
        source=source,
        ingested_at=times["recordedtime"],
        sequence=sequence,
        **fields,
    )


def _wrong(wire: ResponderWire, body: ResponderBody, tenant: str, responder_id: str) -> Invalid | None:
    if wire.specversion is not None and not wire.source:
        return Invalid(Reason.MISSING_FIELD, "a CloudEvent names its source", "source")
    if wire.data_base64 is not None:
        return Invalid(Reason.BAD_FIELD, "binary data is not read: send `data` as JSON", "data_base64")
    if ":" in tenant or "|" in tenant:
        return Invalid(Reason.BAD_FIELD, "a tenant holds neither a colon nor a bar, which separate it in keys", "tenant")
    nobody = wire.type in (ResponderEventType.CLOCK_PASSED, ResponderEventType.WORK_ITEM_CHANGED)
    if not responder_id and not nobody:
        return Invalid(Reason.MISSING_FIELD, "neither `responder_id` nor a subject `responder/<id>`", "responder_id")
    missing = next((name for name in _NEEDS.get(wire.type, ()) if getattr(body, name) is None), None)
    return None if missing is None else Invalid(Reason.MISSING_FIELD, f"needed by {wire.type.value}", missing)


def _named(wire: ResponderWire) -> str:
    subject = wire.subject or ""
    return subject[len(RESPONDER_SUBJECT) :] if subject.startswith(RESPONDER_SUBJECT) else ""


def _without_control_characters(event: ResponderEvent) -> ResponderEvent | Invalid:
    for name in _TEXTS:
        if CONTROL.search(getattr(event, name) or ""):
            return Invalid(Reason.CONTROL_CHARACTER, "holds a control character", name)
    for name in _LISTS:
        if any(CONTROL.search(text) for text in getattr(event, name) or ()):
            return Invalid(Reason.CONTROL_CHARACTER, "holds a control character", name)
    return event
