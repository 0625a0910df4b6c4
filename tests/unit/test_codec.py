"""Three forms of one event, and every reason why a record is none."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from pipeline.codec import MAX_BYTES, MAX_DEPTH, Invalid, Reason, Skipped, decode, encode
from pipeline.events import ActorKind, Channel, Delivery, Direction, Event, EventType, MessageKind, Priority, Status, Visibility
from pipeline.explanation import explain
from pipeline.identity import event_hash, ticket_key
from pipeline.leniency import deeper_than
from tests.support.wires import APPENDED_AT, DATA, ENVELOPE, FLAT, FULL, OCCURRED_AT, STRUCTURED

MINIMAL = {"type": "support.ticket.created", "id": "1", "time": "2026-01-02T03:04:05.678Z", "ticket_id": "7"}
BINARY_HEADERS = tuple((f"ce_{name}", value.encode()) for name, value in ENVELOPE.items())


def as_bytes(given: Any) -> bytes:
    return json.dumps(given).encode()


def read(given: Any, **more: Any) -> Event | Invalid | Skipped:
    return decode(as_bytes(given), appended_at=APPENDED_AT, **more)


def event(given: Any, **more: Any) -> Event:
    found = read(given, **more)
    assert isinstance(found, Event), found
    return found


def refusal(given: Any, **more: Any) -> tuple[str, str]:
    found = read(given, **more) if not isinstance(given, bytes) else decode(given, appended_at=APPENDED_AT, **more)
    assert isinstance(found, Invalid), found
    assert found.detail
    return found.reason.value, found.field


class TestForms:
    def test_structured(self) -> None:
        assert event(STRUCTURED) == FULL

    def test_flat(self) -> None:
        assert event(FLAT) == FULL

    def test_flat_with_groups(self) -> None:
        assert event({name: value for name, value in ENVELOPE.items() if name != "specversion"} | DATA) == FULL

    def test_data_without_groups(self) -> None:
        beside = {name: value for name, value in FLAT.items() if name not in ENVELOPE}
        assert event(ENVELOPE | {"data": beside}) == FULL

    def test_binary(self) -> None:
        assert event(DATA, headers=BINARY_HEADERS) == FULL

    def test_binary_slowly(self) -> None:
        shouted = DATA | {"ticket": DATA["ticket"] | {"status": "OPEN"}}
        assert event(shouted, headers=(*BINARY_HEADERS, ("traceparent", b"x"), ("ce_knativearrivaltime", b"\xff"))) == FULL

    def test_headers_of_a_structured_event_do_not_make_it_binary(self) -> None:
        headers = (("content-type", b"application/cloudevents+json; charset=UTF-8"), *BINARY_HEADERS)
        assert event(STRUCTURED, headers=headers) == FULL
        assert event(STRUCTURED, headers=(("traceparent", b"00-1"), ("ce_id", None))) == FULL  # type: ignore[arg-type] # brokers know null

    def test_source_and_subject_stand_in_for_data(self) -> None:
        data = {name: value for name, value in DATA.items() if name not in ("tenant", "ticket_id")}
        assert event(ENVELOPE | {"data": data}) == FULL

    def test_data_goes_before_source_and_subject(self) -> None:
        found = event(ENVELOPE | {"source": "/other/zendesk/1", "subject": "ticket/1", "data": DATA})
        assert (found.tenant, found.ticket_id, found.source) == ("acme", "98766", "/other/zendesk/1")

    @pytest.mark.parametrize("source", ["", "/", "https://acme.example/1", "//x", "acme/zendesk"])
    def test_no_tenant_is_the_default_one(self, source: str) -> None:
        found = event(MINIMAL | {"source": source})
        assert found.tenant == "default"
        assert found.source == ("" if source == "/" else source)

    def test_minimal(self) -> None:
        assert event(MINIMAL) == Event(
            type=EventType.CREATED, id="1", tenant="default", ticket_id="7", occurred_at=OCCURRED_AT, source=""
        )

    def test_what_is_unknown_is_not_kept(self) -> None:
        assert event(STRUCTURED | {"body": "secret", "data": DATA | {"subject": ["x"], "number": 10**30}}) == FULL
        assert decode(as_bytes(MINIMAL)[:-1] + b',"x":1e999,"queue":null}', appended_at=APPENDED_AT) == event(
            MINIMAL | {"queue": ""}
        )

    def test_clock_records_name_no_ticket(self) -> None:
        found = event({"type": "support.clock.passed", "id": "c", "time": OCCURRED_AT})
        assert (found.type, found.ticket_id, found.tenant) == (EventType.CLOCK_PASSED, "", "default")
        assert decode(encode(found), appended_at=APPENDED_AT) == found

    def test_rated(self) -> None:
        rating = {"kind": "CSAT", "score": 4, "scale_min": 1, "scale_max": 5}
        beside = {"rating_kind": "csat", "rating_score": 4, "rating_low": 1, "rating_high": 5}
        rated = MINIMAL | {"type": "support.ticket.rated"}
        found = event(rated | {"rating": rating})
        assert (found.rating_kind, found.rating_score, found.rating_low, found.rating_high) == ("csat", 4, 1, 5)
        assert event(rated | beside) == found
        assert decode(encode(found), appended_at=APPENDED_AT) == found

    def test_merged(self) -> None:
        merged = MINIMAL | {"type": "support.ticket.merged"}
        found = event(merged | {"merge": {"into": 9}})
        assert found.merged_into == "9"
        assert event(merged | {"merged_into": "9"}) == found
        assert decode(encode(found), appended_at=APPENDED_AT) == found


class TestLeniency:
    def test_closed_sets_in_any_case(self) -> None:
        shouted = {
            "status": "Solved",
            "priority": "URGENT",
            "channel": "Email",
            "created_by": "CUSTOMER",
            "actor": "Customer",
            "direction": "IN",
            "visibility": "Public",
            "message_kind": "Reply",
            "delivery": "SENT",
        }
        found = event(MINIMAL | shouted)
        assert (found.status, found.priority, found.channel) == (Status.SOLVED, Priority.URGENT, Channel.EMAIL)
        assert (found.actor, found.created_by) == (ActorKind.CUSTOMER, ActorKind.CUSTOMER)
        assert (found.direction, found.visibility) == (Direction.IN, Visibility.PUBLIC)
        assert (found.message_kind, found.delivery) == (MessageKind.REPLY, Delivery.SENT)

    @pytest.mark.parametrize(("word", "kind"), [("agent", ActorKind.RESPONDER), ("Bot", ActorKind.AUTOMATION)])
    def test_other_words_for_actors(self, word: str, kind: ActorKind) -> None:
        assert event(MINIMAL | {"actor": word, "created_by": word}).actor is kind
        assert event(MINIMAL | {"actor": {"kind": word, "id": 5}, "created_by": word}).created_by is kind

    def test_other_words_elsewhere(self) -> None:
        found = event(MINIMAL | {"message": {"kind": "csat_request"}, "ticket": {"channel": "whatsapp"}})
        assert (found.message_kind, found.channel) == (MessageKind.SURVEY, Channel.MESSAGING)

    def test_numbers_as_ids(self) -> None:
        found = event(MINIMAL | {"id": 5, "ticket_id": 7, "ticket": {"assignee": 8, "requester": 9}, "message": {"id": 10}})
        assert (found.id, found.ticket_id, found.assignee, found.requester, found.message_id) == ("5", "7", "8", "9", "10")

    def test_null_is_empty_where_empty_is_something_and_absent_elsewhere(self) -> None:
        names = ("queue", "assignee", "team", "brand", "region", "tags", "requester")
        found = event(MINIMAL | dict.fromkeys(names))
        assert [getattr(found, name) for name in names] == ["", "", "", "", "", (), ""]
        absent = ("status", "created_at", "actor", "message", "data", "tenant", "sequence", "source", "subject", "recordedtime")
        assert event(MINIMAL | dict.fromkeys(absent)) == event(MINIMAL)
        assert event(MINIMAL | {"message": {"kind": None, "id": None}, "ticket": {"queue": None, "status": None}}).queue == ""

    def test_a_byte_order_mark_is_passed_over(self) -> None:
        assert decode(b"\xef\xbb\xbf" + as_bytes(MINIMAL), appended_at=APPENDED_AT) == event(MINIMAL)

    @pytest.mark.parametrize(("sequence", "order"), [("000012", 12), (12, 12), ("0", 0), (2**63 - 1, 2**63 - 1)])
    def test_sequence(self, sequence: str | int, order: int) -> None:
        assert event(MINIMAL | {"sequence": sequence}).sequence == order


class TestSkipped:
    @pytest.mark.parametrize("more", [{}, {"data": "text"}, {"data": 5, "id": None, "time": "never"}])
    def test_unknown_types_are_no_error(self, more: dict[str, Any]) -> None:
        assert read({"type": "support.responder.presence_changed"} | more) == Skipped("support.responder.presence_changed")

    def test_in_binary_mode(self) -> None:
        assert read({}, headers=(("ce_type", b"a.b"),)) == Skipped("a.b")

    @pytest.mark.parametrize("kind", ["", 5, [], "a b", "a\u0000", "ü"])
    def test_a_type_that_is_none_is_invalid(self, kind: Any) -> None:
        assert refusal({"type": kind}) == ("bad_field", "type")

    def test_a_long_type_is_invalid(self) -> None:
        assert refusal({"type": "x" * 129}) == ("string_too_long", "type")


def nested(depth: int) -> bytes:
    return as_bytes(MINIMAL)[:-1] + b',"x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


class TestLimits:
    @pytest.mark.parametrize("value", [None, b""])
    def test_empty(self, value: bytes | None) -> None:
        assert decode(value, appended_at=APPENDED_AT) == Invalid(Reason.EMPTY, "the record has no value")

    def test_size(self) -> None:
        value = as_bytes(MINIMAL)
        assert isinstance(decode(value + b" " * (MAX_BYTES - len(value)), appended_at=APPENDED_AT), Event)
        assert refusal(value + b" " * (MAX_BYTES - len(value) + 1)) == ("too_large", "")
        assert refusal(value, headers=(("x", b"x" * (MAX_BYTES - len(value))),)) == ("too_large", "")
        assert refusal(b"[" * (16 << 20)) == ("too_large", "")

    def test_depth(self) -> None:
        assert isinstance(decode(nested(MAX_DEPTH), appended_at=APPENDED_AT), Event)
        assert refusal(nested(MAX_DEPTH + 1)) == ("too_deep", "")
        assert refusal(b"[" * 60_000) == ("too_deep", "")
        assert refusal(b'{"a":' * 10_000) == ("too_deep", "")

    def test_many_brackets_are_not_deep(self) -> None:
        assert isinstance(event(MINIMAL | {"x": [[]] * 100, "y": '{"[' * 100, "z": [{}, {"a": '"'}] * 20}), Event)

    def test_brackets_in_broken_text(self) -> None:
        assert not deeper_than(b'"' + b"[" * 100, 32)
        assert not deeper_than(b'"\\"' + b"[" * 100 + b'"' + b"]" * 100, 32)

    def test_depth_of_the_interpreter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def shallow(*_: object) -> object:
            raise RecursionError

        monkeypatch.setattr("pipeline.codec._WIRE", _Decoder(shallow))
        monkeypatch.setattr("pipeline.leniency._ANY", _Decoder(shallow))
        assert refusal(MINIMAL) == ("too_deep", "")

    @pytest.mark.parametrize(
        ("field", "limit"),
        [("id", 256), ("ticket_id", 256), ("source", 256), ("actor_id", 256), ("assignee", 256), ("requester", 256)]
        + [("message_id", 256), ("merged_into", 256)]
        + [(name, 128) for name in ("tenant", "queue", "team", "brand", "region")],
    )
    def test_lengths(self, field: str, limit: int) -> None:
        assert isinstance(event(MINIMAL | {field: "ü" * limit}), Event)
        assert refusal(MINIMAL | {field: "ü" * (limit + 1)}) == ("string_too_long", field)

    def test_tags(self) -> None:
        assert event(MINIMAL | {"tags": ["x" * 128] * 64}).tags == ("x" * 128,) * 64
        assert refusal(MINIMAL | {"tags": ["x"] * 65}) == ("too_many_tags", "tags")
        assert refusal(MINIMAL | {"tags": ["x" * 129]}) == ("string_too_long", "tags[0]")


class _Decoder(msgspec.Struct):
    decode: Any


class TestRefusals:
    @pytest.mark.parametrize(
        "value",
        [
            *(b"{", b"nonsense", b'{"type":"support.ticket.created"', b'{"a":NaN}', b'{"a":Infinity}', b'{"id":"\xc3"}', b"\x00"),
            *(b'{"type":"\\ud800"}', b'{"type":"a"} {"type":"b"}', b"\xff\xfe{\x00}\x00", b"{'type':'a'}", b'{"type":"a",}'),
        ],
    )
    def test_not_json(self, value: bytes) -> None:
        assert refusal(value) == ("not_json", "")

    @pytest.mark.parametrize("given", [[], "text", 5, True, None, [MINIMAL]])
    def test_not_an_object(self, given: Any) -> None:
        assert refusal(given) == ("wrong_shape", "")

    @pytest.mark.parametrize("given", [[], "text", 5, True, [MINIMAL]])
    def test_binary_data_that_is_no_object(self, given: Any) -> None:
        assert refusal(given, headers=BINARY_HEADERS) == ("bad_field", "data")

    @pytest.mark.parametrize("field", ["type", "id", "time", "ticket_id"])
    def test_missing(self, field: str) -> None:
        assert refusal({name: value for name, value in MINIMAL.items() if name != field}) == ("missing_field", field)
        assert refusal(MINIMAL | {field: None}) == ("missing_field", field)

    def test_a_cloudevent_names_its_source(self) -> None:
        assert refusal(MINIMAL | {"specversion": "1.0"}) == ("missing_field", "source")
        assert event(MINIMAL | {"specversion": "1.0", "source": "/"}).source == ""

    @pytest.mark.parametrize("subject", ["ticket/", "agent/7", "7"])
    def test_a_subject_that_names_no_ticket(self, subject: str) -> None:
        assert refusal(ENVELOPE | {"subject": subject}) == ("missing_field", "ticket_id")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"status": "melting"}, "status"),
            ({"ticket": {"priority": "melting"}}, "ticket.priority"),
            ({"data": {"ticket": {"channel": "melting"}}}, "data.ticket.channel"),
            ({"data": {"message": {"kind": "melting"}}}, "data.message.kind"),
            ({"actor": "melting"}, "actor"),
            ({"actor": {"kind": "melting"}}, "actor.kind"),
            ({"rating": {"kind": "melting"}}, "rating.kind"),
            ({"rating_kind": "melting"}, "rating_kind"),
            ({"specversion": "0.3"}, "specversion"),
            ({"id": ""}, "id"),
            ({"ticket_id": ""}, "ticket_id"),
            ({"ticket_id": True}, "ticket_id"),
            ({"ticket_id": 10**30}, "ticket_id"),
            ({"queue": 5}, "queue"),
            ({"tags": "vip"}, "tags"),
            ({"message": "text"}, "message"),
            ({"data": "text"}, "data"),
            ({"sequence": -1}, "sequence"),
            ({"sequence": 2**63}, "sequence"),
            ({"sequence": "9223372036854775808"}, "sequence"),
            ({"sequence": "٣"}, "sequence"),
            ({"sequence": ""}, "sequence"),
            ({"rating_score": 10**9}, "rating_score"),
            ({"tenant": "a:b"}, "tenant"),
            ({"tenant": "a|b"}, "tenant"),
            ({"source": "/a:b/zendesk/1"}, "tenant"),
            ({"tenant": ""}, "tenant"),
            ({"data_base64": "e30="}, "data_base64"),
        ],
    )
    def test_bad_fields(self, wrong: dict[str, Any], field: str) -> None:
        found = read(MINIMAL | wrong)
        assert isinstance(found, Invalid)
        assert (found.reason, found.field) == (Reason.BAD_FIELD, field)
        assert "melting" not in found.detail

    def test_a_closed_set_is_listed(self) -> None:
        found = read(MINIMAL | {"actor": {"kind": "melting"}})
        assert found == Invalid(Reason.BAD_FIELD, "not one of customer, responder, automation, system, unknown", "actor.kind")

    @pytest.mark.parametrize("given", ["e30=", 5, {}])
    def test_binary_data_is_refused_in_words(self, given: Any) -> None:
        found = read(STRUCTURED | {"data_base64": given})
        assert found == Invalid(Reason.BAD_FIELD, "binary data is not read: send `data` as JSON", "data_base64")

    def test_headers_are_text(self) -> None:
        assert refusal(DATA, headers=(*BINARY_HEADERS, ("ce_subject", b"\xff"))) == ("bad_field", "ce_subject")

    def test_numbers_that_nobody_can_hold(self) -> None:
        assert refusal(as_bytes(MINIMAL)[:-1] + b',"id":' + b"9" * 5000 + b"}") == ("bad_field", "")
        assert refusal(as_bytes(MINIMAL)[:-1] + b',"time":1e999}') == ("bad_timestamp", "time")

    @pytest.mark.parametrize("character", ["\u0000", "\n", "\u007f", "\u0085", "\u2028"])
    @pytest.mark.parametrize("field", ["id", "tenant", "queue", "requester", "tags"])
    @pytest.mark.parametrize("escaped", [True, False])
    def test_control_characters(self, character: str, field: str, escaped: bool) -> None:
        given = MINIMAL | {field: f"a{character}b" if field != "tags" else ["x", f"a{character}b"]}
        value = json.dumps(given, ensure_ascii=escaped).encode()
        assert refusal(value) == ("control_character", field)

    @pytest.mark.parametrize("text", ["Überweisung", "👩‍💻 help", "返金", "a\u00a0b", "tab\\t"])
    def test_other_characters_are_text(self, text: str) -> None:
        assert event(MINIMAL | {"queue": text}).queue == text

    def test_the_last_of_equal_names_counts(self) -> None:
        found = decode(as_bytes(MINIMAL)[:-1] + b',"ticket_id":"8"}', appended_at=APPENDED_AT)
        assert isinstance(found, Event)
        assert found.ticket_id == "8"

    def test_words_of_the_decoder_that_are_not_known_still_explain(self) -> None:
        assert explain("Something else") == Invalid(Reason.BAD_FIELD, "Something else", "")


class TestTimes:
    @pytest.mark.parametrize("field", ["time", "created_at", "recordedtime"])
    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ("yesterday", "bad_timestamp"),
            ("2026-01-02T03:04:05", "bad_timestamp"),
            (True, "bad_timestamp"),
            ([], "bad_timestamp"),
            ("1999-12-31T23:59:59.999Z", "timestamp_out_of_range"),
            ("9999-12-31T23:59:59Z", "timestamp_out_of_range"),
            ("0001-01-01T00:00:00+10:00", "timestamp_out_of_range"),
            (17, "timestamp_out_of_range"),
            (-1, "timestamp_out_of_range"),
            (2**63, "timestamp_out_of_range"),
        ],
    )
    def test_bad(self, field: str, given: Any, reason: str) -> None:
        assert refusal(MINIMAL | {field: given}) == (reason, field)

    def test_the_future(self) -> None:
        late = {"time": APPENDED_AT + 300_001}
        assert refusal(MINIMAL | late) == ("from_the_future", "time")
        assert refusal(MINIMAL | {"created_at": APPENDED_AT + 300_001}) == ("from_the_future", "created_at")
        assert event(MINIMAL | {"time": APPENDED_AT + 300_000}).occurred_at == APPENDED_AT + 300_000
        assert event(MINIMAL | late, future_skew_ms=300_001).occurred_at == APPENDED_AT + 300_001
        assert event(MINIMAL | {"recordedtime": APPENDED_AT + 10**9}).ingested_at == APPENDED_AT + 10**9

    def test_a_far_append_time_does_not_stretch_the_range(self) -> None:
        found = decode(as_bytes(MINIMAL | {"time": 4_102_444_800_000}), appended_at=10**15)
        assert isinstance(found, Invalid)
        assert found.reason is Reason.TIMESTAMP_OUT_OF_RANGE


def test_identity() -> None:
    assert event_hash(FULL) == event_hash(msgspec.structs.replace(FULL, tenant="x", occurred_at=0))
    assert event_hash(FULL) != event_hash(msgspec.structs.replace(FULL, source=FULL.source + "\x00", id=FULL.id[1:]))
    assert event_hash(msgspec.structs.replace(FULL, source="s", id="i")).hex() == "4f7d72887eeeb668"
    assert ticket_key("acme", "ü:7") == b"acme:\xc3\xbc:7"
