"""Following topics on a real broker: the contract of `agents.followers.follower`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.admin import NewTopic

from agents.childprocess import free_port
from agents.clock import SystemClock
from agents.followers.follower import Follower, Positions, following
from agents.lifetime import run_until
from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_admin, new_producer
from agents.partitions.failstop import ConfigurationError, UnavailableError
from tests.support.broker import KafkaBroker

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]
PARTITIONS = 3
PATIENCE_SECONDS = 60
NEVER_MS = 60_000


@pytest.fixture
def topic(fresh_name: Callable[[str], str]) -> str:
    return fresh_name("followed")


async def make(access: BrokerAccess, topic: str) -> None:
    admin = new_admin(access)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)])
    await admin.close()


@asynccontextmanager
async def producing(access: BrokerAccess, **options: Any) -> AsyncIterator[Any]:
    producer = new_producer(access, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def write(producer: Any, topic: str, *values: bytes | None) -> None:
    """Write to the partitions in turn."""
    for number, value in enumerate(values):
        await producer.send_and_wait(topic, value, key=b"k", partition=number % PARTITIONS)


async def read(follower: Follower, count: int) -> list[bytes | None]:
    """Return the next values, `count` of them or more."""
    values: list[bytes | None] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(values) < count:
            values += [record.value for record in await follower.fetch()]
    return values


async def read_to_end(access: BrokerAccess, topic: str, positions: Positions | None = None) -> list[bytes | None]:
    values: list[bytes | None] = []
    async with asyncio.timeout(PATIENCE_SECONDS), following(access, [topic], positions=positions) as follower:
        await follower.read_to_end(lambda record: values.append(record.value))
    return values


def test_it_reads_what_is_committed_of_every_partition_and_goes_on(kafka: KafkaBroker, topic: str) -> None:
    access = BrokerAccess(bootstrap=kafka.bootstrap)

    async def main() -> None:
        await make(access, topic)
        async with (
            producing(access, transactional_id=f"{topic}-sure") as sure,
            producing(access, transactional_id=f"{topic}-torn", transaction_timeout_ms=NEVER_MS) as torn,
        ):
            async with sure.transaction():
                await write(sure, topic, b"0", b"1", b"2", None)
            await torn.begin_transaction()
            await write(torn, topic, *[b"aborted"] * PARTITIONS)
            await torn.abort_transaction()
            assert sorted(await read_to_end(access, topic), key=str) == [None, b"0", b"1", b"2"]
            await torn.begin_transaction()
            await write(torn, topic, b"open")
            async with following(access, [topic]) as follower:
                before: list[Any] = []
                await follower.read_to_end(before.append)  # although a transaction is open behind it
                assert [record.value for record in before if record.partition == 0] == [b"0", None]
                assert len(before) == 4
                await torn.commit_transaction()
                assert await read(follower, 1) == [b"open"]
                assert await follower.caught_up()
                assert SystemClock().now_ms() - follower.answered_at() < 10_000

    asyncio.run(main())


def test_positions_say_where_to_go_on_and_marks_do_not(kafka: KafkaBroker, topic: str) -> None:
    access, positions = BrokerAccess(bootstrap=kafka.bootstrap), Positions()

    async def main() -> None:
        await make(access, topic)
        async with producing(access) as producer:
            await write(producer, topic, b"0", b"1", b"2", b"3")
            assert len(await read_to_end(access, topic, positions)) == 4
            assert {place.partition: offset for place, offset in positions.items()} == {0: 2, 1: 1, 2: 1}
            await write(producer, topic, b"4")
            assert await read_to_end(access, topic, positions) == [b"4"]
        for expected in ({0: 0, 1: 0, 2: 0}, {0: 2, 1: 0, 2: 1}):
            async with following(access, [topic], group=f"{topic}-group") as follower:
                assert await follower.marks(topic) == expected
                assert len(await read(follower, 5)) == 5
                await follower.mark(topic, {0: 2, 2: 1})

    asyncio.run(main())


def test_what_is_missing_is_named_and_an_absent_broker_is_not_waited_for(kafka: KafkaBroker, topic: str) -> None:
    async def main() -> None:
        access = BrokerAccess(bootstrap=kafka.bootstrap)
        for _ in range(2):  # asking does not make it
            with pytest.raises(ConfigurationError, match=f"no topic {topic}; run: firstreply topics apply"):
                await read_to_end(access, topic)
        with pytest.raises(UnavailableError, match="no broker answers"):
            await read_to_end(BrokerAccess(bootstrap=f"127.0.0.1:{free_port()}"), topic)

    asyncio.run(main())


def test_a_broker_that_comes_back_is_read_on_and_one_that_does_not_keeps_nobody(
    own_kafka: Callable[[], KafkaBroker], topic: str
) -> None:
    with own_kafka() as broker:
        access, seen, told = BrokerAccess(bootstrap=broker.bootstrap), list[bytes | None](), asyncio.Event()

        async def follow() -> None:
            positions = Positions()
            while True:
                try:
                    async with following(access, [topic], positions=positions) as follower:
                        while True:
                            seen.extend(record.value for record in await follower.fetch())
                except OSError:  # the one cancellation of its own that aiokafka has
                    await asyncio.sleep(0.2)

        async def until_seen(*values: bytes) -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while sorted(seen, key=str) != sorted(values, key=str):  # noqa: ASYNC110 - another task reads
                    await asyncio.sleep(0.02)

        async def main() -> None:
            await make(access, topic)
            running = asyncio.create_task(run_until(told, follow()))
            async with producing(access) as producer:
                await write(producer, topic, b"0", b"1")
                await until_seen(b"0", b"1")
            broker.kill9()
            await asyncio.to_thread(broker.start)
            async with producing(access) as producer:
                await write(producer, topic, b"2")
                await until_seen(b"0", b"1", b"2")
            broker.pause()
            began = time.monotonic()
            told.set()
            await running
            assert time.monotonic() - began < 8
            broker.cont()

        asyncio.run(main())
