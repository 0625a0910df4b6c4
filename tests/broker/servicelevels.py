"""What stands in a compacted topic on a broker now."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer

from agents.partitions.access import BrokerAccess
from agents.signals.follower import partitions_on
from pipeline.engine import Topic
from pipeline.signals import ServiceLevel


def levels_on(bootstrap: str, topic: str = Topic.SERVICE_LEVELS) -> list[ServiceLevel]:
    """Return the newest service level of every segment."""
    return [msgspec.json.decode(value, type=ServiceLevel) for value in newest_on(bootstrap, topic).values() if value]


def newest_on(bootstrap: str, topic: str) -> dict[bytes, bytes | None]:
    """Return the newest committed value of every key."""
    return asyncio.run(_newest(bootstrap, topic))


async def _newest(bootstrap: str, topic: str) -> dict[bytes, bytes | None]:
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        parts = await partitions_on(BrokerAccess(bootstrap=bootstrap), [topic])
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        newest: dict[bytes, bytes | None] = {}
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                newest |= {record.key: record.value for record in records}
        return newest
    finally:
        await consumer.stop()
