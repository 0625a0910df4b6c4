"""The limit: consume with aiokafka and decode, nothing else. `python -m ...consume BOOTSTRAP TOPIC COUNT PARTITIONS`."""

from __future__ import annotations

import asyncio
import sys

from aiokafka import TopicPartition

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_consumer
from pipeline.codec import decode
from pipeline.events import Event
from tests.bench.contenders.outcome import Meter, tell

PASSES = 3
"""The log is read this often: once is over too soon to be measured."""


async def consume(bootstrap: str, topic: str, count: int, partitions: int) -> None:
    consumer = new_consumer(BrokerAccess(bootstrap=bootstrap), auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20)
    await consumer.start()
    places = [TopicPartition(topic, partition) for partition in range(partitions)]
    consumer.assign(places)
    meter, total = Meter(), 0
    for once in range(PASSES):
        await consumer.seek_to_beginning(*places)
        seen = 0
        while seen < count:
            for found in (await consumer.getmany(timeout_ms=200, max_records=20_000)).values():
                if not total:
                    meter.begin()
                for record in found:
                    event = decode(record.value, record.headers, appended_at=record.timestamp)
                    assert type(event) is Event, (once, event)
                seen += len(found)
                total += len(found)
    tell(meter.outcome(total, None))
    await consumer.stop()


if __name__ == "__main__":
    asyncio.run(consume(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
