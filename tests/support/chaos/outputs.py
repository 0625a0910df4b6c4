"""What a pipeline has left behind on the broker, as a `read_committed` reader finds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiokafka import TopicPartition

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_consumer
from agents.partitions.restore import ChangelogReader
from agents.settings import Settings
from agents.topics import Changelog, name_of
from pipeline.additions import Additions
from pipeline.engine import DeadLetter, Topic
from pipeline.signals import ServiceLevel, SlaEvent, SlaEventType, TicketClocks
from tests.support.sums import Sums

_AT_ONCE = 20_000
_additions = msgspec.msgpack.Decoder(Additions)
_sla_event = msgspec.json.Decoder(SlaEvent)


@dataclass
class Outputs:
    """Everything that was said."""

    sums: Sums = field(default_factory=Sums)
    sla_ids: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(id, type) of every SLA event: a fact told twice over is one too many."""
    detections: list[SlaEvent] = field(default_factory=list)
    """Breaches, as they were said."""
    clocks: dict[bytes, TicketClocks] = field(default_factory=dict)
    levels: dict[bytes, ServiceLevel] = field(default_factory=dict)
    dead: Counter[tuple[int, int]] = field(default_factory=Counter)
    """(partition, offset) of every dead letter."""
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    """(stage, partition) -> next offset, from the changelog."""
    panes_ends: dict[int, int] = field(default_factory=dict)
    """Partition of `panes` -> offset after its last committed record."""


async def read(settings: Settings) -> Outputs:
    """Read every output topic, and the positions in the changelogs."""
    outputs = Outputs()
    access = BrokerAccess(bootstrap=settings.broker.bootstrap)
    async for record in records(access, name_of(Topic.PANES, settings.topics)):
        outputs.sums.additions(_additions.decode(record.value))
        outputs.panes_ends[record.partition] = record.offset + 1
    async for record in records(access, name_of(Topic.SLA_EVENTS, settings.topics)):
        event = _sla_event.decode(record.value)
        outputs.sums.sla_event(event)
        outputs.sla_ids[event.id, event.type] += 1
        if event.type is SlaEventType.BREACHED:
            outputs.detections.append(event)
    for key, value in (await newest(access, name_of(Topic.CLOCKS, settings.topics))).items():
        outputs.clocks[key] = msgspec.json.decode(value, type=TicketClocks)
    for key, value in (await newest(access, name_of(Topic.SERVICE_LEVELS, settings.topics))).items():
        outputs.levels[key] = msgspec.json.decode(value, type=ServiceLevel)
    async for record in records(access, name_of(Topic.DEAD_LETTERS, settings.topics)):
        letter = msgspec.json.decode(record.value, type=DeadLetter)
        assert record.key == f"{letter.topic}:{letter.partition}:{letter.offset}".encode()
        outputs.dead[letter.partition, letter.offset] += 1
    await _read_positions(access, settings, outputs)
    return outputs


async def _read_positions(access: BrokerAccess, settings: Settings, outputs: Outputs) -> None:
    topics = settings.topics
    for stage, changelog, count in (
        ("tickets", Changelog.TICKETS, topics.ticket_partitions),
        ("segments", Changelog.SEGMENTS, topics.pane_partitions),
    ):
        for partition in range(count):
            async with ChangelogReader(access) as reader:
                restored = await reader.read(name_of(changelog, topics), partition, lambda _rows, _left: None)
            assert restored.position is not None
            outputs.positions[stage, partition] = restored.position.next_offset


async def newest(access: BrokerAccess, topic: str) -> dict[bytes, bytes]:
    """Return the newest value of every key of a compacted topic."""
    found: dict[bytes, bytes] = {}
    async for record in records(access, topic):
        if record.value is None:
            found.pop(record.key, None)
        else:
            found[record.key] = record.value
    return found


async def records(access: BrokerAccess, topic: str) -> AsyncIterator[Any]:
    """Yield every committed record of a topic, by its last part."""
    consumer = new_consumer(
        access, isolation_level="read_committed", auto_offset_reset="earliest", max_partition_fetch_bytes=8 << 20
    )
    await consumer.start()
    try:
        await consumer._client._wait_on_metadata(topic)
        places = [TopicPartition(topic, partition) for partition in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for found in (await consumer.getmany(timeout_ms=200, max_records=_AT_ONCE)).values():
                for record in found:
                    yield record
    finally:
        await consumer.stop()
