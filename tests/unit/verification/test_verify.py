"""A verified log, and every kind of damage: each is found, and the finding names where it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from agents.cli import main
from agents.history import Placed
from agents.verification.findings import Check, Finding, Report
from agents.verification.log import EventRecords
from agents.verification.outputs import compare_outputs, report_of
from agents.verification.said import Document
from pipeline.arrival import keyed
from pipeline.codec import encode
from pipeline.config import Domain
from pipeline.engine import Topic
from pipeline.events import Event, EventType, Status
from pipeline.offline import OfflineRun
from pipeline.signals import SlaEventType
from tests.support import month
from tests.support.story import Story

TICKETS = 40


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return month.log(TICKETS)


def run_of(events: list[Event], domain: Domain = month.DOMAIN) -> Document:
    run = OfflineRun(domain)
    run.feed(keyed(map(encode, events)))
    outputs = run.close(month.END_MS)
    names = {"service_levels": Topic.SERVICE_LEVELS, "tickets": Topic.CLOCKS, "repeats": Topic.REPEATS}
    raw = {name: [msgspec.Raw(value) for value in outputs.compacted[topic].values()] for name, topic in names.items()}
    raw["sla_events"] = [msgspec.Raw(value) for _, value in outputs.sla_events]
    return msgspec.json.decode(msgspec.json.encode(raw), type=Document)


@pytest.fixture(scope="module")
def said(events: list[Event]) -> Document:
    return run_of(events)


def verified(events: list[Event], document: Document, domain: Domain = month.DOMAIN) -> Report:
    records = EventRecords(domain)
    records.take(Placed(0, place, *line, ()) for place, line in enumerate(keyed(map(encode, events))))
    report = report_of(records, {0: month.END_MS})
    compare_outputs(report, domain, records, document.said(), {0: month.END_MS})
    return report


def found(report: Report, check: Check) -> list[Finding]:
    return [finding for finding in report.findings if finding.check is check]


def test_what_a_run_says_agrees_with_its_log(events: list[Event], said: Document) -> None:
    report = verified(events, said)
    assert report.findings == []
    assert report.agrees
    assert report.unchecked == []
    assert {checked.check for checked in report.checks} == {
        *(Check.TICKETS, Check.WAITS, Check.PROMISES, Check.SUMS, Check.REPEATS),
    }
    assert all(checked.compared for checked in report.checks)
    assert report.duplicates == len(events) - len({(event.tenant, event.source, event.id) for event in events})


def test_a_lost_event_is_found_at_its_ticket(events: list[Event]) -> None:
    lost = next(event for event in events if event.type is EventType.CREATED and event.status is not Status.SOLVED)
    report = verified(events, run_of([event for event in events if event.id != lost.id]))
    assert lost.ticket_id in {finding.ticket_id for finding in found(report, Check.TICKETS)}
    assert "created" in {finding.measure for finding in found(report, Check.SUMS)}


def test_an_event_counted_twice_is_found(events: list[Event]) -> None:
    reply = next(e for e in events if e.type is EventType.MESSAGE_ADDED and e.actor == "responder" and e.message_kind == "reply")
    report = verified(events, run_of([*events, replace(reply, id="counted twice", occurred_at=reply.occurred_at + 1)]))
    named = {(finding.ticket_id, finding.what): finding for finding in found(report, Check.TICKETS)}
    finding = named[reply.ticket_id, "replies"]
    assert (finding.expected, finding.found) == (int(finding.found or 0) - 1, finding.found)


def test_a_lost_ticket_breaks_the_conservation_of_tickets(events: list[Event], said: Document) -> None:
    lost = said.tickets[7]
    report = verified(events, replace(said, tickets=[one for one in said.tickets if one is not lost]))
    assert [(f.ticket_id, f.found) for f in found(report, Check.TICKETS)] == [(lost.ticket_id, "missing")]
    assert "tickets in the log" in {law.name for law in report.laws if not law.holds}


def test_a_wait_without_an_end_breaks_the_conservation_of_waits(events: list[Event], said: Document) -> None:
    idle = next(one for one in said.tickets if one.waiting_since is None and one.status == "solved")
    tickets = [replace(one, waiting_since=one.created_at) if one is idle else one for one in said.tickets]
    report = verified(events, replace(said, tickets=tickets))
    assert [finding.ticket_id for finding in found(report, Check.WAITS)] == [idle.ticket_id]
    assert [law.name for law in report.laws if not law.holds] == ["waits begun"]


def test_a_moved_deadline_is_found_on_the_clock_and_on_the_breach(events: list[Event], said: Document) -> None:
    late = next(one for one in said.tickets if any(clock.state == "running" for clock in one.clocks))
    clocks = tuple(replace(clock, due_at=(clock.due_at or 0) + 1) for clock in late.clocks)
    tickets = [replace(one, clocks=clocks) if one is late else one for one in said.tickets]
    assert [f.ticket_id for f in found(verified(events, replace(said, tickets=tickets)), Check.TICKETS)] == [late.ticket_id]
    breach = next(event for event in said.sla_events if event.type is SlaEventType.BREACHED)
    moved = [replace(one, occurred_at=one.occurred_at + 1) if one is breach else one for one in said.sla_events]
    report = verified(events, replace(said, sla_events=moved))
    assert {finding.ticket_id for finding in found(report, Check.PROMISES)} == {breach.ticket_id}
    assert {finding.what for finding in found(report, Check.PROMISES)} == {
        *("breaches that stand, time and how often", "the deadline beside a breach"),
    }


@pytest.mark.parametrize("copies", [0, 2], ids=["dropped", "said twice"])
def test_a_breach_dropped_or_said_twice_breaks_their_conservation(events: list[Event], said: Document, copies: int) -> None:
    taken_back = {(e.ticket_id, e.occurred_at) for e in said.sla_events if e.type is SlaEventType.BREACH_RETRACTED}
    breach = next(
        event
        for event in said.sla_events
        if event.type is SlaEventType.BREACHED and (event.ticket_id, event.occurred_at) not in taken_back
    )
    told = [one for event in said.sla_events for one in [event] * (copies if event is breach else 1)]
    report = verified(events, replace(said, sla_events=told))
    finding = found(report, Check.PROMISES)[0]
    assert (finding.ticket_id, finding.measure) == (breach.ticket_id, f"{breach.measure.value} {breach.instance}")
    assert (finding.expected, finding.found) == (f"{breach.occurred_at} x 1", f"{breach.occurred_at} x 2" if copies else "")
    assert [law.name for law in report.laws if not law.holds] == ["breaches that stand"]


def test_a_changed_sum_is_found_in_its_window(events: list[Event], said: Document) -> None:
    level = next(level for level in said.service_levels if "full_resolution" in level.windows["30d"].durations)
    window = level.windows["30d"]
    measure = window.durations["full_resolution"]
    wrong = replace(measure, now=replace(measure.now, sum_ms=measure.now.sum_ms + 1))
    changed = replace(window, durations=window.durations | {"full_resolution": wrong})
    levels = [replace(one, windows=one.windows | {"30d": changed}) if one is level else one for one in said.service_levels]
    (finding,) = found(verified(events, replace(said, service_levels=levels)), Check.SUMS)
    assert (finding.segment, finding.measure, finding.window) == (level.segment, "full_resolution", "30d")
    assert finding.what == "sum, ms"
    assert finding.found == measure.now.sum_ms + 1


def test_a_ticket_that_was_forgotten_and_came_back_breaks_its_promises_in_each_life() -> None:
    target = {"measure": "next_reply", "within": {"normal": "1h"}, "clock": "calendar"}
    plain = Domain.model_validate({"reopen_horizon": "3d", "policies": [{"name": "all", "targets": [target]}]})
    story = Story().created("2026-03-02 09:00").reply("2026-03-02 09:05").customer("2026-03-02 10:00").reply("2026-03-02 12:00")
    story.solve("2026-03-02 13:00").customer("2026-03-09 10:00", status=Status.OPEN).reply("2026-03-09 12:00")
    report = verified(story.events, run_of(story.events, plain), plain)
    assert report.findings == []
    (law,) = (law for law in report.laws if law.name == "breaches that stand")
    assert (law.total, law.holds) == (2, True)


def test_of_a_log_whose_beginning_is_gone_the_whole_lives_are_compared(events: list[Event], said: Document) -> None:
    lines = list(enumerate(keyed(map(encode, events))))
    records = EventRecords(month.DOMAIN)
    records.take(Placed(0, place, *line, ()) for place, line in lines[len(lines) // 3 :])
    report = report_of(records, {0: month.END_MS})
    compare_outputs(report, month.DOMAIN, records, said.said(), {0: month.END_MS})
    assert report.findings == []
    assert {checked.check for checked in report.checks} == {Check.TICKETS, Check.WAITS, Check.PROMISES}
    assert 10 < report.tickets < TICKETS
    assert "retention has removed the beginning of the log" in report.unchecked[0]


def told_by(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, bytes]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsysbinary.readouterr().out


@pytest.fixture
def files(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> tuple[Path, Path]:
    log, out = tmp_path / "log.ndjson", tmp_path / "said.json"
    story = Story().created("2026-03-02 09:00", queue="billing").reply("2026-03-02 09:20").solve("2026-03-02 10:00")
    log.write_bytes(b"\n".join(map(encode, [*story.events, story.events[1]])))
    code, document = told_by(capsysbinary, "run", str(log), "--format", "json", "--until-after", "1h")
    assert code == 0
    out.write_bytes(document)
    return log, out


def test_the_command_says_that_all_is_well(files: tuple[Path, Path], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    code, text = told_by(capsysbinary, "verify", str(files[0]), "--output", str(files[1]))
    assert (code, b"everything agrees" in text) == (0, True)
    code, document = told_by(capsysbinary, "verify", str(files[0]), "-o", str(files[1]), "--format", "json")
    report = json.loads(document)
    assert (code, report["agrees"], report["duplicates"], report["tickets"]) == (0, True, 1, 1)


def test_the_command_names_what_differs_and_what_to_do(
    files: tuple[Path, Path], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    log, out = files
    out.write_bytes(out.read_bytes().replace(b'"replies":1', b'"replies":2'))
    code, text = told_by(capsysbinary, "verify", str(log), "--output", str(out))
    assert code == 1
    assert b"acme:T1: replies: 1 in the log, 2 said" in text
    assert b"what to do: `firstreply explain ticket" in text
    code, document = told_by(capsysbinary, "verify", str(log), "--output", str(out), "--format", "json")
    report = json.loads(document)
    assert (code, report["agrees"]) == (1, False)
    assert report["advice"]["tickets"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (lambda log, out: [str(log)], 2),
        (lambda log, out: ["--output", str(out)], 2),
        (lambda log, out: [str(log), "--output", str(log)], 1),
        (lambda log, out: ["missing.ndjson", "--output", str(out)], 1),
    ],
)
def test_what_cannot_be_verified_is_said(
    files: tuple[Path, Path], capsysbinary: pytest.CaptureFixture[bytes], arguments: Callable[[Path, Path], list[str]], code: int
) -> None:
    assert told_by(capsysbinary, "verify", *arguments(*files))[0] == code
