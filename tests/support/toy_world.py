"""Topics, traffic and worker processes around a toy engine on a real broker."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_consumer, new_producer
from agents.partitions.delivery import Delivery
from agents.partitions.effects import POSITION_KEY, PositionRow
from tests.support.toy_worker import ToySettings

ROOT = Path(__file__).resolve().parents[2]


class Read(NamedTuple):
    """A committed record as a reader sees it."""

    key: bytes | None
    value: bytes | None
    partition: int
    offset: int
    headers: tuple[tuple[str, bytes], ...]


class ToyWorker:
    """A worker process and what it printed."""

    def __init__(self, settings: ToySettings) -> None:
        with tempfile.NamedTemporaryFile(prefix="toy-worker-", suffix=".log", delete=False) as log:
            self.log = Path(log.name)
            command = [sys.executable, "-m", "tests.support.toy_worker", msgspec.json.encode(settings).decode()]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, timeout_seconds: float = 30) -> int:
        """Wait for the end and return the exit code."""
        return self.process.wait(timeout_seconds)

    def stop(self) -> tuple[int, float]:
        """Ask it to end; return the exit code and the seconds that it took."""
        started = time.monotonic()
        self.send(signal.SIGTERM)
        return self.ended(), time.monotonic() - started

    def kill(self) -> None:
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.process.kill()
        self.process.wait()

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")


class ToyWorld:
    """One app on one broker: a source, a changelog, and what the toy engines emit to."""

    def __init__(self, bootstrap: str, name: str, **settings: Any) -> None:
        self.access = BrokerAccess(bootstrap=bootstrap)
        self.settings = ToySettings(bootstrap=bootstrap, app_id=name, source=f"{name}-source", **settings)
        self.workers: list[ToyWorker] = []

    async def create(self, *, changelog_partitions: int | None = None) -> None:
        s = self.settings
        topics = {s.source: s.partitions, s.changelog: changelog_partitions or s.partitions}
        topics |= {f"{s.app_id}-echoes": 2, f"{s.app_id}-alarms": 1, f"{s.app_id}-dead": 1}
        async with self.admin() as admin:
            new_topic: Any = NewTopic
            await admin.create_topics([new_topic(topic, count, 1) for topic, count in topics.items()])

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[Any]:
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    def start(self, **changes: Any) -> ToyWorker:
        worker = ToyWorker(msgspec.structs.replace(self.settings, **changes))
        self.workers.append(worker)
        return worker

    async def produce(self, records: Iterable[tuple[bytes, bytes]], *, partition: int | None = None, **options: Any) -> int:
        """Write records, in order, and return how many."""
        producer = new_producer(
            self.access, enable_idempotence=self.settings.delivery is Delivery.EXACTLY_ONCE, linger_ms=2, **options
        )
        await producer.start()
        try:
            sent = [await producer.send(self.settings.source, value, key=key, partition=partition) for key, value in records]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()
        return len(sent)

    async def read(self, topic: str) -> list[Read]:
        """Return every committed record of a topic, by its last part."""
        consumer = new_consumer(self.access, isolation_level="read_committed", auto_offset_reset="earliest")
        await consumer.start()
        try:
            await consumer._client._wait_on_metadata(topic)
            places = [TopicPartition(topic, partition) for partition in sorted(consumer.partitions_for_topic(topic))]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            found: list[Read] = []
            while [place for place in places if await consumer.position(place) < ends[place]]:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [Read(r.key, r.value, r.partition, r.offset, tuple(r.headers)) for r in records]
            return found
        finally:
            await consumer.stop()

    async def rows(self) -> dict[bytes, bytes]:
        """Return the state that a restore would find, of all partitions."""
        rows = {}
        for record in await self.read(self.settings.changelog):
            if record.key != POSITION_KEY and record.key is not None:
                rows[record.key] = record.value
        return {key: value for key, value in rows.items() if value is not None}

    async def positions(self) -> dict[int, PositionRow]:
        found = await self.read(self.settings.changelog)
        rows = {r.partition: r.value for r in found if r.key == POSITION_KEY and r.value}
        return {partition: msgspec.json.decode(value, type=PositionRow) for partition, value in rows.items()}

    async def counts(self) -> dict[bytes, int]:
        return {key: int(value) for key, value in (await self.rows()).items()}

    async def echoes(self) -> list[Read]:
        return await self.read(f"{self.settings.app_id}-echoes")

    async def alarms(self) -> list[bytes]:
        return [record.value or b"" for record in await self.read(f"{self.settings.app_id}-alarms")]

    async def committed(self) -> dict[int, int]:
        """Return the consumer group's offsets."""
        async with self.admin() as admin:
            try:
                offsets = await admin.list_consumer_group_offsets(self.settings.app_id)
            except KafkaError:  # the group's coordinator is being elected
                return {}
        return {place.partition: found.offset for place, found in offsets.items() if place.topic == self.settings.source}

    async def applied(self) -> int:
        """Return how many offsets the group has committed (records, where nobody writes in transactions)."""
        return sum(max(0, offset) for offset in (await self.committed()).values())

    async def commit(self, offsets: dict[int, int]) -> None:
        """Move the consumer group's offsets behind the runtime's back."""
        consumer = new_consumer(self.access, group_id=self.settings.app_id)
        await consumer.start()
        try:
            consumer.assign([TopicPartition(self.settings.source, partition) for partition in offsets])
            moved = {TopicPartition(self.settings.source, p): OffsetAndMetadata(offset, "") for p, offset in offsets.items()}
            await consumer.commit(moved)
        finally:
            await consumer.stop()

    async def until_applied(self, count: int, timeout_seconds: float = 60, *, pause_seconds: float = 0.05) -> None:
        async def enough() -> bool:
            return await self.applied() >= count

        await until(enough, timeout_seconds, self.explain, pause_seconds=pause_seconds)

    def explain(self) -> str:
        """Return the end of what every worker printed."""
        return "\n".join(f"--- worker {w.process.pid} ({w.process.poll()})\n{w.printed[-3_000:]}" for w in self.workers)


async def until(
    condition: Callable[[], Awaitable[bool]], timeout_seconds: float, explain: Callable[[], str], *, pause_seconds: float = 0.05
) -> None:
    """Wait for a condition, by a deadline."""
    deadline = time.monotonic() + timeout_seconds
    while not await condition():
        if time.monotonic() > deadline:
            msg = f"nothing came of it within {timeout_seconds} s\n{explain()}"
            raise AssertionError(msg)
        await asyncio.sleep(pause_seconds)


@contextmanager
def toy_world(bootstrap: str, name: str, **settings: Any) -> Iterator[ToyWorld]:
    """Make a world and leave no process behind."""
    world = ToyWorld(bootstrap, name, **settings)
    try:
        yield world
    finally:
        for worker in world.workers:
            worker.kill()
            worker.log.unlink()
