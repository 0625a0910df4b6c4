"""Verifies a pipeline on a broker: its input topic counted again, against its output topics, its state and its metrics."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from agents.history import MissingTopicError, Placed, placed
from agents.partitions.effects import POSITION_KEY, PositionRow
from agents.settings import Settings
from agents.topics import Changelog
from agents.verification.findings import Report
from agents.verification.log import EventRecords
from agents.verification.metrics import Scrape, compare_metrics
from agents.verification.outputs import asks_of_customers, at_tick, compare_outputs, report_of
from agents.verification.said import Said
from agents.verification.state import SegmentRows, compare_state, tick_of
from pipeline.engine import CUSTOMER_TOPICS, DeadLetter, TimeMode, Topic

ATTEMPTS = 3
_OUTPUTS = (Topic.SLA_EVENTS, Topic.SERVICE_LEVELS, Topic.CLOCKS, Topic.REPEATS)
_PAGE_SECONDS = 10


class NothingAppliedError(LookupError):
    """No state is on the broker: the pipeline has not run, or keeps none."""


@dataclass(frozen=True)
class Standing:
    """How far the pipeline has come: by partition of each stage, its position."""

    tickets: dict[int, PositionRow]
    segments: dict[int, PositionRow]
    rows: dict[bytes, bytes]
    """The segments' rows."""
    tick_ms: int
    """Event time: the last tick that the segments completed."""

    def moved(self, later: Standing) -> bool:
        """Return whether anything was applied since."""
        return any(
            {p: row.next_offset for p, row in before.items()} != {p: row.next_offset for p, row in after.items()}
            for before, after in ((self.tickets, later.tickets), (self.segments, later.segments))
        )


def verify(settings: Settings, urls: Sequence[str] = (), wait: Callable[[float], None] = time.sleep) -> Report:
    """Compare; where the pipeline was at work meanwhile, or differs and may only be behind, compare again.

    Raises:
        MissingTopicError: a topic is not there.
        NothingAppliedError: there is no state.
        OSError, KafkaError: the broker or a page of metrics does not answer.

    """
    for attempt in range(1, ATTEMPTS + 1):
        before = standing_of(settings)
        report = _once(settings, before, urls)
        moved = before.moved(standing_of(settings))
        if not moved and (report.agrees or settings.time is TimeMode.EVENT):
            return report
        if attempt < ATTEMPTS:
            wait(settings.domain.heartbeat / 1_000)
    if moved:
        report.unchecked.append("the pipeline was at work all the while: differences may be what it had not said yet")
    return report


def standing_of(settings: Settings) -> Standing:
    """Read how far every stage has come."""
    tickets, _ = _rows(settings, Changelog.TICKETS)
    segments, rows = _rows(settings, Changelog.SEGMENTS)
    if not tickets:
        raise NothingAppliedError
    return Standing(tickets, segments, rows, tick_of(rows))


def _rows(settings: Settings, changelog: Changelog) -> tuple[dict[int, PositionRow], dict[bytes, bytes]]:
    """Return the position of each partition, and the newest rows of all of them."""
    positions: dict[int, PositionRow] = {}
    rows: dict[bytes, bytes] = {}
    for record in placed(settings, changelog):
        if record.key == POSITION_KEY and record.value is not None:
            positions[record.partition] = msgspec.json.decode(record.value, type=PositionRow)
        elif record.key is not None and record.value is not None:
            rows[record.key] = record.value
        elif record.key is not None:
            rows.pop(record.key, None)
    return positions, rows


def _once(settings: Settings, standing: Standing, urls: Sequence[str]) -> Report:
    domain, live = settings.domain, settings.time is TimeMode.LIVE
    letters = (record.value for record in placed(settings, Topic.DEAD_LETTERS) if record.value is not None)
    records = EventRecords(domain, [msgspec.json.decode(letter, type=DeadLetter) for letter in letters])
    behind = _Applied(standing.tickets)
    records.take(record for record in placed(settings, Topic.TICKET_EVENTS) if behind.covers(record))
    until = {p: row.tick_ms if live else records.latest.get(p, 0) for p, row in standing.tickets.items()}
    report = report_of(records, until)
    if behind.left:
        report.unchecked.append(f"{behind.left} records of the log that the pipeline has not applied yet")
    said = _said(settings)
    truth = compare_outputs(report, domain, records, said, until, live=live)
    if records.beginnings:
        return report
    with_customers = not asks_of_customers(domain, records, truth)
    if not live:
        truth = at_tick(records, standing.tick_ms, until)
    report.checks.append(compare_state(truth, SegmentRows(standing.rows), with_customers=with_customers))
    if urls:
        report.checks.append(compare_metrics(truth, Scrape(_page(url) for url in urls)))
    else:
        report.unchecked.append("metrics: no --metrics-url was given")
    return report


class _Applied:
    """Leaves out the records that the pipeline has not applied yet, and counts them."""

    def __init__(self, positions: dict[int, PositionRow]) -> None:
        self._positions = positions
        self.left = 0

    def covers(self, record: Placed) -> bool:
        row = self._positions.get(record.partition)
        applied = row is not None and record.offset < row.next_offset
        self.left += not applied
        return applied


def _said(settings: Settings) -> Said:
    said = Said()
    for topic in _OUTPUTS:
        if topic in CUSTOMER_TOPICS and settings.domain.customers is None:
            continue
        try:
            for record in placed(settings, topic):
                said.take(topic, record.key or b"", record.value)
        except MissingTopicError:
            if topic not in CUSTOMER_TOPICS:
                raise
    return said


def _page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_PAGE_SECONDS) as answer:  # noqa: S310 - the operator's own worker
        text: str = answer.read().decode()
    return text
