from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events import Channel
from pipeline.reasons import Invalid, Reason, Skipped
from pipeline.responders.codec import decode, encode
from pipeline.responders.events import Activity, Presence, ResponderEvent, ResponderEventType

AT = 1_773_133_200_000
FLAT: dict[str, Any] = {
    "id": "1",
    "type": "support.responder.presence_changed",
    "time": "2026-03-10T09:00:00Z",
    "tenant": "acme",
    "responder_id": "ann",
    "state": "available",
}
FULL = ResponderEvent(
    type=ResponderEventType.SHIFT_PLANNED,
    id="x",
    tenant="acme",
    responder_id="ann",
    occurred_at=AT,
    source="/acme/rota",
    ingested_at=AT + 1,
    sequence=7,
    state=Presence.BUSY,
    channel=Channel.CHAT,
    capacity=3,
    team="red",
    skills=("a", "b"),
    channels=(Channel.CHAT,),
    queues=("billing",),
    shift_id="s1",
    starts_at=AT + 30 * 86_400_000,
    ends_at=AT + 31 * 86_400_000,
    activity=Activity.TRAINING,
    ticket_id="T1",
    queue="billing",
    open=False,
    solved_at=AT,
    first_reply_ms=5,
    resolution_ms=6,
    replies=2,
    reopened=1,
    stars=4,
)


def read(given: dict[str, Any], **headers: bytes) -> ResponderEvent | Invalid | Skipped:
    return decode(json.dumps(given).encode(), tuple(headers.items()), appended_at=AT)


def test_what_is_written_reads_back_equal() -> None:
    assert decode(encode(FULL), appended_at=AT) == FULL


def test_three_forms_say_the_same() -> None:
    flat = read(FLAT | {"source": "/acme/desk"})
    data = {name: FLAT[name] for name in ("state",)}
    envelope = {"specversion": "1.0", "id": "1", "source": "/acme/desk", "type": FLAT["type"], "time": FLAT["time"]}
    structured = read({**envelope, "subject": "responder/ann", "data": data})
    binary = read(data, **{f"ce_{name}": value.encode() for name, value in {**envelope, "subject": "responder/ann"}.items()})
    assert isinstance(flat, ResponderEvent)
    assert isinstance(structured, ResponderEvent)
    assert structured == binary == msgspec.structs.replace(flat)
    assert (flat.tenant, flat.responder_id, flat.state, flat.occurred_at) == ("acme", "ann", Presence.AVAILABLE, AT)


def test_other_letters_numbers_and_null_are_read_too() -> None:
    event = read(FLAT | {"state": "Available", "channel": "CHAT", "responder_id": 42, "team": None, "channels": ["Phone"]})
    assert isinstance(event, ResponderEvent)
    assert (event.responder_id, event.channel, event.channels, event.team) == ("42", Channel.CHAT, (Channel.PHONE,), None)


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"state": "asleep"}, Reason.BAD_FIELD, "state"),
        ({"state": None}, Reason.MISSING_FIELD, "state"),
        ({"responder_id": ""}, Reason.MISSING_FIELD, "responder_id"),
        ({"time": "yesterday"}, Reason.BAD_TIMESTAMP, "time"),
        ({"time": "2026-03-10T09:06:00Z"}, Reason.FROM_THE_FUTURE, "time"),
        ({"time": "1999-03-10T09:06:00Z"}, Reason.TIMESTAMP_OUT_OF_RANGE, "time"),
        ({"tenant": "a:b"}, Reason.BAD_FIELD, "tenant"),
        ({"type": None}, Reason.MISSING_FIELD, "type"),
        ({"type": "x\ny"}, Reason.BAD_FIELD, "type"),
        ({"sequence": "x"}, Reason.BAD_FIELD, "sequence"),
        ({"specversion": "1.0"}, Reason.MISSING_FIELD, "source"),
        ({"data_base64": "AA=="}, Reason.BAD_FIELD, "data_base64"),
        ({"team": "a\u0000b"}, Reason.CONTROL_CHARACTER, "team"),
        ({"skills": ["a\u2028"]}, Reason.CONTROL_CHARACTER, "skills"),
        ({"capacity": -1}, Reason.BAD_FIELD, "capacity"),
        ({"type": "support.responder.capacity_changed"}, Reason.MISSING_FIELD, "capacity"),
        ({"type": "support.responder.shift_planned", "shift_id": "s"}, Reason.MISSING_FIELD, "starts_at"),
        (
            {"type": "support.responder.shift_planned", "shift_id": "s", "starts_at": 1773133200, "ends_at": 1773133200},
            Reason.BAD_FIELD,
            "ends_at",
        ),
        ({"type": "support.responder.work_item_changed", "ticket_id": "T"}, Reason.MISSING_FIELD, "open"),
    ],
)
def test_why_a_record_is_refused(changes: dict[str, Any], reason: Reason, field: str) -> None:
    found = read(FLAT | changes)
    assert isinstance(found, Invalid)
    assert (found.reason, found.field) == (reason, field)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.EMPTY),
        (b"x" * 70_000, Reason.TOO_LARGE),
        (b"[" * 40 + b"]" * 40, Reason.TOO_DEEP),
        (b"\xff", Reason.NOT_JSON),
        (b"[]", Reason.WRONG_SHAPE),
    ],
)
def test_limits_come_first(value: bytes | None, reason: Reason) -> None:
    found = decode(value, appended_at=AT)
    assert isinstance(found, Invalid)
    assert found.reason is reason


def test_an_unknown_type_is_skipped() -> None:
    assert read(FLAT | {"type": "support.responder.promoted"}) == Skipped("support.responder.promoted")


@given(
    st.binary(max_size=200)
    | st.dictionaries(st.sampled_from(sorted(FLAT)), st.none() | st.integers() | st.text()).map(
        lambda changes: json.dumps(FLAT | changes).encode()
    )
)
def test_nothing_raises(value: bytes) -> None:
    assert isinstance(decode(value, appended_at=AT), ResponderEvent | Invalid | Skipped)
