"""What a plan is made from: tickets that came, and responders' events, out of files or topics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from agents.history import Told, from_topic
from agents.settings import Settings
from pipeline.additions import Additions
from pipeline.config import Domain, zone_of
from pipeline.engine import Effects, LogRecord, TimeMode, Topic
from pipeline.offline import BATCH_RECORDS
from pipeline.responders.codec import decode
from pipeline.responders.events import ResponderEvent
from pipeline.responders.model import RespondersModel
from pipeline.staffing.arrivals import Arrivals
from pipeline.staffing.people import People
from pipeline.staffing.plan import Past
from pipeline.tickets.engine import TicketsEngine
from pipeline.timestamps import LATEST_MS
from pipeline.windows.slots import HOUR, MINUTE_MS, Slots

LEAST_CONTACTS = 30
"""Fewer contacts than this measure no handling time."""
_DECODE = msgspec.msgpack.Decoder(Additions).decode


def arrivals_of(domain: Domain, records: Iterable[Told]) -> Past | None:
    """Fold the tickets of a log, as the pipeline does, and count when they came; `None`: there was no event.

    So duplicates count once, and a ticket counts where it is now, as in every number.
    """
    slots = Slots(zone_of(domain))
    found = Arrivals(domain.dimensions, slots)
    engine = TicketsEngine(domain.model_copy(update={"customers": None, "responders": RespondersModel()}), time=TimeMode.EVENT)
    first_ms = latest_ms = 0
    for batch in _batches(records):
        first_ms, latest_ms = first_ms or batch[0].timestamp, batch[-1].timestamp
        _count(found, engine.apply(batch))
    if not latest_ms:
        return None
    # The hours in which the log begins and ends are not whole.
    return Past(found, slots.hour((first_ms - 1) // MINUTE_MS) + HOUR, slots.hour((latest_ms + 1) // MINUTE_MS))


def _count(found: Arrivals, effects: Effects) -> None:
    for emit in effects.emits:
        if emit.topic is Topic.PANES and emit.value is not None:
            found.add(_DECODE(emit.value))


def _batches(records: Iterable[Told]) -> Iterator[list[LogRecord]]:
    batch: list[LogRecord] = []
    for offset, record in enumerate(records):
        batch.append(LogRecord(Topic.TICKET_EVENTS.value, 0, offset, record.at_ms, record.key, record.value))
        if len(batch) == BATCH_RECORDS:
            yield batch
            batch = []
    if batch:
        yield batch


def people_of(lines: Iterable[bytes]) -> People:
    """Read responder events; lines that are none are left out."""
    people = People()
    for line in lines:
        event = decode(line, appended_at=LATEST_MS)
        if isinstance(event, ResponderEvent):
            people.add(event)
    return people


def responder_lines(file: Path) -> Iterator[bytes]:
    """Yield the lines of a file.

    Raises:
        OSError: it cannot be read.

    """
    with file.open("rb") as stream:
        yield from (line for line in stream if line.strip())


def responder_records(settings: Settings) -> Iterator[bytes]:
    """Yield what the topic holds.

    Raises:
        MissingTopicError: the topic is not there.
        OSError, KafkaError: the broker does not answer.

    """
    yield from (told.value for told in from_topic(settings, Topic.RESPONDER_EVENTS) if told.value)


def measured(domain: Domain, past: Past, people: People, tenant: str) -> dict[str, int]:
    """Return queue -> time, ms, that responders told to be busy spent per contact, where enough came to say so."""
    window = past.since * MINUTE_MS, past.until * MINUTE_MS
    found = {}
    for queue in past.arrivals.queues(tenant):
        contacts = past.arrivals.total(tenant, queue, past.since, past.until).total()
        busy_ms = people.busy_ms(tenant, queue, window, domain.responders.stale_after)
        if contacts >= LEAST_CONTACTS and busy_ms:
            found[queue] = max(1_000, busy_ms // contacts)
    return found
