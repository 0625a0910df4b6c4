"""The log on the broker, and one run of each contender against it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from agents.admin import opened
from agents.configuration import load
from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_consumer, new_producer
from agents.settings import Settings
from agents.topicadmin import apply, create
from agents.topics import TopicSpec, declared, name_of
from pipeline.engine import Topic
from pipeline.partitioning import partition_of
from pipeline.signals import TicketClocks
from tests.bench.contenders.outcome import Outcome
from tests.bench.job import Ending, ending_of
from tests.bench.stream import CONFIG, Told

PARTITIONS = 4
PREFIX = "bench."
ROOT = Path(__file__).resolve().parents[2]
_BATCH_BYTES = 1 << 20
_TIMEOUT_SECONDS = 900
_KEPT = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}


class ContenderFailedError(RuntimeError):
    """A contender ended without a result; the message carries the end of what it printed."""


def settings_at(bootstrap: str, run: str) -> Settings:
    """Return the configuration of firstreply for one run."""
    found = load(CONFIG, broker={"bootstrap": bootstrap}, worker={"app_id": f"bench-{run}"}, topics={"prefix": PREFIX})
    assert found.topics.ticket_partitions == PARTITIONS
    return found


async def _send(bootstrap: str, topic: str, log: Sequence[Told]) -> None:
    producer = new_producer(BrokerAccess(bootstrap=bootstrap), enable_idempotence=False, max_batch_size=_BATCH_BYTES)
    await producer.start()
    batches = {partition: producer.create_batch() for partition in range(PARTITIONS)}
    sent: list[Any] = []
    for told in log:
        partition = partition_of(told.key, PARTITIONS)
        if batches[partition].append(timestamp=told.timestamp, key=told.key, value=told.value) is None:
            sent.append(await producer.send_batch(batches[partition], topic, partition=partition))
            batches[partition] = producer.create_batch()
            assert batches[partition].append(timestamp=told.timestamp, key=told.key, value=told.value) is not None
    sent += [await producer.send_batch(batch, topic, partition=partition) for partition, batch in batches.items()]
    await asyncio.gather(*sent)
    await producer.stop()


def fill(bootstrap: str, topic: str, log: Sequence[Told]) -> None:
    """Make a topic and write the log into it, each record with the time at which it arrived."""
    with opened(bootstrap) as admin:
        create(admin, [TopicSpec(topic, PARTITIONS, 1, _KEPT)])
    asyncio.run(_send(bootstrap, topic, log))


async def _delete(bootstrap: str, names: Sequence[str]) -> None:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        while gone := [name for name in names if name in there]:
            try:
                await admin.delete_topics(gone)
            except UnknownTopicOrPartitionError:
                await asyncio.sleep(0.1)
            there = set(await admin.list_topics())
    finally:
        await admin.close()


def clear(settings: Settings) -> None:
    """Make every topic of firstreply anew, but the log."""
    source = name_of(Topic.TICKET_EVENTS, settings.topics)
    bootstrap = settings.broker.bootstrap
    names = [spec.name for spec in declared(settings.topics, settings.time) if spec.name != source]
    asyncio.run(_delete(bootstrap, names))
    apply(settings)  # it also sets how new records of the log are stamped; those that stand there keep their times


async def _clocks(bootstrap: str, topic: str) -> Ending:
    consumer = new_consumer(BrokerAccess(bootstrap=bootstrap), isolation_level="read_committed", auto_offset_reset="earliest")
    await consumer.start()
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    newest: dict[bytes, bytes | None] = {}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for records in (await consumer.getmany(timeout_ms=200, max_records=20_000)).values():
            newest.update((record.key, record.value) for record in records)
    await consumer.stop()
    read = msgspec.json.Decoder(TicketClocks).decode
    return ending_of(read(value).first_reply_ms for value in newest.values() if value is not None)


def clocks_ending(settings: Settings) -> Ending:
    """Return what has become of the tickets, as firstreply has told the world."""
    return asyncio.run(_clocks(settings.broker.bootstrap, name_of(Topic.CLOCKS, settings.topics)))


@contextmanager
def _environment(run: str) -> Iterator[dict[str, str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIRSTREPLY_")}
    yield kept | {"BENCH_RUN": run, "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}


def run_contender(module: str, bootstrap: str, topic: str, count: int, run: str) -> Outcome:
    """Run one contender in a process of its own.

    Raises:
        ContenderFailedError: it ended without a result.

    """
    command = [sys.executable, "-m", f"tests.bench.contenders.{module}", bootstrap, topic, str(count), str(PARTITIONS)]
    with _environment(run) as environment:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            msg = f"{module} did not end within {_TIMEOUT_SECONDS} s"
            raise ContenderFailedError(msg) from error
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"events"')]
    if not lines:
        msg = f"{module} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3_000:]}"
        raise ContenderFailedError(msg)
    return msgspec.json.decode(lines[-1], type=Outcome)
