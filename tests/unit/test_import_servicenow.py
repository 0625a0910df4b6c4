"""The traps of the ServiceNow log, each on rows written by hand, and the committed two weeks as a whole."""

from __future__ import annotations

import csv
import gzip
import hashlib
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from agents.importers.servicenow import COLUMNS, ServiceNowLog
from agents.importers.tables import UnreadableTableError
from pipeline.events import ActorKind, Channel, Event, EventType, Priority, Status

SLICE = Path(__file__).parents[1] / "data" / "servicenow-two-weeks.csv.xz"
FUTURE = ("made_sla", "closed_code", "resolved_by", "resolved_at", "closed_at")
HEADER = (*COLUMNS, "sys_mod_count", *FUTURE)
USUAL = {
    "number": "INC1",
    "incident_state": "New",
    "opened_at": "29/2/2016 09:00",
    "sys_updated_at": "29/2/2016 09:05",
    "contact_type": "Phone",
    "priority": "3 - Moderate",
    "assignment_group": "Group 1",
    "assigned_to": "Resolver 1",
    "caller_id": "Caller 1",
    "sys_mod_count": "0",
    "made_sla": "false",
    "closed_code": "code 5",
    "resolved_by": "Resolved by 149",
    "resolved_at": "29/2/2016 11:29",
    "closed_at": "5/3/2016 12:00",
}


class Tell(Protocol):
    def __call__(self, *rows: dict[str, str], zone: str = ...) -> list[Event]: ...


def ms(text: str) -> int:
    return int(datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC).timestamp()) * 1_000


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows([USUAL | row for row in rows])
    return path


@pytest.fixture
def told(tmp_path: Path) -> Tell:
    def tell(*rows: dict[str, str], zone: str = "UTC") -> list[Event]:
        return list(ServiceNowLog(table(tmp_path / "log.csv", *rows), zone=zone).events())

    return tell


def at(clock: str, **rest: str) -> dict[str, str]:
    return {"sys_updated_at": f"29/2/2016 {clock}"} | rest


def replies(events: list[Event]) -> list[Event]:
    return [event for event in events if event.counts_as_reply]


def kinds(events: list[Event]) -> list[str]:
    return [event.id.rsplit(":", 2)[1] + event.id.rsplit(":", 1)[1][0] for event in events]


def test_a_row_maps_to_created_and_a_snapshot(told: Tell) -> None:
    created, snapshot = told({})
    assert created.type is EventType.CREATED
    assert (created.occurred_at, created.ingested_at) == (ms("29/2/2016 09:00"), ms("29/2/2016 09:05"))
    assert (created.actor, created.created_by, created.status) == (ActorKind.CUSTOMER, ActorKind.CUSTOMER, Status.NEW)
    assert snapshot.type is EventType.SNAPSHOT
    assert (snapshot.queue, snapshot.assignee, snapshot.channel) == ("Group 1", "Resolver 1", Channel.PHONE)
    assert snapshot.priority is Priority.NORMAL
    assert [event.id for event in (created, snapshot)] == ["servicenow:INC1:1:created", "servicenow:INC1:1:snapshot"]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Active", Status.OPEN),
        ("Awaiting User Info", Status.PENDING),
        ("Awaiting Vendor", Status.HOLD),
        ("Awaiting Problem", Status.HOLD),
        ("Awaiting Evidence", Status.HOLD),
        ("Resolved", Status.SOLVED),
        ("Closed", Status.CLOSED),
    ],
)
def test_states_become_statuses_and_the_first_one_that_is_not_new_is_the_reply(told: Tell, state: str, status: Status) -> None:
    events = told({}, at("10:00", incident_state=state))
    (reply,) = replies(events)
    assert reply.occurred_at == ms("29/2/2016 10:00")
    assert (events[-1].type, events[-1].status) == (EventType.STATUS_CHANGED, status)


@pytest.mark.parametrize(
    ("contact", "channel"),
    [
        ("Phone", Channel.PHONE),
        ("IVR", Channel.PHONE),
        ("Email", Channel.EMAIL),
        ("Self service", Channel.WEB),
        ("Direct opening", Channel.OTHER),
    ],
)
def test_contact_types_become_channels(told: Tell, contact: str, channel: Channel) -> None:
    assert {event.channel for event in told({"contact_type": contact})} == {channel}


def test_leaking_columns_change_nothing(tmp_path: Path) -> None:
    rows = [{}, at("10:00", incident_state="Active"), at("11:00", incident_state="Resolved")]
    nonsense = dict.fromkeys(FUTURE, "not even a time")
    plain = ServiceNowLog(table(tmp_path / "a.csv", *rows))
    leaky = ServiceNowLog(table(tmp_path / "b.csv", *[row | nonsense for row in rows]))
    assert list(plain.events()) == list(leaky.events())


def test_ties_keep_the_order_of_the_file(told: Tell) -> None:
    rows = [at("10:00"), at("10:00", incident_state="Active"), at("10:00", incident_state="Resolved")]
    events = told(*rows)
    assert [event.status for event in events if event.type is EventType.STATUS_CHANGED] == [Status.OPEN, Status.SOLVED]
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))


def test_a_reply_stands_before_the_solve_of_its_row(told: Tell) -> None:
    events = told({}, at("10:00", incident_state="Resolved"))
    reply, solve = events[-2:]
    assert reply.counts_as_reply
    assert reply.status is None
    assert solve.status is Status.SOLVED
    assert (reply.occurred_at, reply.sequence) < (solve.occurred_at, solve.sequence)


def test_a_file_grouped_by_incident_comes_out_in_the_order_of_arrival(told: Tell) -> None:
    events = told(at("09:05"), at("12:00", incident_state="Active"), at("10:00", number="INC2"))
    arrivals = [event.ingested_at for event in events]
    assert arrivals == sorted(arrivals)
    assert [event.ticket_id for event in events if event.type is EventType.CREATED] == ["INC1", "INC2"]
    assert events[-1].ticket_id == "INC1"


def test_a_row_back_in_time_is_told_when_its_time_says(told: Tell) -> None:
    events = told(at("11:10"), at("09:52"), at("11:03", incident_state="Resolved"), at("12:00", incident_state="Closed"))
    statuses = [(event.occurred_at, event.status) for event in events if event.type is EventType.STATUS_CHANGED]
    assert statuses == [
        (ms("29/2/2016 11:03"), Status.SOLVED),
        (ms("29/2/2016 11:10"), Status.NEW),
        (ms("29/2/2016 12:00"), Status.CLOSED),
    ]
    assert events[0].ingested_at == ms("29/2/2016 09:52")
    assert events[0].id == "servicenow:INC1:2:created"


def test_a_decreasing_modification_count_is_ignored(told: Tell) -> None:
    rows = [at("09:05", sys_mod_count="7"), at("10:00", sys_mod_count="1", incident_state="Active")]
    assert [event.occurred_at for event in replies(told(*rows))] == [ms("29/2/2016 10:00")]


def test_a_question_mark_is_missing_everywhere(told: Tell) -> None:
    unknown = dict.fromkeys(("contact_type", "priority", "assignment_group", "assigned_to", "caller_id", "opened_at"), "?")
    created, snapshot = told(unknown)
    assert (created.occurred_at, created.requester) == (ms("29/2/2016 09:05"), None)
    values = (snapshot.channel, snapshot.priority, snapshot.queue, snapshot.assignee)
    assert values == (None, None, None, None)


def test_rows_that_cannot_be_placed_are_counted_and_skipped(tmp_path: Path) -> None:
    log = ServiceNowLog(table(tmp_path / "log.csv", {}, {"sys_updated_at": "?"}, {"number": "?"}))
    assert (log.rows, log.skipped_rows) == (3, 2)
    assert len(list(log.events())) == 2


def test_an_unknown_state_gives_attributes_only(told: Tell) -> None:
    events = told({}, at("10:00", incident_state="-100", assignment_group="Group 9"))
    assert (events[-1].type, events[-1].status, events[-1].queue) == (EventType.SNAPSHOT, None, "Group 9")
    assert replies(events) == []


def test_an_unknown_state_does_not_hide_the_reply_after_it(told: Tell) -> None:
    events = told({}, at("10:00", incident_state="-100"), at("11:00", incident_state="Resolved"))
    assert [event.occurred_at for event in replies(events)] == [ms("29/2/2016 11:00")]


def test_a_negative_first_reply_time_moves_the_creation_to_the_reply(told: Tell) -> None:
    events = told(at("07:14", incident_state="Active"), at("09:45", incident_state="Awaiting User Info"))
    assert events[0].type is EventType.CREATED
    assert events[0].occurred_at == replies(events)[0].occurred_at == ms("29/2/2016 07:14")


def test_no_event_is_dated_after_its_arrival(told: Tell) -> None:
    assert all(event.occurred_at <= (event.ingested_at or 0) for event in told(at("07:27"), at("09:59")))


def test_a_missing_queue_stays_unknown_and_does_not_clear_the_one_before(told: Tell) -> None:
    events = told({}, at("10:00", assignment_group="?"))
    assert events[-1].queue is None


def test_an_incident_that_does_not_begin_with_new_is_created_at_its_opening(told: Tell) -> None:
    events = told({"incident_state": "Active"})
    assert [event.type for event in events] == [EventType.CREATED, EventType.MESSAGE_ADDED, EventType.STATUS_CHANGED]
    assert events[0].occurred_at == ms("29/2/2016 09:00")
    assert events[1].occurred_at == ms("29/2/2016 09:05")


def test_a_customer_who_answers_waits_for_the_next_reply(told: Tell) -> None:
    rows = [
        {},
        at("10:00", incident_state="Awaiting User Info"),
        at("11:00", incident_state="Active"),
        at("11:30", incident_state="Active"),
        at("12:00", incident_state="Resolved"),
    ]
    messages = [event for event in told(*rows) if event.type is EventType.MESSAGE_ADDED]
    assert [(event.actor, event.occurred_at) for event in messages] == [
        (ActorKind.RESPONDER, ms("29/2/2016 10:00")),
        (ActorKind.CUSTOMER, ms("29/2/2016 11:00")),
        (ActorKind.RESPONDER, ms("29/2/2016 12:00")),
    ]


def test_giving_up_on_a_silent_customer_is_no_message(told: Tell) -> None:
    rows = [{}, at("10:00", incident_state="Awaiting User Info"), at("11:00", incident_state="Resolved")]
    assert [e.actor for e in told(*rows) if e.type is EventType.MESSAGE_ADDED] == [ActorKind.RESPONDER]


def test_the_caller_is_only_a_pseudonym(told: Tell) -> None:
    one, other = told({})[0].requester, told({"caller_id": "Caller 2"})[0].requester
    assert one
    assert one != other
    assert "aller" not in one


def test_times_are_local_to_the_zone_given(told: Tell) -> None:
    assert told({}, zone="America/Sao_Paulo")[0].occurred_at == ms("29/2/2016 12:00")


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.xz"])
def test_plain_and_compressed_files_read_the_same(tmp_path: Path, ending: str) -> None:
    plain = table(tmp_path / "plain.csv", {}, at("10:00", incident_state="Active"))
    path = tmp_path / f"log{ending}"
    pack = {".csv": bytes, ".csv.gz": gzip.compress, ".csv.xz": lzma.compress}[ending]
    path.write_bytes(pack(plain.read_bytes()))
    assert list(ServiceNowLog(path).events()) == list(ServiceNowLog(plain).events())


def test_another_table_is_refused_with_the_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("number,when\n1,2\n")
    with pytest.raises(UnreadableTableError, match=r"no column incident_state, opened_at.*right file"):
        ServiceNowLog(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.xz"
    path.write_bytes(SLICE.read_bytes()[:50_000])
    with pytest.raises(UnreadableTableError, match="complete"):
        ServiceNowLog(path)


def test_a_time_in_another_format_is_refused_with_its_row(told: Tell) -> None:
    with pytest.raises(UnreadableTableError, match=r"row 2 .*dd/mm/yyyy"):
        told({"sys_updated_at": "2016-02-29T09:00"})


def test_incidents_are_chosen_whole_by_their_opening(tmp_path: Path) -> None:
    later = at("12:00", number="INC2", opened_at="1/3/2016 09:00") | {"sys_updated_at": "1/3/2016 09:10"}
    log = ServiceNowLog(table(tmp_path / "log.csv", {}, {"sys_updated_at": "2/3/2016 09:00", "incident_state": "Closed"}, later))
    split = ms("1/3/2016 00:00")
    assert {event.ticket_id for event in log.events(opened_until=split)} == {"INC1"}
    assert len(list(log.events(opened_until=split))) == 4
    assert {event.ticket_id for event in log.events(opened_from=split)} == {"INC2"}


# The two weeks. Their facts stand in tests/data/ATTRIBUTION.md; they were counted on the CSV without the importer.


@pytest.fixture(scope="module")
def log() -> ServiceNowLog:
    return ServiceNowLog(SLICE)


@pytest.fixture(scope="module")
def events(log: ServiceNowLog) -> list[Event]:
    return list(log.events())


def test_the_file_is_the_one_described(log: ServiceNowLog) -> None:
    plain = lzma.decompress(SLICE.read_bytes())
    assert hashlib.sha256(plain).hexdigest() == "2bd44333902a892fc1986e7549f16ea399a94a752cbb18eb33c9181133c774b8"
    assert (log.rows, log.skipped_rows, len(log.incidents)) == (28_071, 0, 3_931)


def test_first_replies_add_up(events: list[Event]) -> None:
    created = {event.ticket_id: event.occurred_at for event in events if event.type is EventType.CREATED}
    first: dict[str, int] = {}
    for event in replies(events):
        first.setdefault(event.ticket_id, event.occurred_at)
    waits = sorted((first[ticket] - created[ticket]) // 60_000 for ticket in created)
    assert (len(waits), sum(waits), waits[(len(waits) - 1) // 2]) == (3_931, 9_691_538, 182)
    assert waits[0] == 0


def test_every_row_speaks_once_and_ids_are_distinct(events: list[Event]) -> None:
    rows = [event for event in events if event.type in (EventType.SNAPSHOT, EventType.STATUS_CHANGED)]
    assert len(rows) == 28_071
    assert len({event.id for event in events}) == len(events)


def test_arrival_never_goes_back_and_nothing_is_from_the_future(events: list[Event]) -> None:
    arrivals = [event.ingested_at or 0 for event in events]
    assert arrivals == sorted(arrivals)
    assert all(event.occurred_at <= arrival for event, arrival in zip(events, arrivals, strict=True))
