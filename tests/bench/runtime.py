"""Measure the partition runtime with a toy engine: `python -m tests.bench.runtime [records] [keys]`. Prints, never fails.

One worker on Apache Kafka with exactly-once, the broker on the same machine: records a second and CPU a record against consuming
and decoding alone, rows restored a second, seconds to stop under load. Records are about 160 bytes, spread over the keys.
"""

from __future__ import annotations

import asyncio
import re
import resource
import sys
import time
from pathlib import Path

import msgspec
from aiokafka import TopicPartition

from agents.partitions.clients import new_consumer, new_producer
from tests.support.broker import KafkaBroker
from tests.support.toy_world import ToyWorker, ToyWorld, toy_world, until

PARTITIONS = 4
AT_ONCE = 5_000
TICKS_PER_SECOND = 100  # of /proc on Linux


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def fill(world: ToyWorld, records: int, keys: int) -> None:
    producer = new_producer(world.access, enable_idempotence=False, acks=1, linger_ms=2, max_batch_size=1 << 20)
    await producer.start()
    each = records // PARTITIONS
    for start in range(0, each, AT_ONCE):
        sent = []
        for partition in range(PARTITIONS):
            batch = producer.create_batch()
            for number in range(start, min(start + AT_ONCE, each)):
                key = b"ticket-%d-%d" % (partition, number % (keys // PARTITIONS))
                batch.append(timestamp=None, key=key, value=b"x" * 140)
            sent.append(await producer.send_batch(batch, world.settings.source, partition=partition))
        await asyncio.gather(*sent)
    await producer.stop()


async def consume_only(world: ToyWorld, records: int) -> None:
    consumer = new_consumer(world.access, auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20)
    await consumer.start()
    consumer.assign([TopicPartition(world.settings.source, partition) for partition in range(PARTITIONS)])
    began, spent, seen = time.monotonic(), time.process_time(), 0
    while seen < records:
        for found in (await consumer.getmany(timeout_ms=200, max_records=20_000)).values():
            seen += len(found)
    report("consume and decode only", seen, time.monotonic() - began, time.process_time() - spent)
    await consumer.stop()


def report(what: str, records: int, seconds: float, cpu_seconds: float) -> None:
    say(f"{what:28} {records / seconds:10,.0f} records/s  {cpu_seconds / records * 1e6:6.2f} us CPU a record")


def cpu_seconds(worker: ToyWorker) -> float:
    fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


async def run(world: ToyWorld, records: int) -> None:
    worker = world.start()
    await world.until_applied(1)
    began, spent, first = time.monotonic(), cpu_seconds(worker), await world.applied()
    await world.until_applied(records, 600, pause_seconds=0.5)
    report("toy engine, exactly once", records - first, time.monotonic() - began, cpu_seconds(worker) - spent)
    say(f"{'stop, idle':28} {worker.stop()[1]:10.2f} s")


async def restore(world: ToyWorld) -> None:
    worker = world.start(loglevel="INFO")
    pattern = re.compile(r"restored (\d+) rows in ([\d.]+) s")

    async def all_restored() -> bool:
        return len(pattern.findall(worker.printed)) == PARTITIONS

    await until(all_restored, 600, world.explain)
    found = [(int(rows), float(seconds)) for rows, seconds in pattern.findall(worker.printed)]
    rows = sum(rows for rows, _ in found)
    say(f"{'restore':28} {rows / max(seconds for _, seconds in found):10,.0f} rows/s  ({rows:,} rows)")
    worker.stop()


async def stop_under_load(world: ToyWorld, again: ToyWorld, records: int) -> None:
    again.settings = msgspec.structs.replace(again.settings, source=world.settings.source)
    worker = again.start()
    await again.until_applied(records // 10)
    code, seconds = worker.stop()
    say(f"{'stop under load':28} {seconds:10.2f} s, exit code {code}, {await again.applied():,} of {records:,} applied")


async def measure(bootstrap: str, records: int, keys: int) -> None:
    settings = {"partitions": PARTITIONS, "batch_records": 4_000}
    with toy_world(bootstrap, "bench", **settings) as world, toy_world(bootstrap, "again", **settings) as again:
        await world.create()
        await again.create()
        await fill(world, records, keys)
        await consume_only(world, records)
        await run(world, records)
        await restore(world)
        await stop_under_load(world, again, records)


def main() -> None:
    records, keys = (int(argument) for argument in (*sys.argv[1:3], *("2000000", "200000")[len(sys.argv) - 1 :]))
    with KafkaBroker(heap_mb=1024) as kafka:
        asyncio.run(measure(kafka.bootstrap, records, keys))
    say(f"{'peak memory, all workers':28} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:10,.0f} MiB")


if __name__ == "__main__":
    main()
