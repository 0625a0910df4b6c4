"""What is written is read back; and nothing that arrives makes the decoder raise or talk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import codec
from pipeline.codec import Invalid, Skipped, decode, encode
from pipeline.engine import Headers
from pipeline.events import Event, EventType
from pipeline.leniency import read_again
from pipeline.timestamps import format_time, parse_time
from tests.support.effort import examples
from tests.support.wires import APPENDED_AT, FLAT, STRUCTURED, events

FAR = 4_102_444_800_000

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["x" * 300, "\ud800", "\x00", 10**400, 1e308, "OPEN", "agent", "2026-01-02T03:04:05Z"])
)
_names = st.sampled_from(
    sorted({*FLAT, *STRUCTURED, "data", "ticket", "message", "actor", "rating", "merge", "kind", "into", "other"})
)
_lists = st.lists(_scalars, max_size=3)
_groups = st.dictionaries(_names, _scalars | _lists, max_size=4)
_trees = _scalars | _lists | _groups | st.dictionaries(_names, _groups, max_size=2)


@given(events())
def test_what_is_written_is_read_back(event: Event) -> None:
    assert decode(encode(event), appended_at=FAR) == event


@settings(max_examples=examples(40))
@given(events())
def test_both_readings_agree(event: Event) -> None:
    value = encode(event)
    wire = read_again(value, None)
    assert wire == codec._WIRE.decode(value)


@settings(max_examples=examples(40))
@given(events())
def test_the_flat_form_says_the_same(event: Event) -> None:
    flat: dict[str, Any] = {
        name: getattr(event, name)
        for name in Event.__struct_fields__
        if getattr(event, name) is not None and name not in ("occurred_at", "ingested_at", "created_at")
    }
    if event.type is EventType.CLOCK_PASSED and not event.ticket_id:
        del flat["ticket_id"]
    flat["time"] = event.occurred_at
    if event.ingested_at is not None:
        flat["recordedtime"] = format_time(event.ingested_at)
    if event.created_at is not None:
        flat["created_at"] = event.created_at
    assert decode(json.dumps(flat).encode(), appended_at=FAR) == event


@given(
    st.binary(max_size=200), st.lists(st.tuples(st.sampled_from(["ce_id", "ce_type", "x"]), st.binary(max_size=20)), max_size=3)
)
def test_no_bytes_raise(value: bytes, headers: Headers) -> None:
    assert isinstance(decode(value, headers, appended_at=APPENDED_AT), Event | Invalid | Skipped)


@given(st.data())
def test_no_json_raises_or_is_quoted(data: st.DataObject) -> None:
    base = data.draw(st.sampled_from([FLAT, STRUCTURED, {}]))
    tree = base | data.draw(st.dictionaries(_names, _trees, max_size=4))
    marker = "5ecret"
    where = data.draw(_names)
    tree[where] = data.draw(st.sampled_from([marker, [marker], {marker: marker}, {"kind": marker, "id": [marker]}]))
    value = json.dumps(tree).encode(errors="surrogatepass")
    for found in (
        decode(value, appended_at=APPENDED_AT),
        decode(value, (("ce_type", b"support.ticket.created"),), appended_at=APPENDED_AT),
    ):
        assert isinstance(found, Event | Invalid | Skipped)
        if isinstance(found, Invalid):
            assert marker not in found.detail + found.field


@given(st.sampled_from([FLAT, STRUCTURED]), st.data())
def test_damaged_events_do_not_raise(base: dict[str, Any], data: st.DataObject) -> None:
    value = bytearray(json.dumps(base, ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(value)))
    assert isinstance(decode(bytes(value), appended_at=APPENDED_AT), Event | Invalid | Skipped)
    assert not isinstance(decode(bytes(value[:cut]), appended_at=APPENDED_AT), Event) or cut == len(value)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.timezones()), st.integers(0, 3))  # noqa: DTZ001 # naive bounds by contract
def test_times_with_any_offset(moment: datetime, more_digits: int) -> None:
    utc = moment.astimezone(UTC)
    text = moment.isoformat(timespec="microseconds")
    exact = (utc - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert parse_time(text) == int(utc.timestamp()) * 1000 + utc.microsecond // 1000
    assert parse_time(f"{text[:26]}{'9' * more_digits}{text[26:]}") == parse_time(text)
    assert exact >= 0


@given(st.integers(946_684_800_000, FAR - 1))
def test_formatted_times_are_read_back(at_ms: int) -> None:
    assert parse_time(format_time(at_ms)) == at_ms
    assert parse_time(at_ms) == at_ms
    assert parse_time(at_ms // 1000) == at_ms // 1000 * 1000
    assert parse_time(at_ms / 1000) == at_ms
