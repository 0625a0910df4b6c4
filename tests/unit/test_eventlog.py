"""Reading a log of events: who arrives when, and what happens to lines that are none."""

from __future__ import annotations

import asyncio
import io
import os

import pytest

from agents.eventlog import Arrival, EventLog, ResponderLog, UnreadableEventError, arrivals, chunked, chunks
from agents.instants import parse_instant
from agents.replay import ClockHand, clock_event
from pipeline.codec import decode, encode
from pipeline.events import Event, EventType
from pipeline.responders.codec import encode as encode_responder
from pipeline.responders.events import Presence, ResponderEvent, ResponderEventType
from pipeline.timestamps import LATEST_MS

BASE = 1_456_700_000_000


def line(number: int, occurred: int, ingested: int | None = None, ticket: str = "T1") -> bytes:
    event = Event(
        type=EventType.SNAPSHOT,
        id=f"e{number}",
        source="/t/test",
        tenant="t",
        ticket_id=ticket,
        occurred_at=BASE + occurred,
        ingested_at=None if ingested is None else BASE + ingested,
    )
    return encode(event)


def test_an_event_arrives_when_it_was_received_else_at_the_latest_time_so_far() -> None:
    log = EventLog()
    found = list(log.read([line(1, 0, 500), line(2, 100), line(3, 900), line(4, 600, 700)]))
    assert [arrival.at_ms - BASE for arrival in found] == [500, 500, 900, 900]
    assert {arrival.key for arrival in found} == {b"t:T1"}


def test_values_stay_as_they_are_to_the_byte() -> None:
    value = line(1, 0).replace(b'"id"', b' "id"')
    assert [arrival.value for arrival in EventLog().read([value + b"\r\n", b""])] == [value]


def test_only_what_arrived_in_the_span_is_kept() -> None:
    log = EventLog(since=BASE + 100, until=BASE + 200)
    values = [line(number, at) for number, at in enumerate((99, 100, 199, 200))]
    assert [arrival.at_ms - BASE for arrival in log.read(values)] == [100, 199]


def test_what_came_before_the_span_still_moves_time() -> None:
    log = EventLog(since=BASE + 100)
    assert [arrival.at_ms - BASE for arrival in log.read([line(1, 150), line(2, 50)])] == [150, 150]


def test_a_line_that_is_no_event_stops_with_its_number_and_without_its_contents() -> None:
    log = EventLog()
    with pytest.raises(UnreadableEventError, match=r"^line 2 is no ticket event") as caught:
        list(log.read([line(1, 0), b'{"secret":"x"}']))
    assert "secret" not in str(caught.value)


def test_a_line_of_unknown_type_stops_too() -> None:
    with pytest.raises(UnreadableEventError, match="type is unknown"):
        list(EventLog().read([line(1, 0).replace(b"ticket.snapshot", b"ticket.juggled")]))


def test_invalid_lines_can_be_kept_and_are_counted() -> None:
    log = EventLog(keep_invalid=True)
    found = list(log.read([line(1, 700), b"nonsense"]))
    assert found[1] == Arrival(BASE + 700, None, b"nonsense")
    assert log.invalid == 1


def test_recorded_clock_records_are_for_every_partition() -> None:
    (found,) = EventLog().read([clock_event(BASE)])
    assert (found.at_ms, found.key, found.everywhere) == (BASE, None, True)


def test_a_clock_record_is_a_valid_event() -> None:
    event = decode(clock_event(BASE), appended_at=LATEST_MS)
    assert isinstance(event, Event)
    assert (event.type, event.occurred_at) == (EventType.CLOCK_PASSED, BASE)


def test_the_clock_ticks_at_whole_multiples_before_what_comes_then() -> None:
    hand = ClockHand(1_000)
    assert [tick.at_ms for tick in hand.move(2_500)] == []
    assert [tick.at_ms for tick in hand.move(5_000)] == [3_000, 4_000, 5_000]
    assert [tick.at_ms for tick in hand.move(5_999)] == []
    assert [tick.at_ms for tick in hand.move(6_000)] == [6_000]


def test_without_an_interval_the_clock_is_silent() -> None:
    assert list(ClockHand(0).move(BASE)) == []


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_lines_are_whole_whatever_the_pieces(ending: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.eventlog.CHUNK_BYTES", 7)
    text = b"one\ntwo and more\n\nthree" + ending

    async def read() -> list[bytes]:
        return [value async for part in chunks(io.BytesIO(text)) for value in part]

    assert asyncio.run(read()) == [b"one", b"two and more", b"", b"three"]


def test_a_pipe_is_read_as_it_comes() -> None:
    async def read() -> list[Arrival]:
        reader, writer = os.pipe()
        found: list[Arrival] = []
        with os.fdopen(reader, "rb") as stream:
            os.write(writer, line(1, 0) + b"\n" + line(2, 5)[:20])
            async for part in arrivals(EventLog(), stream):
                found += part
                if len(found) == 1 and writer >= 0:  # the first event is here while the second is still on its way
                    os.write(writer, line(2, 5)[20:])
                    os.close(writer)
                    writer = -1
        return found

    assert [arrival.at_ms - BASE for arrival in asyncio.run(read())] == [0, 5]


def test_what_is_made_here_comes_in_chunks() -> None:
    told = [Arrival(BASE + number, None, b"x") for number in range(5)]

    async def read() -> list[list[Arrival]]:
        return [part async for part in chunked(iter(told), size=2)]

    assert asyncio.run(read()) == [told[:2], told[2:4], told[4:]]


@pytest.mark.parametrize(
    ("text", "zone", "milliseconds"),
    [
        ("2016-02-29", "UTC", 1_456_704_000_000),
        ("2016-02-29 01:30", "UTC", 1_456_709_400_000),
        ("2016-02-29T01:30:00.250Z", "America/Sao_Paulo", 1_456_709_400_250),
        ("2016-02-29", "America/Sao_Paulo", 1_456_714_800_000),
    ],
)
def test_instants_are_read_in_their_zone(text: str, zone: str, milliseconds: int) -> None:
    assert parse_instant(text, zone) == milliseconds


def test_a_wrong_instant_shows_how_to_write_one() -> None:
    with pytest.raises(ValueError, match="write for example 2016-03-01"):
        parse_instant("yesterday")


def presence(number: int, occurred: int, responder: str = "ann") -> bytes:
    event = ResponderEvent(
        type=ResponderEventType.PRESENCE_CHANGED,
        id=f"p{number}",
        tenant="t",
        responder_id=responder,
        occurred_at=BASE + occurred,
        source="/t/test",
        state=Presence.AVAILABLE,
    )
    return encode_responder(event)


def test_responder_events_go_by_tenant_and_arrive_in_their_order() -> None:
    log = ResponderLog(since=BASE + 10)
    found = list(log.read([presence(1, 0), presence(2, 20), presence(3, 15, "bob"), clock_event(BASE + 30)]))
    assert [(one.at_ms - BASE, one.key, one.everywhere) for one in found] == [
        *((20, b"t", False), (20, b"t", False), (30, None, True)),
    ]


def test_a_ticket_event_is_no_responder_event() -> None:
    with pytest.raises(UnreadableEventError, match=r"^line 1 is no responder event \(its type is unknown\)"):
        list(ResponderLog().read([line(1, 0)]))
    log = ResponderLog(keep_invalid=True)
    assert [one.key for one in log.read([presence(1, 0), b"{}"])] == [b"t", None]
    assert log.invalid == 1
